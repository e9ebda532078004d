//! What a plan decides, before it is carried out: in memory while it is little, in temporary tables of the merging connection
//! where it is much. Nothing of it counts before it is carried out.

mod memory;
mod tables;

use super::unread;
use crate::error::SqliteError;
use lifeboat_domain::merge::{Finding, Read, Row, RowId, Stage, Versions};
use lifeboat_domain::value::Value;
use memory::Memory;
use rusqlite::Connection;
use std::collections::BTreeMap;
use tables::Tables;

/// What a stage takes of memory before it goes to tables.
const BYTES_IN_MEMORY: usize = 24 << 20;

enum Store<'c> {
    Memory(Memory),
    Tables(Tables<'c>),
}

/// The stage of one merge.
pub(super) struct SqliteStage<'c> {
    connection: &'c Connection,
    store: Store<'c>,
    bytes_max: usize,
    pub(super) versions: BTreeMap<RowId, Versions>,
    pub(super) findings: Vec<Finding>,
}

impl<'c> SqliteStage<'c> {
    pub(super) fn new(connection: &'c Connection) -> Self {
        Self::holding_at_most(connection, BYTES_IN_MEMORY)
    }

    /// In tables from the start, for the test of query plans.
    #[cfg(test)]
    pub(super) fn in_tables(connection: &'c Connection) -> Result<Self, SqliteError> {
        let store = Store::Tables(Tables::new(connection)?);
        Ok(Self { store, ..Self::new(connection) })
    }

    fn holding_at_most(connection: &'c Connection, bytes_max: usize) -> Self {
        let store = Store::Memory(Memory::default());
        Self { connection, store, bytes_max, versions: BTreeMap::new(), findings: Vec::new() }
    }

    pub(super) fn put(
        &mut self,
        row: &RowId,
        to: Option<Row>,
        fields: &[&[usize]],
    ) -> Result<(), SqliteError> {
        match &mut self.store {
            Store::Memory(memory) => memory.put(row, to, fields),
            Store::Tables(tables) => tables.put(row, to.as_ref(), fields)?,
        }
        self.spill()
    }

    pub(super) fn decided(&self, row: &RowId) -> Result<Option<Option<Row>>, SqliteError> {
        match &self.store {
            Store::Memory(memory) => Ok(memory.decided(row).cloned()),
            Store::Tables(tables) => tables.decided(row),
        }
    }

    /// Decided rows in order; none where another key stands for one.
    pub(super) fn each(
        &self,
        each: impl FnMut(&RowId, Option<&Row>) -> Result<(), SqliteError>,
    ) -> Result<(), SqliteError> {
        match &self.store {
            Store::Memory(memory) => memory.each(each),
            Store::Tables(tables) => tables.each(each),
        }
    }

    fn mark(&mut self, row: &RowId) -> Result<(), SqliteError> {
        match &mut self.store {
            Store::Memory(memory) => memory.touch(row),
            Store::Tables(tables) => tables.touch(row)?,
        }
        self.spill()
    }

    /// What is too much for memory goes to tables, once and for all.
    fn spill(&mut self) -> Result<(), SqliteError> {
        let Store::Memory(memory) = &mut self.store else { return Ok(()) };
        if memory.bytes() <= self.bytes_max {
            return Ok(());
        }
        let tables = Tables::new(self.connection)?;
        std::mem::take(memory).pour_into(&tables)?;
        self.store = Store::Tables(tables);
        Ok(())
    }

    fn empty(&mut self) -> Result<(), SqliteError> {
        self.versions.clear();
        self.findings.clear();
        match &mut self.store {
            Store::Memory(memory) => *memory = Memory::default(),
            Store::Tables(tables) => tables.clear()?,
        }
        Ok(())
    }
}

impl Stage for SqliteStage<'_> {
    fn clear(&mut self) -> Read<()> {
        self.empty().map_err(unread)
    }

    fn set(&mut self, row: &RowId, to: Option<Row>, fields: &[&[usize]]) -> Read<()> {
        self.put(row, to, fields).map_err(unread)
    }

    fn get(&self, row: &RowId) -> Read<Option<Option<Row>>> {
        self.decided(row).map_err(unread)
    }

    fn holding(&self, table: usize, fields: &[usize], values: &[Value]) -> Read<Vec<RowId>> {
        match &self.store {
            Store::Memory(memory) => Ok(memory.holding(table, fields, values)),
            Store::Tables(tables) => tables.holding(table, fields, values).map_err(unread),
        }
    }

    fn hold(&mut self, row: &RowId, versions: Versions) -> Read<()> {
        self.versions.insert(row.clone(), versions);
        Ok(())
    }

    fn touch(&mut self, row: &RowId) -> Read<()> {
        self.mark(row).map_err(unread)
    }

    fn touched(&self, from: Option<&RowId>, count: usize) -> Read<Vec<RowId>> {
        match &self.store {
            Store::Memory(memory) => Ok(memory.touched(from, count)),
            Store::Tables(tables) => tables.touched(from, count).map_err(unread),
        }
    }

    fn tell(&mut self, finding: Finding) -> Read<()> {
        self.findings.push(finding);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(key: i64) -> RowId {
        RowId { table: usize::from(key > 20), key: vec![Value::Integer(key)] }
    }

    fn row(word: &str, number: i64) -> Row {
        Row { alive: number % 3 > 0, values: vec![Value::Text(word.to_owned()), Value::Integer(number % 5)] }
    }

    /// The same orders to stages that spill at once, in the middle, and never.
    fn answers(bytes_max: usize) -> (BTreeMap<RowId, Option<Row>>, Vec<RowId>, Vec<RowId>) {
        let connection = Connection::open_in_memory().unwrap();
        let mut stage = SqliteStage::holding_at_most(&connection, bytes_max);
        stage.set(&id(99), Some(row("gone", 1)), &[]).unwrap();
        stage.clear().unwrap();
        for key in (0..40).rev() {
            stage.touch(&id(key)).unwrap();
            if key % 2 == 0 {
                stage.set(&id(key), Some(row("early", 7)), &[&[1], &[0, 1]]).unwrap();
                stage.set(&id(key), Some(row("late", key)), &[&[1], &[0, 1]]).unwrap();
            }
            if key % 10 == 3 {
                stage.set(&id(key), None, &[]).unwrap();
            }
        }
        stage.set(&id(50), Some(row("untouched", 50)), &[]).unwrap();
        let mut decided = BTreeMap::new();
        let mut keep = |id: &RowId, row: Option<&Row>| {
            decided.insert(id.clone(), row.cloned());
            Ok(())
        };
        stage.each(&mut keep).unwrap();
        for key in 0..60 {
            let kept = decided.get(&id(key)).cloned();
            assert_eq!(stage.get(&id(key)).unwrap(), kept, "{key}");
        }
        let mut holding = stage.holding(0, &[1], &[Value::Integer(2)]).unwrap();
        holding.extend(stage.holding(1, &[0, 1], &[Value::Text("late".into()), Value::Integer(4)]).unwrap());
        holding.sort();
        let mut touched = stage.touched(None, 3).unwrap();
        touched.extend(stage.touched(Some(&id(2)), 100).unwrap());
        (decided, holding, touched)
    }

    #[test]
    fn memory_and_tables_answer_alike() {
        let all = answers(usize::MAX);
        assert_eq!(all.0.len(), 25);
        assert_eq!(all.1, [2, 12, 24, 34].map(id));
        assert_eq!(all.2.len(), 40);
        for bytes_max in [0, 500, 3000] {
            assert_eq!(answers(bytes_max), all, "{bytes_max}");
        }
    }
}
