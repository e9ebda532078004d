//! Tracking that begins at a state of the past, or at that of another copy: what differs from it gets its lines, as though
//! clients had written it since.

use super::plan::{Slot, Tracked, claim_columns, idents, key_columns, names_of, slots_of};
use crate::error::SqliteError;
use crate::quoted::{Fill, Joint, Statement};
use crate::sql;
use lifeboat_domain::hlc::Hlc;
use lifeboat_domain::merge::MergePolicy;
use lifeboat_ports::{Absence, Earlier};
use rusqlite::{Connection, params};

/// Columns that have a bit of their own; the others touch the whole row.
const NEAR_MAX: i64 = 61;

/// What was made since is told from what was there by the highest number of then. Before the triggers, which hold it.
pub(super) fn set_mark(
    connection: &Connection,
    table: &Tracked<'_>,
    earlier: &Earlier,
    now: i64,
) -> Result<(), SqliteError> {
    if !table.is_counted() {
        return Ok(());
    }
    let holes = [("table", Fill::ident(table.table_name())), ("key", Fill::ident(&table.key()[0].name))];
    let statement = Statement::fill(sql::track::EARLIER_HIGHEST, &holes);
    let mut then: i64 = connection.query_row(statement.as_str(), [], |row| row.get(0))?;
    if connection.query_row(sql::track::EARLIER_HAS_SEQUENCES, [], |row| row.get::<_, i64>(0))? > 0 {
        let given = connection
            .query_row(sql::track::EARLIER_SEQUENCE, [table.table_name()], |row| row.get::<_, i64>(0))?;
        then = then.max(given);
    }
    let highest = match earlier.absence {
        Absence::Deleted => then,
        // Under one number both copies mean one row: nothing tells them apart.
        Absence::Unknown => then.max(now),
    };
    connection.execute(sql::track::SET_MARK, [table.no, highest])?;
    Ok(())
}

/// Gives how many lines were written.
pub(super) fn write_down(
    connection: &Connection,
    table: &Tracked<'_>,
    earlier: &Earlier,
) -> Result<u64, SqliteError> {
    let work = Work { connection, table, earlier };
    let mut lines = work.run(sql::track::EARLIER_INSERTS, Vec::new())?;
    // A row that is only added is as it was born.
    if table.rules.policy != MergePolicy::AppendOnly {
        lines += work.run(sql::track::EARLIER_TOUCHES, Vec::new())?;
    }
    if work.cells_apart().next().is_some() {
        lines += work.run(sql::track::EARLIER_UPDATES, vec![("when", work.when_anew())])?;
    }
    if earlier.absence == Absence::Deleted {
        work.fill_trash(sql::track::EARLIER_DELETIONS)?;
        let keys = idents(&slots_of(&table.key()));
        lines += work.run(sql::track::EARLIER_DELETION_LINES, vec![("keys", keys)])?;
        if table.rules.policy == MergePolicy::AppendOnly && work.cells_apart().next().is_some() {
            work.fill_trash(sql::track::EARLIER_IMAGES)?;
        }
    }
    work.claim()?;
    Ok(lines)
}

struct Work<'a> {
    connection: &'a Connection,
    table: &'a Tracked<'a>,
    earlier: &'a Earlier,
}

