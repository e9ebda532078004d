//! Two definitions that differ only in case, quotes, blanks and comments are one.

/// Lower case outside of strings, identifiers without quotes, one blank between words, no comments.
pub(super) fn spell(definition: &str) -> String {
    let mut words: Vec<String> = Vec::new();
    let mut rest = definition;
    while let Some(first) = rest.chars().next() {
        let (word, length) = match first {
            c if c.is_whitespace() => (None, c.len_utf8()),
            '-' if rest.starts_with("--") => (None, rest.find('\n').unwrap_or(rest.len())),
            '/' if rest.starts_with("/*") => (None, rest.find("*/").map_or(rest.len(), |at| at + 2)),
            '\'' => {
                let length = quoted_length(rest, '\'');
                (Some(rest[..length].to_owned()), length)
            }
            '"' | '`' | '[' => {
                let close = if first == '[' { ']' } else { first };
                let length = quoted_length(rest, close);
                let doubled: String = [close, close].iter().collect();
                let inner = rest[1..length].strip_suffix(close).unwrap_or(&rest[1..length]);
                (Some(inner.replace(&doubled, &close.to_string()).to_lowercase()), length)
            }
            c if is_word(c) => {
                let length = rest.find(|c: char| !is_word(c)).unwrap_or(rest.len());
                (Some(rest[..length].to_lowercase()), length)
            }
            c => (Some(c.to_string()), c.len_utf8()),
        };
        words.extend(word);
        rest = &rest[length..];
    }
    words.join(" ")
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '$'
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
        for other in [
            "CREATE TABLE invoice (id INTEGER PRIMARY KEY, memo TEXT DEFAULT 'it''s')",
            "CREATE TABLE invoice (id INTEGER PRIMARY KEY, memo TEXT)",
        ] {
            assert_ne!(spell(other), plain);
        }
        assert_eq!(spell("a \"b\"\"c\" 'open"), "a b\"c 'open");
    }
}
