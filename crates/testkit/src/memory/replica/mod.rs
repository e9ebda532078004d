//! The reference replica: every write in memory, raw and shown rows kept apart as the domain says.

mod client;
mod compact;
mod merge;
mod view;

pub use client::Refused;

use lifeboat_domain::dot::{Clock, Dot, VersionVector};
use lifeboat_domain::hlc::Hlc;
use lifeboat_domain::id::ReplicaId;
use lifeboat_domain::merge::{
    Aliases, Canonical, Change, Entry, Repair, Row, RowId, Rules, Shown, Touch, Versions, View,
};
use lifeboat_domain::time::UtcMillis;
use lifeboat_domain::value::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

const NEVER: &str = "because memory is always read";

/// One replica. A clone is a copy of its file, name included.
#[derive(Debug, Clone)]
pub struct MemoryReplica {
    rules: Arc<Rules>,
    id: ReplicaId,
    last: Hlc,
    noise: u16,
    /// At this instant a step of a migration writes.
    step: Option<Hlc>,
    log: BTreeMap<Dot, Entry>,
    vector: VersionVector,
    /// What others were known to have.
    peers: BTreeMap<ReplicaId, VersionVector>,
    /// Below it lines were dropped.
    floor: VersionVector,
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
            step: None,
            log: BTreeMap::new(),
            vector: VersionVector::default(),
            peers: BTreeMap::new(),
            floor: VersionVector::default(),
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

    /// The random bits of the writes from now on.
    pub fn set_noise(&mut self, noise: u16) {
        self.noise = noise;
    }

    /// Writes from now on are a step's, dated so; none: a client's again.
    pub fn set_step(&mut self, at: Option<Hlc>) {
        self.step = at;
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

    fn issue(&mut self, now: UtcMillis, change: Change) -> Touch {
        let hlc = self.last.next(now);
        self.last = hlc;
        self.issue_at(hlc, change)
    }

    fn issue_at(&mut self, hlc: Hlc, change: Change) -> Touch {
        self.last = self.last.max(hlc);
        let dot = Dot { replica: self.id, seq: self.vector.of(self.id) + 1 };
        self.vector.raise(dot);
        let mark = self.step.map_or(0, |_| Clock::MARK_OF_STEP);
        let noise = self.noise & !Clock::MARK_OF_STEP | mark;
        let clock = Clock { hlc, noise, replica: self.id };
        Touch { dot, clock, change }
    }
}
