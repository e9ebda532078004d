//! The reference of the replica port: copies by their paths, each a reference replica.

use super::MemoryReplica;
use crate::broken::ReplicaDefect;
use async_trait::async_trait;
use lifeboat_domain::dot::VersionVector;
use lifeboat_domain::merge::{Cell, Finding, Row, RowId, Rules, Versions, View};
use lifeboat_domain::merge::{Reach, Stop};
use lifeboat_domain::value::Value;
use lifeboat_ports::{
    Check, CheckBody, Choice, Mark, MergeOrder, MergeReport, MergeStop, Merged, MergedRows, OpenConflict,
    OpenVersion, PortError, PortErrorKind, Replica, ResolveOrder, RowName, StepFailure, Told, Watch,
};
use lifeboat_ports::{CompactOrder, Compacted, PeerState, Trial};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};

/// A copy, and the lineage that it comes from.
#[derive(Debug, Clone)]
pub struct MemoryShop {
    /// Its beginning.
    pub genesis: u8,
    /// Its rows and journal.
    pub replica: MemoryReplica,
    /// Merges that were carried out.
    pub merges: BTreeSet<String>,
}

/// Copies by path; clones share them.
#[derive(Debug, Clone, Default)]
pub struct MemoryShops(Arc<Mutex<BTreeMap<PathBuf, MemoryShop>>>);

impl MemoryShops {
    /// Every copy.
    ///
    /// # Panics
    /// Never: no holder panics.
    pub fn all(&self) -> MutexGuard<'_, BTreeMap<PathBuf, MemoryShop>> {
        self.0.lock().expect("because no holder panics")
    }
}

/// The replica at one path.
#[derive(Debug, Clone)]
pub struct MemoryMerger {
    shops: MemoryShops,
    path: PathBuf,
    defect: Option<ReplicaDefect>,
}

impl MemoryMerger {
    /// Of one of the copies.
    #[must_use]
    pub fn new(shops: &MemoryShops, path: &Path) -> Self {
        Self { shops: shops.clone(), path: path.to_path_buf(), defect: None }
    }

    /// For [`crate::broken::BrokenReplica`].
    pub(crate) fn with(self, defect: ReplicaDefect) -> Self {
        Self { defect: Some(defect), ..self }
    }

    fn is(&self, defect: ReplicaDefect) -> bool {
        self.defect == Some(defect)
    }

    fn shop(&self, path: &Path) -> Result<MemoryShop, PortError> {
        let absent = || PortError::new(PortErrorKind::NotFound, "merge", path.display().to_string());
        self.shops.all().get(path).cloned().ok_or_else(absent)
    }

    /// Memory answers no query: a check in code tells by itself.
    fn refusal(&self, order: &MergeOrder) -> Option<MergeStop> {
        let checks = order.checks.iter().filter(|_| !self.is(ReplicaDefect::AsksNoChecks));
        checks.into_iter().find_map(|Check { name, body }| {
            let found = match body {
                CheckBody::Code(validator) => validator.check(&NoQueries),
                CheckBody::Query(query) => NoQueries.query(query, &[]).map(|rows| rows.len() as u64),
            };
            let check = name.clone();
            match found {
                Ok(0) => None,
                Ok(found) => Some(MergeStop::Checked { check, found }),
                Err(error) => Some(MergeStop::CheckFailed { check, why: error.to_string() }),
            }
        })
    }

    fn merged(&self, into: &Path, order: &MergeOrder) -> Result<Merged, PortError> {
        let (mut ours, theirs) = (self.shop(into)?, self.shop(&order.other)?);
        if ours.genesis != theirs.genesis && !self.is(ReplicaDefect::MergesStrangers) {
            return Ok(Merged::Stopped(MergeStop::OtherLineage));
        }
        if let Some(stop) = self.refusal(order) {
            return Ok(Merged::Stopped(stop));
        }
        let (before, lines) = (ours.replica.shown(), ours.replica.entries().count());
        if self.is(ReplicaDefect::GuessesBelowTheFloor) {
            ours.replica.deny_floor();
        }
        let findings = match ours.replica.merge(&theirs.replica, order.now) {
            Err(Stop::Unreached(reach)) => {
                let ours = reach == Reach::BelowOurFloor;
                return Ok(Merged::Stopped(MergeStop::BelowFloor { ours }));
            }
            findings => findings,
        };
        let findings =
            findings.map_err(|e| PortError::new(PortErrorKind::Io, "merge", "memory").with_source(e))?;
        let after = ours.replica.shown();
        let changed = after.iter().filter(|(id, row)| before.get(id) != Some(row)).count();
        let gone = before.keys().filter(|id| !after.contains_key(id)).count();
        let new = ours.replica.entries().count() - lines;
        if new > 0 {
            ours.merges.insert(order.id.clone());
        }
        if self.is(ReplicaDefect::AlwaysWrites) {
            ours.merges.insert(order.id.clone());
        }
        let told = findings.iter().filter_map(|finding| told(&ours.replica, finding)).collect();
        if self.is(ReplicaDefect::ForgetsItsMerges) {
            ours.merges.clear();
        }
        let (rows, lines) = ((changed + gone) as u64, new as u64);
        self.shops.all().insert(into.to_path_buf(), ours);
        Ok(Merged::Done(MergeReport { rows, lines, told }))
    }
}

struct NoQueries;

impl MergedRows for NoQueries {
    fn query(&self, _: &str, _: &[Value]) -> Result<Vec<Vec<Value>>, StepFailure> {
        Err(StepFailure::Step("memory answers no query".to_owned()))
    }
}

