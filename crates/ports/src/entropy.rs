//! Randomness.

use crate::PortError;

/// Gives random bytes for ids.
///
/// # Contract
/// - `fill` overwrites the whole slice with bytes of the system's secure source, or fails and promises
///   nothing about the slice.
/// - Two calls do not give the same 10 bytes or more. Concurrent callers are allowed. It does not block for
///   longer than the system needs to start up its source.
pub trait Entropy: Send + Sync {
    /// Fills the slice.
    ///
    /// # Errors
    /// `Io` where the system has no source.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), PortError>;
}
