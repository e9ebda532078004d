//! One step: its number and name, the digest of its text, and what its header declares.

use crate::digest::Digest;
use std::collections::BTreeSet;
use std::fmt;

/// Digits of a number in a file name: sorts as text up to 9999.
const NUMBER_DIGITS: usize = 4;
/// What begins a declaration in a script.
const DECLARATION: &str = "-- lifeboat:";

/// Number and name of a step, as in `0002_add_city`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StepId {
    /// Position, from 1.
    pub number: u32,
    /// Lower-case letters, digits and `_`.
    pub name: String,
}

impl StepId {
    /// Reads `0002_add_city`, without an ending.
    ///
    /// # Errors
    /// [`InvalidStep::Name`].
    pub fn parse(stem: &str) -> Result<Self, InvalidStep> {
        let invalid = || InvalidStep::Name(stem.to_owned());
        let (digits, name) = stem.split_once('_').ok_or_else(invalid)?;
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        let number = digits.parse().ok().filter(|number| *number > 0 && i32::try_from(*number).is_ok());
        let well_formed = digits.len() >= NUMBER_DIGITS && !name.is_empty() && name.chars().all(plain);
        match number {
            Some(number) if well_formed => Ok(Self { number, name: name.to_owned() }),
            _ => Err(invalid()),
        }
    }
}

impl fmt::Display for StepId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:0NUMBER_DIGITS$}_{}", self.number, self.name)
    }
}

/// Why something is no step.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidStep {
    /// The file name.
    #[error("{0} is no name of a step; steps are called like 0002_add_city.sql")]
    Name(String),
    /// A line of the header.
    #[error("step {step}, line {line}: {word} is no declaration that this build knows")]
    Declaration {
        /// The step.
        step: StepId,
        /// The line, from 1.
        line: usize,
        /// Its first word.
        word: String,
    },
    /// Two steps have one number.
    #[error("steps {0} and {1} have the same number")]
    Duplicate(StepId, StepId),
    /// A number is missing.
    #[error("step number {missing} is missing; the next one is {next}")]
    Gap {
        /// The number that nobody has.
        missing: u32,
        /// The step after the gap.
        next: StepId,
    },
}

/// In which transaction a step runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepTransaction {
    /// Together with the steps before and after it.
    Shared,
    /// Alone: the steps before it are committed first.
    Own,
}

/// Where a set of steps begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Beginning {
    /// With an empty database, at number 1.
    Empty,
    /// With what this step makes at once: it stands for all that came before it, and may have any number.
    Baseline,
}

/// What a step says that it takes away. What it does not declare and takes away anyway makes it fail.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Declared {
    /// Tables that may end with fewer rows.
    pub drops_rows: BTreeSet<String>,
    /// Tables, indexes, views and triggers that may vanish.
    pub drops: BTreeSet<String>,
    /// Tables whose rows without a parent go to a side table before the step runs.
    pub moves_orphans: BTreeSet<String>,
}

/// The header of a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepHeader {
    /// In which transaction.
    pub transaction: StepTransaction,
    /// What it takes away.
    pub declared: Declared,
    /// Whether it stands for all that came before it.
    pub beginning: Beginning,
    /// The table that the script defines anew, where it is a rebuild: the script is then one CREATE TABLE.
    pub rebuilds: Option<String>,
}

impl StepHeader {
    /// A header without declarations: what a step in code begins with.
    #[must_use]
    pub fn plain() -> Self {
        Self {
            transaction: StepTransaction::Shared,
            declared: Declared::default(),
            beginning: Beginning::Empty,
            rebuilds: None,
        }
    }

    /// Reads the lines `-- lifeboat: WORD NAME...` of a script, wherever they stand.
    ///
    /// # Errors
    /// [`InvalidStep::Declaration`] for a word that this build does not know: never ignored, because it may be what
    /// keeps data safe.
    pub fn read(step: &StepId, script: &str) -> Result<Self, InvalidStep> {
        let mut header = Self::plain();
        for (at, line) in script.lines().enumerate() {
            let Some(text) = line.trim().strip_prefix(DECLARATION) else { continue };
            let mut words = words(text).into_iter();
            let word = words.next().unwrap_or_default();
            let names: Vec<String> = words.collect();
            match (word.as_str(), names.as_slice()) {
                ("drops-rows", [_, ..]) => header.declared.drops_rows.extend(names),
                ("drops", [_, ..]) => header.declared.drops.extend(names),
                ("moves-orphans", [_, ..]) => header.declared.moves_orphans.extend(names),
                ("rebuilds", [name]) => header.rebuilds = Some(name.clone()),
                ("own-transaction", []) => header.transaction = StepTransaction::Own,
                ("baseline", []) => header.beginning = Beginning::Baseline,
                _ => {
                    let word = if word.is_empty() { text.trim().to_owned() } else { word };
                    return Err(InvalidStep::Declaration { step: step.clone(), line: at + 1, word });
                }
            }
        }
        Ok(header)
    }
}

