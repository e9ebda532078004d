//! The merge of one replica into another: what of the local raw state changes, and how it is shown afterwards.

use super::alias::Aliases;
use super::canonical::{Canonical, point_to_canonical};
use super::decide::{Half, decide};
use super::entry::{Row, RowId, Touch};
use super::overlay::Overlay;
use super::repair::{Repairs, Shown, settle};
use super::report::Finding;
use super::rules::{Identity, MergePolicy, Rules};
use super::versions::Versions;
use super::view::{Raw, View};
use crate::dot::{Clock, VersionVector};
use crate::id::TableName;
use crate::value::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What is to be done to the local replica, all of it or nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Plan {
    /// Raw rows as they are from now on; none where another key stands for the row.
    pub rows: BTreeMap<RowId, Option<Row>>,
    /// Open versions of rows, where they change; empty where nothing is open any more.
    pub versions: BTreeMap<RowId, Versions>,
    /// Rows under different keys that are one thing, all of them.
    pub aliases: Aliases,
    /// How rows are shown.
    pub repairs: Repairs,
    /// What is to be told, in the order of the rows.
    pub findings: Vec<Finding>,
}

/// Why a merge does not take place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Stop {
    /// The rules forbid changes of this table from elsewhere, and there are some.
    #[error("the other side changed {0}, which the rules forbid")]
    Forbidden(TableName),
    /// The rules let no row be without its parent or with a taken value, and one would be.
    #[error("a row of {0} would lack its parent or share a unique value, and the rules let none")]
    Unsettled(TableName),
}

/// Plans the merge of `theirs` into `ours`. The same two states give the same plan; nothing is written.
///
/// # Errors
/// [`Stop`].
pub fn plan(rules: &Rules, ours: &dyn View, theirs: &dyn View) -> Result<Plan, Stop> {
    let known = ours.aliases();
    let mut aliases = known.join(&theirs.aliases());
    loop {
        let ours = Canonical::new(rules, ours, &aliases);
        let theirs = Canonical::new(rules, theirs, &aliases);
        let mut work = Planning::new(rules, &ours, &theirs);
        work.decide_rows()?;
        work.absorb(&known, &aliases);
        let clashes = work.clashes();
        if clashes.is_empty() {
            return work.finish(&aliases);
        }
        // Seen through the new aliases the rows are one, and all is decided again.
        let mut wider = aliases.clone();
        clashes.into_iter().for_each(|class| wider.unite(class));
        aliases = wider;
    }
}

struct Planning<'a> {
    rules: &'a Rules,
    ours: &'a Canonical<'a>,
    theirs: &'a Canonical<'a>,
    merged: Overlay<'a>,
    touched: BTreeSet<RowId>,
    versions: BTreeMap<RowId, Versions>,
    findings: Vec<Finding>,
}

impl<'a> Planning<'a> {
    fn new(rules: &'a Rules, ours: &'a Canonical<'a>, theirs: &'a Canonical<'a>) -> Self {
        let merged = Overlay::new(rules, ours, theirs);
        let (touched, versions, findings) = (BTreeSet::new(), BTreeMap::new(), Vec::new());
        Self { rules, ours, theirs, merged, touched, versions, findings }
    }

    fn decide_rows(&mut self) -> Result<(), Stop> {
        let (we_know, they_know) = (self.ours.vector(), self.theirs.vector());
        let (ours, theirs) = (self.ours, self.theirs);
        let mut mine = ours.touched(&they_know).peekable();
        let mut new = theirs.touched(&we_know).peekable();
        loop {
            let id = match (mine.peek(), new.peek()) {
                (None, None) => return Ok(()),
                (Some((a, _)), Some((b, _))) => a.min(b).clone(),
                (Some((id, _)), None) | (None, Some((id, _))) => id.clone(),
            };
            let a = mine.next_if(|(at, _)| *at == id).map_or(Vec::new(), |(_, touches)| touches);
            let b = new.next_if(|(at, _)| *at == id).map_or(Vec::new(), |(_, touches)| touches);
            let rules = &self.rules.tables[id.table];
            match rules.policy {
                MergePolicy::LocalOnly => continue,
                MergePolicy::Forbidden if !b.is_empty() => return Err(Stop::Forbidden(rules.name.clone())),
                _ => {}
            }
            self.decide_row(&id, (&a, &b), (&we_know, &they_know));
        }
    }

