//! Stops this process's own use of the database, and finds out whether anybody else has it.

use crate::connection::{execute, keep_log_on_close, writing};
use crate::error::SqliteError;
use crate::pool::Closed;
use crate::sql;
use lifeboat_domain::restore::Company;
use lifeboat_domain::schema::JournalMode;
use lifeboat_ports::Quiesced;
use std::path::Path;
use std::time::Duration;

/// Holds the gate of the pool shut, where there is a pool.
pub(crate) struct Quiet {
    pub(crate) _gate: Option<Closed>,
    pub(crate) company: Company,
}

impl Quiesced for Quiet {
    fn company(&self) -> Company {
        self.company
    }
}

/// Looks for others without changing a byte: in WAL an exclusive connection is refused beside anybody who has
/// ever read (`BEGIN EXCLUSIVE` is not: measured). In rollback-journal mode an idle holder cannot be seen, so
/// the answer is never `Alone`.
pub(crate) fn company(database: &Path) -> Company {
    match probe(database) {
        Ok(true) => Company::Alone,
        Ok(false) | Err(_) => Company::Others,
    }
}

fn probe(database: &Path) -> Result<bool, SqliteError> {
    let connection = writing(database, Duration::ZERO)?;
    keep_log_on_close(&connection)?;
    execute(&connection, sql::install::LOCK_ALONE)?;
    execute(&connection, sql::look::PIN)?;
    let facts = crate::look::facts(&connection, lifeboat_ports::Counting::HeaderOnly)?.0;
    Ok(facts.journal == JournalMode::Wal)
}
