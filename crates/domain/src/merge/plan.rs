//! The merge of one replica into another: what of the local raw state changes, and how it is shown afterwards.

use super::alias::Aliases;
use super::canonical::{Canonical, point_to_canonical};
use super::decide::{Half, decide};
use super::entry::{RowId, Touch};
use super::floor::{Reach, reach};
use super::overlay::Overlay;
use super::repair::{Repairs, Unsettled, is_quiet, settle};
use super::report::Finding;
use super::rules::{Identity, MergePolicy, Rules};
use super::versions::Versions;
use super::view::{Raw, Read, Stage, Unread, View};
use crate::dot::{Clock, VersionVector};
use crate::id::TableName;
use crate::value::Value;

/// Rows that are taken from the stage at a time.
const PAGE: usize = 1000;

/// What is to be done besides what lies on the stage, all of it or nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Plan {
    /// Rows under different keys that are one thing, all of them.
    pub aliases: Aliases,
    /// How rows are shown.
    pub repairs: Repairs,
}

/// Why a merge does not take place.
#[derive(Debug, thiserror::Error)]
pub enum Stop {
    /// The rules forbid changes of this table from elsewhere, and there are some.
    #[error("the other side changed {0}, which the rules forbid")]
    Forbidden(TableName),
    /// The rules let no row be without its parent or with a taken value, and one would be.
    #[error("a row of {0} would lack its parent or share a unique value, and the rules let none")]
    Unsettled(TableName),
    /// Lines that one side lacks were dropped on the other, because nobody was known who lacks them.
    #[error("lines that the other lacks were dropped, {0:?}")]
    Unreached(Reach),
    /// A replica or the stage failed.
    #[error(transparent)]
    Unread(#[from] Unread),
}

/// Plans the merge of `theirs` into `ours`: rows, versions and the report go to the stage, the rest is given back. The same
/// two states give the same plan. Memory is needed for rows that are united or repaired, not for those that merely change.
///
/// # Errors
/// [`Stop`]; what lies on the stage is to be thrown away.
pub fn plan(rules: &Rules, ours: &dyn View, theirs: &dyn View, stage: &mut dyn Stage) -> Result<Plan, Stop> {
    let reached = reach((&ours.vector(), &ours.floor()), (&theirs.vector(), &theirs.floor()));
    if reached != Reach::Journals {
        return Err(Stop::Unreached(reached));
    }
    let known = ours.aliases();
    let mut aliases = known.join(&theirs.aliases());
    loop {
        stage.clear()?;
        let ours = Canonical::new(rules, ours, &aliases);
        let theirs = Canonical::new(rules, theirs, &aliases);
        let merged = Overlay { rules, ours: &ours, theirs: &theirs, stage: &mut *stage };
        let alone = (0..rules.tables.len()).map(|table| rules.stands_alone(table)).collect();
        let mut work = Planning { rules, ours: &ours, theirs: &theirs, merged, alone };
        work.decide_rows()?;
        let gone = work.absorb(&known, &aliases)?;
        let mut wider = aliases.clone();
        work.unite_clashes(&mut wider)?;
        if wider == aliases {
            let repairs = work.settle(gone)?;
            return Ok(Plan { aliases, repairs });
        }
        // Seen through the new aliases the rows are one, and all is decided again.
        aliases = wider;
    }
}

struct Planning<'a> {
    rules: &'a Rules,
    ours: &'a Canonical<'a>,
    theirs: &'a Canonical<'a>,
    merged: Overlay<'a>,
    /// Tables whose rows neither refer, nor are referred to, nor can be another one's rival or the same thing.
    alone: Vec<bool>,
}

