//! What happens during an act, as values for whoever listens: a progress bar, a log, a metric.
//! Events carry names, counts, sizes and codes, never row values.

use crate::id::SnapshotId;

/// A stretch of work with its own progress.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Phase {
    /// Copying pages from the pinned source.
    Capture,
    /// Reading the copy back and proving it.
    Proof,
    /// Reading a stored point.
    Verify,
    /// Comparing rows.
    Compare,
    /// Writing the point into the live database.
    Install,
    /// Restoring to scratch.
    Drill,
    /// Reading a damaged database page by page.
    Salvage,
    /// Bringing an artifact to a share.
    Upload,
    /// Reading what was brought to a share back.
    ReadBack,
    /// Fetching an artifact from a share.
    Download,
    /// Reading an artifact before it is handed over.
    Inspect,
}

impl Phase {
    /// The stable word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Capture => "capture",
            Self::Proof => "proof",
            Self::Verify => "verify",
            Self::Compare => "compare",
            Self::Install => "install",
            Self::Drill => "drill",
            Self::Salvage => "salvage",
            Self::Upload => "upload",
            Self::ReadBack => "read-back",
            Self::Download => "download",
            Self::Inspect => "inspect",
        }
    }
}

/// A step on the way to a database that is ready.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OpeningStep {
    /// Settling what was interrupted.
    Recover,
    /// Whose it is, where it lies, how new it is: before any write.
    Guard,
    /// Applying the settings of the connection.
    Posture,
    /// Header and schema read.
    Look,
    /// Running pending steps.
    Migrate,
    /// It may be used.
    Ready,
}

impl OpeningStep {
    /// The stable word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Recover => "recover",
            Self::Guard => "guard",
            Self::Posture => "posture",
            Self::Look => "look",
            Self::Migrate => "migrate",
            Self::Ready => "ready",
        }
    }
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// A phase begins; `total_bytes` may be 0 where it is not known.
    PhaseStarted {
        /// Which.
        phase: Phase,
        /// Bytes of work.
        total_bytes: u64,
    },
    /// Work goes on; values only rise within a phase.
    Progress {
        /// Which.
        phase: Phase,
        /// Bytes done.
        done_bytes: u64,
        /// Bytes of work, as known now.
        total_bytes: u64,
    },
    /// A phase ended, well or not.
    PhaseEnded {
        /// Which.
        phase: Phase,
    },
    /// Another process holds what is needed; the act waits.
    Waiting {
        /// Milliseconds that it may still wait.
        left_ms: u64,
    },
    /// A restore point was published.
    PointTaken {
        /// Its id.
        id: SnapshotId,
    },
    /// The pin of a capture let the write-ahead log grow.
    WalGrew {
        /// By so many bytes.
        bytes: u64,
    },
    /// An interrupted act was finished or taken back.
    Recovered {
        /// `old` or `new`: which state the database is in.
        outcome: &'static str,
    },
    /// A file that no act of ours made was set aside.
    SetAside {
        /// File name in quarantine.
        name: String,
    },
    /// The database holds a restored state; processes that had it open should restart.
    Restored {
        /// The point.
        point: Option<SnapshotId>,
    },
    /// A database is being opened.
    Opening {
        /// How far it is.
        step: OpeningStep,
    },
    /// A migration runs a step.
    StepStarted {
        /// Number and name.
        step: String,
    },
    /// The step ran; it is committed with its transaction.
    StepEnded {
        /// Number and name.
        step: String,
    },
    /// The proof after a restore failed and the state before it was put back.
    PutBack {
        /// The safety point.
        point: SnapshotId,
    },
    /// The version that an installer was started for runs now.
    UpdateConfirmed {
        /// What ran before.
        from: String,
        /// What runs now.
        to: String,
    },
}

impl Event {
    /// The stable name, as in docs/events.md.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::PhaseStarted { .. } => "phase-started",
            Self::Progress { .. } => "progress",
            Self::PhaseEnded { .. } => "phase-ended",
            Self::Waiting { .. } => "waiting",
            Self::PointTaken { .. } => "point-taken",
            Self::WalGrew { .. } => "wal-grew",
            Self::Recovered { .. } => "recovered",
            Self::SetAside { .. } => "set-aside",
            Self::Restored { .. } => "restored",
            Self::Opening { .. } => "opening",
            Self::StepStarted { .. } => "step-started",
            Self::StepEnded { .. } => "step-ended",
            Self::PutBack { .. } => "put-back",
            Self::UpdateConfirmed { .. } => "update-confirmed",
        }
    }
}
