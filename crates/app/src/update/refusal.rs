//! What goes wrong with a share or its metadata, in words: cause, state, next step.

use crate::error::Error;
use lifeboat_domain::code::Code;
use lifeboat_domain::update::Release;
use lifeboat_ports::{PortError, PortErrorKind};
use lifeboat_trust::{MemoryError, Role, TrustError};

/// The words for an installation that no step has touched.
const RUNS_ON: &str = "nothing was changed; the installed version goes on";

/// A call on a share that failed.
pub(crate) fn of_share(shown: &str, error: PortError) -> Error {
    use PortErrorKind as Kind;
    let (code, next) = match error.kind() {
        Kind::Unreachable => {
            (Code::ShareUnreachable, "nothing needs to be done: it is tried again; is the network there?")
        }
        Kind::FolderMissing => (
            Code::ShareMissing,
            "check the path of the share, or ask who looks after the server whether it moved",
        ),
        Kind::Unauthenticated => (
            Code::ShareLoginRefused,
            "log on to the share once by hand, or ask for the account's password to be reset",
        ),
        Kind::PermissionDenied => {
            (Code::ShareDenied, "ask for the right that is missing: clients read, publishers write")
        }
        Kind::NoSpace => (Code::DiskFull, "free space on the share, then run the command again"),
        Kind::Cancelled => (Code::Cancelled, "run the command again when it suits"),
        Kind::NotFound => (Code::ReleaseIncomplete, "wait until it is published completely, then try again"),
        _ => (Code::InputOutput, "try again; if it stays, look at the share: `lifeboat update doctor`"),
    };
    let source = std::error::Error::source(&error).map(|source| format!(" ({source})")).unwrap_or_default();
    Error::new(code, format!("{shown}: {error}{source}"), next).state(RUNS_ON).because(error)
}

/// Metadata that is not accepted.
pub(crate) fn refused(shown: &str, error: TrustError) -> Error {
    let (code, next) = match &error {
        TrustError::Rollback { .. } => (
            Code::RollbackRefused,
            "was the server restored from a backup? Then whoever publishes does it again: `lifeboat publish --resign --from-memory`",
        ),
        TrustError::Malformed { role: Role::Timestamp, .. } => (
            Code::ReleaseIncomplete,
            "it is being published, or damaged: try again in a minute, then ask who publishes",
        ),
        TrustError::NotAnnounced { .. } => {
            (Code::ReleaseIncomplete, "the share is half copied, or damaged: ask who publishes")
        }
        _ => (
            Code::MetadataRefused,
            "do not install by hand; ask who publishes: `lifeboat update doctor` shows more",
        ),
    };
    Error::new(code, format!("{shown}: {error}"), next).state(RUNS_ON).because(error)
}

/// Nothing that was seen before can be read.
pub(crate) fn forgotten(error: MemoryError) -> Error {
    let code = match error {
        MemoryError::Damaged => Code::UpdateMemoryDamaged,
        MemoryError::Newer => Code::UnknownFormat,
    };
    let next = match error {
        MemoryError::Damaged => "read what it means, then: `lifeboat update repair`",
        MemoryError::Newer => "use the version of Lifeboat that wrote it, or a newer one",
    };
    Error::new(code, error.to_string(), next).state(RUNS_ON).because(error)
}

/// Metadata that expired too long ago.
pub(crate) fn too_old(role: Role, since: lifeboat_trust::UtcSeconds) -> Error {
    let cause = format!(
        "the {role} expired on {since}, longer ago than its days of grace: newer releases may be held back"
    );
    let next =
        "have it signed again (`lifeboat publish --refresh`), or install on your own word: `--accept-old`";
    Error::new(Code::MetadataTooOld, cause, next).state(RUNS_ON)
}

/// One version with two meanings.
pub(crate) fn clashing(refused: &[Release]) -> Error {
    let named: Vec<String> =
        refused.iter().map(|release| format!("{} ({})", release.version, release.sha256)).collect();
    let cause = format!("known under the same version with other bytes: {}", named.join(", "));
    let next = "have what is right published under a new version; the other can be withdrawn: `lifeboat publish --withdraw VERSION`";
    Error::new(Code::ReleaseClash, cause, next).state(RUNS_ON)
}
