//! Writes a copy with another page size.

use crate::connection::{at_rest, creating, execute};
use crate::error::SqliteError;
use crate::quoted::{Fill, Statement};
use crate::sql;
use lifeboat_ports::PortErrorKind;
use rusqlite::backup::{Backup, StepResult};
use std::path::Path;

const STEP_PAGES: i32 = 2000;

/// Row numbers are kept by every engine version that was tried; the caller compares counts and schema anyway.
pub(crate) fn rebuild(from: &Path, to: &Path, page_size: u32) -> Result<(), SqliteError> {
    if to.symlink_metadata().is_ok() {
        return Err(SqliteError::Found(PortErrorKind::AlreadyExists, "the target of a rebuild exists"));
    }
    let source = at_rest(from)?;
    let mut target = creating(to)?;
    for statement in [sql::install::LOCK_ALONE, sql::install::JOURNAL_OFF, sql::install::SYNC_OFF] {
        execute(&target, statement)?;
    }
    // VACUUM INTO of a read-only connection keeps the page size (tried on 3.40 and 3.53): copy, then vacuum.
    let backup = Backup::new(&source, &mut target)?;
    while backup.step(STEP_PAGES)? != StepResult::Done {}
    drop(backup);
    let statement = Statement::fill(sql::install::SET_PAGE_SIZE, &[("size", Fill::Number(page_size.into()))]);
    execute(&target, statement.as_str())?;
    execute(&target, sql::install::VACUUM)
}
