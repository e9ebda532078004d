//! Takes names out of text that leaves the machine: each gets a stand-in, the same everywhere.

use std::collections::BTreeMap;

/// Names, and what stands for them.
#[derive(Debug, Clone, Default)]
pub struct Redaction {
    /// By name in lower case; longer names are looked for first.
    stand_ins: BTreeMap<String, String>,
    counts: BTreeMap<&'static str, usize>,
}

impl Redaction {
    /// Lets a stand-in like `table-3` stand for a name from now on.
    pub fn hide(&mut self, kind: &'static str, name: &str) {
        let key = name.to_lowercase();
        // A single letter would be found in every other word.
        if key.chars().count() < 2 || self.stand_ins.contains_key(&key) {
            return;
        }
        let count = self.counts.entry(kind).or_default();
        *count += 1;
        self.stand_ins.insert(key, format!("{kind}-{count}"));
    }

    /// The text with every hidden name replaced where it stands as a word of its own.
    #[must_use]
    pub fn apply(&self, text: &str) -> String {
        let mut names: Vec<(&String, &String)> = self.stand_ins.iter().collect();
        names.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        let mut before: Option<char> = None;
        while let Some(first) = rest.chars().next() {
            let found = names.iter().find_map(|(name, stand_in)| {
                let length = matched(rest, name)?;
                let after = rest[length..].chars().next();
                (!is_word(before, first) && !is_word(after, first)).then_some((length, *stand_in))
            });
            let taken = if let Some((length, stand_in)) = found {
                out.push_str(stand_in);
                length
            } else {
                out.push(first);
                first.len_utf8()
            };
            before = rest[..taken].chars().next_back();
            rest = &rest[taken..];
        }
        out
    }
}

/// Bytes at the beginning of `text` that are `name`, whatever their case.
fn matched(text: &str, name: &str) -> Option<usize> {
    let mut wanted = name.chars();
    let mut length = 0;
    for c in text.chars() {
        if wanted.as_str().is_empty() {
            break;
        }
        for lower in c.to_lowercase() {
            if wanted.next() != Some(lower) {
                return None;
            }
        }
        length += c.len_utf8();
    }
    wanted.as_str().is_empty().then_some(length)
}

/// A neighbour that makes one word of both.
fn is_word(neighbour: Option<char>, inner: char) -> bool {
    let word = |c: char| c.is_alphanumeric() || c == '_';
    word(inner) && neighbour.is_some_and(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_replaced_as_words_and_the_longest_first() {
        let mut redaction = Redaction::default();
        redaction.hide("table", "patient");
        redaction.hide("table", "patient_visit");
        redaction.hide("folder", "Änne Müller");
        redaction.hide("table", "patient");
        let text = "patient_visit and Patient; impatient, /home/änne müller/x, patient.name";
        let expected = "table-2 and table-1; impatient, /home/folder-1/x, table-1.name";
        assert_eq!(redaction.apply(text), expected);
    }

    #[test]
    fn a_single_letter_hides_nothing() {
        let mut redaction = Redaction::default();
        redaction.hide("table", "a");
        assert_eq!(redaction.apply("a word"), "a word");
    }
}
