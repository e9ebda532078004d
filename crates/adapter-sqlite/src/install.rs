//! Puts a file at rest into the live database, through the engine, in one transaction.

use crate::capture::emit_progress;
use crate::connection::{at_rest, data_version, execute, looking, writing};
use crate::error::SqliteError;
use crate::look::{Pin, facts};
use crate::sql;
use lifeboat_domain::event::{Event, Phase};
use lifeboat_domain::schema::{DatabaseFacts, JournalMode};
use lifeboat_ports::{Counting, InstallOrder, Installed, Mark, PageSize, PortErrorKind, Watch, Writers};
use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};
use std::path::Path;
use std::time::{Duration, Instant};

const STEP_PAGES: i32 = 2000;
const BUSY_PAUSE: Duration = Duration::from_millis(10);
/// A checkpoint beside readers is best effort: it is not waited for longer than this.
const CHECKPOINT_WAIT: Duration = Duration::from_millis(200);

/// A connection that remembers which state it saw last.
pub(crate) struct Seen {
    connection: Connection,
    version: i64,
}

/// Looks at the live database and keeps the connection: its data version changes when another one commits.
pub(crate) fn mark(database: &Path, wait: Duration, writers: Writers) -> Result<Seen, SqliteError> {
    let connection = writing(database, wait)?;
    if writers == Writers::Wait {
        execute(&connection, sql::migrate::BEGIN_WRITE)?;
    }
    let version = data_version(&connection)?;
    Ok(Seen { connection, version })
}

impl Seen {
    /// Reads a mark that this crate made.
    pub(crate) fn of_mark(mark: Mark) -> Result<Self, SqliteError> {
        let foreign = |_| SqliteError::Found(PortErrorKind::Unsupported, "a mark of another snapshotter");
        mark.0.downcast::<Self>().map(|seen| *seen).map_err(foreign)
    }

    /// Has anybody else committed since?
    pub(crate) fn is_outdated(&self) -> Result<bool, SqliteError> {
        Ok(data_version(&self.connection)? != self.version)
    }

    /// Gives back the write lock of a transaction that wrote nothing, for the next one to take.
    pub(crate) fn let_go(&self) -> Result<(), SqliteError> {
        if self.connection.is_autocommit() { Ok(()) } else { execute(&self.connection, sql::install::COMMIT) }
    }
}

/// Copies `from` over the live database. The copy is one transaction of the engine: killed anywhere, the next
/// open finds the old or the new state.
pub(crate) fn install(
    database: &Path,
    from: &Path,
    since: Option<Seen>,
    order: InstallOrder,
    watch: &Watch,
) -> Result<Installed, SqliteError> {
    let source = at_rest(from)?;
    let total_bytes = facts(&source, Counting::HeaderOnly)?.0.size_bytes();
    let since = since.map_or_else(|| mark(database, order.wait, Writers::MayCommit), Ok)?;
    since.let_go()?;
    let is_wal = facts(&since.connection, Counting::HeaderOnly)?.0.journal == JournalMode::Wal;
    let (mut live, witness) = if is_wal && order.page_size == PageSize::AsPoint {
        (writing(database, order.wait)?, Some(since))
    } else {
        (hold_alone(since, order)?, None)
    };
    let version = data_version(&live)?;
    copy(&source, &mut live, total_bytes, order.wait, watch, || refuse_if_changed(witness.as_ref()))?;
    let through_log = witness.is_some();
    drop(witness);
    let facts = if through_log {
        write_back_and_count(&live, database, order.wait)?
    } else {
        release_and_count(&live, order)?
    };
    Ok(Installed { facts, others_wrote: data_version(&live)? != version })
}

/// The log goes back into the file on one connection while another one counts what was installed.
fn write_back_and_count(
    live: &Connection,
    database: &Path,
    wait: Duration,
) -> Result<DatabaseFacts, SqliteError> {
    let reader = looking(database, wait)?;
    let facts = std::thread::scope(|scope| {
        let counting = scope.spawn(move || count(&reader));
        checkpoint(live, sql::install::WRITE_BACK);
        counting.join().expect("because counting does not panic")
    });
    live.busy_timeout(CHECKPOINT_WAIT)?;
    checkpoint(live, sql::install::CHECKPOINT);
    live.busy_timeout(wait)?;
    facts
}

