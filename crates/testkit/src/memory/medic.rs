//! The reference medic: a file that reads is sound, and an index is a flag.

use super::{MemoryDatabase, MemoryDisk};
use crate::broken::MedicDefect;
use async_trait::async_trait;
use lifeboat_domain::damage::{Evidence, Opening, Place};
use lifeboat_domain::id::TableName;
use lifeboat_ports::{
    Anatomy, Checkpoint, Depth, LogReading, Maintained, Mark, Medic, PortError, PortErrorKind, Repaired,
    Salvaged, TableSalvage, Watch,
};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Looks after one database in memory.
#[derive(Debug, Clone)]
pub struct MemoryMedic {
    disk: MemoryDisk,
    database: MemoryDatabase,
    index_is_hurt: Arc<AtomicBool>,
    defect: Option<MedicDefect>,
}

impl MemoryMedic {
    /// Of one database.
    #[must_use]
    pub fn new(disk: &MemoryDisk, database: &MemoryDatabase) -> Self {
        let (disk, database) = (disk.clone(), database.clone());
        Self { disk, database, index_is_hurt: Arc::default(), defect: None }
    }

    /// The index of numbers no longer agrees with the table.
    pub fn hurt_index(&self) {
        self.index_is_hurt.store(true, Ordering::SeqCst);
    }

    /// For [`crate::broken::BrokenMedic`].
    pub(crate) fn with(self, defect: MedicDefect) -> Self {
        Self { defect: Some(defect), ..self }
    }

    fn is(&self, defect: MedicDefect) -> bool {
        self.defect == Some(defect)
    }

    fn opening(&self) -> Opening {
        match self.database.rows().map_err(|error| error.kind()) {
            Ok(_) => Opening::Opens,
            Err(PortErrorKind::NotFound) => Opening::Absent,
            Err(_) if self.is(MedicDefect::BlindToDamage) => Opening::Opens,
            Err(_) => Opening::HeaderHurt,
        }
    }
}

#[async_trait]
impl Medic for MemoryMedic {
    async fn examine(&self, depth: Depth, _watch: &Watch) -> Result<Evidence, PortError> {
        let hurt = self.index_is_hurt.load(Ordering::SeqCst) && depth == Depth::Deep;
        let places = hurt.then(|| Place::Index("by_number".to_owned())).into_iter().collect();
        Ok(Evidence { opening: self.opening(), places, unread_commits: 0, is_cut: false, refused_rows: 0 })
    }

    async fn describe(&self) -> Result<Anatomy, PortError> {
        self.database.rows()?;
        let columns = vec![(TableName::new("row"), "number".to_owned())];
        Ok(Anatomy { columns, ..Anatomy::default() })
    }

    async fn repair(
        &self,
        indexes: &BTreeSet<String>,
        since: Mark,
        _wait: Duration,
        _watch: &Watch,
    ) -> Result<Repaired, PortError> {
        let seen = since.0.downcast::<BTreeSet<u64>>().ok();
        let outdated = seen.is_some_and(|seen| self.database.rows().ok() != Some(*seen));
        if outdated && !self.is(MedicDefect::IgnoresTheMark) {
            return Err(PortError::new(PortErrorKind::Changed, "repair", "the database"));
        }
        if indexes.contains("by_number") && !self.is(MedicDefect::MendsNothing) {
            self.index_is_hurt.store(false, Ordering::SeqCst);
        }
        Ok(Repaired::Whole)
    }

    async fn salvage(
        &self,
        from: &Path,
        into: &Path,
        _model: Option<&Path>,
        _reading: LogReading,
        _watch: &Watch,
    ) -> Result<Salvaged, PortError> {
        let bytes = self.disk.must_read(from)?;
        // What cannot be read as a whole is read line by line.
        let text = String::from_utf8_lossy(&bytes);
        let mut rows: BTreeSet<u64> = text.lines().filter_map(|line| line.parse().ok()).collect();
        if self.is(MedicDefect::ForgetsARow) {
            rows.pop_first();
        }
        if self.is(MedicDefect::InventsARow) {
            rows.insert(u64::MAX);
        }
        if self.is(MedicDefect::WritesToTheSource) {
            self.disk.write(from, b"mended".to_vec());
        }
        super::snapshotter::put_rows(&self.disk, into, &rows);
        let table = TableSalvage {
            table: TableName::new("row"),
            rows: rows.len() as u64,
            matched_rows: 0,
            has_gap: false,
        };
        Ok(Salvaged {
            tables: vec![table],
            lost_rows: 0,
            damaged_pages: 0,
            damaged_cells: 0,
            unread_commits: 0,
            objects_from_model: 0,
            header_was_damaged: self.opening() == Opening::HeaderHurt,
            schema_has_gap: false,
            not_restored: Vec::new(),
        })
    }

    async fn maintain(&self, _wait: Duration) -> Result<Maintained, PortError> {
        let rows = self.database.rows()?;
        if self.is(MedicDefect::TidiesRowsAway) {
            let fewer: BTreeSet<u64> = rows.iter().skip(1).copied().collect();
            super::snapshotter::put_rows(&self.disk, self.database.path(), &fewer);
        }
        let page_count = rows.len() as u64 + 1;
        Ok(Maintained { checkpoint: Checkpoint::NoLog, freed_pages: 0, free_pages: 0, page_count })
    }
}