impl Work<'_> {
    fn cells_apart(&self) -> impl Iterator<Item = &Slot> {
        let slots = self.table.slots.iter().enumerate();
        slots.filter(|(field, _)| !self.table.rules.key.contains(field)).map(|(_, slot)| slot)
    }

    fn holes(&self) -> Vec<(&'static str, Fill)> {
        let (table, key) = (self.table, self.table.key());
        let each = |template, slots: &[&Slot], joint| {
            let fill = |slot: &&Slot| Statement::fill(template, &[("column", Fill::ident(&slot.name))]);
            Fill::Joined(slots.iter().map(fill).collect(), joint)
        };
        let is_whole = self.earlier.whole.contains(&table.rules.name);
        let cell = |slot: &Slot| {
            let template = match is_whole || slot.bit > NEAR_MAX {
                true => sql::track::DIFFERING_FAR_CELL,
                false => sql::track::DIFFERING_CELL,
            };
            Statement::fill(template, &[("column", Fill::ident(&slot.name)), ("bit", Fill::Number(slot.bit))])
        };
        vec![
            ("table", Fill::ident(table.table_name())),
            ("table_no", Fill::Number(table.no)),
            ("trash", Fill::ident(&table.names().trash())),
            ("columns", idents(&key_columns(key.len()))),
            ("keys", Fill::columns_of("t", &names_of(&key))),
            ("known", each(sql::track::ROW_HAS_KEY, &key, Joint::And)),
            ("same", each(sql::track::SAME_IN_BOTH, &key, Joint::And)),
            ("cells", Fill::Joined(self.cells_apart().map(cell).collect(), Joint::Bits)),
            ("when", Fill::Joined(vec![self.when()], Joint::And)),
        ]
    }

    fn with(&self, changed: Vec<(&'static str, Fill)>) -> Vec<(&'static str, Fill)> {
        let mut holes = self.holes();
        holes.retain(|(name, _)| !changed.iter().any(|(other, _)| other == name));
        holes.extend(changed);
        holes
    }

    fn when(&self) -> Statement {
        match self.table.rules.changed_at {
            Some(field) => Statement::fill(
                sql::track::CHANGED_WHEN,
                &[
                    ("column", Fill::ident(&self.table.slots[field].name)),
                    ("clients", Fill::Number(Hlc::FIRST_OF_CLIENTS.0.cast_signed())),
                ],
            ),
            None => Statement::fill(sql::track::CHANGED_NEVER, &[]),
        }
    }

    /// Of a row that both states have.
    fn when_anew(&self) -> Fill {
        let Some(field) = self.table.rules.changed_at else {
            return Fill::Joined(vec![self.when()], Joint::And);
        };
        let holes = [
            ("column", Fill::ident(&self.table.slots[field].name)),
            ("when", Fill::Joined(vec![self.when()], Joint::And)),
        ];
        Fill::Joined(vec![Statement::fill(sql::track::CHANGED_ANEW, &holes)], Joint::And)
    }

    /// Runs a statement that writes lines; gives how many.
    fn run(&self, template: &'static str, changed: Vec<(&'static str, Fill)>) -> Result<u64, SqliteError> {
        let statement = Statement::fill(template, &self.with(changed));
        Ok(self.connection.execute(statement.as_str(), params![self.earlier.rank])? as u64)
    }

    /// Rows of the earlier state go to the trash whole.
    fn fill_trash(&self, template: &'static str) -> Result<(), SqliteError> {
        let all: Vec<&Slot> = self.table.slots.iter().collect();
        let known =
            |slot: &&Slot| Statement::fill(sql::track::THERE_IS_KEY, &[("column", Fill::ident(&slot.name))]);
        let holes = self.with(vec![
            ("slots", idents(&slots_of(&all))),
            ("fields", Fill::columns_of("b", &names_of(&all))),
            ("known", Fill::Joined(self.table.key().iter().map(known).collect(), Joint::And)),
        ]);
        let statement = Statement::fill(template, &holes);
        self.connection.execute(statement.as_str(), [])?;
        Ok(())
    }

    fn claim(&self) -> Result<(), SqliteError> {
        let named = self.table.natural_key();
        if named.is_empty() {
            return Ok(());
        }
        let all: Vec<&Slot> = named.iter().copied().chain(self.table.key()).collect();
        let is = |slot: &&Slot| Statement::fill(sql::track::IS_NAMED, &[("column", Fill::ident(&slot.name))]);
        let holes = self.with(vec![
            ("claim", Fill::ident(&self.table.names().claim())),
            ("slots", idents(&claim_columns(self.table))),
            ("columns", Fill::columns_of("t", &names_of(&all))),
            ("named", Fill::Joined(named.iter().map(is).collect(), Joint::And)),
        ]);
        let statement = Statement::fill(sql::track::EARLIER_CLAIMS, &holes);
        self.connection.execute(statement.as_str(), [])?;
        Ok(())
    }
}
