//! How the reference replica forgets what every peer has.

use super::MemoryReplica;
use lifeboat_domain::dot::{Dot, VersionVector};
use lifeboat_domain::id::ReplicaId;
use lifeboat_domain::merge::{Anchors, Change, Forgetting, KeyShape, RowId, floor, may_drop};
use std::collections::BTreeMap;

impl MemoryReplica {
    /// Drops lines and tombstones that every known peer has; gives how many of each.
    pub fn compact(&mut self) -> (usize, usize) {
        let peers: Vec<VersionVector> = self.peers().map(|(_, known)| known.clone()).collect();
        let floor = floor(&self.vector, &peers);
        let firsts = self.firsts();
        let anchors = Anchors { ours: &self.vector, peers: &peers, firsts: &firsts };
        let buried = self.settled_tombstones(&floor);
        let goes = |dot: &Dot| {
            let entry = &self.log[dot];
            let Some(row) = &entry.row else { return false };
            may_drop(*dot, &floor, anchors)
                && (buried.contains(row) || (entry.touch.change != Change::Delete && self.is_settled(row)))
        };
        let gone: Vec<Dot> = self.log.keys().filter(|dot| goes(dot)).copied().collect();
        for dot in &gone {
            self.log.remove(dot);
        }
        for row in &buried {
            self.rows.remove(row);
        }
        if !gone.is_empty() || !buried.is_empty() {
            self.floor.join(&floor);
        }
        (gone.len(), buried.len())
    }

    /// This peer is no more: nothing waits for it. Tells whether it was known.
    pub fn forget_peer(&mut self, id: ReplicaId) -> bool {
        self.peers.remove(&id).is_some()
    }

    /// What others were known to have.
    pub fn peers(&self) -> impl Iterator<Item = (ReplicaId, &VersionVector)> {
        self.peers.iter().filter(|(id, _)| **id != self.id).map(|(id, known)| (*id, known))
    }

    /// As though nothing had ever been dropped: for defects.
    pub(crate) fn deny_floor(&mut self) {
        self.floor = VersionVector::default();
    }

    /// As though somebody else had all of it: for defects.
    pub(crate) fn imagine_peer(&mut self) {
        self.peers = [(ReplicaId::NIL, self.vector.clone())].into();
    }

    /// The first line of each replica that is still there: the first of all, because it is never dropped.
    fn firsts(&self) -> VersionVector {
        let mut firsts: BTreeMap<ReplicaId, Dot> = BTreeMap::new();
        for dot in self.log.keys() {
            firsts.entry(dot.replica).or_insert(*dot);
        }
        firsts.into_values().collect()
    }

    fn forgetting(&self, table: usize) -> Forgetting {
        self.rules.forgetting(table, &KeyShape::Columns(vec![0]))
    }

    /// A row that stands as it is needs none of the lines that made it.
    fn is_settled(&self, row: &RowId) -> bool {
        let stands = self.rows.get(row).is_some_and(|row| row.alive);
        let is_plain = !self.repairs.contains_key(row) && !self.violated.contains_key(row);
        self.forgetting(row.table) != Forgetting::Nothing && stands && is_plain
    }

    fn settled_tombstones(&self, floor: &VersionVector) -> Vec<RowId> {
        let dead = self
            .rows
            .iter()
            .filter(|(id, row)| !row.alive && self.forgetting(id.table) == Forgetting::LinesAndTombstones);
        let is_known = |id: &RowId| {
            let lines = self.log.iter().filter(|(_, entry)| entry.row.as_ref() == Some(id));
            lines.into_iter().all(|(dot, _)| floor.includes(*dot))
        };
        let is_open = |id: &RowId| self.versions.get(id).is_some_and(|open| !open.is_empty());
        dead.map(|(id, _)| id).filter(|id| is_known(id) && !is_open(id)).cloned().collect()
    }
}
