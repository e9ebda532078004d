//! Documents of `quarantine`, `salvage`, `repair`, `maintain` and `relocate`.

use super::{Point, Recovered};
use lifeboat::domain::swap::PartRecord;
use lifeboat::ports::Checkpoint;
use lifeboat::{
    Confirmation, MaintainReport, QuarantinePlan, QuarantineReport, Relocation, RepairReport, SalvageReport,
};
use serde::Serialize;
use std::path::Path;

#[cfg(test)]
use schemars::JsonSchema;

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub(crate) struct File {
    /// Ending behind the database's name: empty, `-wal` or `-journal`.
    pub(crate) ending: &'static str,
    pub(crate) size_bytes: u64,
    pub(crate) blake3: String,
}

fn files(records: &[PartRecord]) -> Vec<File> {
    let file = |record: &PartRecord| File {
        ending: record.part.suffix(),
        size_bytes: record.size_bytes,
        blake3: record.digest.to_string(),
    };
    records.iter().map(file).collect()
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub(crate) struct Quarantine {
    pub(crate) dry_run: bool,
    /// Folder under `quarantine` of the work folder; null in a dry run.
    pub(crate) set: Option<String>,
    pub(crate) files: Vec<File>,
    /// The newest point that may be restored.
    pub(crate) offer: Option<Point>,
    pub(crate) recovered: Option<Recovered>,
}

impl From<&QuarantinePlan> for Quarantine {
    fn from(plan: &QuarantinePlan) -> Self {
        let offer = plan.offer.as_ref().map(Into::into);
        Self { dry_run: true, set: None, files: files(&plan.files), offer, recovered: None }
    }
}

impl From<&QuarantineReport> for Quarantine {
    fn from(report: &QuarantineReport) -> Self {
        Self {
            dry_run: false,
            set: Some(report.set.clone()),
            files: files(&report.files),
            offer: report.offer.as_ref().map(Into::into),
            recovered: report.recovered.as_ref().map(Into::into),
        }
    }
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub(crate) struct SalvagedTable {
    pub(crate) name: String,
    /// Rows that are in it again.
    pub(crate) rows: u64,
    /// Of these, rows that were matched by number and shape, because no page led to them any more.
    pub(crate) matched_rows: u64,
    /// A part of it could not be read.
    pub(crate) has_gap: bool,
    /// Rows that it had in the newest point; null where there is none.
    pub(crate) rows_in_point: Option<u64>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub(crate) struct Salvage {
    pub(crate) path: String,
    /// As far as can be told, nothing is missing.
    pub(crate) whole: bool,
    pub(crate) tables: Vec<SalvagedTable>,
    /// Rows in `lifeboat_lost_rows`.
    pub(crate) lost_rows: u64,
    pub(crate) damaged_pages: u64,
    pub(crate) damaged_cells: u64,
    /// Commits in the log that the engine does not read.
    pub(crate) unread_commits: u64,
    pub(crate) header_was_damaged: bool,
    pub(crate) schema_has_gap: bool,
    /// Definitions that came from `point`.
    pub(crate) objects_from_point: u64,
    pub(crate) not_restored: Vec<String>,
    pub(crate) orphan_rows: u64,
    pub(crate) structure_findings: u64,
    /// The point that was compared with.
    pub(crate) point: Option<Point>,
    pub(crate) took_ms: u64,
}

impl Salvage {
    pub(crate) fn new(report: &SalvageReport, to: &Path, took_ms: u64) -> Self {
        let s = &report.salvaged;
        let table = |t: &lifeboat::ports::TableSalvage| SalvagedTable {
            name: t.table.to_string(),
            rows: t.rows,
            matched_rows: t.matched_rows,
            has_gap: t.has_gap,
            rows_in_point: report.rows_in_model(&t.table),
        };
        Self {
            path: to.display().to_string(),
            whole: s.is_whole(),
            tables: s.tables.iter().map(table).collect(),
            lost_rows: s.lost_rows,
            damaged_pages: s.damaged_pages,
            damaged_cells: s.damaged_cells,
            unread_commits: s.unread_commits,
            header_was_damaged: s.header_was_damaged,
            schema_has_gap: s.schema_has_gap,
            objects_from_point: s.objects_from_model,
            not_restored: s.not_restored.clone(),
            orphan_rows: report.orphan_rows,
            structure_findings: report.structure_findings,
            point: report.model.as_ref().map(Into::into),
            took_ms,
        }
    }
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub(crate) struct Repair {
    pub(crate) dry_run: bool,
    /// Indexes that were, or would be, built anew.
    pub(crate) indexes: Vec<String>,
    /// Pages that belong to nothing are left: the file could not be rebuilt.
    pub(crate) unused_pages_left: bool,
    /// The state before.
    pub(crate) safety: Option<Point>,
    pub(crate) recovered: Option<Recovered>,
}

impl From<&RepairReport> for Repair {
    fn from(report: &RepairReport) -> Self {
        Self {
            dry_run: false,
            indexes: report.indexes.iter().cloned().collect(),
            unused_pages_left: report.unused_pages_left,
            safety: report.safety.as_ref().map(Into::into),
            recovered: report.recovered.as_ref().map(Into::into),
        }
    }
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub(crate) struct Maintain {
    /// `no-log`, `finished` or `blocked`.
    pub(crate) checkpoint: &'static str,
    pub(crate) blocked_by: Option<String>,
    pub(crate) log_bytes_before: u64,
    pub(crate) log_bytes_after: u64,
    pub(crate) freed_pages: u64,
    pub(crate) free_pages: u64,
    pub(crate) pages: u64,
    /// Files of killed acts that were removed.
    pub(crate) swept: u64,
}

impl From<&MaintainReport> for Maintain {
    fn from(report: &MaintainReport) -> Self {
        Self {
            checkpoint: match report.done.checkpoint {
                Checkpoint::NoLog => "no-log",
                Checkpoint::Finished => "finished",
                Checkpoint::Blocked => "blocked",
            },
            blocked_by: report.blocked_by.clone(),
            log_bytes_before: report.log_before,
            log_bytes_after: report.log_after,
            freed_pages: report.done.freed_pages,
            free_pages: report.done.free_pages,
            pages: report.done.page_count,
            swept: report.swept as u64,
        }
    }
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub(crate) struct Relocate {
    pub(crate) dry_run: bool,
    pub(crate) to: String,
    pub(crate) vault: String,
    pub(crate) size_bytes: u64,
    /// Restore points that come along; 0 where the vault stays.
    pub(crate) points: u64,
    /// The state at the move.
    pub(crate) point: Option<Point>,
    /// Folder of the old files under `quarantine` of the old work folder.
    pub(crate) set: Option<String>,
    pub(crate) recovered: Option<Recovered>,
}

impl From<&Relocation> for Relocate {
    fn from(plan: &Relocation) -> Self {
        Self {
            dry_run: plan.set.is_none(),
            to: plan.to.display().to_string(),
            vault: plan.vault.display().to_string(),
            size_bytes: plan.size_bytes,
            points: plan.points as u64,
            point: plan.point.as_ref().map(Into::into),
            set: plan.set.clone(),
            recovered: plan.recovered.as_ref().map(Into::into),
        }
    }
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub(crate) struct Confirmed {
    /// Where the database is.
    pub(crate) at: String,
    pub(crate) freed_bytes: u64,
    /// Files of points that were removed, because the new vault holds them too.
    pub(crate) point_files: u64,
    /// Points that stay at the old place, because the new vault holds them otherwise or not at all.
    pub(crate) differing: u64,
}

impl From<&Confirmation> for Confirmed {
    fn from(done: &Confirmation) -> Self {
        let at = done.at.display().to_string();
        let (point_files, differing) = (done.point_files as u64, done.differing as u64);
        Self { at, freed_bytes: done.freed_bytes, point_files, differing }
    }
}
