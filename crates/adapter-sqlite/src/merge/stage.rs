//! What a plan decides, in temporary tables of the merging connection: nothing of it counts before it is carried out.

use super::code::{decode, encode, place, position};
use super::side::damaged;
use super::unread;
use crate::connection::execute;
use crate::error::SqliteError;
use crate::sql;
use lifeboat_domain::merge::{Finding, Read, Row, RowId, Stage, Versions};
use lifeboat_domain::value::Value;
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::BTreeMap;

/// The stage of one merge.
pub(super) struct SqliteStage<'c> {
    connection: &'c Connection,
    pub(super) versions: BTreeMap<RowId, Versions>,
    pub(super) findings: Vec<Finding>,
}

/// A decided row: none where another key stands for it.
pub(super) type Decided = (RowId, Option<Row>);

impl<'c> SqliteStage<'c> {
    pub(super) fn new(connection: &'c Connection) -> Result<Self, SqliteError> {
        execute(connection, sql::merge::CREATE_STAGE)?;
        execute(connection, sql::merge::CREATE_STAGE_PLACE)?;
        Ok(Self { connection, versions: BTreeMap::new(), findings: Vec::new() })
    }

    pub(super) fn put(
        &mut self,
        row: &RowId,
        to: Option<&Row>,
        fields: &[&[usize]],
    ) -> Result<(), SqliteError> {
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
                let spot = spot(fields, &to.pick(fields));
                self.connection.prepare_cached(sql::merge::STAGE_PLACE)?.execute(params![
                    place(row.table),
                    spot,
                    key
                ])?;
            }
        }
        Ok(())
    }

    pub(super) fn decided(&self, row: &RowId) -> Result<Option<Option<Row>>, SqliteError> {
        let mut statement = self.connection.prepare_cached(sql::merge::READ_STAGE)?;
        let found = statement
            .query_row(params![place(row.table), encode(&row.key)], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        found.map(|(state, image)| decided(state, image)).transpose()
    }

    fn rows_holding(
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

    fn page(&self, from: Option<&RowId>, count: usize) -> Result<Vec<RowId>, SqliteError> {
        let mut statement = self.connection.prepare_cached(sql::merge::PAGE_TOUCHED)?;
        let (at, key) = start(from);
        let rows =
            statement.query_map(params![at, key, place(count)], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let rows: Vec<(i64, Vec<u8>)> = rows.collect::<Result<_, _>>()?;
        rows.into_iter().map(|(at, key)| Ok(RowId { table: position(at)?, key: decode(&key)? })).collect()
    }

    /// Decided rows after one of them.
    pub(super) fn decided_page(
        &self,
        from: Option<&RowId>,
        count: usize,
    ) -> Result<Vec<Decided>, SqliteError> {
        let mut statement = self.connection.prepare_cached(sql::merge::PAGE_STAGE)?;
        let (at, key) = start(from);
        let mut rows = statement.query(params![at, key, place(count)])?;
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

impl Stage for SqliteStage<'_> {
    fn clear(&mut self) -> Read<()> {
        self.versions.clear();
        self.findings.clear();
        let cleared = execute(self.connection, sql::merge::CLEAR_STAGE)
            .and_then(|()| execute(self.connection, sql::merge::CLEAR_STAGE_PLACE));
        cleared.map_err(unread)
    }

    fn set(&mut self, row: &RowId, to: Option<Row>, fields: &[&[usize]]) -> Read<()> {
        self.put(row, to.as_ref(), fields).map_err(unread)
    }

    fn get(&self, row: &RowId) -> Read<Option<Option<Row>>> {
        self.decided(row).map_err(unread)
    }

    fn holding(&self, table: usize, fields: &[usize], values: &[Value]) -> Read<Vec<RowId>> {
        self.rows_holding(table, fields, values).map_err(unread)
    }

    fn hold(&mut self, row: &RowId, versions: Versions) -> Read<()> {
        self.versions.insert(row.clone(), versions);
        Ok(())
    }

    fn touch(&mut self, row: &RowId) -> Read<()> {
        let touched = || -> Result<usize, SqliteError> {
            let mut statement = self.connection.prepare_cached(sql::merge::STAGE_TOUCH)?;
            Ok(statement.execute(params![place(row.table), encode(&row.key)])?)
        };
        touched().map(drop).map_err(unread)
    }

    fn touched(&self, from: Option<&RowId>, count: usize) -> Read<Vec<RowId>> {
        self.page(from, count).map_err(unread)
    }

    fn tell(&mut self, finding: Finding) -> Read<()> {
        self.findings.push(finding);
        Ok(())
    }
}
