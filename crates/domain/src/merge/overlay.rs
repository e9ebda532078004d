//! What the merge of two replicas amounts to, before it is written anywhere: decided rows over those of one replica.

use super::canonical::{Canonical, join_latest};
use super::entry::{Row, RowId};
use super::rules::Rules;
use super::versions::Versions;
use super::view::{Latest, Raw, Read, Stage};
use crate::dot::Clock;
use crate::id::ReplicaId;
use crate::value::Value;
use std::collections::BTreeSet;

/// Decided rows on the stage, over the local ones.
pub(super) struct Overlay<'a> {
    pub(super) rules: &'a Rules,
    pub(super) ours: &'a Canonical<'a>,
    pub(super) theirs: &'a Canonical<'a>,
    pub(super) stage: &'a mut dyn Stage,
}

impl Overlay<'_> {
    /// The row is this from now on; none where another key stands for it.
    pub(super) fn set(&mut self, id: &RowId, row: Option<Row>) -> Read<()> {
        let rules = &self.rules.tables[id.table];
        let references = rules.foreign_keys.iter().map(|key| key.fields.as_slice());
        let fields: Vec<&[usize]> =
            references.chain(rules.unique.iter().map(|key| key.fields.as_slice())).collect();
        self.stage.set(id, row, &fields)
    }

    pub(super) fn hold(&mut self, id: &RowId, versions: Versions) -> Read<()> {
        self.stage.hold(id, versions)
    }
}

impl Raw for Overlay<'_> {
    fn row(&self, row: &RowId) -> Read<Option<Row>> {
        match self.stage.get(row)? {
            Some(set) => Ok(set),
            None => self.ours.row(row),
        }
    }

    fn holding(&self, table: usize, fields: &[usize], values: &[Value]) -> Read<Vec<RowId>> {
        let mut found = self.stage.holding(table, fields, values)?;
        for id in self.ours.holding(table, fields, values)? {
            if self.stage.get(&id)?.is_none() {
                found.push(id);
            }
        }
        Ok(found)
    }

    fn claims(&self, row: &RowId) -> Read<BTreeSet<Vec<Value>>> {
        let mut claims = self.ours.claims(row)?;
        claims.extend(self.theirs.claims(row)?);
        Ok(claims)
    }

    fn claiming(&self, table: usize, values: &[Value]) -> Read<Vec<RowId>> {
        let mut rows: BTreeSet<RowId> = self.ours.claiming(table, values)?.into_iter().collect();
        rows.extend(self.theirs.claiming(table, values)?);
        Ok(rows.into_iter().collect())
    }

    fn birth(&self, row: &RowId) -> Read<Clock> {
        let mut births = Vec::new();
        for side in [self.ours, self.theirs] {
            if side.row(row)?.is_some() {
                births.push(side.birth(row)?);
            }
        }
        Ok(births.into_iter().min().unwrap_or(Clock::GENESIS))
    }

    fn latest(&self, row: &RowId) -> Read<Latest> {
        let mut latest = self.ours.latest(row)?;
        join_latest(&mut latest, self.theirs.latest(row)?);
        Ok(latest)
    }

    fn only_deletions(&self, replica: ReplicaId, between: (u64, u64)) -> Read<bool> {
        Ok(self.ours.only_deletions(replica, between)? || self.theirs.only_deletions(replica, between)?)
    }
}
