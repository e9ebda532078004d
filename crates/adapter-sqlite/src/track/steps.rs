//! Tracking while a migration runs: lines of steps are told apart from those of clients, and triggers follow the schema in the
//! transaction of the steps (docs/adr/0026-steps-on-tracked-databases.md).

use super::audit::{Found, compare, pair};
use super::follow::{Lead, Seen, bring_up, drop_triggers, follow_columns, forget, refuse_another_key};
use super::install::{register, shapes};
use super::plan::{Slot, Tracked, idents, key_columns, names_of, triggers};
use super::registry::{self, Registered};
use super::shape::{Surveyed, survey};
use super::standing::{self, AllStanding};
use super::{births, dates, gap, seeds};
use crate::connection::execute;
use crate::error::SqliteError;
use crate::quoted::{Fill, Joint, Statement};
use crate::sql;
use lifeboat_domain::merge::{KeyShape, MergePolicy, Misruled, TableDraft, TableShape, resolve};
use lifeboat_domain::migration::Declared;
use lifeboat_ports::{Follow, MigrationStep, PortErrorKind};
use rusqlite::Connection;
use std::collections::{BTreeMap, BTreeSet};

/// What is done with lines of steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lines {
    Dated,
    Dropped,
}

/// Tracking of a database on which steps run, in one transaction.
pub(crate) struct Following<'a> {
    connection: &'a Connection,
    drafts: &'a [TableDraft],
    lines: Lines,
    /// The last line before the steps.
    began: i64,
    /// Tables that were there before the steps, in small letters.
    there: BTreeSet<String>,
}

