//! What is wrong with a database that does not read as it should, and what mends it: decided here from what an adapter
//! found.

use crate::id::TableName;
use std::collections::BTreeSet;
use std::fmt;

/// How far opening came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opening {
    /// There is no file.
    Absent,
    /// The file is something else, or encrypted.
    Foreign,
    /// Its format is newer than this engine.
    Newer,
    /// Somebody holds a lock.
    Locked,
    /// It was a database, and its first bytes are damaged.
    HeaderHurt,
    /// The header is whole; the list of tables cannot be read.
    SchemaHurt,
    /// It opens, and its tables are known.
    Opens,
}

/// A place at which a check found something.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// The list of tables.
    Schema,
    /// A table's own pages.
    Table(TableName),
    /// An index: what it holds is in the table as well.
    Index(String),
    /// The list of free pages.
    FreeList,
    /// Pages that belong to nothing.
    Unused,
    /// Somewhere else, or it is not clear where.
    Elsewhere,
}

/// What an adapter found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// How far opening came.
    pub opening: Opening,
    /// Where something was found.
    pub places: BTreeSet<Place>,
    /// Commits in the log that the engine does not read, behind a frame that does not agree with its checksum.
    pub unread_commits: u64,
    /// The check stopped at its limit: there may be more.
    pub is_cut: bool,
    /// Rows that a constraint would refuse today: they were let in once, and are no damage.
    pub refused_rows: u64,
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// Nothing that this depth sees.
    Sound,
    /// There is no file.
    Absent,
    /// No database, or an encrypted one.
    NotADatabase,
    /// Of a newer format.
    Newer,
    /// Somebody holds a lock.
    Locked,
    /// The first bytes are damaged.
    HeaderHurt,
    /// The list of tables is damaged.
    SchemaHurt,
    /// Tables are damaged; where none is named it is not clear which.
    TablesHurt(BTreeSet<TableName>),
    /// The list of free pages is damaged: every row reads, but writing would make it worse.
    FreeListHurt,
    /// Only indexes are: no row is lost.
    IndexesHurt(BTreeSet<String>),
    /// Some pages belong to nothing: no row is lost.
    PagesUnused,
    /// The database is sound, and its log holds commits that the engine does not read: behind damage, or older ones.
    LogHurt,
}

/// What mends it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mend {
    /// Nothing is to be mended.
    Nothing,
    /// Wait until the lock is free.
    Wait,
    /// Use the newer version of the application.
    NewerBuild,
    /// Name another file, or bring the last one back.
    NameAnother,
    /// Build the indexes anew, give unused pages back.
    Repair,
    /// Restore the newest checked point, or bring out what can be read.
    RestoreOrSalvage,
    /// Look at what lies there before the log is written over.
    LookBehind,
}

/// Tells what is wrong. The worst place decides.
#[must_use]
pub fn classify(evidence: &Evidence) -> Condition {
    match evidence.opening {
        Opening::Absent => return Condition::Absent,
        Opening::Foreign => return Condition::NotADatabase,
        Opening::Newer => return Condition::Newer,
        Opening::Locked => return Condition::Locked,
        Opening::HeaderHurt => return Condition::HeaderHurt,
        Opening::SchemaHurt => return Condition::SchemaHurt,
        Opening::Opens => {}
    }
    let places = &evidence.places;
    let tables = places.iter().filter_map(|place| match place {
        Place::Table(name) => Some(name.clone()),
        _ => None,
    });
    let tables: BTreeSet<TableName> = tables.collect();
    let indexes = places.iter().filter_map(|place| match place {
        Place::Index(name) => Some(name.clone()),
        _ => None,
    });
    let indexes: BTreeSet<String> = indexes.collect();
    if places.contains(&Place::Schema) {
        Condition::SchemaHurt
    } else if !tables.is_empty() || places.contains(&Place::Elsewhere) || evidence.is_cut {
        Condition::TablesHurt(tables)
    } else if places.contains(&Place::FreeList) {
        Condition::FreeListHurt
    } else if !indexes.is_empty() {
        Condition::IndexesHurt(indexes)
    } else if places.contains(&Place::Unused) {
        Condition::PagesUnused
    } else if evidence.unread_commits > 0 {
        Condition::LogHurt
    } else {
        Condition::Sound
    }
}

