//! Triggers and registry against schema and rules: what is missing, what has changed, what went unseen.

use super::names::Names;
use super::plan::{Slot, Tracked, triggers};
use super::registry::{self, Registered, Standing};
use super::shape::{Surveyed, survey};
use super::standing::renamed;
use crate::error::SqliteError;
use crate::quoted::{Fill, Joint, Statement};
use crate::sql;
use lifeboat_domain::id::TableName;
use lifeboat_domain::merge::{Identity, KeyShape, Rules, TableRules};
use lifeboat_domain::tracking::TrackingFault;
use lifeboat_ports::PortErrorKind;
use rusqlite::Connection;
use std::collections::BTreeMap;

/// Triggers that write lines.
const WRITING: [&str; 5] = ["insert", "update", "leave", "arrive", "delete"];

/// What the triggers of a table say besides its columns.
pub(super) struct Place {
    pub(super) no: i64,
    highest: i64,
    /// Columns by the rules that hold numbers, and the number of each table.
    parents: Vec<(usize, i64)>,
}

impl Place {
    pub(super) fn read(
        connection: &Connection,
        rules: &Rules,
        found: &Found<'_>,
        (no, surveyed): (i64, &[Surveyed]),
    ) -> Result<Self, SqliteError> {
        let parents = registry::parents(connection, rules, found.rules, surveyed)?;
        Ok(Self { no, highest: registry::highest(connection, no)?, parents })
    }

    /// The parents by the places of these slots.
    fn moved(&self, found: &Found<'_>, slots: &[Slot]) -> Vec<(usize, i64)> {
        let at = |field: usize| {
            let name = found.rules.fields[field].as_str();
            slots.iter().position(|slot| slot.name.eq_ignore_ascii_case(name))
        };
        self.parents.iter().filter_map(|(field, no)| Some((at(*field)?, *no))).collect()
    }

    fn tracked<'a>(
        &self,
        table: &'a Surveyed,
        rules: &'a TableRules,
        slots: Vec<Slot>,
        parents: Vec<(usize, i64)>,
    ) -> Tracked<'a> {
        Tracked { no: self.no, table, rules, slots, highest: self.highest, parents }
    }
}

/// A table of the rules, with what stands in the database.
pub(super) struct Found<'a> {
    pub(super) rules: &'a TableRules,
    pub(super) table: &'a Surveyed,
    pub(super) registered: Option<Registered>,
}

/// Everything that was found, and the tables that it was found about.
pub(super) struct Findings {
    pub(super) faults: Vec<TrackingFault>,
    /// Tracked tables that are no more.
    pub(super) gone: Vec<Registered>,
}

pub(super) fn audit(connection: &Connection, rules: &Rules) -> Result<Vec<TrackingFault>, SqliteError> {
    if registry::head(connection)?.is_none() {
        return Err(SqliteError::Found(PortErrorKind::NotFound, "the database is not tracked"));
    }
    let surveyed = survey(connection)?;
    let mut faults = compare(connection, rules, &surveyed)?.faults;
    for found in pair(connection, rules, &surveyed)? {
        let rows = keyless(connection, &found)?;
        if rows > 0 {
            faults.push(TrackingFault::RowsWithoutKey(found.rules.name.clone(), rows));
        }
    }
    Ok(faults)
}

/// The tables of the rules in the order of the rules; one that the schema lacks is passed over.
pub(super) fn pair<'a>(
    connection: &Connection,
    rules: &'a Rules,
    surveyed: &'a [Surveyed],
) -> Result<Vec<Found<'a>>, SqliteError> {
    let mut registered = registry::tables(connection)?;
    let standing = registry::triggers(connection)?;
    let mut found = Vec::new();
    for rules in &rules.tables {
        let named = |name: &str| name.eq_ignore_ascii_case(rules.name.as_str());
        let Some(table) = surveyed.iter().find(|table| named(table.shape.name.as_str())) else { continue };
        // Triggers go along when a table is renamed; the registry does not.
        let is_it = |one: &Registered| named(&one.name) || stands_on(one, &standing).is_some_and(named);
        let registered = registered.iter().position(is_it).map(|at| registered.remove(at));
        found.push(Found { rules, table, registered });
    }
    Ok(found)
}

/// The table that the triggers of this number stand on.
fn stands_on<'a>(table: &Registered, standing: &'a BTreeMap<String, Standing>) -> Option<&'a str> {
    standing.get(&Names(table.no).trigger("insert")).map(|trigger| trigger.table.as_str())
}

pub(super) fn compare(
    connection: &Connection,
    rules: &Rules,
    surveyed: &[Surveyed],
) -> Result<Findings, SqliteError> {
    let mut faults = Vec::new();
    let standing = registry::triggers(connection)?;
    let found = pair(connection, rules, surveyed)?;
    for table in &found {
        compare_table(connection, (rules, surveyed), table, &standing, &mut faults)?;
    }
    let is_found = |one: &Registered| found.iter().any(|f| f.registered.as_ref() == Some(one));
    let gone: Vec<Registered> =
        registry::tables(connection)?.into_iter().filter(|one| one.is_tracked && !is_found(one)).collect();
    faults.extend(gone.iter().map(|one| TrackingFault::TableGone(TableName::new(one.name.as_str()))));
    faults.sort();
    Ok(Findings { faults, gone })
}

