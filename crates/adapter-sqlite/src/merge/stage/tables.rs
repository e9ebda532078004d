//! Staged rows in temporary tables: memory is needed for none of them.

use super::super::code::{decode, encode, place, position};
use super::super::side::damaged;
use crate::connection::execute;
use crate::error::SqliteError;
use crate::sql;
use lifeboat_domain::merge::{Row, RowId};
use lifeboat_domain::value::Value;
use rusqlite::{Connection, OptionalExtension, params};

/// Rows that are taken from a table at a time.
const PAGE: usize = 1000;

/// A decided row: none where another key stands for it.
type Decided = (RowId, Option<Row>);

/// Tables that go with the connection.
pub(super) struct Tables<'c> {
    connection: &'c Connection,
}

impl<'c> Tables<'c> {
    pub(super) fn new(connection: &'c Connection) -> Result<Self, SqliteError> {
        execute(connection, sql::merge::CREATE_STAGE)?;
        execute(connection, sql::merge::CREATE_STAGE_PLACE)?;
        Ok(Self { connection })
    }

    pub(super) fn put(&self, row: &RowId, to: Option<&Row>, fields: &[&[usize]]) -> Result<(), SqliteError> {
        let key = encode(&row.key);
        let state = match to {
            None => 0,
            Some(to) => 1 + i64::from(to.alive),
        };
        let image = to.map(|to| encode(&to.values));
        self.connection.prepare_cached(sql::merge::STAGE_ROW)?.execute(params![
            place(row.table),
            key,
            state,
            image
        ])?;
        if let Some(to) = to {
            for fields in fields {
                self.index(row.table, (fields, &to.pick(fields)), &row.key)?;
            }
        }
        Ok(())
    }

    /// The row is found by these values.
    pub(super) fn index(
        &self,
        table: usize,
        (fields, values): (&[usize], &[Value]),
        key: &[Value],
    ) -> Result<(), SqliteError> {
        let line = params![place(table), spot(fields, values), encode(key)];
        self.connection.prepare_cached(sql::merge::STAGE_PLACE)?.execute(line)?;
        Ok(())
    }

    pub(super) fn touch(&self, row: &RowId) -> Result<(), SqliteError> {
        let mut statement = self.connection.prepare_cached(sql::merge::STAGE_TOUCH)?;
        statement.execute(params![place(row.table), encode(&row.key)])?;
        Ok(())
    }

    pub(super) fn clear(&self) -> Result<(), SqliteError> {
        execute(self.connection, sql::merge::CLEAR_STAGE)?;
        execute(self.connection, sql::merge::CLEAR_STAGE_PLACE)
    }

    pub(super) fn decided(&self, row: &RowId) -> Result<Option<Option<Row>>, SqliteError> {
        let mut statement = self.connection.prepare_cached(sql::merge::READ_STAGE)?;
        let found = statement
            .query_row(params![place(row.table), encode(&row.key)], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        found.map(|(state, image)| decided(state, image)).transpose()
    }

    pub(super) fn holding(
        &self,
        table: usize,
        fields: &[usize],
        values: &[Value],
    ) -> Result<Vec<RowId>, SqliteError> {
        let mut statement = self.connection.prepare_cached(sql::merge::FIND_STAGED)?;
        let keys = statement.query_map(params![place(table), spot(fields, values)], |row| row.get(0))?;
        let keys: Vec<Vec<u8>> = keys.collect::<Result<_, _>>()?;
        let mut found = Vec::new();
        for key in keys {
            let id = RowId { table, key: decode(&key)? };
            // A place that a row has left stays in the index.
            if self.decided(&id)?.flatten().is_some_and(|row| row.pick(fields) == values) {
                found.push(id);
            }
        }
        Ok(found)
    }

    pub(super) fn touched(&self, from: Option<&RowId>, count: usize) -> Result<Vec<RowId>, SqliteError> {
        let mut statement = self.connection.prepare_cached(sql::merge::PAGE_TOUCHED)?;
        let (at, key) = start(from);
        let rows =
            statement.query_map(params![at, key, place(count)], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let rows: Vec<(i64, Vec<u8>)> = rows.collect::<Result<_, _>>()?;
        rows.into_iter().map(|(at, key)| Ok(RowId { table: position(at)?, key: decode(&key)? })).collect()
    }

    /// Decided rows in order.
    pub(super) fn each(
        &self,
        mut each: impl FnMut(&RowId, Option<&Row>) -> Result<(), SqliteError>,
    ) -> Result<(), SqliteError> {
        let mut last: Option<RowId> = None;
        loop {
            let page = self.decided_page(last.as_ref())?;
            page.iter().try_for_each(|(id, row)| each(id, row.as_ref()))?;
            match page.into_iter().last() {
                Some((id, _)) => last = Some(id),
                None => return Ok(()),
            }
        }
    }

    fn decided_page(&self, from: Option<&RowId>) -> Result<Vec<Decided>, SqliteError> {
        let mut statement = self.connection.prepare_cached(sql::merge::PAGE_STAGE)?;
        let (at, key) = start(from);
        let mut rows = statement.query(params![at, key, place(PAGE)])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            let id = RowId { table: position(row.get(0)?)?, key: decode(&row.get::<_, Vec<u8>>(1)?)? };
            found.push((id, decided(row.get(2)?, row.get(3)?)?));
        }
        Ok(found)
    }
}

fn start(from: Option<&RowId>) -> (i64, Vec<u8>) {
    from.map_or((-1, Vec::new()), |id| (place(id.table), encode(&id.key)))
}

fn decided(state: i64, image: Option<Vec<u8>>) -> Result<Option<Row>, SqliteError> {
    match (state, image) {
        (0, _) => Ok(None),
        (state, Some(image)) => Ok(Some(Row { alive: state == 2, values: decode(&image)? })),
        (_, None) => Err(damaged()),
    }
}

fn spot(fields: &[usize], values: &[Value]) -> Vec<u8> {
    let numbers = fields.iter().map(|field| Value::Integer(place(*field)));
    encode(&numbers.chain([Value::Null]).chain(values.iter().cloned()).collect::<Vec<_>>())
}
