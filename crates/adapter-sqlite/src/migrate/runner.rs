//! The one migration runner: all pending steps in one transaction, or each in its own where it says so.
//!
//! A step may neither begin nor end a transaction, nor attach a file; what it takes away must be declared. The
//! ledger is written in the transaction of the step, so a kill leaves both or neither.

use super::fence::Fence;
use super::{census, ledger, orphans, table, transaction};
use crate::connection::execute;
use crate::error::SqliteError;
use crate::install::{Seen, changed};
use crate::track::steps::Following;
use crate::{examine, sql};
use lifeboat_domain::event::Event;
use lifeboat_domain::findings::{NotChecked, Orphans};
use lifeboat_domain::id::TableName;
use lifeboat_domain::merge::Misruled;
use lifeboat_domain::migration::{Census, StepId, StepTransaction, changes, judge, new_orphans};
use lifeboat_domain::value::Value;
use lifeboat_ports::{
    MigrationStep, PortErrorKind, Ran, RunOrder, StepBody, StepConnection, StepFailure, StepReport, Watch,
};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, params_from_iter};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

pub(super) fn run(
    connection: Connection,
    order: &RunOrder,
    mut since: Option<Seen>,
    watch: &Watch,
) -> Result<Ran, SqliteError> {
    since.as_ref().map_or(Ok(()), Seen::let_go)?;
    examine::interruptible(connection, watch, |connection| {
        execute(connection, sql::migrate::IGNORE_FOREIGN_KEYS)?;
        let mut ran = Ran { done: Vec::new(), failed: None, misruled: Vec::new() };
        let mut head = order.head;
        for batch in batches(&order.steps) {
            match run_batch(connection, batch, (head, since.take()), order, watch)? {
                Ok(reports) => ran.done.extend(reports),
                Err(Failed::Step(id, reason)) => {
                    ran.failed = Some((id, reason));
                    return Ok(ran);
                }
                Err(Failed::Rules(misruled)) => {
                    ran.misruled = misruled;
                    return Ok(ran);
                }
            }
            head = batch.last().map_or(head, |step| step.id.number);
        }
        Ok(ran)
    })
}

/// Steps that share a transaction, in order.
fn batches(steps: &[MigrationStep]) -> impl Iterator<Item = &[MigrationStep]> {
    steps.chunk_by(|a, b| {
        a.header.transaction == StepTransaction::Shared && b.header.transaction == StepTransaction::Shared
    })
}

/// Why nothing of a batch stayed.
enum Failed {
    Step(StepId, String),
    /// They do not fit the schema that the last step leaves.
    Rules(Vec<Misruled>),
}

fn run_batch(
    connection: &Connection,
    batch: &[MigrationStep],
    (head, since): (u32, Option<Seen>),
    order: &RunOrder,
    watch: &Watch,
) -> Result<Result<Vec<StepReport>, Failed>, SqliteError> {
    let mut failed = None;
    let done = transaction::within(connection, |connection| {
        if ledger::head(connection)? != head {
            return Err(SqliteError::Found(PortErrorKind::Changed, "another process migrated meanwhile"));
        }
        if since.as_ref().map_or(Ok(false), Seen::is_outdated)? {
            return Err(changed());
        }
        drop(since);
        execute(connection, sql::migrate::CREATE_LEDGER)?;
        ledger::mark_application(connection, order.application_id)?;
        let (orphans, gaps) = examine::orphans(connection)?;
        let following = Following::begin(connection, &order.follow)?;
        let before = census::take(connection)?;
        let mut batch_run = Batch { connection, before, orphans, gaps, following, order, watch };
        batch_run.run(batch).map_err(|stop| {
            let (reason, what) = match stop {
                Stop::Machine(error) => return error,
                Stop::Step(id, reason) => (Failed::Step(id, reason), "a step failed"),
                Stop::Rules(misruled) => (Failed::Rules(misruled), "the rules do not fit"),
            };
            failed = Some(reason);
            SqliteError::Found(PortErrorKind::Cancelled, what)
        })
    });
    match (failed, done) {
        (Some(failed), _) => Ok(Err(failed)),
        (None, done) => done.map(Ok),
    }
}

/// What ends a batch before its end.
enum Stop {
    Step(StepId, String),
    Rules(Vec<Misruled>),
    Machine(SqliteError),
}

