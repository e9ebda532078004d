//! Begins to track, or brings tracking up to date: one transaction, and no row of the user's is touched.

use super::audit::{Found, compare, pair};
use super::follow::{Lead, Seen, bring_up, drop_trigger, forget};
use super::names::{self, TABLES};
use super::registry;
use super::shape::{Surveyed, survey};
use crate::connection::execute;
use crate::error::SqliteError;
use crate::quoted::{Fill, Statement};
use crate::sql;
use lifeboat_domain::id::ReplicaId;
use lifeboat_domain::merge::Rules;
use lifeboat_domain::tracking::TrackingFault;
use lifeboat_ports::{PortErrorKind, TrackOrder, Tracked as Done};
use rusqlite::{Connection, params};

/// Statements that make the tables of every tracked database.
const BOOKKEEPING: [&str; 20] = [
    sql::track::CREATE_TRACKING,
    sql::track::CREATE_TABLE_REGISTRY,
    sql::track::CREATE_COLUMN_REGISTRY,
    sql::track::CREATE_REPLICA,
    sql::track::CREATE_JOURNAL,
    sql::track::SEED_JOURNAL,
    sql::track::CREATE_RECEIVED,
    sql::track::CREATE_VECTOR,
    sql::track::CREATE_PEER,
    sql::track::CREATE_FLOOR,
    sql::track::CREATE_EPOCH,
    sql::track::CREATE_MARK,
    sql::track::CREATE_NUMBER,
    sql::track::CREATE_NUMBER_INDEX,
    sql::track::CREATE_REUSE,
    sql::track::CREATE_NOTE,
    sql::track::CREATE_ALIAS,
    sql::track::CREATE_VERSION,
    sql::track::CREATE_REPAIR,
    sql::track::CREATE_MERGE,
];

/// The short number of this copy's first name; 0 is what was there before.
const FIRST_NAME: i64 = 1;

/// Runs inside the caller's transaction.
pub(super) fn track(connection: &Connection, order: &TrackOrder) -> Result<Done, SqliteError> {
    let began = registry::head(connection)?.is_none();
    if began {
        begin(connection, order)?;
    }
    let surveyed = survey(connection)?;
    let findings = compare(connection, &order.rules, &surveyed)?;
    for table in &findings.gone {
        forget(connection, table)?;
    }
    register(connection, &order.rules, &surveyed)?;
    let mut rewritten = 0;
    let (audited, _) = registry::audited(connection)?;
    let beginning = began.then_some(&order.beginning);
    let lead = Lead { rules: &order.rules, surveyed: &surveyed, beginning };
    for found in pair(connection, &order.rules, &surveyed)? {
        let of_it: Vec<&TrackingFault> = findings.faults.iter().filter(|f| is_about(f, &found)).collect();
        if began || !of_it.is_empty() {
            let seen = if of_it.iter().any(|fault| fault.is_gap()) { Seen::NotAll } else { Seen::All };
            rewritten += bring_up(connection, lead, &found, seen, audited)?;
        }
    }
    if began && rewritten > 0 {
        connection.execute(sql::track::CARRY_CLOCK, [])?;
    }
    if !findings.faults.is_empty() {
        connection.execute(sql::track::MARK_AUDITED, [])?;
    }
    let tracking = registry::tracking(connection)?.expect("because it was just written");
    let mended = if began { Vec::new() } else { findings.faults };
    Ok(Done { tracking, began, mended, rewritten })
}

/// Every table has its number before one is made ready: triggers name the numbers of others.
pub(super) fn register(
    connection: &Connection,
    rules: &Rules,
    surveyed: &[Surveyed],
) -> Result<(), SqliteError> {
    for found in pair(connection, rules, surveyed)?.iter().filter(|found| found.registered.is_none()) {
        let no: i64 = connection.query_row(sql::track::NEXT_TABLE, [], |row| row.get(0))?;
        connection.execute(sql::track::INSERT_TABLE, params![no, found.rules.name.as_str(), "", false])?;
    }
    Ok(())
}

fn is_about(fault: &TrackingFault, found: &Found<'_>) -> bool {
    let name = match fault {
        TrackingFault::TriggersGone(name)
        | TrackingFault::TriggersAltered(name)
        | TrackingFault::TableGone(name)
        | TrackingFault::TableNew(name)
        | TrackingFault::ColumnsChanged(name)
        | TrackingFault::RuleChanged(name)
        | TrackingFault::TableRenamed { to: name, .. }
        | TrackingFault::RowsWithoutKey(name, _) => name,
    };
    *name == found.rules.name
}

fn begin(connection: &Connection, order: &TrackOrder) -> Result<(), SqliteError> {
    refuse_taken_names(connection)?;
    for statement in BOOKKEEPING {
        execute(connection, statement)?;
    }
    connection.execute(sql::track::INSERT_TRACKING, params![registry::FORMAT, order.genesis.0])?;
    for (no, id) in [(0, ReplicaId::NIL), (FIRST_NAME, order.replica)] {
        connection.execute(sql::track::INSERT_REPLICA, params![no, id.as_bytes()])?;
    }
    connection.execute(sql::track::OPEN_EPOCH, [FIRST_NAME])?;
    Ok(())
}

/// A table of the user's may bear our prefix, but not one of our names.
fn refuse_taken_names(connection: &Connection) -> Result<(), SqliteError> {
    let mut statement = connection.prepare(sql::track::LIST_OWN_OBJECTS)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let name: String = row.get(1)?;
        if names::is_ours(&name) {
            let what = "a table of the application has a name that tracking needs (lifeboat_...)";
            return Err(SqliteError::Found(PortErrorKind::AlreadyExists, what));
        }
    }
    Ok(())
}

/// Triggers are made anew after this copy got another name: marks stand in them.
pub(crate) fn renew(connection: &Connection, rules: &Rules) -> Result<(), SqliteError> {
    let surveyed = survey(connection)?;
    let (_, last) = registry::audited(connection)?;
    let lead = Lead { rules, surveyed: &surveyed, beginning: None };
    for found in pair(connection, rules, &surveyed)? {
        bring_up(connection, lead, &found, Seen::All, last)?;
    }
    Ok(())
}

/// Takes everything away that tracking has made.
pub(super) fn untrack(connection: &Connection) -> Result<(), SqliteError> {
    for name in registry::triggers(connection)?.into_keys() {
        drop_trigger(connection, &name)?;
    }
    let mut statement = connection.prepare(sql::track::LIST_OWN_OBJECTS)?;
    let objects = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let objects: Vec<(String, String)> = objects.collect::<Result<_, _>>()?;
    for (_, name) in objects.iter().filter(|(kind, name)| kind == "table" && names::is_ours(name)) {
        let statement = Statement::fill(sql::track::DROP_TABLE, &[("name", Fill::ident(name))]);
        execute(connection, statement.as_str())?;
    }
    debug_assert!(TABLES.iter().all(|name| objects.iter().any(|(_, object)| object == name)));
    Ok(())
}

/// What a survey gives to the outside.
pub(super) fn shapes(surveyed: Vec<Surveyed>) -> Vec<lifeboat_domain::merge::TableShape> {
    surveyed.into_iter().map(|table| table.shape).collect()
}
