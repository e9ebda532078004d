//! Ledgers of other migrators: what they say was applied, and whether that can be believed.
//!
//! A ledger that is dirty, has a gap, or does not agree with the files that it was made of is refused, and the id that
//! differs is named: what is adopted from it would be a guess.

mod files;

pub use files::file_of;

use std::collections::BTreeSet;
use std::fmt;

/// Whose ledger it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tool {
    /// sqlx, and tauri-plugin-sql, which uses it.
    Sqlx,
    /// refinery.
    Refinery,
    /// Diesel.
    Diesel,
    /// Knex.
    Knex,
    /// Drizzle.
    Drizzle,
    /// Django.
    Django,
    /// golang-migrate.
    GolangMigrate,
    /// `user_version` alone: rusqlite_migration, and many a home-made one.
    UserVersion,
}

impl Tool {
    /// All tools.
    pub const ALL: [Self; 8] = [
        Self::Sqlx,
        Self::Refinery,
        Self::Diesel,
        Self::Knex,
        Self::Drizzle,
        Self::Django,
        Self::GolangMigrate,
        Self::UserVersion,
    ];

    /// The stable word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sqlx => "sqlx",
            Self::Refinery => "refinery",
            Self::Diesel => "diesel",
            Self::Knex => "knex",
            Self::Drizzle => "drizzle",
            Self::Django => "django",
            Self::GolangMigrate => "golang-migrate",
            Self::UserVersion => "user_version",
        }
    }

    /// Tables of its own, which are no part of the application's schema and are left alone.
    #[must_use]
    pub const fn tables(self) -> &'static [&'static str] {
        match self {
            Self::Sqlx => &["_sqlx_migrations"],
            Self::Refinery => &["refinery_schema_history"],
            Self::Diesel => &["__diesel_schema_migrations"],
            Self::Knex => &["knex_migrations", "knex_migrations_lock"],
            Self::Drizzle => &["__drizzle_migrations"],
            Self::Django => &["django_migrations"],
            Self::GolangMigrate => &["schema_migrations"],
            Self::UserVersion => &[],
        }
    }

    /// Its ids are numbers, in whose order steps run.
    const fn has_numbers(self) -> bool {
        matches!(self, Self::Sqlx | Self::Refinery | Self::Diesel | Self::Drizzle | Self::GolangMigrate)
    }
}

impl fmt::Display for Tool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One line of a foreign ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignEntry {
    /// As the tool names it: a number, a file name, an application's name and a step's.
    pub id: String,
    /// Words, where it keeps some.
    pub name: String,
    /// Digest of the step's text as the tool writes it, where it keeps one.
    pub digest: Option<String>,
    /// The tool began it and did not end it.
    pub is_dirty: bool,
}

/// What another migrator wrote down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignLedger {
    /// Whose.
    pub tool: Tool,
    /// In the order in which they were applied.
    pub entries: Vec<ForeignEntry>,
    /// The tool says that it is at work.
    pub is_locked: bool,
}

/// One step of another migrator, as it lies in its folder.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ForeignFile {
    /// As in the ledger.
    pub id: String,
    /// Digest as in the ledger, where the tool keeps one.
    pub digest: Option<String>,
}

/// Why a foreign ledger cannot be adopted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unsound {
    /// A step was begun and not ended.
    #[error("{tool} began {id} and did not end it")]
    Dirty {
        /// Whose.
        tool: Tool,
        /// The step.
        id: String,
    },
    /// The tool is at work, or was killed.
    #[error("{tool} says that it is at work")]
    Locked {
        /// Whose.
        tool: Tool,
    },
    /// A step between applied ones was not applied.
    #[error("{tool} applied a later step than {id}, and not {id} itself")]
    Gap {
        /// Whose.
        tool: Tool,
        /// The step that is missing.
        id: String,
    },
    /// A step was changed after it was applied.
    #[error("{id} was changed after {tool} applied it")]
    Edited {
        /// Whose.
        tool: Tool,
        /// The step.
        id: String,
    },
    /// An applied step is not among the files.
    #[error("{tool} applied {id}, which is not in its folder")]
    Missing {
        /// Whose.
        tool: Tool,
        /// The step.
        id: String,
    },
    /// A step is in the ledger twice.
    #[error("{tool} has {id} twice")]
    Doubled {
        /// Whose.
        tool: Tool,
        /// The step.
        id: String,
    },
    /// There is no ledger, although the folder of one was named.
    #[error("no ledger of another migrator was found to compare the folder with")]
    None,
    /// Two tools have left their ledger.
    #[error("two migrators left a ledger: {0} and {1}")]
    Several(Tool, Tool),
}

