//! The error of every use case: a stable code, the cause, the state of the data, the next step.
//! It carries names, counts, sizes and codes: never row values.

use lifeboat_domain::catalogue::NotNamed;
use lifeboat_domain::code::Code;
use lifeboat_domain::preflight::TooLittleSpace;
use lifeboat_ports::{PortError, PortErrorKind};
use std::error::Error as StdError;
use std::fmt;

/// What went wrong, what is on disk now, and what to do.
#[derive(Debug)]
pub struct Error {
    code: Code,
    cause: String,
    state: String,
    next: String,
    source: Option<Box<dyn StdError + Send + Sync>>,
    unsettled: bool,
}

/// The words for data that no step has touched.
pub(crate) const UNCHANGED: &str = "nothing was changed";

impl Error {
    pub(crate) fn new(code: Code, cause: impl Into<String>, next: impl Into<String>) -> Self {
        Self {
            code,
            cause: cause.into(),
            state: UNCHANGED.to_owned(),
            next: next.into(),
            source: None,
            unsettled: false,
        }
    }

    pub(crate) fn state(mut self, state: impl Into<String>) -> Self {
        self.state = state.into();
        self
    }

    /// It is not known whether the act had reached the database: nothing that leads back may be removed.
    pub(crate) fn unsettled(self) -> Self {
        let state = "the database is in its old or its new state; the next command settles it and says which";
        Self { unsettled: true, ..self.state(state) }
    }

    pub(crate) const fn is_unsettled(&self) -> bool {
        self.unsettled
    }

    /// Says what was done before the act that failed, where something was.
    pub(crate) fn after(self, done: Option<String>) -> Self {
        let Some(done) = done else { return self };
        let state = match self.state.as_str() {
            UNCHANGED => format!("{done}; nothing else was changed"),
            state => format!("{done}; {state}"),
        };
        self.state(state)
    }

    pub(crate) fn because(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    pub(crate) fn held_by(mut self, holders: &str) -> Self {
        self.cause = format!("{}; open in {holders}", self.cause);
        self
    }

    /// Says what is on disk, where nothing more exact was said.
    pub(crate) fn leaving(self, state: &str) -> Self {
        if self.state == UNCHANGED { self.state(state) } else { self }
    }

    /// The stable code; docs/errors/ has a page for each.
    #[must_use]
    pub const fn code(&self) -> Code {
        self.code
    }

    /// What happened.
    #[must_use]
    pub fn cause(&self) -> &str {
        &self.cause
    }

    /// What is on disk now.
    #[must_use]
    pub fn state_of_data(&self) -> &str {
        &self.state
    }

    /// What to do next: a command to type where there is one.
    #[must_use]
    pub fn next_step(&self) -> &str {
        &self.next
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} (state: {}; next: {})", self.code, self.cause, self.state, self.next)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn StdError + 'static))
    }
}

/// What a port's call was about: the same kind of error has another code for a database than for a vault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum About {
    Database,
    Vault,
    Point,
    ActRecord,
    Lock,
    Target,
    Depot,
}

/// Gives a port's error its code and its next step.
pub(crate) fn explain(about: About, error: PortError) -> Error {
    let (code, next) = code_of(about, error.kind());
    Error::new(code, sentence(&error), next).because(error)
}

fn code_of(about: About, kind: PortErrorKind) -> (Code, &'static str) {
    use PortErrorKind as Kind;
    match (kind, about) {
        (Kind::NotFound, About::Vault) => {
            (Code::VaultAbsent, "take the first restore point: `lifeboat backup`")
        }
        (Kind::NotFound | Kind::Damaged | Kind::NotADatabase, About::Point) => {
            (Code::PointDamaged, "see which points are sound: `lifeboat verify --all`")
        }
        (Kind::NotFound, About::Depot) => (Code::NothingFetched, "fetch it first: `lifeboat update fetch`"),
        (Kind::NotFound, _) => (Code::DatabaseAbsent, "name the database: `lifeboat --database FILE ...`"),
        (Kind::AlreadyExists, _) => (Code::TargetExists, "name a file that does not exist yet"),
        (Kind::Changed, About::Database) => {
            (Code::DatabaseBusy, "close the application that keeps writing, then run the command again")
        }
        (Kind::Busy, About::Database) => {
            (Code::DatabaseBusy, "close the application that holds it, or wait longer: `--wait 60`")
        }
        (Kind::Busy, _) => (Code::LockHeld, "let the other command finish, or wait longer: `--wait 60`"),
        (Kind::Cancelled, _) => (Code::Cancelled, "run the command again when it suits"),
        (Kind::Damaged, About::ActRecord) => {
            (Code::ActRecordDamaged, "set the record aside and restore: `lifeboat restore latest`")
        }
        (Kind::Damaged, About::Vault) => {
            (Code::ManifestDamaged, "see what is damaged: `lifeboat verify --all`")
        }
        (Kind::Damaged, _) => (Code::DatabaseDamaged, "go back to a sound state: `lifeboat restore latest`"),
        (Kind::NotADatabase, _) => (
            Code::NotADatabase,
            "name a SQLite database, or bring the last one back: `lifeboat restore latest`",
        ),
        (Kind::UnknownFormat, _) => {
            (Code::UnknownFormat, "use the version of Lifeboat that wrote it, or a newer one")
        }
        (Kind::NoSpace, _) => (Code::DiskFull, "free space on the volume, then run the command again"),
        (Kind::PermissionDenied, _) => {
            (Code::PermissionDenied, "run as the owner of the files, or mend their permissions")
        }
        (Kind::LimitExceeded, _) => (Code::CaptureLimit, "run it again when the application writes less"),
        _ => (Code::InputOutput, "look at the disk and its volume: `lifeboat doctor`"),
    }
}

/// The port's own words, and the system's where there are any.
fn sentence(error: &PortError) -> String {
    match error.source() {
        Some(source) => format!("{error} ({source})"),
        None => error.to_string(),
    }
}

/// A word that names no point.
pub(crate) fn not_named(error: &NotNamed) -> Error {
    let (code, next) = match error {
        NotNamed::Unknown { nearest: Some(id), .. } => {
            (Code::PointUnknown, format!("did you mean {id}? `lifeboat list` shows all"))
        }
        NotNamed::Unknown { nearest: None, .. } => {
            (Code::PointUnknown, "see all: `lifeboat list`".to_owned())
        }
        NotNamed::Ambiguous { .. } => {
            (Code::PointAmbiguous, "type more of the id; `lifeboat list` shows it".to_owned())
        }
        NotNamed::NothingYet => (Code::NoPointYet, "take one: `lifeboat backup`".to_owned()),
    };
    Error::new(code, error.to_string(), next)
}

/// A volume that is too small for what is asked.
pub(crate) fn too_little(short: TooLittleSpace) -> Error {
    let mib = |bytes: u64| bytes.div_ceil(1024 * 1024);
    let cause = format!(
        "too little space for the {}: {} MiB are needed (with a reserve of {} MiB), {} MiB are free",
        short.purpose,
        mib(short.needed_bytes),
        mib(short.reserve_bytes),
        mib(short.free_bytes)
    );
    let next = "free space on the volume, or keep the points elsewhere: `--vault DIR`";
    Error::new(Code::TooLittleSpace, cause, next).because(short)
}
