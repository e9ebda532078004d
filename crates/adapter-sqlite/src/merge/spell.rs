//! How a side's local numbers are told apart: in all replicas' spelling a row of a counted table is where it was born, and
//! its number there.

use super::side::Side;
use crate::error::SqliteError;
use crate::sql;
use lifeboat_domain::id::ReplicaId;
use lifeboat_domain::merge::{Origin, RowId};
use lifeboat_domain::value::Value;
use rusqlite::OptionalExtension;
use std::borrow::Cow;
use std::collections::HashMap;

/// So many answers are remembered of each kind, 64 bytes each.
const REMEMBERED: usize = 1 << 16;

/// Answers about numbers: a row that many refer to is asked for often.
#[derive(Debug, Default)]
pub(super) struct Remembered {
    origins: HashMap<(usize, i64), Origin>,
    numbers: HashMap<(usize, Origin), i64>,
}

impl Remembered {
    fn origin(&mut self, table: usize, number: i64, origin: Origin) {
        if self.origins.len() >= REMEMBERED {
            self.origins.clear();
        }
        self.origins.insert((table, number), origin);
    }

    fn number(&mut self, table: usize, origin: Origin, number: i64) {
        if self.numbers.len() >= REMEMBERED {
            self.numbers.clear();
        }
        self.numbers.insert((table, origin), number);
    }

    /// This number is this row's from now on.
    pub(super) fn give(&mut self, table: usize, number: i64, origin: Origin) {
        self.origin(table, number, origin);
        self.number(table, origin, number);
    }

    /// Numbers have changed.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }
}

