//! A conflict is decided: an ordinary write of this copy, which knows all versions and closes them everywhere.

use super::code::Bound;
use super::side::Side;
use super::table::Place;
use super::{report, side};
use crate::error::SqliteError;
use crate::migrate::transaction;
use crate::quoted::{Fill, Statement};
use crate::sql;
use lifeboat_domain::merge::{Cell, Cells, Change, Raw, RowId, Versions};
use lifeboat_domain::value::Value;
use lifeboat_ports::{Choice, OpenConflict, PortErrorKind, ResolveOrder};
use rusqlite::{Connection, params_from_iter};

pub(super) fn resolve(
    connection: &Connection,
    order: &ResolveOrder,
) -> Result<Option<OpenConflict>, SqliteError> {
    transaction::within(connection, |connection| {
        let side = Side::open(connection, &order.rules)?;
        let Some((row, cell, conflict)) = find(&side, &order.id)? else { return Ok(None) };
        let value = chosen(&conflict, &order.choice)?;
        match cell {
            Cell::Life => decide_life(&side, &row, value != Value::Integer(0))?,
            Cell::Field(field) => decide_field(&side, &row, field, &value)?,
        }
        Ok(Some(conflict))
    })
}

fn find(side: &Side<'_>, id: &str) -> Result<Option<(RowId, Cell, OpenConflict)>, SqliteError> {
    for (row, versions) in &side.versions {
        for cell in Versions::conflicts(versions) {
            let found = report::conflict(side, side, row, cell, versions.of(cell))?;
            if let Some(conflict) = found.filter(|conflict| conflict.id == id) {
                return Ok(Some((row.clone(), cell, conflict)));
            }
        }
    }
    Ok(None)
}

/// The value that the choice means; several that differ are no choice.
fn chosen(conflict: &OpenConflict, choice: &Choice) -> Result<Value, SqliteError> {
    let ours = match choice {
        Choice::Value(value) => return Ok(value.clone()),
        Choice::Ours => true,
        Choice::Theirs => false,
    };
    let mut values: Vec<&Value> = conflict
        .versions
        .iter()
        .filter(|version| version.ours == ours)
        .map(|version| &version.value)
        .collect();
    values.dedup();
    match values.as_slice() {
        [one] => Ok((*one).clone()),
        [] => Err(SqliteError::Found(PortErrorKind::AlreadyExists, "no version was made on that side")),
        _ => Err(SqliteError::Found(PortErrorKind::AlreadyExists, "several versions were made on that side")),
    }
}

fn decide_field(side: &Side<'_>, row: &RowId, field: usize, value: &Value) -> Result<(), SqliteError> {
    let table = side.table(row.table)?;
    let key = side.local_key(row)?.ok_or_else(side::damaged)?;
    let shown =
        side.row(row).map_err(super::read)?.filter(|row| row.alive).map(|row| row.values[field].clone());
    let shown = shown.map(|shown| side.inward(row.table, field, &shown)).transpose()?.flatten();
    if shown.as_ref() == Some(value) || side.standing(row, Place::Shown)?.is_none() {
        return confirm(side, row, Change::Update(std::iter::once(field).collect::<Cells>()));
    }
    let holes = [
        ("table", Fill::ident(side.name(row.table))),
        ("field", Fill::ident(&table.fields[field])),
        ("same", Fill::matches(&table.key_names())),
    ];
    let statement = Statement::fill(sql::merge::SET_FIELD, &holes);
    let mut prepared = side.connection.prepare(statement.as_str())?;
    prepared.execute(params_from_iter(std::iter::once(value).chain(key.iter()).map(Bound)))?;
    Ok(())
}

fn decide_life(side: &Side<'_>, row: &RowId, is_there: bool) -> Result<(), SqliteError> {
    let table = side.table(row.table)?;
    let key = side.local_key(row)?.ok_or_else(side::damaged)?;
    let stands = side.standing(row, Place::Shown)?.is_some();
    match (stands, is_there) {
        (true, true) => confirm(side, row, Change::Update(Cells::default())),
        (false, false) => confirm(side, row, Change::Delete),
        (true, false) => {
            table.statements.delete_row(Place::Shown).execute(side.connection, key.iter()).map(drop)
        }
        (false, true) => {
            let key_slots: Vec<&str> = table.key.iter().map(|field| table.slots[*field].as_str()).collect();
            let names =
                |names: &[String]| Fill::idents(&names.iter().map(String::as_str).collect::<Vec<_>>());
            let holes = [
                ("table", Fill::ident(side.name(row.table))),
                ("columns", names(&table.fields)),
                ("slots", names(&table.slots)),
                ("trash", Fill::ident(&table.names.trash())),
                ("same", Fill::matches(&key_slots)),
            ];
            let statement = Statement::fill(sql::merge::COPY_FROM_TRASH, &holes);
            let mut prepared = side.connection.prepare(statement.as_str())?;
            prepared.execute(params_from_iter(key.iter().map(Bound)))?;
            Ok(())
        }
    }
}

/// A line of its own: plain SQL would not touch a column that stays.
fn confirm(side: &Side<'_>, row: &RowId, change: Change) -> Result<(), SqliteError> {
    let table = side.table(row.table)?;
    let key = side.local_key(row)?.ok_or_else(side::damaged)?;
    let columns = crate::track::key_columns(key.len());
    let names: Vec<&str> = columns.iter().map(String::as_str).collect();
    let holes = [("columns", Fill::idents(&names)), ("values", Fill::Parameters(key.len()))];
    let statement = Statement::fill(sql::merge::CONFIRM, &holes);
    let cells = table.cells(change).map_or(Value::Null, Value::Integer);
    let head = [Value::Integer(table.no), cells];
    side.connection
        .prepare(statement.as_str())?
        .execute(params_from_iter(head.iter().chain(key.iter()).map(Bound)))?;
    Ok(())
}
