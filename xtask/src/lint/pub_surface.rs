//! `pub-surface`: no type of the driver in a public item of adapter-sqlite.

use super::Finding;
use super::tree::Tree;
use proc_macro2::{TokenStream, TokenTree};
use syn::spanned::Spanned;
use syn::{Item, Visibility};

const CRATE: &str = "crates/adapter-sqlite/src/";
const DRIVER_WORDS: [&str; 5] = ["rusqlite", "r2d2", "r2d2_sqlite", "Connection", "libsqlite3_sys"];

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.with_ending(".rs").filter(|file| file.path.starts_with(CRATE)) {
        let Ok(parsed) = syn::parse_file(&file.text) else { continue };
        for (line, word) in parsed.items.iter().flat_map(public_parts) {
            findings.push(Finding {
                path: file.path.clone(),
                line,
                rule: "pub-surface",
                why: format!("a public item names {word}"),
                fix: "keep the driver's types inside: a host may have another version of it",
            });
        }
    }
    findings
}

fn public_parts(item: &Item) -> Vec<(usize, String)> {
    let judge = |visibility: &Visibility, tokens: TokenStream, line: usize| match visibility {
        Visibility::Public(_) => driver_word(tokens).map(|word| (line, word)),
        _ => None,
    };
    let line = item.span().start().line;
    match item {
        Item::Fn(i) => judge(&i.vis, tokens(&i.sig), line).into_iter().collect(),
        Item::Struct(i) => {
            let fields = i.fields.iter().filter_map(|f| judge(&f.vis, tokens(&f.ty), f.span().start().line));
            judge(&i.vis, tokens(&i.generics), line).into_iter().chain(fields).collect()
        }
        Item::Enum(i) => judge(&i.vis, tokens(&i.variants), line).into_iter().collect(),
        Item::Type(i) => judge(&i.vis, tokens(&i.ty), line).into_iter().collect(),
        Item::Use(i) => judge(&i.vis, tokens(&i.tree), line).into_iter().collect(),
        Item::Trait(i) => judge(&i.vis, i.items.iter().map(tokens).collect(), line).into_iter().collect(),
        Item::Impl(i) => {
            let methods = i.items.iter().filter_map(|item| match item {
                syn::ImplItem::Fn(f) => judge(&f.vis, tokens(&f.sig), f.span().start().line),
                _ => None,
            });
            methods.collect()
        }
        _ => Vec::new(),
    }
}

fn tokens(node: &impl quote::ToTokens) -> TokenStream {
    node.to_token_stream()
}

fn driver_word(stream: TokenStream) -> Option<String> {
    stream.into_iter().find_map(|token| match token {
        TokenTree::Ident(ident) => {
            DRIVER_WORDS.contains(&ident.to_string().as_str()).then(|| ident.to_string())
        }
        TokenTree::Group(group) => driver_word(group.stream()),
        _ => None,
    })
}
