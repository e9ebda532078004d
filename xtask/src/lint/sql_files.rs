//! `sql-files`: where .sql files may lie, who may include them, and that none is unused.

use super::Finding;
use super::tree::Tree;

const PLACES: [&str; 4] =
    ["crates/adapter-sqlite/sql/", "migrations/", "tests/fixtures/", "crates/adapter-sqlite/tests/"];
const STATEMENTS: &str = "crates/adapter-sqlite/sql/";
const INCLUDERS: [&str; 2] = ["crates/adapter-sqlite/src/sql.rs", "migrations/src/lib.rs"];
const RULE: &str = "sql-files";

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut report = |path: &str, line, why: &str, fix| {
        findings.push(Finding { path: path.to_owned(), line, rule: RULE, why: why.to_owned(), fix });
    };
    let included: String =
        INCLUDERS.iter().filter_map(|path| tree.file(path)).map(|file| file.text.as_str()).collect();
    for file in tree.with_ending(".sql") {
        if !PLACES.iter().any(|place| file.path.starts_with(place)) {
            report(
                &file.path,
                1,
                "a statement file in the wrong place",
                "move it to crates/adapter-sqlite/sql/",
            );
        }
        if let Some(name) = file.path.strip_prefix(STATEMENTS) {
            if !included.contains(name) {
                report(&file.path, 1, "nobody uses this statement", "delete it, or name it in sql.rs");
            }
            if !file.text.starts_with("-- ") {
                report(&file.path, 1, "the first line does not say why", "begin with `-- ` and the reason");
            }
        }
    }
    for file in tree
        .with_ending(".rs")
        .filter(|f| !INCLUDERS.contains(&f.path.as_str()) && !f.path.starts_with("xtask/"))
    {
        for (at, line) in file.text.lines().enumerate() {
            if line.contains("include_str!") && line.contains(".sql") {
                report(&file.path, at + 1, "includes a statement file", "name the statement in sql.rs");
            }
        }
    }
    findings
}
