//! When a step's write of a row counts as made. What a step makes of a value is as old as the value: it is later than the writes that it
//! rests on, and earlier than all that come after these, whoever made them.

use super::entry::{Cells, Change};
use super::rules::MergePolicy;
use crate::hlc::Hlc;
use std::collections::BTreeMap;

/// Columns beyond this many have no bit of their own.
const BITS: usize = 62;

/// A step's write in parts, each with the instant that it inherits from the writes of clients that are known here; none where none of
/// them touched it, so that it counts as the step's. `fields` are all columns that have a bit.
#[must_use]
pub fn inherit(
    policy: MergePolicy,
    change: Change,
    known: &[(Change, Hlc)],
    fields: &[usize],
) -> Vec<(Change, Option<Hlc>)> {
    let after = |hlc: Hlc| Hlc(hlc.0.saturating_add(1));
    let Some(latest) = known.iter().map(|(_, hlc)| *hlc).max() else { return vec![(change, None)] };
    let cells = match (policy, change) {
        (MergePolicy::AppendOnly, _) => {
            let births = known.iter().filter(|(change, _)| *change == Change::Insert);
            return vec![(change, births.map(|(_, hlc)| *hlc).min().map(after))];
        }
        (MergePolicy::LastWriteWins, _) | (_, Change::Insert | Change::Delete) => {
            return vec![(change, Some(after(latest)))];
        }
        (_, Change::Update(cells)) if cells == Cells::ALL && fields.len() > BITS => {
            return vec![(change, Some(after(latest)))];
        }
        (_, Change::Update(cells)) => cells,
    };
    let mut parts: BTreeMap<Option<Hlc>, Vec<usize>> = BTreeMap::new();
    for field in fields.iter().copied().filter(|field| cells.has(*field)) {
        let touched = known.iter().filter(|(change, _)| match change {
            Change::Insert => true,
            Change::Update(cells) => cells.has(field),
            Change::Delete => false,
        });
        parts.entry(touched.map(|(_, hlc)| *hlc).max()).or_default().push(field);
    }
    // An edit says too that the row is there, and that is as late as its last write.
    parts.entry(Some(latest)).or_default();
    let part = |(hlc, fields): (Option<Hlc>, Vec<usize>)| {
        (Change::Update(fields.into_iter().collect()), hlc.map(after))
    };
    parts.into_iter().map(part).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn update(fields: &[usize]) -> Change {
        Change::Update(fields.iter().copied().collect())
    }

    #[test]
    fn each_column_is_as_old_as_its_last_write() {
        let known = [(Change::Insert, Hlc(10)), (update(&[1]), Hlc(20)), (update(&[2]), Hlc(30))];
        let of = |policy, change| inherit(policy, change, &known, &[0, 1, 2, 3]);
        let field = MergePolicy::LastWriteWinsPerField;
        assert_eq!(of(field, update(&[2])), [(update(&[2]), Some(Hlc(31)))]);
        let two =
            [(update(&[3]), Some(Hlc(11))), (update(&[1]), Some(Hlc(21))), (update(&[]), Some(Hlc(31)))];
        assert_eq!(of(field, update(&[1, 3])), two);
        assert_eq!(of(MergePolicy::LastWriteWins, update(&[1])), [(update(&[1]), Some(Hlc(31)))]);
        assert_eq!(of(field, Change::Delete), [(Change::Delete, Some(Hlc(31)))]);
        assert_eq!(of(MergePolicy::AppendOnly, Change::Insert), [(Change::Insert, Some(Hlc(11)))]);
        assert_eq!(inherit(field, update(&[1]), &[], &[0, 1]), [(update(&[1]), None)]);
        let late = [(update(&[2]), Hlc(30))];
        let parts = inherit(field, Change::Update(Cells::ALL), &late, &[0, 2]);
        assert_eq!(parts, [(update(&[0]), None), (update(&[2]), Some(Hlc(31)))]);
    }
}
