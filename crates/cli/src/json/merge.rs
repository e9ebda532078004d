//! Documents of `merge`, `conflicts` and `resolve`.

use super::{Point, Recovered};
use lifeboat::domain::merge::Kept;
use lifeboat::domain::time::UtcMillis;
use lifeboat::domain::value::Value;
use lifeboat::ports::{OpenConflict, RowName, Told};
use lifeboat::{Compared, MergeOutcome};
use serde::Serialize;
use std::collections::BTreeMap;

#[cfg(test)]
use schemars::JsonSchema;

/// A value of a column: a blob as `x'...'`.
pub(crate) fn value(value: &Value) -> serde_json::Value {
    match value {
        Value::Null => serde_json::Value::Null,
        Value::Integer(number) => (*number).into(),
        Value::Real(number) => (*number).into(),
        Value::Text(text) => text.as_str().into(),
        Value::Blob(bytes) => {
            let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("x'{hex}'").into()
        }
    }
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub(crate) struct Row {
    pub(crate) table: String,
    /// Key columns with their values in this database.
    pub(crate) key: BTreeMap<String, serde_json::Value>,
}

impl From<&RowName> for Row {
    fn from(row: &RowName) -> Self {
        let key = row.key.iter().map(|(field, one)| (field.to_string(), value(one)));
        Self { table: row.table.to_string(), key: key.collect() }
    }
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub(crate) struct Version {
    /// `ours` or `theirs`.
    pub(crate) side: &'static str,
    pub(crate) value: serde_json::Value,
    /// Null where nobody knows.
    pub(crate) at: Option<String>,
    pub(crate) replica: String,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub(crate) struct Conflict {
    pub(crate) id: String,
    pub(crate) row: Row,
    /// The column; null where it is about whether the row is there.
    pub(crate) column: Option<String>,
    /// The latest first; it is what is shown.
    pub(crate) versions: Vec<Version>,
    /// What it was before both wrote; null where that is not known, or where it was nothing.
    pub(crate) base: Option<serde_json::Value>,
}

impl From<&OpenConflict> for Conflict {
    fn from(conflict: &OpenConflict) -> Self {
        let versions = conflict.versions.iter().map(|version| Version {
            side: if version.ours { "ours" } else { "theirs" },
            value: value(&version.value),
            at: when(version.clock.hlc.millis()),
            replica: version.dot.replica.to_string(),
        });
        Self {
            id: conflict.id.clone(),
            row: (&conflict.row).into(),
            column: conflict.field.as_ref().map(ToString::to_string),
            versions: versions.collect(),
            base: conflict.base.as_ref().map(value),
        }
    }
}

/// One line of the report.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub(crate) struct Line {
    /// `lost`, `conflict`, `violation`, `united`, `revived`, `parked`, `nulled`, `renumbered`, `branch`.
    pub(crate) kind: &'static str,
    pub(crate) row: Option<Row>,
    /// The column that it is about.
    pub(crate) column: Option<String>,
    /// What more there is to say.
    pub(crate) detail: String,
}

impl From<&Told> for Line {
    fn from(told: &Told) -> Self {
        let (kind, row, column) = match told {
            Told::Lost { row, field, .. } => ("lost", Some(row), field.as_ref()),
            Told::Conflict(one) => ("conflict", Some(&one.row), one.field.as_ref()),
            Told::Violation(row) => ("violation", Some(row), None),
            Told::United { kept, .. } => ("united", Some(kept), None),
            Told::Revived(row) => ("revived", Some(row), None),
            Told::Parked(row) => ("parked", Some(row), None),
            Told::Nulled(row) => ("nulled", Some(row), None),
            Told::Renumbered { row, .. } => ("renumbered", Some(row), None),
            Told::Branch { .. } => ("branch", None, None),
        };
        Self { kind, row: row.map(Into::into), column: column.map(ToString::to_string), detail: detail(told) }
    }
}

/// A time; none where two copies were compared, which says nothing of when.
pub(crate) fn when(at: UtcMillis) -> Option<String> {
    (at.0 > 0).then(|| at.rfc3339())
}

/// A row as people read it: `customer 17`, `line 3, 2`.
pub(crate) fn name(row: &RowName) -> String {
    let key: Vec<String> = row.key.iter().map(|(_, one)| value(one).to_string()).collect();
    format!("{} {}", row.table, key.join(", "))
}

/// A line in words.
pub(crate) fn detail(told: &Told) -> String {
    match told {
        Told::Lost { row, field, kept, at, .. } => {
            let what = field.as_ref().map_or_else(|| name(row), |field| format!("{field} of {}", name(row)));
            let whose = if *kept == Kept::Ours { "the other side's" } else { "our" };
            let of = when(*at).map(|at| format!(" of {at}")).unwrap_or_default();
            let earlier = if of.is_empty() { "" } else { "earlier " };
            format!("{what}: {whose} {earlier}write{of} was overruled")
        }
        Told::Conflict(one) => {
            let what = one.field.as_ref().map_or_else(|| "being there".to_owned(), ToString::to_string);
            let said: Vec<String> =
                one.versions.iter().map(|version| value(&version.value).to_string()).collect();
            let was = one.base.as_ref().map(|base| format!(", before {}", value(base))).unwrap_or_default();
            format!("{what} of {} is to be decided: {}{was} ({})", name(&one.row), said.join(" or "), one.id)
        }
        Told::Violation(row) => format!("{} is append-only: a change of it did not spread", name(row)),
        Told::United { kept, gone, differ } => {
            let columns: Vec<String> = differ.iter().map(ToString::to_string).collect();
            let differ = match columns.is_empty() {
                true => String::new(),
                false => format!("; they differed in {}", columns.join(", ")),
            };
            format!("{} is one thing with {}{differ}", name(gone), name(kept))
        }
        Told::Revived(row) => format!("{} is there again: something refers to it", name(row)),
        Told::Parked(row) => format!("{} is set aside: its value is taken, or its parent is gone", name(row)),
        Told::Nulled(row) => format!("{} is shown without its reference", name(row)),
        Told::Renumbered { row, number, .. } => format!("{} was {number} where it was made", name(row)),
        Told::Branch { to, ours, .. } => {
            let whose = if *ours { "this copy" } else { "the other copy" };
            format!("both were written under one name since they were copied: {whose} is {} now", to.short())
        }
    }
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub(crate) struct Merge {
    pub(crate) dry_run: bool,
    /// `by-journals`, `since` a base, `beside` each other.
    pub(crate) compared: &'static str,
    /// The last state that both had, where it was needed.
    pub(crate) base: Option<String>,
    /// Rows that were written, or would be.
    pub(crate) rows: u64,
    /// Writes of others that are known now.
    pub(crate) writes: u64,
    /// What was wrong with this database's tracking, and is mended (in a dry run: would be).
    pub(crate) mended: Vec<String>,
    /// Tables that differ between two copies without journals and do not travel by the rules.
    pub(crate) left: Vec<String>,
    pub(crate) told: Vec<Line>,
    pub(crate) conflicts: Vec<Conflict>,
    /// The state before; null in a dry run, and where nothing was new.
    pub(crate) restore_point: Option<Point>,
    pub(crate) recovered: Option<Recovered>,
}

impl Merge {
    pub(crate) fn new(outcome: &MergeOutcome, dry_run: bool) -> Self {
        let conflict = |told: &Told| match told {
            Told::Conflict(one) => Some(Conflict::from(one)),
            _ => None,
        };
        let (compared, base) = match &outcome.compared {
            Compared::ByJournals => ("by-journals", None),
            Compared::Since(base) => ("since", Some(base.clone())),
            Compared::Beside => ("beside", None),
        };
        Self {
            dry_run,
            compared,
            base,
            rows: outcome.report.rows,
            writes: outcome.report.lines,
            mended: outcome.mended.iter().map(ToString::to_string).collect(),
            left: outcome.left.iter().map(ToString::to_string).collect(),
            told: outcome.report.told.iter().map(Into::into).collect(),
            conflicts: outcome.report.told.iter().filter_map(conflict).collect(),
            restore_point: outcome.restore_point.as_ref().map(Into::into),
            recovered: outcome.recovered.as_ref().map(Into::into),
        }
    }
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub(crate) struct Conflicts {
    pub(crate) conflicts: Vec<Conflict>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub(crate) struct Resolved {
    pub(crate) resolved: Vec<Conflict>,
}
