//! The reference replica: every write in memory, raw and shown rows kept apart as the domain says.

use super::stage::MemoryStage;
use lifeboat_domain::dot::{Clock, Dot, VersionVector};
use lifeboat_domain::hlc::Hlc;
use lifeboat_domain::id::ReplicaId;
use lifeboat_domain::merge::{
    Aliases, Canonical, Cell, Cells, Change, Entry, Finding, Identity, Latest, MergePolicy, OnDelete, Plan,
    Raw, Read, Repair, Row, RowId, Rows, Rules, Shown, Split, Stamp, Stop, Touch, Versions, View, diverge,
    plan, touches,
};
use lifeboat_domain::time::UtcMillis;
use lifeboat_domain::value::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

const NEVER: &str = "because memory is always read";

/// Why a client's write was refused, as a database would refuse it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// The key is taken.
    Taken,
    /// There is no such row.
    Absent,
    /// A parent is not there.
    Orphan,
    /// Children are still there.
    HasChildren,
    /// Another row has the value.
    NotUnique,
}

/// One replica. A clone is a copy of its file, name included.
#[derive(Debug, Clone)]
pub struct MemoryReplica {
    rules: Arc<Rules>,
    id: ReplicaId,
    last: Hlc,
    noise: u16,
    log: BTreeMap<Dot, Entry>,
    vector: VersionVector,
    rows: BTreeMap<RowId, Row>,
    versions: BTreeMap<RowId, Versions>,
    aliases: Aliases,
    /// Natural keys under which rows were entered.
    claims: BTreeMap<RowId, BTreeSet<Vec<Value>>>,
    repairs: BTreeMap<RowId, Repair>,
    /// Rows of append-only tables that a client changed: shown so until the next merge. None: deleted.
    violated: BTreeMap<RowId, Option<Row>>,
}

impl MemoryReplica {
    /// An empty one.
    #[must_use]
    pub fn new(rules: Arc<Rules>, id: ReplicaId) -> Self {
        Self {
            rules,
            id,
            last: Hlc::ZERO,
            noise: 0,
            log: BTreeMap::new(),
            vector: VersionVector::default(),
            rows: BTreeMap::new(),
            versions: BTreeMap::new(),
            aliases: Aliases::default(),
            claims: BTreeMap::new(),
            repairs: BTreeMap::new(),
            violated: BTreeMap::new(),
        }
    }

    /// One that begins with rows that nobody wrote down: as they were when tracking began, on every replica alike.
    #[must_use]
    pub fn adopting(rules: Arc<Rules>, id: ReplicaId, rows: impl IntoIterator<Item = (RowId, Row)>) -> Self {
        Self { rows: rows.into_iter().collect(), ..Self::new(rules, id) }
    }

    /// How rows are shown that are not shown as they are.
    #[must_use]
    pub fn repairs(&self) -> &BTreeMap<RowId, Repair> {
        &self.repairs
    }

    /// Its name.
    #[must_use]
    pub fn id(&self) -> ReplicaId {
        self.id
    }

    /// A name of its own, as a restore by Lifeboat gives: no dot is ever issued twice.
    pub fn rename_self(&mut self, id: ReplicaId) {
        self.id = id;
    }

    /// The random bits of the writes from now on.
    pub fn set_noise(&mut self, noise: u16) {
        self.noise = noise;
    }

