//! Append-only tables under a step of a migration: rows are as they were born, and a step changes how they were born.

use super::names::{Names, slot};
use super::plan::{Slot, idents, key_columns, names_of, slots_of};
use super::registry::{self, Registered};
use super::shape::{Surveyed, survey};
use crate::connection::execute;
use crate::error::SqliteError;
use crate::quoted::{Fill, Joint, Statement};
use crate::sql;
use lifeboat_domain::merge::TableShape;
use rusqlite::Connection;
use rusqlite::config::DbConfig;

/// What clients changed is as it was born, as the next merge would have it: a step is to act on that. A row whose parent is gone
/// stays away. Parents come before their children, so this is done until nothing more comes.
pub(super) fn bring_back(connection: &Connection, tables: &[&Registered]) -> Result<(), SqliteError> {
    let surveyed = survey(connection)?;
    let was_on = connection.db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false)?;
    let bring_all = || -> Result<usize, SqliteError> {
        let mut brought = 0;
        for table in tables {
            let found = surveyed.iter().find(|one| one.is_called(&table.name));
            brought += found.map_or(Ok(0), |found| bring_table(connection, table.no, found, &surveyed))?;
        }
        Ok(brought)
    };
    let done = loop {
        match bring_all() {
            Ok(0) => break Ok(()),
            Ok(_) => {}
            Err(error) => break Err(error),
        }
    };
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, was_on)?;
    done
}

fn bring_table(
    connection: &Connection,
    no: i64,
    found: &Surveyed,
    surveyed: &[Surveyed],
) -> Result<usize, SqliteError> {
    let known = registry::slots(connection, no)?;
    let of = |field: usize| {
        let name = found.shape.fields[field].name.as_str();
        known.iter().find(|slot| slot.name.eq_ignore_ascii_case(name)).cloned()
    };
    let slots_at = |fields: &[usize]| fields.iter().map(|field| of(*field)).collect::<Option<Vec<Slot>>>();
    let all: Vec<usize> = (0..found.shape.fields.len()).collect();
    let (Some(all), Some(keys)) = (slots_at(&all), slots_at(found.shape.key_fields())) else { return Ok(0) };
    let mut held = vec![Statement::fill(sql::track::ALWAYS, &[])];
    for reference in &found.shape.references {
        let parent = surveyed.iter().find(|one| one.is_called(reference.parent.as_str()));
        let (Some(parent), Some(slots)) = (parent, slots_at(&reference.fields)) else { continue };
        held.push(parent_is_there(&parent.shape, &slots));
    }
    let (all, keys): (Vec<&Slot>, Vec<&Slot>) = (all.iter().collect(), keys.iter().collect());
    let (table, trash) = (found.shape.name.as_str(), Names(no).trash());
    let run = |template, columns: Fill, slots: Fill| {
        let holes = [
            ("table", Fill::ident(table)),
            ("trash", Fill::ident(&trash)),
            ("held", Fill::Joined(held.clone(), Joint::And)),
            ("keys", columns.clone()),
            ("columns", columns),
            ("slots", slots),
        ];
        let statement = Statement::fill(template, &holes);
        Ok::<usize, SqliteError>(connection.execute(statement.as_str(), [])?)
    };
    let whole = || (idents(&names_of(&all)), idents(&slots_of(&all)));
    execute(connection, sql::track::DROP_BIRTHS)?;
    run(sql::track::LIST_BIRTHS, whole().0, whole().1)?;
    run(sql::track::REMOVE_CHANGED, idents(&names_of(&keys)), idents(&slots_of(&keys)))?;
    let brought = run(sql::track::BRING_BIRTHS_BACK, whole().0, whole().1)?;
    run(sql::track::FORGET_BIRTHS, whole().0, whole().1)?;
    execute(connection, sql::track::DROP_BIRTHS)?;
    Ok(brought)
}

fn parent_is_there(parent: &TableShape, slots: &[Slot]) -> Statement {
    let empty =
        |one: &Slot| Statement::fill(sql::track::SLOT_IS_EMPTY, &[("slot", Fill::ident(&slot(one.bit)))]);
    let same = |(one, field): (&Slot, &usize)| {
        let column = Fill::ident(parent.fields[*field].name.as_str());
        Statement::fill(sql::track::PARENT_HAS, &[("slot", Fill::ident(&slot(one.bit))), ("column", column)])
    };
    let holes = [
        ("empty", Fill::Joined(slots.iter().map(empty).collect(), Joint::Or)),
        ("parent", Fill::ident(parent.name.as_str())),
        ("same", Fill::Joined(slots.iter().zip(parent.key_fields()).map(same).collect(), Joint::And)),
    ];
    Statement::fill(sql::track::PARENT_IS_THERE, &holes)
}

/// What a step changed was born so; what it took away is gone here, and goes elsewhere with the same step.
pub(super) fn rewrite(
    connection: &Connection,
    table: &Registered,
    found: &Surveyed,
    last: i64,
) -> Result<(), SqliteError> {
    let known = registry::slots(connection, table.no)?;
    let names = found.shape.key_fields().iter().map(|field| found.shape.fields[*field].name.as_str());
    let keys = names.filter_map(|name| known.iter().find(|slot| slot.name.eq_ignore_ascii_case(name)));
    let keys: Vec<&Slot> = keys.collect();
    let holes = [
        ("trash", Fill::ident(&Names(table.no).trash())),
        ("slots", idents(&slots_of(&keys))),
        ("line", idents(&key_columns(keys.len()))),
        ("last", Fill::Number(last)),
        ("table_no", Fill::Number(table.no)),
    ];
    execute(connection, Statement::fill(sql::track::CLEAR_BIRTHS, &holes).as_str())?;
    for statement in [sql::track::APPEND_ONLY_INSERTS, sql::track::APPEND_ONLY_DELETIONS] {
        connection.execute(statement, [last, table.no])?;
    }
    Ok(())
}
