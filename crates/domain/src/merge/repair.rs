//! From the raw rows to the shown ones: parents that are referred to come back, rows whose value is taken are parked, and
//! references to what is not shown follow the rules. A function of the raw rows alone.

use super::entry::{Cell, RowId};
use super::rules::{MissingParent, OnDelete, Rules, UniqueClash};
use super::view::Raw;
use crate::value::Value;
use std::collections::{BTreeMap, BTreeSet};

/// How a row is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// As its raw state says.
    AsRaw,
    /// It is deleted, and shown because something refers to it.
    Revived,
    /// It is not deleted, and not shown.
    Parked,
}

/// How the shown row differs from the raw one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repair {
    /// Whether it is there.
    pub shown: Shown,
    /// References that are shown empty, by position in the rules.
    pub nulled: BTreeSet<usize>,
}

/// What came of looking at some rows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Repairs {
    /// Every row that was looked at: what it was repaired by before does not count any more.
    pub examined: BTreeSet<RowId>,
    /// Those that are not shown as they are.
    pub repairs: BTreeMap<RowId, Repair>,
}

/// The rules say that such a row stops the merge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failed(pub(super) RowId);

/// Finds the repairs of `seeds` and of every row on which theirs depend. Rows beyond need none: they are alive without
/// a clash and with living parents, or dead without living children.
pub fn settle(
    rules: &Rules,
    raw: &dyn Raw,
    seeds: impl IntoIterator<Item = RowId>,
) -> Result<Repairs, RowId> {
    let mut examined: BTreeSet<RowId> = seeds.into_iter().collect();
    loop {
        let mut work = Work::new(rules, raw, &examined);
        work.solve().map_err(|Failed(row)| row)?;
        let Work { reached, shown, .. } = work;
        if reached.is_subset(&examined) {
            return Ok(Repairs { repairs: shown.into_repairs(), examined });
        }
        examined.extend(reached);
    }
}

#[derive(Default)]
struct State {
    /// Alive in the raw state, or revived (true).
    wanted: BTreeMap<RowId, bool>,
    parked: BTreeSet<RowId>,
    nulled: BTreeMap<RowId, BTreeSet<usize>>,
}

impl State {
    fn into_repairs(self) -> BTreeMap<RowId, Repair> {
        let Self { wanted, parked, mut nulled } = self;
        let mut repairs = BTreeMap::new();
        for (row, revived) in wanted {
            let shown = match (revived, parked.contains(&row)) {
                // What would come back and has no place stays away.
                (true, true) => continue,
                (false, true) => Shown::Parked,
                (true, false) => Shown::Revived,
                (false, false) => Shown::AsRaw,
            };
            let nulled = if shown == Shown::Parked { None } else { nulled.remove(&row) };
            let nulled = nulled.unwrap_or_default();
            if shown != Shown::AsRaw || !nulled.is_empty() {
                repairs.insert(row, Repair { shown, nulled });
            }
        }
        repairs
    }
}

struct Work<'a> {
    rules: &'a Rules,
    raw: &'a dyn Raw,
    examined: &'a BTreeSet<RowId>,
    /// Rows on which the answer depends; where some are new, the work begins again with them.
    reached: BTreeSet<RowId>,
    shown: State,
}

impl<'a> Work<'a> {
    fn new(rules: &'a Rules, raw: &'a dyn Raw, examined: &'a BTreeSet<RowId>) -> Self {
        Self { rules, raw, examined, reached: BTreeSet::new(), shown: State::default() }
    }

    fn solve(&mut self) -> Result<(), Failed> {
        let mut queue = Vec::new();
        for row in self.examined {
            match self.is_alive(row) {
                Some(true) => {
                    self.shown.wanted.insert(row.clone(), false);
                    queue.push(row.clone());
                }
                Some(false) => self.reach_children(row, Some(true)),
                None => {}
            }
        }
        while let Some(row) = queue.pop() {
            self.look_for_parents(&row, &mut queue)?;
        }
        let wanted: Vec<RowId> = self.shown.wanted.keys().cloned().collect();
        for row in &wanted {
            self.look_for_claims(row)?;
        }
        let mut parked: Vec<RowId> = self.shown.parked.iter().cloned().collect();
        while let Some(row) = parked.pop() {
            self.leave_children(&row, &mut parked);
        }
        Ok(())
    }

    fn is_alive(&self, row: &RowId) -> Option<bool> {
        self.raw.row(row).map(|row| row.alive)
    }

    /// Children of a row that are alive or dead, as asked; both where nothing is.
    fn children(&self, parent: &RowId) -> Vec<(RowId, usize)> {
        let references = self.rules.references_to(parent.table);
        let of = |(table, number, key): (usize, usize, &super::rules::ForeignKey)| {
            let found = self.raw.holding(table, &key.fields, &parent.key);
            found.into_iter().map(move |child| (child, number)).collect::<Vec<_>>()
        };
        references.flat_map(of).collect()
    }

