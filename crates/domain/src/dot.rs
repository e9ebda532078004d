//! Which write: a replica and its sequence number; and what a replica knows: the highest number of each.

use crate::hlc::Hlc;
use crate::id::ReplicaId;
use std::collections::BTreeMap;

/// One write of one replica. Numbers start at 1 and have no gaps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Dot {
    /// Who wrote.
    pub replica: ReplicaId,
    /// His how-manieth write.
    pub seq: u64,
}

/// When a write was made, comparable among replicas: the greater one is the later one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Clock {
    /// The logical instant.
    pub hlc: Hlc,
    /// Random bits of the write: decide between equal instants. They stay when a branch gets another replica's name, so
    /// that no decision is turned by it.
    pub noise: u16,
    /// Decides where even these are equal.
    pub replica: ReplicaId,
}

impl Clock {
    /// In the random bits, the one that marks a write of a step of a migration.
    pub const MARK_OF_STEP: u16 = 1 << 15;

    /// Did a step make the write?
    #[must_use]
    pub const fn is_of_step(&self) -> bool {
        self.noise & Self::MARK_OF_STEP != 0
    }

    /// Before every write: of rows that were there when tracking began.
    pub const GENESIS: Self = Self { hlc: Hlc::ZERO, noise: 0, replica: ReplicaId::NIL };
}

/// The highest sequence number known of each replica; everything below is known too.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct VersionVector(BTreeMap<ReplicaId, u64>);

impl VersionVector {
    /// The highest number known of a replica; 0 where none is.
    #[must_use]
    pub fn of(&self, replica: ReplicaId) -> u64 {
        self.0.get(&replica).copied().unwrap_or(0)
    }

    /// Is this write known?
    #[must_use]
    pub fn includes(&self, dot: Dot) -> bool {
        dot.seq <= self.of(dot.replica)
    }

    /// From now on this write is known, with all before it.
    pub fn raise(&mut self, dot: Dot) {
        let known = self.0.entry(dot.replica).or_default();
        *known = (*known).max(dot.seq);
    }

    /// From now on all is known that `other` knows.
    pub fn join(&mut self, other: &Self) {
        other.iter().for_each(|dot| self.raise(dot));
    }

    /// What both know.
    #[must_use]
    pub fn meet(&self, other: &Self) -> Self {
        let common = self.iter().map(|dot| (dot.replica, dot.seq.min(other.of(dot.replica))));
        Self(common.filter(|(_, seq)| *seq > 0).collect())
    }

    /// Everything that `other` knows is known here.
    #[must_use]
    pub fn dominates(&self, other: &Self) -> bool {
        other.iter().all(|dot| self.includes(dot))
    }

    /// The last known write of each replica, by replica.
    pub fn iter(&self) -> impl Iterator<Item = Dot> + '_ {
        self.0.iter().map(|(replica, seq)| Dot { replica: *replica, seq: *seq })
    }

    /// Of `replica` only the first `seq` writes are known; the rest belongs to another one.
    pub fn cut(&mut self, replica: ReplicaId, seq: u64) {
        match seq {
            0 => drop(self.0.remove(&replica)),
            seq => drop(self.0.insert(replica, seq)),
        }
    }
}

impl FromIterator<Dot> for VersionVector {
    fn from_iter<I: IntoIterator<Item = Dot>>(dots: I) -> Self {
        let mut vector = Self::default();
        dots.into_iter().for_each(|dot| vector.raise(dot));
        vector
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dot(replica: u8, seq: u64) -> Dot {
        Dot { replica: ReplicaId::from_bytes([replica; 16]), seq }
    }

    #[test]
    fn joins_and_meets_are_bounds() {
        let left: VersionVector = [dot(1, 5), dot(2, 1)].into_iter().collect();
        let right: VersionVector = [dot(1, 3), dot(3, 2)].into_iter().collect();
        let mut join = left.clone();
        join.join(&right);
        assert!(join.dominates(&left) && join.dominates(&right) && !left.dominates(&right));
        assert!(join.includes(dot(1, 5)) && !join.includes(dot(1, 6)));
        let meet = left.meet(&right);
        assert_eq!(meet.iter().collect::<Vec<_>>(), [dot(1, 3)]);
        assert!(left.dominates(&meet) && right.dominates(&meet));
        join.cut(dot(1, 0).replica, 2);
        assert_eq!(join.of(dot(1, 0).replica), 2);
    }
}
