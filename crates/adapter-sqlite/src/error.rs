//! The adapter's own error and its one mapping to the ports' error.

use lifeboat_ports::{PortError, PortErrorKind};
use rusqlite::ErrorCode;

/// What goes wrong beneath the port.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SqliteError {
    /// The engine refused.
    #[error(transparent)]
    Engine(#[from] rusqlite::Error),
    /// A kind that this crate found itself.
    #[error("{1}")]
    Found(PortErrorKind, &'static str),
    /// A step asks for what it may not have.
    #[error("{0}")]
    Refused(String),
    /// What a step in code met beneath, passed on as it came.
    #[error(transparent)]
    Port(PortError),
    /// A file that is read without the engine.
    #[error(transparent)]
    File(#[from] std::io::Error),
}

/// What a step may not do.
const FENCED: &str = "a step may neither begin nor end a transaction or savepoint, nor attach a file, nor change the \
                      ledger, the schema table itself, or a pragma that its transaction stands on";

impl SqliteError {
    pub(crate) fn kind(&self) -> PortErrorKind {
        match self {
            Self::Found(kind, _) => *kind,
            Self::Refused(_) => PortErrorKind::Unsupported,
            Self::Port(error) => error.kind(),
            Self::Engine(error) => engine_kind(error),
            Self::File(error) => file_kind(error.kind()),
        }
    }

    /// The application has something that this process lacks: a collation, a function, a module.
    pub(crate) fn missing_part(&self) -> Option<String> {
        let Self::Engine(error) = self else { return None };
        let text = error.to_string();
        let lacks = ["no such collation sequence", "no such module", "no such function", "unknown function"];
        lacks.iter().any(|lack| text.contains(lack)).then(|| words(error))
    }

    /// A reference names columns that are no key: legal as long as foreign keys are off, and nothing can check it.
    pub(crate) fn key_mismatch(&self) -> Option<String> {
        let Self::Engine(error) = self else { return None };
        let is_one = error.to_string().contains("foreign key mismatch");
        is_one.then(|| "a reference names what is no key of its parent".to_owned())
    }

    /// The reason in words where the statements themselves are to blame; `None` where the machine is: busy, full,
    /// denied, damaged, broken. The words carry no statement.
    pub(crate) fn reason_of_a_step(&self) -> Option<String> {
        let error = match self {
            Self::Engine(error) => error,
            Self::Found(PortErrorKind::Unsupported, what) => return Some((*what).to_owned()),
            Self::Refused(what) => return Some(what.clone()),
            Self::Found(..) | Self::Port(_) | Self::File(_) => return None,
        };
        let machine = |code: ErrorCode| {
            engine_kind(error) != PortErrorKind::Io
                || matches!(code, ErrorCode::SystemIoFailure | ErrorCode::OutOfMemory)
        };
        // What a trigger says may hold the row that it refused.
        if is_exactly(error, rusqlite::ffi::SQLITE_CONSTRAINT_TRIGGER) {
            return Some("a trigger refused it".to_owned());
        }
        // A virtual table's own books disagree: its module says so, at the step's request.
        if is_exactly(error, rusqlite::ffi::SQLITE_CORRUPT_VTAB) {
            return Some("a virtual table does not agree with its content".to_owned());
        }
        match error.sqlite_error_code() {
            Some(ErrorCode::AuthorizationForStatementDenied) => Some(FENCED.to_owned()),
            // On the one connection, inside its own write transaction, nobody else is to blame.
            Some(ErrorCode::DatabaseLocked | ErrorCode::ReadOnly) => Some(words(error)),
            Some(code) if machine(code) => None,
            _ => Some(words(error)),
        }
    }

    /// The engine does not know the format of the schema.
    pub(crate) fn is_of_unknown_format(&self) -> bool {
        matches!(self, Self::Engine(error) if error.to_string().contains("unsupported file format"))
    }

    /// There is no room for the file through which connections share the log's index.
    pub(crate) fn lacks_shared_memory(&self) -> bool {
        matches!(self, Self::Engine(error) if is_exactly(error, rusqlite::ffi::SQLITE_IOERR_SHMSIZE))
    }

    /// Names the operation and the subject.
    pub(crate) fn at(self, op: &'static str, subject: &str) -> PortError {
        let error = PortError::new(self.kind(), op, subject);
        match &self {
            // A message about a malformed schema quotes it, literals included: only the code is passed on.
            Self::Engine(engine) if engine.to_string().contains("malformed database schema") => {
                error.with_source("the schema is malformed")
            }
            _ => error.with_source(self),
        }
    }
}

/// The engine's extended result code is this one.
fn is_exactly(error: &rusqlite::Error, code: std::ffi::c_int) -> bool {
    matches!(error, rusqlite::Error::SqliteFailure(failure, _) if failure.extended_code == code)
}

/// Beginnings of messages that go on with a value of a row.
const BEFORE_VALUES: [&str; 8] = [
    "bad JSON path",
    "JSON path error",
    "malformed MATCH expression",
    "fts5: syntax error",
    "fts5: parser",
    "unknown special query",
    "unable to parse",
    "parse error in",
];

/// The engine's message, without the statement that the driver appends and without a value.
fn words(error: &rusqlite::Error) -> String {
    let text = match error {
        rusqlite::Error::SqlInputError { msg, .. } => msg.clone(),
        rusqlite::Error::SqliteFailure(_, Some(message)) => message.clone(),
        other => other.to_string(),
    };
    let line = text.lines().next().unwrap_or_default().trim();
    let before_value = BEFORE_VALUES.into_iter().find(|start| line.starts_with(start));
    before_value.unwrap_or(line).to_owned()
}

const fn file_kind(kind: std::io::ErrorKind) -> PortErrorKind {
    use std::io::ErrorKind;
    match kind {
        ErrorKind::NotFound => PortErrorKind::NotFound,
        ErrorKind::PermissionDenied => PortErrorKind::PermissionDenied,
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => PortErrorKind::NoSpace,
        _ => PortErrorKind::Io,
    }
}

fn engine_kind(error: &rusqlite::Error) -> PortErrorKind {
    if is_exactly(error, rusqlite::ffi::SQLITE_IOERR_SHMSIZE) {
        return PortErrorKind::NoSpace;
    }
    let Some(code) = error.sqlite_error_code() else { return PortErrorKind::Io };
    match code {
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::FileLockingProtocolFailed => {
            PortErrorKind::Busy
        }
        ErrorCode::DatabaseCorrupt => PortErrorKind::Damaged,
        ErrorCode::NotADatabase => PortErrorKind::NotADatabase,
        ErrorCode::DiskFull => PortErrorKind::NoSpace,
        ErrorCode::PermissionDenied | ErrorCode::ReadOnly | ErrorCode::CannotOpen => {
            PortErrorKind::PermissionDenied
        }
        ErrorCode::OperationInterrupted => PortErrorKind::Cancelled,
        _ => PortErrorKind::Io,
    }
}
