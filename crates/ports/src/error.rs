//! The one error of all ports: what kind, which operation, on what, and the cause beneath.

use std::error::Error;
use std::fmt;

/// What went wrong, as far as a use case must tell cases apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PortErrorKind {
    /// The subject is not there.
    NotFound,
    /// The subject is there and must not be replaced.
    AlreadyExists,
    /// Somebody else holds it, longer than the caller would wait.
    Busy,
    /// The caller cancelled.
    Cancelled,
    /// The bytes are not what they must be.
    Damaged,
    /// The file is no database.
    NotADatabase,
    /// A format or version that this build does not know.
    UnknownFormat,
    /// The volume is full.
    NoSpace,
    /// The system denies access, or the file system is read-only.
    PermissionDenied,
    /// A bound that the caller set was passed.
    LimitExceeded,
    /// Somebody else changed the subject since the caller looked.
    Changed,
    /// A server does not answer, or not in time.
    Unreachable,
    /// A server does not know the user, or not with this password.
    Unauthenticated,
    /// The folder in which everything else would lie is not there.
    FolderMissing,
    /// The technology cannot do this.
    Unsupported,
    /// Any other error of the system beneath.
    Io,
}

/// Error of a port. `Display` does not repeat the source; walk `source()` for the chain.
/// It carries names and codes, never row values.
#[derive(Debug)]
pub struct PortError {
    kind: PortErrorKind,
    op: &'static str,
    subject: String,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl PortError {
    /// An error without a deeper cause.
    pub fn new(kind: PortErrorKind, op: &'static str, subject: impl Into<String>) -> Self {
        Self { kind, op, subject: subject.into(), source: None }
    }

    /// Adds the cause beneath.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// The kind.
    #[must_use]
    pub const fn kind(&self) -> PortErrorKind {
        self.kind
    }

    /// The operation, as a verb in the infinitive.
    #[must_use]
    pub const fn op(&self) -> &'static str {
        self.op
    }

    /// A file name or another name of what the operation was about.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// May the same call succeed later without anything else changing?
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        matches!(
            self.kind,
            PortErrorKind::Busy
                | PortErrorKind::Changed
                | PortErrorKind::LimitExceeded
                | PortErrorKind::Unreachable
        )
    }
}

impl fmt::Display for PortError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.kind {
            PortErrorKind::NotFound => "is not there",
            PortErrorKind::AlreadyExists => "exists already",
            PortErrorKind::Busy => "is held by somebody else",
            PortErrorKind::Cancelled => "was cancelled",
            PortErrorKind::Damaged => "is damaged",
            PortErrorKind::NotADatabase => "is not a database",
            PortErrorKind::UnknownFormat => "has an unknown format",
            PortErrorKind::NoSpace => "has no space left on its volume",
            PortErrorKind::PermissionDenied => "may not be accessed",
            PortErrorKind::LimitExceeded => "passed a limit",
            PortErrorKind::Changed => "was changed by somebody else meanwhile",
            PortErrorKind::Unreachable => "does not answer",
            PortErrorKind::Unauthenticated => "does not accept the user or the password",
            PortErrorKind::FolderMissing => "has no such folder",
            PortErrorKind::Unsupported => "cannot be handled",
            PortErrorKind::Io => "gave an input or output error",
        };
        write!(f, "cannot {}: {} {what}", self.op, self.subject)
    }
}

impl Error for PortError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn Error + 'static))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn display_names_operation_and_subject_but_not_the_source() {
        let error = PortError::new(PortErrorKind::Busy, "restore", "app.db").with_source("deeper");
        assert_eq!(error.to_string(), "cannot restore: app.db is held by somebody else");
        assert_eq!(error.source().unwrap().to_string(), "deeper");
        assert!(error.is_retryable());
    }
}
