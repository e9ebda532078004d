//! Where releases come from: a share, read by place and offset.

use crate::PortError;
use async_trait::async_trait;
use lifeboat_domain::update::Place;

/// Reads a share. Nothing that it gives is believed before it was verified.
///
/// # Contract
/// - `document` gives a whole small file, or none of it: more bytes than `limit` are `LimitExceeded`, before more than
///   that were read.
/// - `read_at` gives exactly the bytes of the file from `offset`: as many as were asked for, or all that are left; none
///   only at its end or beyond. Bytes that could not be read are an error, never fewer bytes and never zeros.
/// - Nothing is remembered: what is replaced on the share is seen by the next call.
/// - A file that is absent is `NotFound`. A share whose own folder is absent is `FolderMissing`; a server that does not
///   answer, or not in time, is `Unreachable`; one that does not know the user is `Unauthenticated`.
/// - Every call ends within the deadline of the source, whatever the server does.
/// - Nothing on the share is changed.
#[async_trait]
pub trait UpdateSource: Send + Sync {
    /// The place that is read, for messages.
    fn shown(&self) -> String;

    /// Reads a small file whole.
    ///
    /// # Errors
    /// `NotFound`, `FolderMissing`, `Unreachable`, `Unauthenticated`, `PermissionDenied`, `LimitExceeded`, `Io`.
    async fn document(&self, place: &Place, limit: usize) -> Result<Vec<u8>, PortError>;

    /// Reads at most `most` bytes of a file from `offset`.
    ///
    /// # Errors
    /// `NotFound`, `FolderMissing`, `Unreachable`, `Unauthenticated`, `PermissionDenied`, `Io`.
    async fn read_at(&self, place: &Place, offset: u64, most: usize) -> Result<Vec<u8>, PortError>;
}
