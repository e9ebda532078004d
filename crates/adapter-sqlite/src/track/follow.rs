//! One table follows rules and schema: its number, the bits of its columns, what stands beside it, its triggers. Rows are not
//! touched.

use super::audit::{self, Found, match_slots};
use super::names::{Names, slot};
use super::plan::{Slot, Tracked, claim_columns, idents, key_columns, names_of, slots_of, triggers};
use super::registry::{self, Registered};
use super::shape::Surveyed;
use super::{earlier, gap, standing};
use crate::connection::execute;
use crate::error::SqliteError;
use crate::migrate::strings;
use crate::quoted::{Fill, Joint, Statement};
use crate::sql;
use lifeboat_domain::merge::{MergePolicy, Rules, TableShape};
use lifeboat_ports::Beginning;
use rusqlite::{Connection, OptionalExtension, params};

/// May writes of this table have gone unseen?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Seen {
    All,
    /// Nobody knows what was written: every row is written down as it is.
    NotAll,
}

/// What a table follows.
#[derive(Clone, Copy)]
pub(super) struct Lead<'a> {
    pub(super) rules: &'a Rules,
    pub(super) surveyed: &'a [Surveyed],
    /// Where tracking begins just now.
    pub(super) beginning: Option<&'a Beginning>,
}

/// What a table was so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Past {
    /// Never tracked.
    New,
    /// Tracked.
    Tracked,
    /// Tracked once, and not lately.
    Lapsed,
}

/// One table is tracked as rules and schema say. Lines after `unaware` may come from triggers that lacked a column. Gives how many rows
/// were written down because of a gap.
pub(super) fn bring_up(
    connection: &Connection,
    lead: Lead<'_>,
    found: &Found<'_>,
    seen: Seen,
    unaware: i64,
) -> Result<u64, SqliteError> {
    let wanted = Tracked::is_tracked(found.rules);
    let digest = found.rules.digest(lead.rules).to_string();
    let name = found.rules.name.as_str();
    let registered = found.registered.as_ref().expect("because every table was registered before");
    let no = registered.no;
    let past = match registered.is_tracked {
        true => Past::Tracked,
        false if registry::slots(connection, no)?.is_empty() => Past::New,
        false => Past::Lapsed,
    };
    connection.execute(sql::track::UPDATE_TABLE, params![no, name, digest, wanted])?;
    connection.execute(sql::track::SET_POLICY, params![no, found.rules.policy.word()])?;
    if found.rules.policy != MergePolicy::Manual {
        // Nobody is asked any more.
        connection.execute(sql::track::CLOSE_CONFLICTS, [no])?;
    }
    if past == Past::Tracked || (past == Past::Lapsed && wanted) {
        follow_columns(connection, no, &found.table.shape, unaware)?;
    }
    drop_triggers(connection, no)?;
    if !wanted {
        return Ok(0);
    }
    if past == Past::New {
        for (bit, field) in (0_i64..).zip(&found.rules.fields) {
            connection.execute(sql::track::INSERT_COLUMN, params![no, bit, field.as_str()])?;
        }
    }
    let slots = match_slots(&registry::slots(connection, no)?, found.rules)
        .expect("because the registry was just brought in line with the schema");
    let parents = registry::parents(connection, lead.rules, found.rules, lead.surveyed)?;
    let mut tracked = Tracked { no, table: found.table, rules: found.rules, slots, highest: 0, parents };
    if past == Past::New {
        stand_beside(connection, &tracked)?;
        open_mark(connection, &tracked, lead.beginning.is_some())?;
        if let Some(Beginning::Earlier(earlier)) = lead.beginning {
            earlier::set_mark(connection, &tracked, earlier, registry::highest(connection, no)?)?;
        }
    } else {
        refuse_another_key(connection, &tracked)?;
        follow_natural_key(connection, &tracked)?;
    }
    tracked.highest = registry::highest(connection, no)?;
    let rewritten = match (past, lead.beginning) {
        (Past::Tracked, _) if seen == Seen::All => 0,
        (Past::Tracked | Past::Lapsed, _) => gap::write_down(connection, &tracked)?,
        (Past::New, None) => gap::write_down_new(connection, &tracked)?,
        (Past::New, Some(Beginning::Earlier(earlier))) => earlier::write_down(connection, &tracked, earlier)?,
        (Past::New, Some(Beginning::Now)) => 0,
    };
    for (_, statement) in triggers(&tracked) {
        execute(connection, statement.as_str())?;
    }
    Ok(rewritten)
}

