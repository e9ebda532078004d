//! The ledger: what was applied to a database, and what that means for a set of steps.

use super::step::StepId;
use crate::digest::Digest;
use crate::id::SnapshotId;
use crate::time::UtcMillis;

/// How a step ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It ran and was committed.
    Applied,
    /// It was found done by another migrator, or by hand, and the schema was compared.
    Adopted,
    /// It failed; nothing of it stayed.
    Failed {
        /// The engine's or our words, without values.
        reason: String,
    },
}

/// One line of the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Which step.
    pub id: StepId,
    /// Digest of the step's text when it ran.
    pub digest: Digest,
    /// When.
    pub at: UtcMillis,
    /// Version of the application that ran it, where it said.
    pub app_version: Option<String>,
    /// Version of Lifeboat that ran it.
    pub lifeboat_version: String,
    /// Milliseconds that it took.
    pub took_ms: u64,
    /// The state before, as a restore point.
    pub restore_point: Option<SnapshotId>,
    /// How it ended.
    pub outcome: Outcome,
}

impl Entry {
    /// The step's changes are in the database.
    #[must_use]
    pub const fn is_done(&self) -> bool {
        matches!(self.outcome, Outcome::Applied | Outcome::Adopted)
    }
}

/// What a database says about its schema.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ledger {
    /// Lines in the order in which they were written; empty where there is no ledger.
    pub entries: Vec<Entry>,
    /// `user_version` of the header: the number of the last step, as the cheap guard.
    pub user_version: i32,
    /// `application_id` of the header.
    pub application_id: i32,
    /// There is a ledger of ours.
    pub exists: bool,
    /// There are tables of the application.
    pub has_tables: bool,
}

impl Ledger {
    /// Number of the last step that is done; 0 before the first.
    #[must_use]
    pub fn head(&self) -> u32 {
        self.entries.iter().filter(|entry| entry.is_done()).map(|entry| entry.id.number).max().unwrap_or(0)
    }
}

/// May a step be tried again that failed in this very form?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// Only with another text, or by another version: no migration loop.
    WhenSomethingChanged,
    /// The person says so.
    Anyway,
}

/// Who would run the steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Runner<'a> {
    /// Version of the application.
    pub app_version: Option<&'a str>,
    /// Version of Lifeboat.
    pub lifeboat_version: &'a str,
    /// The application's id, where it has one.
    pub application_id: Option<i32>,
}

/// Why nothing may run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The database is of a newer version of the application.
    #[error("the database is at step {found}, and the newest step here is number {newest}")]
    Newer {
        /// Where the database is: the step, or the number in the header.
        found: String,
        /// What is known here.
        newest: u32,
    },
    /// The database belongs to another application.
    #[error("the database carries application id {found:#x}, not {expected:#x}")]
    OtherApplication {
        /// In the header.
        found: i32,
        /// What the application says.
        expected: i32,
    },
    /// There are tables, and nothing says how they came.
    #[error("the database has tables and no ledger")]
    NotAdopted,
    /// The header says that more was applied than the ledger knows.
    #[error("the header says step {header}, and the ledger ends at {ledger}")]
    LedgerBehind {
        /// `user_version`.
        header: i32,
        /// The last step of the ledger.
        ledger: u32,
    },
    /// A step that was applied has another text now.
    #[error("step {0} was changed after it was applied")]
    Edited(StepId),
    /// A step that was applied has another name now.
    #[error("step {applied} was applied, and is called {now} now")]
    Renamed {
        /// In the ledger.
        applied: StepId,
        /// In the set.
        now: StepId,
    },
    /// A step that was applied is not in the set.
    #[error("step {0} was applied and is gone")]
    Missing(StepId),
    /// A step before the last applied one was never applied.
    #[error("step {step} comes before {head}, which is applied already")]
    OutOfOrder {
        /// The late step.
        step: StepId,
        /// The last applied one.
        head: StepId,
    },
    /// The step failed before in this very form.
    #[error("step {step} failed before and has not changed: {reason}")]
    FailedBefore {
        /// The step.
        step: StepId,
        /// What was recorded.
        reason: String,
        /// The state before, as it was recorded.
        restore_point: Option<SnapshotId>,
    },
}