impl Side<'_> {
    /// The row that has this number here.
    pub(super) fn origin(&self, table: usize, number: i64) -> Result<Origin, SqliteError> {
        if let Some(known) = self.remembered.borrow().origins.get(&(table, number)) {
            return Ok(*known);
        }
        let no = self.table(table)?.no;
        let written = self.read_origin.run(self.connection, |statement| {
            Ok(statement.query_row([no, number], |row| Ok((row.get(0)?, row.get(1)?))).optional()?)
        })?;
        let (replica, born) = written.unwrap_or_else(|| (self.born_by_range(no, number), number));
        let origin = Origin { replica: self.replica(replica)?, number: born };
        self.remembered.borrow_mut().origin(table, number, origin);
        Ok(origin)
    }

    fn born_by_range(&self, no: i64, number: i64) -> i64 {
        let marks = self.marks.get(&no).map_or(&[][..], Vec::as_slice);
        marks.iter().find(|(_, highest)| number > *highest).map_or(0, |(replica, _)| *replica)
    }

    /// The number of this row here; none where it never was here.
    pub(super) fn number(&self, table: usize, origin: Origin) -> Result<Option<i64>, SqliteError> {
        if let Some(known) = self.remembered.borrow().numbers.get(&(table, origin)) {
            return Ok(Some(*known));
        }
        let Some(replica) = self.replica_no(origin.replica) else { return Ok(None) };
        let no = self.table(table)?.no;
        let found: Option<i64> = self.read_number.run(self.connection, |statement| {
            Ok(statement.query_row([no, replica, origin.number], |row| row.get(0)).optional()?)
        })?;
        let number = match found {
            Some(number) => Some(number),
            // A range tells a row only where no other row took its number.
            None => (self.origin(table, origin.number)? == origin).then_some(origin.number),
        };
        if let Some(number) = number {
            self.remembered.borrow_mut().number(table, origin, number);
        }
        Ok(number)
    }

    /// A local value as it travels: numbers of counted tables become the row's origin.
    pub(super) fn outward(&self, table: usize, field: usize, value: Value) -> Result<Value, SqliteError> {
        match (self.table(table)?.numbers_of[field], value) {
            (Some(parent), Value::Integer(number)) => Ok(spell(self.origin(parent, number)?)),
            (_, value) => Ok(value),
        }
    }

    /// The same the other way round; none where the row was never here.
    pub(super) fn inward(
        &self,
        table: usize,
        field: usize,
        value: &Value,
    ) -> Result<Option<Value>, SqliteError> {
        match (self.table(table)?.numbers_of[field], value) {
            (Some(parent), Value::Blob(_)) => match read_origin(value) {
                Some(origin) => Ok(self.number(parent, origin)?.map(Value::Integer)),
                None => Ok(Some(value.clone())),
            },
            (_, value) => Ok(Some(value.clone())),
        }
    }

    /// Local values of some columns; none where one of them was never here.
    pub(super) fn all_inward(
        &self,
        table: usize,
        fields: &[usize],
        values: &[Value],
    ) -> Result<Option<Vec<Value>>, SqliteError> {
        let mut local = Vec::new();
        for (field, value) in fields.iter().zip(values) {
            match self.inward(table, *field, value)? {
                Some(value) => local.push(value),
                None => return Ok(None),
            }
        }
        Ok(Some(local))
    }

    pub(super) fn all_outward(
        &self,
        table: usize,
        fields: &[usize],
        values: Vec<Value>,
    ) -> Result<Vec<Value>, SqliteError> {
        fields.iter().zip(values).map(|(field, value)| self.outward(table, *field, value)).collect()
    }

    /// A whole row as it travels.
    pub(super) fn row_outward(&self, table: usize, values: Vec<Value>) -> Result<Vec<Value>, SqliteError> {
        if !self.table(table)?.has_numbers {
            return Ok(values);
        }
        values.into_iter().enumerate().map(|(field, value)| self.outward(table, field, value)).collect()
    }

    /// The row with this local key.
    pub(super) fn row_id(&self, table: usize, local: Vec<Value>) -> Result<RowId, SqliteError> {
        let here = self.table(table)?;
        if !here.key_has_numbers {
            return Ok(RowId { table, key: local });
        }
        Ok(RowId { table, key: self.all_outward(table, &here.key, local)? })
    }

    /// The local key of a row; none where it was never here.
    pub(super) fn local_key<'i>(&self, id: &'i RowId) -> Result<Option<Cow<'i, [Value]>>, SqliteError> {
        let here = self.table(id.table)?;
        if !here.key_has_numbers {
            return Ok(Some(Cow::Borrowed(&id.key)));
        }
        Ok(self.all_inward(id.table, &here.key, &id.key)?.map(Cow::Owned))
    }

    /// Numbers that were written down at this line, as they are now.
    pub(super) fn follow(
        &self,
        table: usize,
        fields: &[usize],
        values: &mut [Value],
        seq: i64,
    ) -> Result<(), SqliteError> {
        for (field, value) in fields.iter().zip(values) {
            let Some(parent) = self.table(table)?.numbers_of[*field] else { continue };
            let no = self.table(parent)?.no;
            if let (Value::Integer(number), true) = (&mut *value, self.reused.contains(&no)) {
                *number = self.lives(no, *number, seq)?;
            }
        }
        Ok(())
    }

    /// The number that the row of an old line has now.
    fn lives(&self, no: i64, number: i64, seq: i64) -> Result<i64, SqliteError> {
        let mut statement = self.connection.prepare_cached(sql::merge::READ_REUSE)?;
        let moved = statement.query_row([no, number, seq], |row| row.get(0)).optional()?;
        Ok(moved.unwrap_or(number))
    }
}

/// An origin as a value: 16 bytes of the replica, and the number in the order of numbers.
pub(super) fn spell(origin: Origin) -> Value {
    let mut bytes = origin.replica.as_bytes().to_vec();
    bytes.extend((origin.number.cast_unsigned() ^ (1 << 63)).to_be_bytes());
    Value::Blob(bytes)
}

pub(super) fn read_origin(value: &Value) -> Option<Origin> {
    let Value::Blob(bytes) = value else { return None };
    let (replica, number) = bytes.split_first_chunk::<16>()?;
    let number: [u8; 8] = number.try_into().ok()?;
    let number = (u64::from_be_bytes(number) ^ (1 << 63)).cast_signed();
    Some(Origin { replica: ReplicaId::from_bytes(*replica), number })
}