    /// Every line of the journal.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.log.values()
    }

    /// The raw rows, open versions and aliases: equal on replicas that know the same.
    #[must_use]
    pub fn raw_state(&self) -> (BTreeMap<RowId, Row>, BTreeMap<RowId, Versions>, Aliases) {
        let canonical = Canonical::new(&self.rules, self, &self.aliases);
        let open = self.versions.iter().filter(|(_, versions)| !versions.is_empty());
        let open = open.map(|(row, _)| (row.clone(), canonical.versions(row).expect(NEVER)));
        (self.rows.clone(), open.collect(), self.aliases.clone())
    }

    /// What a client sees.
    #[must_use]
    pub fn shown(&self) -> BTreeMap<RowId, Vec<Value>> {
        self.rows.keys().filter_map(|id| Some((id.clone(), self.shown_row(id)?))).collect()
    }

    fn shown_row(&self, id: &RowId) -> Option<Vec<Value>> {
        if let Some(violated) = self.violated.get(id) {
            return violated.clone().map(|row| row.values);
        }
        let row = self.rows.get(id)?;
        let repair = self.repairs.get(id);
        let is_there = match repair.map_or(Shown::AsRaw, |repair| repair.shown) {
            Shown::AsRaw => row.alive,
            Shown::Revived => true,
            Shown::Parked => false,
        };
        let mut values = row.values.clone();
        for number in repair.iter().flat_map(|repair| &repair.nulled) {
            for field in &self.rules.tables[id.table].foreign_keys[*number].fields {
                values[*field] = Value::Null;
            }
        }
        is_there.then_some(values)
    }

    /// Adds a row, as an INSERT does.
    ///
    /// # Errors
    /// [`Refused`]; nothing was changed.
    pub fn insert(&mut self, now: UtcMillis, table: usize, values: Vec<Value>) -> Result<Dot, Refused> {
        let key = self.rules.tables[table].key.iter().map(|field| values[*field].clone()).collect();
        let id = RowId { table, key };
        if self.shown_row(&id).is_some() {
            return Err(Refused::Taken);
        }
        // A key that stands for another row since a merge: as if the number had been given again.
        if self.aliases.canonical(&id) != id {
            return Err(Refused::Taken);
        }
        self.check(&id, &values)?;
        if let Identity::NaturalKey(fields) = &self.rules.tables[table].identity {
            let claim = fields.iter().map(|field| values[*field].clone()).collect();
            self.claims.entry(id.clone()).or_default().insert(claim);
        }
        Ok(self.write(now, id, Change::Insert, Some(values)))
    }

    /// Changes one column, as an UPDATE does.
    ///
    /// # Errors
    /// [`Refused`]; nothing was changed.
    pub fn update(&mut self, now: UtcMillis, id: &RowId, field: usize, value: Value) -> Result<Dot, Refused> {
        let mut values = self.shown_row(id).ok_or(Refused::Absent)?;
        values[field] = value;
        self.check(id, &values)?;
        let cells: Cells = std::iter::once(field).collect();
        Ok(self.write(now, id.clone(), Change::Update(cells), Some(values)))
    }

    /// Removes a row with its cascades, as a DELETE does.
    ///
    /// # Errors
    /// [`Refused`]; nothing was changed.
    pub fn delete(&mut self, now: UtcMillis, id: &RowId) -> Result<Dot, Refused> {
        self.shown_row(id).ok_or(Refused::Absent)?;
        let mut falling = vec![id.clone()];
        let mut nulled = Vec::new();
        let mut at = 0;
        while at < falling.len() {
            for (child, number) in self.shown_children(&falling[at].clone()) {
                match self.rules.tables[child.table].foreign_keys[number].on_delete {
                    OnDelete::Nothing if falling.contains(&child) => {}
                    OnDelete::Nothing => return Err(Refused::HasChildren),
                    OnDelete::Cascade if !falling.contains(&child) => falling.push(child),
                    OnDelete::Cascade => {}
                    OnDelete::SetNull => nulled.push((child, number)),
                }
            }
            at += 1;
        }
        for (child, number) in nulled {
            let Some(mut values) = self.shown_row(&child) else { continue };
            let fields = self.rules.tables[child.table].foreign_keys[number].fields.clone();
            fields.iter().for_each(|field| values[*field] = Value::Null);
            self.write(now, child, Change::Update(fields.into_iter().collect()), Some(values));
        }
        let dots: Vec<Dot> =
            falling.into_iter().map(|row| self.write(now, row, Change::Delete, None)).collect();
        Ok(dots[0])
    }

    fn shown_children(&self, parent: &RowId) -> Vec<(RowId, usize)> {
        let references = self.rules.references_to(parent.table);
        let of = references.flat_map(|(table, number, key)| {
            let refers = move |(id, values): (RowId, Vec<Value>)| {
                let named: Vec<Value> = key.fields.iter().map(|field| values[*field].clone()).collect();
                (id.table == table && named == parent.key).then_some((id, number))
            };
            self.shown().into_iter().filter_map(refers)
        });
        of.collect()
    }

    fn check(&self, id: &RowId, values: &[Value]) -> Result<(), Refused> {
        let pick = |fields: &[usize]| -> Vec<Value> { fields.iter().map(|f| values[*f].clone()).collect() };
        let rules = &self.rules.tables[id.table];
        for key in &rules.foreign_keys {
            let parent = RowId { table: key.parent, key: pick(&key.fields) };
            let empty = parent.key.iter().any(Value::is_null);
            if !empty && parent != *id && self.shown_row(&parent).is_none() {
                return Err(Refused::Orphan);
            }
        }
        for key in &rules.unique {
            let wanted = pick(&key.fields);
            let takes = |(other, held): (&RowId, &Vec<Value>)| {
                let held: Vec<Value> = key.fields.iter().map(|field| held[*field].clone()).collect();
                other.table == id.table && other != id && held == wanted
            };
            if !wanted.iter().any(Value::is_null) && self.shown().iter().any(takes) {
                return Err(Refused::NotUnique);
            }
        }
        Ok(())
    }

    /// One line of the journal and what it does.
    fn write(&mut self, now: UtcMillis, id: RowId, change: Change, values: Option<Vec<Value>>) -> Dot {
        let touch = self.issue(now, change);
        let policy = self.rules.tables[id.table].policy;
        if policy == MergePolicy::AppendOnly && self.rows.contains_key(&id) {
            self.violated.insert(id.clone(), values.map(|values| Row { alive: true, values }));
        } else {
            self.write_raw(&id, change, values);
        }
        let cells = self.rules.tables[id.table].cells().filter(|cell| touches(policy, change, *cell));
        let cells: Vec<Cell> = cells.collect();
        if let Some(open) = self.versions.get_mut(&id) {
            cells.into_iter().for_each(|cell| open.close(cell));
        }
        let dot = touch.dot;
        self.log.insert(dot, Entry { touch, row: Some(id) });
        dot
    }

    /// What a repair shows otherwise stays in the raw row as it was.
    fn write_raw(&mut self, id: &RowId, change: Change, values: Option<Vec<Value>>) {
        let mut row = self.rows.remove(id).unwrap_or(Row { alive: false, values: Vec::new() });
        row.alive = change != Change::Delete;
        match (change, values) {
            (Change::Update(cells), Some(values)) => {
                for (field, value) in values.into_iter().enumerate().filter(|(field, _)| cells.has(*field)) {
                    row.values[field] = value;
                }
            }
            (_, Some(values)) => row.values = values,
            (_, None) => {}
        }
        self.rows.insert(id.clone(), row);
        let Some(mut repair) = self.repairs.remove(id) else { return };
        repair.shown = Shown::AsRaw;
        let keys = &self.rules.tables[id.table].foreign_keys;
        repair.nulled.retain(|number| match change {
            Change::Update(cells) => !keys[*number].fields.iter().any(|field| cells.has(*field)),
            Change::Insert | Change::Delete => false,
        });
        if !repair.nulled.is_empty() {
            self.repairs.insert(id.clone(), repair);
        }
    }

    fn issue(&mut self, now: UtcMillis, change: Change) -> Touch {
        self.last = self.last.next(now);
        let dot = Dot { replica: self.id, seq: self.vector.of(self.id) + 1 };
        self.vector.raise(dot);
        let clock = Clock { hlc: self.last, noise: self.noise, replica: self.id };
        Touch { dot, clock, change }
    }

    /// Takes over all that `other` knows.
    ///
    /// # Errors
    /// [`Stop`]; nothing was changed.
    ///
    /// # Panics
    /// Never: the reference drops no line of its journal.
    pub fn merge(&mut self, other: &Self, now: UtcMillis) -> Result<Vec<Finding>, Stop> {
        let (mut ours, mut theirs) = (self.clone(), other.clone());
        while let Some(split) = ours.divergence(&theirs) {
            if split.ours { ours.split(split) } else { theirs.split(split) }
        }
        let rules = Arc::clone(&ours.rules);
        let mut stage = MemoryStage::default();
        let plan = plan(&rules, &ours, &theirs, &mut stage)?;
        let findings = std::mem::take(&mut stage.findings);
        ours.apply(plan, stage, &theirs, now);
        *self = ours;
        Ok(findings)
    }

    fn apply(&mut self, plan: Plan, stage: MemoryStage, theirs: &Self, now: UtcMillis) {
        for (id, row) in stage.rows {
            match row {
                Some(row) => drop(self.rows.insert(id, row)),
                None => drop(self.rows.remove(&id)),
            }
        }
        self.versions.extend(stage.versions);
        self.aliases = plan.aliases;
        for id in &plan.repairs.examined {
            self.repairs.remove(id);
            self.violated.remove(id);
        }
        self.repairs.extend(plan.repairs.repairs);
        let new = theirs.log.iter().filter(|(dot, _)| !self.vector.includes(**dot));
        let new: Vec<(Dot, Entry)> = new.map(|(dot, entry)| (*dot, entry.clone())).collect();
        let newest =
            new.iter().filter(|(_, entry)| entry.row.is_some()).map(|(_, e)| e.touch.clock.hlc).max();
        self.log.extend(new);
        self.vector.join(&theirs.vector);
        for (row, claims) in &theirs.claims {
            self.claims.entry(row.clone()).or_default().extend(claims.iter().cloned());
        }
        // Only for writes: two idle replicas would otherwise answer one another for ever.
        if let Some(newest) = newest.filter(|newest| *newest > self.last) {
            self.last = newest;
            let touch = self.issue(now, Change::Update(Cells::default()));
            self.log.insert(touch.dot, Entry { touch, row: None });
        }
    }

    fn divergence(&self, other: &Self) -> Option<Split> {
        let common = self.vector.meet(&other.vector);
        let stamp = |side: &Self, replica, seq| {
            let entry = side.log.get(&Dot { replica, seq });
            // Numbers below the first own one of a branch belong to the replica that it left.
            Some(entry.map_or(Stamp { hlc: Hlc::ZERO, noise: 0 }, |entry| entry.touch.clock.into()))
        };
        common.iter().find_map(|dot| {
            let (replica, seq) = (dot.replica, dot.seq);
            let found = diverge(replica, seq, |s| stamp(self, replica, s), |s| stamp(other, replica, s));
            found.expect("because no stamp was dropped")
        })
    }

    fn split(&mut self, split: Split) {
        let renamed = |dot: Dot| match dot.replica == split.replica && dot.seq > split.after {
            true => Dot { replica: split.to, ..dot },
            false => dot,
        };
        let log = std::mem::take(&mut self.log);
        for (dot, mut entry) in log {
            entry.touch.dot = renamed(dot);
            entry.touch.clock.replica = entry.touch.dot.replica;
            self.log.insert(entry.touch.dot, entry);
        }
        for versions in self.versions.values_mut() {
            versions.rename(renamed);
        }
        let last = self.vector.of(split.replica);
        self.vector.cut(split.replica, split.after);
        self.vector.raise(Dot { replica: split.to, seq: last });
        if self.id == split.replica {
            self.id = split.to;
        }
    }
}

