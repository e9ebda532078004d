//! The restore points of a vault as an ordered list: order, numbering, and finding one by what people type.

use crate::id::SnapshotId;
use crate::kind::PointKind;
use crate::manifest::Manifest;
use crate::trust::TrustLevel;

/// Fewest digits that may stand for an id.
const PREFIX_DIGITS_MIN: usize = 4;

/// Sorts by sequence, then by id: a clock that went back changes nothing.
pub fn sort(points: &mut [Manifest]) {
    points.sort_by_key(|point| (point.sequence, point.id));
}

/// The number that the next point gets: one more than everything seen, forgotten and pruned points included.
#[must_use]
pub fn next_sequence(points: &[Manifest], floor: u64) -> u64 {
    points.iter().map(|p| p.sequence).max().unwrap_or(0).max(floor).saturating_add(1)
}

/// A point may be offered for restore: checked at least. A suspect one must be named.
#[must_use]
pub fn is_offered(point: &Manifest) -> bool {
    point.trust.level >= TrustLevel::Checked && !point.suspect
}

/// The point that the word `latest` means: the newest offered one that is not a safety copy of a restore,
/// because that one holds the state somebody wanted to get away from.
#[must_use]
pub fn latest(points: &[Manifest]) -> Option<&Manifest> {
    points
        .iter()
        .filter(|p| is_offered(p) && p.kind != PointKind::PreRestore)
        .max_by_key(|point| (point.sequence, point.id))
}

/// Why a word names no point.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotNamed {
    /// No point answers to the word.
    #[error("no restore point {word}")]
    Unknown {
        /// What was asked for.
        word: String,
        /// The id that looks most like it.
        nearest: Option<String>,
    },
    /// Several points answer to the word.
    #[error("{word} names {count} restore points")]
    Ambiguous {
        /// What was asked for.
        word: String,
        /// How many answer.
        count: usize,
    },
    /// There is no point that `latest` could mean.
    #[error("there is no verified restore point yet")]
    NothingYet,
}

/// Finds a point by `latest`, by its whole id, or by at least four digits of its short id.
///
/// # Errors
/// [`NotNamed`], with the nearest id where one looks alike.
pub fn resolve<'a>(points: &'a [Manifest], word: &str) -> Result<&'a Manifest, NotNamed> {
    if word == "latest" {
        return latest(points).ok_or(NotNamed::NothingYet);
    }
    if let Ok(id) = SnapshotId::parse(word) {
        return points.iter().find(|p| p.id == id).ok_or_else(|| unknown(points, word));
    }
    let folded = word.to_ascii_lowercase();
    let long_enough = folded.len() >= PREFIX_DIGITS_MIN;
    let hits: Vec<_> = points.iter().filter(|p| long_enough && p.id.short().starts_with(&folded)).collect();
    match hits.as_slice() {
        [one] => Ok(one),
        [] => Err(unknown(points, word)),
        many => Err(NotNamed::Ambiguous { word: word.to_owned(), count: many.len() }),
    }
}

fn unknown(points: &[Manifest], word: &str) -> NotNamed {
    let alike = |short: &str| short.chars().zip(word.chars()).filter(|(a, b)| a == b).count();
    let nearest = points
        .iter()
        .map(|p| p.id.short())
        .max_by_key(|short| alike(short))
        .filter(|short| alike(short) >= PREFIX_DIGITS_MIN);
    NotNamed::Unknown { word: word.to_owned(), nearest }
}
