//! What an examination of a database found, as counts and digests: never as row values.

use crate::digest::Digest;
use crate::id::TableName;
use crate::schema::DatabaseFacts;

/// Rows of one table whose parent is missing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Orphans {
    /// The child table.
    pub table: TableName,
    /// The parent table that the constraint names.
    pub parent: TableName,
    /// How many child rows have no parent.
    pub rows: u64,
}

/// Findings of `quick_check` and `foreign_key_check`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Findings {
    /// Number of structural findings; 0 means that the structure is sound as far as `quick_check` sees.
    pub structure: u64,
    /// Digest over the structural finding lines, so that two examinations can be compared.
    pub structure_digest: Digest,
    /// Orphans per constraint, sorted.
    pub orphans: Vec<Orphans>,
    /// Digest over every orphan's table, row number, parent and constraint number.
    pub orphans_digest: Digest,
}

impl Findings {
    /// Findings of a database in which nothing was found.
    #[must_use]
    pub fn none() -> Self {
        let empty = Digest::of(b"");
        Self { structure: 0, structure_digest: empty, orphans: Vec::new(), orphans_digest: empty }
    }

    /// Nothing was found at all.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.structure == 0 && self.orphans.is_empty()
    }

    /// The structure itself is damaged: the source must be looked at, the capture is suspect.
    #[must_use]
    pub fn is_damaged(&self) -> bool {
        self.structure > 0
    }

    /// Total of orphaned rows.
    #[must_use]
    pub fn orphan_rows(&self) -> u64 {
        self.orphans.iter().map(|o| o.rows).sum()
    }
}

/// Something that could not be examined, and why.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct NotChecked {
    /// Table or index that was passed over.
    pub subject: String,
    /// Which check was not done, for example `structure` or `rows`.
    pub check: String,
    /// The reason in words, for example `collation unicase is defined by the application`.
    pub reason: String,
}

/// All that one examination of a database yields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Examination {
    /// Header, schema and counts.
    pub facts: DatabaseFacts,
    /// What was found.
    pub findings: Findings,
    /// What could not be examined, sorted.
    pub not_checked: Vec<NotChecked>,
}

impl Examination {
    /// Nothing found and nothing passed over: the source needs no second look.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.findings.is_clean() && self.not_checked.is_empty()
    }
}

/// Why a copy does not agree with its pinned source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Disagreement {
    /// Tables, views, indexes or triggers differ.
    #[error("the schema of the copy differs from the source")]
    Schema,
    /// A table has another number of rows.
    #[error("row counts of the copy differ from the source")]
    RowCounts,
    /// Page size, encoding or an id in the header differs.
    #[error("the header of the copy differs from the source")]
    Header,
    /// The copy shows other findings than the source.
    #[error("the copy shows other findings than the source")]
    Findings,
}

/// Compares a copy with its source: table list, counts, schema and header ids, and the findings where the
/// source was examined too.
///
/// # Errors
/// The first disagreement, in the order of [`Disagreement`].
pub fn compare(
    source: &DatabaseFacts,
    source_findings: Option<&Examination>,
    copy: &Examination,
) -> Result<(), Disagreement> {
    if source.fingerprint != copy.facts.fingerprint {
        return Err(Disagreement::Schema);
    }
    if source.tables != copy.facts.tables {
        return Err(Disagreement::RowCounts);
    }
    if source.header_ids() != copy.facts.header_ids() {
        return Err(Disagreement::Header);
    }
    match source_findings {
        Some(seen) if seen.findings != copy.findings || seen.not_checked != copy.not_checked => {
            Err(Disagreement::Findings)
        }
        _ => Ok(()),
    }
}
