//! The one place where this crate leaves the async world.

use crate::error::SqliteError;
use lifeboat_ports::{PortError, PortErrorKind};
use std::path::Path;

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

/// As [`run`], on one file, whose name the error carries.
pub(crate) async fn on_file<T, F>(op: &'static str, file: &Path, work: F) -> Result<T, PortError>
where
    T: Send + 'static,
    F: FnOnce(&Path) -> Result<T, SqliteError> + Send + 'static,
{
    let file = file.to_path_buf();
    let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    run(op, move || work(&file).map_err(|error| error.at(op, &name))).await
}
