//! `sql-driver-owner`: one crate has a driver. No driver elsewhere, no statement can run elsewhere.

use super::Finding;
use super::tree::{Tree, dependencies, manifest_path};
use cargo_metadata::DependencyKind;

const OWNER: &str = "lifeboat-adapter-sqlite";
const DRIVERS: [&str; 7] =
    ["rusqlite", "r2d2_sqlite", "libsqlite3-sys", "sqlx", "diesel", "sqlite", "tokio-rusqlite"];

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let kinds = [DependencyKind::Normal, DependencyKind::Build, DependencyKind::Development];
    let mut findings = Vec::new();
    for package in tree.packages.iter().filter(|p| p.name.as_str() != OWNER) {
        for name in dependencies(package, &kinds).into_iter().filter(|n| DRIVERS.contains(&n.as_str())) {
            findings.push(Finding {
                path: manifest_path(tree, package),
                line: 1,
                rule: "sql-driver-owner",
                why: format!("{} depends on the driver {name}", package.name),
                fix: "speak to a port; only adapter-sqlite holds a driver",
            });
        }
    }
    findings
}
