//! A replica seen through aliases that it may not know yet: rows that are one thing are one row, and references name it.

use super::alias::Aliases;
use super::entry::{Cell, Row, RowId, Touch};
use super::rules::Rules;
use super::unite::{Dated, unite};
use super::versions::Versions;
use super::view::{Latest, Raw, View};
use crate::dot::{Clock, VersionVector};
use crate::id::ReplicaId;
use crate::value::Value;
use std::collections::{BTreeMap, BTreeSet};

/// A view with every key replaced by the one that stands for it.
pub struct Canonical<'a> {
    rules: &'a Rules,
    inner: &'a dyn View,
    aliases: &'a Aliases,
}

impl<'a> Canonical<'a> {
    /// Sees `inner` through `aliases`, which know at least what it knows itself.
    #[must_use]
    pub fn new(rules: &'a Rules, inner: &'a dyn View, aliases: &'a Aliases) -> Self {
        Self { rules, inner, aliases }
    }

    fn dated(&self, id: &RowId) -> Option<Dated> {
        let one = |member: &RowId| {
            let row = self.inner.row(member)?;
            let (latest, versions) = (self.inner.latest(member), self.inner.versions(member));
            Some(Dated { row, latest, versions })
        };
        let members = self.aliases.members(id);
        let mut found = members.iter().filter_map(one);
        let rules = &self.rules.tables[id.table];
        let mut dated = found.next()?;
        for (at, field) in rules.key.iter().enumerate() {
            dated.row.values[*field] = members[0].key[at].clone();
        }
        let mut dated = found.fold(dated, |elder, younger| unite(rules, elder, &younger));
        point_to_canonical(self.rules, self.aliases, id.table, &mut dated.row);
        Some(dated)
    }
}

impl Canonical<'_> {
    /// What a reference of one column says, in the key of the row that stands for its parent.
    fn reference(&self, table: usize, cell: Cell, value: &Value) -> Option<Value> {
        let Cell::Field(field) = cell else { return None };
        let key = self.rules.tables[table].foreign_keys.iter().find(|key| key.fields == [field])?;
        let parent = RowId { table: key.parent, key: vec![value.clone()] };
        self.aliases.canonical(&parent).key.pop()
    }
}

/// References of a row name the row that stands for their parent. Tells whether any changed.
pub(super) fn point_to_canonical(rules: &Rules, aliases: &Aliases, table: usize, row: &mut Row) -> bool {
    let mut changed = false;
    for key in &rules.tables[table].foreign_keys {
        let named = RowId { table: key.parent, key: row.pick(&key.fields) };
        if !aliases.knows(&named) {
            continue;
        }
        for (field, value) in key.fields.iter().zip(aliases.canonical(&named).key) {
            changed |= row.values[*field] != value;
            row.values[*field] = value;
        }
    }
    changed
}

impl Raw for Canonical<'_> {
    fn row(&self, row: &RowId) -> Option<Row> {
        if self.aliases.knows(row) {
            return self.dated(row).map(|dated| dated.row);
        }
        let mut found = self.inner.row(row)?;
        point_to_canonical(self.rules, self.aliases, row.table, &mut found);
        Some(found)
    }

    fn holding(&self, table: usize, fields: &[usize], values: &[Value]) -> Vec<RowId> {
        // A reference may still name any member of the class that its parent stands for.
        let mut spellings: BTreeSet<Vec<Value>> = [values.to_vec()].into();
        for key in self.rules.tables[table].foreign_keys.iter().filter(|key| key.fields == fields) {
            let parent = RowId { table: key.parent, key: values.to_vec() };
            spellings.extend(self.aliases.members(&parent).into_iter().map(|member| member.key));
        }
        let found = spellings.iter().flat_map(|values| self.inner.holding(table, fields, values));
        let ids: BTreeSet<RowId> = found.map(|id| self.aliases.canonical(&id)).collect();
        let holds = |id: &RowId| {
            self.row(id).is_some_and(|row| row.pick(fields) == values) || !self.aliases.knows(id)
        };
        ids.into_iter().filter(holds).collect()
    }

    fn claims(&self, row: &RowId) -> BTreeSet<Vec<Value>> {
        self.aliases.members(row).iter().flat_map(|member| self.inner.claims(member)).collect()
    }

    fn claiming(&self, table: usize, values: &[Value]) -> Vec<RowId> {
        let rows = self.inner.claiming(table, values).into_iter().map(|row| self.aliases.canonical(&row));
        rows.collect::<BTreeSet<_>>().into_iter().collect()
    }

    fn birth(&self, row: &RowId) -> Clock {
        self.aliases.birth(row).unwrap_or_else(|| self.inner.birth(row))
    }

    fn latest(&self, row: &RowId) -> Latest {
        let mut latest: BTreeMap<Cell, _> = Latest::new();
        for member in self.aliases.members(row) {
            for (cell, write) in self.inner.latest(&member) {
                latest.entry(cell).and_modify(|known| *known = write.max(*known)).or_insert(write);
            }
        }
        latest
    }

    fn only_deletions(&self, replica: ReplicaId, between: (u64, u64)) -> bool {
        self.inner.only_deletions(replica, between)
    }
}

impl View for Canonical<'_> {
    fn vector(&self) -> VersionVector {
        self.inner.vector()
    }

    fn touched(&self, since: &VersionVector) -> Box<dyn Iterator<Item = (RowId, Vec<Touch>)> + '_> {
        if self.aliases.is_empty() {
            return self.inner.touched(since);
        }
        // Few rows are known by several keys: these are gathered first, and stand in the stream where they belong.
        let mut gathered: BTreeMap<RowId, Vec<Touch>> = BTreeMap::new();
        for (id, touches) in self.inner.touched(since).filter(|(id, _)| self.aliases.knows(id)) {
            gathered.entry(self.aliases.canonical(&id)).or_default().extend(touches);
        }
        let rest = self.inner.touched(since).filter(|(id, _)| !self.aliases.knows(id));
        Box::new(in_order(gathered.into_iter(), rest))
    }

    fn versions(&self, row: &RowId) -> Versions {
        let mut versions = match self.aliases.knows(row) {
            true => self.dated(row).map(|dated| dated.versions).unwrap_or_default(),
            false => self.inner.versions(row),
        };
        versions.respell(|cell, value| self.reference(row.table, cell, value));
        versions
    }

    fn aliases(&self) -> Aliases {
        self.aliases.clone()
    }

    fn repaired(&self) -> Vec<RowId> {
        let rows = self.inner.repaired().into_iter().map(|row| self.aliases.canonical(&row));
        rows.collect::<BTreeSet<_>>().into_iter().collect()
    }
}

/// Two streams in order become one.
fn in_order<T>(
    left: impl Iterator<Item = (RowId, T)>,
    right: impl Iterator<Item = (RowId, T)>,
) -> impl Iterator<Item = (RowId, T)> {
    let (mut left, mut right) = (left.peekable(), right.peekable());
    std::iter::from_fn(move || match (left.peek(), right.peek()) {
        (Some((a, _)), Some((b, _))) if b < a => right.next(),
        (Some(_), _) => left.next(),
        (None, _) => right.next(),
    })
}
