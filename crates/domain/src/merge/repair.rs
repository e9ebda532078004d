//! From the raw rows to the shown ones: parents that are referred to come back, rows whose value is taken are parked, and
//! references to what is not shown follow the rules. A function of the raw rows alone.

use super::entry::{Cell, RowId};
use super::report::Finding;
use super::rules::{MissingParent, OnDelete, Rules, UniqueClash};
use super::view::{Raw, Read, Unread};
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

/// Why there are none.
#[derive(Debug)]
pub enum Unsettled {
    /// The rules say that such a row stops the merge.
    Row(RowId),
    /// The rows could not be read.
    Unread(Unread),
}

impl From<Unread> for Unsettled {
    fn from(error: Unread) -> Self {
        Self::Unread(error)
    }
}

impl Repair {
    /// What is to be told of it.
    pub(super) fn findings(&self, row: &RowId) -> Vec<Finding> {
        let row = row.clone();
        let shown = match self.shown {
            Shown::AsRaw => None,
            Shown::Revived => Some(Finding::Revived { row: row.clone() }),
            Shown::Parked => Some(Finding::Parked { row: row.clone() }),
        };
        let nulled = self.nulled.iter();
        let nulled = nulled.map(|reference| Finding::Nulled { row: row.clone(), reference: *reference });
        shown.into_iter().chain(nulled).collect()
    }
}

/// Needs no repair, and its neighbours none because of it: alive, with living parents and no rival; or dead without living
/// children.
///
/// # Errors
/// [`Unread`].
pub(super) fn is_quiet(rules: &Rules, raw: &dyn Raw, id: &RowId) -> Read<bool> {
    let Some(row) = raw.row(id)? else { return Ok(true) };
    if !row.alive {
        for (child, _) in children(rules, raw, id)? {
            if is_alive(raw, &child)? == Some(true) {
                return Ok(false);
            }
        }
        return Ok(true);
    }
    for key in &rules.tables[id.table].foreign_keys {
        let parent = RowId { table: key.parent, key: row.pick(&key.fields) };
        if is_alive(raw, &parent)? == Some(false) {
            return Ok(false);
        }
    }
    for key in &rules.tables[id.table].unique {
        let values = row.pick(&key.fields);
        if values.iter().any(Value::is_null) {
            continue;
        }
        // A dead rival may come back, and then this row has to be looked at with it.
        if raw.holding(id.table, &key.fields, &values)?.len() > 1 {
            return Ok(false);
        }
    }
    Ok(true)
}

fn is_alive(raw: &dyn Raw, row: &RowId) -> Read<Option<bool>> {
    Ok(raw.row(row)?.map(|row| row.alive))
}

/// Every row that refers to `parent`, and by which reference.
fn children(rules: &Rules, raw: &dyn Raw, parent: &RowId) -> Read<Vec<(RowId, usize)>> {
    let mut children = Vec::new();
    for (table, number, key) in rules.references_to(parent.table) {
        let found = raw.holding(table, &key.fields, &parent.key)?;
        children.extend(found.into_iter().map(|child| (child, number)));
    }
    Ok(children)
}

