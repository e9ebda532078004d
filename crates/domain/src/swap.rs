//! The exchange of a database's files, as steps: what an adapter carries out, and how a recovery goes on
//! from whatever was reached. The order is argued in docs/adr/0005-swap-order.md.

use crate::digest::Digest;

/// The files that together are one database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Part {
    /// The database file.
    Main,
    /// The write-ahead log: may hold committed rows.
    Wal,
    /// The rollback journal: may hold the only way back to a consistent state.
    Journal,
}

impl Part {
    /// All parts, the main file first.
    pub const ALL: [Self; 3] = [Self::Main, Self::Wal, Self::Journal];
    /// The parts beside the main file.
    pub const SIDECARS: [Self; 2] = [Self::Wal, Self::Journal];

    /// What is appended to the database's file name.
    #[must_use]
    pub const fn suffix(self) -> &'static str {
        match self {
            Self::Main => "",
            Self::Wal => "-wal",
            Self::Journal => "-journal",
        }
    }
}

/// One file of a set, with what it must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartRecord {
    /// Which file.
    pub part: Part,
    /// Size in bytes.
    pub size_bytes: u64,
    /// BLAKE3 of its bytes.
    pub digest: Digest,
}

/// Everything a recovery needs to know about an exchange.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SwapIntent {
    /// File name of the database.
    pub database: String,
    /// Name of the folder under `quarantine/` that takes the old files, and of the one under `staging/`
    /// that holds the new ones.
    pub set: String,
    /// The old files, as they were found.
    pub outgoing: Vec<PartRecord>,
    /// The new files, as they were staged.
    pub incoming: Vec<PartRecord>,
    /// Where the database is from now on, if it was moved away.
    pub moved_to: Option<String>,
}

impl SwapIntent {
    /// The steps from the beginning to the end.
    #[must_use]
    pub const fn steps(&self) -> &'static [SwapStep] {
        match self.incoming.is_empty() {
            true => &SET_ASIDE,
            false => &INSTALL,
        }
    }

    /// Was there a database to set aside?
    #[must_use]
    pub fn had_main(&self) -> bool {
        self.outgoing.iter().any(|r| r.part == Part::Main)
    }
}

/// One step of an exchange or of its recovery. Each is idempotent and ends with the folder fsynced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SwapStep {
    /// Hard-link (or copy) the old sidecars into the set: whoever opens an absent database deletes them.
    KeepSidecars,
    /// Publish the intent.
    WriteIntent,
    /// Rename the old main file into the set.
    MoveMainAside,
    /// Remove the old sidecars' names and the shared memory file; what is not the kept one is set aside.
    ClearSidecars,
    /// The same for a recovery that goes on with it: a name that is gone already was removed by the first run.
    GoOnClearingSidecars,
    /// Set aside what a foreign process made at the database's path since.
    SetIntrudersAside,
    /// Give the staged files their names, never replacing anything, the main file last.
    PlaceIncoming,
    /// Link the old sidecars back from the set.
    ReturnSidecars,
    /// Move the old main file back from the set.
    ReturnMain,
    /// Remove the links that the set still holds; the files live at their own place.
    DropSet,
    /// Remove the staged files' own names.
    RemoveStage,
    /// Publish the act as the last act.
    RecordAct,
    /// Remove the intent: the exchange is over.
    RemoveIntent,
}

/// The exchange from its beginning.
pub const INSTALL: [SwapStep; 9] = [
    SwapStep::KeepSidecars,
    SwapStep::WriteIntent,
    SwapStep::MoveMainAside,
    SwapStep::SetIntrudersAside,
    SwapStep::ClearSidecars,
    SwapStep::PlaceIncoming,
    SwapStep::RemoveStage,
    SwapStep::RecordAct,
    SwapStep::RemoveIntent,
];

/// A quarantine: the old files go, and nothing takes their place.
pub const SET_ASIDE: [SwapStep; 6] = [
    SwapStep::KeepSidecars,
    SwapStep::WriteIntent,
    SwapStep::MoveMainAside,
    SwapStep::ClearSidecars,
    SwapStep::RecordAct,
    SwapStep::RemoveIntent,
];

/// What stands at the database's own path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LiveMain {
    /// Nothing.
    Absent,
    /// The staged file, under both names.
    Staged,
    /// Another file: the old one, or a foreign one.
    Other,
}