/// Where ids are ordinals and not times, they are below this.
const ORDINAL_MAX: i64 = 10_000;

/// Can the ledger be believed? `files` are the steps in the tool's own folder, where it was named.
///
/// # Errors
/// [`Unsound`], with the id that differs.
pub fn judge(ledger: &ForeignLedger, files: Option<&[ForeignFile]>) -> Result<(), Unsound> {
    let tool = ledger.tool;
    if let Some(dirty) = ledger.entries.iter().find(|entry| entry.is_dirty) {
        return Err(Unsound::Dirty { tool, id: dirty.id.clone() });
    }
    if ledger.is_locked {
        return Err(Unsound::Locked { tool });
    }
    let mut seen = BTreeSet::new();
    if let Some(twice) = ledger.entries.iter().find(|entry| !seen.insert(&entry.id)) {
        return Err(Unsound::Doubled { tool, id: twice.id.clone() });
    }
    match files {
        // A number in the header names no files.
        Some(files) if tool != Tool::UserVersion => compare(ledger, files),
        Some(_) | None => refuse_holes(ledger),
    }
}

/// Without the folder, a hole shows only between ordinals.
fn refuse_holes(ledger: &ForeignLedger) -> Result<(), Unsound> {
    if !matches!(ledger.tool, Tool::Sqlx | Tool::Refinery) {
        return Ok(());
    }
    let numbers: BTreeSet<i64> = ledger.entries.iter().filter_map(|entry| entry.id.parse().ok()).collect();
    let (Some(first), Some(last)) = (numbers.first(), numbers.last()) else { return Ok(()) };
    if *last > ORDINAL_MAX {
        return Ok(());
    }
    match (*first..=*last).find(|number| !numbers.contains(number)) {
        Some(hole) => Err(Unsound::Gap { tool: ledger.tool, id: hole.to_string() }),
        None => Ok(()),
    }
}

fn compare(ledger: &ForeignLedger, files: &[ForeignFile]) -> Result<(), Unsound> {
    let tool = ledger.tool;
    for entry in &ledger.entries {
        let Some(file) = files.iter().find(|file| file.id == entry.id) else {
            // Django's own applications, and those of packages, lie elsewhere.
            if tool == Tool::Django
                && !files.iter().any(|file| application(&file.id) == application(&entry.id))
            {
                continue;
            }
            return Err(Unsound::Missing { tool, id: entry.id.clone() });
        };
        if let (Some(applied), Some(now)) = (&entry.digest, &file.digest)
            && !applied.eq_ignore_ascii_case(now)
        {
            return Err(Unsound::Edited { tool, id: entry.id.clone() });
        }
    }
    // golang-migrate keeps the last number alone: everything before it was applied.
    if tool == Tool::GolangMigrate {
        return Ok(());
    }
    let applied = |file: &&ForeignFile| ledger.entries.iter().any(|entry| entry.id == file.id);
    let late = |file: &&ForeignFile| {
        let after = ledger.entries.iter().any(|entry| comes_before(tool, &file.id, &entry.id));
        after && !applied(file)
    };
    match files.iter().filter(late).min() {
        Some(file) => Err(Unsound::Gap { tool, id: file.id.clone() }),
        None => Ok(()),
    }
}

/// Within one application, for Django.
fn comes_before(tool: Tool, a: &str, b: &str) -> bool {
    if tool.has_numbers()
        && let (Ok(a), Ok(b)) = (a.parse::<i64>(), b.parse::<i64>())
    {
        return a < b;
    }
    (tool != Tool::Django || application(a) == application(b)) && a < b
}

