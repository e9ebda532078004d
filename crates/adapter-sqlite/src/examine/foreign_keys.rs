//! `foreign_key_check`, with a set-based question first where it gives the same answer sooner.
//!
//! A constraint whose child column has integer affinity and whose parent key is the row number compares
//! integers and nothing else; there one EXISTS over the distinct values settles that there is no orphan. Any
//! other constraint, and any suspicion, goes to the exact pragma, so the findings are always the pragma's own.

use super::{Found, Stopped, judge_stop};
use crate::error::SqliteError;
use crate::look::table_names;
use crate::quoted::{Fill, Statement};
use crate::sql;
use lifeboat_domain::digest::Digest;
use lifeboat_domain::findings::{NotChecked, Orphans};
use lifeboat_domain::id::TableName;
use rusqlite::{Connection, OptionalExtension};
use std::collections::BTreeMap;

/// Orphans per constraint and a digest over each of them.
pub(super) struct ForeignKeys {
    pub(super) orphans: Vec<Orphans>,
    pub(super) digest: Digest,
}

pub(super) fn check(connection: &Connection) -> Result<Found<ForeignKeys>, SqliteError> {
    let mut tally = Tally { counts: BTreeMap::new(), hasher: blake3::Hasher::new() };
    let mut not_checked = Vec::new();
    for table in table_names(connection)? {
        let checked = check_table(connection, &table, &mut tally);
        if let Err(error) = checked {
            let reason = match judge_stop(error)? {
                Stopped::Damage(reason) | Stopped::Gap(reason) => reason,
            };
            not_checked.push(NotChecked { subject: table, check: "foreign keys".to_owned(), reason });
        }
    }
    let orphans = tally.counts.into_iter().map(|((table, parent), rows)| Orphans { table, parent, rows });
    let digest = Digest::from_bytes(*tally.hasher.finalize().as_bytes());
    Ok((ForeignKeys { orphans: orphans.collect(), digest }, not_checked))
}

struct Tally {
    counts: BTreeMap<(TableName, TableName), u64>,
    hasher: blake3::Hasher,
}

fn check_table(connection: &Connection, table: &str, tally: &mut Tally) -> Result<(), SqliteError> {
    let constraints = constraints(connection, table)?;
    let mut clean = true;
    for constraint in &constraints {
        clean = clean && is_plainly_clean(connection, table, constraint)?;
    }
    if clean { Ok(()) } else { check_exactly(connection, table, tally) }
}

/// One constraint: its parent and its columns (child, parent; the parent's is absent where it means the key).
struct Constraint {
    parent: String,
    columns: Vec<(String, Option<String>)>,
}

fn constraints(connection: &Connection, table: &str) -> Result<Vec<Constraint>, SqliteError> {
    let mut statement = connection.prepare_cached(sql::examine::LIST_FOREIGN_KEYS)?;
    let mut rows = statement.query([table])?;
    let mut found: BTreeMap<i64, Constraint> = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let parent = row.get(1)?;
        let constraint =
            found.entry(row.get(0)?).or_insert_with(|| Constraint { parent, columns: Vec::new() });
        constraint.columns.push((row.get(2)?, row.get(3)?));
    }
    Ok(found.into_values().collect())
}

/// True only where it is certain that the exact check would find nothing.
fn is_plainly_clean(
    connection: &Connection,
    child: &str,
    constraint: &Constraint,
) -> Result<bool, SqliteError> {
    let [(column, key)] = constraint.columns.as_slice() else { return Ok(false) };
    let parent = &constraint.parent;
    let key: Option<String> = connection
        .prepare_cached(sql::examine::FIND_INTEGER_KEY)?
        .query_row((parent, key), |row| row.get(0))
        .optional()?
        .flatten();
    let ask = |statement: &str| -> Result<bool, SqliteError> {
        let mut statement = connection.prepare_cached(statement)?;
        Ok(statement.query_row((child, column), |row| row.get::<_, i64>(0))? > 0)
    };
    let (Some(key), true) = (key, ask(sql::examine::HAS_INTEGER_AFFINITY)?) else { return Ok(false) };
    let template = if ask(sql::examine::HAS_LEADING_INDEX)? {
        sql::examine::HAS_ORPHAN_BY_DISTINCT
    } else {
        sql::examine::HAS_ORPHAN_BY_ROW
    };
    let holes = [
        ("child", Fill::ident(child)),
        ("column", Fill::ident(column)),
        ("parent", Fill::ident(parent)),
        ("key", Fill::ident(&key)),
    ];
    let statement = Statement::fill(template, &holes);
    let has_orphan = connection.query_row(statement.as_str(), [], |row| row.get::<_, bool>(0));
    // A missing collation or damage: the exact check says which.
    Ok(has_orphan.is_ok_and(|has| !has))
}

fn check_exactly(connection: &Connection, table: &str, tally: &mut Tally) -> Result<(), SqliteError> {
    let statement = Statement::fill(sql::examine::CHECK_FOREIGN_KEYS, &[("table", Fill::ident(table))]);
    let mut prepared = connection.prepare(statement.as_str())?;
    let mut rows = prepared.query([])?;
    while let Some(row) = rows.next()? {
        let (rowid, parent): (Option<i64>, String) = (row.get(1)?, row.get(2)?);
        let constraint: i64 = row.get(3)?;
        let line = format!("{table}\0{rowid:?}\0{parent}\0{constraint}\0");
        tally.hasher.update(line.as_bytes());
        *tally.counts.entry((TableName::new(table), TableName::new(parent))).or_insert(0) += 1;
    }
    Ok(())
}
