//! What a plan found, in the words of this database: local keys, names of columns.

use super::code::Bound;
use super::number::Numbers;
use super::side::Side;
use super::spell::read_origin;
use super::stage::SqliteStage;
use crate::error::SqliteError;
use crate::quoted::{Fill, Statement};
use crate::sql;
use lifeboat_domain::digest::Digest;
use lifeboat_domain::id::FieldName;
use lifeboat_domain::merge::{Cell, Finding, Raw, RowId, Version, Versions};
use lifeboat_ports::{OpenConflict, OpenVersion, RowName, Told};
use rusqlite::{Connection, params_from_iter};
use std::borrow::Cow;

/// Every finding; what is shown of a conflict is what is open now.
pub(super) fn tell(
    after: &Side<'_>,
    theirs: &Side<'_>,
    stage: &SqliteStage<'_>,
    base: Option<&Connection>,
) -> Result<Vec<Told>, SqliteError> {
    let mut told = Vec::new();
    for finding in &stage.findings {
        told.push(match finding {
            Finding::Lost { row, cell, dot, clock, kept } => Told::Lost {
                row: name(after, theirs, row)?,
                field: field(after, row, *cell),
                kept: *kept,
                by: dot.replica,
                at: clock.hlc.rests_on().unwrap_or_else(|| clock.hlc.millis()),
            },
            Finding::Conflict { row, cell } => {
                let versions = after.versions.get(row).cloned().unwrap_or_default();
                match conflict(after, theirs, row, *cell, versions.of(*cell))? {
                    Some(conflict) => Told::Conflict(match base {
                        Some(base) => with_base(after, row, *cell, base, conflict)?,
                        None => conflict,
                    }),
                    None => continue,
                }
            }
            Finding::Violation { row, .. } => Told::Violation(name(after, theirs, row)?),
            Finding::United { kept, gone } => Told::United {
                kept: name(after, theirs, kept)?,
                gone: name(after, theirs, gone)?,
                differ: differing(theirs, kept, gone)?,
            },
            Finding::Revived { row } => Told::Revived(name(after, theirs, row)?),
            Finding::Parked { row } => Told::Parked(name(after, theirs, row)?),
            Finding::Nulled { row, .. } => Told::Nulled(name(after, theirs, row)?),
        });
    }
    Ok(told)
}

fn differing(side: &Side<'_>, kept: &RowId, gone: &RowId) -> Result<Vec<FieldName>, SqliteError> {
    let row = |id: &RowId| side.row(id).map_err(super::read);
    let (Some(kept_row), Some(gone_row)) = (row(kept)?, row(gone)?) else { return Ok(Vec::new()) };
    let rules = &side.rules.tables[kept.table];
    let differs =
        |field: &usize| !rules.key.contains(field) && kept_row.values[*field] != gone_row.values[*field];
    Ok((0..rules.fields.len()).filter(differs).map(|field| rules.fields[field].clone()).collect())
}

/// Rows that are known here by another number than where they were made; nothing that anybody has to do.
pub(super) fn renumbered(
    after: &Side<'_>,
    theirs: &Side<'_>,
    rows: &[RowId],
) -> Result<Vec<Told>, SqliteError> {
    let mut told = Vec::new();
    for id in rows {
        let Some(origin) = id.key.first().and_then(read_origin) else { continue };
        // What a step made has no number of its own.
        if after.known.of(origin.replica) == 0 && origin.replica != lifeboat_domain::id::ReplicaId::NIL {
            continue;
        }
        told.push(Told::Renumbered {
            row: name(after, theirs, id)?,
            by: origin.replica,
            number: origin.number,
        });
    }
    Ok(told)
}

/// Every open conflict of one side.
pub(super) fn conflicts(side: &Side<'_>) -> Result<Vec<OpenConflict>, SqliteError> {
    let mut found = Vec::new();
    for (id, versions) in &side.versions {
        let open: Vec<Cell> = Versions::conflicts(versions).collect();
        for cell in open {
            found.extend(conflict(side, side, id, cell, versions.of(cell))?);
        }
    }
    Ok(found)
}

/// Its id is made of what every replica sees of it.
pub(super) fn conflict(
    side: &Side<'_>,
    theirs: &Side<'_>,
    id: &RowId,
    cell: Cell,
    versions: &[Version],
) -> Result<Option<OpenConflict>, SqliteError> {
    if versions.is_empty() {
        return Ok(None);
    }
    let row = name(side, theirs, id)?;
    let field = field(side, id, cell);
    let mut text = super::code::encode(&id.key);
    text.extend(row.table.as_str().to_ascii_lowercase().into_bytes());
    text.extend(
        field.as_ref().map(|field| field.as_str().to_ascii_lowercase()).unwrap_or_default().into_bytes(),
    );
    let digest = Digest::of(&text).to_string();
    let own = side.own_name()?;
    let mut open = Vec::new();
    for version in versions {
        let value = match cell {
            Cell::Life => version.value.clone(),
            Cell::Field(field) => {
                side.inward(id.table, field, &version.value)?.unwrap_or_else(|| version.value.clone())
            }
        };
        let ours = version.dot.replica == own;
        open.push(OpenVersion { dot: version.dot, clock: version.clock, value, ours });
    }
    let id = digest.trim_start_matches("blake3:").chars().take(8).collect();
    Ok(Some(OpenConflict { id, row, field, versions: open, base: None }))
}

/// What the last common state has under the row's key; a row that it has not keeps its number for itself.
fn with_base(
    side: &Side<'_>,
    id: &RowId,
    cell: Cell,
    base: &Connection,
    conflict: OpenConflict,
) -> Result<OpenConflict, SqliteError> {
    let (Cell::Field(field), Some(key)) = (cell, side.local_key(id)?) else { return Ok(conflict) };
    let table = side.table(id.table)?;
    let holes = [
        ("table", Fill::ident(side.name(id.table))),
        ("columns", Fill::ident(&table.fields[field])),
        ("same", Fill::matches(&table.key_names())),
    ];
    let statement = Statement::fill(sql::merge::READ_ROW, &holes);
    let mut prepared = base.prepare_cached(statement.as_str())?;
    let mut rows = prepared.query(params_from_iter(key.iter().map(Bound)))?;
    let value = match rows.next()? {
        Some(row) => Some(super::code::from_engine(row.get_ref(0)?)?),
        None => None,
    };
    Ok(OpenConflict { base: value, ..conflict })
}

fn field(side: &Side<'_>, id: &RowId, cell: Cell) -> Option<FieldName> {
    match cell {
        Cell::Life => None,
        Cell::Field(field) => Some(side.rules.tables[id.table].fields[field].clone()),
    }
}

/// The row as people here know it; one that never was to be seen here as the other side does.
fn name(side: &Side<'_>, theirs: &Side<'_>, id: &RowId) -> Result<RowName, SqliteError> {
    let rules = &side.rules.tables[id.table];
    let known = match (side.local_key(id)?, Numbers::buried(side, id)?) {
        (Some(key), None) => Some(key),
        (ours, _) => theirs.local_key(id)?.or(ours),
    };
    let key = known.map_or_else(|| id.key.clone(), Cow::into_owned);
    let names = rules.key.iter().map(|field| rules.fields[*field].clone());
    Ok(RowName { table: rules.name.clone(), key: names.zip(key).collect() })
}
