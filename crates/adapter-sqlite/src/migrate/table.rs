//! Defines a table anew: rows, indexes, triggers and views come along, and numbers are not given twice.
//!
//! The old table steps aside under another name without its references being rewritten, the new one is made under
//! the old name, the rows are copied, and what hung on the old table is made again (the order of SQLite's own
//! advice, lang_altertable.html section 7, but with the old table renamed: the definition stays as it was written).

use crate::connection::execute;
use crate::error::SqliteError;
use crate::quoted::{Fill, Statement};
use crate::sql;
use rusqlite::{Connection, OptionalExtension};
use std::collections::BTreeSet;

/// Where the old rows wait.
const ASIDE: &str = "lifeboat_rebuilt_table";

/// Columns that the new table has no place for must be declared: `dropped` names them as `table.column`.
pub(crate) fn rebuild(
    connection: &Connection,
    table: &str,
    definition: &str,
    dropped: &BTreeSet<String>,
) -> Result<(), SqliteError> {
    let dependents = strings(connection, sql::migrate::LIST_DEPENDENTS, table)?;
    let sequence = sequence(connection, table)?;
    execute(connection, sql::migrate::RENAME_BY_NAME_ONLY)?;
    let made = make_anew(connection, table, definition, dropped);
    execute(connection, sql::migrate::RENAME_WITH_REFERENCES)?;
    made?;
    for dependent in dependents {
        execute(connection, &dependent)?;
    }
    restore_sequence(connection, table, sequence)
}

fn make_anew(
    connection: &Connection,
    table: &str,
    definition: &str,
    dropped: &BTreeSet<String>,
) -> Result<(), SqliteError> {
    let rename = [("from", Fill::ident(table)), ("to", Fill::ident(ASIDE))];
    execute(connection, Statement::fill(sql::migrate::RENAME_TABLE, &rename).as_str())?;
    execute(connection, definition)?;
    let old = strings(connection, sql::migrate::LIST_STORED_COLUMNS, ASIDE)?;
    let new = strings(connection, sql::migrate::LIST_STORED_COLUMNS, table)?;
    let kept = |name: &String| {
        let declared = format!("{table}.{name}");
        new.iter().any(|other| other.eq_ignore_ascii_case(name))
            || dropped.iter().any(|one| one.eq_ignore_ascii_case(&declared))
    };
    if let Some(lost) = old.iter().find(|name| !kept(name)) {
        let what = format!(
            "column {table}.{lost} goes; declare it if it is meant: `-- lifeboat: drops {table}.{lost}`"
        );
        return Err(SqliteError::Refused(what));
    }
    // A column that was computed and is stored now takes its last value along.
    let readable = strings(connection, sql::migrate::LIST_READABLE_COLUMNS, ASIDE)?;
    let both = new.iter().filter(|name| readable.iter().any(|other| other.eq_ignore_ascii_case(name)));
    let columns: Vec<&str> = both.map(String::as_str).collect();
    if !columns.is_empty() {
        let copy =
            [("from", Fill::ident(ASIDE)), ("to", Fill::ident(table)), ("columns", Fill::idents(&columns))];
        let numbered = has_hidden_number(connection, ASIDE)? && has_hidden_number(connection, table)?;
        let template = if numbered { sql::migrate::COPY_ROWS_NUMBERED } else { sql::migrate::COPY_ROWS };
        execute(connection, Statement::fill(template, &copy).as_str())?;
    }
    execute(connection, Statement::fill(sql::migrate::DROP_TABLE, &[("table", Fill::ident(ASIDE))]).as_str())
}

fn has_hidden_number(connection: &Connection, table: &str) -> Result<bool, SqliteError> {
    let count: i64 = connection.query_row(sql::migrate::HAS_HIDDEN_ROW_NUMBER, [table], |row| row.get(0))?;
    Ok(count > 0)
}

pub(crate) fn strings(
    connection: &Connection,
    statement: &str,
    table: &str,
) -> Result<Vec<String>, SqliteError> {
    let mut statement = connection.prepare(statement)?;
    let found = statement.query_map([table], |row| row.get(0))?.collect::<Result<_, _>>()?;
    Ok(found)
}

fn sequence(connection: &Connection, table: &str) -> Result<Option<i64>, SqliteError> {
    let has: i64 = connection.query_row(sql::migrate::HAS_SEQUENCES, [], |row| row.get(0))?;
    if has == 0 {
        return Ok(None);
    }
    Ok(connection.query_row(sql::migrate::READ_SEQUENCE, [table], |row| row.get(0)).optional()?)
}

fn restore_sequence(connection: &Connection, table: &str, before: Option<i64>) -> Result<(), SqliteError> {
    let Some(before) = before else { return Ok(()) };
    for statement in [sql::migrate::RAISE_SEQUENCE, sql::migrate::INSERT_SEQUENCE] {
        connection.execute(statement, (table, before))?;
    }
    Ok(())
}
