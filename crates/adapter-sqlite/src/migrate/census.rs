//! Schema and counts before and after a step, taken again only where something may have changed.

use crate::error::SqliteError;
use crate::look::{count, table_names};
use crate::sql;
use lifeboat_domain::id::TableName;
use lifeboat_domain::migration::{Census, Definition, ObjectKind, SchemaObject};
use rusqlite::Connection;
use std::collections::{BTreeMap, BTreeSet};

/// A census and what tells whether it still holds.
pub(super) struct Counted {
    pub(super) census: Census,
    cookie: i64,
    changes: i64,
}

pub(super) fn take(connection: &Connection) -> Result<Counted, SqliteError> {
    let (cookie, changes) = state(connection)?;
    Ok(Counted { census: Census { objects: objects(connection)?, rows: rows(connection)? }, cookie, changes })
}

impl Counted {
    /// Rows or schema have moved, whether or not the counts show it.
    pub(super) fn moved_since(&self, before: &Self) -> bool {
        (self.cookie, self.changes) != (before.cookie, before.changes)
    }

    /// The census now; the old one where neither rows nor schema moved.
    pub(super) fn again(&self, connection: &Connection) -> Result<Self, SqliteError> {
        let (cookie, changes) = state(connection)?;
        if (cookie, changes) == (self.cookie, self.changes) {
            return Ok(Self { census: self.census.clone(), cookie, changes });
        }
        take(connection)
    }
}

/// The schema cookie, and how many rows this connection has changed (sqlite3_total_changes).
fn state(connection: &Connection) -> Result<(i64, i64), SqliteError> {
    Ok(connection.query_row(sql::migrate::READ_STATE, [], |row| Ok((row.get(0)?, row.get(1)?)))?)
}

fn objects(connection: &Connection) -> Result<BTreeMap<SchemaObject, Definition>, SqliteError> {
    let mut statement = connection.prepare(sql::migrate::LIST_OBJECTS)?;
    let mut rows = statement.query([])?;
    let mut found = BTreeMap::new();
    while let Some(row) = rows.next()? {
        if let Some(kind) = ObjectKind::parse(&row.get::<_, String>(0)?) {
            let definition = Definition { text: row.get(2)?, on: row.get(3)? };
            found.insert(SchemaObject { kind, name: row.get(1)? }, definition);
        }
    }
    Ok(found)
}

fn names(connection: &Connection, statement: &str) -> Result<BTreeSet<String>, SqliteError> {
    let mut statement = connection.prepare(statement)?;
    Ok(statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?)
}

fn rows(connection: &Connection) -> Result<BTreeMap<TableName, Option<u64>>, SqliteError> {
    let mut counts = BTreeMap::new();
    let shadows = names(connection, sql::migrate::LIST_SHADOW_TABLES)?;
    let virtuals = names(connection, sql::migrate::LIST_VIRTUAL_TABLES)?;
    for name in table_names(connection)?.into_iter().chain(virtuals) {
        if super::fence::is_ours(&name) || shadows.contains(&name) {
            continue;
        }
        let rows = match count(connection, &name) {
            Ok(rows) => Some(rows),
            Err(reason) => reason.map(|_| None)?,
        };
        counts.insert(TableName::new(name), rows);
    }
    Ok(counts)
}

/// Rows of one table; none where there is no such table.
pub(super) fn rows_of(connection: &Connection, table: &str) -> Result<Option<u64>, SqliteError> {
    if !table_names(connection)?.iter().any(|name| name.eq_ignore_ascii_case(table)) {
        return Ok(None);
    }
    count(connection, table).map(Some).or_else(|reason| reason.map(|_| None))
}