/// The application of one of Django's steps.
fn application(id: &str) -> &str {
    id.split_once('.').map_or(id, |(application, _)| application)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ledger(tool: Tool, ids: &[&str]) -> ForeignLedger {
        let entry = |id: &&str| ForeignEntry {
            id: (*id).to_owned(),
            name: String::new(),
            digest: Some(format!("d{id}")),
            is_dirty: false,
        };
        ForeignLedger { tool, entries: ids.iter().map(entry).collect(), is_locked: false }
    }

    fn files(ids: &[&str]) -> Vec<ForeignFile> {
        ids.iter().map(|id| ForeignFile { id: (*id).to_owned(), digest: Some(format!("D{id}")) }).collect()
    }

    #[test]
    fn a_ledger_that_agrees_with_its_folder_is_sound() {
        for tool in Tool::ALL {
            assert_eq!(judge(&ledger(tool, &["1", "2"]), Some(&files(&["1", "2", "3"]))), Ok(()), "{tool}");
            assert_eq!(judge(&ledger(tool, &["1", "2"]), None), Ok(()), "{tool}");
        }
    }

    #[test]
    fn every_fault_names_the_id_that_differs() {
        let tool = Tool::Sqlx;
        let doubled = judge(&ledger(tool, &["1", "1"]), None);
        assert_eq!(doubled, Err(Unsound::Doubled { tool, id: "1".into() }));
        let mut dirty = ledger(tool, &["1", "2"]);
        dirty.entries[1].is_dirty = true;
        assert_eq!(judge(&dirty, None), Err(Unsound::Dirty { tool, id: "2".into() }));
        let locked = ForeignLedger { is_locked: true, ..ledger(Tool::Knex, &["a"]) };
        assert_eq!(judge(&locked, None), Err(Unsound::Locked { tool: Tool::Knex }));
        let gap = Err(Unsound::Gap { tool, id: "2".into() });
        assert_eq!(judge(&ledger(tool, &["1", "3"]), None), gap);
        assert_eq!(judge(&ledger(tool, &["1", "3"]), Some(&files(&["1", "2", "3"]))), gap);
        assert_eq!(judge(&ledger(tool, &["1", "3"]), Some(&files(&["1", "3"]))), Ok(()), "the folder knows");
        let missing = judge(&ledger(tool, &["1", "9"]), Some(&files(&["1"])));
        assert_eq!(missing, Err(Unsound::Missing { tool, id: "9".into() }));
        let mut edited = files(&["1", "2"]);
        edited[0].digest = Some("other".into());
        let found = judge(&ledger(tool, &["1", "2"]), Some(&edited));
        assert_eq!(found, Err(Unsound::Edited { tool, id: "1".into() }));
    }

    #[test]
    fn numbers_are_compared_as_numbers_and_applications_by_themselves() {
        assert_eq!(judge(&ledger(Tool::Diesel, &["2", "10"]), Some(&files(&["2", "10"]))), Ok(()));
        let late = judge(&ledger(Tool::Diesel, &["10"]), Some(&files(&["2", "10"])));
        assert_eq!(late, Err(Unsound::Gap { tool: Tool::Diesel, id: "2".into() }));
        let django = ledger(Tool::Django, &["shop.0002_b", "auth.0001_a"]);
        let all = files(&["shop.0002_b", "auth.0001_a", "auth.0002_c", "blog.0001_d"]);
        assert_eq!(judge(&django, Some(&all)), Ok(()), "an application of its own may be pending");
        assert_eq!(judge(&django, Some(&files(&["shop.0002_b"]))), Ok(()), "auth lies elsewhere");
        let gap = files(&["shop.0001_a", "shop.0002_b", "auth.0001_a"]);
        let tool = Tool::Django;
        assert_eq!(judge(&django, Some(&gap)), Err(Unsound::Gap { tool, id: "shop.0001_a".into() }));
        assert_eq!(judge(&ledger(Tool::GolangMigrate, &["3"]), Some(&files(&["1", "2", "3"]))), Ok(()));
    }
}
