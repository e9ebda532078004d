//! A medic with one defect.

use crate::memory::MemoryMedic;
use async_trait::async_trait;
use lifeboat_domain::damage::Evidence;
use lifeboat_ports::{
    Anatomy, Depth, LogReading, Maintained, Mark, Medic, PortError, Repaired, Salvaged, Watch,
};
use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

/// What is wrong with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MedicDefect {
    /// A damaged database passes for a sound one.
    BlindToDamage,
    /// An index that was built anew is as it was.
    MendsNothing,
    /// Indexes are built beside somebody who writes.
    IgnoresTheMark,
    /// A salvage leaves a row behind.
    ForgetsARow,
    /// A salvage gives a row that was not there.
    InventsARow,
    /// A salvage writes to what it reads.
    WritesToTheSource,
    /// Upkeep takes a row away.
    TidiesRowsAway,
}

/// The reference with a defect.
#[derive(Debug, Clone)]
pub struct BrokenMedic(MemoryMedic);

impl BrokenMedic {
    /// Breaks a reference.
    #[must_use]
    pub fn new(inner: MemoryMedic, defect: MedicDefect) -> Self {
        Self(inner.with(defect))
    }
}

#[async_trait]
impl Medic for BrokenMedic {
    async fn examine(&self, depth: Depth, watch: &Watch) -> Result<Evidence, PortError> {
        self.0.examine(depth, watch).await
    }

    async fn describe(&self) -> Result<Anatomy, PortError> {
        self.0.describe().await
    }

    async fn repair(
        &self,
        indexes: &BTreeSet<String>,
        since: Mark,
        wait: Duration,
        watch: &Watch,
    ) -> Result<Repaired, PortError> {
        self.0.repair(indexes, since, wait, watch).await
    }

    async fn salvage(
        &self,
        from: &Path,
        into: &Path,
        model: Option<&Path>,
        reading: LogReading,
        watch: &Watch,
    ) -> Result<Salvaged, PortError> {
        self.0.salvage(from, into, model, reading, watch).await
    }

    async fn maintain(&self, wait: Duration) -> Result<Maintained, PortError> {
        self.0.maintain(wait).await
    }
}
