//! Tracking while a migration runs: what steps write is dated back to before all clients, and triggers follow the schema in the
//! transaction of the steps (docs/adr/0026-steps-on-tracked-databases.md). It never changes a row of the user's.

use super::audit::{Found, compare, pair};
use super::follow::{Lead, Seen, bring_up, drop_trigger, drop_triggers, forget};
use super::install::{is_about, register, shapes};
use super::names::Names;
use super::registry::{self, Registered};
use super::shape::{Surveyed, survey};
use crate::error::SqliteError;
use crate::sql;
use lifeboat_domain::hlc::Hlc;
use lifeboat_domain::merge::{MergePolicy, Misruled, Rules, TableDraft, TableShape, resolve};
use lifeboat_domain::migration::Declared;
use lifeboat_ports::{Follow, PortErrorKind};
use rusqlite::Connection;
use std::collections::BTreeMap;

/// Triggers that write down what becomes of rows that are there.
const CHANGING: [&str; 6] = ["update", "leave", "arrive", "delete", "aside_insert", "aside_update"];

/// What is done with lines of steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lines {
    Dated,
    Dropped,
}

/// A table before the steps.
struct Before {
    /// Its triggers are there.
    is_watched: bool,
    /// The registry knows its columns.
    is_known: bool,
    /// Its rows stay as they were born.
    is_append_only: bool,
}

/// Tracking of a database on which steps run, in one transaction.
pub(crate) struct Following<'a> {
    connection: &'a Connection,
    drafts: &'a [TableDraft],
    lines: Lines,
    /// The last line before the steps.
    began: i64,
    /// Tables by their numbers.
    before: BTreeMap<i64, Before>,
}

impl<'a> Following<'a> {
    /// None where the database is not tracked.
    pub(crate) fn begin(connection: &'a Connection, follow: &'a Follow) -> Result<Option<Self>, SqliteError> {
        if registry::head(connection)?.is_none() {
            return Ok(None);
        }
        let (drafts, lines) = match follow {
            Follow::Nothing => {
                let what = "the database is tracked, and no rules were given";
                return Err(SqliteError::Found(PortErrorKind::Unsupported, what));
            }
            Follow::Rules(drafts) => (drafts, Lines::Dated),
            Follow::Staged(drafts) => (drafts, Lines::Dropped),
        };
        let before = look(connection)?;
        if lines == Lines::Dropped && before.values().any(|table| !table.is_watched) {
            let what = "triggers of the other database are gone, and writes went unseen: `lifeboat track` there first";
            return Err(SqliteError::Found(PortErrorKind::Unsupported, what));
        }
        let (_, began) = registry::audited(connection)?;
        for (no, _) in before.iter().filter(|(_, table)| table.is_append_only) {
            // What a step does to rows that nobody may change is how they were born.
            drop_kinds(connection, *no, &CHANGING)?;
        }
        Ok(Some(Self { connection, drafts, lines, began, before }))
    }

    /// The last line so far.
    pub(crate) fn last(&self) -> Result<i64, SqliteError> {
        Ok(registry::audited(self.connection)?.1)
    }

    /// Triggers name no column that a step is about to drop: the engine would refuse it.
    pub(crate) fn make_way(&self, declared: &Declared) -> Result<(), SqliteError> {
        let surveyed = survey(self.connection)?;
        for table in registry::tables(self.connection)?.iter().filter(|table| table.is_tracked) {
            let is_it = |one: &&Surveyed| one.shape.name.as_str().eq_ignore_ascii_case(&table.name);
            let Some(found) = surveyed.iter().find(is_it) else { continue };
            let gone = dropped(&found.shape, declared);
            if !gone.is_empty() {
                self.narrow(table, &surveyed, &gone)?;
            }
        }
        Ok(())
    }

    fn narrow(&self, table: &Registered, surveyed: &[Surveyed], gone: &[usize]) -> Result<(), SqliteError> {
        let is_it = |name: &str| name.eq_ignore_ascii_case(&table.name);
        let narrowed: Option<Vec<Surveyed>> = surveyed
            .iter()
            .map(|one| if is_it(one.shape.name.as_str()) { one.without(gone) } else { Some(one.clone()) })
            .collect();
        let rules = narrowed.as_deref().and_then(|narrowed| self.rules_so_far(narrowed));
        let (Some(rules), Some(narrowed)) = (rules, narrowed) else {
            // By these rules nobody can say what would have to be watched: every row is written down when the steps are done.
            return drop_triggers(self.connection, table.no);
        };
        let lead = Lead { rules: &rules, surveyed: &narrowed, beginning: None };
        for found in pair(self.connection, &rules, &narrowed)? {
            if found.registered.as_ref().is_some_and(|registered| registered.no == table.no) {
                bring_up(self.connection, lead, &found, Seen::All, self.began)?;
                if found.rules.policy == MergePolicy::AppendOnly {
                    drop_kinds(self.connection, table.no, &CHANGING)?;
                }
            }
        }
        Ok(())
    }

    /// The rules of what is there already; none where they do not fit.
    fn rules_so_far(&self, surveyed: &[Surveyed]) -> Option<Rules> {
        let shapes = shapes(surveyed.to_vec());
        let named = |draft: &TableDraft, shape: &TableShape| {
            draft.name.as_str().eq_ignore_ascii_case(shape.name.as_str())
        };
        let ruled = shapes.iter().filter(|shape| self.drafts.iter().any(|draft| named(draft, shape)));
        let ruled: Vec<TableShape> = ruled.cloned().collect();
        let there = self.drafts.iter().filter(|draft| shapes.iter().any(|shape| named(draft, shape)));
        let there: Vec<TableDraft> = there.cloned().collect();
        resolve(&there, &ruled).ok()
    }

