//! The contract of `Migrator`.

use super::clauses;
use lifeboat_domain::merge::TableDraft;
use lifeboat_domain::migration::{Change, Outcome, StepHeader, StepId, StepTransaction, digest_of};
use lifeboat_domain::time::UtcMillis;
use lifeboat_ports::{
    Follow, Mark, MigrationStep, Migrator, PortErrorKind, RunOrder, RunRecord, SchemaOf, StepBody, Watch,
};
use std::any::Any;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

/// What a step is to do, in words that every implementation can spell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Script {
    /// Makes the table of numbered rows.
    Create,
    /// Adds a row.
    Insert(u64),
    /// Removes a row.
    Delete(u64),
    /// Cannot be carried out.
    Fail,
}

/// A database with one table of numbered rows, 1 to 3.
pub trait MigratorFixture {
    /// The port.
    fn migrator(&self) -> &dyn Migrator;
    /// The implementation's spelling.
    fn script(&self, script: Script) -> String;
    /// Name of the table.
    fn table(&self) -> &'static str;
    /// All rows, as another connection.
    fn rows(&self) -> BTreeSet<u64>;
    /// Adds a row, as another connection.
    fn insert(&self, row: u64);
    /// The database as it is now, for `run`.
    fn mark(&self) -> Mark;
    /// Everything about the database that looking may not change.
    fn imprint(&self) -> Vec<u8>;
    /// A path in a folder that is there; the file is not.
    fn absent_file(&self) -> PathBuf;
    /// Is there a file?
    fn exists(&self, file: &std::path::Path) -> bool;
    /// The database is tracked from now on; gives the rules that fit.
    fn track(&self) -> Vec<TableDraft>;
    /// Another process holds a write lock until the value is dropped.
    fn hold_write_lock(&self) -> Box<dyn Any>;
}

clauses! { dyn MigratorFixture:
    reading_the_ledger_changes_nothing,
    steps_run_in_order_and_are_in_the_ledger,
    a_step_that_fails_takes_its_transaction_with_it,
    what_had_its_own_transaction_stays,
    rows_that_go_undeclared_make_a_step_fail,
    rows_that_go_declared_do_not,
    a_run_that_was_overtaken_changes_nothing,
    a_run_never_overtakes_what_came_since_its_mark,
    a_lock_of_another_process_is_busy_and_changes_nothing,
    a_failure_is_written_down,
    a_file_that_does_not_exist_is_made,
    what_is_adopted_is_written_down_and_not_run,
    an_adoption_that_was_overtaken_changes_nothing,
    the_schema_that_steps_make_is_read_alike,
    a_tracked_database_is_not_migrated_without_rules,
    rules_that_do_not_fit_leave_nothing_of_the_last_transaction,
}

fn step(f: &dyn MigratorFixture, number: u32, script: Script) -> MigrationStep {
    let text = f.script(script);
    MigrationStep {
        id: StepId { number, name: format!("step{number}") },
        digest: digest_of(&text),
        header: StepHeader::plain(),
        body: StepBody::Script(text),
    }
}

fn own(step: MigrationStep) -> MigrationStep {
    MigrationStep { header: StepHeader { transaction: StepTransaction::Own, ..step.header }, ..step }
}

fn order(steps: Vec<MigrationStep>, head: u32) -> RunOrder {
    let record = RunRecord {
        at: UtcMillis(1_000),
        app_version: Some("1.2".to_owned()),
        lifeboat_version: "0".to_owned(),
        restore_point: None,
    };
    RunOrder {
        steps,
        head,
        application_id: None,
        record,
        follow: Follow::Nothing,
        wait: Duration::from_millis(50),
    }
}

async fn run(f: &dyn MigratorFixture, steps: Vec<MigrationStep>, head: u32) -> lifeboat_ports::Ran {
    f.migrator().run(order(steps, head), None, &Watch::silent()).await.unwrap()
}

async fn reading_the_ledger_changes_nothing(f: &dyn MigratorFixture) {
    let before = f.imprint();
    let ledger = f.migrator().read_ledger().await.unwrap();
    assert!(!ledger.exists && ledger.has_tables && ledger.entries.is_empty());
    assert_eq!(f.imprint(), before);
    run(f, vec![step(f, 1, Script::Insert(4))], 0).await;
    let before = f.imprint();
    assert!(f.migrator().read_ledger().await.unwrap().exists);
    assert_eq!(f.imprint(), before);
}

