//! The documents of `--json`. Their schemas stand in docs/formats/ and a test holds them to these types.
//! A field is added freely, never renamed or removed within a `schema_version`.

use lifeboat::domain::act::Act;
use lifeboat::domain::code::Code;
use lifeboat::domain::manifest::Manifest;
use lifeboat::domain::restore::{RestoreMode, SwapReason};
use lifeboat::domain::row_difference::{TableChange, TableDifference};
use lifeboat::domain::schema::DatabaseFacts;
use lifeboat::{Check, Damage, Recovery, Remedy};
use serde::Serialize;
use std::io::Write;

pub(crate) mod damage;
pub(crate) mod merge;
pub(crate) mod migrate;
pub(crate) mod track;
pub(crate) mod update;

#[cfg(test)]
use schemars::JsonSchema;

/// Version of every document.
pub(crate) const SCHEMA_VERSION: u32 = 1;

/// The envelope of every document.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub(crate) struct Document<T> {
    pub(crate) schema_version: u32,
    pub(crate) kind: &'static str,
    #[serde(flatten)]
    pub(crate) body: T,
}

/// Wraps a body.
pub(crate) const fn document<T>(kind: &'static str, body: T) -> Document<T> {
    Document { schema_version: SCHEMA_VERSION, kind, body }
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub(crate) struct ErrorBody {
    pub(crate) code: String,
    pub(crate) cause: String,
    pub(crate) state: String,
    pub(crate) next: String,
    pub(crate) exit_status: u8,
}

/// The error document, on standard error.
pub(crate) fn error(code: Code, [cause, state, next]: [&str; 3]) {
    let body = ErrorBody {
        code: code.to_string(),
        cause: cause.to_owned(),
        state: state.to_owned(),
        next: next.to_owned(),
        exit_status: code.exit_status(),
    };
    let text = serde_json::to_string_pretty(&document("error", body)).unwrap_or_default();
    // Standard error is the last place to tell anything.
    let _ = writeln!(std::io::stderr(), "{text}");
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub(crate) struct Table {
    pub(crate) name: String,
    /// Rows; null where they could not be counted.
    pub(crate) rows: Option<u64>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub(crate) struct NotChecked {
    pub(crate) subject: String,
    pub(crate) check: String,
    pub(crate) reason: String,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub(crate) struct Point {
    pub(crate) id: String,
    pub(crate) short_id: String,
    /// `manual`, `scheduled`, `pre-migration`, `pre-restore`, `pre-merge`, `pre-update` or `pre-move`.
    pub(crate) kind: String,
    pub(crate) note: Option<String>,
    pub(crate) sequence: u64,
    /// RFC 3339, UTC.
    pub(crate) created: String,
    pub(crate) database: String,
    pub(crate) size_bytes: u64,
    pub(crate) blake3: String,
    /// `captured`, `hashed`, `checked` or `drilled`.
    pub(crate) trust: String,
    pub(crate) trust_at: String,
    pub(crate) suspect: bool,
    pub(crate) structure_findings: u64,
    pub(crate) orphan_rows: u64,
    pub(crate) not_checked: Vec<NotChecked>,
    pub(crate) user_version: i32,
    pub(crate) app_version: Option<String>,
    pub(crate) tables: Vec<Table>,
    /// File name in the vault's `points` folder.
    pub(crate) file: String,
}

impl From<&Manifest> for Point {
    fn from(m: &Manifest) -> Self {
        let gap = |n: &lifeboat::domain::findings::NotChecked| NotChecked {
            subject: n.subject.clone(),
            check: n.check.clone(),
            reason: n.reason.clone(),
        };
        Self {
            id: m.id.to_string(),
            short_id: m.id.short(),
            kind: m.kind.to_string(),
            note: m.note.clone(),
            sequence: m.sequence,
            created: m.created.rfc3339(),
            database: m.database.clone(),
            size_bytes: m.size_bytes,
            blake3: m.digest.to_string(),
            trust: m.trust.level.to_string(),
            trust_at: m.trust.at.rfc3339(),
            suspect: m.suspect,
            structure_findings: m.findings.structure,
            orphan_rows: m.findings.orphan_rows(),
            not_checked: m.not_checked.iter().map(gap).collect(),
            user_version: m.facts.user_version,
            app_version: m.app_version.clone(),
            tables: tables(&m.facts),
            file: m.stem().point_file(),
        }
    }
}

fn tables(facts: &DatabaseFacts) -> Vec<Table> {
    facts.tables.iter().map(|t| Table { name: t.table.to_string(), rows: t.rows }).collect()
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub(crate) struct Recovered {
    /// `restore`, `undo`, `migrate`, `guard` or `quarantine`.
    pub(crate) act: String,
    /// `old`, `new`, or `old or new` where the schema was changed since.
    pub(crate) outcome: String,
    pub(crate) set_aside: Vec<String>,
}

impl From<&Recovery> for Recovered {
    fn from(r: &Recovery) -> Self {
        let act = r.act.verb.as_str().to_owned();
        Self { act, outcome: r.outcome_word().to_owned(), set_aside: r.set_aside.clone() }
    }
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub(crate) struct Backup {
    pub(crate) point: Point,
    pub(crate) took_ms: u64,
    pub(crate) wal_growth_bytes: u64,
    pub(crate) recovered: Option<Recovered>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub(crate) struct List {
    /// Oldest first.
    pub(crate) points: Vec<Point>,
    pub(crate) damaged: Vec<Damaged>,
    pub(crate) strays: Vec<String>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub(crate) struct Show {
    pub(crate) point: Point,
    pub(crate) path: String,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub(crate) struct Damaged {
    pub(crate) name: String,
    pub(crate) what: String,
    pub(crate) code: String,
}

impl From<&Damage> for Damaged {
    fn from(d: &Damage) -> Self {
        Self { name: d.name.clone(), what: d.what.clone(), code: d.code.to_string() }
    }
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub(crate) struct Verify {
    pub(crate) sound: Vec<Point>,
    pub(crate) damaged: Vec<Damaged>,
    pub(crate) strays: Vec<String>,
    pub(crate) bytes: u64,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub(crate) struct Difference {
    pub(crate) table: String,
    /// `equal`, `rows`, `count-only`, `appears` or `vanishes`.
    pub(crate) change: &'static str,
    pub(crate) rows_added: Option<u64>,
    pub(crate) rows_removed: Option<u64>,
    pub(crate) rows_changed: Option<u64>,
    pub(crate) rows_live: Option<u64>,
    pub(crate) rows_point: Option<u64>,
}

impl From<&TableDifference> for Difference {
    fn from(d: &TableDifference) -> Self {
        let mut out = Self {
            table: d.table.to_string(),
            change: "equal",
            rows_added: None,
            rows_removed: None,
            rows_changed: None,
            rows_live: None,
            rows_point: None,
        };
        match d.change {
            TableChange::Equal => {}
            TableChange::Rows { added, removed, changed } => {
                out.change = "rows";
                (out.rows_added, out.rows_removed, out.rows_changed) =
                    (Some(added), Some(removed), Some(changed));
            }
            TableChange::CountOnly { live, point } => {
                out.change = "count-only";
                (out.rows_live, out.rows_point) = (live, point);
            }
            TableChange::Appears { rows } => (out.change, out.rows_point) = ("appears", rows),
            TableChange::Vanishes { rows } => (out.change, out.rows_live) = ("vanishes", rows),
        }
        out
    }
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub(crate) struct RestorePlan {
    pub(crate) point: Option<Point>,
    /// `in-place`, `in-place-through-rollback`, `in-place-rebuilt`, `swap-absent`, `swap-damaged`, `swap-not-writable`.
    pub(crate) mode: Option<&'static str>,
    pub(crate) differences: Vec<Difference>,
    pub(crate) other_schema: bool,
}

/// The stable word for a way in.
pub(crate) const fn mode_word(mode: RestoreMode) -> &'static str {
    match mode {
        RestoreMode::InPlace => "in-place",
        RestoreMode::InPlaceThroughRollback => "in-place-through-rollback",
        RestoreMode::InPlaceRebuilt => "in-place-rebuilt",
        RestoreMode::Swap(SwapReason::Absent) => "swap-absent",
        RestoreMode::Swap(SwapReason::Damaged) => "swap-damaged",
        RestoreMode::Swap(SwapReason::NotWritable) => "swap-not-writable",
    }
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub(crate) struct Restore {
    /// Null where an undo put quarantined files back.
    pub(crate) point: Option<Point>,
    pub(crate) mode: &'static str,
    /// The state before, as a restore point.
    pub(crate) safety: Option<Point>,
    /// Folder of the old files under `quarantine`.
    pub(crate) set_aside: Option<String>,
    pub(crate) intruders: Vec<String>,
    pub(crate) others_wrote: bool,
    pub(crate) recovered: Option<Recovered>,
    /// Name in quarantine of an act's record that was damaged.
    pub(crate) record_set_aside: Option<String>,
    pub(crate) took_ms: u64,
    /// Of that, putting the point in place.
    pub(crate) install_ms: u64,
    pub(crate) restart_advised: bool,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub(crate) struct Guard {
    /// The state before.
    pub(crate) restore_point: Point,
    pub(crate) recovered: Option<Recovered>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub(crate) struct Exported {
    pub(crate) point: Point,
    pub(crate) path: String,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub(crate) struct Decision {
    pub(crate) point: Point,
    pub(crate) goes: bool,
    /// Null where the point was named by hand.
    pub(crate) reason: Option<&'static str>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub(crate) struct Forget {
    pub(crate) dry_run: bool,
    pub(crate) decisions: Vec<Decision>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub(crate) struct Prune {
    pub(crate) dry_run: bool,
    pub(crate) names: Vec<String>,
    pub(crate) bytes: u64,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub(crate) struct CheckLine {
    pub(crate) id: String,
    /// `ok`, `not checked`, `advice` or `problem`.
    pub(crate) health: String,
    pub(crate) finding: String,
    /// The command that mends it.
    pub(crate) command: Option<String>,
    /// What mends it where no command does.
    pub(crate) by_hand: Option<String>,
}

impl From<&Check> for CheckLine {
    fn from(c: &Check) -> Self {
        let (command, by_hand) = match c.mend.clone() {
            Some(Remedy::Command(command)) => (Some(command), None),
            Some(Remedy::ByHand(words)) => (None, Some(words)),
            None => (None, None),
        };
        Self {
            id: c.id.to_owned(),
            health: c.health.as_str().to_owned(),
            finding: c.finding.clone(),
            command,
            by_hand,
        }
    }
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub(crate) struct Doctor {
    pub(crate) checks: Vec<CheckLine>,
    /// The file that `--bundle` wrote.
    pub(crate) bundle: Option<String>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub(crate) struct Database {
    pub(crate) path: String,
    pub(crate) size_bytes: u64,
    pub(crate) page_size: u32,
    /// `wal` or `rollback`.
    pub(crate) journal: String,
    pub(crate) user_version: i32,
    pub(crate) application_id: i32,
    pub(crate) tables: Vec<Table>,
}

impl Database {
    pub(crate) fn new(path: &std::path::Path, facts: &DatabaseFacts) -> Self {
        Self {
            path: path.display().to_string(),
            size_bytes: facts.size_bytes(),
            page_size: facts.page_size,
            journal: facts.journal.to_string(),
            user_version: facts.user_version,
            application_id: facts.application_id,
            tables: tables(facts),
        }
    }
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub(crate) struct Status {
    /// Null where it cannot be read; `database_error` says why.
    pub(crate) database: Option<Database>,
    pub(crate) database_error: Option<String>,
    pub(crate) newest: Option<Point>,
    pub(crate) points: u64,
    pub(crate) points_bytes: u64,
    pub(crate) differences: Vec<Difference>,
    /// Word of an act that was interrupted.
    pub(crate) pending: Option<String>,
}

/// The word for an interrupted act.
pub(crate) fn pending(act: &Act) -> String {
    act.verb.as_str().to_owned()
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub(crate) struct Paths {
    pub(crate) database: String,
    pub(crate) vault: String,
    pub(crate) work_folder: String,
    pub(crate) config: Option<String>,
    /// With `--app`: where data of that application belongs, for one user.
    pub(crate) user_data: Option<String>,
    /// With `--app`: where data of that application belongs, for the whole machine.
    pub(crate) machine_data: Option<String>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub(crate) struct SettingLine {
    pub(crate) name: String,
    pub(crate) value: String,
    pub(crate) origin: String,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub(crate) struct ConfigShow {
    pub(crate) file: Option<String>,
    pub(crate) settings: Vec<SettingLine>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub(crate) struct Init {
    pub(crate) database: Database,
    pub(crate) config: String,
}

#[cfg(test)]
mod tests;
