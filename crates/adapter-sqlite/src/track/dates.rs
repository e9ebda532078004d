//! When lines of a step count as written: what rests on a client's write is as old as that, the rest is the step's. Rows are not touched.

use super::names::key_column;
use super::plan::{idents, key_columns};
use super::registry::{self, Registered};
use crate::connection::execute;
use crate::error::SqliteError;
use crate::quoted::{Fill, Joint, Statement};
use crate::sql;
use lifeboat_domain::hlc::Hlc;
use lifeboat_domain::merge::{Change, MergePolicy, inherit};
use rusqlite::{Connection, params};
use std::collections::BTreeMap;

/// A line of a step, and what clients had written of its row.
type Resting = (Change, Vec<(Change, Hlc)>);

/// Dates every line since then. All or nothing of the caller's transaction.
pub(super) fn date_back(connection: &Connection, last: i64, step: u32) -> Result<(), SqliteError> {
    let columns: i64 =
        connection.query_row(sql::track::COUNT_KEY_COLUMNS, ["lifeboat_journal"], |row| row.get(0))?;
    let keys = key_columns(usize::try_from(columns).unwrap_or(1));
    let same = |column: &str| Statement::fill(sql::track::SAME_LINE, &[("column", Fill::ident(column))]);
    let mut all = vec![same("table_no")];
    all.extend((0..keys.len()).map(|at| same(&key_column(at))));
    let holes = [
        ("keys", idents(&keys)),
        ("last", Fill::Number(last)),
        ("clients", Fill::Number(Hlc::FIRST_OF_CLIENTS.0.cast_signed())),
        ("same", Fill::Joined(all, Joint::And)),
    ];
    execute(connection, sql::track::DROP_RESTS_ON)?;
    execute(connection, Statement::fill(sql::track::RESTS_ON, &holes).as_str())?;
    execute(connection, sql::track::INDEX_RESTS_ON)?;
    let (step, drawn) = (Hlc::of_step(step), Hlc::DRAWN.cast_signed());
    connection.execute(sql::track::DATE_BACK, [last, step.0.cast_signed(), drawn])?;
    let (rest, split) = (
        Statement::fill(sql::track::LINES_THAT_REST, &holes),
        Statement::fill(sql::track::SPLIT_LINE, &holes),
    );
    for table in registry::tables(connection)?.iter().filter(|table| table.is_tracked) {
        let lines = resting(connection, &rest, (last, table.no))?;
        if !lines.is_empty() {
            date_table(connection, table, lines, (step, &split))?;
        }
    }
    execute(connection, sql::track::DROP_RESTS_ON)
}

fn resting(
    connection: &Connection,
    statement: &Statement,
    (last, no): (i64, i64),
) -> Result<BTreeMap<i64, Resting>, SqliteError> {
    let mut prepared = connection.prepare(statement.as_str())?;
    let mut rows = prepared.query([last, no])?;
    let mut lines: BTreeMap<i64, Resting> = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let change = |cells: Option<i64>| Change::decode(cells).ok_or_else(crate::merge::damaged);
        let (line, known) = (change(row.get(1)?)?, change(row.get(2)?)?);
        let all = &mut lines.entry(row.get(0)?).or_insert_with(|| (line, Vec::new())).1;
        for hlc in [row.get::<_, i64>(3)?, row.get(4)?] {
            all.push((known, Hlc(hlc.cast_unsigned())));
        }
    }
    Ok(lines)
}

fn date_table(
    connection: &Connection,
    table: &Registered,
    lines: BTreeMap<i64, Resting>,
    (step, split): (Hlc, &Statement),
) -> Result<(), SqliteError> {
    let policy = table.policy.unwrap_or(MergePolicy::LastWriteWinsPerField);
    let bits = registry::slots(connection, table.no)?;
    let bits: Vec<usize> = bits.iter().filter_map(|slot| usize::try_from(slot.bit).ok()).collect();
    for (seq, (change, known)) in lines {
        let written = known.iter().map(|(_, hlc)| *hlc).max().unwrap_or_default();
        for (nth, (change, hlc)) in inherit(policy, change, &known, &bits).into_iter().enumerate() {
            let text = if nth == 0 { sql::track::DATE_LINE } else { split.as_str() };
            let (hlc, drawn) = match hlc {
                Some(inherited) => (inherited, 1),
                None => (step.resting_on(written), Hlc::DRAWN),
            };
            let (hlc, drawn) = (hlc.0.cast_signed(), drawn.cast_signed());
            connection.prepare_cached(text)?.execute(params![seq, change.code(), hlc, drawn])?;
        }
    }
    Ok(())
}