/// What a recovery finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Observed {
    /// The staged main file still has its own name.
    pub stage_has_main: bool,
    /// The set holds the old main file.
    pub set_has_main: bool,
    /// The database's path.
    pub live: LiveMain,
}

/// Where an interrupted exchange goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recovery {
    /// Nothing was moved yet: tidy up.
    NothingMoved,
    /// Back to the old files.
    Back,
    /// Forward to the new ones.
    Forward,
    /// Forward to nothing: the old ones are in quarantine.
    Aside,
}

/// Decides: stage still there, back; else forward. Where nothing was to come, the old main file tells by where it is.
#[must_use]
pub fn plan_recovery(intent: &SwapIntent, seen: Observed) -> Recovery {
    if intent.incoming.is_empty() {
        return if seen.set_has_main { Recovery::Aside } else { Recovery::NothingMoved };
    }
    match (seen.stage_has_main, seen.live, seen.set_has_main) {
        (false, _, _) | (true, LiveMain::Staged, _) => Recovery::Forward,
        // Absent without an old main file: there was none, and its sidecars may be cleared already.
        (true, LiveMain::Absent, _) | (true, LiveMain::Other, true) => Recovery::Back,
        (true, LiveMain::Other, false) => Recovery::NothingMoved,
    }
}

impl Recovery {
    /// The steps that lead there.
    #[must_use]
    pub const fn steps(self) -> &'static [SwapStep] {
        match self {
            Self::NothingMoved => &[SwapStep::DropSet, SwapStep::RemoveStage, SwapStep::RemoveIntent],
            Self::Back => &[
                SwapStep::SetIntrudersAside,
                SwapStep::ReturnSidecars,
                SwapStep::ReturnMain,
                SwapStep::DropSet,
                SwapStep::RemoveStage,
                SwapStep::RemoveIntent,
            ],
            Self::Forward => &[SwapStep::RemoveStage, SwapStep::RecordAct, SwapStep::RemoveIntent],
            Self::Aside => &[SwapStep::GoOnClearingSidecars, SwapStep::RecordAct, SwapStep::RemoveIntent],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn intent(incoming: usize) -> SwapIntent {
        let record = PartRecord { part: Part::Main, size_bytes: 1, digest: Digest::of(b"a") };
        let (outgoing, incoming) = (vec![record.clone()], vec![record; incoming]);
        SwapIntent { database: "a.db".into(), set: "s".into(), outgoing, incoming, moved_to: None }
    }

    #[test]
    fn every_reachable_state_goes_back_or_forward() {
        use LiveMain::{Absent, Other, Staged};
        let cases = [
            (true, false, Other, Recovery::NothingMoved),
            (true, false, Absent, Recovery::Back),
            (true, true, Absent, Recovery::Back),
            (true, true, Other, Recovery::Back),
            (true, true, Staged, Recovery::Forward),
            (true, false, Staged, Recovery::Forward),
            (false, true, Other, Recovery::Forward),
            (false, false, Other, Recovery::Forward),
        ];
        for (stage_has_main, set_has_main, live, expected) in cases {
            assert_eq!(plan_recovery(&intent(1), Observed { stage_has_main, set_has_main, live }), expected);
        }
        for (set_has_main, expected) in [(true, Recovery::Aside), (false, Recovery::NothingMoved)] {
            let seen = Observed { stage_has_main: false, set_has_main, live: Absent };
            assert_eq!(plan_recovery(&intent(0), seen), expected);
        }
    }

    #[test]
    fn the_intent_stands_before_the_first_change_and_goes_last() {
        let at = |step| INSTALL.iter().position(|s| *s == step).unwrap();
        assert!(at(SwapStep::WriteIntent) < at(SwapStep::MoveMainAside));
        assert!(at(SwapStep::KeepSidecars) < at(SwapStep::MoveMainAside));
        assert!(at(SwapStep::MoveMainAside) < at(SwapStep::SetIntrudersAside));
        assert!(at(SwapStep::SetIntrudersAside) < at(SwapStep::ClearSidecars));
        for recovery in [Recovery::NothingMoved, Recovery::Back, Recovery::Forward, Recovery::Aside] {
            assert_eq!(recovery.steps().last(), Some(&SwapStep::RemoveIntent));
        }
        for intent in [intent(0), intent(1)] {
            assert_eq!(intent.steps().last(), Some(&SwapStep::RemoveIntent));
        }
    }
}
