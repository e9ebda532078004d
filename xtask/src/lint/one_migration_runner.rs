//! `one-migration-runner`: one place runs schema scripts, and no foreign migrator comes in.

use super::Finding;
use super::tree::{Tree, dependencies, manifest_path};
use cargo_metadata::DependencyKind;

const MIGRATORS: [&str; 6] =
    ["refinery", "rusqlite_migration", "sqlx", "diesel_migrations", "barrel", "geekorm"];
const READER: &str = "lifeboat-adapter-sqlite";
/// The one file that may run a script of several statements.
const RUNNER: &str = "crates/adapter-sqlite/src/migrate/runner.rs";
const RULE: &str = "one-migration-runner";

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let kinds = [DependencyKind::Normal, DependencyKind::Build];
    let mut findings = Vec::new();
    for package in &tree.packages {
        for name in dependencies(package, &kinds) {
            let second = MIGRATORS.contains(&name.as_str());
            let reads = name == "lifeboat-migrations" && package.name.as_str() != READER;
            if second || reads {
                findings.push(Finding {
                    path: manifest_path(tree, package),
                    line: 1,
                    rule: RULE,
                    why: format!("{} would be a second migration runner (through {name})", package.name),
                    fix: "call the one in adapter-sqlite",
                });
            }
        }
    }
    let sources = tree
        .with_ending(".rs")
        .filter(|file| !file.is_test() && file.path != RUNNER && !file.path.starts_with("xtask/"));
    for file in sources {
        for (at, line) in file.text.lines().enumerate() {
            if line.contains(".execute_batch(") && !in_test_module(&file.text, at) {
                findings.push(Finding {
                    path: file.path.clone(),
                    line: at + 1,
                    rule: RULE,
                    why: "runs a script of several statements".to_owned(),
                    fix: "one statement per file, or the one runner",
                });
            }
        }
    }
    findings
}

/// Unit tests stand at the end of their file.
fn in_test_module(text: &str, line: usize) -> bool {
    text.lines().take(line).any(|earlier| earlier.trim() == "mod tests {")
}
