//! `migrations-locked`: a shipped migration never changes. The checksums stand in migrations/checksums.lock.

use super::Finding;
use super::tree::Tree;
use std::collections::BTreeMap;
use std::path::Path;

const RULE: &str = "migrations-locked";
const LOCK: &str = "migrations/checksums.lock";

/// Name from `migrations/` and text of each migration, sorted.
pub(crate) fn migrations(root: &Path) -> Result<Vec<(String, String)>, String> {
    Ok(in_tree(&Tree::read(root)?))
}

fn in_tree(tree: &Tree) -> Vec<(String, String)> {
    let named = |file: &super::tree::File| {
        Some((file.path.strip_prefix("migrations/")?.to_owned(), file.text.clone()))
    };
    tree.with_ending(".sql").filter_map(named).collect()
}

/// BLAKE3 over the text with line ends normalised, so that a checkout on Windows gives the same.
pub(crate) fn checksum(text: &str) -> String {
    blake3::hash(text.replace("\r\n", "\n").as_bytes()).to_hex().to_string()
}

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut report = |path: String, why: &str, fix| {
        findings.push(Finding { path, line: 1, rule: RULE, why: why.to_owned(), fix });
    };
    let lock = tree.file(LOCK).map(|file| file.text.as_str()).unwrap_or_default();
    let mut locked: BTreeMap<&str, &str> =
        lock.lines().filter_map(|line| line.split_once(' ')).map(|(sum, name)| (name, sum)).collect();
    for (name, text) in in_tree(tree) {
        match locked.remove(name.as_str()) {
            Some(sum) if sum == checksum(&text) => {}
            Some(_) => report(
                format!("migrations/{name}"),
                "a shipped migration changed",
                "take the change back and add a new step",
            ),
            None => report(
                format!("migrations/{name}"),
                "not locked",
                "run cargo xtask new-migration, or add its checksum",
            ),
        }
    }
    for name in locked.into_keys() {
        report(LOCK.to_owned(), &format!("{name} was shipped and is gone"), "bring it back");
    }
    findings
}
