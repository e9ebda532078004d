//! The new database that takes what was saved: tables, rows, then everything else of the schema.

use super::header::{Encoding, Header};
use super::record::Field;
use super::schema::Object;
use super::shape::Shape;
use super::text;
use super::tree::Found;
use crate::connection::{creating, execute};
use crate::error::SqliteError;
use crate::quoted::{Fill, Statement};
use crate::sql;
use rusqlite::types::{ToSqlOutput, Value, ValueRef};
use rusqlite::{Connection, ToSql, params_from_iter};
use std::path::Path;

/// Names by which the number of a row goes where no column is called so.
const ROW_NUMBER_NAMES: [&str; 3] = ["rowid", "_rowid_", "oid"];

/// The database that is being filled, in one transaction.
pub(super) struct Output {
    connection: Connection,
    encoding: Encoding,
    pub(super) lost_rows: u64,
}

/// A table of the new database.
#[derive(Debug, Clone)]
pub(super) struct Table {
    pub(super) name: String,
    pub(super) root: u32,
    pub(super) shape: Shape,
}

impl Output {
    pub(super) fn create(path: &Path, header: &Header) -> Result<Self, SqliteError> {
        let connection = creating(path)?;
        let number =
            |template, value| Statement::fill(template, &[("number", Fill::Number(i64::from(value)))]);
        let size =
            Statement::fill(sql::install::SET_PAGE_SIZE, &[("size", Fill::Number(header.page_size.into()))]);
        execute(&connection, size.as_str())?;
        match header.encoding {
            Encoding::Utf8 => {}
            Encoding::Utf16Le => execute(&connection, sql::salvage::ENCODE_UTF16LE)?,
            Encoding::Utf16Be => execute(&connection, sql::salvage::ENCODE_UTF16BE)?,
        }
        for statement in [
            sql::install::LOCK_ALONE,
            sql::salvage::JOURNAL_IN_MEMORY,
            sql::install::SYNC_OFF,
            sql::migrate::IGNORE_FOREIGN_KEYS,
            sql::salvage::IGNORE_CHECKS,
            sql::posture::DISTRUST_SCHEMA,
            sql::migrate::BEGIN_WRITE,
        ] {
            execute(&connection, statement)?;
        }
        execute(&connection, number(sql::migrate::SET_USER_VERSION, header.user_version).as_str())?;
        execute(&connection, number(sql::migrate::SET_APPLICATION_ID, header.application_id).as_str())?;
        Ok(Self { connection, encoding: header.encoding, lost_rows: 0 })
    }

    /// Makes a table; `None` where the engine does not take its definition, or made it itself.
    pub(super) fn make_table(&self, object: &Object) -> Result<Option<Table>, SqliteError> {
        let Some(definition) = object.definition.as_ref().filter(|_| object.is_defined()) else {
            return Ok(None);
        };
        // The engine makes its own tables itself.
        if !self.is_there(&object.name)? {
            self.obeys(definition)?;
        }
        if !self.is_there(&object.name)? {
            return Ok(None);
        }
        let shape = Shape::read(&self.connection, &object.name)?;
        Ok(Some(Table { name: object.name.clone(), root: object.root, shape }))
    }

    /// Makes an index, a view or a trigger; false where the engine does not take it.
    pub(super) fn make_other(&self, object: &Object) -> Result<bool, SqliteError> {
        match &object.definition {
            None => Ok(true),
            Some(definition) => Ok(object.is_defined() && self.obeys(definition)?),
        }
    }

    /// Only what the engine could parse is entered: one line that it cannot would make the whole schema unreadable.
    pub(super) fn enter_virtual(&self, object: &Object) -> Result<bool, SqliteError> {
        let definition = object.definition.as_deref().unwrap_or_default();
        if !object.is_defined() || self.connection.prepare(definition).is_err() {
            return Ok(false);
        }
        execute(&self.connection, sql::salvage::BEGIN_ENTRY)?;
        execute(&self.connection, sql::salvage::ALLOW_SCHEMA_WRITES)?;
        self.connection.execute(sql::salvage::INSERT_VIRTUAL_TABLE, (&object.name, definition))?;
        let reset = || execute(&self.connection, sql::salvage::FORBID_SCHEMA_WRITES);
        let reads = reset().and_then(|()| execute(&self.connection, sql::look::PIN)).is_ok();
        if !reads {
            execute(&self.connection, sql::salvage::TAKE_ENTRY_BACK)?;
            reset()?;
        }
        execute(&self.connection, sql::salvage::KEEP_ENTRY)?;
        Ok(reads)
    }

    pub(super) fn is_there(&self, name: &str) -> Result<bool, SqliteError> {
        let count: i64 = self.connection.query_row(sql::salvage::IS_THERE, [name], |row| row.get(0))?;
        Ok(count > 0)
    }