fn compare_table(
    connection: &Connection,
    (rules, surveyed): (&Rules, &[Surveyed]),
    found: &Found<'_>,
    standing: &BTreeMap<String, Standing>,
    faults: &mut Vec<TrackingFault>,
) -> Result<(), SqliteError> {
    let name = || found.rules.name.clone();
    let wanted = Tracked::is_tracked(found.rules);
    let Some(registered) = &found.registered else {
        faults.push(TrackingFault::TableNew(name()));
        return Ok(());
    };
    if !registered.name.eq_ignore_ascii_case(found.rules.name.as_str()) {
        let from = TableName::new(registered.name.as_str());
        faults.push(TrackingFault::TableRenamed { from, to: name() });
    }
    if registered.rule != found.rules.digest(rules).to_string() {
        faults.push(TrackingFault::RuleChanged(name()));
    }
    if !wanted || !registered.is_tracked {
        return Ok(());
    }
    let slots = registry::slots(connection, registered.no)?;
    let place = Place::read(connection, rules, found, (registered.no, surveyed))?;
    let (known, is_changed) = match match_slots(&slots, found.rules) {
        Some(slots) => (slots, false),
        None => (as_before(&slots, found, standing, &place), true),
    };
    if is_changed {
        faults.push(TrackingFault::ColumnsChanged(name()));
    }
    let (before, slots_now) = (before(found, &known), known.clone());
    let tracked = place.tracked(&before.0, &before.1, known, place.moved(found, &slots_now));
    let expected = triggers(&tracked);
    let same_rule = registered.rule == found.rules.digest(rules).to_string();
    // Another rule may ask for more triggers than were ever made; those that write lines are always there.
    let is_asked = |name: &str| same_rule || WRITING.iter().any(|kind| name == Names(place.no).trigger(kind));
    let missing = expected.iter().any(|(name, _)| is_asked(name) && !standing.contains_key(name));
    let altered =
        || expected.iter().any(|(name, text)| standing.get(name).is_none_or(|at| at.text != text.as_str()));
    if missing {
        faults.push(TrackingFault::TriggersGone(name()));
    } else if same_rule && altered() {
        faults.push(TrackingFault::TriggersAltered(name()));
    }
    Ok(())
}

/// The slots in the order of the rules; none where a column has no bit, or a bit no column.
pub(super) fn match_slots(slots: &[Slot], rules: &TableRules) -> Option<Vec<Slot>> {
    let of = |field: &str| slots.iter().find(|slot| slot.name.eq_ignore_ascii_case(field)).cloned();
    let matched: Option<Vec<Slot>> = rules.fields.iter().map(|field| of(field.as_str())).collect();
    matched.filter(|matched| matched.len() == slots.len())
}

/// The slots as the triggers have them: columns that came since are not in them.
fn as_before(
    slots: &[Slot],
    found: &Found<'_>,
    standing: &BTreeMap<String, Standing>,
    place: &Place,
) -> Vec<Slot> {
    let pairs = renamed(slots, standing, place.no, &found.table.shape);
    let name = |slot: &Slot| pairs.iter().find(|(bit, _)| *bit == slot.bit).map(|(_, name)| name.clone());
    slots
        .iter()
        .map(|slot| Slot { bit: slot.bit, name: name(slot).unwrap_or_else(|| slot.name.clone()) })
        .collect()
}

/// Table and rules restricted to columns that have a bit: what the triggers were made for.
fn before(found: &Found<'_>, slots: &[Slot]) -> (Surveyed, TableRules) {
    let mut table = found.table.clone();
    let mut rules = found.rules.clone();
    let place = |field: usize| {
        let name = found.rules.fields[field].as_str();
        slots.iter().position(|slot| slot.name.eq_ignore_ascii_case(name)).unwrap_or(field)
    };
    let places = |fields: &[usize]| fields.iter().map(|field| place(*field)).collect::<Vec<_>>();
    rules.key = places(&rules.key);
    if let Identity::NaturalKey(fields) = &mut rules.identity {
        *fields = places(fields);
    }
    let fields = table.shape.fields.clone();
    table.shape.fields = slots
        .iter()
        .map(|slot| {
            let known = fields.iter().find(|field| field.name.as_str().eq_ignore_ascii_case(&slot.name));
            known.or(fields.first()).cloned().expect("because a table has a column")
        })
        .collect();
    (table, rules)
}

/// Rows that cannot be told apart. Reads the key's index whole where a column after the first may be empty.
fn keyless(connection: &Connection, found: &Found<'_>) -> Result<u64, SqliteError> {
    let shape = &found.table.shape;
    let may_be_empty = |field: &&usize| !shape.fields[**field].not_null;
    let fields: Vec<&usize> = found.rules.key.iter().filter(may_be_empty).collect();
    if !Tracked::is_tracked(found.rules) || matches!(shape.key, KeyShape::Counted(_)) || fields.is_empty() {
        return Ok(0);
    }
    let lacks = |field: &usize| {
        let column = Fill::ident(shape.fields[*field].name.as_str());
        Statement::fill(sql::track::KEY_IS_LACKING, &[("column", column)])
    };
    let lacking = fields.into_iter().map(lacks).collect();
    let holes = [("table", Fill::ident(shape.name.as_str())), ("lacking", Fill::Joined(lacking, Joint::Or))];
    let statement = Statement::fill(sql::track::COUNT_KEYLESS_ROWS, &holes);
    let rows: i64 = connection.query_row(statement.as_str(), [], |row| row.get(0))?;
    Ok(rows.cast_unsigned())
}

/// The bit of a column in a line; columns beyond the mask touch the whole row.
pub(super) const fn bit(at: i64) -> i64 {
    if at > super::plan::LAST_BIT { i64::MAX } else { 1 << at }
}
