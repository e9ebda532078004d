//! A snapshotter with one defect.

use crate::memory::{MemoryDatabase, MemoryDisk, MemorySnapshotter};
use async_trait::async_trait;
use lifeboat_domain::findings::Examination;
use lifeboat_domain::row_difference::{TableDifference, by_counts};
use lifeboat_domain::schema::{DatabaseFacts, JournalMode};
use lifeboat_ports::{
    CaptureOrder, Captured, Counting, InstallOrder, Installed, Mark, PortError, PortErrorKind, Quiesced,
    Snapshotter, Watch, Writers,
};
use std::path::Path;
use std::time::Duration;

/// What is wrong with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SnapshotterDefect {
    /// The copy lacks the last row.
    TornCapture,
    /// A look adds a row.
    WritingLook,
    /// A cancel is ignored.
    DeafToCancel,
    /// An install says that it is done and does nothing.
    LazyInstall,
    /// An install takes no notice of another process's lock.
    RudeInstall,
    /// An install overwrites what others committed since its mark.
    BlindToOthers,
    /// Examining leaves a file beside the point.
    UntidyExamine,
    /// Differences are told by counts alone.
    CountingDifferences,
    /// Damage is reported as an empty database.
    BlindToDamage,
}

/// The reference with a defect.
#[derive(Debug, Clone)]
pub struct BrokenSnapshotter {
    inner: MemorySnapshotter,
    database: MemoryDatabase,
    disk: MemoryDisk,
    defect: SnapshotterDefect,
}

impl BrokenSnapshotter {
    /// Of one database on one disk.
    #[must_use]
    pub fn new(database: &MemoryDatabase, disk: &MemoryDisk, defect: SnapshotterDefect) -> Self {
        let inner = MemorySnapshotter::new(database);
        Self { inner, database: database.clone(), disk: disk.clone(), defect }
    }

    fn is(&self, defect: SnapshotterDefect) -> bool {
        self.defect == defect
    }
}

#[async_trait]
impl Snapshotter for BrokenSnapshotter {
    async fn inspect(&self, counting: Counting) -> Result<DatabaseFacts, PortError> {
        if self.is(SnapshotterDefect::WritingLook) {
            self.database.insert(999);
        }
        match self.inner.inspect(counting).await {
            Err(error)
                if self.is(SnapshotterDefect::BlindToDamage)
                    && error.kind() == PortErrorKind::NotADatabase =>
            {
                let empty = MemoryDatabase::create(&MemoryDisk::default(), Path::new("empty"));
                MemorySnapshotter::new(&empty).inspect(counting).await
            }
            done => done,
        }
    }

    async fn capture(&self, into: &Path, order: CaptureOrder, watch: &Watch) -> Result<Captured, PortError> {
        let deaf = self.is(SnapshotterDefect::DeafToCancel);
        let watch = if deaf { watch.uncancellable() } else { watch.clone() };
        let captured = self.inner.capture(into, order, &watch).await?;
        if self.is(SnapshotterDefect::TornCapture) {
            let text = String::from_utf8_lossy(&self.disk.must_read(into)?).into_owned();
            let torn: Vec<&str> = text.lines().collect();
            self.disk.write(into, format!("{}\n", torn[..torn.len() - 1].join("\n")).into_bytes());
        }
        Ok(captured)
    }

    async fn examine_live(&self, watch: &Watch) -> Result<Examination, PortError> {
        self.inner.examine_live(watch).await
    }

    async fn examine(&self, file: &Path, watch: &Watch) -> Result<Examination, PortError> {
        if self.is(SnapshotterDefect::UntidyExamine) {
            self.disk.write(&file.with_extension("shm"), Vec::new());
        }
        self.inner.examine(file, watch).await
    }

    async fn row_differences(&self, file: &Path, watch: &Watch) -> Result<Vec<TableDifference>, PortError> {
        if !self.is(SnapshotterDefect::CountingDifferences) {
            return self.inner.row_differences(file, watch).await;
        }
        let live = self.inner.inspect(Counting::Rows).await?;
        let point = self.inner.examine(file, watch).await?;
        Ok(by_counts(&live.tables, &point.facts.tables))
    }

    async fn rebuild(&self, from: &Path, to: &Path, page_size: u32) -> Result<(), PortError> {
        self.inner.rebuild(from, to, page_size).await
    }

    async fn quiesce(&self, wait: Duration) -> Result<Box<dyn Quiesced>, PortError> {
        self.inner.quiesce(wait).await
    }

    async fn mark(&self, writers: Writers) -> Result<Mark, PortError> {
        self.inner.mark(writers).await
    }

    async fn use_journal(&self, mode: JournalMode) -> Result<(), PortError> {
        self.inner.use_journal(mode).await
    }

    async fn install(
        &self,
        from: &Path,
        since: Option<Mark>,
        order: InstallOrder,
        watch: &Watch,
    ) -> Result<Installed, PortError> {
        let since = since.filter(|_| !self.is(SnapshotterDefect::BlindToOthers));
        if self.is(SnapshotterDefect::LazyInstall) {
            let facts = self.inner.examine(from, watch).await?.facts;
            return Ok(Installed { facts, others_wrote: false });
        }
        if self.is(SnapshotterDefect::RudeInstall) {
            self.database.set_locked(false);
        }
        self.inner.install(from, since, order, watch).await
    }
}