    fn decide_row(
        &mut self,
        id: &RowId,
        (a, b): (&[Touch], &[Touch]),
        (we_know, they_know): (&VersionVector, &VersionVector),
    ) {
        let half = |side: &Canonical<'_>, touches, knows| Half {
            row: side.row(id),
            touches,
            versions: side.versions(id),
            knows,
        };
        let (ours, theirs) = (half(self.ours, a, we_know), half(self.theirs, b, they_know));
        let Some(decided) = decide(&self.rules.tables[id.table], id, &ours, &theirs) else { return };
        if ours.row.as_ref() != Some(&decided.row) {
            self.merged.set(id, Some(decided.row));
        }
        if ours.versions != decided.versions {
            self.versions.insert(id.clone(), decided.versions);
        }
        self.findings.extend(decided.findings);
        self.touched.insert(id.clone());
    }

    /// Rows of classes that are new to us: the eldest holds what they amount to, the others are gone, and every reference
    /// names the eldest.
    fn absorb(&mut self, known: &Aliases, aliases: &Aliases) {
        for class in aliases.classes() {
            let Some(any) = class.keys().next() else { continue };
            let members = aliases.members(any);
            if known.members(any) == members {
                continue;
            }
            let kept = &members[0];
            if let Some(row) = self.merged.row(kept) {
                self.merged.set(kept, Some(row));
                let versions = self.versions.remove(kept).unwrap_or_else(|| self.ours.versions(kept));
                self.versions.insert(kept.clone(), versions);
            }
            self.touched.insert(kept.clone());
            for gone in &members[1..] {
                self.merged.set(gone, None);
                self.versions.insert(gone.clone(), Versions::default());
                self.findings.push(Finding::United { kept: kept.clone(), gone: gone.clone() });
            }
            for (table, _, key) in self.rules.references_to(kept.table) {
                for child in self.merged.holding(table, &key.fields, &kept.key) {
                    if let Some(mut row) = self.merged.row(&child) {
                        point_to_canonical(self.rules, aliases, table, &mut row);
                        self.merged.set(&child, Some(row));
                        self.touched.insert(child);
                    }
                }
            }
        }
    }

    /// Rows that were entered under one natural key and have different keys, with their births.
    fn clashes(&self) -> Vec<Vec<(RowId, Clock)>> {
        let mut found = Vec::new();
        let mut seen = BTreeSet::new();
        for id in &self.touched {
            if !matches!(self.rules.tables[id.table].identity, Identity::NaturalKey(_)) {
                continue;
            }
            for values in self.merged.claims(id) {
                if values.iter().any(Value::is_null) || !seen.insert((id.table, values.clone())) {
                    continue;
                }
                let same = self.merged.claiming(id.table, &values).into_iter();
                let same: Vec<_> = same.map(|other| (other.clone(), self.merged.birth(&other))).collect();
                if same.len() > 1 {
                    found.push(same);
                }
            }
        }
        found
    }

    fn finish(self, aliases: &Aliases) -> Result<Plan, Stop> {
        let before = self.ours.repaired().into_iter().chain(self.theirs.repaired());
        let seeds: BTreeSet<RowId> = self.touched.iter().cloned().chain(before).collect();
        let mut repairs = settle(self.rules, &self.merged, seeds)
            .map_err(|row| Stop::Unsettled(self.rules.tables[row.table].name.clone()))?;
        let mut findings = self.findings;
        for (row, repair) in &repairs.repairs {
            match repair.shown {
                Shown::AsRaw => {}
                Shown::Revived => findings.push(Finding::Revived { row: row.clone() }),
                Shown::Parked => findings.push(Finding::Parked { row: row.clone() }),
            }
            let nulled = repair.nulled.iter();
            findings
                .extend(nulled.map(|reference| Finding::Nulled { row: row.clone(), reference: *reference }));
        }
        let rows = self.merged.into_rows();
        // A key that stands for nothing any more needs no repair.
        let gone = rows.iter().filter(|(_, row)| row.is_none()).map(|(id, _)| id.clone());
        repairs.examined.extend(gone);
        Ok(Plan { rows, versions: self.versions, aliases: aliases.clone(), repairs, findings })
    }
}