fn release_and_count(live: &Connection, order: InstallOrder) -> Result<DatabaseFacts, SqliteError> {
    release(live)?;
    if order.page_size == PageSize::ThroughRollback {
        execute(live, sql::posture::USE_WAL)?;
    }
    count(live)
}

fn count(connection: &Connection) -> Result<DatabaseFacts, SqliteError> {
    let _pin = Pin::new(connection)?;
    Ok(facts(connection, Counting::Rows)?.0)
}

fn checkpoint(live: &Connection, statement: &str) {
    if let Err(error) = execute(live, statement) {
        tracing::info!(%error, "the checkpoint after an install is left to a later one");
    }
}

/// In rollback-journal mode nobody can look while the copy holds its lock. So the lock comes first, is kept
/// beyond its transaction, and the same connection tells whether anybody committed before it.
fn hold_alone(since: Seen, order: InstallOrder) -> Result<Connection, SqliteError> {
    let live = since.connection;
    if order.page_size == PageSize::ThroughRollback {
        leave_wal(&live)?;
    }
    for statement in [sql::install::LOCK_ALONE, sql::install::BEGIN_EXCLUSIVE, sql::install::COMMIT] {
        execute(&live, statement)?;
    }
    if data_version(&live)? != since.version {
        return Err(changed());
    }
    Ok(live)
}

/// Gives a kept lock back; the next read does it.
fn release(live: &Connection) -> Result<(), SqliteError> {
    execute(live, sql::install::LOCK_SHARED)?;
    execute(live, sql::look::PIN)
}

/// In WAL readers go on beside the copy: once it holds the write lock, a witness tells whether anybody committed.
fn refuse_if_changed(witness: Option<&Seen>) -> Result<(), SqliteError> {
    match witness {
        Some(seen) if seen.is_outdated()? => Err(changed()),
        _ => Ok(()),
    }
}

pub(crate) fn changed() -> SqliteError {
    SqliteError::Found(PortErrorKind::Changed, "another process committed meanwhile")
}

/// Only somebody alone may leave WAL; the engine refuses beside anybody who has read.
fn leave_wal(live: &Connection) -> Result<(), SqliteError> {
    let mode: String = live.query_row(sql::install::USE_ROLLBACK, [], |row| row.get(0))?;
    if mode.eq_ignore_ascii_case("wal") {
        return Err(SqliteError::Found(PortErrorKind::Busy, "another process keeps the log"));
    }
    Ok(())
}

fn copy(
    source: &Connection,
    live: &mut Connection,
    total_bytes: u64,
    wait: Duration,
    watch: &Watch,
    check_locked: impl Fn() -> Result<(), SqliteError>,
) -> Result<(), SqliteError> {
    let phase = Phase::Install;
    watch.events.emit(&Event::PhaseStarted { phase, total_bytes });
    let deadline = Instant::now() + wait;
    let backup = Backup::new(source, live)?;
    let mut checked = false;
    loop {
        // The first step only takes the lock and one page: what was committed before it is looked at then.
        let step = backup.step(if checked { STEP_PAGES } else { 1 })?;
        if !checked && !matches!(step, StepResult::Busy | StepResult::Locked) {
            check_locked()?;
            checked = true;
        }
        emit_progress(phase, &backup, total_bytes, watch);
        match step {
            StepResult::Done => break,
            StepResult::More => {}
            _ if Instant::now() >= deadline => {
                return Err(SqliteError::Found(
                    PortErrorKind::Busy,
                    "a lock was held for longer than allowed",
                ));
            }
            _ => {
                let left = deadline.saturating_duration_since(Instant::now());
                let left_ms = u64::try_from(left.as_millis()).unwrap_or(u64::MAX);
                watch.events.emit(&Event::Waiting { left_ms });
                std::thread::sleep(BUSY_PAUSE);
            }
        }
    }
    watch.events.emit(&Event::PhaseEnded { phase });
    Ok(())
}
