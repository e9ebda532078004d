//! Compares the live database with a point, row by row where a key allows it.

use crate::capture::refuse_if_cancelled;
use crate::connection::immutable_uri;
use crate::error::SqliteError;
use crate::look::Pin;
use crate::quoted::{Fill, Joint, Statement};
use crate::sql;
use lifeboat_domain::id::TableName;
use lifeboat_domain::row_difference::{TableChange, TableDifference};
use lifeboat_ports::Watch;
use rusqlite::Connection;
use std::path::Path;

/// The two sides as schema names of one connection.
const LIVE: &str = "main";
const POINT: &str = "point";

/// Names of the row number that a table may not have shadowed by a column of its own.
const ROW_NUMBER_NAMES: [&str; 3] = ["rowid", "_rowid_", "oid"];

pub(crate) fn compare(
    live: &Connection,
    point: &Path,
    watch: &Watch,
) -> Result<Vec<TableDifference>, SqliteError> {
    live.execute(sql::compare::ATTACH_POINT, [immutable_uri(point)])?;
    let _pin = Pin::new(live)?;
    let mut differences = Vec::new();
    for (name, in_live, in_point) in tables(live)? {
        refuse_if_cancelled(watch)?;
        let change = match (in_live, in_point) {
            (true, true) => both(live, &name),
            (false, _) => TableChange::Appears { rows: count(live, POINT, &name) },
            (true, false) => TableChange::Vanishes { rows: count(live, LIVE, &name) },
        };
        differences.push(TableDifference { table: TableName::new(name), change });
    }
    Ok(differences)
}

fn tables(connection: &Connection) -> Result<Vec<(String, bool, bool)>, SqliteError> {
    let mut statement = connection.prepare(sql::compare::LIST_TABLES)?;
    let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
    let tables = statement.query_map([], read)?.collect::<Result<_, _>>()?;
    Ok(tables)
}

/// Whatever keeps rows from being compared (other columns, no key, a collation of the application) leaves the
/// counts.
fn both(connection: &Connection, table: &str) -> TableChange {
    match by_rows(connection, table) {
        Ok(Some(change)) => change,
        Ok(None) | Err(_) => TableChange::CountOnly {
            live: count(connection, LIVE, table),
            point: count(connection, POINT, table),
        },
    }
}

struct Shape {
    columns: Vec<String>,
    key: Vec<String>,
}

fn by_rows(connection: &Connection, table: &str) -> Result<Option<TableChange>, SqliteError> {
    let (Some(live), Some(point)) = (shape(connection, LIVE, table)?, shape(connection, POINT, table)?)
    else {
        return Ok(None);
    };
    if live.columns != point.columns || live.key != point.key {
        return Ok(None);
    }
    let fragments = |template, columns: &[String]| -> Vec<Statement> {
        columns.iter().map(|c| Statement::fill(template, &[("column", Fill::ident(c))])).collect()
    };
    let keys = Fill::Joined(fragments(sql::compare::SAME_KEY, &live.key), Joint::And);
    let differences = Fill::Joined(fragments(sql::compare::COLUMN_DIFFERS, &live.columns), Joint::Or);
    let missing = |here, there| {
        let holes = [
            ("here", Fill::ident(here)),
            ("there", Fill::ident(there)),
            ("table", Fill::ident(table)),
            ("keys", keys.clone()),
        ];
        ask(connection, &Statement::fill(sql::compare::COUNT_MISSING, &holes))
    };
    let changed = Statement::fill(
        sql::compare::COUNT_CHANGED,
        &[("table", Fill::ident(table)), ("keys", keys.clone()), ("differences", differences)],
    );
    let (added, removed, changed) =
        (missing(POINT, LIVE)?, missing(LIVE, POINT)?, ask(connection, &changed)?);
    Ok(Some(match (added, removed, changed) {
        (0, 0, 0) => TableChange::Equal,
        (added, removed, changed) => TableChange::Rows { added, removed, changed },
    }))
}

/// Columns and key of a table; `None` where it has no key that can be named.
fn shape(connection: &Connection, schema: &str, table: &str) -> Result<Option<Shape>, SqliteError> {
    let mut statement = connection.prepare_cached(sql::compare::LIST_COLUMNS)?;
    let rows =
        statement.query_map((table, schema), |row| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?)))?;
    let columns: Vec<(String, i64)> = rows.collect::<Result<_, _>>()?;
    let mut without = connection.prepare_cached(sql::compare::IS_WITHOUT_ROWID)?;
    let key = if without.query_row((schema, table), |row| row.get::<_, i64>(0))? > 0 {
        columns.iter().filter(|(_, place)| *place > 0).map(|(name, _)| name.clone()).collect()
    } else {
        let free = |name: &&str| !columns.iter().any(|(column, _)| column.eq_ignore_ascii_case(name));
        let Some(name) = ROW_NUMBER_NAMES.iter().copied().find(|name| free(name)) else { return Ok(None) };
        vec![name.to_owned()]
    };
    Ok(Some(Shape { columns: columns.into_iter().map(|(name, _)| name).collect(), key }))
}

fn count(connection: &Connection, schema: &str, table: &str) -> Option<u64> {
    let holes = [("schema", Fill::ident(schema)), ("table", Fill::ident(table))];
    ask(connection, &Statement::fill(sql::compare::COUNT_ROWS, &holes)).ok()
}

fn ask(connection: &Connection, statement: &Statement) -> Result<u64, SqliteError> {
    Ok(connection.query_row(statement.as_str(), [], |row| row.get::<_, i64>(0))?.cast_unsigned())
}
