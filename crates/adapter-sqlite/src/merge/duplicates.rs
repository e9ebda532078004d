//! Rows of one database that are the same thing by their natural key: they claim it, and the plan unites them.

use super::table::{self, Table};
use crate::error::SqliteError;
use crate::quoted::{Fill, Joint, Statement};
use crate::sql;
use lifeboat_domain::merge::{MergePolicy, Rules};
use rusqlite::Connection;

/// Gives how many rows are not alone. Rows of append-only tables stay as they are.
pub(super) fn claim(connection: &Connection, rules: &Rules) -> Result<u64, SqliteError> {
    let mut found = 0;
    for (table, rules) in table::read(connection, rules)?.iter().zip(&rules.tables) {
        let Some(table) = table.as_ref().filter(|table| !table.natural_key.is_empty()) else { continue };
        if rules.policy != MergePolicy::AppendOnly {
            found += claim_in(connection, table, rules.name.as_str())?;
        }
    }
    if found > 0 {
        connection.execute(sql::track::CARRY_CLOCK, [])?;
    }
    Ok(found)
}

fn claim_in(connection: &Connection, table: &Table<'_>, name: &str) -> Result<u64, SqliteError> {
    let of = |fields: &[usize]| fields.iter().map(|field| table.fields[*field].as_str()).collect::<Vec<_>>();
    let (natural, key) = (of(&table.natural_key), of(&table.key));
    let is_named = |column: &&str| Statement::fill(sql::track::IS_NAMED, &[("column", Fill::ident(column))]);
    let (claimed, keys) = table.claim_columns();
    let slots: Vec<&str> = claimed.iter().chain(&keys).map(String::as_str).collect();
    let columns = crate::track::key_columns(table.key.len());
    let shared = [
        ("table", Fill::ident(name)),
        ("named", Fill::Joined(natural.iter().map(is_named).collect(), Joint::And)),
        ("natural", Fill::bit_by_bit(&natural)),
    ];
    let run = |template, holes: &[(&'static str, Fill)]| -> Result<usize, SqliteError> {
        let statement = Statement::fill(template, &[&shared[..], holes].concat());
        Ok(connection.execute(statement.as_str(), [])?)
    };
    let all: Vec<&str> = natural.iter().chain(&key).copied().collect();
    run(
        sql::merge::CLAIM_DUPLICATES,
        &[
            ("claim", Fill::ident(&table.names.claim())),
            ("slots", Fill::idents(&slots)),
            ("columns", Fill::idents(&all)),
        ],
    )?;
    let lines = run(
        sql::merge::TOUCH_DUPLICATES,
        &[
            ("table_no", Fill::Number(table.no)),
            ("columns", Fill::idents(&columns.iter().map(String::as_str).collect::<Vec<_>>())),
            ("keys", Fill::idents(&key)),
        ],
    )?;
    Ok(lines as u64)
}
