//! Reads ledgers of other migrators. It never writes to one.

use crate::error::SqliteError;
use crate::sql;
use lifeboat_domain::migration::foreign::{ForeignEntry, ForeignLedger, Tool};
use rusqlite::Connection;

/// Every foreign ledger; `user_version` counts as one where there is no other.
pub(super) fn read(connection: &Connection) -> Result<Vec<ForeignLedger>, SqliteError> {
    let mut found = Vec::new();
    for tool in Tool::ALL {
        let (Some(statement), Some(table)) = (statement(tool), tool.tables().first()) else { continue };
        if !has_table(connection, table)? {
            continue;
        }
        // A table of the same name and another shape is not the tool's: it is the application's own.
        let Ok(mut prepared) = connection.prepare(statement) else { continue };
        let rows = prepared.query_map([], |row| {
            Ok(ForeignEntry {
                id: row.get(0)?,
                name: row.get::<_, Option<String>>(1)?.unwrap_or_default(),
                digest: row.get(2)?,
                is_dirty: row.get::<_, Option<bool>>(3)?.unwrap_or(true),
            })
        })?;
        // A line that holds what the tool never writes is no line that can be believed.
        let unreadable = |_| ForeignEntry {
            id: "a line that cannot be read".to_owned(),
            name: String::new(),
            digest: None,
            is_dirty: true,
        };
        let entries = rows.map(|row| row.unwrap_or_else(unreadable)).collect();
        let is_locked = tool == Tool::Knex && is_knex_locked(connection)?;
        found.push(ForeignLedger { tool, entries, is_locked });
    }
    if found.is_empty() {
        found.extend(by_user_version(connection)?);
    }
    Ok(found)
}

const fn statement(tool: Tool) -> Option<&'static str> {
    match tool {
        Tool::Sqlx => Some(sql::adopt::READ_SQLX),
        Tool::Refinery => Some(sql::adopt::READ_REFINERY),
        Tool::Diesel => Some(sql::adopt::READ_DIESEL),
        Tool::Knex => Some(sql::adopt::READ_KNEX),
        Tool::Drizzle => Some(sql::adopt::READ_DRIZZLE),
        Tool::Django => Some(sql::adopt::READ_DJANGO),
        Tool::GolangMigrate => Some(sql::adopt::READ_GOLANG_MIGRATE),
        Tool::UserVersion => None,
    }
}

fn has_table(connection: &Connection, name: &str) -> Result<bool, SqliteError> {
    let count: i64 = connection.query_row(sql::adopt::HAS_TABLE, [name], |row| row.get(0))?;
    Ok(count > 0)
}

fn is_knex_locked(connection: &Connection) -> Result<bool, SqliteError> {
    if !has_table(connection, "knex_migrations_lock")? {
        return Ok(false);
    }
    // A lock of another shape is taken for one that is held.
    Ok(connection.query_row(sql::adopt::IS_KNEX_LOCKED, [], |row| row.get(0)).unwrap_or(true))
}

fn by_user_version(connection: &Connection) -> Result<Option<ForeignLedger>, SqliteError> {
    let version = super::ledger::read(connection)?.user_version;
    if version == 0 {
        return Ok(None);
    }
    let entry =
        ForeignEntry { id: version.to_string(), name: String::new(), digest: None, is_dirty: version < 0 };
    Ok(Some(ForeignLedger { tool: Tool::UserVersion, entries: vec![entry], is_locked: false }))
}
