//! Who starts installers.

use crate::PortError;
use async_trait::async_trait;
use lifeboat_domain::update::{Launch, Scope};

/// Are this process's rights enough to install?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InstallRights {
    /// They are.
    Enough,
    /// An administrator has to start it.
    Elevation,
}

/// A program that was started.
#[async_trait]
pub trait StartedProgram: Send + Sync {
    /// Waits until it ends; gives its exit status, none where a signal ended it.
    ///
    /// # Errors
    /// `Io`.
    async fn wait(&self) -> Result<Option<i32>, PortError>;
}

/// Starts installers.
///
/// # Contract
/// - `start` starts exactly the program that is named, with exactly these arguments, none of them looked at by a shell; the
///   tail comes last, byte for byte.
/// - A program that cannot be started is an error, and nothing runs then.
/// - What was started lives on when this process ends.
/// - `rights` changes nothing.
#[async_trait]
pub trait Installer: Send + Sync {
    /// Are our rights enough for this scope?
    ///
    /// # Errors
    /// `Io` where the system does not tell.
    async fn rights(&self, scope: Scope) -> Result<InstallRights, PortError>;

    /// Starts a program.
    ///
    /// # Errors
    /// `NotFound`, `PermissionDenied`, `Io`.
    async fn start(&self, launch: &Launch) -> Result<Box<dyn StartedProgram>, PortError>;
}