async fn steps_run_in_order_and_are_in_the_ledger(f: &dyn MigratorFixture) {
    let steps = vec![step(f, 1, Script::Insert(4)), step(f, 2, Script::Insert(5))];
    let ran = run(f, steps.clone(), 0).await;
    assert_eq!(ran.failed, None);
    let ids: Vec<_> = ran.done.iter().map(|report| report.id.number).collect();
    assert_eq!(ids, [1, 2]);
    assert!(matches!(ran.done[1].changes.as_slice(), [Change::Rows { before: 4, after: 5, .. }]));
    assert_eq!(f.rows(), BTreeSet::from([1, 2, 3, 4, 5]));
    let ledger = f.migrator().read_ledger().await.unwrap();
    assert_eq!((ledger.head(), ledger.user_version), (2, 2));
    assert_eq!(ledger.entries[0].digest, steps[0].digest);
    assert_eq!(ledger.entries[0].app_version.as_deref(), Some("1.2"));
    assert_eq!(ledger.entries[0].at, UtcMillis(1_000));
}

async fn a_step_that_fails_takes_its_transaction_with_it(f: &dyn MigratorFixture) {
    let ran = run(f, vec![step(f, 1, Script::Insert(4)), step(f, 2, Script::Fail)], 0).await;
    assert!(ran.done.is_empty());
    assert_eq!(ran.failed.map(|(id, _)| id.number), Some(2));
    assert_eq!(f.rows(), BTreeSet::from([1, 2, 3]));
    assert_eq!(f.migrator().read_ledger().await.unwrap().head(), 0);
}

async fn what_had_its_own_transaction_stays(f: &dyn MigratorFixture) {
    let steps = vec![own(step(f, 1, Script::Insert(4))), own(step(f, 2, Script::Fail))];
    let ran = run(f, steps, 0).await;
    assert_eq!(ran.done.len(), 1);
    assert_eq!(ran.failed.map(|(id, _)| id.number), Some(2));
    assert_eq!(f.rows(), BTreeSet::from([1, 2, 3, 4]));
    assert_eq!(f.migrator().read_ledger().await.unwrap().head(), 1);
}

async fn rows_that_go_undeclared_make_a_step_fail(f: &dyn MigratorFixture) {
    let ran = run(f, vec![step(f, 1, Script::Delete(2))], 0).await;
    let (id, reason) = ran.failed.expect("because a row went");
    assert_eq!(id.number, 1);
    assert!(reason.contains(f.table()), "the table is named: {reason}");
    assert_eq!(f.rows(), BTreeSet::from([1, 2, 3]));
}

async fn rows_that_go_declared_do_not(f: &dyn MigratorFixture) {
    let mut step = step(f, 1, Script::Delete(2));
    step.header.declared.drops_rows.insert(f.table().to_owned());
    let ran = run(f, vec![step], 0).await;
    assert_eq!(ran.failed, None);
    assert_eq!(f.rows(), BTreeSet::from([1, 3]));
}

async fn a_run_that_was_overtaken_changes_nothing(f: &dyn MigratorFixture) {
    run(f, vec![step(f, 1, Script::Insert(4))], 0).await;
    let late = order(vec![step(f, 1, Script::Insert(9))], 0);
    let error = f.migrator().run(late, None, &Watch::silent()).await.unwrap_err();
    assert_eq!(error.kind(), PortErrorKind::Changed);
    assert_eq!(f.rows(), BTreeSet::from([1, 2, 3, 4]));
}

async fn a_run_never_overtakes_what_came_since_its_mark(f: &dyn MigratorFixture) {
    let mark = f.mark();
    f.insert(7);
    let steps = vec![step(f, 1, Script::Insert(4))];
    let error = f.migrator().run(order(steps.clone(), 0), Some(mark), &Watch::silent()).await.unwrap_err();
    assert_eq!(error.kind(), PortErrorKind::Changed);
    assert_eq!(f.rows(), BTreeSet::from([1, 2, 3, 7]));
    let mark = f.mark();
    f.migrator().run(order(steps, 0), Some(mark), &Watch::silent()).await.unwrap();
    assert_eq!(f.rows(), BTreeSet::from([1, 2, 3, 4, 7]));
}

async fn a_lock_of_another_process_is_busy_and_changes_nothing(f: &dyn MigratorFixture) {
    let lock = f.hold_write_lock();
    let run = f.migrator().run(order(vec![step(f, 1, Script::Insert(4))], 0), None, &Watch::silent()).await;
    assert_eq!(run.unwrap_err().kind(), PortErrorKind::Busy);
    drop(lock);
    assert_eq!(f.migrator().read_ledger().await.unwrap().head(), 0);
}