fn told(replica: &MemoryReplica, finding: &Finding) -> Option<Told> {
    match finding {
        Finding::Conflict { row, cell } => conflict(replica, row, *cell).map(Told::Conflict),
        _ => None,
    }
}

fn conflict(replica: &MemoryReplica, row: &RowId, cell: Cell) -> Option<OpenConflict> {
    let versions = replica.versions(row).ok()?;
    let open = versions.of(cell);
    let own = replica.id();
    let version = |one: &lifeboat_domain::merge::Version| OpenVersion {
        dot: one.dot,
        clock: one.clock,
        value: one.value.clone(),
        ours: one.dot.replica == own,
    };
    let key =
        row.key.iter().map(|value| (lifeboat_domain::id::FieldName::new("id"), value.clone())).collect();
    let table = lifeboat_domain::id::TableName::new("numbered");
    let id = format!("{row:?} {cell:?}");
    let row = RowName { table, key };
    (!open.is_empty()).then(|| OpenConflict {
        id,
        row,
        field: None,
        versions: open.iter().map(version).collect(),
        base: None,
    })
}

fn open(replica: &MemoryReplica) -> Vec<(RowId, Cell, OpenConflict)> {
    let mut found = Vec::new();
    for (row, versions) in replica.raw_state().1 {
        let cells: Vec<Cell> = Versions::conflicts(&versions).collect();
        for cell in cells {
            found.extend(conflict(replica, &row, cell).map(|conflict| (row.clone(), cell, conflict)));
        }
    }
    found
}

#[async_trait]
impl Replica for MemoryMerger {
    async fn merge(&self, order: MergeOrder, since: Option<Mark>, _: &Watch) -> Result<Merged, PortError> {
        let lines = self.shop(&self.path)?.replica.entries().count();
        let seen = since.and_then(|mark| mark.0.downcast::<usize>().ok());
        if seen.is_some_and(|seen| *seen != lines) && !self.is(ReplicaDefect::IgnoresTheMark) {
            return Err(PortError::new(PortErrorKind::Changed, "merge", "memory"));
        }
        self.merged(&self.path, &order)
    }

    async fn merge_on(&self, file: &Path, order: MergeOrder, _: &Watch) -> Result<Merged, PortError> {
        let file = if self.is(ReplicaDefect::RehearsesOnTheLiveOne) { &self.path } else { file };
        self.merged(file, &order)
    }

    async fn compact(&self, order: CompactOrder) -> Result<Compacted, PortError> {
        let mut shop = self.shop(&self.path)?;
        for gone in order.forget {
            if !shop.replica.forget_peer(gone) {
                return Err(PortError::new(PortErrorKind::NotFound, "compact", "memory"));
            }
        }
        let known = shop.replica.vector();
        let lacks =
            |peer: &VersionVector| known.iter().map(|dot| dot.seq.saturating_sub(peer.of(dot.replica))).sum();
        let peers = shop.replica.peers();
        let peers = peers.map(|(replica, known)| PeerState { replica, lacks: lacks(known) }).collect();
        if self.is(ReplicaDefect::ForgetsTooMuch) {
            shop.replica.imagine_peer();
        }
        let (lines, tombstones) = shop.replica.compact();
        if order.trial == Trial::CarryOut || self.is(ReplicaDefect::RehearsesForReal) {
            self.shops.all().insert(self.path.clone(), shop);
        }
        Ok(Compacted { lines: lines as u64, tombstones: tombstones as u64, peers })
    }

    async fn has_merged(&self, id: &str) -> Result<bool, PortError> {
        Ok(self.shop(&self.path).is_ok_and(|shop| shop.merges.contains(id)))
    }

    async fn resolve(&self, order: ResolveOrder) -> Result<Option<OpenConflict>, PortError> {
        let mut shop = self.shop(&self.path)?;
        let found = open(&shop.replica).into_iter().find(|(_, _, conflict)| conflict.id == order.id);
        let Some((row, cell, conflict)) = found else { return Ok(None) };
        let Cell::Field(field) = cell else { return Ok(None) };
        let ours = order.choice == Choice::Ours;
        let value = match &order.choice {
            Choice::Value(value) => value.clone(),
            Choice::Ours | Choice::Theirs => {
                let version = conflict.versions.iter().find(|version| version.ours == ours);
                version.map_or(Value::Null, |version| version.value.clone())
            }
        };
        if !self.is(ReplicaDefect::DecidesNothing) {
            let now = shop.replica.entries().map(|entry| entry.touch.clock.hlc.millis()).max();
            let written = shop.replica.update(now.unwrap_or_default(), &row, field, value);
            written.map_err(|_| PortError::new(PortErrorKind::Unsupported, "resolve", "memory"))?;
            self.shops.all().insert(self.path.clone(), shop);
        }
        Ok(Some(conflict))
    }

    async fn conflicts(&self, _: &Rules) -> Result<Vec<OpenConflict>, PortError> {
        if self.is(ReplicaDefect::HidesConflicts) {
            return Ok(Vec::new());
        }
        Ok(open(&self.shop(&self.path)?.replica).into_iter().map(|(_, _, conflict)| conflict).collect())
    }
}

/// A row of the fixture's table.
#[must_use]
pub fn numbered(key: i64, value: i64) -> (RowId, Row) {
    let values = vec![Value::Integer(key), Value::Integer(value)];
    (RowId { table: 0, key: values[..1].to_vec() }, Row { alive: true, values })
}
