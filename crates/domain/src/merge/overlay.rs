//! What the merge of two replicas amounts to, before it is written anywhere: decided rows over those of one replica.

use super::canonical::Canonical;
use super::entry::{Row, RowId};
use super::rules::Rules;
use super::view::{Latest, Raw};
use crate::dot::Clock;
use crate::id::ReplicaId;
use crate::value::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Where a row is found by what it holds: table, columns, values.
type Place = (usize, Vec<usize>, Vec<Value>);

/// Decided rows over the local ones.
pub(super) struct Overlay<'a> {
    rules: &'a Rules,
    ours: &'a Canonical<'a>,
    theirs: &'a Canonical<'a>,
    rows: BTreeMap<RowId, Option<Row>>,
    places: BTreeMap<Place, BTreeSet<RowId>>,
}

impl<'a> Overlay<'a> {
    pub(super) fn new(rules: &'a Rules, ours: &'a Canonical<'a>, theirs: &'a Canonical<'a>) -> Self {
        Self { rules, ours, theirs, rows: BTreeMap::new(), places: BTreeMap::new() }
    }

    /// The row is this from now on; none where another key stands for it.
    pub(super) fn set(&mut self, id: &RowId, row: Option<Row>) {
        if let Some(row) = &row {
            for fields in searched(self.rules, id.table) {
                let place = (id.table, fields.to_vec(), row.pick(fields));
                self.places.entry(place).or_default().insert(id.clone());
            }
        }
        self.rows.insert(id.clone(), row);
    }

    pub(super) fn into_rows(self) -> BTreeMap<RowId, Option<Row>> {
        self.rows
    }
}

/// The columns by which rows are looked for.
fn searched(rules: &Rules, table: usize) -> impl Iterator<Item = &[usize]> {
    let rules = &rules.tables[table];
    let references = rules.foreign_keys.iter().map(|key| key.fields.as_slice());
    references.chain(rules.unique.iter().map(|key| key.fields.as_slice()))
}

impl Raw for Overlay<'_> {
    fn row(&self, row: &RowId) -> Option<Row> {
        self.rows.get(row).cloned().unwrap_or_else(|| self.ours.row(row))
    }

    fn holding(&self, table: usize, fields: &[usize], values: &[Value]) -> Vec<RowId> {
        let below = self.ours.holding(table, fields, values).into_iter();
        let below = below.filter(|id| !self.rows.contains_key(id));
        let above = self.places.get(&(table, fields.to_vec(), values.to_vec())).into_iter().flatten();
        let above = above.filter(|id| {
            let row = self.rows.get(id).and_then(Option::as_ref);
            row.is_some_and(|row| row.pick(fields) == values)
        });
        below.chain(above.cloned()).collect()
    }

    fn claims(&self, row: &RowId) -> BTreeSet<Vec<Value>> {
        let (ours, theirs) = (self.ours.claims(row), self.theirs.claims(row));
        ours.into_iter().chain(theirs).collect()
    }

    fn claiming(&self, table: usize, values: &[Value]) -> Vec<RowId> {
        let (ours, theirs) = (self.ours.claiming(table, values), self.theirs.claiming(table, values));
        ours.into_iter().chain(theirs).collect::<BTreeSet<_>>().into_iter().collect()
    }

    fn birth(&self, row: &RowId) -> Clock {
        let births = [self.ours, self.theirs].map(|side| side.row(row).map(|_| side.birth(row)));
        births.into_iter().flatten().min().unwrap_or(Clock::GENESIS)
    }

    fn latest(&self, row: &RowId) -> Latest {
        let mut latest = self.ours.latest(row);
        for (cell, write) in self.theirs.latest(row) {
            latest.entry(cell).and_modify(|known| *known = write.max(*known)).or_insert(write);
        }
        latest
    }

    fn only_deletions(&self, replica: ReplicaId, between: (u64, u64)) -> bool {
        self.ours.only_deletions(replica, between) || self.theirs.only_deletions(replica, between)
    }
}
