//! Rows that a step of a migration makes in a counted table: each copy gives them its own numbers, and they are the same rows all the
//! same where they say the same. So seeds are not doubled by a merge, and rows that differ stay apart.

use super::registry::{self, Registered};
use super::shape::Surveyed;
use super::standing;
use crate::error::SqliteError;
use crate::merge::{encode, from_engine};
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
pub(super) enum Others {
    /// This copy's, as rows are that clients make.
    Own,
    /// Nobody's: on a private copy of a database that has not run the step, whose name this copy may bear too.
    Nobodys,
}

/// More rows than these are no seeds: they stay each copy's own.
const SEEDS_MAX: usize = 10_000;

/// Rows that the lines since then made, above all numbers that were there, are named by what they say.
pub(super) fn name(
    connection: &Connection,
    (table, found): (&Registered, &Surveyed),
    (step, others): (Digest, Others),
    (last, highest): (i64, i64),
) -> Result<(), SqliteError> {
    let KeyShape::Counted(key) = found.shape.key else { return Ok(()) };
    let mut statement = connection.prepare(sql::track::INSERTED_NUMBERS)?;
    let most = match others {
        Others::Own => SEEDS_MAX as i64 + 1,
        Others::Nobodys => i64::MAX,
    };
    let numbers = statement.query_map(params![last, table.no, highest, most], |row| row.get(0))?;
    let numbers: Vec<i64> = numbers.collect::<Result<_, _>>()?;
    // What a row refers to has another number on every copy: such rows cannot be told alike by what they say.
    let refers = !found.shape.references.is_empty() || standing::refers(connection, table.no)?;
    let is_seed = numbers.len() <= SEEDS_MAX && !refers;
    if numbers.is_empty() || (!is_seed && others == Others::Own) {
        return Ok(());
    }
    let kind = if is_seed { "seed" } else { "nobody's" };
    let maker = [kind, &step.to_string(), &table.name.to_ascii_lowercase()].join("\0");
    let maker = registry::intern(connection, ReplicaId::derived(maker.as_bytes()))?;
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
        let values = (0..count).map(|at| from_engine(row.get_ref(at)?));
        let content = encode(&values.collect::<Result<Vec<Value>, SqliteError>>()?);
        let twin = known.entry(content.clone()).and_modify(|twin| *twin += 1).or_insert(0);
        let origin = origin(&content, *twin);
        connection.execute(sql::track::INSERT_STEP_NUMBER, params![table.no, number, maker, origin])?;
    }
    Ok(())
}

/// A positive number that says what the row says.
fn origin(content: &[u8], twin: i64) -> i64 {
    let said = Digest::of(&[content, &twin.to_be_bytes()].concat());
    let [a, b, c, d, e, f, g, h, ..] = said.as_bytes();
    (i64::from_be_bytes([*a, *b, *c, *d, *e, *f, *g, *h]) & i64::MAX).max(1)
}
