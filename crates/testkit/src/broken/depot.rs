//! A depot with one defect.

use crate::memory::MemoryDepot;
use async_trait::async_trait;
use lifeboat_ports::{Depot, DepotGuard, HeldArtifact, PortError, Watch};
use std::path::Path;
use std::time::Duration;

/// What is wrong with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DepotDefect {
    /// Both copies of the memory are written at once.
    OneMemory,
    /// A memory that was set aside is still read.
    KeepsMemory,
    /// A piece goes to the end, wherever it belongs.
    AppendsAnywhere,
    /// A restarted artifact goes on where it was.
    NeverRestarts,
    /// Any name will do.
    AnyName,
    /// A held artifact is whatever has its name now.
    HoldsNames,
    /// What is set aside keeps its name.
    IdleQuarantine,
    /// Tidying spares nothing.
    TidiesAll,
    /// Two may hold the lock.
    SharedLock,
}

/// The reference with a defect.
#[derive(Debug)]
pub struct BrokenDepot {
    inner: MemoryDepot,
    defect: DepotDefect,
}

impl BrokenDepot {
    /// Over the reference.
    #[must_use]
    pub fn new(inner: MemoryDepot, defect: DepotDefect) -> Self {
        Self { inner, defect }
    }

    fn is(&self, defect: DepotDefect) -> bool {
        self.defect == defect
    }

    fn name(&self, file: &str) -> String {
        if self.is(DepotDefect::AnyName) {
            file.replace(|c: char| !c.is_alphanumeric(), "x") + "x"
        } else {
            file.to_owned()
        }
    }
}

struct Free;

impl DepotGuard for Free {}

struct ByName {
    depot: MemoryDepot,
    file: String,
    first: Box<dyn HeldArtifact>,
}

#[async_trait]
impl HeldArtifact for ByName {
    fn path(&self) -> &Path {
        self.first.path()
    }

    async fn read_at(&self, offset: u64, most: usize) -> Result<Vec<u8>, PortError> {
        self.depot.hold(&self.file).await?.read_at(offset, most).await
    }

    async fn is_in_place(&self) -> Result<bool, PortError> {
        Ok(true)
    }
}

#[async_trait]
impl Depot for BrokenDepot {
    async fn lock(&self, wait: Duration, watch: &Watch) -> Result<Box<dyn DepotGuard>, PortError> {
        match self.inner.lock(wait, watch).await {
            Err(_) if self.is(DepotDefect::SharedLock) => Ok(Box::new(Free)),
            locked => locked,
        }
    }

    async fn memory(&self) -> Result<[Option<Vec<u8>>; 2], PortError> {
        self.inner.memory().await
    }

    async fn remember(&self, slot: usize, bytes: &[u8]) -> Result<(), PortError> {
        if self.is(DepotDefect::OneMemory) {
            self.inner.remember(1 - slot, bytes).await?;
        }
        self.inner.remember(slot, bytes).await
    }

    async fn set_memory_aside(&self) -> Result<Vec<String>, PortError> {
        if self.is(DepotDefect::KeepsMemory) {
            return Ok(vec!["memory.1".to_owned()]);
        }
        self.inner.set_memory_aside().await
    }

    async fn record(&self) -> Result<Option<Vec<u8>>, PortError> {
        self.inner.record().await
    }

    async fn write_record(&self, bytes: &[u8]) -> Result<(), PortError> {
        self.inner.write_record(bytes).await
    }

    async fn set_record_aside(&self) -> Result<Option<String>, PortError> {
        if self.is(DepotDefect::KeepsMemory) {
            return Ok(Some("record.1".to_owned()));
        }
        self.inner.set_record_aside().await
    }

    async fn begin(&self, file: &str) -> Result<u64, PortError> {
        self.inner.begin(&self.name(file)).await
    }

    async fn read_partial(&self, file: &str, offset: u64, most: usize) -> Result<Vec<u8>, PortError> {
        self.inner.read_partial(&self.name(file), offset, most).await
    }

    async fn append(&self, file: &str, offset: u64, bytes: &[u8]) -> Result<(), PortError> {
        let file = self.name(file);
        let end = self.inner.begin(&file).await?;
        self.inner
            .append(&file, if self.is(DepotDefect::AppendsAnywhere) { end } else { offset }, bytes)
            .await
    }

    async fn restart(&self, file: &str) -> Result<(), PortError> {
        if self.is(DepotDefect::NeverRestarts) { Ok(()) } else { self.inner.restart(&self.name(file)).await }
    }

    async fn keep(&self, file: &str) -> Result<(), PortError> {
        self.inner.keep(&self.name(file)).await
    }

    async fn hold(&self, file: &str) -> Result<Box<dyn HeldArtifact>, PortError> {
        let file = self.name(file);
        let first = self.inner.hold(&file).await?;
        if self.is(DepotDefect::HoldsNames) {
            return Ok(Box::new(ByName { depot: self.inner.clone(), file, first }));
        }
        Ok(first)
    }

    async fn quarantine(&self, file: &str) -> Result<String, PortError> {
        if self.is(DepotDefect::IdleQuarantine) {
            return Ok(format!("{file}.1"));
        }
        self.inner.quarantine(&self.name(file)).await
    }

    async fn tidy(&self, but: &[String]) -> Result<Vec<String>, PortError> {
        self.inner.tidy(if self.is(DepotDefect::TidiesAll) { &[] } else { but }).await
    }
}