/// Which of the ordered `steps` are pending. The order of the checks is fixed: what protects data comes first.
///
/// # Errors
/// [`Refusal`].
pub fn plan(
    ledger: &Ledger,
    steps: &[(StepId, Digest)],
    runner: Runner<'_>,
    retry: Retry,
) -> Result<Vec<StepId>, Refusal> {
    refuse_other_application(ledger, runner)?;
    refuse_newer(ledger, steps)?;
    if !ledger.exists && ledger.has_tables {
        return Err(Refusal::NotAdopted);
    }
    if ledger.exists && ledger.user_version > ledger.head().cast_signed() {
        return Err(Refusal::LedgerBehind { header: ledger.user_version, ledger: ledger.head() });
    }
    for entry in ledger.entries.iter().filter(|entry| entry.is_done()) {
        match steps.iter().find(|(id, _)| id.number == entry.id.number) {
            None => return Err(Refusal::Missing(entry.id.clone())),
            Some((id, _)) if *id != entry.id => {
                return Err(Refusal::Renamed { applied: entry.id.clone(), now: id.clone() });
            }
            Some((_, digest)) if *digest != entry.digest => return Err(Refusal::Edited(entry.id.clone())),
            Some(_) => {}
        }
    }
    let done = |id: &StepId| ledger.entries.iter().any(|entry| entry.is_done() && entry.id == *id);
    let pending: Vec<_> = steps.iter().filter(|(id, _)| !done(id)).collect();
    let last = ledger.entries.iter().filter(|entry| entry.is_done()).map(|entry| &entry.id).max();
    for (id, digest) in &pending {
        if let Some(head) = last.filter(|head| id.number < head.number) {
            return Err(Refusal::OutOfOrder { step: id.clone(), head: head.clone() });
        }
        if retry == Retry::WhenSomethingChanged {
            refuse_loop(ledger, id, *digest, runner)?;
        }
    }
    Ok(pending.into_iter().map(|(id, _)| id.clone()).collect())
}

fn refuse_other_application(ledger: &Ledger, runner: Runner<'_>) -> Result<(), Refusal> {
    match runner.application_id {
        Some(expected) if ledger.application_id != 0 && ledger.application_id != expected => {
            Err(Refusal::OtherApplication { found: ledger.application_id, expected })
        }
        _ => Ok(()),
    }
}

/// `user_version` counts only together with a ledger: before adoption it belongs to somebody else.
fn refuse_newer(ledger: &Ledger, steps: &[(StepId, Digest)]) -> Result<(), Refusal> {
    let newest = steps.iter().map(|(id, _)| id.number).max().unwrap_or(0);
    let by_header = if ledger.exists { u32::try_from(ledger.user_version).unwrap_or(0) } else { 0 };
    let found = ledger.head().max(by_header);
    if found <= newest {
        return Ok(());
    }
    let step = ledger.entries.iter().find(|entry| entry.is_done() && entry.id.number == found);
    let found = step.map_or_else(|| found.to_string(), |entry| entry.id.to_string());
    Err(Refusal::Newer { found, newest })
}

