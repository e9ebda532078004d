//! Two definitions that differ only in case, needless quotes, blanks and comments are one. Where it is not certain that
//! two spellings mean the same, they differ: a wrong "alike" would adopt a schema that means something else.

/// Between words: no definition holds it, so two words are never taken for one.
const BETWEEN: &str = "\u{1f}";

/// Words that mean something else without quotes (SQLite, lang_keywords.html).
const KEYWORDS: &str = " abort action add after all alter always analyze and as asc attach autoincrement before begin \
    between by cascade case cast check collate column commit conflict constraint create cross current current_date \
    current_time current_timestamp database default deferrable deferred delete desc detach distinct do drop each else \
    end escape except exclude exclusive exists explain fail filter first following for foreign from full generated glob \
    group groups having if ignore immediate in index indexed initially inner insert instead intersect into is isnull \
    join key last left like limit match materialized natural no not nothing notnull null nulls of offset on or order \
    others outer over partition plan pragma preceding primary query raise range recursive references regexp reindex \
    release rename replace restrict returning right rollback row rows savepoint select set table temp temporary then \
    ties to transaction trigger unbounded union unique update using vacuum values view virtual when where window with \
    without true false rowid strict ";

/// One text for all spellings.
pub(crate) fn spell(definition: &str) -> String {
    words(definition).join(BETWEEN)
}

/// Words in ASCII lower case outside of quotes, as SQLite compares them; quotes go only from what reads the same without.
pub(crate) fn words(definition: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut rest = definition;
    while let Some(first) = rest.chars().next() {
        let (word, length) = match first {
            c if c.is_ascii_whitespace() => (None, 1),
            '-' if rest.starts_with("--") => (None, rest.find('\n').unwrap_or(rest.len())),
            '/' if rest.starts_with("/*") => (None, rest.find("*/").map_or(rest.len(), |at| at + 2)),
            'x' | 'X' if rest[1..].starts_with('\'') => {
                let length = 1 + quoted_length(&rest[1..], '\'');
                (Some(rest[..length].to_ascii_lowercase()), length)
            }
            '\'' => {
                let length = quoted_length(rest, '\'');
                (Some(rest[..length].to_owned()), length)
            }
            '"' | '`' | '[' => {
                let close = if first == '[' { ']' } else { first };
                let length = quoted_length(rest, close);
                (Some(unquoted(&rest[1..length], close)), length)
            }
            c if is_word(c) => {
                let length = rest.find(|c: char| !is_word(c)).unwrap_or(rest.len());
                (Some(rest[..length].to_ascii_lowercase()), length)
            }
            c => (Some(c.to_string()), c.len_utf8()),
        };
        words.extend(word);
        rest = &rest[length..];
    }
    words
}

/// A name in quotes, as a word: bare where it is a plain name in lower case and no keyword, else in double quotes.
pub(crate) fn named(name: &str) -> String {
    let mut letters = name.chars();
    let begins = letters.next().is_some_and(|c| c.is_ascii_lowercase() || c == '_');
    let plain = begins && letters.all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if plain && !KEYWORDS.contains(&format!(" {name} ")) {
        return name.to_owned();
    }
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn unquoted(inner: &str, close: char) -> String {
    let inner = inner.strip_suffix(close).unwrap_or(inner);
    let doubled: String = [close, close].iter().collect();
    named(&inner.replace(&doubled, &close.to_string()))
}

/// Every letter beyond ASCII may be part of a name.
const fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '$' || !c.is_ascii()
}

/// Length of what begins with a quote, both quotes included; a doubled one goes on.
fn quoted_length(text: &str, close: char) -> usize {
    let mut at = 1;
    while let Some(found) = text[at..].find(close) {
        at += found + close.len_utf8();
        if !text[at..].starts_with(close) || close == ']' {
            return at;
        }
        at += close.len_utf8();
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_says_the_same_is_spelled_alike() {
        let plain = spell("CREATE TABLE invoice (id INTEGER PRIMARY KEY, memo TEXT DEFAULT 'It''s')");
        for same in [
            "create table `invoice` (`id` integer primary key, `memo` text default 'It''s')",
            "CREATE TABLE \"invoice\"(\"id\" INTEGER PRIMARY KEY,\n\t[memo] TEXT DEFAULT 'It''s') -- end",
            "CREATE TABLE invoice /* why */ (id INTEGER PRIMARY KEY , memo TEXT DEFAULT 'It''s')",
        ] {
            assert_eq!(spell(same), plain);
        }
        assert_eq!(spell("SELECT X'4A'"), spell("select x'4a'"));
    }

    #[test]
    fn what_may_mean_something_else_differs() {
        let pairs = [
            ("s TEXT DEFAULT 'a'", "s TEXT DEFAULT 'A'"),
            ("s TEXT DEFAULT \"Open\"", "s TEXT DEFAULT \"open\""),
            ("CHECK (x IN (\"A\",\"B\"))", "CHECK (x IN (\"a\",\"b\"))"),
            ("DEFAULT \"CURRENT_TIMESTAMP\"", "DEFAULT CURRENT_TIMESTAMP"),
            ("DEFAULT \"current_timestamp\"", "DEFAULT CURRENT_TIMESTAMP"),
            ("s DEFAULT \"1\"", "s DEFAULT 1"),
            ("u DEFAULT \"null\"", "u DEFAULT null"),
            ("t (\"a , b integer\")", "t (a, b integer)"),
            ("t (\"owner not null\")", "t (owner not null)"),
            ("SELECT x AS \"b , x\"", "SELECT x AS b, x"),
            ("t (\"\u{c4}rzte\")", "t (\"\u{e4}rzte\")"),
            ("t (a\u{a0}text)", "t (a text)"),
            ("SELECT x'41'", "SELECT x '41'"),
            ("fts5(tokenize=\"unicode61 tokenchars 'AB'\")", "fts5(tokenize=\"unicode61 tokenchars 'ab'\")"),
        ];
        for (a, b) in pairs {
            assert_ne!(spell(a), spell(b), "{a} and {b}");
        }
    }
}
