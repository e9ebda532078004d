//! Schema and counts before and after a step.

use crate::error::SqliteError;
use crate::look::{count, table_names};
use crate::sql;
use lifeboat_domain::id::TableName;
use lifeboat_domain::migration::{Census, Definition, ObjectKind, SchemaObject};
use rusqlite::Connection;
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn take(connection: &Connection) -> Result<Census, SqliteError> {
    Ok(Census { objects: objects(connection)?, rows: rows(connection)? })
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
        if super::fence::is_ours(&name) || crate::track::names::is_ours(&name) || shadows.contains(&name) {
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