impl Planning<'_> {
    fn decide_rows(&mut self) -> Result<(), Stop> {
        let (we_know, they_know) = (self.ours.vector(), self.theirs.vector());
        let (ours, theirs) = (self.ours, self.theirs);
        let (mut mine, mut new) = (ours.touched(&they_know), theirs.touched(&we_know));
        let (mut a, mut b) = (mine.next().transpose()?, new.next().transpose()?);
        loop {
            let id = match (&a, &b) {
                (None, None) => return Ok(()),
                (Some((a, _)), Some((b, _))) => a.min(b).clone(),
                (Some((id, _)), None) | (None, Some((id, _))) => id.clone(),
            };
            let (mut our_touches, mut their_touches) = (Vec::new(), Vec::new());
            if let Some((_, touches)) = a.take_if(|(at, _)| *at == id) {
                our_touches = touches;
                a = mine.next().transpose()?;
            }
            if let Some((_, touches)) = b.take_if(|(at, _)| *at == id) {
                their_touches = touches;
                b = new.next().transpose()?;
            }
            let rules = &self.rules.tables[id.table];
            match rules.policy {
                MergePolicy::LocalOnly => continue,
                MergePolicy::Forbidden if their_touches.iter().any(|touch| !touch.is_of_step()) => {
                    return Err(Stop::Forbidden(rules.name.clone()));
                }
                _ => {}
            }
            self.decide_row(&id, (&our_touches, &their_touches), (&we_know, &they_know))?;
        }
    }

    fn decide_row(
        &mut self,
        id: &RowId,
        (a, b): (&[Touch], &[Touch]),
        (we_know, they_know): (&VersionVector, &VersionVector),
    ) -> Read<()> {
        let half = |side: &Canonical<'_>, touches, knows| {
            Read::Ok(Half { row: side.row(id)?, touches, versions: side.versions(id)?, knows })
        };
        let (ours, theirs) = (half(self.ours, a, we_know)?, half(self.theirs, b, they_know)?);
        let Some(decided) = decide(&self.rules.tables[id.table], id, &ours, &theirs) else { return Ok(()) };
        let is_united = self.ours.is_united(id);
        if is_united || ours.row.as_ref() != Some(&decided.row) {
            self.merged.set(id, Some(decided.row))?;
        }
        if is_united || ours.versions != decided.versions {
            self.merged.hold(id, decided.versions)?;
        }
        for finding in decided.findings {
            self.merged.stage.tell(finding)?;
        }
        // What becomes of such a row concerns no other one.
        if self.alone[id.table] { Ok(()) } else { self.merged.stage.touch(id) }
    }

    /// Rows of classes that are new to us: the eldest holds what they amount to, the others are gone, and every reference
    /// names the eldest. Gives those that are gone.
    fn absorb(&mut self, known: &Aliases, aliases: &Aliases) -> Read<Vec<RowId>> {
        let mut all_gone = Vec::new();
        for class in aliases.classes() {
            let Some(any) = class.keys().next() else { continue };
            let members = aliases.members(any);
            if known.members(any) == members {
                continue;
            }
            let (kept, gone) = (&members[0], &members[1..]);
            self.take_over(kept)?;
            for gone in gone {
                self.merged.set(gone, None)?;
                self.merged.hold(gone, Versions::default())?;
                let (kept, gone) = (kept.clone(), gone.clone());
                self.merged.stage.tell(Finding::United { kept, gone })?;
            }
            all_gone.extend_from_slice(gone);
            self.point_children_to(kept, aliases)?;
        }
        Ok(all_gone)
    }

    fn take_over(&mut self, kept: &RowId) -> Read<()> {
        if self.merged.stage.get(kept)?.is_none() {
            let row = self.ours.row(kept)?;
            self.merged.set(kept, row)?;
            let versions = self.ours.versions(kept)?;
            self.merged.hold(kept, versions)?;
        }
        self.merged.stage.touch(kept)
    }

    fn point_children_to(&mut self, kept: &RowId, aliases: &Aliases) -> Read<()> {
        let rules = self.rules;
        for (table, _, key) in rules.references_to(kept.table) {
            for child in self.merged.holding(table, &key.fields, &kept.key)? {
                if let Some(mut row) = self.merged.row(&child)? {
                    point_to_canonical(rules, aliases, table, &mut row);
                    self.merged.set(&child, Some(row))?;
                    self.merged.stage.touch(&child)?;
                }
            }
        }
        Ok(())
    }

    /// Rows that were entered under one natural key and have different keys become one class.
    fn unite_clashes(&mut self, aliases: &mut Aliases) -> Read<()> {
        let is_natural = |table: usize| matches!(self.rules.tables[table].identity, Identity::NaturalKey(_));
        let mut last = None;
        loop {
            let page = self.merged.stage.touched(last.as_ref(), PAGE)?;
            let Some(end) = page.last().cloned() else { return Ok(()) };
            for id in page.iter().filter(|id| is_natural(id.table)) {
                for values in self.merged.claims(id)? {
                    if !values.iter().any(Value::is_null) {
                        self.unite_claimants(id.table, &values, aliases)?;
                    }
                }
            }
            last = Some(end);
        }
    }

    fn unite_claimants(&self, table: usize, values: &[Value], aliases: &mut Aliases) -> Read<()> {
        let same = self.merged.claiming(table, values)?;
        if same.len() < 2 {
            return Ok(());
        }
        let mut class: Vec<(RowId, Clock)> = Vec::new();
        for row in same {
            let birth = self.merged.birth(&row)?;
            class.push((row, birth));
        }
        aliases.unite(class);
        Ok(())
    }

    fn settle(self, gone: Vec<RowId>) -> Result<Repairs, Stop> {
        let mut seeds = self.ours.repaired()?;
        seeds.extend(self.theirs.repaired()?);
        let mut last = None;
        loop {
            let page = self.merged.stage.touched(last.as_ref(), PAGE)?;
            let Some(end) = page.last().cloned() else { break };
            for id in page {
                if !is_quiet(self.rules, &self.merged, &id)? {
                    seeds.push(id);
                }
            }
            last = Some(end);
        }
        let mut repairs = settle(self.rules, &self.merged, seeds).map_err(|stopped| match stopped {
            Unsettled::Row(row) => Stop::Unsettled(self.rules.tables[row.table].name.clone()),
            Unsettled::Unread(error) => Stop::Unread(error),
        })?;
        for (row, repair) in &repairs.repairs {
            for finding in repair.findings(row) {
                self.merged.stage.tell(finding)?;
            }
        }
        // A key that stands for nothing any more needs no repair.
        repairs.examined.extend(gone);
        Ok(repairs)
    }
}