    /// A statement of the damaged file itself: what the engine refuses is a finding, but not a full volume.
    fn obeys(&self, statement: &str) -> Result<bool, SqliteError> {
        match execute(&self.connection, statement) {
            Ok(()) => Ok(true),
            Err(error) if error.reason_of_a_step().is_some() => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Puts a row back; one that the table refuses is kept as lost. True where the table took it.
    pub(super) fn put(&mut self, table: &Table, found: &Found) -> Result<bool, SqliteError> {
        if !found.record.is_whole {
            self.lose(Some(&table.name), found, "part of it is gone")?;
            return Ok(false);
        }
        if found.record.fields.len() > table.shape.columns.len() {
            self.lose(Some(&table.name), found, "it has more fields than the table has columns")?;
            return Ok(false);
        }
        let written = table.shape.columns.iter().zip(&found.record.fields).filter(|(c, _)| !c.is_generated);
        let (columns, mut values): (Vec<&str>, Vec<Stored<'_>>) = written
            .map(|(column, field)| match field {
                Field::Null if column.is_row_number => (column.name.as_str(), self.number(found.rowid)),
                field => (column.name.as_str(), self.stored(field)),
            })
            .unzip();
        let number = row_number_name(&table.shape);
        if number.is_some() {
            values.insert(0, self.number(found.rowid));
        }
        let statement = insert_statement(&table.name, number, &columns);
        let mut prepared = self.connection.prepare_cached(statement.as_str())?;
        match prepared.execute(params_from_iter(values)) {
            Ok(1) => Ok(true),
            refused => {
                if let Some(error) =
                    refused.err().map(SqliteError::from).filter(|e| e.reason_of_a_step().is_none())
                {
                    return Err(error);
                }
                drop(prepared);
                self.lose(Some(&table.name), found, "the table refuses it")?;
                Ok(false)
            }
        }
    }

    /// Keeps a row that has no place.
    pub(super) fn lose(
        &mut self,
        table: Option<&str>,
        found: &Found,
        reason: &str,
    ) -> Result<(), SqliteError> {
        if self.lost_rows == 0 {
            execute(&self.connection, sql::salvage::CREATE_LOST_ROWS)?;
            execute(&self.connection, sql::salvage::CREATE_LOST_VALUES)?;
        }
        self.connection.prepare_cached(sql::salvage::INSERT_LOST_ROW)?.execute((
            found.page,
            found.rowid,
            table,
            reason,
        ))?;
        let id = self.connection.last_insert_rowid();
        let mut insert = self.connection.prepare_cached(sql::salvage::INSERT_LOST_VALUE)?;
        for (at, field) in (0_i64..).zip(&found.record.fields) {
            insert.execute((id, at, self.stored(field)))?;
        }
        self.lost_rows += 1;
        Ok(())
    }

    /// A number that was given once is not given again.
    pub(super) fn raise_sequence(&self, found: &Found) -> Result<(), SqliteError> {
        let [Field::Text(name), Field::Integer(number)] = found.record.fields.as_slice() else {
            return Ok(());
        };
        let name = text::decode(self.encoding, name);
        if self.is_there("sqlite_sequence")? {
            for statement in [sql::migrate::RAISE_SEQUENCE, sql::migrate::INSERT_SEQUENCE] {
                self.connection.execute(statement, (&name, number))?;
            }
        }
        Ok(())
    }

    pub(super) fn commit(self) -> Result<(), SqliteError> {
        execute(&self.connection, sql::install::COMMIT)
    }

    const fn number(&self, number: i64) -> Stored<'static> {
        Stored::Value(Value::Integer(number))
    }

    /// Text in UTF-8 goes in byte for byte, whatever the bytes are.
    fn stored<'f>(&self, field: &'f Field) -> Stored<'f> {
        match (field, self.encoding) {
            (Field::Null, _) => Stored::Value(Value::Null),
            (Field::Integer(number), _) => Stored::Value(Value::Integer(*number)),
            (Field::Real(number), _) => Stored::Value(Value::Real(*number)),
            (Field::Blob(bytes), _) => Stored::Blob(bytes),
            (Field::Text(bytes), Encoding::Utf8) => Stored::Text(bytes),
            (Field::Text(bytes), encoding) => Stored::Value(Value::Text(text::decode(encoding, bytes))),
        }
    }
}

fn insert_statement(table: &str, number: Option<&str>, columns: &[&str]) -> Statement {
    let values = columns.len() + usize::from(number.is_some());
    let mut holes = vec![
        ("table", Fill::ident(table)),
        ("columns", Fill::idents(columns)),
        ("values", Fill::Parameters(values)),
    ];
    match number {
        Some(number) => {
            holes.push(("number", Fill::ident(number)));
            Statement::fill(sql::salvage::INSERT_NUMBERED_ROW, &holes)
        }
        None => Statement::fill(sql::salvage::INSERT_ROW, &holes),
    }
}

/// The name for the row's number, where no column shows it and one of its names is free.
fn row_number_name(shape: &Shape) -> Option<&'static str> {
    if !shape.has_row_numbers || shape.columns.iter().any(|column| column.is_row_number) {
        return None;
    }
    let taken = |name: &str| shape.columns.iter().any(|column| column.name.eq_ignore_ascii_case(name));
    ROW_NUMBER_NAMES.into_iter().find(|name| !taken(name))
}

/// A value on its way in.
enum Stored<'f> {
    Value(Value),
    Text(&'f [u8]),
    Blob(&'f [u8]),
}

impl ToSql for Stored<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Self::Value(value) => ToSqlOutput::Borrowed(value.into()),
            Self::Text(bytes) => ToSqlOutput::Borrowed(ValueRef::Text(bytes)),
            Self::Blob(bytes) => ToSqlOutput::Borrowed(ValueRef::Blob(bytes)),
        })
    }
}
