//! File names of restore points: readable, legal on Windows, never overwritten, never ordered by time.

use crate::kind::PointKind;
use crate::time::UtcMillis;

/// Longest part of a database's name that goes into the name of a point, in bytes:
/// file systems stop at 255 and the rest of the name needs about 70.
const DATABASE_PART_BYTES_MAX: usize = 120;

/// Ending of a plain point's database file.
pub const POINT_ENDING: &str = ".db";
/// Ending of a manifest.
pub const MANIFEST_ENDING: &str = ".manifest.json";
/// Ending of a manifest whose point was forgotten and not yet pruned.
pub const FORGOTTEN_ENDING: &str = ".manifest.json.forgotten";
/// Ending of a file that is being made.
pub const PARTIAL_ENDING: &str = ".partial";

/// The name of a point without its ending: `<database>-<UTC time>-<sequence>-<kind>`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PointStem(String);

impl PointStem {
    /// Composes the stem. `database` is the file name of the database; what Windows forbids becomes `_`.
    #[must_use]
    pub fn compose(database: &str, at: UtcMillis, sequence: u64, kind: PointKind) -> Self {
        Self(format!("{}-{}-{sequence:06}-{kind}", database_part(database), at.compact()))
    }

    /// The stem as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Name of the point's database file.
    #[must_use]
    pub fn point_file(&self) -> String {
        format!("{}{POINT_ENDING}", self.0)
    }

    /// Name of the point's manifest.
    #[must_use]
    pub fn manifest_file(&self) -> String {
        format!("{}{MANIFEST_ENDING}", self.0)
    }

    /// Takes the stem back from the name of a manifest; `None` for any other file.
    #[must_use]
    pub fn from_manifest_file(name: &str) -> Option<Self> {
        name.strip_suffix(MANIFEST_ENDING).map(|stem| Self(stem.to_owned()))
    }

    /// Takes the stem back from the name of a point's file; `None` for any other file.
    #[must_use]
    pub fn from_point_file(name: &str) -> Option<Self> {
        name.strip_suffix(POINT_ENDING).map(|stem| Self(stem.to_owned()))
    }

    /// The sequence number that the name carries; `None` where the name is not ours.
    #[must_use]
    pub fn sequence(&self) -> Option<u64> {
        let known = PointKind::ALL.iter().find_map(|kind| self.0.strip_suffix(kind.as_str()));
        let head = known?.strip_suffix('-')?;
        head.rsplit('-').next()?.parse().ok()
    }
}

fn database_part(database: &str) -> String {
    let legal = |c: char| !c.is_control() && !r#"<>:"/\|?*"#.contains(c);
    let mut part: String = database.chars().map(|c| if legal(c) { c } else { '_' }).collect();
    let mut cut = DATABASE_PART_BYTES_MAX.min(part.len());
    while !part.is_char_boundary(cut) {
        cut -= 1;
    }
    part.truncate(cut);
    let device = is_device(&part);
    if device || part.is_empty() || part.starts_with('.') { format!("_{part}") } else { part }
}

/// Is it a device on Windows, whatever its ending?
fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_ascii_uppercase();
    matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL")
        || ((stem.starts_with("COM") || stem.starts_with("LPT")) && stem.len() == 4)
}

/// Is it the name of a file in the folder that is meant, on every system: no separator, no drive, no stream, no device,
/// nothing hidden, and nothing that a system strips?
#[must_use]
pub fn is_plain_file(name: &str) -> bool {
    let legal = |c: char| !c.is_control() && !r#"<>:"/\|?*"#.contains(c);
    let hidden = name.starts_with('.') || name.ends_with(['.', ' ']);
    (1..=255).contains(&name.len()) && name.chars().all(legal) && !hidden && !is_device(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_readable_and_gives_its_sequence_back() {
        let stem = PointStem::compose("app.db", UtcMillis(1_795_257_720_123), 7, PointKind::PreRestore);
        assert_eq!(stem.as_str(), "app.db-20261121T104200Z-000007-pre-restore");
        assert_eq!(stem.sequence(), Some(7));
        assert_eq!(PointStem::from_manifest_file(&stem.manifest_file()), Some(stem));
    }

    #[test]
    fn names_that_windows_forbids_are_made_legal() {
        for (given, part) in [("a:b?.db", "a_b_.db"), ("NUL", "_NUL"), ("com1.db", "_com1.db"), ("", "_")] {
            let stem = PointStem::compose(given, UtcMillis(0), 1, PointKind::Manual);
            assert!(stem.as_str().starts_with(&format!("{part}-1970")), "{}", stem.as_str());
        }
    }

    #[test]
    fn a_long_name_is_cut_at_a_letter() {
        let stem = PointStem::compose(&"ü".repeat(300), UtcMillis(0), 1, PointKind::PreMigration);
        assert!(stem.manifest_file().len() < 220);
    }

    #[test]
    fn only_names_in_the_folder_that_is_meant_are_plain() {
        for name in ["till.exe", "Till 1.0.exe", "K\u{e4}se", "console"] {
            assert!(is_plain_file(name), "{name}");
        }
        for name in ["", ".", "..", ".x", "a/b", "a\\b", "a:b", "C:", "nul", "COM1.txt", "a.", "a ", "a\0"] {
            assert!(!is_plain_file(name), "{name}");
        }
    }
}
