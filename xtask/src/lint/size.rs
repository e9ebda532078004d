//! `size`: files of at most 500 lines, functions of at most 70.

use super::Finding;
use super::tree::Tree;
use syn::spanned::Spanned;
use syn::visit::Visit;

const FILE_LINES_MAX: usize = 500;
const FUNCTION_LINES_MAX: usize = 70;

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.with_ending(".rs") {
        let lines = file.text.lines().count();
        if lines > FILE_LINES_MAX {
            findings.push(finding(&file.path, 1, format!("{lines} lines"), "split it by noun and verb"));
        }
        let Ok(parsed) = syn::parse_file(&file.text) else { continue };
        let mut functions = Functions { path: &file.path, findings: &mut findings };
        functions.visit_file(&parsed);
    }
    findings
}

fn finding(path: &str, line: usize, why: String, fix: &'static str) -> Finding {
    Finding { path: path.to_owned(), line, rule: "size", why, fix }
}

struct Functions<'a> {
    path: &'a str,
    findings: &'a mut Vec<Finding>,
}

impl Functions<'_> {
    fn judge(&mut self, name: &syn::Ident, block: &syn::Block) {
        let (start, end) = (block.span().start().line, block.span().end().line);
        let lines = end - start + 1;
        if lines > FUNCTION_LINES_MAX {
            let why = format!("function {name} has {lines} lines");
            self.findings.push(finding(self.path, start, why, "split it into steps that have names"));
        }
    }
}

impl<'ast> Visit<'ast> for Functions<'_> {
    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.judge(&item.sig.ident, &item.block);
        syn::visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.judge(&item.sig.ident, &item.block);
        syn::visit::visit_impl_item_fn(self, item);
    }
}
