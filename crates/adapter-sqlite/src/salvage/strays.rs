//! Leaves that no tree reaches any more, matched with the gaps that the walks found.
//!
//! A leaf goes to a table only where that is the one table that misses exactly these row numbers and whose rows look
//! like it. Without a gap a leaf is old: its rows were deleted, and stay deleted.

use super::image::FreePages;
use super::output::{Output, Table};
use super::page::{BtreePage, PageKind};
use super::record::Record;
use super::tree::{Found, Gap, Walked};
use crate::error::SqliteError;
use lifeboat_ports::CancelToken;

/// A table, and what of it is missing.
pub(super) struct Missing {
    pub(super) table: Table,
    pub(super) gaps: Vec<Gap>,
    pub(super) rows: u64,
    pub(super) matched: u64,
}

impl Missing {
    fn may_own(&self, kind: PageKind, rows: &[Found]) -> bool {
        let fits = |record: &Record| self.table.shape.fits(record);
        let kind_fits = match kind {
            PageKind::LeafTable => self.table.shape.has_row_numbers,
            _ => !self.table.shape.has_row_numbers,
        };
        let range = (rows.iter().map(|r| r.rowid).min(), rows.iter().map(|r| r.rowid).max());
        let (Some(low), Some(high)) = range else { return false };
        let within = self.gaps.iter().any(|gap| gap.contains(&low) && gap.contains(&high));
        let whole = rows.iter().filter(|row| row.record.is_whole);
        // A table without row numbers holds no row shorter than its key and columns; others may.
        let full = |row: &Found| {
            self.table.shape.has_row_numbers || row.record.fields.len() == self.table.shape.columns.len()
        };
        kind_fits && within && whole.clone().all(|row| fits(&row.record) && full(row))
    }
}

/// Its numbers and its looks fit a gap, and so would those of a page that was given back.
const MAY_BE_FREE: &str = "it may have been deleted: the list of free pages is damaged";

const fn reason(kind: PageKind) -> &'static str {
    match kind {
        PageKind::LeafTable | PageKind::InteriorTable => "nothing tells which table it was in",
        PageKind::LeafIndex | PageKind::InteriorIndex => "of an index, or of a table without row numbers",
    }
}

/// Takes in every leaf that nobody reached. `schema_is_known` tells whether a leaf without an owner is merely old.
pub(super) fn take_in(
    walked: &mut Walked<'_>,
    free: &FreePages,
    tables: &mut [Missing],
    (output, schema_is_known): (&mut Output, bool),
    cancel: &CancelToken,
) -> Result<(), SqliteError> {
    if schema_is_known && tables.iter().all(|table| table.gaps.is_empty()) {
        return Ok(());
    }
    for number in 2..=walked.image.page_count {
        if walked.seen.contains(&number) || free.pages.contains(&number) {
            continue;
        }
        super::refuse_cancelled(cancel)?;
        let Some(bytes) = walked.image.page(number) else { continue };
        let Some(page) = BtreePage::parse(number, &bytes, walked.image.usable()) else { continue };
        if page.kind == PageKind::InteriorTable {
            continue;
        }
        let rows: Vec<Found> = walked.rows(number, &page).collect();
        if rows.is_empty() {
            continue;
        }
        // Of a table that is not known any more a leaf may look like another's: then it is nobody's.
        let owners: Vec<usize> =
            (0..tables.len()).filter(|at| schema_is_known && tables[*at].may_own(page.kind, &rows)).collect();
        match (owners.as_slice(), page.kind) {
            ([owner], _) if free.is_whole => {
                walked.damaged.remove(&number);
                let missing = &mut tables[*owner];
                for row in &rows {
                    let taken = u64::from(output.put(&missing.table, row)?);
                    missing.rows += taken;
                    missing.matched += taken;
                }
            }
            // A page that a tree points to is not old, whatever else is wrong with it.
            ([], _) if schema_is_known && !walked.damaged.contains(&number) => {}
            // Most entries are of ordinary indexes, which repeat what is in their table.
            (_, PageKind::LeafIndex | PageKind::InteriorIndex) if schema_is_known => {}
            (owners, kind) => {
                walked.damaged.remove(&number);
                let why = if owners.len() == 1 { MAY_BE_FREE } else { reason(kind) };
                for row in &rows {
                    output.lose(None, row, why)?;
                }
            }
        }
    }
    Ok(())
}
