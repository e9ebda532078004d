//! Copies a live database at one pinned instant, in steps, with bounds.

use crate::connection::{data_version, execute, filling, looking, sidecar};
use crate::error::SqliteError;
use crate::look::{Pin, facts};
use crate::{examine, sql};
use lifeboat_domain::event::{Event, Phase};
use lifeboat_ports::{CaptureOrder, Captured, Counting, PortErrorKind, SourceChecks, Watch};
use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};
use std::path::Path;
use std::time::{Duration, Instant};

/// Pages a step: a cancel or a bound is noticed every ten milliseconds or so, and the steps cost nothing.
const STEP_PAGES: i32 = 2000;
/// Pause before a step is tried again that found a lock.
const BUSY_PAUSE: Duration = Duration::from_millis(10);

/// Copies what `source` sees into the empty file `into`.
///
/// The read transaction is pinned first: then a writer's commits go on beside it and never restart the copy
/// (SQLite, backup.c: a step opens a read transaction only where none is open).
pub(crate) fn capture(
    source: &Connection,
    database: &Path,
    into: &Path,
    order: CaptureOrder,
    watch: &Watch,
) -> Result<Captured, SqliteError> {
    let log = sidecar(database, "-wal");
    let log_bytes = || log.metadata().map_or(0, |meta| meta.len());
    let log_before = log_bytes();
    let (pin, twin) = pin_with_twin(source, database, order.limits.wait, watch)?;
    let bounds = Bounds { since: Instant::now(), order, log_before };
    let header = facts(source, Counting::HeaderOnly)?.0;
    // Rows are counted on the twin while the copy is made, or afterwards where there is no twin.
    let (copied, counted) = std::thread::scope(|scope| {
        let counting = twin.map(|twin| scope.spawn(move || facts(&twin, Counting::Rows)));
        let copied = fill(source, into, header.size_bytes(), watch, || bounds.check(log_bytes()));
        (copied, counting.map(|thread| thread.join().expect("because counting does not panic")))
    });
    copied?;
    let facts = counted.unwrap_or_else(|| facts(source, Counting::Rows))?.0;
    let source_examination = match order.source {
        SourceChecks::FactsOnly => None,
        SourceChecks::Full => Some(examine::serial(source)?),
    };
    drop(pin);
    let wal_growth_bytes = log_bytes().saturating_sub(log_before);
    if wal_growth_bytes > 0 {
        watch.events.emit(&Event::WalGrew { bytes: wal_growth_bytes });
    }
    Ok(Captured { facts, source: source_examination, wal_growth_bytes })
}

/// From so many bytes on, a second pinned connection pays (8 MiB).
const TWIN_FROM_BYTES: u64 = 8 * 1024 * 1024;
/// Pins the source, and where the database is large a second connection at the same instant. The twin only saves
/// time: it waits for nobody, because in rollback-journal mode a writer may be waiting for our own pin.
fn pin_with_twin<'c>(
    source: &'c Connection,
    database: &Path,
    wait: Duration,
    watch: &Watch,
) -> Result<(Pin<'c>, Option<Connection>), SqliteError> {
    let large = database.metadata().is_ok_and(|meta| meta.len() >= TWIN_FROM_BYTES);
    let witness = if large { witness(database).ok() } else { None };
    let pin = pin_patiently(source, wait, watch)?;
    let twin = witness.and_then(|(witness, before)| twin(database, &witness, before).ok().flatten());
    Ok((pin, twin))
}

/// A connection that saw the database before the pin, and the version that it saw.
fn witness(database: &Path) -> Result<(Connection, i64), SqliteError> {
    let witness = looking(database, Duration::ZERO)?;
    let before = data_version(&witness)?;
    Ok((witness, before))
}

