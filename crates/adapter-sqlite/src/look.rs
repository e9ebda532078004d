//! Facts of a database: header, schema fingerprint, counts. Reads only.

use crate::connection::execute;
use crate::error::SqliteError;
use crate::quoted::{Fill, Statement};
use crate::sql;
use lifeboat_domain::digest::Digest;
use lifeboat_domain::findings::NotChecked;
use lifeboat_domain::id::TableName;
use lifeboat_domain::schema::{DatabaseFacts, JournalMode, TableCount};
use lifeboat_ports::{Counting, PortErrorKind};
use rusqlite::Connection;
use rusqlite::types::ValueRef;

/// A read transaction that holds one instant until it is dropped.
pub(crate) struct Pin<'c>(&'c Connection);

impl<'c> Pin<'c> {
    pub(crate) fn new(connection: &'c Connection) -> Result<Self, SqliteError> {
        execute(connection, sql::look::BEGIN_READ)?;
        let pin = Self(connection);
        execute(connection, sql::look::PIN)?;
        Ok(pin)
    }
}

impl Drop for Pin<'_> {
    fn drop(&mut self) {
        if let Err(error) = execute(self.0, sql::look::END_READ) {
            tracing::debug!(%error, "a read transaction had ended by itself");
        }
    }
}

/// Facts, and what could not be counted.
pub(crate) fn facts(
    connection: &Connection,
    counting: Counting,
) -> Result<(DatabaseFacts, Vec<NotChecked>), SqliteError> {
    let mut facts = header(connection)?;
    let mut not_checked = Vec::new();
    if counting == Counting::Rows {
        (facts.tables, not_checked) = counts(connection)?;
    }
    Ok((facts, not_checked))
}

fn header(connection: &Connection) -> Result<DatabaseFacts, SqliteError> {
    let fingerprint = fingerprint(connection)?;
    let read = connection.query_row(sql::look::READ_HEADER, [], |row| {
        Ok(DatabaseFacts {
            page_size: row.get(0)?,
            page_count: row.get::<_, i64>(1)?.cast_unsigned(),
            encoding: row.get(2)?,
            user_version: row.get(3)?,
            application_id: row.get(4)?,
            schema_cookie: row.get(5)?,
            journal: journal_mode(&row.get::<_, String>(6)?),
            engine_version: row.get(7)?,
            fingerprint,
            tables: Vec::new(),
        })
    })?;
    Ok(read)
}

fn journal_mode(word: &str) -> JournalMode {
    if word.eq_ignore_ascii_case("wal") { JournalMode::Wal } else { JournalMode::Rollback }
}

/// BLAKE3 over every schema object, each field with its length before it (docs/formats/manifest.md).
fn fingerprint(connection: &Connection) -> Result<Digest, SqliteError> {
    let mut hasher = blake3::Hasher::new();
    let mut statement = connection.prepare(sql::look::READ_SCHEMA)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        for column in 0..4 {
            let bytes = match row.get_ref(column)? {
                ValueRef::Text(bytes) | ValueRef::Blob(bytes) => bytes,
                _ => b"",
            };
            hasher.update(&(bytes.len() as u64).to_le_bytes());
            hasher.update(bytes);
        }
    }
    Ok(Digest::from_bytes(*hasher.finalize().as_bytes()))
}

/// Names of the tables that have rows of their own.
pub(crate) fn table_names(connection: &Connection) -> Result<Vec<String>, SqliteError> {
    let mut statement = connection.prepare(sql::look::LIST_TABLES)?;
    let names = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    Ok(names)
}

fn counts(connection: &Connection) -> Result<(Vec<TableCount>, Vec<NotChecked>), SqliteError> {
    let mut counts = Vec::new();
    let mut not_checked = Vec::new();
    for name in table_names(connection)? {
        let rows = match count(connection, &name) {
            Ok(rows) => Some(rows),
            Err(reason) => {
                let check = "rows".to_owned();
                not_checked.push(NotChecked { subject: name.clone(), check, reason: reason? });
                None
            }
        };
        counts.push(TableCount { table: TableName::new(name), rows });
    }
    counts.sort();
    Ok((counts, not_checked))
}

/// Rows of one table; the inner error is a reason why it cannot be counted.
pub(crate) fn count(connection: &Connection, table: &str) -> Result<u64, Result<String, SqliteError>> {
    let ask = |template| -> Result<u64, SqliteError> {
        let statement = Statement::fill(template, &[("table", Fill::ident(table))]);
        Ok(connection.query_row(statement.as_str(), [], |row| row.get::<_, i64>(0))?.cast_unsigned())
    };
    let first = match ask(sql::look::COUNT_ROWS) {
        Ok(rows) => return Ok(rows),
        Err(error) => error,
    };
    if first.missing_part().is_some()
        && let Ok(rows) = ask(sql::look::COUNT_ROWS_UNINDEXED)
    {
        return Ok(rows);
    }
    Err(not_examined(first))
}

/// Tells a reason for passing something over from an error that ends the examination.
pub(crate) fn not_examined(error: SqliteError) -> Result<String, SqliteError> {
    match (error.missing_part(), error.kind()) {
        (Some(lack), _) => Ok(lack),
        (None, PortErrorKind::Damaged) => Ok("damaged".to_owned()),
        (None, _) => Err(error),
    }
}
