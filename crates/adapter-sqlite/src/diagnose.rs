//! Tells where a database is hurt, from what the engine's own checks say.
//!
//! The words are those of btree.c and pragma.c (SQLite 3.46 to 3.53); a line that is not known counts as damage
//! somewhere, never as nothing.

use crate::connection::looking;
use crate::error::SqliteError;
use crate::look::Pin;
use crate::salvage::{self, Standing};
use crate::{examine, sql};
use lifeboat_domain::damage::{Evidence, Opening, Place};
use lifeboat_domain::id::TableName;
use lifeboat_ports::{Depth, PortErrorKind, Watch};
use rusqlite::Connection;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

/// As in `sql/mend/integrity_check.sql`.
const LINES_MAX: usize = 10_000;

pub(crate) fn examine(
    database: &Path,
    depth: Depth,
    wait: Duration,
    watch: &Watch,
) -> Result<Evidence, SqliteError> {
    let connection = match looking(database, wait) {
        Ok(connection) => connection,
        Err(error) => return Ok(stopped_at(opening(database, error)?)),
    };
    let unread_commits = salvage::unread_commits(database)?;
    let found = examine::interruptible(connection, watch, |connection| {
        let _pin = Pin::new(connection)?;
        let roots = roots(connection)?;
        Ok((lines(connection, depth, &roots)?, roots))
    });
    let (lines, roots) = match found {
        Ok(found) => found,
        Err(error) => return Ok(stopped_at(opening(database, error)?)),
    };
    let places = lines.iter().filter_map(|line| place(line, &roots)).collect();
    let refused_rows = lines.iter().filter(|line| is_about_content(line)).count() as u64;
    let is_cut = lines.len() >= LINES_MAX;
    Ok(Evidence { opening: Opening::Opens, places, unread_commits, is_cut, refused_rows })
}

const fn stopped_at(opening: Opening) -> Evidence {
    Evidence { opening, places: BTreeSet::new(), unread_commits: 0, is_cut: false, refused_rows: 0 }
}

/// The engine does not come as far as the tables: the file's first bytes tell why. Nobody can have a lock on what no
/// engine opens, so reading them apart from it takes none away.
fn opening(database: &Path, error: SqliteError) -> Result<Opening, SqliteError> {
    match error.kind() {
        PortErrorKind::NotFound => Ok(Opening::Absent),
        PortErrorKind::Busy => Ok(Opening::Locked),
        PortErrorKind::NotADatabase | PortErrorKind::Damaged => Ok(match salvage::standing(database)? {
            Standing::Foreign => Opening::Foreign,
            Standing::Newer => Opening::Newer,
            Standing::Hurt => Opening::HeaderHurt,
            Standing::Whole => Opening::SchemaHurt,
        }),
        _ if error.is_of_unknown_format() => Ok(Opening::Newer),
        _ => Err(error),
    }
}

/// Lines of a check, and whether it came to its end.
struct Checked {
    lines: Vec<String>,
    is_complete: bool,
}

/// Comparing index entries stops at the first page that cannot be read; the structure alone is then told by the check
/// that compares nothing.
fn lines(
    connection: &Connection,
    depth: Depth,
    roots: &BTreeMap<u32, Place>,
) -> Result<Vec<String>, SqliteError> {
    let mut checked = match depth {
        Depth::Quick => run(connection, sql::mend::QUICK_CHECK)?,
        Depth::Deep => run(connection, sql::mend::INTEGRITY_CHECK)?,
    };
    if !checked.is_complete && depth == Depth::Deep {
        let quick = run(connection, sql::mend::QUICK_CHECK)?;
        checked.lines.extend(quick.lines);
        checked.is_complete = quick.is_complete;
    }
    let explained = checked
        .lines
        .iter()
        .any(|line| matches!(place(line, roots), Some(Place::Table(_) | Place::Schema | Place::Elsewhere)));
    if !checked.is_complete && !explained {
        checked.lines.push("the check itself met damage".to_owned());
    }
    Ok(checked.lines)
}