/// The registry follows columns that were renamed, added or dropped; bits stay what they were. Lines after `unaware` may come from
/// triggers that lacked a column. Gives the bits of new columns whose default is not the same on every copy.
pub(super) fn follow_columns(
    connection: &Connection,
    no: i64,
    shape: &TableShape,
    unaware: i64,
) -> Result<Vec<i64>, SqliteError> {
    standing::follow_columns(connection, no, shape)?;
    let slots = registry::slots(connection, no)?;
    for gone in slots.iter().filter(|slot| shape.field(&slot.name).is_none()) {
        connection.execute(sql::track::DROP_COLUMN, params![no, gone.bit])?;
    }
    let mut drawn = Vec::new();
    let is_known = |name: &str| slots.iter().any(|slot| slot.name.eq_ignore_ascii_case(name));
    for name in shape.fields.iter().map(|field| field.name.as_str()).filter(|name| !is_known(name)) {
        let bit: i64 = connection.query_row(sql::track::NEXT_BIT, [no], |row| row.get(0))?;
        connection.execute(sql::track::INSERT_COLUMN, params![no, bit, name])?;
        for table in [Names(no).trash(), Names(no).displaced()] {
            add_column(connection, &table, &slot(bit))?;
        }
        if fill_with_default(connection, (shape.name.as_str(), name), &Names(no).trash(), bit)?
            == Filling::Drawn
        {
            drawn.push(bit);
        }
        // Triggers that did not know the column wrote a line all the same, without its bit.
        connection.execute(sql::track::TOUCH_NEW_COLUMN, params![no, audit::bit(bit), unaware])?;
    }
    Ok(drawn)
}

/// What a column holds where nobody says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Filling {
    /// The same on every copy.
    Fixed,
    /// It draws, or tells the time.
    Drawn,
}

impl Filling {
    fn of(text: &str) -> Self {
        let is_time = text.trim().get(..8).is_some_and(|word| word.eq_ignore_ascii_case("CURRENT_"));
        let is_literal = text.trim().starts_with(['\'', '"']);
        if is_time || (text.contains('(') && !is_literal) { Self::Drawn } else { Self::Fixed }
    }
}

/// A deleted row that comes back has in a new column what the rows that stayed have there.
fn fill_with_default(
    connection: &Connection,
    (table, column): (&str, &str),
    trash: &str,
    bit: i64,
) -> Result<Filling, SqliteError> {
    let default: Option<String> = connection
        .query_row(sql::track::READ_DEFAULT, [table, column], |row| row.get(0))
        .optional()?
        .flatten();
    let Some(default) = default else { return Ok(Filling::Fixed) };
    let kind = Filling::of(&default);
    let holes = [
        ("trash", Fill::ident(trash)),
        ("slot", Fill::ident(&slot(bit))),
        ("default", Fill::OfSchema(default)),
    ];
    execute(connection, Statement::fill(sql::track::FILL_WITH_DEFAULT, &holes).as_str())?;
    Ok(kind)
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
        ("index", Fill::ident(&trash_index(table.no))),
        ("slots", idents(&slots_of(&all))),
        ("keys", idents(&slots_of(&table.key()))),
    ];
    let make = |template| execute(connection, Statement::fill(template, &holes).as_str());
    make(sql::track::CREATE_TRASH)?;
    make(sql::track::CREATE_TRASH_KEY)?;
    make(sql::track::CREATE_DISPLACED)?;
    make_claims(connection, table)?;
    for journal in ["lifeboat_journal", "lifeboat_received"] {
        let has: i64 = connection.query_row(sql::track::COUNT_KEY_COLUMNS, [journal], |row| row.get(0))?;
        let has = usize::try_from(has).unwrap_or(0);
        for column in key_columns(table.key().len()).into_iter().skip(has) {
            add_column(connection, journal, &column)?;
        }
    }
    Ok(())
}

fn trash_index(no: i64) -> String {
    format!("{}_key", Names(no).trash())
}

