//! Reads a schema in a form that can be compared, and writes down which steps it stands for.

use super::{ledger, spelling, transaction};
use crate::connection::execute;
use crate::error::SqliteError;
use crate::install::{Seen, changed};
use crate::sql;
use lifeboat_domain::migration::{ObjectKind, SchemaObject};
use lifeboat_ports::{PortErrorKind, RunOrder, SchemaReading};
use rusqlite::Connection;
use std::collections::BTreeSet;
use std::time::Duration;

const OURS: &str = "lifeboat_migrations";

/// Every object but those on the tables `without`, and our own.
pub(super) fn read_schema(
    connection: &Connection,
    without: &BTreeSet<String>,
) -> Result<SchemaReading, SqliteError> {
    let mut statement = connection.prepare(sql::adopt::READ_SCHEMA)?;
    let mut rows = statement.query([])?;
    let mut reading = SchemaReading::default();
    while let Some(row) = rows.next()? {
        let table: String = row.get(2)?;
        let Some(kind) = ObjectKind::parse(&row.get::<_, String>(0)?) else { continue };
        // Of a foreign ledger its table and indexes; a trigger on it is the application's own.
        let is_ledger = matches!(kind, ObjectKind::Table | ObjectKind::Index)
            && without.iter().any(|name| name.eq_ignore_ascii_case(&table));
        if table == OURS || is_ledger {
            continue;
        }
        let definition: String = row.get(3)?;
        // SQLite's names have no case in ASCII, and only there.
        let object = SchemaObject { kind, name: row.get::<_, String>(1)?.to_ascii_lowercase() };
        reading.spelled.insert(object, spelling::spell(&definition));
        reading.definitions.push((kind, definition));
    }
    reading.definitions.sort_by_key(|(kind, _)| *kind);
    Ok(reading)
}

/// Writes the ledger for steps whose work is done already. All of it, or nothing.
pub(super) fn adopt(
    connection: &Connection,
    order: &RunOrder,
    since: Option<Seen>,
) -> Result<(), SqliteError> {
    since.as_ref().map_or(Ok(()), Seen::let_go)?;
    transaction::within(connection, |connection| {
        if ledger::head(connection)? != order.head {
            return Err(SqliteError::Found(PortErrorKind::Changed, "another process migrated meanwhile"));
        }
        if since.as_ref().map_or(Ok(false), Seen::is_outdated)? {
            return Err(changed());
        }
        drop(since);
        execute(connection, sql::migrate::CREATE_LEDGER)?;
        ledger::mark_application(connection, order.application_id)?;
        for step in &order.steps {
            ledger::write(connection, step, Duration::ZERO, &order.record, &ledger::Line::Adopted)?;
        }
        match order.steps.last() {
            Some(last) => ledger::mark_head(connection, last.id.number),
            None => Ok(()),
        }
    })
}
