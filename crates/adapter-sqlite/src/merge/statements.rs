//! The statements of one table, filled and prepared once: a merge runs each of them for every row.

use super::code::Bound;
use super::table::Place;
use crate::error::SqliteError;
use crate::quoted::{Fill, Statement};
use crate::sql;
use lifeboat_domain::value::Value;
use rusqlite::{Connection, params_from_iter};
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

/// A statement that stays prepared from its first use on. It is never run while it runs.
#[derive(Debug)]
pub(super) struct Prepared<'c> {
    text: Statement,
    prepared: RefCell<Option<rusqlite::Statement<'c>>>,
}

impl<'c> Prepared<'c> {
    pub(super) fn new(text: Statement) -> Self {
        Self { text, prepared: RefCell::new(None) }
    }

    /// What is prepared, for the test of query plans.
    #[cfg(test)]
    pub(super) fn text(&self) -> &str {
        self.text.as_str()
    }

    pub(super) fn run<T>(
        &self,
        connection: &'c Connection,
        run: impl FnOnce(&mut rusqlite::Statement<'c>) -> Result<T, SqliteError>,
    ) -> Result<T, SqliteError> {
        let mut prepared = self.prepared.borrow_mut();
        match prepared.as_mut() {
            Some(statement) => run(statement),
            None => run(prepared.insert(connection.prepare(self.text.as_str())?)),
        }
    }

    /// Runs it; gives how many rows it changed.
    pub(super) fn execute<'v>(
        &self,
        connection: &'c Connection,
        values: impl Iterator<Item = &'v Value>,
    ) -> Result<usize, SqliteError> {
        self.run(connection, |statement| Ok(statement.execute(params_from_iter(values.map(Bound)))?))
    }
}

/// Columns of one place.
#[derive(Debug)]
struct Columns<'c> {
    table: String,
    columns: Vec<String>,
    key: Vec<usize>,
    read_row: Prepared<'c>,
    insert_row: Prepared<'c>,
    delete_row: Prepared<'c>,
    update_row: Prepared<'c>,
    /// Keys by values of some columns, as they are asked for.
    read_keys: RefCell<HashMap<Vec<usize>, Rc<Statement>>>,
}

/// What one table is read and written with, where it shows its rows and where deleted ones lie.
#[derive(Debug)]
pub(super) struct Statements<'c> {
    shown: Columns<'c>,
    trash: Columns<'c>,
}

impl<'c> Statements<'c> {
    pub(super) fn new(
        (shown, fields): (&str, &[String]),
        (trash, slots): (&str, &[String]),
        key: &[usize],
    ) -> Self {
        Self { shown: Columns::new(shown, fields, key), trash: Columns::new(trash, slots, key) }
    }

    fn of(&self, place: Place) -> &Columns<'c> {
        match place {
            Place::Shown => &self.shown,
            Place::Trash => &self.trash,
        }
    }

    /// Reads one row by its key.
    pub(super) fn read_row(&self, place: Place) -> &Prepared<'c> {
        &self.of(place).read_row
    }

    /// Writes one row.
    pub(super) fn insert_row(&self, place: Place) -> &Prepared<'c> {
        &self.of(place).insert_row
    }

    /// Removes one row by its key.
    pub(super) fn delete_row(&self, place: Place) -> &Prepared<'c> {
        &self.of(place).delete_row
    }

    /// Writes one row over what stands under its key: all values, then the key.
    pub(super) fn update_row(&self) -> &Prepared<'c> {
        &self.shown.update_row
    }

    /// Reads the keys of rows by values of some columns.
    pub(super) fn read_keys(&self, place: Place, by: &[usize]) -> Rc<Statement> {
        let columns = self.of(place);
        if let Some(known) = columns.read_keys.borrow().get(by) {
            return Rc::clone(known);
        }
        let statement =
            Rc::new(select(sql::merge::READ_KEYS, &columns.table, &columns.columns, &columns.key, by));
        columns.read_keys.borrow_mut().insert(by.to_vec(), Rc::clone(&statement));
        statement
    }
}

impl Columns<'_> {
    fn new(table: &str, columns: &[String], key: &[usize]) -> Self {
        let all: Vec<usize> = (0..columns.len()).collect();
        let select = |template, what: &[usize], by: &[usize]| {
            Prepared::new(select(template, table, columns, what, by))
        };
        Self {
            table: table.to_owned(),
            columns: columns.to_vec(),
            key: key.to_vec(),
            read_row: select(sql::merge::READ_ROW, &all, key),
            insert_row: select(sql::merge::INSERT_ROW, &all, &[]),
            delete_row: select(sql::merge::DELETE_ROW, &[], key),
            update_row: select(sql::merge::UPDATE_ROW, &all, key),
            read_keys: RefCell::default(),
        }
    }
}

fn select(
    template: &'static str,
    table: &str,
    columns: &[String],
    what: &[usize],
    by: &[usize],
) -> Statement {
    let pick = |fields: &[usize]| fields.iter().map(|field| columns[*field].as_str()).collect::<Vec<_>>();
    let holes = [
        ("table", Fill::ident(table)),
        ("columns", Fill::idents(&pick(what))),
        ("values", Fill::Parameters(what.len())),
        ("assignments", Fill::assignments(&pick(what))),
        ("same", Fill::matches(&pick(by))),
    ];
    Statement::fill(template, &holes)
}
