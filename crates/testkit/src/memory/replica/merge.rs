//! How the reference replica takes another one over.

use super::MemoryReplica;
use crate::memory::stage::MemoryStage;
use lifeboat_domain::dot::Dot;
use lifeboat_domain::hlc::Hlc;
use lifeboat_domain::merge::{
    Cells, Change, Entry, Finding, Plan, Reach, Split, Stamp, Stop, diverge, plan, reach,
};
use lifeboat_domain::time::UtcMillis;
use std::sync::Arc;

impl MemoryReplica {
    /// Takes over all that `other` knows.
    ///
    /// # Errors
    /// [`Stop`]; nothing was changed.
    ///
    pub fn merge(&mut self, other: &Self, now: UtcMillis) -> Result<Vec<Finding>, Stop> {
        let (mut ours, mut theirs) = (self.clone(), other.clone());
        let reached = reach((&ours.vector, &ours.floor), (&theirs.vector, &theirs.floor));
        if reached != Reach::Journals {
            return Err(Stop::Unreached(reached));
        }
        while let Some(split) = ours.divergence(&theirs)? {
            if split.ours { ours.split(split)? } else { theirs.split(split)? }
        }
        let rules = Arc::clone(&ours.rules);
        let mut stage = MemoryStage::default();
        let plan = plan(&rules, &ours, &theirs, &mut stage)?;
        let findings = std::mem::take(&mut stage.findings);
        ours.apply(plan, stage, &theirs, now);
        *self = ours;
        Ok(findings)
    }

    fn apply(&mut self, plan: Plan, stage: MemoryStage, theirs: &Self, now: UtcMillis) {
        for (id, row) in stage.rows {
            match row {
                Some(row) => drop(self.rows.insert(id, row)),
                None => drop(self.rows.remove(&id)),
            }
        }
        self.versions.extend(stage.versions);
        self.aliases = plan.aliases;
        for id in &plan.repairs.examined {
            self.repairs.remove(id);
            self.violated.remove(id);
        }
        self.repairs.extend(plan.repairs.repairs);
        let new = theirs.log.iter().filter(|(dot, _)| !self.vector.includes(**dot));
        let new: Vec<(Dot, Entry)> = new.map(|(dot, entry)| (*dot, entry.clone())).collect();
        let newest =
            new.iter().filter(|(_, entry)| entry.row.is_some()).map(|(_, e)| e.touch.clock.hlc).max();
        self.log.extend(new);
        self.vector.join(&theirs.vector);
        self.peers.entry(theirs.id).or_default().join(&theirs.vector);
        for (peer, known) in theirs.peers.iter().filter(|(peer, _)| **peer != self.id) {
            self.peers.entry(*peer).or_default().join(known);
        }
        for (row, claims) in &theirs.claims {
            self.claims.entry(row.clone()).or_default().extend(claims.iter().cloned());
        }
        // Only for writes: two idle replicas would otherwise answer one another for ever.
        if let Some(newest) = newest.filter(|newest| *newest > self.last) {
            self.last = newest;
            let touch = self.issue(now, Change::Update(Cells::default()));
            self.log.insert(touch.dot, Entry { touch, row: None });
        }
    }

    fn divergence(&self, other: &Self) -> Result<Option<Split>, Stop> {
        let common = self.vector.meet(&other.vector);
        let stamp = |side: &Self, replica, seq| {
            let dot = Dot { replica, seq };
            let entry = side.log.get(&dot);
            // Numbers below the first own one of a branch belong to the replica that it left.
            let before = (!side.floor.includes(dot)).then_some(Stamp { hlc: Hlc::ZERO, noise: 0 });
            entry.map(|entry| entry.touch.clock.into()).or(before)
        };
        for Dot { replica, seq } in common.iter() {
            match diverge(replica, seq, |s| stamp(self, replica, s), |s| stamp(other, replica, s)) {
                Ok(None) => {}
                Ok(split) => return Ok(split),
                Err(gone) if self.floor.includes(Dot { replica, seq: gone }) => {
                    return Err(Stop::Unreached(Reach::BelowOurFloor));
                }
                Err(_) => return Err(Stop::Unreached(Reach::BelowTheirFloor)),
            }
        }
        Ok(None)
    }

    fn split(&mut self, split: Split) -> Result<(), Stop> {
        if self.floor.of(split.replica) > split.after {
            let reach = if split.ours { Reach::BelowOurFloor } else { Reach::BelowTheirFloor };
            return Err(Stop::Unreached(reach));
        }
        let renamed = |dot: Dot| match dot.replica == split.replica && dot.seq > split.after {
            true => Dot { replica: split.to, ..dot },
            false => dot,
        };
        let log = std::mem::take(&mut self.log);
        for (dot, mut entry) in log {
            entry.touch.dot = renamed(dot);
            entry.touch.clock.replica = entry.touch.dot.replica;
            self.log.insert(entry.touch.dot, entry);
        }
        for versions in self.versions.values_mut() {
            versions.rename(renamed);
        }
        let last = self.vector.of(split.replica);
        self.vector.cut(split.replica, split.after);
        self.vector.raise(Dot { replica: split.to, seq: last });
        if self.id == split.replica {
            self.id = split.to;
        }
        for known in self.peers.values_mut() {
            let shared = known.of(split.replica).min(split.after);
            known.cut(split.replica, shared);
        }
        Ok(())
    }
}
