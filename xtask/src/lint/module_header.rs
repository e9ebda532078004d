//! `module-header`: every module says its purpose first.

use super::Finding;
use super::tree::Tree;

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let without = tree.with_ending(".rs").filter(|file| !file.text.starts_with("//! "));
    without
        .map(|file| Finding {
            path: file.path.clone(),
            line: 1,
            rule: "module-header",
            why: "does not begin with `//!`".to_owned(),
            fix: "say the purpose and what the module must never do",
        })
        .collect()
}
