//! What is known about a database without knowing its rows: header, schema fingerprint, counts.

use crate::digest::Digest;
use crate::id::TableName;
use std::fmt;

/// How a database keeps its transactions safe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum JournalMode {
    /// Rollback journal in any of its forms (delete, truncate, persist, memory, off).
    Rollback,
    /// Write-ahead log.
    Wal,
}

impl JournalMode {
    /// The stable word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rollback => "rollback",
            Self::Wal => "wal",
        }
    }

    /// Reads the stable word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Rollback, Self::Wal].into_iter().find(|m| m.as_str() == word)
    }
}

impl fmt::Display for JournalMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One table and its number of rows; `None` where it could not be counted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct TableCount {
    /// The table.
    pub table: TableName,
    /// Rows, or `None` where counting needs something that only the application has.
    pub rows: Option<u64>,
}

/// Header, schema and counts of one database at one instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatabaseFacts {
    /// Bytes per page, 512 to 65536.
    pub page_size: u32,
    /// Pages.
    pub page_count: u64,
    /// Text encoding as the engine names it, for example `UTF-8`.
    pub encoding: String,
    /// Journal mode as found.
    pub journal: JournalMode,
    /// The application's own schema version number.
    pub user_version: i32,
    /// The application's id in the header.
    pub application_id: i32,
    /// The engine's counter of schema changes.
    pub schema_cookie: i64,
    /// Digest over the schema: every table, index, view and trigger with its definition.
    pub fingerprint: Digest,
    /// Tables with their row counts, sorted by name; empty where they were not counted.
    pub tables: Vec<TableCount>,
    /// Version of the engine that read the file.
    pub engine_version: String,
}

impl DatabaseFacts {
    /// The header fields that a byte copy must keep.
    #[must_use]
    pub fn header_ids(&self) -> (u32, u64, &str, i32, i32) {
        (self.page_size, self.page_count, &self.encoding, self.user_version, self.application_id)
    }

    /// Size in bytes: page size times page count.
    #[must_use]
    pub fn size_bytes(&self) -> u64 {
        u64::from(self.page_size).saturating_mul(self.page_count)
    }

    /// Sum of all counted rows.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.tables.iter().filter_map(|t| t.rows).sum()
    }
}
