//! Examines a database: structure, foreign keys, schema, counts. Findings are results, not errors.

mod foreign_keys;
mod structure;

use crate::connection::at_rest;
use crate::error::SqliteError;
use crate::look::facts;
use lifeboat_domain::findings::{Examination, Findings, NotChecked, Orphans};
use lifeboat_domain::schema::DatabaseFacts;
use lifeboat_ports::{Counting, PortErrorKind, Watch};
use rusqlite::{Connection, InterruptHandle};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// How often a cancel is looked for while the engine works.
const CANCEL_EVERY: Duration = Duration::from_millis(20);

/// Examines on one connection, inside whatever transaction is open there.
pub(crate) fn serial(connection: &Connection) -> Result<Examination, SqliteError> {
    let structure = structure::check(connection)?;
    let foreign_keys = foreign_keys::check(connection)?;
    let counted = facts(connection, Counting::Rows)?;
    Ok(join(structure, foreign_keys, counted))
}

/// As [`serial`], and stops soon after a cancel.
pub(crate) fn watched(connection: &Connection, watch: &Watch) -> Result<Examination, SqliteError> {
    let handle = connection.get_interrupt_handle();
    interrupted_by(handle, watch, || serial(connection))
}

/// Works on a connection of its own; a cancel interrupts the statement that runs.
pub(crate) fn interruptible<T>(
    connection: Connection,
    watch: &Watch,
    work: impl FnOnce(&Connection) -> Result<T, SqliteError>,
) -> Result<T, SqliteError> {
    let handle = connection.get_interrupt_handle();
    let done = interrupted_by(handle, watch, || work(&connection));
    drop(connection);
    done
}

fn interrupted_by<T>(handle: InterruptHandle, watch: &Watch, work: impl FnOnce() -> T) -> T {
    let handles = [handle];
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let guard = scope.spawn(|| interrupt_on_cancel(&handles, &done, watch));
        let result = work();
        done.store(true, Ordering::Relaxed);
        guard.thread().unpark();
        result
    })
}

/// Rows without a parent, per constraint, and what could not be checked.
pub(crate) fn orphans(connection: &Connection) -> Result<(Vec<Orphans>, Vec<NotChecked>), SqliteError> {
    let (found, not_checked) = foreign_keys::check(connection)?;
    Ok((found.orphans, not_checked))
}

/// Examines a file at rest on two connections at once: the structure on one, foreign keys and counts on the
/// other. The result is the same as [`serial`]'s.
pub(crate) fn parallel(file: &Path, watch: &Watch) -> Result<Examination, SqliteError> {
    let (left, right) = (at_rest(file)?, at_rest(file)?);
    let handles = [left.get_interrupt_handle(), right.get_interrupt_handle()];
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let guard = scope.spawn(|| interrupt_on_cancel(&handles, &done, watch));
        let structure = scope.spawn(move || structure::check(&left));
        let rest = check_rest(&right);
        let structure = structure.join().expect("because a check does not panic");
        done.store(true, Ordering::Relaxed);
        guard.thread().unpark();
        let (foreign_keys, counted) = rest?;
        Ok(join(structure?, foreign_keys, counted))
    })
}

type Rest = (Found<foreign_keys::ForeignKeys>, Found<DatabaseFacts>);

fn check_rest(connection: &Connection) -> Result<Rest, SqliteError> {
    let foreign_keys = foreign_keys::check(connection)?;
    Ok((foreign_keys, facts(connection, Counting::Rows)?))
}

fn interrupt_on_cancel(handles: &[InterruptHandle], done: &AtomicBool, watch: &Watch) {
    while !done.load(Ordering::Relaxed) {
        if watch.cancel.is_cancelled() {
            handles.iter().for_each(InterruptHandle::interrupt);
        }
        std::thread::park_timeout(CANCEL_EVERY);
    }
}

/// What one check found and what it passed over.
type Found<T> = (T, Vec<NotChecked>);

fn join(
    structure: Found<structure::Structure>,
    foreign_keys: Found<foreign_keys::ForeignKeys>,
    counted: Found<DatabaseFacts>,
) -> Examination {
    let findings = Findings {
        structure: structure.0.lines,
        structure_digest: structure.0.digest,
        orphans: foreign_keys.0.orphans,
        orphans_digest: foreign_keys.0.digest,
    };
    let mut not_checked = [structure.1, foreign_keys.1, counted.1].concat();
    not_checked.sort();
    Examination { facts: counted.0, findings, not_checked }
}

/// Damage that stops a check altogether is a finding; a missing part of the application, or a reference that names no key, is
/// a gap.
enum Stopped {
    Damage(String),
    Gap(String),
}

fn judge_stop(error: SqliteError) -> Result<Stopped, SqliteError> {
    match (error.missing_part().or_else(|| error.key_mismatch()), error.kind()) {
        (Some(lack), _) => Ok(Stopped::Gap(lack)),
        (None, PortErrorKind::Damaged) => Ok(Stopped::Damage("the check itself met damage".to_owned())),
        (None, _) => Err(error),
    }
}
