//! Numbers for rows that came from elsewhere. A row never changes its number where it can be seen.

use super::side::Side;
use super::spell::read_origin;
use super::table::Place;
use crate::error::SqliteError;
use crate::quoted::{Fill, Statement};
use crate::sql;
use crate::track::registry;
use lifeboat_domain::id::ReplicaId;
use lifeboat_domain::merge::{Origin, RowId};
use lifeboat_domain::value::Value;
use lifeboat_ports::PortErrorKind;
use rusqlite::params;
use std::collections::BTreeMap;

/// Numbers below this one are seen by no client: rows that lie buried, and rows that never were.
const HIDDEN: i64 = -2_305_843_009_213_693_952;

/// Which number a row gets that was never here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Given {
    /// One that clients see: the row stands in its table, or in the trash, which guards the number.
    Seen,
    /// One that no client sees or draws: another key stands for the row, or nothing is left of it.
    Hidden,
}

/// Gives numbers, counting on from what is there.
pub(super) struct Numbers {
    next: BTreeMap<usize, i64>,
    next_hidden: BTreeMap<usize, i64>,
}

impl Numbers {
    /// Counts on from what is there now, before any row leaves its place.
    pub(super) fn new(side: &Side<'_>) -> Result<Self, SqliteError> {
        let mut next = BTreeMap::new();
        for at in 0..side.tables.len() {
            if side.tables[at].as_ref().is_some_and(|table| table.is_counted) {
                let taken = highest(side, at)?.max(highest_reference(side, at)?);
                next.insert(at, taken.max(0).saturating_add(1));
            }
        }
        Ok(Self { next, next_hidden: BTreeMap::new() })
    }

    /// The local key of a row; one that was never here gets a number.
    pub(super) fn local_key(
        &mut self,
        side: &mut Side<'_>,
        id: &RowId,
        given: Given,
    ) -> Result<Vec<Value>, SqliteError> {
        let table = side.table(id.table)?;
        if !table.key_has_numbers {
            return Ok(id.key.clone());
        }
        let (key, is_own) = (table.key.clone(), table.is_counted);
        let mut local = Vec::new();
        for (field, value) in key.iter().zip(&id.key) {
            local.push(self.inward(
                side,
                id.table,
                *field,
                value,
                if is_own { given } else { Given::Hidden },
            )?);
        }
        Ok(local)
    }

    /// Local values of a row.
    pub(super) fn values(
        &mut self,
        side: &mut Side<'_>,
        id: &RowId,
        values: &[Value],
    ) -> Result<Vec<Value>, SqliteError> {
        if !side.table(id.table)?.has_numbers {
            return Ok(values.to_vec());
        }
        let inward = values.iter().enumerate();
        inward.map(|(field, value)| self.inward(side, id.table, field, value, Given::Hidden)).collect()
    }

    /// The local value of one column.
    pub(super) fn value(
        &mut self,
        side: &mut Side<'_>,
        table: usize,
        field: usize,
        value: &Value,
    ) -> Result<Value, SqliteError> {
        self.inward(side, table, field, value, Given::Hidden)
    }

    fn inward(
        &mut self,
        side: &mut Side<'_>,
        table: usize,
        field: usize,
        value: &Value,
        given: Given,
    ) -> Result<Value, SqliteError> {
        if let Some(known) = side.inward(table, field, value)? {
            return Ok(known);
        }
        let parent = side.table(table)?.numbers_of[field];
        let (Some(parent), Some(origin)) = (parent, read_origin(value)) else { return Ok(value.clone()) };
        self.give(side, parent, origin, given).map(Value::Integer)
    }

    fn give(
        &mut self,
        side: &mut Side<'_>,
        table: usize,
        origin: Origin,
        given: Given,
    ) -> Result<i64, SqliteError> {
        let number = match given {
            Given::Seen => self.next(table)?,
            Given::Hidden => self.next_hidden(side, table)?,
        };
        let replica = intern(side, origin.replica)?;
        let no = side.table(table)?.no;
        let mut statement = side.connection.prepare_cached(sql::merge::INSERT_NUMBER)?;
        statement.execute(params![no, number, replica, origin.number])?;
        side.remembered.borrow_mut().give(table, number, origin);
        Ok(number)
    }

    /// A row's number is known already: none of those that are given is it.
    pub(super) fn reserve(&mut self, side: &Side<'_>, id: &RowId) -> Result<(), SqliteError> {
        if let Some([Value::Integer(number)]) = side.local_key(id)?.as_deref()
            && let Some(next) = self.next.get_mut(&id.table)
        {
            *next = (*next).max(number.saturating_add(1));
        }
        Ok(())
    }