impl Raw for MemoryReplica {
    fn row(&self, row: &RowId) -> Read<Option<Row>> {
        Ok(self.rows.get(row).cloned())
    }

    fn holding(&self, table: usize, fields: &[usize], values: &[Value]) -> Read<Vec<RowId>> {
        let held = self.rows.iter().filter(|(id, row)| id.table == table && row.pick(fields) == values);
        Ok(held.map(|(id, _)| id.clone()).collect())
    }

    fn claims(&self, row: &RowId) -> Read<BTreeSet<Vec<Value>>> {
        Ok(self.claims.get(row).cloned().unwrap_or_default())
    }

    fn claiming(&self, table: usize, values: &[Value]) -> Read<Vec<RowId>> {
        let claims = self.claims.iter().filter(|(id, claims)| id.table == table && claims.contains(values));
        Ok(claims.map(|(id, _)| id.clone()).collect())
    }

    fn birth(&self, row: &RowId) -> Read<Clock> {
        let first = self.of_row(row).min_by_key(|touch| touch.clock);
        let born = first.filter(|touch| touch.change == Change::Insert);
        Ok(born.map_or(Clock::GENESIS, |touch| touch.clock))
    }

    fn latest(&self, row: &RowId) -> Read<Latest> {
        let mut latest = Latest::new();
        let mut note = |cell, touch: &Touch| {
            let write = (touch.clock, touch.dot);
            latest.entry(cell).and_modify(|known| *known = write.max(*known)).or_insert(write);
        };
        let policy = self.rules.tables[row.table].policy;
        for touch in self.of_row(row) {
            let cells = self.rules.tables[row.table].cells();
            let touched = cells.filter(|cell| touches(policy, touch.change, *cell));
            touched.for_each(|cell| note(cell, touch));
        }
        Ok(latest)
    }

