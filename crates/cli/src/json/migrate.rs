//! Documents of `migrate`.

use super::{Point, Recovered};
use lifeboat::domain::migration::{Change, Entry, Outcome};
use lifeboat::ports::StepReport;
use lifeboat::{Adoption, MigrateReport, MigrationPlan, MigrationStatus};
use serde::Serialize;

#[cfg(test)]
use schemars::JsonSchema;

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub(crate) struct Written {
    pub(crate) path: String,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub(crate) struct Adopted {
    pub(crate) dry_run: bool,
    /// `sqlx`, `refinery`, `diesel`, `knex`, `drizzle`, `django`, `golang-migrate` or `user_version`; null where no other
    /// ledger was found.
    pub(crate) tool: Option<&'static str>,
    /// Lines of that ledger.
    pub(crate) foreign_steps: u64,
    /// Steps that the database already has; empty where there is a ledger of Lifeboat's.
    pub(crate) steps: Vec<String>,
    /// `user_version` before; an adoption raises it to the number of the last step.
    pub(crate) header: u32,
    /// The file that `--baseline` wrote.
    pub(crate) written: Option<String>,
    pub(crate) restore_point: Option<Point>,
    pub(crate) recovered: Option<Recovered>,
}

impl Adopted {
    pub(crate) fn new(adoption: &Adoption, dry_run: bool, written: Option<&std::path::Path>) -> Self {
        Self {
            dry_run,
            tool: adoption.tool.map(lifeboat::domain::migration::foreign::Tool::as_str),
            foreign_steps: adoption.foreign_steps as u64,
            steps: adoption.steps.iter().map(ToString::to_string).collect(),
            header: adoption.header,
            written: written.map(|path| path.display().to_string()),
            restore_point: adoption.restore_point.as_ref().map(Into::into),
            recovered: adoption.recovered.as_ref().map(Into::into),
        }
    }
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub(crate) struct LedgerLine {
    pub(crate) step: String,
    /// BLAKE3 of the step's text, line ends normalised.
    pub(crate) blake3: String,
    /// RFC 3339, UTC.
    pub(crate) at: String,
    pub(crate) app_version: Option<String>,
    pub(crate) took_ms: u64,
    pub(crate) restore_point: Option<String>,
    /// `applied`, `adopted` or `failed`.
    pub(crate) outcome: &'static str,
    pub(crate) reason: Option<String>,
}

impl From<&Entry> for LedgerLine {
    fn from(entry: &Entry) -> Self {
        let (outcome, reason) = match &entry.outcome {
            Outcome::Applied => ("applied", None),
            Outcome::Adopted => ("adopted", None),
            Outcome::Failed { reason } => ("failed", Some(reason.clone())),
        };
        Self {
            step: entry.id.to_string(),
            blake3: entry.digest.to_string(),
            at: entry.at.rfc3339(),
            app_version: entry.app_version.clone(),
            took_ms: entry.took_ms,
            restore_point: entry.restore_point.map(|id| id.to_string()),
            outcome,
            reason,
        }
    }
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub(crate) struct Status {
    /// Null where there is no database.
    pub(crate) ledger: Option<Vec<LedgerLine>>,
    /// Null where nothing may run; the error says why.
    pub(crate) pending: Option<Vec<String>>,
    /// Code of that error.
    pub(crate) refused: Option<String>,
    /// An act that was interrupted and is settled by the next one.
    pub(crate) interrupted: Option<String>,
}

impl From<&MigrationStatus> for Status {
    fn from(status: &MigrationStatus) -> Self {
        let pending = status.pending.as_ref();
        Self {
            ledger: status.ledger.as_ref().map(|ledger| ledger.entries.iter().map(Into::into).collect()),
            pending: pending.ok().map(|ids| ids.iter().map(ToString::to_string).collect()),
            refused: pending.err().map(|error| error.code().to_string()),
            interrupted: None,
        }
    }
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub(crate) struct ChangeLine {
    /// `appeared`, `vanished`, `redefined` or `rows`.
    pub(crate) change: &'static str,
    /// Kind and name of the object, or name of the table.
    pub(crate) subject: String,
    pub(crate) rows_before: Option<u64>,
    pub(crate) rows_after: Option<u64>,
}

impl From<&Change> for ChangeLine {
    fn from(change: &Change) -> Self {
        let of = |change, subject: String| Self { change, subject, rows_before: None, rows_after: None };
        match change {
            Change::Appeared(object) => of("appeared", object.to_string()),
            Change::Vanished(object) => of("vanished", object.to_string()),
            Change::Redefined(object) => of("redefined", object.to_string()),
            Change::Rows { table, before, after } => {
                Self { rows_before: Some(*before), rows_after: Some(*after), ..of("rows", table.to_string()) }
            }
        }
    }
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub(crate) struct Step {
    pub(crate) step: String,
    pub(crate) took_ms: u64,
    pub(crate) changes: Vec<ChangeLine>,
    /// Rows without a parent that went to a side table.
    pub(crate) orphans_moved: u64,
}

impl From<&StepReport> for Step {
    fn from(report: &StepReport) -> Self {
        Self {
            step: report.id.to_string(),
            took_ms: u64::try_from(report.took.as_millis()).unwrap_or(u64::MAX),
            changes: report.changes.iter().map(Into::into).collect(),
            orphans_moved: report.orphans_moved.iter().map(|(_, rows)| rows).sum(),
        }
    }
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub(crate) struct Plan {
    pub(crate) pending: Vec<String>,
    pub(crate) steps: Vec<Step>,
    /// The step that would fail.
    pub(crate) failed: Option<String>,
    pub(crate) reason: Option<String>,
    pub(crate) size_before_bytes: u64,
    pub(crate) size_after_bytes: u64,
    pub(crate) took_ms: u64,
}

impl From<&MigrationPlan> for Plan {
    fn from(plan: &MigrationPlan) -> Self {
        Self {
            pending: plan.pending.iter().map(ToString::to_string).collect(),
            steps: plan.ran.done.iter().map(Into::into).collect(),
            failed: plan.ran.failed.as_ref().map(|(id, _)| id.to_string()),
            reason: plan.ran.failed.as_ref().map(|(_, reason)| reason.clone()),
            size_before_bytes: plan.size_before,
            size_after_bytes: plan.size_after,
            took_ms: u64::try_from(plan.took.as_millis()).unwrap_or(u64::MAX),
        }
    }
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub(crate) struct Applied {
    pub(crate) steps: Vec<Step>,
    /// The state before; null where nothing was pending or there was no database.
    pub(crate) restore_point: Option<Point>,
    pub(crate) created: bool,
    pub(crate) recovered: Option<Recovered>,
    pub(crate) took_ms: u64,
}

impl From<&MigrateReport> for Applied {
    fn from(report: &MigrateReport) -> Self {
        Self {
            steps: report.done.iter().map(Into::into).collect(),
            restore_point: report.restore_point.as_ref().map(Into::into),
            created: report.created,
            recovered: report.recovered.as_ref().map(Into::into),
            took_ms: u64::try_from(report.took.as_millis()).unwrap_or(u64::MAX),
        }
    }
}
