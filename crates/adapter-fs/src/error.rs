//! Maps errors of the operating system to the ports' one error, once.

use lifeboat_ports::{PortError, PortErrorKind};
use std::io;
use std::path::Path;

/// Wraps an error of the system; the subject is the file's name without its folder.
pub fn from_io(op: &'static str, path: &Path, source: io::Error) -> PortError {
    let kind = match source.kind() {
        io::ErrorKind::NotFound => PortErrorKind::NotFound,
        io::ErrorKind::AlreadyExists => PortErrorKind::AlreadyExists,
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            PortErrorKind::PermissionDenied
        }
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            PortErrorKind::NoSpace
        }
        io::ErrorKind::WouldBlock | io::ErrorKind::ResourceBusy => PortErrorKind::Busy,
        io::ErrorKind::CrossesDevices => PortErrorKind::Unsupported,
        _ => PortErrorKind::Io,
    };
    PortError::new(kind, op, name_of(path)).with_source(source)
}

/// The last part of a path, for messages.
pub(crate) fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// Turns "is not there" into `None`.
pub(crate) fn if_there<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