/// Where things stood before one step.
pub(crate) struct Before {
    last: i64,
    /// The highest number of each counted table.
    highest: BTreeMap<i64, i64>,
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
        let standing = registry::triggers(connection)?;
        let tables = registry::tables(connection)?.into_iter().filter(|table| table.is_tracked);
        let tables: Vec<Registered> = tables.collect();
        let is_gap = tables.iter().any(|table| !standing::is_watched(&standing, table.no));
        if lines == Lines::Dropped && is_gap {
            let what = "triggers of the other database are gone, and writes went unseen: `lifeboat track` there first";
            return Err(SqliteError::Found(PortErrorKind::Unsupported, what));
        }
        let names = survey(connection)?.into_iter().map(|one| one.shape.name.as_str().to_ascii_lowercase());
        let there = names.collect();
        let mut following = Self { connection, drafts, lines, began: 0, there };
        // What went unseen before the steps is no step's doing.
        let (audited, _) = registry::audited(connection)?;
        following.stand(audited)?;
        following.began = following.last()?;
        let born = tables.iter().filter(|table| table.policy == Some(MergePolicy::AppendOnly));
        births::bring_back(connection, &born.collect::<Vec<_>>())?;
        Ok(Some(following))
    }

    fn last(&self) -> Result<i64, SqliteError> {
        Ok(registry::audited(self.connection)?.1)
    }

    /// Makes way for a step: triggers name no column that it is about to drop, because the engine would refuse that.
    pub(crate) fn before(&self, declared: &Declared) -> Result<Before, SqliteError> {
        let surveyed = survey(self.connection)?;
        let standing = registry::triggers(self.connection)?;
        let mut highest = BTreeMap::new();
        for table in registry::tables(self.connection)?.iter().filter(|table| table.is_tracked) {
            let Some(found) = surveyed.iter().find(|one| one.is_called(&table.name)) else { continue };
            if let KeyShape::Counted(field) = found.shape.key {
                let key = found.shape.fields[field].name.as_str();
                highest.insert(table.no, registry::highest_in(self.connection, &table.name, key)?);
            }
            let gone = dropped(&found.shape, declared);
            let narrowed = if gone.is_empty() { None } else { found.without(&gone) };
            if let Some(narrowed) = narrowed {
                self.set_triggers(table, &narrowed, &standing)?;
            }
        }
        Ok(Before { last: self.last()?, highest })
    }

    /// What the step wrote is the step's, and triggers follow what it made of the schema.
    pub(crate) fn after(&self, step: &MigrationStep, before: &Before) -> Result<(), SqliteError> {
        self.stand(before.last)?;
        self.mark_lines(step, before)
    }

    /// Lines since then are the step's, dated by what they rest on. Rows that it made are the same on every copy.
    fn mark_lines(&self, step: &MigrationStep, before: &Before) -> Result<(), SqliteError> {
        let surveyed = survey(self.connection)?;
        let others = match self.lines {
            Lines::Dated => seeds::Others::Own,
            Lines::Dropped => seeds::Others::Nobodys,
        };
        for table in registry::tables(self.connection)?.iter().filter(|table| table.is_tracked) {
            let Some(found) = surveyed.iter().find(|one| one.is_called(&table.name)) else { continue };
            if table.policy == Some(MergePolicy::AppendOnly) {
                births::rewrite(self.connection, table, found, before.last)?;
            }
            let highest = before.highest.get(&table.no).copied().unwrap_or(0);
            seeds::name(self.connection, (table, found), (step.digest, others), (before.last, highest))?;
        }
        match self.lines {
            Lines::Dated if self.last()? == before.last => Ok(()),
            Lines::Dated => dates::date_back(self.connection, before.last, step.id.number),
            Lines::Dropped => {
                self.connection.execute(sql::track::DROP_LINES, [before.last])?;
                Ok(())
            }
        }
    }

    /// Every table is tracked as it was so far, whatever became of its columns; where its triggers are gone each row is written down.
    fn stand(&self, unaware: i64) -> Result<(), SqliteError> {
        let surveyed = survey(self.connection)?;
        standing::follow_tables(self.connection)?;
        let standing = registry::triggers(self.connection)?;
        for table in registry::tables(self.connection)?.iter().filter(|table| table.is_tracked) {
            let Some(found) = surveyed.iter().find(|one| one.is_called(&table.name)) else { continue };
            let drawn = follow_columns(self.connection, table.no, &found.shape, unaware)?;
            let keys = self.set_triggers(table, found, &standing)?;
            for bit in drawn {
                self.write_down_drawn(table, &keys, bit)?;
            }
        }
        Ok(())
    }

    /// A default that draws gave each copy something else.
    fn write_down_drawn(&self, table: &Registered, keys: &[String], bit: i64) -> Result<(), SqliteError> {
        let known = |name: &String| Statement::fill(sql::track::IS_NAMED, &[("column", Fill::ident(name))]);
        let holes = [
            ("table", Fill::ident(&table.name)),
            ("table_no", Fill::Number(table.no)),
            ("cells", Fill::Number(super::audit::bit(bit))),
            ("columns", idents(&key_columns(keys.len()))),
            ("keys", idents(keys)),
            ("known", Fill::Joined(keys.iter().map(known).collect(), Joint::And)),
        ];
        execute(self.connection, Statement::fill(sql::track::DRAWN_DEFAULT, &holes).as_str())
    }

    /// Triggers for these columns of a table, as it was tracked so far. Gives its key.
    fn set_triggers(
        &self,
        table: &Registered,
        found: &Surveyed,
        standing: &AllStanding,
    ) -> Result<Vec<String>, SqliteError> {
        let known = registry::slots(self.connection, table.no)?;
        let of = |name: &str| known.iter().find(|slot| slot.name.eq_ignore_ascii_case(name)).cloned();
        let slots: Option<Vec<Slot>> =
            found.shape.fields.iter().map(|field| of(field.name.as_str())).collect();
        let slots = slots.ok_or_else(crate::merge::damaged)?;
        let rules = standing::rules(self.connection, table, found)?;
        let highest = registry::highest(self.connection, table.no)?;
        let mut tracked =
            Tracked { no: table.no, table: found, rules: &rules, slots, highest, parents: Vec::new() };
        tracked.parents = standing::parents(standing, &tracked);
        refuse_another_key(self.connection, &tracked)?;
        if !standing::is_watched(standing, table.no) {
            gap::write_down(self.connection, &tracked)?;
        }
        let keys = names_of(&tracked.key());
        let wanted = triggers(&tracked);
        let is_there = |(name, text): &(String, Statement)| {
            standing.get(name).is_some_and(|one| one.text == text.as_str())
        };
        if wanted.iter().all(is_there) {
            return Ok(keys);
        }
        drop_triggers(self.connection, table.no)?;
        for (_, statement) in wanted {
            execute(self.connection, statement.as_str())?;
        }
        Ok(keys)
    }

    /// Tracking follows the rules of the newest schema. Gives what of them does not fit it; nothing is done then.
    pub(crate) fn settle(&self, step: &MigrationStep) -> Result<Vec<Misruled>, SqliteError> {
        let surveyed = survey(self.connection)?;
        let rules = match resolve(self.drafts, &shapes(surveyed.clone())) {
            Ok(rules) => rules,
            Err(misruled) => return Ok(misruled),
        };
        let mut before = Before { last: self.last()?, highest: BTreeMap::new() };
        for table in &compare(self.connection, &rules, &surveyed)?.gone {
            forget(self.connection, table)?;
        }
        register(self.connection, &rules, &surveyed)?;
        let lead = Lead { rules: &rules, surveyed: &surveyed, beginning: None };
        let found = pair(self.connection, &rules, &surveyed)?;
        let is_there = |one: &&Found<'_>| self.there.contains(&one.rules.name.as_str().to_ascii_lowercase());
        let (old, new): (Vec<&Found<'_>>, Vec<&Found<'_>>) = found.iter().partition(is_there);
        for one in old {
            bring_up(self.connection, lead, one, Seen::All, self.began)?;
        }
        if self.lines == Lines::Dated {
            // Rows of a table that clients had made before the steps are theirs.
            before.last = self.last()?;
        }
        for one in new {
            bring_up(self.connection, lead, one, Seen::All, self.began)?;
        }
        self.mark_lines(step, &before)?;
        Ok(Vec::new())
    }

    /// The clock goes on where it was.
    pub(crate) fn carry_on(&self) -> Result<(), SqliteError> {
        if self.last()? > self.began {
            self.connection.execute(sql::track::CARRY_CLOCK, [])?;
        }
        self.connection.execute(sql::track::MARK_AUDITED, [])?;
        Ok(())
    }
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