    fn reach_children(&mut self, parent: &RowId, alive: Option<bool>) {
        for (child, _) in self.children(parent) {
            if alive.is_none() || self.is_alive(&child) == alive {
                self.reached.insert(child);
            }
        }
    }

    fn look_for_parents(&mut self, row: &RowId, queue: &mut Vec<RowId>) -> Result<(), Failed> {
        let Some(image) = self.raw.row(row) else { return Ok(()) };
        for (number, key) in self.rules.tables[row.table].foreign_keys.iter().enumerate() {
            let values = image.pick(&key.fields);
            if values.iter().any(Value::is_null) {
                continue;
            }
            let parent = RowId { table: key.parent, key: values };
            // A parent that never was is an orphan of long ago: not ours to mend.
            if self.is_alive(&parent) != Some(false) {
                continue;
            }
            self.reached.insert(parent.clone());
            match key.on_missing {
                MissingParent::Fail => return Err(Failed(row.clone())),
                MissingParent::SetNull => {
                    self.shown.nulled.entry(row.clone()).or_default().insert(number);
                }
                MissingParent::Park => {
                    self.shown.parked.insert(row.clone());
                }
                MissingParent::Revive => self.revive(parent, queue),
            }
        }
        Ok(())
    }

    fn revive(&mut self, row: RowId, queue: &mut Vec<RowId>) {
        if self.shown.wanted.insert(row.clone(), true).is_some() {
            return;
        }
        for mate in self.fell_with(&row) {
            self.reached.insert(mate.clone());
            self.revive(mate, queue);
        }
        queue.push(row);
    }

    /// Children that a client's cascade deleted together with their parent.
    fn fell_with(&self, parent: &RowId) -> Vec<RowId> {
        let Some((_, fell)) = self.raw.latest(parent).get(&Cell::Life).copied() else { return Vec::new() };
        let cascades = |child: &RowId, number: usize| {
            self.rules.tables[child.table].foreign_keys[number].on_delete == OnDelete::Cascade
        };
        let together = |child: &RowId| {
            let life = self.raw.latest(child).get(&Cell::Life).copied();
            life.is_some_and(|(_, dot)| {
                let between = (dot.seq.min(fell.seq), dot.seq.max(fell.seq));
                dot.replica == fell.replica && self.raw.only_deletions(fell.replica, between)
            })
        };
        let children = self.children(parent).into_iter();
        let dead = children.filter(|(child, number)| {
            cascades(child, *number) && self.is_alive(child) == Some(false) && together(child)
        });
        dead.map(|(child, _)| child).collect()
    }

    /// Of several rows that claim one value the eldest keeps it; a living row comes before a revived one.
    fn look_for_claims(&mut self, row: &RowId) -> Result<(), Failed> {
        let Some(image) = self.raw.row(row) else { return Ok(()) };
        for key in &self.rules.tables[row.table].unique {
            let values = image.pick(&key.fields);
            if values.iter().any(Value::is_null) {
                continue;
            }
            let mut claims = Vec::new();
            for other in self.raw.holding(row.table, &key.fields, &values) {
                match self.shown.wanted.get(&other) {
                    Some(revived) => claims.push((*revived, self.raw.birth(&other), other)),
                    None if self.is_alive(&other) == Some(true) => {
                        self.reached.insert(other);
                    }
                    None => {}
                }
            }
            if claims.len() < 2 {
                continue;
            }
            claims.sort();
            let keeps = claims[0].2 == *row;
            match (keeps, key.on_clash) {
                (true, _) => {}
                (false, UniqueClash::Park) => {
                    self.shown.parked.insert(row.clone());
                }
                (false, UniqueClash::Fail) => return Err(Failed(row.clone())),
            }
        }
        Ok(())
    }

    /// Children of a row that is not shown.
    fn leave_children(&mut self, parent: &RowId, parked: &mut Vec<RowId>) {
        for (child, number) in self.children(parent) {
            if self.is_alive(&child) == Some(true) {
                self.reached.insert(child.clone());
            }
            if !self.shown.wanted.contains_key(&child) {
                continue;
            }
            match self.rules.tables[child.table].foreign_keys[number].on_missing {
                MissingParent::SetNull => {
                    self.shown.nulled.entry(child).or_default().insert(number);
                }
                MissingParent::Revive | MissingParent::Park | MissingParent::Fail => {
                    if self.shown.parked.insert(child.clone()) {
                        parked.push(child);
                    }
                }
            }
        }
    }
}
