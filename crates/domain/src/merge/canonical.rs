//! A replica seen through aliases that it may not know yet: rows that are one thing are one row, and references name it.

use super::alias::Aliases;
use super::entry::{Cell, Row, RowId, Touch};
use super::rules::Rules;
use super::unite::{Dated, unite};
use super::versions::Versions;
use super::view::{Latest, Raw, Read, Rows, View};
use crate::dot::{Clock, VersionVector};
use crate::id::ReplicaId;
use crate::value::Value;
use std::collections::{BTreeMap, BTreeSet};

/// A view with every key replaced by the one that stands for it.
pub struct Canonical<'a> {
    rules: &'a Rules,
    inner: &'a dyn View,
    /// What it knows itself: under which key it holds a row that is one thing with others.
    own: Aliases,
    aliases: &'a Aliases,
}

impl<'a> Canonical<'a> {
    /// Sees `inner` through `aliases`, which know at least what it knows itself.
    #[must_use]
    pub fn new(rules: &'a Rules, inner: &'a dyn View, aliases: &'a Aliases) -> Self {
        Self { rules, inner, own: inner.aliases(), aliases }
    }

    /// Is the row several under one key? What it amounts to then stands in no table yet.
    pub(super) fn is_united(&self, row: &RowId) -> bool {
        self.aliases.knows(row)
    }

    /// What the members of a class amount to.
    fn dated(&self, id: &RowId) -> Read<Option<Dated>> {
        let members = self.aliases.members(id);
        let rules = &self.rules.tables[id.table];
        let mut united: Option<Dated> = None;
        for member in &members {
            let Some(mut row) = self.inner.row(member)? else { continue };
            for (at, field) in rules.key.iter().enumerate() {
                row.values[*field] = members[0].key[at].clone();
            }
            let (latest, versions) = (self.latest_of_held(member)?, self.inner.versions(member)?);
            let dated = Dated { row, latest, versions };
            united = Some(match united {
                None => dated,
                Some(elder) => unite(rules, elder, &dated),
            });
        }
        Ok(united.map(|mut dated| {
            point_to_canonical(self.rules, self.aliases, id.table, &mut dated.row);
            dated
        }))
    }

    /// A row that took others over holds their values too: what they were written at dates them.
    fn latest_of_held(&self, row: &RowId) -> Read<Latest> {
        let mut latest = Latest::new();
        for member in self.own.members(row) {
            join_latest(&mut latest, self.inner.latest(&member)?);
        }
        Ok(latest)
    }

    /// What a reference of one column says, in the key of the row that stands for its parent.
    fn reference(&self, table: usize, cell: Cell, value: &Value) -> Option<Value> {
        let Cell::Field(field) = cell else { return None };
        let key = self.rules.tables[table].foreign_keys.iter().find(|key| key.fields == [field])?;
        let parent = RowId { table: key.parent, key: vec![value.clone()] };
        self.aliases.canonical(&parent).key.pop()
    }

    fn all_canonical(&self, rows: impl IntoIterator<Item = RowId>) -> BTreeSet<RowId> {
        rows.into_iter().map(|row| self.aliases.canonical(&row)).collect()
    }
}