    fn only_deletions(&self, replica: ReplicaId, (from, to): (u64, u64)) -> Read<bool> {
        Ok((from..=to).all(|seq| {
            let entry = self.log.get(&Dot { replica, seq });
            entry.is_some_and(|entry| entry.touch.change == Change::Delete)
        }))
    }
}

impl MemoryReplica {
    fn of_row<'a>(&'a self, row: &'a RowId) -> impl Iterator<Item = &'a Touch> {
        let lines = self.log.values().filter(move |entry| entry.row.as_ref() == Some(row));
        lines.map(|entry| &entry.touch)
    }
}

impl View for MemoryReplica {
    fn vector(&self) -> VersionVector {
        self.vector.clone()
    }

    fn touched(&self, since: &VersionVector) -> Rows<'_, Vec<Touch>> {
        let mut rows: BTreeMap<RowId, Vec<Touch>> = BTreeMap::new();
        for entry in self.log.values().filter(|entry| !since.includes(entry.touch.dot)) {
            if let Some(row) = &entry.row {
                rows.entry(row.clone()).or_default().push(entry.touch);
            }
        }
        Box::new(rows.into_iter().map(Ok))
    }

    fn versions(&self, row: &RowId) -> Read<Versions> {
        Ok(self.versions.get(row).cloned().unwrap_or_default())
    }

    fn aliases(&self) -> Aliases {
        self.aliases.clone()
    }

    fn repaired(&self) -> Read<Vec<RowId>> {
        let rows: BTreeSet<&RowId> = self.repairs.keys().chain(self.violated.keys()).collect();
        Ok(rows.into_iter().cloned().collect())
    }
}
