//! Rows that a step of a migration makes in a counted table: each copy gives them its own numbers, and they are the same rows all the
//! same where they say the same. So seeds are not doubled by a merge, and rows that differ stay apart.

use super::registry::{self, Registered};
use super::shape::survey;
use super::standing;
use crate::error::SqliteError;
use crate::merge::encode;
use crate::quoted::{Fill, Statement};
use crate::sql;
use lifeboat_domain::digest::Digest;
use lifeboat_domain::id::ReplicaId;
use lifeboat_domain::merge::KeyShape;
use lifeboat_domain::value::Value;
use rusqlite::{Connection, params};
use std::collections::BTreeMap;

/// Whose rows are that are no seeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unlike {
    /// This copy's, as rows are that clients make.
    Own,
    /// Nobody's: on a private copy of a database that has not run the step, whose name this copy may bear too.
    Nobodys,
}

/// More rows than these are no seeds: they stay each copy's own.
const SEEDS_MAX: usize = 10_000;

/// The highest number that the engine will not give again.
pub(super) fn highest(connection: &Connection, table: &str, key: &str) -> Result<i64, SqliteError> {
    let holes = [("table", Fill::ident(table)), ("key", Fill::ident(key))];
    let statement = Statement::fill(sql::track::READ_HIGHEST, &holes);
    Ok(connection.query_row(statement.as_str(), [], |row| row.get(0))?)
}

/// Rows that the lines since then made, above all numbers that were there, are named by what they say.
pub(super) fn name(
    connection: &Connection,
    table: &Registered,
    (step, unlike): (Digest, Unlike),
    (last, highest): (i64, i64),
) -> Result<(), SqliteError> {
    let surveyed = survey(connection)?;
    let Some(found) = surveyed.iter().find(|one| one.is_called(&table.name)) else { return Ok(()) };
    let KeyShape::Counted(key) = found.shape.key else { return Ok(()) };
    let mut statement = connection.prepare(sql::track::INSERTED_NUMBERS)?;
    let most = match unlike {
        Unlike::Own => SEEDS_MAX as i64 + 1,
        Unlike::Nobodys => i64::MAX,
    };
    let numbers = statement.query_map(params![last, table.no, highest, most], |row| row.get(0))?;
    let numbers: Vec<i64> = numbers.collect::<Result<_, _>>()?;
    // What a row refers to has another number on every copy: such rows cannot be told alike by what they say.
    let refers = !found.shape.references.is_empty() || standing::refers(connection, table.no)?;
    let is_seed = numbers.len() <= SEEDS_MAX && !refers;
    if numbers.is_empty() || (!is_seed && unlike == Unlike::Own) {
        return Ok(());
    }
    let kind = if is_seed { "seed" } else { "nobody's" };
    let maker = [kind, &step.to_string(), &table.name.to_ascii_lowercase()].join("\0");
    let maker = intern(connection, ReplicaId::derived(maker.as_bytes()))?;
    if !is_seed {
        for number in numbers {
            connection.execute(sql::track::INSERT_STEP_NUMBER, params![table.no, number, maker, number])?;
        }
        return Ok(());
    }
    let says = (0..found.shape.fields.len()).filter(|field| *field != key);
    let columns: Vec<&str> = says.map(|field| found.shape.fields[field].name.as_str()).collect();
    let key = Fill::ident(found.shape.fields[key].name.as_str());
    let columns = if columns.is_empty() { key.clone() } else { Fill::idents(&columns) };
    let holes = [("table", Fill::ident(&table.name)), ("key", key), ("columns", columns)];
    let statement = Statement::fill(sql::track::READ_CONTENT, &holes);
    let mut read = connection.prepare(statement.as_str())?;
    let mut known: BTreeMap<Vec<u8>, i64> = BTreeMap::new();
    for number in numbers {
        let mut rows = read.query([number])?;
        let Some(row) = rows.next()? else { continue };
        let count = row.as_ref().column_count();
        let values = (0..count).map(|at| crate::merge::from_engine(row.get_ref(at)?));
        let content = encode(&values.collect::<Result<Vec<Value>, SqliteError>>()?);
        let twin = known.entry(content.clone()).and_modify(|twin| *twin += 1).or_insert(0);
        let origin = origin(&content, *twin);
        connection.execute(sql::track::INSERT_STEP_NUMBER, params![table.no, number, maker, origin])?;
    }
    Ok(())
}

/// A positive number that says what the row says.
fn origin(content: &[u8], twin: i64) -> i64 {
    let said = ReplicaId::derived(&[content, &twin.to_be_bytes()].concat());
    let mut first = [0; 8];
    first.copy_from_slice(&said.as_bytes()[..8]);
    (i64::from_be_bytes(first) & i64::MAX).max(1)
}

fn intern(connection: &Connection, id: ReplicaId) -> Result<i64, SqliteError> {
    if let Some(no) = registry::replica_no(connection, id)? {
        return Ok(no);
    }
    let no: i64 = connection.query_row(sql::merge::HIGHEST_REPLICA, [], |row| row.get(0))?;
    connection.execute(sql::track::INSERT_REPLICA, params![no, id.as_bytes()])?;
    Ok(no)
}