impl Condition {
    /// What mends it.
    #[must_use]
    pub const fn mend(&self) -> Mend {
        match self {
            Self::Sound => Mend::Nothing,
            Self::Locked => Mend::Wait,
            Self::Newer => Mend::NewerBuild,
            Self::Absent | Self::NotADatabase => Mend::NameAnother,
            Self::IndexesHurt(_) | Self::PagesUnused => Mend::Repair,
            Self::HeaderHurt | Self::SchemaHurt | Self::TablesHurt(_) | Self::FreeListHurt => {
                Mend::RestoreOrSalvage
            }
            Self::LogHurt => Mend::LookBehind,
        }
    }

    /// The stable word.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Sound => "sound",
            Self::Absent => "absent",
            Self::NotADatabase => "not-a-database",
            Self::Newer => "newer",
            Self::Locked => "locked",
            Self::HeaderHurt => "header",
            Self::SchemaHurt => "schema",
            Self::TablesHurt(_) => "tables",
            Self::FreeListHurt => "free-list",
            Self::IndexesHurt(_) => "indexes",
            Self::PagesUnused => "unused-pages",
            Self::LogHurt => "log",
        }
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sound => f.write_str("sound"),
            Self::Absent => f.write_str("there is no file"),
            Self::NotADatabase => f.write_str("no SQLite database, or an encrypted one"),
            Self::Newer => f.write_str("written by a newer engine"),
            Self::Locked => f.write_str("locked by another process"),
            Self::HeaderHurt => f.write_str("the first bytes of the file are damaged"),
            Self::SchemaHurt => f.write_str("the list of tables is damaged"),
            Self::TablesHurt(tables) if tables.is_empty() => f.write_str("pages are damaged"),
            Self::TablesHurt(tables) => {
                let names: Vec<&str> = tables.iter().map(TableName::as_str).collect();
                write!(f, "damaged tables: {}", names.join(", "))
            }
            Self::FreeListHurt => f.write_str("the list of free pages is damaged; every row reads"),
            Self::IndexesHurt(names) => {
                let names: Vec<&str> = names.iter().map(String::as_str).collect();
                write!(f, "only indexes are damaged: {}", names.join(", "))
            }
            Self::PagesUnused => f.write_str("some pages belong to nothing; no row is lost"),
            Self::LogHurt => {
                f.write_str("sound; the write-ahead log holds commits that the engine does not read")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opens(places: &[Place]) -> Evidence {
        Evidence {
            opening: Opening::Opens,
            places: places.iter().cloned().collect(),
            unread_commits: 0,
            is_cut: false,
            refused_rows: 0,
        }
    }

    fn table(name: &str) -> Place {
        Place::Table(TableName::new(name))
    }

    #[test]
    fn the_worst_place_decides() {
        let index = Place::Index("by_name".into());
        let both = [index.clone(), table("customer")];
        assert_eq!(classify(&opens(&[])), Condition::Sound);
        assert_eq!(
            classify(&opens(std::slice::from_ref(&index))),
            Condition::IndexesHurt(["by_name".into()].into())
        );
        assert_eq!(classify(&opens(&both)), Condition::TablesHurt([TableName::new("customer")].into()));
        assert_eq!(classify(&opens(&[index.clone(), Place::FreeList])), Condition::FreeListHurt);
        assert_eq!(classify(&opens(&[Place::Unused])), Condition::PagesUnused);
        assert_eq!(classify(&opens(&[Place::Elsewhere])), Condition::TablesHurt(BTreeSet::new()));
        assert_eq!(classify(&opens(&[Place::Schema, table("customer")])), Condition::SchemaHurt);
        let log = Evidence { unread_commits: 2, ..opens(&[]) };
        assert_eq!(classify(&log), Condition::LogHurt);
    }

    #[test]
    fn a_check_that_was_cut_short_never_says_that_only_an_index_is_hurt() {
        let cut = Evidence { is_cut: true, ..opens(&[Place::Index("i".into())]) };
        assert_eq!(classify(&cut), Condition::TablesHurt(BTreeSet::new()));
    }

    #[test]
    fn only_indexes_are_mended_without_going_back() {
        assert_eq!(Condition::IndexesHurt(BTreeSet::new()).mend(), Mend::Repair);
        for hurt in [Condition::HeaderHurt, Condition::SchemaHurt, Condition::FreeListHurt] {
            assert_eq!(hurt.mend(), Mend::RestoreOrSalvage);
        }
    }
}
