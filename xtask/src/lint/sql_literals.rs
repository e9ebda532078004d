//! `sql-literals`: no SQL outside adapter-sqlite, judged by SQLite's own grammar, not by grep.
//!
//! Every string literal of every .rs file is looked at, macro bodies included, documentation excluded. `{}`
//! holes become an identifier. What the grammar accepts must also show evidence, because `select all` is
//! English too: at least two keywords in capitals, or one and a bind, an operator or a snake_case name.

use super::Finding;
use super::tree::Tree;
use fallible_iterator::FallibleIterator;
use proc_macro2::{Delimiter, TokenStream, TokenTree};
use sqlite3_parser::lexer::sql::Parser;

/// Crates and files that may hold SQL, each with its reason.
const EXEMPT: [(&str, &str); 2] =
    [("crates/adapter-sqlite/", "the owner of SQL"), ("xtask/src/lint/", "names keywords to look for them")];
const KEYWORDS: [&str; 26] = [
    "SELECT", "INSERT", "UPDATE", "DELETE", "CREATE", "DROP", "ALTER", "PRAGMA", "VACUUM", "ATTACH",
    "DETACH", "BEGIN", "COMMIT", "ROLLBACK", "REINDEX", "ANALYZE", "FROM", "WHERE", "INTO", "VALUES", "SET",
    "TABLE", "INDEX", "JOIN", "ORDER", "EXISTS",
];

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    let exempt = |path: &str| EXEMPT.iter().any(|(place, _)| path.starts_with(place));
    for file in tree.with_ending(".rs").filter(|file| !exempt(&file.path)) {
        let Ok(stream) = file.text.parse::<TokenStream>() else { continue };
        let mut literals = Vec::new();
        collect(stream, &mut literals);
        for (line, _) in literals.into_iter().filter(|(_, text)| is_sql(text)) {
            findings.push(Finding {
                path: file.path.clone(),
                line,
                rule: "sql-literals",
                why: "a string literal is SQL".to_owned(),
                fix: "call a port; statements live in crates/adapter-sqlite/sql/",
            });
        }
    }
    findings
}

fn collect(stream: TokenStream, literals: &mut Vec<(usize, String)>) {
    let mut tokens = stream.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Punct(punct) if punct.as_char() == '#' => {
                // `///` and `#[doc = ".."]` are prose.
                if let Some(TokenTree::Punct(bang)) = tokens.peek()
                    && bang.as_char() == '!'
                {
                    tokens.next();
                }
                if let Some(TokenTree::Group(group)) = tokens.peek()
                    && group.delimiter() == Delimiter::Bracket
                    && is_doc(&group.stream())
                {
                    tokens.next();
                }
            }
            TokenTree::Group(group) => collect(group.stream(), literals),
            TokenTree::Literal(literal) => {
                let line = literal.span().start().line;
                if let Ok(syn::Lit::Str(text)) = syn::parse_str(&literal.to_string()) {
                    literals.push((line, text.value()));
                }
            }
            _ => {}
        }
    }
}

fn is_doc(stream: &TokenStream) -> bool {
    let mut tokens = stream.clone().into_iter();
    let doc = matches!(tokens.next(), Some(TokenTree::Ident(ident)) if ident == "doc");
    doc && matches!(tokens.next(), Some(TokenTree::Punct(punct)) if punct.as_char() == '=')
}

fn is_sql(text: &str) -> bool {
    let filled = fill_holes(text);
    has_evidence(&filled) && parses(&filled)
}

fn fill_holes(text: &str) -> String {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        filled.push_str("hole");
        rest = after.split_once('}').map_or("", |(_, tail)| tail);
    }
    filled.push_str(rest);
    filled
}

fn has_evidence(text: &str) -> bool {
    let words: Vec<&str> =
        text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|w| !w.is_empty()).collect();
    let keywords = words.iter().filter(|w| KEYWORDS.contains(w)).count();
    let lower = words.first().is_some_and(|w| KEYWORDS.contains(&w.to_uppercase().as_str()));
    let signs = ["?", "=", "(", "*", ";", "<", ">"].iter().any(|sign| text.contains(sign));
    let snake = words.iter().any(|w| w.contains('_') && w.to_lowercase() == **w);
    words.len() > 1 && (keywords >= 2 || (keywords == 1 && lower) || (lower && (signs || snake)))
}

fn parses(text: &str) -> bool {
    let bump = sqlite3_parser::Bump::new();
    let mut parser = Parser::new(&bump, text.as_bytes());
    let mut statements = 0;
    loop {
        match parser.next() {
            Ok(Some(_)) => statements += 1,
            Ok(None) => return statements > 0,
            Err(_) => return false,
        }
    }
}