fn refuse_loop(ledger: &Ledger, id: &StepId, digest: Digest, runner: Runner<'_>) -> Result<(), Refusal> {
    let by_same = |entry: &&Entry| {
        entry.id == *id
            && entry.digest == digest
            && entry.app_version.as_deref() == runner.app_version
            && entry.lifeboat_version == runner.lifeboat_version
    };
    for entry in ledger.entries.iter().rev().filter(by_same) {
        if let Outcome::Failed { reason } = &entry.outcome {
            let (reason, restore_point) = (reason.clone(), entry.restore_point);
            return Err(Refusal::FailedBefore { step: id.clone(), reason, restore_point });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(number: u32) -> (StepId, Digest) {
        (StepId { number, name: format!("s{number}") }, Digest::of(&number.to_le_bytes()))
    }

    fn entry((id, digest): (StepId, Digest), outcome: Outcome) -> Entry {
        Entry {
            id,
            digest,
            at: UtcMillis(0),
            app_version: None,
            lifeboat_version: "1".into(),
            took_ms: 0,
            restore_point: None,
            outcome,
        }
    }

    fn ledger(done: &[u32]) -> Ledger {
        let entries = done.iter().map(|n| entry(step(*n), Outcome::Applied)).collect();
        let user_version = done.iter().max().map_or(0, |n| i32::try_from(*n).unwrap());
        Ledger { entries, user_version, application_id: 0, exists: true, has_tables: true }
    }

    const RUNNER: Runner<'_> = Runner { app_version: None, lifeboat_version: "1", application_id: Some(7) };

    fn run(ledger: &Ledger, steps: &[(StepId, Digest)]) -> Result<Vec<u32>, Refusal> {
        let pending = plan(ledger, steps, RUNNER, Retry::WhenSomethingChanged)?;
        Ok(pending.into_iter().map(|id| id.number).collect())
    }

    #[test]
    fn what_is_not_done_is_pending() {
        let steps = [step(1), step(2), step(3)];
        assert_eq!(run(&ledger(&[1]), &steps), Ok(vec![2, 3]));
        assert_eq!(run(&Ledger::default(), &steps), Ok(vec![1, 2, 3]));
        assert_eq!(run(&ledger(&[1, 2, 3]), &steps), Ok(vec![]));
    }

    #[test]
    fn every_refusal_has_its_case() {
        let steps = [step(1), step(2), step(3)];
        assert_eq!(
            run(&ledger(&[1, 2, 3, 4]), &steps),
            Err(Refusal::Newer { found: "0004_s4".into(), newest: 3 })
        );
        let by_header = Ledger { user_version: 9, ..ledger(&[1]) };
        assert_eq!(run(&by_header, &steps), Err(Refusal::Newer { found: "9".into(), newest: 3 }));
        let foreign = Ledger { application_id: 8, ..ledger(&[1]) };
        assert_eq!(run(&foreign, &steps), Err(Refusal::OtherApplication { found: 8, expected: 7 }));
        let behind = Ledger { user_version: 2, ..ledger(&[1]) };
        assert_eq!(run(&behind, &steps), Err(Refusal::LedgerBehind { header: 2, ledger: 1 }));
        let bare = Ledger { has_tables: true, user_version: 2, ..Ledger::default() };
        assert_eq!(run(&bare, &steps), Err(Refusal::NotAdopted));
        let edited = [(step(1).0, Digest::of(b"x")), step(2)];
        assert_eq!(run(&ledger(&[1]), &edited), Err(Refusal::Edited(step(1).0)));
        let renamed = [(StepId { number: 1, name: "other".into() }, step(1).1)];
        assert!(matches!(run(&ledger(&[1]), &renamed), Err(Refusal::Renamed { .. })));
        assert_eq!(run(&ledger(&[1, 2]), &[step(2)]), Err(Refusal::Missing(step(1).0)));
        let late = run(&ledger(&[1, 3]), &steps);
        assert_eq!(late, Err(Refusal::OutOfOrder { step: step(2).0, head: step(3).0 }));
    }

    #[test]
    fn a_failed_step_is_tried_again_only_when_something_changed() {
        let failed = Outcome::Failed { reason: "no".into() };
        let mut ledger = ledger(&[1]);
        ledger.entries.push(entry(step(2), failed));
        let steps = [step(1), step(2)];
        assert!(matches!(run(&ledger, &steps), Err(Refusal::FailedBefore { .. })));
        let anyway = plan(&ledger, &steps, RUNNER, Retry::Anyway).unwrap();
        assert_eq!(anyway, vec![step(2).0]);
        let mended = [step(1), (step(2).0, Digest::of(b"mended"))];
        assert_eq!(run(&ledger, &mended), Ok(vec![2]));
        let newer = Runner { lifeboat_version: "2", ..RUNNER };
        assert!(plan(&ledger, &steps, newer, Retry::WhenSomethingChanged).is_ok());
    }
}
