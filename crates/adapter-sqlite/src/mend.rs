//! Builds indexes anew, in one transaction that is proven before it is committed, and gives pages back that belong to
//! nothing.

use crate::connection::execute;
use crate::diagnose::is_unused_page;
use crate::error::SqliteError;
use crate::install::{Seen, changed};
use crate::migrate::transaction;
use crate::quoted::{Fill, Statement};
use crate::{examine, sql};
use lifeboat_ports::{PortErrorKind, Repaired, Watch};
use rusqlite::Connection;
use std::collections::BTreeSet;

pub(crate) fn repair(
    connection: Connection,
    indexes: &BTreeSet<String>,
    since: Seen,
    watch: &Watch,
) -> Result<Repaired, SqliteError> {
    since.let_go()?;
    examine::interruptible(connection, watch, |connection| {
        let rebuilt = transaction::within(connection, |connection| {
            if since.is_outdated()? {
                return Err(changed());
            }
            indexes.iter().try_for_each(|index| reindex(connection, index))?;
            prove(connection)
        });
        match rebuilt {
            Err(error) if error.kind() == PortErrorKind::Damaged => {}
            Err(error) => return Err(error),
            Ok(()) => return Ok(drop_unused(connection)),
        }
        // An index whose pages do not read cannot be emptied: it is made anew elsewhere, and its pages are left.
        transaction::within(connection, |connection| {
            if since.is_outdated()? {
                return Err(changed());
            }
            indexes.iter().try_for_each(|index| make_anew(connection, index))?;
            prove(connection)
        })?;
        drop(since);
        Ok(drop_unused(connection))
    })
}

fn reindex(connection: &Connection, index: &str) -> Result<(), SqliteError> {
    let statement = Statement::fill(sql::mend::REINDEX, &[("index", Fill::ident(index))]);
    execute(connection, statement.as_str()).map_err(blame_the_table)
}

fn make_anew(connection: &Connection, index: &str) -> Result<(), SqliteError> {
    let definition: Option<String> =
        connection.query_row(sql::mend::READ_DEFINITION, [index], |row| row.get(0))?;
    let automatic =
        SqliteError::Found(PortErrorKind::Damaged, "the index of a key cannot be made without its table");
    let definition = definition.ok_or(automatic)?;
    execute(connection, sql::salvage::ALLOW_SCHEMA_WRITES)?;
    let forgotten = connection.execute(sql::mend::FORGET_INDEX, [index]);
    execute(connection, sql::salvage::FORBID_SCHEMA_WRITES)?;
    forgotten?;
    execute(connection, &definition).map_err(blame_the_table)
}

/// What cannot be indexed (two rows with one unique key) is damage of the table.
fn blame_the_table(error: SqliteError) -> SqliteError {
    match error.reason_of_a_step() {
        Some(_) => SqliteError::Found(PortErrorKind::Damaged, "the table does not agree with its own index"),
        None => error,
    }
}

/// Pages that belong to nothing are left for the rebuild that follows.
fn prove(connection: &Connection) -> Result<(), SqliteError> {
    if findings(connection)?.iter().all(|line| line == "ok" || is_harmless(line)) {
        return Ok(());
    }
    Err(SqliteError::Found(
        PortErrorKind::Damaged,
        "the database is not sound after its indexes were built anew",
    ))
}

/// Only a rebuild of the file gives such pages back; where there are none it is not done. The indexes are committed: what
/// stops the rebuild leaves the pages, and a second repair goes on.
fn drop_unused(connection: &Connection) -> Repaired {
    let rebuilt = || -> Result<(), SqliteError> {
        if findings(connection)?.iter().all(|line| line == "ok") {
            return Ok(());
        }
        execute(connection, sql::install::VACUUM)
    };
    match rebuilt() {
        Ok(()) => Repaired::Whole,
        Err(error) => {
            tracing::info!(%error, "pages that belong to nothing stay");
            Repaired::UnusedPages
        }
    }
}

fn is_harmless(line: &str) -> bool {
    is_unused_page(line) || line.starts_with("*** in database")
}

fn findings(connection: &Connection) -> Result<Vec<String>, SqliteError> {
    let mut prepared = connection.prepare(sql::mend::INTEGRITY_CHECK)?;
    let rows = prepared.query_map([], |row| row.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()?;
    Ok(rows.iter().flat_map(|row| row.lines()).map(str::to_owned).collect())
}
