//! `docs-move-along`: each verb, error code and event has its page or its section.

use super::Finding;
use super::tree::Tree;
use syn::{Expr, Item, Lit, Pat};

const VERBS: (&str, &str) = ("crates/cli/src/args.rs", "docs/guide/commands.md");
const CODES: &str = "crates/domain/src/code.rs";
const EVENTS: (&str, &str) = ("crates/domain/src/event.rs", "docs/events.md");

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut report = |path: &str, why: String| {
        let fix = "write it in the commit that adds the thing";
        findings.push(Finding { path: path.to_owned(), line: 1, rule: "docs-move-along", why, fix });
    };
    for verb in verbs(tree) {
        if !tree.file(VERBS.1).is_some_and(|doc| doc.text.contains(&format!("## `{verb}`"))) {
            report(VERBS.0, format!("the verb {verb} has no section in {}", VERBS.1));
        }
    }
    for code in codes(tree) {
        let page = format!("docs/errors/{code}.md");
        if tree.file(&page).is_none() {
            report(CODES, format!("{code} has no page {page}"));
        }
    }
    for event in events(tree) {
        if !tree.file(EVENTS.1).is_some_and(|doc| doc.text.contains(&format!("`{event}`"))) {
            report(EVENTS.0, format!("the event {event} is not in {}", EVENTS.1));
        }
    }
    findings
}

fn items(tree: &Tree, path: &str) -> Vec<Item> {
    tree.file(path)
        .and_then(|file| syn::parse_file(&file.text).ok())
        .map(|parsed| parsed.items)
        .unwrap_or_default()
}

fn verbs(tree: &Tree) -> Vec<String> {
    let of = |item: Item| match item {
        Item::Enum(e) if e.ident == "Verb" => Some(e.variants),
        _ => None,
    };
    let variants = items(tree, VERBS.0).into_iter().find_map(of);
    variants.into_iter().flatten().map(|variant| variant.ident.to_string().to_lowercase()).collect()
}

/// `Name = 101, 10;` within the macro that lists the codes.
fn codes(tree: &Tree) -> Vec<String> {
    let text = tree.file(CODES).map(|file| file.text.as_str()).unwrap_or_default();
    let number = |line: &str| {
        let (_, rest) = line.trim().strip_suffix(';')?.split_once(" = ")?;
        let (number, exit) = rest.split_once(", ")?;
        exit.parse::<u8>().ok()?;
        number.parse::<u16>().ok()
    };
    text.lines().filter_map(number).map(|number| format!("LB{number:04}")).collect()
}

/// The strings of `fn name`'s match arms.
fn events(tree: &Tree) -> Vec<String> {
    let mut names = Vec::new();
    for item in items(tree, EVENTS.0) {
        let Item::Impl(block) = item else { continue };
        let is_event = matches!(&*block.self_ty, syn::Type::Path(p) if p.path.is_ident("Event"));
        for method in block.items {
            let syn::ImplItem::Fn(method) = method else { continue };
            if is_event && method.sig.ident == "name" {
                names.extend(method.block.stmts.iter().flat_map(arm_strings));
            }
        }
    }
    names
}

fn arm_strings(statement: &syn::Stmt) -> Vec<String> {
    let syn::Stmt::Expr(Expr::Match(matched), _) = statement else { return Vec::new() };
    let string = |arm: &syn::Arm| match (&arm.pat, &*arm.body) {
        (Pat::Struct(_) | Pat::Path(_) | Pat::Ident(_), Expr::Lit(literal)) => match &literal.lit {
            Lit::Str(text) => Some(text.value()),
            _ => None,
        },
        _ => None,
    };
    matched.arms.iter().filter_map(string).collect()
}