fn run(connection: &Connection, statement: &str) -> Result<Checked, SqliteError> {
    let mut prepared = match connection.prepare(statement).map_err(SqliteError::from) {
        Ok(prepared) => prepared,
        // A function, a collation or a module of the application: what is left unchecked is told by `examine`.
        Err(error) if error.missing_part().is_some() => {
            return Ok(Checked { lines: Vec::new(), is_complete: true });
        }
        Err(error) => return Err(error),
    };
    let mut rows = prepared.query([])?;
    let mut lines = Vec::new();
    loop {
        match rows.next() {
            Ok(Some(row)) => lines.extend(row.get::<_, String>(0)?.lines().map(str::to_owned)),
            Ok(None) => return Ok(Checked { lines, is_complete: true }),
            Err(error) => match SqliteError::from(error) {
                error if error.kind() == PortErrorKind::Damaged => {
                    return Ok(Checked { lines, is_complete: false });
                }
                // A collation or a module of the application: what is left unchecked is told by `examine`.
                error if error.missing_part().is_some() => return Ok(Checked { lines, is_complete: true }),
                error => return Err(error),
            },
        }
    }
}

fn roots(connection: &Connection) -> Result<BTreeMap<u32, Place>, SqliteError> {
    let mut statement = connection.prepare(sql::mend::LIST_TREES)?;
    let rows = statement.query_map([], |row| {
        let name = row.get::<_, String>(1)?;
        let place = match row.get::<_, String>(0)?.as_str() {
            "index" => Place::Index(name),
            _ => Place::Table(TableName::new(name)),
        };
        Ok((row.get(2)?, place))
    })?;
    let mut roots = rows.collect::<Result<BTreeMap<_, _>, _>>()?;
    roots.insert(1, Place::Schema);
    Ok(roots)
}

/// Where one line says that something is; `None` where it says nothing about structure.
fn place(line: &str, roots: &BTreeMap<u32, Place>) -> Option<Place> {
    if line == "ok" || line.starts_with("*** in database") || is_about_content(line) {
        return None;
    }
    if is_unused_page(line) {
        return Some(Place::Unused);
    }
    if line.starts_with("Freelist: ") {
        return Some(Place::FreeList);
    }
    if let Some(rest) = line.strip_prefix("Tree ") {
        let root = rest.split(' ').next().and_then(|number| number.parse().ok());
        return Some(root.and_then(|root: u32| roots.get(&root).cloned()).unwrap_or(Place::Elsewhere));
    }
    Some(index_named(line).map_or(Place::Elsewhere, Place::Index))
}

/// What a constraint would refuse today is no damage: it was let in once.
fn is_about_content(line: &str) -> bool {
    line.starts_with("CHECK constraint failed in ")
        || [
            "NULL value in ",
            "NUMERIC value in ",
            "TEXT value in ",
            "BLOB value in ",
            "INT value in ",
            "REAL value in ",
        ]
        .iter()
        .any(|words| line.contains(words))
}

pub(crate) fn is_unused_page(line: &str) -> bool {
    line.starts_with("Page ") && line.ends_with("never used")
}

/// `row 7 missing from index by_name` and its like.
fn index_named(line: &str) -> Option<String> {
    let phrases = [
        " missing from index ",
        "wrong # of entries in index ",
        "non-unique entry in index ",
        " values differ from index ",
    ];
    let of_row =
        line.starts_with("rowid not at end-of-record for row ").then(|| line.split_once(" of index "));
    let found = phrases.iter().find_map(|phrase| line.split_once(phrase)).or(of_row.flatten());
    found.map(|(_, name)| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_the_checks_are_placed_and_unknown_ones_are_never_harmless() {
        let table = Place::Table(TableName::new("t"));
        let roots = BTreeMap::from([(1, Place::Schema), (2, table.clone()), (3, Place::Index("i".into()))]);
        let index = Some(Place::Index("i".into()));
        let cases = [
            ("ok", None),
            ("*** in database main ***", None),
            ("NULL value in t.c", None),
            ("CHECK constraint failed in t", None),
            ("Tree 2 page 7 cell 3: Rowid 12 out of order", Some(table)),
            ("Tree 3 page 9: btreeInitPage() returns error code 11", index.clone()),
            ("Tree 1 page 1 cell 2: invalid page number 88", Some(Place::Schema)),
            ("Tree 99 page 1: x", Some(Place::Elsewhere)),
            ("Freelist: size is 3 but should be 4", Some(Place::FreeList)),
            ("Page 12: never used", Some(Place::Unused)),
            ("row 4 missing from index i", index.clone()),
            ("wrong # of entries in index i", index.clone()),
            ("row 4 values differ from index i", index.clone()),
            ("rowid not at end-of-record for row 4 of index i", index),
            ("something that a later version says", Some(Place::Elsewhere)),
        ];
        for (line, expected) in cases {
            assert_eq!(place(line, &roots), expected, "{line}");
        }
    }
}
