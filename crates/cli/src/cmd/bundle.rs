//! What a doctor's visit found, as a file for whoever helps. It holds no row values, no notes and no definitions; names
//! of tables, columns, folders and users are left out unless they are asked for.

use crate::context::Context;
use crate::exit::Failure;
use crate::json;
use lifeboat::{Check, Health, Status};
use serde::Serialize;
use std::path::Path;

/// Whether names go into the bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Names {
    /// Tables are numbered; whatever else may be a name is left out.
    Replaced,
    /// As they are.
    Kept,
}

const READ_ME: &str = "A bundle of `lifeboat doctor --bundle`.\n\n\
    It holds verdicts, counts, sizes, times and digests. It holds no row values, no notes and no definitions.\n\
    Names of tables, columns, files, folders and users are left out, unless it was made with --with-names. Look into\n\
    it before you send it.\n";

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
    let places = places(context);
    let line = |check: &Check| {
        let keeps = |words: &String| names == Names::Kept || !tells(words, &places);
        let line: json::CheckLine = check.into();
        json::CheckLine {
            finding: told(check, names, &places),
            command: line.command.filter(keeps),
            by_hand: line.by_hand.filter(keeps),
            ..line
        }
    };
    let lines: Vec<json::CheckLine> = checks.iter().map(line).collect();
    let system = System {
        lifeboat: env!("CARGO_PKG_VERSION"),
        sqlite: lifeboat::engine_version(),
        system: std::env::consts::OS,
        machine: std::env::consts::ARCH,
    };
    let files = [
        ("README.txt", READ_ME.to_owned()),
        ("doctor.json", pretty(&lines)),
        ("points.json", pretty(&status.as_ref().map(|status| points(status, names)).unwrap_or_default())),
        ("ledger.json", pretty(&ledger(context).await)),
        ("system.json", pretty(&system)),
    ];
    context.boat.write_bundle(to, &files).map_err(Into::into)
}

/// Checks whose findings are made of our own words and of numbers. What any other one found may hold a name.
const WITHOUT_NAMES: [&str; 15] = [
    "engine",
    "application-engine",
    "settings",
    "constraints",
    "free-pages",
    "foreign-keys",
    "newest-point",
    "clock",
    "vault",
    "vault-volume",
    "volume",
    "staging",
    "quarantine",
    "migrations",
    "interrupted-act",
];

/// What could not be checked is told in an error's words, which name a file.
fn told(check: &Check, names: Names, places: &[String]) -> String {
    let finding = match (names, check.id) {
        (Names::Kept, _) => return check.finding.clone(),
        (Names::Replaced, _) if check.health == Health::NotChecked => None,
        (Names::Replaced, id) if WITHOUT_NAMES.contains(&id) => Some(check.finding.as_str()),
        // What is hurt, without which table: names stand behind the colon.
        (Names::Replaced, "database") => check.finding.split(':').next(),
        (Names::Replaced, _) => None,
    };
    let finding = finding.filter(|finding| !tells(finding, places));
    finding.unwrap_or("left out: --with-names tells").to_owned()
}

/// Names of the database's file and of the vault's folder, which errors carry.
fn places(context: &Context) -> Vec<String> {
    let paths = [context.boat.database(), context.boat.vault_folder()];
    paths.iter().filter_map(|path| path.file_name()).map(|name| name.to_string_lossy().into_owned()).collect()
}

fn tells(text: &str, places: &[String]) -> bool {
    places.iter().any(|place| text.contains(place.as_str()))
}

fn pretty<T: Serialize>(value: &T) -> String {
    serde_json::to_string_pretty(value).expect("because a bundle holds only plain values")
}

/// Tables are told apart by their place in the listing.
fn points(status: &Status, names: Names) -> Vec<PointLine> {
    let table = |at: usize, name: &str| match names {
        Names::Kept => name.to_owned(),
        Names::Replaced => format!("table-{}", at + 1),
    };
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
        rows: (0..).zip(&point.facts.tables).map(|(at, t)| (table(at, t.table.as_str()), t.rows)).collect(),
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
    };
    ledger.entries.iter().map(line).collect()
}
