//! A replica with one defect.

use crate::memory::MemoryMerger;
use async_trait::async_trait;
use lifeboat_domain::merge::Rules;
use lifeboat_ports::{
    CompactOrder, Compacted, Mark, MergeOrder, Merged, OpenConflict, PortError, Replica, ResolveOrder, Watch,
};
use std::path::Path;

/// What is wrong with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReplicaDefect {
    /// Databases of another lineage are merged all the same.
    MergesStrangers,
    /// A merge that brings nothing leaves a trace.
    AlwaysWrites,
    /// What came since the mark is merged over.
    IgnoresTheMark,
    /// A dry run takes place.
    RehearsesOnTheLiveOne,
    /// A merge that took place is not remembered.
    ForgetsItsMerges,
    /// Checks are not asked.
    AsksNoChecks,
    /// Open conflicts are kept silent.
    HidesConflicts,
    /// A decision changes nothing.
    DecidesNothing,
    /// What nobody else has is forgotten too.
    ForgetsTooMuch,
    /// What should only be worked out is carried out.
    RehearsesForReal,
    /// Who lacks what was dropped is merged all the same.
    GuessesBelowTheFloor,
}

/// The reference with a defect.
#[derive(Debug, Clone)]
pub struct BrokenReplica(MemoryMerger);

impl BrokenReplica {
    /// Breaks a reference.
    #[must_use]
    pub fn new(inner: MemoryMerger, defect: ReplicaDefect) -> Self {
        Self(inner.with(defect))
    }
}

#[async_trait]
impl Replica for BrokenReplica {
    async fn merge(
        &self,
        order: MergeOrder,
        since: Option<Mark>,
        watch: &Watch,
    ) -> Result<Merged, PortError> {
        self.0.merge(order, since, watch).await
    }

    async fn merge_on(&self, file: &Path, order: MergeOrder, watch: &Watch) -> Result<Merged, PortError> {
        self.0.merge_on(file, order, watch).await
    }

    async fn compact(&self, order: CompactOrder) -> Result<Compacted, PortError> {
        self.0.compact(order).await
    }

    async fn has_merged(&self, id: &str) -> Result<bool, PortError> {
        self.0.has_merged(id).await
    }

    async fn resolve(&self, order: ResolveOrder) -> Result<Option<OpenConflict>, PortError> {
        self.0.resolve(order).await
    }

    async fn conflicts(&self, rules: &Rules) -> Result<Vec<OpenConflict>, PortError> {
        self.0.conflicts(rules).await
    }
}