/// A second pinned connection, where the witness shows that no commit came between it and the first one.
fn twin(database: &Path, witness: &Connection, before: i64) -> Result<Option<Connection>, SqliteError> {
    let twin = looking(database, Duration::ZERO)?;
    // Not a `Pin`: the transaction ends with the connection, which goes to another thread.
    execute(&twin, sql::look::BEGIN_READ)?;
    execute(&twin, sql::look::PIN)?;
    Ok((data_version(witness)? == before).then_some(twin))
}

/// Makes the copy: journal and sync off, one step after the other, then the header's journal-mode bytes.
fn fill(
    source: &Connection,
    into: &Path,
    total_bytes: u64,
    watch: &Watch,
    check: impl Fn() -> Result<(), SqliteError>,
) -> Result<(), SqliteError> {
    let mut target = filling(into)?;
    for statement in [sql::install::LOCK_ALONE, sql::install::JOURNAL_OFF, sql::install::SYNC_OFF] {
        execute(&target, statement)?;
    }
    copy(source, &mut target, total_bytes, watch, check)?;
    execute(&target, sql::install::USE_ROLLBACK)?;
    target.close().map_err(|(_, error)| error.into())
}

/// In rollback-journal mode another process's spilled transaction refuses readers for a while.
fn pin_patiently<'c>(source: &'c Connection, wait: Duration, watch: &Watch) -> Result<Pin<'c>, SqliteError> {
    let deadline = Instant::now() + wait;
    loop {
        match Pin::new(source) {
            Err(error) if error.kind() == PortErrorKind::Busy && Instant::now() < deadline => {
                refuse_if_cancelled(watch)?;
                std::thread::sleep(BUSY_PAUSE);
            }
            done => return done,
        }
    }
}

struct Bounds {
    since: Instant,
    order: CaptureOrder,
    log_before: u64,
}

impl Bounds {
    fn check(&self, log_bytes: u64) -> Result<(), SqliteError> {
        let limits = self.order.limits;
        let exceeded = |what| Err(SqliteError::Found(PortErrorKind::LimitExceeded, what));
        if self.since.elapsed() > limits.pin_max {
            return exceeded("the source was pinned for longer than allowed");
        }
        if log_bytes.saturating_sub(self.log_before) > limits.wal_growth_bytes_max {
            return exceeded("the write-ahead log grew further than allowed");
        }
        Ok(())
    }
}

fn copy(
    source: &Connection,
    target: &mut Connection,
    total_bytes: u64,
    watch: &Watch,
    check: impl Fn() -> Result<(), SqliteError>,
) -> Result<(), SqliteError> {
    let phase = Phase::Capture;
    watch.events.emit(&Event::PhaseStarted { phase, total_bytes });
    let backup = Backup::new(source, target)?;
    loop {
        refuse_if_cancelled(watch)?;
        check()?;
        let step = backup.step(STEP_PAGES)?;
        emit_progress(phase, &backup, total_bytes, watch);
        match step {
            StepResult::Done => break,
            StepResult::More => {}
            _ => std::thread::sleep(BUSY_PAUSE),
        }
    }
    watch.events.emit(&Event::PhaseEnded { phase });
    Ok(())
}

/// Tells how far a copy is, in bytes.
pub(crate) fn emit_progress(phase: Phase, backup: &Backup<'_, '_>, total_bytes: u64, watch: &Watch) {
    let progress = backup.progress();
    let (all, left) =
        (u64::from(progress.pagecount.unsigned_abs()), u64::from(progress.remaining.unsigned_abs()));
    let done_bytes = total_bytes.saturating_mul(all - left.min(all)).checked_div(all).unwrap_or(0);
    watch.events.emit(&Event::Progress { phase, done_bytes, total_bytes });
}

/// Cancel is noticed between steps.
pub(crate) fn refuse_if_cancelled(watch: &Watch) -> Result<(), SqliteError> {
    if watch.cancel.is_cancelled() {
        return Err(SqliteError::Found(PortErrorKind::Cancelled, "cancelled"));
    }
    Ok(())
}
