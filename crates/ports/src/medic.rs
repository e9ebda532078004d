//! One database, as its doctor sees it.

use crate::{Mark, PortError, Watch};
use async_trait::async_trait;
use lifeboat_domain::advice::EngineVersion;
use lifeboat_domain::damage::Evidence;
use lifeboat_domain::id::TableName;
use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

/// How closely to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// Every page and row.
    Quick,
    /// Also every entry of every index: thirteen times as long.
    Deep,
}

/// How far a log is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogReading {
    /// As far as the engine does.
    AsEngine,
    /// Also what lies behind a frame that does not agree with its checksum: it may be what damage cut off, or older than
    /// what stands before it.
    BehindDamage,
}

/// What a repair left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repaired {
    /// Nothing.
    Whole,
    /// Pages that belong to nothing, because the file could not be rebuilt.
    UnusedPages,
}

/// Rows of one table that came out of a damaged database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableSalvage {
    /// The table.
    pub table: TableName,
    /// Rows that are in it again.
    pub rows: u64,
    /// Of these, rows that no page led to any more and that were matched by number and shape.
    pub matched_rows: u64,
    /// A part of the table could not be read.
    pub has_gap: bool,
}

/// What came out of a damaged database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Salvaged {
    /// Tables in the order of the schema.
    pub tables: Vec<TableSalvage>,
    /// Rows without a place, in a table of their own.
    pub lost_rows: u64,
    /// Pages that should hold something and do not.
    pub damaged_pages: u64,
    /// Rows on readable pages that cannot be read.
    pub damaged_cells: u64,
    /// Commits in the log that the engine does not read; they are in the new file only where that was asked for.
    pub unread_commits: u64,
    /// Definitions that were taken from the model.
    pub objects_from_model: u64,
    /// The header was damaged: page size and encoding were taken from elsewhere or guessed.
    pub header_was_damaged: bool,
    /// The list of tables could not be read whole.
    pub schema_has_gap: bool,
    /// Tables, indexes, views and triggers that could not be made again.
    pub not_restored: Vec<String>,
}

impl Salvaged {
    /// Rows that are in their table again.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.tables.iter().map(|table| table.rows).sum()
    }

    /// As far as can be told, nothing is missing.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        let losses = [self.lost_rows, self.damaged_pages, self.damaged_cells, self.unread_commits];
        losses.iter().all(|count| *count == 0)
            && !self.header_was_damaged
            && !self.schema_has_gap
            && self.not_restored.is_empty()
            && self.tables.iter().all(|table| !table.has_gap)
    }
}

/// How the log went back into the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Checkpoint {
    /// There is no log.
    NoLog,
    /// All of it.
    Finished,
    /// Somebody reads or writes: the rest is for later.
    Blocked,
}

/// What upkeep did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Maintained {
    /// The log.
    pub checkpoint: Checkpoint,
    /// Pages that were given back to the volume.
    pub freed_pages: u64,
    /// Pages that stay free inside the file.
    pub free_pages: u64,
    /// Pages of the file.
    pub page_count: u64,
}

/// What a database looks like from outside, in names only.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Anatomy {
    /// The engine that wrote last, by the header; `None` where it cannot be told.
    pub last_writer: Option<EngineVersion>,
    /// Every column of every table.
    pub columns: Vec<(TableName, String)>,
    /// Tables without a primary key.
    pub without_key: Vec<TableName>,
    /// Pages that are free inside the file.
    pub free_pages: u64,
}

/// Looks after one database: tells what is hurt, builds indexes anew, brings rows out, keeps it in shape.
///
/// # Contract
/// - `examine` and `describe` change nothing; `examine` tells a damaged database by evidence, not by an error.
/// - `repair` never changes a row. Killed anywhere, or where an index cannot be built, every index is as it was or sound;
///   pages of an index that did not read may be left unused, which a second `repair` mends. Where the database changed since the mark it fails with `Changed`.
/// - `salvage` only reads `from` and the log or journal beside it, and writes only `into`. Of a sound database every row
///   comes out; of a damaged one, every row that can be read is in its table or among the lost ones. It never gives a
///   row that is not in `from`.
/// - `maintain` changes no row and never waits for readers longer than `wait`.
#[async_trait]
pub trait Medic: Send + Sync {
    /// Collects what can be told about the live database.
    ///
    /// # Errors
    /// `PermissionDenied`, `Cancelled`, `Io`.
    async fn examine(&self, depth: Depth, watch: &Watch) -> Result<Evidence, PortError>;

    /// Describes the live database by names and numbers. Writes nothing.
    ///
    /// # Errors
    /// `NotFound`, `NotADatabase`, `Damaged`, `Busy`, `PermissionDenied`, `Io`.
    async fn describe(&self) -> Result<Anatomy, PortError>;

    /// Builds these indexes of the live database anew, and gives pages back that belong to nothing.
    ///
    /// # Errors
    /// `Busy`, `Changed`, `NoSpace`, `Damaged` where an index cannot be built of what the table holds, `Cancelled`,
    /// `Io`; the database is as it was.
    async fn repair(
        &self,
        indexes: &BTreeSet<String>,
        since: Mark,
        wait: Duration,
        watch: &Watch,
    ) -> Result<Repaired, PortError>;

    /// Fills the new file `into` with what can be read of the files at `from`, which nobody may have open. `model` is
    /// a sound copy of an earlier state: it tells what a damaged schema does not.
    ///
    /// # Errors
    /// `NotFound`, `PermissionDenied`, `NoSpace`, `Cancelled`, `Io`; `into` holds nothing that may be used then.
    async fn salvage(
        &self,
        from: &Path,
        into: &Path,
        model: Option<&Path>,
        reading: LogReading,
        watch: &Watch,
    ) -> Result<Salvaged, PortError>;

    /// Moves the log into the file, refreshes statistics, gives pages back where there are many.
    ///
    /// # Errors
    /// `Busy`, `NotFound`, `NotADatabase`, `Damaged`, `PermissionDenied`, `NoSpace`, `Io`.
    async fn maintain(&self, wait: Duration) -> Result<Maintained, PortError>;
}
