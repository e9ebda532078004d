//! Maps errors of the system on a share to the ports' one error. What a person does next differs between them: so do the kinds.

use lifeboat_ports::{PortError, PortErrorKind};
use std::io;
use std::path::Path;

/// Windows, System Error Codes: bad network path, unexpected network error, name no longer available, semaphore time-out,
/// network and host not reachable.
const UNREACHABLE: [i32; 7] = [51, 53, 59, 64, 121, 1231, 1232];
/// Bad network name: the server answers, and has no such share.
const NO_SHARE: [i32; 1] = [67];
/// Wrong password, logon failure, account restriction, expired password, disabled or locked account, session conflict.
const UNAUTHENTICATED: [i32; 7] = [86, 1219, 1326, 1327, 1330, 1331, 1909];
/// Sharing and lock violation.
const IN_USE: [i32; 2] = [32, 33];

/// Wraps an error of the system; the subject is the path as the user wrote it.
pub(crate) fn from_io(op: &'static str, path: &Path, source: io::Error) -> PortError {
    PortError::new(kind_of(&source), op, path.display().to_string()).with_source(source)
}

fn kind_of(error: &io::Error) -> PortErrorKind {
    if cfg!(windows)
        && let Some(kind) = error.raw_os_error().and_then(kind_of_code)
    {
        return kind;
    }
    match error.kind() {
        io::ErrorKind::NotFound => PortErrorKind::NotFound,
        io::ErrorKind::AlreadyExists => PortErrorKind::AlreadyExists,
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            PortErrorKind::PermissionDenied
        }
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            PortErrorKind::NoSpace
        }
        io::ErrorKind::ResourceBusy | io::ErrorKind::WouldBlock => PortErrorKind::Busy,
        io::ErrorKind::HostUnreachable
        | io::ErrorKind::NetworkUnreachable
        | io::ErrorKind::NetworkDown
        | io::ErrorKind::TimedOut
        | io::ErrorKind::NotConnected
        | io::ErrorKind::StaleNetworkFileHandle
        | io::ErrorKind::ConnectionRefused
        | io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe => PortErrorKind::Unreachable,
        _ => PortErrorKind::Io,
    }
}

fn kind_of_code(code: i32) -> Option<PortErrorKind> {
    let kinds = [
        (&UNREACHABLE[..], PortErrorKind::Unreachable),
        (&NO_SHARE, PortErrorKind::FolderMissing),
        (&UNAUTHENTICATED, PortErrorKind::Unauthenticated),
        (&IN_USE, PortErrorKind::Busy),
    ];
    kinds.into_iter().find(|(codes, _)| codes.contains(&code)).map(|(_, kind)| kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_person_does_next_tells_the_kinds_apart() {
        let kinds = [53, 67, 1326, 32, 2].map(kind_of_code);
        let expected = [
            Some(PortErrorKind::Unreachable),
            Some(PortErrorKind::FolderMissing),
            Some(PortErrorKind::Unauthenticated),
            Some(PortErrorKind::Busy),
            None,
        ];
        assert_eq!(kinds, expected);
        assert_eq!(kind_of(&io::ErrorKind::HostUnreachable.into()), PortErrorKind::Unreachable);
    }
}