    /// Lines beyond `last` are the step's: they yield to every client's.
    pub(crate) fn date_back(&self, last: i64, step: u32) -> Result<(), SqliteError> {
        match self.lines {
            Lines::Dated => {
                let (first, many) = (Hlc::of_step(step).0.cast_signed(), Hlc::PER_STEP.cast_signed());
                self.connection.execute(sql::track::DATE_BACK, [last, first, many])?;
            }
            Lines::Dropped => {
                self.connection.execute(sql::track::DROP_LINES, [last])?;
            }
        }
        Ok(())
    }

    /// Triggers and registry follow the schema that the steps made. Gives what of the rules does not fit it; nothing is done then.
    pub(crate) fn settle(&self, step: u32) -> Result<Vec<Misruled>, SqliteError> {
        let surveyed = survey(self.connection)?;
        let rules = match resolve(self.drafts, &shapes(surveyed.clone())) {
            Ok(rules) => rules,
            Err(misruled) => return Ok(misruled),
        };
        let (audited, _) = registry::audited(self.connection)?;
        let findings = compare(self.connection, &rules, &surveyed)?;
        for table in &findings.gone {
            forget(self.connection, table)?;
        }
        register(self.connection, &rules, &surveyed)?;
        let lead = Lead { rules: &rules, surveyed: &surveyed, beginning: None };
        for found in pair(self.connection, &rules, &surveyed)? {
            let no = found.registered.as_ref().map(|registered| registered.no);
            let before = no.and_then(|no| self.before.get(&no));
            let is_gap = findings.faults.iter().any(|fault| is_about(fault, &found) && fault.is_gap());
            let seen = if is_gap && !self.is_taken_out(&found, before)? { Seen::NotAll } else { Seen::All };
            let unaware = if before.is_some_and(|before| !before.is_known) { audited } else { self.began };
            let last = self.last()?;
            bring_up(self.connection, lead, &found, seen, unaware)?;
            // What went unseen before the steps is no step's doing.
            if self.lines == Lines::Dropped || before.is_none_or(|before| before.is_watched) {
                self.date_back(last, step)?;
            }
        }
        self.connection.execute(sql::track::MARK_AUDITED, [])?;
        Ok(Vec::new())
    }

    /// The clock goes on where it was.
    pub(crate) fn carry_on(&self) -> Result<(), SqliteError> {
        if self.last()? > self.began {
            self.connection.execute(sql::track::CARRY_CLOCK, [])?;
        }
        Ok(())
    }

    /// Are the triggers that are missing those that were taken out for the steps?
    fn is_taken_out(&self, found: &Found<'_>, before: Option<&Before>) -> Result<bool, SqliteError> {
        let Some(registered) = found.registered.as_ref() else { return Ok(false) };
        let stands =
            registry::triggers(self.connection)?.contains_key(&Names(registered.no).trigger("insert"));
        Ok(stands && before.is_some_and(|before| before.is_watched && before.is_append_only))
    }
}

fn look(connection: &Connection) -> Result<BTreeMap<i64, Before>, SqliteError> {
    let (surveyed, standing) = (survey(connection)?, registry::triggers(connection)?);
    let mut before = BTreeMap::new();
    for table in registry::tables(connection)?.into_iter().filter(|table| table.is_tracked) {
        let slots = registry::slots(connection, table.no)?;
        let is_it = |one: &&Surveyed| one.shape.name.as_str().eq_ignore_ascii_case(&table.name);
        let fields = surveyed.iter().find(is_it).map(|one| &one.shape.fields);
        let is_known = fields.is_some_and(|fields| {
            fields
                .iter()
                .all(|field| slots.iter().any(|slot| slot.name.eq_ignore_ascii_case(field.name.as_str())))
        });
        let names = Names(table.no);
        // Only where rows stay as they were born an update keeps an image.
        let update = standing.get(&names.trigger("update"));
        let is_append_only = update.is_some_and(|update| update.text.contains(&names.trash()));
        let is_watched = update.is_some() && standing.contains_key(&names.trigger("insert"));
        before.insert(table.no, Before { is_watched, is_known, is_append_only });
    }
    Ok(before)
}

fn drop_kinds(connection: &Connection, no: i64, kinds: &[&str]) -> Result<(), SqliteError> {
    let standing = registry::triggers(connection)?;
    for name in kinds.iter().map(|kind| Names(no).trigger(kind)).filter(|name| standing.contains_key(name)) {
        drop_trigger(connection, &name)?;
    }
    Ok(())
}

/// Columns of this table that a step says it drops.
fn dropped(shape: &TableShape, declared: &Declared) -> Vec<usize> {
    let is_named = |field: &str| {
        let rest = |name: &String| -> Option<bool> {
            let (table, column) = name.split_at_checked(shape.name.as_str().len())?;
            let is_it = table.eq_ignore_ascii_case(shape.name.as_str());
            Some(is_it && column.strip_prefix('.').is_some_and(|column| column.eq_ignore_ascii_case(field)))
        };
        declared.drops.iter().any(|name| rest(name).unwrap_or(false))
    };
    let fields = shape.fields.iter().enumerate();
    fields.filter(|(_, field)| is_named(field.name.as_str())).map(|(at, _)| at).collect()
}
