//! The one place where this crate leaves the async world.

use crate::deadline::{Beat, Worker};
use lifeboat_ports::{PortError, PortErrorKind};
use std::sync::Arc;
use std::time::Duration;

/// Runs work on the share on the runtime's blocking pool, within a deadline that each beat renews.
pub(crate) async fn run<T, F>(
    worker: Arc<Worker>,
    op: &'static str,
    shown: String,
    limit: Duration,
    work: F,
) -> Result<T, PortError>
where
    T: Send + 'static,
    F: FnOnce(&Beat) -> Result<T, PortError> + Send + 'static,
{
    let waited = tokio::task::spawn_blocking(move || worker.run(op, &shown, limit, work)).await;
    waited.unwrap_or_else(|stopped| {
        Err(PortError::new(PortErrorKind::Io, op, "the worker").with_source(stopped))
    })
}
