//! A table whose triggers were gone: nobody knows which of its rows changed meanwhile, so each is written down as it is.
//! That costs the whole table, once, and is told.

use super::plan::{Slot, Tracked, idents, key_columns, names_of, slots_of};
use crate::error::SqliteError;
use crate::quoted::{Fill, Joint, Statement};
use crate::sql;
use rusqlite::Connection;

/// Gives how many lines were written.
pub(super) fn write_down(connection: &Connection, table: &Tracked<'_>) -> Result<u64, SqliteError> {
    let key = table.key();
    let of = |template: &'static str| {
        let fill = |(one, column): (&&Slot, String)| {
            let holes = [
                ("column", Fill::ident(&one.name)),
                ("slot", Fill::ident(&super::names::slot(one.bit))),
                ("key", Fill::ident(&column)),
            ];
            Statement::fill(template, &holes)
        };
        Fill::Joined(key.iter().zip(key_columns(key.len())).map(fill).collect(), Joint::And)
    };
    let holes = [
        ("table", Fill::ident(table.table_name())),
        ("table_no", Fill::Number(table.no)),
        ("trash", Fill::ident(&table.names().trash())),
        ("columns", idents(&key_columns(key.len()))),
        ("keys", idents(&names_of(&key))),
        ("slots", idents(&slots_of(&key))),
        ("trashed", of(sql::track::ROW_IS_TRASHED)),
        ("known", of(sql::track::ROW_HAS_KEY)),
        ("there", of(sql::track::LINE_IS_THERE)),
        ("buried", of(sql::track::LINE_IS_TRASHED)),
    ];
    let run = |template| -> Result<u64, SqliteError> {
        let statement = Statement::fill(template, &holes);
        Ok(connection.execute(statement.as_str(), [])? as u64)
    };
    let gone = run(sql::track::LINES_OF_LOST_ROWS)?;
    run(sql::track::TRASH_LOST_ROWS)?;
    let there = run(sql::track::LINES_OF_ALL_ROWS)?;
    run(sql::track::CLEAR_TRASH_OF_ROWS)?;
    connection.execute(sql::track::CARRY_CLOCK, [])?;
    Ok(there + gone)
}

/// A table that is tracked later than the rest: its rows were made here, as far as anybody can tell. Two copies that made them apart
/// then have both. Gives how many lines were written.
pub(super) fn write_down_new(connection: &Connection, table: &Tracked<'_>) -> Result<u64, SqliteError> {
    let key = table.key();
    let is = |slot: &&Slot| Statement::fill(sql::track::ROW_HAS_KEY, &[("column", Fill::ident(&slot.name))]);
    let holes = [
        ("table", Fill::ident(table.table_name())),
        ("table_no", Fill::Number(table.no)),
        ("columns", idents(&key_columns(key.len()))),
        ("keys", idents(&names_of(&key))),
        ("known", Fill::Joined(key.iter().map(is).collect(), Joint::And)),
    ];
    let statement = Statement::fill(sql::track::LINES_OF_NEW_ROWS, &holes);
    let rows = connection.execute(statement.as_str(), [])? as u64;
    let named: Vec<&Slot> = table.natural_key();
    if !named.is_empty() {
        let all: Vec<&Slot> = named.iter().copied().chain(key).collect();
        let is = |slot: &&Slot| Statement::fill(sql::track::IS_NAMED, &[("column", Fill::ident(&slot.name))]);
        let holes = [
            ("table", Fill::ident(table.table_name())),
            ("claim", Fill::ident(&table.names().claim())),
            ("slots", idents(&super::plan::claim_columns(table))),
            ("columns", idents(&names_of(&all))),
            ("named", Fill::Joined(named.iter().map(is).collect(), Joint::And)),
        ];
        let statement = Statement::fill(sql::track::CLAIMS_OF_NEW_ROWS, &holes);
        connection.execute(statement.as_str(), [])?;
    }
    Ok(rows)
}