impl<E: Into<SqliteError>> From<E> for Stop {
    fn from(error: E) -> Self {
        Self::Machine(error.into())
    }
}

struct Batch<'a> {
    connection: &'a Connection,
    before: Census,
    orphans: Vec<Orphans>,
    gaps: Vec<NotChecked>,
    following: Option<Following<'a>>,
    order: &'a RunOrder,
    watch: &'a Watch,
}

impl Batch<'_> {
    fn run(&mut self, steps: &[MigrationStep]) -> Result<Vec<StepReport>, Stop> {
        let mut reports = Vec::new();
        for step in steps {
            self.watch.events.emit(&Event::StepStarted { step: step.id.to_string() });
            reports.push(self.run_step(step)?);
            self.watch.events.emit(&Event::StepEnded { step: step.id.to_string() });
        }
        self.settle(steps)?;
        Ok(reports)
    }

    /// Tracking follows what the steps made. Rules are those of the newest schema: on the way there they need not fit.
    fn settle(&self, steps: &[MigrationStep]) -> Result<(), Stop> {
        let (Some(following), Some(last)) = (&self.following, steps.last()) else { return Ok(()) };
        let settled = following.settle(last);
        let misruled = settled.map_err(|error| blame(&last.id, error))?;
        let is_newest = self.order.steps.last().is_some_and(|newest| newest.id == last.id);
        if is_newest && !misruled.is_empty() {
            return Err(Stop::Rules(misruled));
        }
        Ok(following.carry_on()?)
    }

    fn run_step(&mut self, step: &MigrationStep) -> Result<StepReport, Stop> {
        let begun = Instant::now();
        let failed = |reason: String| Stop::Step(step.id.clone(), reason);
        let before = self.following.as_ref().map(|following| following.before(&step.header.declared));
        let before = before.transpose().map_err(|error| blame(&step.id, error))?;
        let moved = self.move_orphans_aside(step)?;
        // The step itself is judged from here on; what went aside is proven already.
        let begins = if moved.is_empty() { None } else { Some(census::take(self.connection)?) };
        carry_out(self.connection, step)?;
        if self.connection.is_autocommit() {
            return Err(failed("it ended the transaction".to_owned()));
        }
        let took = begun.elapsed();
        if let (Some(following), Some(before)) = (&self.following, &before) {
            following.after(step, before).map_err(|error| blame(&step.id, error))?;
        }
        // Before the look at what changed: a trigger on the ledger would otherwise act unseen.
        ledger::write(self.connection, step, took, &self.order.record, &ledger::Line::Applied)?;
        ledger::mark_head(self.connection, step.id.number)?;
        let after = census::take(self.connection)?;
        let begins = begins.as_ref().unwrap_or(&self.before);
        let mut violations = judge(begins, &after, &step.header.declared);
        if violations.is_empty() {
            let (orphans, gaps) = examine::orphans(self.connection)?;
            if let Some(gap) = gaps.iter().find(|gap| !self.gaps.contains(gap)) {
                let (subject, reason) = (&gap.subject, &gap.reason);
                return Err(failed(format!("the foreign keys of {subject} cannot be checked: {reason}")));
            }
            violations = new_orphans(&self.orphans, &orphans);
            (self.orphans, self.gaps) = (orphans, gaps);
        }
        if !violations.is_empty() {
            let words: Vec<String> = violations.iter().map(ToString::to_string).collect();
            return Err(failed(words.join("; ")));
        }
        let changes = changes(&self.before, &after);
        self.before = after;
        let orphans_moved = moved.into_iter().filter(|(_, rows)| *rows > 0).collect();
        Ok(StepReport { id: step.id.clone(), took, changes, orphans_moved })
    }

    /// What goes aside is kept: every row is in the side table before the step itself begins.
    fn move_orphans_aside(&self, step: &MigrationStep) -> Result<BTreeMap<TableName, u64>, Stop> {
        let mut moved = BTreeMap::new();
        for table in &step.header.declared.moves_orphans {
            let side = orphans::side_table(table);
            let before = census::rows_of(self.connection, &side)?;
            let rows = orphans::move_aside(self.connection, table).map_err(|error| blame(&step.id, error))?;
            if rows > 0 && census::rows_of(self.connection, &side)? != Some(before.unwrap_or(0) + rows) {
                let reason = format!("rows of {table} that go aside do not all stay in {side}");
                return Err(Stop::Step(step.id.clone(), reason));
            }
            moved.insert(TableName::new(table.as_str()), rows);
        }
        Ok(moved)
    }
}

