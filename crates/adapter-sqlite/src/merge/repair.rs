//! How repairs are kept: words and bits, nothing decided here.

use lifeboat_domain::merge::Shown;
use std::collections::BTreeSet;

pub(super) fn word(shown: Shown) -> &'static str {
    match shown {
        Shown::AsRaw => "as-raw",
        Shown::Revived => "revived",
        Shown::Parked => "parked",
    }
}

pub(super) fn shown(word: &str) -> Option<Shown> {
    [Shown::AsRaw, Shown::Revived, Shown::Parked].into_iter().find(|one| self::word(*one) == word)
}

pub(super) fn bits(mask: i64) -> BTreeSet<usize> {
    (0..63).filter(|at| mask >> at & 1 == 1).collect()
}

pub(super) fn mask(numbers: &BTreeSet<usize>) -> i64 {
    numbers.iter().fold(0, |mask, at| mask | 1 << at)
}