fn make_claims(connection: &Connection, table: &Tracked<'_>) -> Result<(), SqliteError> {
    if table.natural_key().is_empty() {
        return Ok(());
    }
    let claim = table.names().claim();
    let holes = [
        ("claim", Fill::ident(&claim)),
        ("index", Fill::ident(&format!("{claim}_key"))),
        ("slots", idents(&claim_columns(table))),
        ("keys", idents(&slots_of(&table.key()))),
    ];
    let make = |template| execute(connection, Statement::fill(template, &holes).as_str());
    make(sql::track::CREATE_CLAIM)?;
    make(sql::track::CREATE_CLAIM_KEY)
}

/// Lines name rows by their key: under another one nobody would find them.
pub(super) fn refuse_another_key(connection: &Connection, table: &Tracked<'_>) -> Result<(), SqliteError> {
    let mut statement = connection.prepare_cached(sql::track::LIST_INDEX_COLUMNS)?;
    let kept = statement.query_map([trash_index(table.no)], |row| row.get(0))?;
    let kept: Vec<String> = kept.collect::<Result<_, _>>()?;
    let mut statement = connection.prepare_cached(sql::track::READ_MARK)?;
    let was_counted = statement.query_row([table.no], |_| Ok(())).optional()?.is_some();
    if kept == slots_of(&table.key()) && was_counted == table.is_counted() {
        return Ok(());
    }
    let name = table.table_name();
    Err(SqliteError::Refused(format!(
        "the key of {name} is another one than when tracking began: merge all copies, then `lifeboat untrack`, and track anew"
    )))
}

/// What rows claim follows the rule: by another natural key they claim what they are called now.
fn follow_natural_key(connection: &Connection, table: &Tracked<'_>) -> Result<(), SqliteError> {
    let claim = table.names().claim();
    let (kept, named) =
        (strings(connection, sql::migrate::LIST_STORED_COLUMNS, &claim)?, table.natural_key());
    let wanted = if named.is_empty() { Vec::new() } else { claim_columns(table) };
    if kept == wanted {
        return Ok(());
    }
    if !kept.is_empty() {
        execute(
            connection,
            Statement::fill(sql::track::DROP_TABLE, &[("name", Fill::ident(&claim))]).as_str(),
        )?;
    }
    if named.is_empty() {
        return Ok(());
    }
    make_claims(connection, table)?;
    let all: Vec<&Slot> = named.iter().copied().chain(table.key()).collect();
    let is = |slot: &&Slot| Statement::fill(sql::track::IS_NAMED, &[("column", Fill::ident(&slot.name))]);
    let holes = [
        ("table", Fill::ident(table.table_name())),
        ("table_no", Fill::Number(table.no)),
        ("claim", Fill::ident(&claim)),
        ("slots", idents(&wanted)),
        ("columns", idents(&names_of(&all))),
        ("keys", idents(&names_of(&table.key()))),
        ("line", idents(&key_columns(table.key().len()))),
        ("named", Fill::Joined(named.iter().map(is).collect(), Joint::And)),
    ];
    execute(connection, Statement::fill(sql::track::CLAIMS_OF_ENTERED_ROWS, &holes).as_str())
}

/// Rows that were there when tracking began belong to all copies; those of a table that comes later to this one.
fn open_mark(connection: &Connection, table: &Tracked<'_>, began: bool) -> Result<(), SqliteError> {
    if !table.is_counted() {
        return Ok(());
    }
    let key = table.key()[0].name.clone();
    let mut highest = registry::highest_in(connection, table.table_name(), &key)?;
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

pub(super) fn drop_triggers(connection: &Connection, no: i64) -> Result<(), SqliteError> {
    for name in registry::triggers(connection)?.into_keys().filter(|name| super::names::is_of(name, no)) {
        drop_trigger(connection, &name)?;
    }
    Ok(())
}

pub(super) fn drop_trigger(connection: &Connection, name: &str) -> Result<(), SqliteError> {
    let statement = Statement::fill(sql::track::DROP_TRIGGER, &[("name", Fill::ident(name))]);
    execute(connection, statement.as_str())
}

/// A registered table is no more: its lines and tombstones stay, because others may not know them yet. A table that is made under
/// its name later is another one, so the number is no table's from now on.
pub(super) fn forget(connection: &Connection, table: &Registered) -> Result<(), SqliteError> {
    drop_triggers(connection, table.no)?;
    connection.execute(sql::track::UPDATE_TABLE, params![table.no, "", table.rule, false])?;
    Ok(())
}
