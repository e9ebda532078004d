//! Rows that every copy numbers by itself: which number of this copy is which row. Told by ranges, not row by row: an epoch
//! is opened when tracking begins, when a copy gets a name of its own and when a backup comes back, and records the
//! highest number of each table; what is numbered above it was born under the epoch's name. Only rows that came from
//! elsewhere, or whose number was used before, are written down one by one.

use super::lineage::Split;
use crate::id::ReplicaId;
use std::collections::BTreeMap;

/// What a numbered row is on every replica: where it was born, and its number there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Origin {
    /// The replica; [`ReplicaId::NIL`] for rows that were there when tracking began.
    pub replica: ReplicaId,
    /// The number that it was given there; a negative one is that of the write that made it, where the number itself had
    /// been another row's.
    pub number: i64,
}

impl Origin {
    /// A row that was made by the write `seq` under a number that had been another row's.
    #[must_use]
    pub fn of_write(replica: ReplicaId, seq: u64) -> Self {
        Self { replica, number: i64::try_from(seq).map_or(i64::MIN, |seq| -seq) }
    }
}

/// From its opening on new rows are born under this name.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Epoch {
    replica: ReplicaId,
    /// The highest number of each table at that moment; 0 where it had none.
    highest: BTreeMap<usize, i64>,
}

/// The numbers of one replica.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Numbering {
    epochs: Vec<Epoch>,
    origins: BTreeMap<(usize, i64), Origin>,
    numbers: BTreeMap<(usize, Origin), i64>,
}

impl Numbering {
    /// New rows are born under this name from now on; `highest` is the highest number of each table.
    pub fn open(&mut self, replica: ReplicaId, highest: BTreeMap<usize, i64>) {
        self.epochs.push(Epoch { replica, highest });
    }

    /// The row with this number.
    #[must_use]
    pub fn origin(&self, table: usize, number: i64) -> Origin {
        if let Some(origin) = self.origins.get(&(table, number)) {
            return *origin;
        }
        let above = |epoch: &&Epoch| number > epoch.highest.get(&table).copied().unwrap_or(0);
        let replica = self.epochs.iter().rev().find(above).map_or(ReplicaId::NIL, |epoch| epoch.replica);
        Origin { replica, number }
    }

    /// The number of this row here; none where it never was here.
    #[must_use]
    pub fn number(&self, table: usize, origin: Origin) -> Option<i64> {
        let written = self.numbers.get(&(table, origin)).copied();
        // A range tells a row only where no other row took its number.
        written.or_else(|| (self.origin(table, origin.number) == origin).then_some(origin.number))
    }

    /// A row got this number that is not the one the range tells: it came from elsewhere, or the number was used before.
    pub fn write_down(&mut self, table: usize, number: i64, origin: Origin) {
        if let Some(old) = self.origins.insert((table, number), origin) {
            self.numbers.remove(&(table, old));
        }
        self.numbers.insert((table, origin), number);
    }

    /// Everything that is written down row by row: table, number, origin.
    pub fn written_down(&self) -> impl Iterator<Item = (usize, i64, Origin)> + '_ {
        self.origins.iter().map(|((table, number), origin)| (*table, *number, *origin))
    }

    /// A branch gets a name of its own: of the rows that it made (table and origin, as its journal tells), each is another
    /// row than the one that the other branch numbered alike. `highest` is given where the branch is this copy's own, which
    /// numbers on under the new name.
    pub fn split(
        &mut self,
        split: Split,
        made: impl IntoIterator<Item = (usize, Origin)>,
        highest: Option<BTreeMap<usize, i64>>,
    ) {
        for (table, origin) in made {
            if origin.replica != split.replica {
                continue;
            }
            if let Some(number) = self.number(table, origin) {
                self.write_down(table, number, Origin { replica: split.to, ..origin });
            }
        }
        if let Some(highest) = highest {
            self.open(split.to, highest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const T: usize = 0;

    fn replica(byte: u8) -> ReplicaId {
        ReplicaId::from_bytes([byte; 16])
    }

    fn born(byte: u8, number: i64) -> Origin {
        Origin { replica: replica(byte), number }
    }

    /// Adopted with rows up to 100.
    fn adopted(byte: u8) -> Numbering {
        let mut numbering = Numbering::default();
        numbering.open(replica(byte), [(T, 100)].into());
        numbering
    }

    #[test]
    fn ranges_tell_where_a_row_was_born() {
        let mut here = adopted(1);
        assert_eq!(here.origin(T, 100), Origin { replica: ReplicaId::NIL, number: 100 });
        assert_eq!(here.origin(T, 101), born(1, 101));
        assert_eq!(here.number(T, born(2, 101)), None);
        here.write_down(T, 102, born(2, 101));
        assert_eq!((here.origin(T, 102), here.number(T, born(2, 101))), (born(2, 101), Some(102)));
        assert_eq!(here.number(T, born(1, 102)), None, "that number is another row's");
        here.open(replica(9), [(T, 102)].into());
        assert_eq!((here.origin(T, 101), here.origin(T, 103)), (born(1, 101), born(9, 103)));
    }

    #[test]
    fn a_number_that_is_given_again_is_another_row() {
        let mut here = adopted(1);
        assert_eq!(here.number(T, born(1, 101)), Some(101));
        let again = Origin::of_write(replica(1), 7);
        here.write_down(T, 101, again);
        assert_eq!((here.origin(T, 101), here.number(T, again)), (again, Some(101)));
        assert_eq!(here.number(T, born(1, 101)), None);
    }

    #[test]
    fn both_branches_of_a_copy_keep_their_rows_apart() {
        let (mut kept, mut renamed) = (adopted(1), adopted(1));
        let split = Split { replica: replica(1), after: 4, to: replica(7), ours: true };
        // Both branches numbered a row 102; row 101 is older than the copy.
        renamed.split(split, [(T, born(1, 102))], Some([(T, 102)].into()));
        assert_eq!((renamed.origin(T, 101), renamed.origin(T, 102)), (born(1, 101), born(7, 102)));
        assert_eq!(renamed.origin(T, 103), born(7, 103));
        assert_eq!(renamed.number(T, born(1, 102)), None);
        kept.write_down(T, 103, born(7, 102));
        assert_eq!((kept.number(T, born(1, 102)), kept.number(T, born(7, 102))), (Some(102), Some(103)));
        // A third replica had the branch under the old name.
        let mut third = adopted(3);
        third.write_down(T, 500, born(1, 102));
        third.split(Split { ours: false, ..split }, [(T, born(1, 102))], None);
        assert_eq!(third.number(T, born(7, 102)), Some(500));
    }

    proptest! {
        #[test]
        fn every_number_is_one_row_and_every_row_one_number(
            opened in proptest::collection::vec(0..50i64, 0..4),
            written in proptest::collection::vec((1..60i64, 1..5u8, 1..60i64), 0..20),
        ) {
            let mut numbering = Numbering::default();
            let mut highest = 0;
            for (at, more) in opened.into_iter().enumerate() {
                highest += more;
                numbering.open(replica(10 + at as u8), [(T, highest)].into());
            }
            for (number, from, origin) in written {
                if numbering.number(T, born(from, origin)).is_none() {
                    numbering.write_down(T, number, born(from, origin));
                }
            }
            for number in 1..120 {
                let origin = numbering.origin(T, number);
                prop_assert_eq!(numbering.number(T, origin), Some(number), "{:?}", origin);
            }
        }
    }
}
