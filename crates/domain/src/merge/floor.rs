//! What may be dropped of a journal: writes that every known peer has. Who lacks one of them cannot be merged by journals
//! any more, and is compared row by row, or refused.

use super::rules::{Identity, MergePolicy, Rules};
use super::shape::KeyShape;
use crate::dot::{Dot, VersionVector};
use crate::hlc::Hlc;
use crate::time::UtcMillis;

/// Every so-manieth write stays for good: by its stamp a copied replica is told from the one that it was copied from.
pub const ANCHOR_EVERY: u64 = 256;

/// What every one of `peers` is known to have, of what is known here; nothing where no peer is known.
#[must_use]
pub fn floor<'a>(ours: &VersionVector, peers: impl IntoIterator<Item = &'a VersionVector>) -> VersionVector {
    let mut peers = peers.into_iter();
    let first = peers.next().map_or_else(VersionVector::default, |first| ours.meet(first));
    peers.fold(first, |floor, peer| floor.meet(peer))
}

/// Lines of a replica that stay for good, besides every so-manieth.
#[derive(Debug, Clone, Copy)]
pub struct Anchors<'a> {
    /// What is known here: the last line of each replica is the counter, the clock and an anchor.
    pub ours: &'a VersionVector,
    /// Where peers stand.
    pub peers: &'a [VersionVector],
    /// The first line of each replica: by it a branch is known.
    pub firsts: &'a VersionVector,
}

/// May this line of the journal go, where its row no longer needs it?
#[must_use]
pub fn may_drop(dot: Dot, floor: &VersionVector, anchors: Anchors<'_>) -> bool {
    let stands = |vector: &VersionVector| vector.of(dot.replica) == dot.seq;
    floor.includes(dot)
        && !dot.seq.is_multiple_of(ANCHOR_EVERY)
        && !stands(anchors.ours)
        && !stands(anchors.firsts)
        && !anchors.peers.iter().any(stands)
}

/// What of a table's past is dropped when every peer has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Forgetting {
    /// Nothing: which row is the eldest, and what was written last, is asked of all lines.
    Nothing,
    /// Lines of rows that stand in their table. Of a deleted one they tell what fell with it.
    Lines,
    /// The same, and deleted rows with all their lines: nothing brings them back.
    LinesAndTombstones,
}

impl Rules {
    /// What of a table's past is dropped when every peer has it. A number that the engine counts guards its tombstone: it would be
    /// given again, on two copies at once.
    #[must_use]
    pub fn forgetting(&self, table: usize, key: &KeyShape) -> Forgetting {
        let rules = &self.tables[table];
        if !rules.unique.is_empty() || matches!(rules.identity, Identity::NaturalKey(_)) {
            return Forgetting::Nothing;
        }
        let is_counted = matches!(key, KeyShape::Counted(_));
        match rules.policy {
            MergePolicy::LocalOnly => Forgetting::Nothing,
            MergePolicy::LastWriteWins | MergePolicy::LastWriteWinsPerField | MergePolicy::Manual
                if self.stands_alone(table) && !is_counted =>
            {
                Forgetting::LinesAndTombstones
            }
            MergePolicy::AppendOnly
            | MergePolicy::LastWriteWins
            | MergePolicy::LastWriteWinsPerField
            | MergePolicy::Manual
            | MergePolicy::Forbidden => Forgetting::Lines,
        }
    }
}

/// How another replica can be merged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// By journals.
    Journals,
    /// Writes were dropped here that it lacks.
    BelowOurFloor,
    /// Writes were dropped there that are lacking here.
    BelowTheirFloor,
}

/// Do the journals of both sides still hold what the other lacks?
#[must_use]
pub fn reach(
    (ours, our_floor): (&VersionVector, &VersionVector),
    (theirs, their_floor): (&VersionVector, &VersionVector),
) -> Reach {
    if !theirs.dominates(our_floor) {
        Reach::BelowOurFloor
    } else if !ours.dominates(their_floor) {
        Reach::BelowTheirFloor
    } else {
        Reach::Journals
    }
}

/// A clock that is so far ahead would win every tie until the others catch up (24 hours).
pub const CLOCK_AHEAD_MAX_MS: i64 = 24 * 60 * 60 * 1000;

/// Is the newest write of the other side further ahead of the wall clock than is believed?
#[must_use]
pub fn is_from_the_future(newest: Hlc, now: UtcMillis) -> bool {
    newest.ahead_of(now) > CLOCK_AHEAD_MAX_MS
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::ReplicaId;

    fn vector(seqs: &[u64]) -> VersionVector {
        let dots = seqs.iter().enumerate().filter(|(_, seq)| **seq > 0);
        dots.map(|(at, seq)| dot(at as u8, *seq)).collect()
    }

    fn dot(replica: u8, seq: u64) -> Dot {
        Dot { replica: ReplicaId::from_bytes([replica + 1; 16]), seq }
    }

    #[test]
    fn only_what_every_peer_has_may_go() {
        let ours = vector(&[600, 50]);
        let peers = [vector(&[400, 50]), vector(&[300, 20])];
        let floor = floor(&ours, &peers);
        assert_eq!(floor, vector(&[300, 20]));
        let firsts = vector(&[7, 0]);
        let anchors = Anchors { ours: &ours, peers: &peers, firsts: &firsts };
        assert!(may_drop(dot(0, 299), &floor, anchors));
        for stays in [dot(0, 301), dot(0, 300), dot(0, 256), dot(0, 7), dot(1, 20), dot(1, 50)] {
            assert!(!may_drop(stays, &floor, anchors), "{stays:?}");
        }
        assert_eq!(super::floor(&ours, &[]), VersionVector::default());
    }

    #[test]
    fn who_lacks_what_was_dropped_is_below_the_floor() {
        let (ours, floor) = (vector(&[600, 50]), vector(&[300, 20]));
        let none = VersionVector::default();
        assert_eq!(reach((&ours, &floor), (&vector(&[300, 90]), &none)), Reach::Journals);
        assert_eq!(reach((&ours, &floor), (&vector(&[299, 90]), &none)), Reach::BelowOurFloor);
        assert_eq!(reach((&ours, &none), (&vector(&[9, 90]), &vector(&[0, 51]))), Reach::BelowTheirFloor);
    }

    #[test]
    fn a_clock_may_be_a_day_ahead() {
        let now = UtcMillis(1_790_000_000_000);
        let at = |ahead| Hlc::ZERO.next(UtcMillis(now.0 + ahead));
        assert!(!is_from_the_future(at(CLOCK_AHEAD_MAX_MS), now));
        assert!(is_from_the_future(at(CLOCK_AHEAD_MAX_MS + 1), now));
    }
}
