//! Rows without a parent go to a side table before a constraint is enforced: kept, reported, out of the way.

use super::table::strings;
use crate::error::SqliteError;
use crate::quoted::{Fill, Statement};
use crate::sql;
use lifeboat_ports::PortErrorKind;
use rusqlite::Connection;
use std::collections::BTreeSet;

/// Names of the row number, of which one may be taken by a column.
const ROW_NUMBER_NAMES: [&str; 3] = ["rowid", "_rowid_", "oid"];

/// Moves the orphans of one table; gives how many. Their parents may be orphans themselves: it goes on until none
/// is left. A row that does not go (a trigger keeps it) is an error.
pub(super) fn move_aside(connection: &Connection, table: &str) -> Result<u64, SqliteError> {
    let columns = strings(connection, sql::migrate::LIST_STORED_COLUMNS, table)?;
    let names: Vec<&str> = columns.iter().map(String::as_str).collect();
    let free = |key: &&str| !names.iter().any(|name| name.eq_ignore_ascii_case(key));
    let Some(key) = ROW_NUMBER_NAMES.into_iter().find(free) else {
        return Err(SqliteError::Refused(format!(
            "orphans of {table} cannot be told apart: it has no row number"
        )));
    };
    let side = side_table(table);
    let fill = |template| {
        let holes = [
            ("side", Fill::ident(&side)),
            ("table", Fill::ident(table)),
            ("columns", Fill::idents(&names)),
            ("key", Fill::ident(key)),
        ];
        Statement::fill(template, &holes)
    };
    let mut moved = 0;
    loop {
        let orphans = orphans(connection, table)?;
        if orphans.is_empty() {
            return Ok(moved);
        }
        crate::connection::execute(connection, fill(sql::migrate::CREATE_SIDE_TABLE).as_str())?;
        let mut copy = connection.prepare(fill(sql::migrate::COPY_ORPHAN).as_str())?;
        let mut delete = connection.prepare(fill(sql::migrate::DELETE_ORPHAN).as_str())?;
        for row in orphans {
            if copy.execute([row])? != 1 || delete.execute([row])? != 1 {
                return Err(SqliteError::Refused(format!(
                    "a row of {table} without a parent does not go aside"
                )));
            }
            moved += 1;
        }
    }
}

/// Where they go. The name is the application's to read, so it does not hide among ours.
pub(super) fn side_table(table: &str) -> String {
    format!("{table}_orphans")
}

fn orphans(connection: &Connection, table: &str) -> Result<BTreeSet<i64>, SqliteError> {
    let statement = Statement::fill(sql::examine::CHECK_FOREIGN_KEYS, &[("table", Fill::ident(table))]);
    let mut prepared = connection.prepare(statement.as_str())?;
    let mut rows = prepared.query([])?;
    let mut found = BTreeSet::new();
    while let Some(row) = rows.next()? {
        let number: Option<i64> = row.get(1)?;
        let without =
            SqliteError::Found(PortErrorKind::Unsupported, "orphans of a table without row numbers");
        found.insert(number.ok_or(without)?);
    }
    Ok(found)
}
