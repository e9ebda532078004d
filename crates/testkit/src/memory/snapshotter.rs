//! A database of numbered rows in one table, in memory. Its file format is one row a line.

use super::MemoryDisk;
use async_trait::async_trait;
use lifeboat_domain::digest::Digest;
use lifeboat_domain::event::{Event, Phase};
use lifeboat_domain::findings::{Examination, Findings};
use lifeboat_domain::id::TableName;
use lifeboat_domain::restore::Company;
use lifeboat_domain::row_difference::{TableChange, TableDifference};
use lifeboat_domain::schema::{DatabaseFacts, JournalMode, TableCount};
use lifeboat_ports::{
    CaptureOrder, Captured, Counting, InstallOrder, Installed, Mark, PortError, PortErrorKind, Quiesced,
    Snapshotter, SourceChecks, Watch, Writers,
};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

const HEADER: &str = "memory database";

/// The live state that clones share: who holds a lock, and how often the schema changed.
#[derive(Debug, Default)]
struct Live {
    cookie: i64,
    locked: bool,
    quiesced: u32,
}

/// A live database on a memory disk. Clones are other connections to it.
#[derive(Debug, Clone)]
pub struct MemoryDatabase {
    disk: MemoryDisk,
    path: PathBuf,
    live: Arc<Mutex<Live>>,
}

impl MemoryDatabase {
    /// A database with no rows.
    #[must_use]
    pub fn create(disk: &MemoryDisk, path: &Path) -> Self {
        disk.write(path, write_rows(&BTreeSet::new()));
        Self { disk: disk.clone(), path: path.to_path_buf(), live: Arc::default() }
    }

    /// Adds a row.
    ///
    /// # Panics
    /// Where the file is no database.
    pub fn insert(&self, row: u64) {
        let mut rows = self.rows().unwrap();
        rows.insert(row);
        self.disk.write(&self.path, write_rows(&rows));
    }

    /// All rows.
    ///
    /// # Errors
    /// `NotFound`, `NotADatabase`.
    pub fn rows(&self) -> Result<BTreeSet<u64>, PortError> {
        read_rows(&self.disk, &self.path)
    }

    /// Another process takes or gives back a write lock.
    pub fn set_locked(&self, locked: bool) {
        self.live().locked = locked;
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn is_locked(&self) -> bool {
        self.live().locked
    }

    /// Overwrites the file with what is no database.
    pub fn damage(&self) {
        self.disk.write(&self.path, b"noise".to_vec());
    }

    fn live(&self) -> MutexGuard<'_, Live> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn write_rows(rows: &BTreeSet<u64>) -> Vec<u8> {
    let lines = rows.iter().map(|row| format!("{row}\n")).collect::<String>();
    format!("{HEADER}\n{lines}").into_bytes()
}

fn read_rows(disk: &MemoryDisk, path: &Path) -> Result<BTreeSet<u64>, PortError> {
    let refuse = || PortError::new(PortErrorKind::NotADatabase, "read", path.display().to_string());
    let text = String::from_utf8(disk.must_read(path)?).map_err(|_| refuse())?;
    let mut lines = text.lines();
    if lines.next() != Some(HEADER) {
        return Err(refuse());
    }
    lines.map(|line| line.parse().map_err(|_| refuse())).collect()
}

/// Rows of a file, none where there is no file.
pub(super) fn read_rows_or_none(disk: &MemoryDisk, path: &Path) -> Result<BTreeSet<u64>, PortError> {
    if disk.read(path).is_none() { Ok(BTreeSet::new()) } else { read_rows(disk, path) }
}

/// Makes a file with these rows.
pub(super) fn put_rows(disk: &MemoryDisk, path: &Path, rows: &BTreeSet<u64>) {
    disk.write(path, write_rows(rows));
}

fn facts(rows: &BTreeSet<u64>, cookie: i64, counting: Counting) -> DatabaseFacts {
    let count = TableCount { table: TableName::new("row"), rows: Some(rows.len() as u64) };
    DatabaseFacts {
        page_size: 512,
        page_count: rows.len() as u64 + 1,
        encoding: "UTF-8".to_owned(),
        journal: JournalMode::Rollback,
        user_version: 0,
        application_id: 0,
        schema_cookie: cookie,
        fingerprint: Digest::of(HEADER.as_bytes()),
        tables: if counting == Counting::Rows { vec![count] } else { Vec::new() },
        engine_version: "memory".to_owned(),
    }
}

/// The reference `Snapshotter`.
#[derive(Debug, Clone)]
pub struct MemorySnapshotter(MemoryDatabase);

impl MemorySnapshotter {
    /// Of one database.
    #[must_use]
    pub fn new(database: &MemoryDatabase) -> Self {
        Self(database.clone())
    }

