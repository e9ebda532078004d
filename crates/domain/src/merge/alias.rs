//! Rows under different keys that are one thing. Classes only grow; the eldest member's key stands for all.

use super::entry::RowId;
use crate::dot::Clock;
use std::collections::{BTreeMap, BTreeSet};

/// Classes of rows that are one thing, each member with its birth.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Aliases {
    /// By their smallest member.
    classes: BTreeMap<RowId, BTreeMap<RowId, Clock>>,
    class_of: BTreeMap<RowId, RowId>,
}

impl Aliases {
    /// There are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.classes.is_empty()
    }

    /// Every class: its members with their births.
    pub fn classes(&self) -> impl Iterator<Item = &BTreeMap<RowId, Clock>> {
        self.classes.values()
    }

    fn class(&self, row: &RowId) -> Option<&BTreeMap<RowId, Clock>> {
        self.classes.get(self.class_of.get(row)?)
    }

    /// Is the row one of several?
    #[must_use]
    pub fn knows(&self, row: &RowId) -> bool {
        !self.is_empty() && self.class_of.contains_key(row)
    }

    /// Does another row stand for this one?
    #[must_use]
    pub fn is_absorbed(&self, row: &RowId) -> bool {
        !self.is_empty() && self.class(row).is_some_and(|members| eldest(members) != row)
    }

    /// The row that stands for this one: the eldest of its class, the smaller key among equals.
    #[must_use]
    pub fn canonical(&self, row: &RowId) -> RowId {
        self.class(row).map_or(row, eldest).clone()
    }

    /// When the eldest of the row's class was born; none where it stands alone.
    #[must_use]
    pub fn birth(&self, row: &RowId) -> Option<Clock> {
        self.class(row).and_then(|members| members.values().min().copied())
    }

    /// The row and all that are the same thing, the eldest first.
    #[must_use]
    pub fn members(&self, row: &RowId) -> Vec<RowId> {
        let Some(class) = self.class(row) else { return vec![row.clone()] };
        let mut members: Vec<_> = class.iter().collect();
        members.sort_by_key(|(id, birth)| (**birth, *id));
        members.into_iter().map(|(id, _)| id.clone()).collect()
    }

    /// These rows are one thing.
    pub fn unite(&mut self, rows: impl IntoIterator<Item = (RowId, Clock)>) {
        self.add(rows.into_iter().collect());
    }

    /// What both know.
    #[must_use]
    pub fn join(&self, other: &Self) -> Self {
        let mut joined = self.clone();
        other.classes().cloned().for_each(|class| joined.add(class));
        joined
    }

    fn add(&mut self, mut class: BTreeMap<RowId, Clock>) {
        let touched: BTreeSet<RowId> = class.keys().filter_map(|id| self.class_of.get(id)).cloned().collect();
        for (id, birth) in touched.iter().filter_map(|old| self.classes.remove(old)).flatten() {
            // A replica that dropped the first writes knows the later ones only: the smaller birth is the right one.
            class.entry(id).and_modify(|known| *known = birth.min(*known)).or_insert(birth);
        }
        let Some(first) = class.keys().next().filter(|_| class.len() > 1).cloned() else { return };
        self.class_of.extend(class.keys().map(|id| (id.clone(), first.clone())));
        self.classes.insert(first, class);
    }
}

fn eldest(members: &BTreeMap<RowId, Clock>) -> &RowId {
    let eldest = members.iter().min_by_key(|(id, birth)| (**birth, *id));
    eldest.expect("because a class has two members at least").0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hlc::Hlc;
    use crate::value::Value;

    fn born(key: i64, at: u64) -> (RowId, Clock) {
        let clock = Clock { hlc: Hlc(at), ..Clock::GENESIS };
        (RowId { table: 0, key: vec![Value::Integer(key)] }, clock)
    }

    #[test]
    fn classes_that_share_a_row_are_one_and_the_eldest_stands_for_it() {
        let mut left = Aliases::default();
        left.unite([born(1, 5), born(2, 3)]);
        let mut right = Aliases::default();
        right.unite([born(2, 3), born(3, 4)]);
        right.unite([born(8, 1), born(9, 1)]);
        let joined = left.join(&right);
        assert_eq!(joined, right.join(&left));
        assert_eq!(joined.join(&left), joined);
        assert_eq!(joined.canonical(&born(1, 0).0), born(2, 0).0);
        assert_eq!(joined.members(&born(3, 0).0), [born(2, 0).0, born(3, 0).0, born(1, 0).0]);
        assert_eq!(joined.canonical(&born(9, 0).0), born(8, 0).0);
        assert_eq!(joined.canonical(&born(7, 0).0), born(7, 0).0);
    }
}