/// Finds the repairs of `seeds` and of every row on which theirs depend. Rows beyond need none: they are quiet.
///
/// # Errors
/// [`Unsettled`].
pub fn settle(
    rules: &Rules,
    raw: &dyn Raw,
    seeds: impl IntoIterator<Item = RowId>,
) -> Result<Repairs, Unsettled> {
    let mut examined: BTreeSet<RowId> = seeds.into_iter().collect();
    loop {
        let mut work = Work::new(rules, raw, &examined);
        work.solve()?;
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

    fn solve(&mut self) -> Result<(), Unsettled> {
        let mut queue = Vec::new();
        for row in self.examined {
            match is_alive(self.raw, row)? {
                Some(true) => {
                    self.shown.wanted.insert(row.clone(), false);
                    queue.push(row.clone());
                }
                Some(false) => self.reach_living_children(row)?,
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
            self.leave_children(&row, &mut parked)?;
        }
        Ok(())
    }

    fn reach_living_children(&mut self, parent: &RowId) -> Read<()> {
        for (child, _) in children(self.rules, self.raw, parent)? {
            if is_alive(self.raw, &child)? == Some(true) {
                self.reached.insert(child);
            }
        }
        Ok(())
    }

    fn look_for_parents(&mut self, row: &RowId, queue: &mut Vec<RowId>) -> Result<(), Unsettled> {
        let Some(image) = self.raw.row(row)? else { return Ok(()) };
        for (number, key) in self.rules.tables[row.table].foreign_keys.iter().enumerate() {
            let values = image.pick(&key.fields);
            if values.iter().any(Value::is_null) {
                continue;
            }
            let parent = RowId { table: key.parent, key: values };
            // A parent that never was is an orphan of long ago: not ours to mend.
            if is_alive(self.raw, &parent)? != Some(false) {
                continue;
            }
            self.reached.insert(parent.clone());
            match key.on_missing {
                MissingParent::Fail => return Err(Unsettled::Row(row.clone())),
                MissingParent::SetNull => {
                    self.shown.nulled.entry(row.clone()).or_default().insert(number);
                }
                MissingParent::Park => {
                    self.shown.parked.insert(row.clone());
                }
                MissingParent::Revive => self.revive(parent, queue)?,
            }
        }
        Ok(())
    }

    /// The row, and what its deletion took along.
    fn revive(&mut self, row: RowId, queue: &mut Vec<RowId>) -> Read<()> {
        let mut returning = vec![row];
        while let Some(row) = returning.pop() {
            if self.shown.wanted.insert(row.clone(), true).is_some() {
                continue;
            }
            let mates = self.fell_with(&row)?;
            self.reached.extend(mates.iter().cloned());
            returning.extend(mates);
            queue.push(row);
        }
        Ok(())
    }

    /// Children that a client's cascade deleted together with their parent.
    fn fell_with(&self, parent: &RowId) -> Read<Vec<RowId>> {
        let Some((_, fell)) = self.raw.latest(parent)?.get(&Cell::Life).copied() else {
            return Ok(Vec::new());
        };
        let mut mates = Vec::new();
        for (child, number) in children(self.rules, self.raw, parent)? {
            let key = &self.rules.tables[child.table].foreign_keys[number];
            if key.on_delete != OnDelete::Cascade || is_alive(self.raw, &child)? != Some(false) {
                continue;
            }
            let Some((_, dot)) = self.raw.latest(&child)?.get(&Cell::Life).copied() else { continue };
            let between = (dot.seq.min(fell.seq), dot.seq.max(fell.seq));
            if dot.replica == fell.replica && self.raw.only_deletions(fell.replica, between)? {
                mates.push(child);
            }
        }
        Ok(mates)
    }

    /// Of several rows that claim one value the eldest keeps it; a living row comes before a revived one.
    fn look_for_claims(&mut self, row: &RowId) -> Result<(), Unsettled> {
        let Some(image) = self.raw.row(row)? else { return Ok(()) };
        for key in &self.rules.tables[row.table].unique {
            let values = image.pick(&key.fields);
            if values.iter().any(Value::is_null) {
                continue;
            }
            let holding = self.raw.holding(row.table, &key.fields, &values)?;
            if holding.len() < 2 {
                continue;
            }
            let mut claims = Vec::new();
            for other in holding {
                match self.shown.wanted.get(&other) {
                    Some(revived) => claims.push((*revived, self.raw.birth(&other)?, other)),
                    None if is_alive(self.raw, &other)? == Some(true) => {
                        self.reached.insert(other);
                    }
                    None => {}
                }
            }
            let keeps = claims.iter().min().is_none_or(|(_, _, first)| first == row);
            match (keeps, key.on_clash) {
                (true, _) => {}
                (false, UniqueClash::Park) => {
                    self.shown.parked.insert(row.clone());
                }
                (false, UniqueClash::Fail) => return Err(Unsettled::Row(row.clone())),
            }
        }
        Ok(())
    }

    /// Children of a row that is not shown.
    fn leave_children(&mut self, parent: &RowId, parked: &mut Vec<RowId>) -> Read<()> {
        for (child, number) in children(self.rules, self.raw, parent)? {
            if is_alive(self.raw, &child)? == Some(true) {
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
        Ok(())
    }
}