    fn examination(rows: &BTreeSet<u64>, cookie: i64) -> Examination {
        let facts = facts(rows, cookie, Counting::Rows);
        Examination { facts, findings: Findings::none(), not_checked: Vec::new() }
    }
}

struct Quiet(MemoryDatabase);

impl Quiesced for Quiet {
    fn company(&self) -> Company {
        Company::Others
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        self.0.live().quiesced -= 1;
    }
}

#[async_trait]
impl Snapshotter for MemorySnapshotter {
    async fn inspect(&self, counting: Counting) -> Result<DatabaseFacts, PortError> {
        let cookie = self.0.live().cookie;
        Ok(facts(&self.0.rows()?, cookie, counting))
    }

    async fn capture(&self, into: &Path, order: CaptureOrder, watch: &Watch) -> Result<Captured, PortError> {
        let (phase, total_bytes) = (Phase::Capture, 1);
        watch.events.emit(&Event::PhaseStarted { phase, total_bytes });
        if watch.cancel.is_cancelled() {
            return Err(PortError::new(PortErrorKind::Cancelled, "capture", "the database"));
        }
        let rows = self.0.rows()?;
        self.0.disk.write(into, write_rows(&rows));
        watch.events.emit(&Event::PhaseEnded { phase });
        let cookie = self.0.live().cookie;
        let source = (order.source == SourceChecks::Full).then(|| Self::examination(&rows, cookie));
        Ok(Captured { facts: facts(&rows, cookie, Counting::Rows), source, wal_growth_bytes: 0 })
    }

    async fn examine_live(&self, _watch: &Watch) -> Result<Examination, PortError> {
        let cookie = self.0.live().cookie;
        Ok(Self::examination(&self.0.rows()?, cookie))
    }

    async fn examine(&self, file: &Path, watch: &Watch) -> Result<Examination, PortError> {
        if watch.cancel.is_cancelled() {
            return Err(PortError::new(PortErrorKind::Cancelled, "examine", "the file"));
        }
        Ok(Self::examination(&read_rows(&self.0.disk, file)?, 0))
    }

    async fn row_differences(&self, file: &Path, _watch: &Watch) -> Result<Vec<TableDifference>, PortError> {
        let (live, point) = (self.0.rows()?, read_rows(&self.0.disk, file)?);
        let added = point.difference(&live).count() as u64;
        let removed = live.difference(&point).count() as u64;
        let change = match (added, removed) {
            (0, 0) => TableChange::Equal,
            (added, removed) => TableChange::Rows { added, removed, changed: 0 },
        };
        Ok(vec![TableDifference { table: TableName::new("row"), change }])
    }

    async fn rebuild(&self, from: &Path, to: &Path, _page_size: u32) -> Result<(), PortError> {
        self.0.disk.write(to, write_rows(&read_rows(&self.0.disk, from)?));
        Ok(())
    }

    async fn quiesce(&self, _wait: Duration) -> Result<Box<dyn Quiesced>, PortError> {
        self.0.live().quiesced += 1;
        Ok(Box::new(Quiet(self.0.clone())))
    }

    async fn mark(&self, _writers: Writers) -> Result<Mark, PortError> {
        Ok(Mark(Box::new(self.0.rows()?)))
    }

    async fn use_journal(&self, _mode: JournalMode) -> Result<(), PortError> {
        Ok(())
    }

    async fn install(
        &self,
        from: &Path,
        since: Option<Mark>,
        _order: InstallOrder,
        _watch: &Watch,
    ) -> Result<Installed, PortError> {
        let seen = since.and_then(|mark| mark.0.downcast::<BTreeSet<u64>>().ok());
        if seen.is_some_and(|seen| self.0.rows().ok() != Some(*seen)) {
            return Err(PortError::new(PortErrorKind::Changed, "install", "the database"));
        }
        if self.0.live().locked {
            return Err(PortError::new(PortErrorKind::Busy, "install", "the database"));
        }
        let rows = read_rows(&self.0.disk, from)?;
        self.0.disk.write(&self.0.path, write_rows(&rows));
        let mut live = self.0.live();
        live.cookie += 1;
        Ok(Installed { facts: facts(&rows, live.cookie, Counting::Rows), others_wrote: false })
    }
}
