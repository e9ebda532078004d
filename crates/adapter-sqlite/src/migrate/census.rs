//! Schema and counts before and after a step.

use crate::error::SqliteError;
use crate::look::{count, table_names};
use crate::sql;
use crate::track::names;
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
        let Some(kind) = ObjectKind::parse(&row.get::<_, String>(0)?) else { continue };
        let definition = Definition { text: row.get(2)?, on: row.get(3)? };
        let object = SchemaObject { kind, name: row.get(1)? };
        if !is_of_tracking(&object, &definition) {
            found.insert(object, definition);
        }
    }
    Ok(found)
}

/// What tracking has made follows the schema by itself: no step takes it away.
fn is_of_tracking(object: &SchemaObject, definition: &Definition) -> bool {
    match object.kind {
        ObjectKind::Trigger => names::is_trigger(&object.name),
        ObjectKind::Table | ObjectKind::View => names::is_ours(&object.name),
        ObjectKind::Index => definition.on.as_deref().is_some_and(names::is_ours),
    }
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
        if super::fence::is_ours(&name) || names::is_ours(&name) || shadows.contains(&name) {
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
