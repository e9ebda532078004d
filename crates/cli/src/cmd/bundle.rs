//! What a doctor's visit found, as a file for whoever helps. It holds no row values, no notes and no definitions; names
//! of tables, columns, folders and users are replaced unless they are asked for.

use crate::context::Context;
use crate::exit::Failure;
use crate::json;
use lifeboat::domain::redaction::Redaction;
use lifeboat::{Check, Status};
use serde::Serialize;
use std::path::{Component, Path};

/// Whether names go into the bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Names {
    /// Each is replaced by a stand-in.
    Replaced,
    /// As they are.
    Kept,
}

const READ_ME: &str = "A bundle of `lifeboat doctor --bundle`.\n\n\
    It holds verdicts, counts, sizes, times and digests. It holds no row values, no notes and no definitions.\n\
    Names of tables, columns, indexes, files, folders and users are replaced by stand-ins (table-1, column-2 ...)\n\
    unless it was made with --with-names. Look into it before you send it.\n";

#[derive(Serialize)]
struct PointLine {
    id: String,
    kind: String,
    created: String,
    size_bytes: u64,
    trust: String,
    suspect: bool,
    structure_findings: u64,
    orphan_rows: u64,
    user_version: i32,
    rows: Vec<(String, Option<u64>)>,
}

#[derive(Serialize)]
struct StepLine {
    number: u32,
    blake3: String,
    at: String,
    outcome: &'static str,
    app_version: Option<String>,
}

#[derive(Serialize)]
struct System {
    lifeboat: &'static str,
    sqlite: &'static str,
    system: &'static str,
    machine: &'static str,
}

pub(crate) async fn write(
    context: &Context,
    checks: &[Check],
    to: &Path,
    names: Names,
) -> Result<(), Failure> {
    let status = context.boat.status().await.ok();
    let redaction = match names {
        Names::Kept => Redaction::default(),
        Names::Replaced => dictionary(context, status.as_ref()).await,
    };
    let hide = |text: &str| redaction.apply(text);
    let lines: Vec<json::CheckLine> = checks
        .iter()
        .map(|check| json::CheckLine {
            finding: hide(&check.finding),
            mend: check.mend.as_deref().map(hide),
            ..check.into()
        })
        .collect();
    let system = System {
        lifeboat: env!("CARGO_PKG_VERSION"),
        sqlite: lifeboat::engine_version(),
        system: std::env::consts::OS,
        machine: std::env::consts::ARCH,
    };
    let files = [
        ("README.txt", READ_ME.to_owned()),
        ("doctor.json", pretty(&lines)),
        ("points.json", pretty(&status.as_ref().map(|status| points(status, &hide)).unwrap_or_default())),
        ("ledger.json", pretty(&ledger(context).await)),
        ("system.json", pretty(&system)),
    ];
    context.boat.write_bundle(to, &files).map_err(Into::into)
}

fn pretty<T: Serialize>(value: &T) -> String {
    serde_json::to_string_pretty(value).expect("because a bundle holds only plain values")
}

fn points(status: &Status, hide: &impl Fn(&str) -> String) -> Vec<PointLine> {
    let line = |point: lifeboat::domain::manifest::Manifest| PointLine {
        id: point.id.to_string(),
        kind: point.kind.to_string(),
        created: point.created.rfc3339(),
        size_bytes: point.size_bytes,
        trust: point.trust.level.to_string(),
        suspect: point.suspect,
        structure_findings: point.findings.structure,
        orphan_rows: point.findings.orphan_rows(),
        user_version: point.facts.user_version,
        rows: point.facts.tables.iter().map(|table| (hide(table.table.as_str()), table.rows)).collect(),
    };
    status.vault.points().into_iter().map(line).collect()
}

/// Reasons of failures are the engine's or the application's own words: they stay out.
async fn ledger(context: &Context) -> Vec<StepLine> {
    use lifeboat::domain::migration::Outcome;
    let Ok(Some(ledger)) = context.boat.migration_ledger().await else { return Vec::new() };
    let line = |entry: &lifeboat::domain::migration::Entry| StepLine {
        number: entry.id.number,
        blake3: entry.digest.to_string(),
        at: entry.at.rfc3339(),
        outcome: match entry.outcome {
            Outcome::Applied => "applied",
            Outcome::Adopted => "adopted",
            Outcome::Failed { .. } => "failed",
        },
        app_version: entry.app_version.clone(),
    };
    ledger.entries.iter().map(line).collect()
}

/// Everything that people name: tables and columns, the database, and every folder on the way to it.
async fn dictionary(context: &Context, status: Option<&Status>) -> Redaction {
    let mut redaction = Redaction::default();
    if let Ok(names) = context.boat.names().await {
        for (kind, name) in names {
            redaction.hide(kind, &name);
        }
    }
    let points = status.map(|status| status.vault.points()).unwrap_or_default();
    for table in points.iter().flat_map(|point| &point.facts.tables) {
        redaction.hide("table", table.table.as_str());
    }
    let paths = [context.boat.database(), context.boat.vault_folder()];
    let settings = context.settings.migrations.iter().map(|setting| setting.value.as_path());
    for path in paths.into_iter().chain(settings) {
        hide_path(&mut redaction, path);
    }
    for variable in ["USER", "LOGNAME", "USERNAME", "HOSTNAME", "COMPUTERNAME"] {
        if let Ok(name) = std::env::var(variable) {
            redaction.hide("user", &name);
        }
    }
    redaction
}

fn hide_path(redaction: &mut Redaction, path: &Path) {
    if let Some(name) = path.file_name() {
        redaction.hide("file", &name.to_string_lossy());
    }
    for component in path.components() {
        if let Component::Normal(name) = component {
            redaction.hide("folder", &name.to_string_lossy());
        }
    }
    if let Some(stem) = path.file_stem() {
        redaction.hide("file", &stem.to_string_lossy());
    }
}
