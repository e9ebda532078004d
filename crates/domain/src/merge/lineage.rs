//! A replica that was copied, by hand or out of a backup, and then written in both places: two branches under one name.
//! The branches part at a write that differs; the one whose first own write is later gets a name of its own, derived from
//! what everybody who has the branch can see.

use crate::dot::Clock;
use crate::hlc::Hlc;
use crate::id::ReplicaId;

/// What tells a write from another one of the same number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stamp {
    /// When it was made.
    pub hlc: Hlc,
    /// Its random bits.
    pub noise: u16,
}

impl From<Clock> for Stamp {
    fn from(clock: Clock) -> Self {
        Self { hlc: clock.hlc, noise: clock.noise }
    }
}

/// A branch that gets a name of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Split {
    /// The name that two branches had.
    pub replica: ReplicaId,
    /// The last write that they share.
    pub after: u64,
    /// The new name of the branch; its writes keep their numbers.
    pub to: ReplicaId,
    /// Whose branch it is.
    pub ours: bool,
}

/// Do two sides that both know the first `common` writes of a replica mean the same ones? The sides give the stamp of a
/// write by its number, and none where it was dropped. Where they do not, the later branch is to be renamed.
///
/// # Errors
/// The number of a write whose stamp is needed and gone.
pub fn diverge(
    replica: ReplicaId,
    common: u64,
    ours: impl Fn(u64) -> Option<Stamp>,
    theirs: impl Fn(u64) -> Option<Stamp>,
) -> Result<Option<Split>, u64> {
    let stamps = |seq| Ok::<_, u64>((ours(seq).ok_or(seq)?, theirs(seq).ok_or(seq)?));
    let same = |seq| stamps(seq).map(|(a, b)| a == b);
    if common == 0 || same(common)? {
        return Ok(None);
    }
    // Below `low` all are the same, at `high` they differ.
    let (mut low, mut high) = (0, common);
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if same(middle)? { low = middle } else { high = middle }
    }
    let (our_first, their_first) = stamps(high)?;
    let shared = if low == 0 { None } else { Some(stamps(low)?.0) };
    let ours = our_first > their_first;
    let to = name(shared, high, our_first.max(their_first));
    Ok(Some(Split { replica, after: low, to, ours }))
}

/// Of the branch alone, not of the name that it has now: branches of branches get one name whatever the order in which
/// they meet.
fn name(shared: Option<Stamp>, seq: u64, first: Stamp) -> ReplicaId {
    let mut bytes = b"lifeboat branch".to_vec();
    for stamp in shared.into_iter().chain([first]) {
        bytes.extend(stamp.hlc.0.to_be_bytes());
        bytes.extend(stamp.noise.to_be_bytes());
    }
    bytes.extend(seq.to_be_bytes());
    ReplicaId::derived(&bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPLICA: ReplicaId = ReplicaId::from_bytes([1; 16]);

    fn side(stamps: &[u64]) -> impl Fn(u64) -> Option<Stamp> {
        let stamps = stamps.to_vec();
        move |seq| stamps.get(seq as usize - 1).map(|hlc| Stamp { hlc: Hlc(*hlc), noise: 7 })
    }

    #[test]
    fn the_later_branch_is_renamed_by_both_sides_alike() {
        let (a, b) = ([1, 2, 3, 10, 11], [1, 2, 3, 9, 12]);
        let here = diverge(REPLICA, 5, side(&a), side(&b)).unwrap().unwrap();
        let there = diverge(REPLICA, 5, side(&b), side(&a)).unwrap().unwrap();
        assert_eq!((here.after, here.to, here.ours), (3, there.to, true));
        assert!(!there.ours);
        assert_eq!(diverge(REPLICA, 3, side(&a), side(&b)), Ok(None));
        assert_eq!(diverge(REPLICA, 0, side(&[]), side(&[])), Ok(None));
        let from_the_start = diverge(REPLICA, 1, side(&[4]), side(&[5])).unwrap().unwrap();
        assert_eq!((from_the_start.after, from_the_start.ours), (0, false));
    }

    #[test]
    fn a_stamp_that_was_dropped_is_told_and_not_guessed() {
        assert_eq!(diverge(REPLICA, 3, side(&[1, 2]), side(&[1, 2, 4])), Err(3));
    }
}
