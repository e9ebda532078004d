//! What the reference replica answers when it is merged.

use super::MemoryReplica;
use lifeboat_domain::dot::{Clock, Dot, VersionVector};
use lifeboat_domain::id::ReplicaId;
use lifeboat_domain::merge::{
    Aliases, Change, Latest, Raw, Read, Row, RowId, Rows, Touch, Versions, View, touches,
};
use lifeboat_domain::value::Value;
use std::collections::{BTreeMap, BTreeSet};

impl Raw for MemoryReplica {
    fn row(&self, row: &RowId) -> Read<Option<Row>> {
        Ok(self.rows.get(row).cloned())
    }

    fn holding(&self, table: usize, fields: &[usize], values: &[Value]) -> Read<Vec<RowId>> {
        let held = self.rows.iter().filter(|(id, row)| id.table == table && row.pick(fields) == values);
        Ok(held.map(|(id, _)| id.clone()).collect())
    }

    fn claims(&self, row: &RowId) -> Read<BTreeSet<Vec<Value>>> {
        Ok(self.claims.get(row).cloned().unwrap_or_default())
    }

    fn claiming(&self, table: usize, values: &[Value]) -> Read<Vec<RowId>> {
        let claims = self.claims.iter().filter(|(id, claims)| id.table == table && claims.contains(values));
        Ok(claims.map(|(id, _)| id.clone()).collect())
    }

    fn birth(&self, row: &RowId) -> Read<Clock> {
        let first = self.of_row(row).filter(|touch| touch.tells_birth()).min_by_key(|touch| touch.clock);
        let born = first.filter(|touch| touch.change == Change::Insert);
        Ok(born.map_or(Clock::GENESIS, |touch| touch.clock))
    }

    fn latest(&self, row: &RowId) -> Read<Latest> {
        let mut latest = Latest::new();
        let mut note = |cell, touch: &Touch| {
            let write = (touch.clock, touch.dot);
            latest.entry(cell).and_modify(|known| *known = write.max(*known)).or_insert(write);
        };
        let policy = self.rules.tables[row.table].policy;
        for touch in self.of_row(row) {
            let cells = self.rules.tables[row.table].cells();
            let touched = cells.filter(|cell| touches(policy, touch.change, *cell));
            touched.for_each(|cell| note(cell, touch));
        }
        Ok(latest)
    }

    fn only_deletions(&self, replica: ReplicaId, (from, to): (u64, u64)) -> Read<bool> {
        Ok((from..=to).all(|seq| {
            let entry = self.log.get(&Dot { replica, seq });
            entry.is_some_and(|entry| entry.touch.change == Change::Delete)
        }))
    }
}

impl MemoryReplica {
    fn of_row<'a>(&'a self, row: &'a RowId) -> impl Iterator<Item = &'a Touch> {
        let lines = self.log.values().filter(move |entry| entry.row.as_ref() == Some(row));
        lines.map(|entry| &entry.touch)
    }
}

impl View for MemoryReplica {
    fn vector(&self) -> VersionVector {
        self.vector.clone()
    }

    fn floor(&self) -> VersionVector {
        self.floor.clone()
    }

    fn touched(&self, since: &VersionVector) -> Rows<'_, Vec<Touch>> {
        let mut rows: BTreeMap<RowId, Vec<Touch>> = BTreeMap::new();
        for entry in self.log.values().filter(|entry| !since.includes(entry.touch.dot)) {
            if let Some(row) = &entry.row {
                rows.entry(row.clone()).or_default().push(entry.touch);
            }
        }
        Box::new(rows.into_iter().map(Ok))
    }

    fn versions(&self, row: &RowId) -> Read<Versions> {
        Ok(self.versions.get(row).cloned().unwrap_or_default())
    }

    fn aliases(&self) -> Aliases {
        self.aliases.clone()
    }

    fn repaired(&self) -> Read<Vec<RowId>> {
        let rows: BTreeSet<&RowId> = self.repairs.keys().chain(self.violated.keys()).collect();
        Ok(rows.into_iter().cloned().collect())
    }
}
