//! The project's own rules. Each finds everything that breaks it and prints `path:line rule: why; fix`.
//! Each has a fixture that must pass and at least one that must fail (xtask/tests/fixtures).

mod contract_mounted;
mod dep_direction;
mod docs_move_along;
pub(crate) mod migrations_locked;
mod module_header;
mod one_migration_runner;
mod pub_surface;
mod size;
mod sql_driver_owner;
mod sql_files;
mod sql_literals;
mod tree;

use crate::shell::Done;
use std::fmt;
use std::path::Path;
use tree::Tree;

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Finding {
    path: String,
    line: usize,
    rule: &'static str,
    why: String,
    fix: &'static str,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{} {}: {}; {}", self.path, self.line, self.rule, self.why, self.fix)
    }
}

/// A rule: its name and its check.
type Rule = (&'static str, fn(&Tree) -> Vec<Finding>);

const RULES: &[Rule] = &[
    ("contract-mounted", contract_mounted::check),
    ("dep-direction", dep_direction::check),
    ("docs-move-along", docs_move_along::check),
    ("migrations-locked", migrations_locked::check),
    ("module-header", module_header::check),
    ("one-migration-runner", one_migration_runner::check),
    ("pub-surface", pub_surface::check),
    ("size", size::check),
    ("sql-driver-owner", sql_driver_owner::check),
    ("sql-files", sql_files::check),
    ("sql-literals", sql_literals::check),
];

/// `cargo xtask lint`.
pub(crate) fn run(root: &Path) -> Done {
    let tree = Tree::read(root)?;
    let mut findings: Vec<Finding> = RULES.iter().flat_map(|(_, check)| check(&tree)).collect();
    findings.sort();
    for finding in &findings {
        println!("{finding}");
    }
    match findings.len() {
        0 => Ok(()),
        count => Err(format!("lint: {count} findings")),
    }
}

#[cfg(test)]
mod tests;