/// References of a row name the row that stands for their parent. Tells whether any changed.
pub(super) fn point_to_canonical(rules: &Rules, aliases: &Aliases, table: usize, row: &mut Row) -> bool {
    let mut changed = false;
    if aliases.is_empty() {
        return changed;
    }
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
    fn row(&self, row: &RowId) -> Read<Option<Row>> {
        if self.aliases.knows(row) {
            return Ok(self.dated(row)?.map(|dated| dated.row));
        }
        let mut found = self.inner.row(row)?;
        if let Some(found) = &mut found {
            point_to_canonical(self.rules, self.aliases, row.table, found);
        }
        Ok(found)
    }

    fn holding(&self, table: usize, fields: &[usize], values: &[Value]) -> Read<Vec<RowId>> {
        // A reference may still name any member of the class that its parent stands for.
        let mut spellings: BTreeSet<Vec<Value>> = [values.to_vec()].into();
        for key in self.rules.tables[table].foreign_keys.iter().filter(|key| key.fields == fields) {
            let parent = RowId { table: key.parent, key: values.to_vec() };
            spellings.extend(self.aliases.members(&parent).into_iter().map(|member| member.key));
        }
        let mut found = Vec::new();
        for values in &spellings {
            found.extend(self.inner.holding(table, fields, values)?);
        }
        let mut holding = Vec::new();
        for id in self.all_canonical(found) {
            // A member may hold what the class does not.
            let holds =
                !self.aliases.knows(&id) || self.row(&id)?.is_some_and(|row| row.pick(fields) == values);
            if holds {
                holding.push(id);
            }
        }
        Ok(holding)
    }

    fn claims(&self, row: &RowId) -> Read<BTreeSet<Vec<Value>>> {
        let mut claims = BTreeSet::new();
        for member in self.aliases.members(row) {
            claims.extend(self.inner.claims(&member)?);
        }
        Ok(claims)
    }

    fn claiming(&self, table: usize, values: &[Value]) -> Read<Vec<RowId>> {
        Ok(self.all_canonical(self.inner.claiming(table, values)?).into_iter().collect())
    }

    fn birth(&self, row: &RowId) -> Read<Clock> {
        self.aliases.birth(row).map_or_else(|| self.inner.birth(row), Ok)
    }

    fn latest(&self, row: &RowId) -> Read<Latest> {
        let mut latest = Latest::new();
        for member in self.aliases.members(row) {
            join_latest(&mut latest, self.inner.latest(&member)?);
        }
        Ok(latest)
    }

    fn only_deletions(&self, replica: ReplicaId, between: (u64, u64)) -> Read<bool> {
        self.inner.only_deletions(replica, between)
    }
}

/// Of two writes of a cell the later one.
pub(super) fn join_latest(into: &mut Latest, other: Latest) {
    for (cell, write) in other {
        into.entry(cell).and_modify(|known| *known = write.max(*known)).or_insert(write);
    }
}

impl View for Canonical<'_> {
    fn vector(&self) -> VersionVector {
        self.inner.vector()
    }

    fn floor(&self) -> VersionVector {
        self.inner.floor()
    }

    fn aliases(&self) -> Aliases {
        self.aliases.clone()
    }

    fn touched(&self, since: &VersionVector) -> Rows<'_, Vec<Touch>> {
        if self.aliases.is_empty() {
            return self.inner.touched(since);
        }
        // Few rows are known by several keys: these are gathered first, and stand in the stream where they belong.
        let mut gathered: BTreeMap<RowId, Vec<Touch>> = BTreeMap::new();
        for read in self.inner.touched(since) {
            match read {
                Ok((id, touches)) if self.aliases.knows(&id) => {
                    gathered.entry(self.aliases.canonical(&id)).or_default().extend(touches);
                }
                Ok(_) => {}
                Err(error) => return Box::new(std::iter::once(Err(error))),
            }
        }
        let single = |read: &Read<(RowId, _)>| !read.as_ref().is_ok_and(|(id, _)| self.aliases.knows(id));
        let rest = self.inner.touched(since).filter(single);
        Box::new(in_order(gathered.into_iter(), rest))
    }

    fn versions(&self, row: &RowId) -> Read<Versions> {
        let mut versions = match self.aliases.knows(row) {
            true => self.dated(row)?.map(|dated| dated.versions).unwrap_or_default(),
            false => self.inner.versions(row)?,
        };
        versions.respell(|cell, value| self.reference(row.table, cell, value));
        Ok(versions)
    }

    fn repaired(&self) -> Read<Vec<RowId>> {
        Ok(self.all_canonical(self.inner.repaired()?).into_iter().collect())
    }
}

/// Two streams in order become one; an error comes at once.
fn in_order<T>(
    left: impl Iterator<Item = (RowId, T)>,
    right: impl Iterator<Item = Read<(RowId, T)>>,
) -> impl Iterator<Item = Read<(RowId, T)>> {
    let (mut left, mut right) = (left.peekable(), right.peekable());
    std::iter::from_fn(move || match (left.peek(), right.peek()) {
        (Some((a, _)), Some(Ok((b, _)))) if a < b => left.next().map(Ok),
        (Some(_), None) => left.next().map(Ok),
        (_, _) => right.next(),
    })
}