/// Words between blanks and commas; in double quotes a name may hold both, and a doubled quote is one.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = text.trim_start_matches([' ', '\t', ',']);
    while !rest.is_empty() {
        let (word, after) = match rest.strip_prefix('"') {
            Some(quoted) => quoted_word(quoted),
            None => {
                let end = rest.find(|c: char| c.is_whitespace() || c == ',').unwrap_or(rest.len());
                (rest[..end].to_owned(), &rest[end..])
            }
        };
        words.push(word);
        rest = after.trim_start_matches(|c: char| c.is_whitespace() || c == ',');
    }
    words
}

fn quoted_word(text: &str) -> (String, &str) {
    let mut word = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('"') {
        word.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        match rest.strip_prefix('"') {
            Some(after) => {
                word.push('"');
                rest = after;
            }
            None => return (word, rest),
        }
    }
    (word + rest, "")
}

/// BLAKE3 over the text with line ends normalised, so that a checkout on Windows is the same step.
#[must_use]
pub fn digest_of(script: &str) -> Digest {
    Digest::of(script.replace("\r\n", "\n").as_bytes())
}

/// Sorts the steps of one set and refuses duplicates and gaps. Numbers begin at 1, but for a baseline.
///
/// # Errors
/// [`InvalidStep::Duplicate`], [`InvalidStep::Gap`].
pub fn order(ids: &mut [StepId], beginning: Beginning) -> Result<(), InvalidStep> {
    ids.sort();
    for pair in ids.windows(2) {
        if pair[0].number == pair[1].number {
            return Err(InvalidStep::Duplicate(pair[0].clone(), pair[1].clone()));
        }
    }
    let first = match (beginning, ids.first()) {
        (Beginning::Baseline, Some(first)) => first.number,
        (Beginning::Empty, _) | (_, None) => 1,
    };
    for (expected, id) in (first..).zip(ids.iter()) {
        if id.number != expected {
            return Err(InvalidStep::Gap { missing: expected, next: id.clone() });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(text: &str) -> StepId {
        StepId::parse(text).unwrap()
    }

    #[test]
    fn names_are_read_and_others_refused() {
        assert_eq!(id("0012_add_city").to_string(), "0012_add_city");
        for bad in ["12_a", "0000_a", "0001_", "0001", "0001_Add", "0001_a b", "x001_a", "99999999999_a"] {
            assert!(StepId::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn declarations_are_read_and_an_unknown_one_is_an_error() {
        let step = id("0001_a");
        let text =
            "-- lifeboat: drops-rows a, b\n-- lifeboat: own-transaction\n-- lifeboat: drops i\nSELECT 1;";
        let header = StepHeader::read(&step, text).unwrap();
        assert_eq!(header.declared.drops_rows.len(), 2);
        assert_eq!(header.transaction, StepTransaction::Own);
        let quoted = StepHeader::read(&step, r#"-- lifeboat: drops "old name", "a""b" plain"#).unwrap();
        let names: Vec<&str> = quoted.declared.drops.iter().map(String::as_str).collect();
        assert_eq!(names, ["a\"b", "old name", "plain"]);
        assert_eq!(StepHeader::read(&step, "-- lifeboat: baseline").unwrap().beginning, Beginning::Baseline);
        for bad in
            ["-- lifeboat: drop-rows a", "-- lifeboat:", "-- lifeboat: drops", "-- lifeboat: rebuilds a b"]
        {
            let error = StepHeader::read(&step, bad).unwrap_err();
            assert!(matches!(error, InvalidStep::Declaration { line: 1, .. }), "{bad}");
        }
    }

    #[test]
    fn line_ends_change_no_digest() {
        assert_eq!(digest_of("a\r\nb\r\n"), digest_of("a\nb\n"));
        assert_ne!(digest_of("a\nb"), digest_of("a\nb\n"));
    }

    #[test]
    fn gaps_and_duplicates_are_named() {
        let order =
            |names: &[&str]| order(&mut names.iter().map(|n| id(n)).collect::<Vec<_>>(), Beginning::Empty);
        let mut squashed = [id("0008_b"), id("0007_a")];
        assert_eq!(super::order(&mut squashed, Beginning::Baseline), Ok(()));
        assert_eq!(order(&["0002_b", "0001_a"]), Ok(()));
        assert_eq!(order(&["0001_a", "0001_b"]), Err(InvalidStep::Duplicate(id("0001_a"), id("0001_b"))));
        assert_eq!(order(&["0001_a", "0003_c"]), Err(InvalidStep::Gap { missing: 2, next: id("0003_c") }));
        assert_eq!(order(&["0002_b"]), Err(InvalidStep::Gap { missing: 1, next: id("0002_b") }));
    }
}
