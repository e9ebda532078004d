//! `dep-direction`: who may depend on whom, against one table. Development edges have their own.

use super::Finding;
use super::tree::{Tree, dependencies, manifest_path};
use cargo_metadata::DependencyKind;

/// Package, what of ours it may depend on, what its tests may add.
const TABLE: &[(&str, &[&str], &[&str])] = &[
    ("lifeboat-domain", &[], &[]),
    ("lifeboat-ports", &["lifeboat-domain"], &[]),
    ("lifeboat-testkit", &["lifeboat-domain", "lifeboat-ports"], &[]),
    ("lifeboat-shopdata", &[], &[]),
    ("lifeboat-trust", &[], &[]),
    ("lifeboat-migrations", &[], &[]),
    (
        "lifeboat-adapter-sqlite",
        &["lifeboat-domain", "lifeboat-ports", "lifeboat-shopdata", "lifeboat-migrations"],
        &["lifeboat-testkit"],
    ),
    ("lifeboat-adapter-fs", &["lifeboat-domain", "lifeboat-ports"], &["lifeboat-testkit"]),
    ("lifeboat-adapter-smb", &["lifeboat-domain", "lifeboat-ports"], &["lifeboat-testkit"]),
    (
        "lifeboat",
        &[
            "lifeboat-domain",
            "lifeboat-ports",
            "lifeboat-adapter-sqlite",
            "lifeboat-adapter-fs",
            "lifeboat-adapter-smb",
            "lifeboat-trust",
            "lifeboat-shopdata",
        ],
        &["lifeboat-migrations", "lifeboat-testkit"],
    ),
    ("lifeboat-cli", &["lifeboat"], &["lifeboat-testkit"]),
    ("lifeboat-tests", &["lifeboat"], &["lifeboat-testkit"]),
    ("xtask", &[], &[]),
];

/// What `domain` may use at all.
const DOMAIN_MAY_USE: [&str; 9] =
    ["blake3", "jiff", "semver", "serde", "serde_json", "sha2", "siphasher", "thiserror", "uuid"];

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for package in &tree.packages {
        let path = manifest_path(tree, package);
        let mut report = |why: String| {
            let fix = "turn the edge round, or argue it in an ADR and add it to the table";
            findings.push(Finding { path: path.clone(), line: 1, rule: "dep-direction", why, fix });
        };
        let Some((_, allowed, in_tests)) = TABLE.iter().find(|(name, ..)| *name == package.name.as_str())
        else {
            report(format!("{} is not in the table", package.name));
            continue;
        };
        for name in dependencies(package, &[DependencyKind::Normal, DependencyKind::Build]) {
            let ours = name.starts_with("lifeboat");
            let domain_extra =
                package.name.as_str() == "lifeboat-domain" && !DOMAIN_MAY_USE.contains(&name.as_str());
            if (ours && !allowed.contains(&name.as_str())) || domain_extra {
                report(format!("{} may not depend on {name}", package.name));
            }
        }
        for name in dependencies(package, &[DependencyKind::Development]) {
            let known = allowed.contains(&name.as_str()) || in_tests.contains(&name.as_str());
            if name.starts_with("lifeboat") && !known {
                report(format!("tests of {} may not depend on {name}", package.name));
            }
        }
    }
    findings
}