async fn a_failure_is_written_down(f: &dyn MigratorFixture) {
    let failed = step(f, 1, Script::Fail);
    let record = order(Vec::new(), 0).record;
    f.migrator().record_failure(&failed, "it failed", &record).await.unwrap();
    let ledger = f.migrator().read_ledger().await.unwrap();
    assert_eq!(ledger.head(), 0);
    assert_eq!(ledger.entries[0].outcome, Outcome::Failed { reason: "it failed".to_owned() });
    assert_eq!((&ledger.entries[0].id, ledger.entries[0].digest), (&failed.id, failed.digest));
}

async fn a_file_that_does_not_exist_is_made(f: &dyn MigratorFixture) {
    let (live, file) = (f.imprint(), f.absent_file());
    let steps = vec![step(f, 1, Script::Create), step(f, 2, Script::Insert(7))];
    let ran = f.migrator().run_on(&file, order(steps, 0), &Watch::silent()).await.unwrap();
    assert_eq!((ran.done.len(), ran.failed), (2, None));
    assert!(f.exists(&file));
    assert_eq!(f.imprint(), live, "the live database is another file");
}

async fn what_is_adopted_is_written_down_and_not_run(f: &dyn MigratorFixture) {
    let steps = vec![step(f, 1, Script::Create), step(f, 2, Script::Insert(9))];
    f.migrator().adopt(order(steps, 0), None).await.unwrap();
    assert_eq!(f.rows(), BTreeSet::from([1, 2, 3]));
    let ledger = f.migrator().read_ledger().await.unwrap();
    assert_eq!((ledger.head(), ledger.user_version), (2, 2));
    assert!(ledger.entries.iter().all(|entry| entry.outcome == Outcome::Adopted));
    run(f, vec![step(f, 3, Script::Insert(4))], 2).await;
    assert_eq!(f.rows(), BTreeSet::from([1, 2, 3, 4]));
}

async fn an_adoption_that_was_overtaken_changes_nothing(f: &dyn MigratorFixture) {
    run(f, vec![step(f, 1, Script::Insert(4))], 0).await;
    let late = f.migrator().adopt(order(vec![step(f, 1, Script::Insert(4))], 0), None).await;
    assert_eq!(late.unwrap_err().kind(), PortErrorKind::Changed);
    assert_eq!(f.migrator().read_ledger().await.unwrap().entries.len(), 1);
}

async fn the_schema_that_steps_make_is_read_alike(f: &dyn MigratorFixture) {
    let before = f.imprint();
    let live = f.migrator().read_schema(SchemaOf::Live, &[]).await.unwrap();
    let file = f.absent_file();
    let made = order(vec![step(f, 1, Script::Create)], 0);
    f.migrator().run_on(&file, made, &Watch::silent()).await.unwrap();
    let built = f.migrator().read_schema(SchemaOf::File(&file), &[]).await.unwrap();
    assert!(!live.spelled.is_empty() && built.spelled == live.spelled, "{live:?} {built:?}");
    assert_eq!(f.imprint(), before);
}

async fn a_tracked_database_is_not_migrated_without_rules(f: &dyn MigratorFixture) {
    let drafts = f.track();
    let steps = vec![step(f, 1, Script::Insert(4))];
    let refused = f.migrator().run(order(steps.clone(), 0), None, &Watch::silent()).await;
    assert_eq!(refused.unwrap_err().kind(), PortErrorKind::Unsupported);
    assert_eq!(f.rows(), BTreeSet::from([1, 2, 3]));
    let ruled = RunOrder { follow: Follow::Rules(drafts), ..order(steps, 0) };
    let ran = f.migrator().run(ruled, None, &Watch::silent()).await.unwrap();
    assert_eq!((ran.done.len(), ran.failed, ran.misruled), (1, None, Vec::new()));
    assert_eq!(f.rows(), BTreeSet::from([1, 2, 3, 4]));
}

async fn rules_that_do_not_fit_leave_nothing_of_the_last_transaction(f: &dyn MigratorFixture) {
    f.track();
    let steps = vec![own(step(f, 1, Script::Insert(4))), own(step(f, 2, Script::Insert(5)))];
    let ruled = RunOrder { follow: Follow::Rules(Vec::new()), ..order(steps, 0) };
    let ran = f.migrator().run(ruled, None, &Watch::silent()).await.unwrap();
    assert_eq!((ran.done.len(), ran.failed, ran.misruled.is_empty()), (1, None, false));
    assert_eq!(f.rows(), BTreeSet::from([1, 2, 3, 4]));
    assert_eq!(f.migrator().read_ledger().await.unwrap().head(), 1);
}
