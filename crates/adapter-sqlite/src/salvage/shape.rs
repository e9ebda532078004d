//! What the rows of a table look like in their records: which field is which column.

use super::record::{Field, Record};
use crate::error::SqliteError;
use crate::sql;
use rusqlite::Connection;

/// One stored column, in the order of the record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) name: String,
    /// Generated ones are stored and cannot be written.
    pub(super) is_generated: bool,
    /// Its value is the row's number, and its field is empty.
    pub(super) is_row_number: bool,
    never_null: bool,
    holds_text: bool,
}

/// The columns of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Shape {
    pub(super) columns: Vec<Column>,
    pub(super) has_row_numbers: bool,
}

impl Shape {
    /// Of a table that was just made in the salvaged database.
    pub(super) fn read(connection: &Connection, table: &str) -> Result<Self, SqliteError> {
        let mut statement = connection.prepare(sql::salvage::LIST_RECORD_COLUMNS)?;
        let rows = statement.query_map([table], |row| {
            Ok(Column {
                name: row.get(0)?,
                is_generated: row.get::<_, i64>(1)? != 0,
                is_row_number: row.get::<_, i64>(2)? != 0,
                never_null: row.get::<_, i64>(3)? != 0,
                holds_text: row.get::<_, i64>(4)? != 0,
            })
        })?;
        let columns = rows.collect::<Result<Vec<_>, _>>()?;
        let without: i64 =
            connection.query_row(sql::compare::IS_WITHOUT_ROWID, ["main", table], |row| row.get(0))?;
        Ok(Self { columns, has_row_numbers: without == 0 })
    }

    /// Could a record be a row of this table? Rows that were written before a column was added are shorter.
    pub(super) fn fits(&self, record: &Record) -> bool {
        let fields = &record.fields;
        !fields.is_empty()
            && fields.len() <= self.columns.len()
            && fields.iter().zip(&self.columns).all(|(field, column)| column.may_hold(field))
    }
}

impl Column {
    fn may_hold(&self, field: &Field) -> bool {
        match field {
            Field::Null => self.is_row_number || !self.never_null,
            // Such a column turns numbers into text before it stores them.
            Field::Integer(_) | Field::Real(_) => !self.holds_text,
            Field::Text(_) | Field::Blob(_) => true,
        }
    }
}
