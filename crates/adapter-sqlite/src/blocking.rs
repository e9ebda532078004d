//! The one place where this crate leaves the async world.

use lifeboat_ports::{PortError, PortErrorKind};

/// Runs SQL work on the runtime's blocking pool. A dropped future does not stop it: it runs to its end.
pub(crate) async fn run<T, F>(op: &'static str, work: F) -> Result<T, PortError>
where
    T: Send + 'static,
    F: FnOnce() -> Result<T, PortError> + Send + 'static,
{
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|stopped| {
        Err(PortError::new(PortErrorKind::Io, op, "the worker").with_source(stopped))
    })
}