    fn next(&mut self, table: usize) -> Result<i64, SqliteError> {
        let next = self.next.get_mut(&table).ok_or_else(super::side::damaged)?;
        let given = *next;
        *next = given.checked_add(1).ok_or(SqliteError::Found(
            PortErrorKind::Unsupported,
            "a counted table has no number left: its highest one is the last there is",
        ))?;
        Ok(given)
    }

    /// Numbers that were given are not drawn again.
    pub(super) fn keep(&self, side: &Side<'_>) -> Result<(), SqliteError> {
        let has: i64 = side.connection.query_row(sql::track::HAS_SEQUENCES, [], |row| row.get(0))?;
        if has == 0 {
            return Ok(());
        }
        for (table, next) in &self.next {
            side.connection.execute(sql::merge::RAISE_SEQUENCE, params![side.name(*table), next - 1])?;
        }
        Ok(())
    }

    fn next_hidden(&mut self, side: &Side<'_>, table: usize) -> Result<i64, SqliteError> {
        if let Some(next) = self.next_hidden.get_mut(&table) {
            *next += 1;
            return Ok(*next - 1);
        }
        let no = side.table(table)?.no;
        let next: i64 = side.connection.query_row(sql::merge::LOWEST_HIDDEN, [no], |row| row.get(0))?;
        self.next_hidden.insert(table, next + 1);
        Ok(next)
    }

    /// The number of a row that no client can see; none where it stands in its table, under whatever number.
    pub(super) fn buried(side: &Side<'_>, id: &RowId) -> Result<Option<i64>, SqliteError> {
        if !side.table(id.table)?.is_counted {
            return Ok(None);
        }
        match side.local_key(id)?.as_deref() {
            Some([Value::Integer(number)]) if *number <= HIDDEN => {
                Ok(side.standing(id, Place::Shown)?.is_none().then_some(*number))
            }
            _ => Ok(None),
        }
    }

    /// A row that lay buried is to be seen: it gets a number that a client can see.
    pub(super) fn unbury(
        &mut self,
        side: &mut Side<'_>,
        table: usize,
        buried: i64,
    ) -> Result<(), SqliteError> {
        let (no, new) = (side.table(table)?.no, self.next(table)?);
        for statement in [sql::merge::MOVE_NUMBER, sql::merge::MOVE_REUSE, sql::merge::MOVE_RECEIVED] {
            side.connection.execute(statement, [no, buried, new])?;
        }
        side.remembered.borrow_mut().forget();
        Ok(())
    }
}

/// The highest number of a counted table that was ever in use here.
pub(super) fn highest(side: &Side<'_>, at: usize) -> Result<i64, SqliteError> {
    let table = side.table(at)?;
    let key = table.key[0];
    let shown = registry::highest_in(side.connection, side.name(at), &table.fields[key])?;
    let dead = registry::highest_in(side.connection, &table.names.trash(), &table.slots[key])?;
    let written: i64 =
        side.connection.query_row(sql::merge::HIGHEST_WRITTEN, [table.no], |row| row.get(0))?;
    let has: i64 = side.connection.query_row(sql::track::HAS_SEQUENCES, [], |row| row.get(0))?;
    let given: i64 = match has {
        0 => 0,
        _ => side.connection.query_row(sql::track::READ_SEQUENCE, [side.name(at)], |row| row.get(0))?,
    };
    Ok(shown.max(dead).max(written).max(given).max(side.highest_mark(table.no)))
}

/// The highest number of a counted table that any row refers to: a reference to nothing must not come to mean a row that arrives.
fn highest_reference(side: &Side<'_>, parent: usize) -> Result<i64, SqliteError> {
    let mut highest = 0;
    for (at, table) in side.tables.iter().enumerate() {
        let Some(table) = table.as_ref() else { continue };
        let is_own_key = |field: usize| at == parent && table.key.contains(&field);
        let refers = |field: &usize| table.numbers_of[*field] == Some(parent) && !is_own_key(*field);
        let fields = (0..table.fields.len()).filter(refers);
        for field in fields {
            let holes =
                [("table", Fill::ident(side.name(at))), ("column", Fill::ident(&table.fields[field]))];
            let statement = Statement::fill(sql::merge::HIGHEST_REFERENCE, &holes);
            let found: i64 = side.connection.query_row(statement.as_str(), [], |row| row.get(0))?;
            highest = highest.max(found);
        }
    }
    Ok(highest)
}

/// The short number of a replica, given where it has none.
pub(super) fn intern(side: &mut Side<'_>, id: ReplicaId) -> Result<i64, SqliteError> {
    if let Some(no) = side.replica_no(id) {
        return Ok(no);
    }
    let no = registry::intern(side.connection, id)?;
    side.replicas.insert(no, id);
    Ok(no)
}