fn carry_out(connection: &Connection, step: &MigrationStep) -> Result<(), Stop> {
    let _fence = Fence::around(connection)?;
    match (&step.body, &step.header.rebuilds) {
        (StepBody::Script(script), None) => {
            connection.execute_batch(script).map_err(|error| blame(&step.id, error.into()))
        }
        (StepBody::Script(script), Some(table)) => {
            table::rebuild(connection, table, script, &step.header.declared.drops)
                .map_err(|error| blame(&step.id, error))
        }
        (StepBody::Code(code), _) => code.run(&mut Hands(connection)).map_err(|failure| match failure {
            StepFailure::Step(reason) => Stop::Step(step.id.clone(), reason),
            StepFailure::Machine(error) => Stop::Machine(SqliteError::Port(error)),
        }),
    }
}

/// The step's own fault, or the machine's.
fn blame(id: &StepId, error: SqliteError) -> Stop {
    match error.reason_of_a_step() {
        Some(reason) => Stop::Step(id.clone(), reason),
        None => Stop::Machine(error),
    }
}

/// What a step in code works with.
struct Hands<'c>(&'c Connection);

impl Hands<'_> {
    /// A statement may have rolled the transaction back, and the step may not have minded: nothing more is done then.
    fn still_within(&self) -> Result<(), StepFailure> {
        let ended = self.0.is_autocommit();
        if ended { Err(StepFailure::Step("it ended the transaction".to_owned())) } else { Ok(()) }
    }
}

impl StepConnection for Hands<'_> {
    fn execute(&mut self, statement: &str, parameters: &[Value]) -> Result<u64, StepFailure> {
        self.still_within()?;
        let run = || -> Result<u64, SqliteError> {
            let mut prepared = self.0.prepare(statement)?;
            Ok(prepared.execute(params_from_iter(parameters.iter().map(to_engine)))? as u64)
        };
        run().map_err(failure)
    }

    fn query(&mut self, statement: &str, parameters: &[Value]) -> Result<Vec<Vec<Value>>, StepFailure> {
        self.still_within()?;
        let run = || -> Result<Vec<Vec<Value>>, SqliteError> {
            let mut prepared = self.0.prepare(statement)?;
            let columns = prepared.column_count();
            let mut rows = prepared.query(params_from_iter(parameters.iter().map(to_engine)))?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                found
                    .push((0..columns).map(|at| row.get_ref(at).map(from_engine)).collect::<Result<_, _>>()?);
            }
            Ok(found)
        };
        run().map_err(failure)
    }

    fn rebuild_table(&mut self, table: &str, definition: &str) -> Result<(), StepFailure> {
        self.still_within()?;
        table::rebuild(self.0, table, definition, &BTreeSet::new()).map_err(failure)
    }
}

fn failure(error: SqliteError) -> StepFailure {
    match error.reason_of_a_step() {
        Some(reason) => StepFailure::Step(reason),
        None => StepFailure::Machine(error.at("migrate", "the database")),
    }
}

fn to_engine(value: &Value) -> rusqlite::types::Value {
    use rusqlite::types::Value as Engine;
    match value {
        Value::Null => Engine::Null,
        Value::Integer(number) => Engine::Integer(*number),
        Value::Real(number) => Engine::Real(*number),
        Value::Text(text) => Engine::Text(text.clone()),
        Value::Blob(bytes) => Engine::Blob(bytes.clone()),
    }
}

fn from_engine(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => Value::Integer(number),
        ValueRef::Real(number) => Value::Real(number),
        ValueRef::Text(bytes) => Value::Text(String::from_utf8_lossy(bytes).into_owned()),
        ValueRef::Blob(bytes) => Value::Blob(bytes.to_vec()),
    }
}

/// Runs a script outside any ledger: the demonstration's schema.
#[cfg(any(test, feature = "demo"))]
pub(crate) fn run_unrecorded(connection: &Connection, script: &str) -> Result<(), SqliteError> {
    Ok(connection.execute_batch(script)?)
}
