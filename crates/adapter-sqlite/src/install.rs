//! Puts a file at rest into the live database, through the engine, in one transaction.

use crate::capture::emit_progress;
use crate::connection::{at_rest, data_version, execute, writing};
use crate::error::SqliteError;
use crate::look::{Pin, facts};
use crate::sql;
use lifeboat_domain::event::{Event, Phase};
use lifeboat_ports::{Counting, InstallOrder, Installed, PageSize, PortErrorKind, Watch};
use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};
use std::path::Path;
use std::time::{Duration, Instant};

const STEP_PAGES: i32 = 2000;
const BUSY_PAUSE: Duration = Duration::from_millis(10);
/// A checkpoint beside readers is best effort: it is not waited for longer than this.
const CHECKPOINT_WAIT: Duration = Duration::from_millis(200);

/// Copies `from` over the live database. The copy is one transaction of the engine: killed anywhere, the next
/// open finds the old or the new state.
pub(crate) fn install(
    database: &Path,
    from: &Path,
    order: InstallOrder,
    watch: &Watch,
) -> Result<Installed, SqliteError> {
    let source = at_rest(from)?;
    let total_bytes = facts(&source, Counting::HeaderOnly)?.0.size_bytes();
    let mut live = writing(database, order.wait)?;
    if order.page_size == PageSize::ThroughRollback {
        leave_wal(&live)?;
    }
    let version = data_version(&live)?;
    copy(&source, &mut live, total_bytes, order.wait, watch)?;
    if order.page_size == PageSize::ThroughRollback {
        execute(&live, sql::posture::USE_WAL)?;
    }
    live.busy_timeout(CHECKPOINT_WAIT)?;
    if let Err(error) = execute(&live, sql::install::CHECKPOINT) {
        tracing::info!(%error, "the checkpoint after an install is left to a later one");
    }
    live.busy_timeout(order.wait)?;
    let pin = Pin::new(&live)?;
    let facts = facts(&live, Counting::Rows)?.0;
    let others_wrote = data_version(&live)? != version;
    drop(pin);
    Ok(Installed { facts, others_wrote })
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
) -> Result<(), SqliteError> {
    let phase = Phase::Install;
    watch.events.emit(&Event::PhaseStarted { phase, total_bytes });
    let deadline = Instant::now() + wait;
    let backup = Backup::new(source, live)?;
    loop {
        let step = backup.step(STEP_PAGES)?;
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
