//! `contract-mounted`: each implementation of a port mounts the port's suite in a test.

use super::Finding;
use super::tree::Tree;
use syn::spanned::Spanned;
use syn::visit::Visit;

/// Port, and the macro that mounts its suite.
const PORTS: [(&str, &str); 15] = [
    ("Snapshotter", "snapshotter_contract!"),
    ("Medic", "medic_contract!"),
    ("Migrator", "migrator_contract!"),
    ("Replica", "replica_contract!"),
    ("Tracker", "tracker_contract!"),
    ("Vault", "vault_contract!"),
    ("Workshop", "workshop_contract!"),
    ("UpdateSource", "update_source_contract!"),
    ("Publisher", "publisher_contract!"),
    ("Depot", "depot_contract!"),
    ("Installer", "installer_contract!"),
    ("DiskSpace", "disk_space_contract!"),
    ("Clock", "clock_contract!"),
    ("Entropy", "entropy_contract!"),
    ("EventSink", "event_sink_contract!"),
];
/// Parts of the kit that exist to break the contract, or to wrap another implementation.
const EXEMPT: [&str; 2] = ["crates/testkit/src/broken/", "crates/testkit/src/faults/"];

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.with_ending(".rs") {
        let exempt = file.is_test() || EXEMPT.iter().any(|place| file.path.starts_with(place));
        let Ok(parsed) = syn::parse_file(&file.text) else { continue };
        if exempt {
            continue;
        }
        let mut found = Implementations::default();
        found.visit_file(&parsed);
        for (port, name, line) in found.0 {
            let macro_name = PORTS.iter().find(|(p, _)| *p == port).map(|(_, m)| *m).unwrap_or_default();
            if !is_mounted(tree, &file.path, macro_name, &name) {
                findings.push(Finding {
                    path: file.path.clone(),
                    line,
                    rule: "contract-mounted",
                    why: format!("{name} implements {port} and no test mounts its suite"),
                    fix: "mount it in the crate's tests/contract.rs, naming the type",
                });
            }
        }
    }
    findings
}

#[derive(Default)]
struct Implementations(Vec<(String, String, usize)>);

impl<'ast> Visit<'ast> for Implementations {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        let in_tests = item.attrs.iter().any(|a| a.path().is_ident("cfg"));
        if !in_tests {
            syn::visit::visit_item_mod(self, item);
        }
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        let Some((path, _)) = &item.trait_ else { return };
        let port = path.segments.last().map(|s| s.ident.to_string()).unwrap_or_default();
        if !PORTS.iter().any(|(p, _)| *p == port) {
            return;
        }
        if let syn::Type::Path(of) = &*item.self_ty
            && let Some(name) = of.path.segments.last()
        {
            self.0.push((port, name.ident.to_string(), item.span().start().line));
        }
    }
}

/// A file of the same package, or the kit's self-test, that calls the macro and names the type.
fn is_mounted(tree: &Tree, path: &str, macro_name: &str, name: &str) -> bool {
    let package = path.split("/src/").next().unwrap_or_default();
    tree.with_ending(".rs").any(|file| {
        let near = file.path.starts_with(package) || file.path.starts_with("crates/testkit/tests/");
        near && file.text.contains(macro_name) && file.text.contains(name)
    })
}
