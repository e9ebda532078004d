//! How a restore gets into place: decided here from what was observed, carried out by adapters.

use crate::schema::{DatabaseFacts, JournalMode};

/// What was found at the live database's path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LiveCondition {
    /// Opens, reads and may be written.
    Sound(DatabaseFacts),
    /// There is no file.
    Absent,
    /// There is a file that is not a readable database.
    Damaged,
    /// A sound database that may not be written in place, in a folder that may.
    NotWritable,
}

/// The way in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RestoreMode {
    /// Copy the point into the live database within one transaction of the engine.
    InPlace,
    /// As in place, with the database taken through rollback-journal mode, because a WAL database
    /// cannot change its page size. Only when nobody else has it.
    InPlaceThroughRollback,
    /// The point is rebuilt at the live page size on the stage, then copied in place.
    InPlaceRebuilt,
    /// The live file is set aside and the point takes its name.
    Swap(SwapReason),
}

/// Why the file itself has to be exchanged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SwapReason {
    /// Nothing is there.
    Absent,
    /// What is there is damaged.
    Damaged,
    /// What is there may not be written.
    NotWritable,
}

impl SwapReason {
    /// The reason in words.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Absent => "the database is absent",
            Self::Damaged => "the database is damaged",
            Self::NotWritable => "the database file may not be written",
        }
    }
}

/// Whether other processes hold the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Company {
    /// Nobody else has it.
    Alone,
    /// Somebody else has it, or it cannot be known.
    Others,
}

/// Chooses the way.
#[must_use]
pub fn choose_mode(live: &LiveCondition, point_page_size: u32, company: Company) -> RestoreMode {
    match live {
        LiveCondition::Absent => RestoreMode::Swap(SwapReason::Absent),
        LiveCondition::Damaged => RestoreMode::Swap(SwapReason::Damaged),
        LiveCondition::NotWritable => RestoreMode::Swap(SwapReason::NotWritable),
        LiveCondition::Sound(facts) if facts.page_size == point_page_size => RestoreMode::InPlace,
        LiveCondition::Sound(facts) => match (facts.journal, company) {
            (JournalMode::Rollback, _) => RestoreMode::InPlace,
            (JournalMode::Wal, Company::Alone) => RestoreMode::InPlaceThroughRollback,
            (JournalMode::Wal, Company::Others) => RestoreMode::InPlaceRebuilt,
        },
    }
}

/// What a recovery found after an in-place restore was interrupted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InPlaceOutcome {
    /// The database is as it was before the restore.
    Old,
    /// The restore had reached the database.
    New,
    /// The schema was changed by somebody since; the data is one or the other, never a mix.
    ChangedSince,
}

/// Tells old from new by the schema cookie: an install raises the live one by exactly one
/// (SQLite, backup.c: `sqlite3BtreeUpdateMeta(pDest, BTREE_SCHEMA_VERSION, iDestSchema+1)`).
#[must_use]
pub fn judge_in_place(cookie_before: i64, cookie_now: i64) -> InPlaceOutcome {
    match cookie_now.wrapping_sub(cookie_before) {
        0 => InPlaceOutcome::Old,
        1 => InPlaceOutcome::New,
        _ => InPlaceOutcome::ChangedSince,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::Digest;

    fn sound(journal: JournalMode) -> LiveCondition {
        LiveCondition::Sound(DatabaseFacts {
            page_size: 4096,
            page_count: 1,
            encoding: "UTF-8".into(),
            journal,
            user_version: 0,
            application_id: 0,
            schema_cookie: 0,
            fingerprint: Digest::of(b""),
            tables: vec![],
            engine_version: String::new(),
        })
    }

    #[test]
    fn every_case_has_its_way() {
        use Company::{Alone, Others};
        use RestoreMode::{InPlace, InPlaceRebuilt, InPlaceThroughRollback, Swap};
        let cases = [
            (sound(JournalMode::Wal), 4096, Others, InPlace),
            (sound(JournalMode::Wal), 512, Alone, InPlaceThroughRollback),
            (sound(JournalMode::Wal), 512, Others, InPlaceRebuilt),
            (sound(JournalMode::Rollback), 512, Others, InPlace),
            (LiveCondition::Absent, 512, Alone, Swap(SwapReason::Absent)),
            (LiveCondition::Damaged, 512, Alone, Swap(SwapReason::Damaged)),
            (LiveCondition::NotWritable, 512, Alone, Swap(SwapReason::NotWritable)),
        ];
        for (live, page_size, company, expected) in cases {
            assert_eq!(choose_mode(&live, page_size, company), expected);
        }
    }

    #[test]
    fn the_cookie_tells_old_from_new() {
        assert_eq!(judge_in_place(7, 7), InPlaceOutcome::Old);
        assert_eq!(judge_in_place(7, 8), InPlaceOutcome::New);
        assert_eq!(judge_in_place(7, 9), InPlaceOutcome::ChangedSince);
    }
}
