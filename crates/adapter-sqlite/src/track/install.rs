//! Begins to track, or brings tracking up to date: one transaction, and no row of the user's is touched.

use super::audit::{self, Found, Place, apart, compare, match_slots, pair, renamed};
use super::names::{Names, TABLES, slot};
use super::plan::{Slot, Tracked, claim_columns, idents, key_columns, slots_of, triggers};
use super::registry::{self, Registered};
use super::shape::{Surveyed, survey};
use super::{earlier, gap, names};
use crate::connection::execute;
use crate::error::SqliteError;
use crate::quoted::{Fill, Statement};
use crate::sql;
use lifeboat_domain::id::ReplicaId;
use lifeboat_domain::merge::Rules;
use lifeboat_domain::tracking::TrackingFault;
use lifeboat_ports::{Beginning, PortErrorKind, TrackOrder, Tracked as Done};
use rusqlite::{Connection, params};

/// Statements that make the tables of every tracked database.
const BOOKKEEPING: [&str; 19] = [
    sql::track::CREATE_TRACKING,
    sql::track::CREATE_TABLE_REGISTRY,
    sql::track::CREATE_COLUMN_REGISTRY,
    sql::track::CREATE_REPLICA,
    sql::track::CREATE_JOURNAL,
    sql::track::SEED_JOURNAL,
    sql::track::CREATE_RECEIVED,
    sql::track::CREATE_VECTOR,
    sql::track::CREATE_PEER,
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
    for found in pair(connection, &order.rules, &surveyed)? {
        let of_it: Vec<&TrackingFault> = findings.faults.iter().filter(|f| is_about(f, &found)).collect();
        if began || !of_it.is_empty() {
            let beginning = began.then_some(&order.beginning);
            rewritten += bring_up(connection, (&order.rules, &surveyed), &found, &of_it, beginning)?;
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
fn register(connection: &Connection, rules: &Rules, surveyed: &[Surveyed]) -> Result<(), SqliteError> {
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

/// One table is tracked as rules and schema say. Gives how many rows were written down because of a gap.
fn bring_up(
    connection: &Connection,
    (rules, surveyed): (&Rules, &[Surveyed]),
    found: &Found<'_>,
    faults: &[&TrackingFault],
    beginning: Option<&Beginning>,
) -> Result<u64, SqliteError> {
    let wanted = Tracked::is_tracked(found.rules);
    let digest = found.rules.digest(rules).to_string();
    let name = found.rules.name.as_str();
    let was_tracked = found.registered.as_ref().is_some_and(|table| table.is_tracked);
    let no = found.registered.as_ref().expect("because every table was registered before").no;
    connection.execute(sql::track::UPDATE_TABLE, params![no, name, digest, wanted])?;
    if was_tracked {
        let place = Place::read(connection, rules, found, (no, surveyed))?;
        follow_columns(connection, found, &place)?;
    }
    drop_triggers(connection, no)?;
    if !wanted {
        return Ok(0);
    }
    if !was_tracked {
        for (bit, field) in (0_i64..).zip(&found.rules.fields) {
            connection.execute(sql::track::INSERT_COLUMN, params![no, bit, field.as_str()])?;
        }
    }
    let slots = match_slots(&registry::slots(connection, no)?, found.rules)
        .expect("because the registry was just brought in line with the schema");
    let parents = registry::parents(connection, rules, found.rules, surveyed)?;
    let mut tracked = Tracked { no, table: found.table, rules: found.rules, slots, highest: 0, parents };
    if !was_tracked {
        stand_beside(connection, &tracked)?;
        open_mark(connection, &tracked, beginning.is_some())?;
        if let Some(Beginning::Earlier(earlier)) = beginning {
            earlier::set_mark(connection, &tracked, earlier, registry::highest(connection, no)?)?;
        }
    }
    tracked.highest = registry::highest(connection, no)?;
    let unseen = faults.iter().any(|fault| fault.is_gap());
    let rewritten = match (was_tracked, beginning) {
        (true, _) if unseen => gap::write_down(connection, &tracked)?,
        (false, None) => gap::write_down_new(connection, &tracked)?,
        (false, Some(Beginning::Earlier(earlier))) => earlier::write_down(connection, &tracked, earlier)?,
        (_, _) => 0,
    };
    for (_, statement) in triggers(&tracked) {
        execute(connection, statement.as_str())?;
    }
    Ok(rewritten)
}

/// The registry follows columns that were renamed, added or dropped; bits stay what they were.
fn follow_columns(connection: &Connection, found: &Found<'_>, place: &Place) -> Result<(), SqliteError> {
    let no = place.no;
    let slots = registry::slots(connection, no)?;
    let standing = registry::triggers(connection)?;
    for (bit, name) in renamed(&slots, found, &standing, place) {
        connection.execute(sql::track::RENAME_COLUMN, params![no, bit, name])?;
    }
    let slots = registry::slots(connection, no)?;
    let (new, gone) = apart(&slots, found.rules);
    for slot in gone {
        connection.execute(sql::track::DROP_COLUMN, params![no, slot.bit])?;
    }
    for name in new {
        let bit: i64 = connection.query_row(sql::track::NEXT_BIT, [no], |row| row.get(0))?;
        connection.execute(sql::track::INSERT_COLUMN, params![no, bit, name])?;
        for table in [Names(no).trash(), Names(no).displaced()] {
            add_column(connection, &table, &slot(bit))?;
        }
        // Triggers that did not know the column wrote a line all the same, without its bit.
        connection.execute(sql::track::TOUCH_NEW_COLUMN, params![no, audit::bit(bit)])?;
    }
    Ok(())
}

fn add_column(connection: &Connection, table: &str, column: &str) -> Result<(), SqliteError> {
    let holes = [("journal", Fill::ident(table)), ("column", Fill::ident(column))];
    execute(connection, Statement::fill(sql::track::ADD_KEY_COLUMN, &holes).as_str())
}

/// Trash, notes and claims of one table, and room for its key in the lines.
fn stand_beside(connection: &Connection, table: &Tracked<'_>) -> Result<(), SqliteError> {
    let (names, all) = (table.names(), table.slots.iter().collect::<Vec<&Slot>>());
    let holes = [
        ("trash", Fill::ident(&names.trash())),
        ("displaced", Fill::ident(&names.displaced())),
        ("claim", Fill::ident(&names.claim())),
        ("index", Fill::ident(&format!("{}_key", names.trash()))),
        ("slots", idents(&slots_of(&all))),
        ("keys", idents(&slots_of(&table.key()))),
    ];
    let make = |template| execute(connection, Statement::fill(template, &holes).as_str());
    make(sql::track::CREATE_TRASH)?;
    make(sql::track::CREATE_TRASH_KEY)?;
    make(sql::track::CREATE_DISPLACED)?;
    if !table.natural_key().is_empty() {
        let holes = [
            ("claim", Fill::ident(&names.claim())),
            ("index", Fill::ident(&format!("{}_key", names.claim()))),
            ("slots", idents(&claim_columns(table))),
            ("keys", idents(&slots_of(&table.key()))),
        ];
        let make = |template| execute(connection, Statement::fill(template, &holes).as_str());
        make(sql::track::CREATE_CLAIM)?;
        make(sql::track::CREATE_CLAIM_KEY)?;
    }
    for journal in ["lifeboat_journal", "lifeboat_received"] {
        let has: i64 = connection.query_row(sql::track::COUNT_KEY_COLUMNS, [journal], |row| row.get(0))?;
        let has = usize::try_from(has).unwrap_or(0);
        for column in key_columns(table.key().len()).into_iter().skip(has) {
            add_column(connection, journal, &column)?;
        }
    }
    Ok(())
}

/// Rows that were there when tracking began belong to all copies; those of a table that comes later to this one.
fn open_mark(connection: &Connection, table: &Tracked<'_>, began: bool) -> Result<(), SqliteError> {
    if !table.is_counted() {
        return Ok(());
    }
    let key = table.key()[0].name.clone();
    let holes = [("table", Fill::ident(table.table_name())), ("key", Fill::ident(&key))];
    let statement = Statement::fill(sql::track::READ_HIGHEST, &holes);
    let mut highest: i64 = connection.query_row(statement.as_str(), [], |row| row.get(0))?;
    if connection.query_row(sql::track::HAS_SEQUENCES, [], |row| row.get::<_, i64>(0))? > 0 {
        let given: i64 =
            connection.query_row(sql::track::READ_SEQUENCE, [table.table_name()], |row| row.get(0))?;
        highest = highest.max(given);
    }
    let highest = if began { highest } else { 0 };
    let replica: i64 = connection.query_row(sql::track::CURRENT_NAME, [], |row| row.get(0))?;
    connection.execute(sql::track::INSERT_MARK, params![table.no, replica, highest])?;
    Ok(())
}

fn drop_triggers(connection: &Connection, no: i64) -> Result<(), SqliteError> {
    let ending = format!("_{no}");
    for name in registry::triggers(connection)?.into_keys().filter(|name| name.ends_with(&ending)) {
        let statement = Statement::fill(sql::track::DROP_TRIGGER, &[("name", Fill::ident(&name))]);
        execute(connection, statement.as_str())?;
    }
    Ok(())
}

/// A registered table is no more: its lines and tombstones stay, because others may not know them yet.
fn forget(connection: &Connection, table: &Registered) -> Result<(), SqliteError> {
    drop_triggers(connection, table.no)?;
    connection.execute(sql::track::UPDATE_TABLE, params![table.no, table.name, table.rule, false])?;
    Ok(())
}

/// Triggers are made anew after this copy got another name: marks stand in them.
pub(crate) fn renew(connection: &Connection, rules: &Rules) -> Result<(), SqliteError> {
    let surveyed = survey(connection)?;
    for found in pair(connection, rules, &surveyed)? {
        bring_up(connection, (rules, &surveyed), &found, &[], None)?;
    }
    Ok(())
}

/// Takes everything away that tracking has made.
pub(super) fn untrack(connection: &Connection) -> Result<(), SqliteError> {
    for name in registry::triggers(connection)?.into_keys() {
        let statement = Statement::fill(sql::track::DROP_TRIGGER, &[("name", Fill::ident(&name))]);
        execute(connection, statement.as_str())?;
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
