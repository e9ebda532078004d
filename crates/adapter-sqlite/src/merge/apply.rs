//! Carries a plan out: rows, lines, vectors, and what is kept about rows that are not shown as they are. Decides nothing.

use super::code::{Bound, encode, place};
use super::number::{Given, Numbers, intern};
use super::side::{Side, member, write_cell};
use super::stage::SqliteStage;
use super::table::Place;
use crate::connection::execute;
use crate::error::SqliteError;
use crate::quoted::{Fill, Statement};
use crate::sql;
use lifeboat_domain::dot::{Clock, VersionVector};
use lifeboat_domain::hlc::Hlc;
use lifeboat_domain::merge::{Cell, Identity, Plan, Raw, Repair, Row, RowId, Shown, Versions};
use lifeboat_domain::time::UtcMillis;
use lifeboat_domain::value::Value;
use rusqlite::{params, params_from_iter};
use std::collections::{BTreeMap, BTreeSet};

const PAGE: usize = 1000;

/// What was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Written {
    pub(super) rows: u64,
    pub(super) lines: u64,
}

pub(super) fn apply(
    ours: &mut Side<'_>,
    theirs: &Side<'_>,
    stage: &mut SqliteStage<'_>,
    plan: &Plan,
    now: UtcMillis,
) -> Result<Written, SqliteError> {
    let mut numbers = Numbers::new(ours)?;
    let images = stage_examined(ours, stage, plan)?;
    let rows = write_rows(ours, stage, plan, &images, &mut numbers)?;
    let known = ours.known.clone();
    let (lines, newest) = take_lines(ours, theirs, &known, &mut numbers)?;
    take_claims(ours, theirs, &known, &mut numbers)?;
    raise(ours, theirs)?;
    keep_states(ours, stage, plan, &mut numbers)?;
    numbers.keep(ours)?;
    if let Some(newest) = newest.filter(|newest| *newest > ours.last_hlc) {
        let clock = newest.next(now).0.cast_signed();
        ours.connection.execute(sql::merge::CARRY_CLOCK, [clock])?;
    }
    ours.connection.execute(sql::merge::MARK_MERGED, [])?;
    Ok(Written { rows, lines })
}

/// Rows that were looked at and not decided keep what they are; gives what absorbed rows hold.
fn stage_examined(
    ours: &Side<'_>,
    stage: &mut SqliteStage<'_>,
    plan: &Plan,
) -> Result<BTreeMap<RowId, Vec<Value>>, SqliteError> {
    let mut images = BTreeMap::new();
    for id in &plan.repairs.examined {
        if stage.decided(id)?.is_none()
            && let Some(row) = ours.row(id).map_err(super::read)?
        {
            stage.put(id, Some(&row), &[])?;
        }
        if stage.decided(id)? == Some(None) {
            let shown = ours.standing(id, Place::Shown)?;
            let image = if shown.is_some() { shown } else { ours.standing(id, Place::Trash)? };
            images.extend(image.map(|image| (id.clone(), image)));
        }
    }
    Ok(images)
}

fn each_decided(
    stage: &SqliteStage<'_>,
    mut each: impl FnMut(&RowId, Option<&Row>) -> Result<(), SqliteError>,
) -> Result<(), SqliteError> {
    let mut last: Option<RowId> = None;
    loop {
        let page = stage.decided_page(last.as_ref(), PAGE)?;
        for (id, row) in &page {
            each(id, row.as_ref())?;
        }
        match page.into_iter().last() {
            Some((id, _)) => last = Some(id),
            None => return Ok(()),
        }
    }
}

/// All rows leave first, so that values can change hands between them.
fn write_rows(
    ours: &mut Side<'_>,
    stage: &SqliteStage<'_>,
    plan: &Plan,
    images: &BTreeMap<RowId, Vec<Value>>,
    numbers: &mut Numbers,
) -> Result<u64, SqliteError> {
    each_decided(stage, |id, row| {
        let Some(local) = ours.local_key(id)? else { return Ok(()) };
        let stood = ours.standing(id, Place::Shown)?.is_some();
        for place in [Place::Shown, Place::Trash] {
            let statement = ours.table(id.table)?.delete_row(place, ours.name(id.table));
            let mut prepared = ours.connection.prepare_cached(statement.as_str())?;
            prepared.execute(params_from_iter(local.iter().map(Bound)))?;
        }
        let is_shown = row.is_some_and(|row| is_shown(row, plan.repairs.repairs.get(id)));
        if is_shown && !stood { numbers.unbury(ours, id) } else { Ok(()) }
    })?;
    each_decided(stage, |id, _| match ours.table(id.table)?.is_counted {
        true => numbers.reserve(ours, id),
        false => Ok(()),
    })?;
    // Every row has its number before one is written that refers to it.
    each_decided(stage, |id, row| match (ours.table(id.table)?.is_counted, row) {
        (true, Some(_)) => numbers.local_key(ours, id, Given::Seen).map(drop),
        (_, _) => Ok(()),
    })?;
    let mut count = 0;
    each_decided(stage, |id, row| {
        count += 1;
        match row {
            None => match images.get(id) {
                Some(image) => put(ours, id, image, Place::Trash, numbers),
                None => Ok(()),
            },
            Some(row) => {
                let repair = plan.repairs.repairs.get(id);
                if !is_shown(row, repair) {
                    return put(ours, id, &row.values, Place::Trash, numbers);
                }
                let mut values = row.values.clone();
                for number in repair.iter().flat_map(|repair| &repair.nulled) {
                    for field in &ours.rules.tables[id.table].foreign_keys[*number].fields {
                        values[*field] = Value::Null;
                    }
                }
                put(ours, id, &values, Place::Shown, numbers)
            }
        }
    })?;
    Ok(count)
}

fn is_shown(row: &Row, repair: Option<&Repair>) -> bool {
    match repair.map_or(Shown::AsRaw, |repair| repair.shown) {
        Shown::AsRaw => row.alive,
        Shown::Revived => true,
        Shown::Parked => false,
    }
}

fn put(
    ours: &mut Side<'_>,
    id: &RowId,
    values: &[Value],
    place: Place,
    numbers: &mut Numbers,
) -> Result<(), SqliteError> {
    let local = numbers.values(ours, id, values)?;
    let statement = ours.table(id.table)?.insert_row(place, ours.name(id.table));
    let mut prepared = ours.connection.prepare_cached(statement.as_str())?;
    prepared.execute(params_from_iter(local.iter().map(Bound)))?;
    Ok(())
}

/// Their lines that are new to us; gives how many, and the clock of the newest that touched a row.
fn take_lines(
    ours: &mut Side<'_>,
    theirs: &Side<'_>,
    known: &VersionVector,
    numbers: &mut Numbers,
) -> Result<(u64, Option<Hlc>), SqliteError> {
    let keys = ours.key_columns().to_vec();
    let names: Vec<&str> = keys.iter().map(String::as_str).collect();
    let holes = [("keys", Fill::idents(&names)), ("values", Fill::Parameters(keys.len()))];
    let received = Statement::fill(sql::merge::INSERT_RECEIVED, &holes);
    let own = Statement::fill(sql::merge::INSERT_OWN, &holes);
    let name = ours.own_name()?;
    let (mut count, mut newest) = (0, None);
    theirs.each_line(known, |entry| {
        let replica = intern(ours, entry.touch.dot.replica)?;
        let (no, cells, mut key) = match &entry.row {
            None => (0, entry.touch.change.code(), Vec::new()),
            Some(id) => {
                let key = numbers.local_key(ours, id, Given::Hidden)?;
                let table = ours.table(id.table)?;
                newest = newest.max(Some(entry.touch.clock.hlc));
                (table.no, table.cells(entry.touch.change), key)
            }
        };
        key.resize(keys.len(), Value::Null);
        let clock = entry.touch.clock;
        let head = [
            Value::Integer(replica),
            Value::Integer(entry.touch.dot.seq.cast_signed()),
            Value::Integer(clock.hlc.0.cast_signed()),
            Value::Integer(no),
            cells.map_or(Value::Null, Value::Integer),
            Value::Integer(clock.noise.into()),
        ];
        let is_own = entry.touch.dot.replica == name;
        let (statement, skip) = if is_own { (&own, 1) } else { (&received, 0) };
        let mut prepared = ours.connection.prepare_cached(statement.as_str())?;
        prepared.execute(params_from_iter(head.iter().skip(skip).chain(&key).map(Bound)))?;
        count += 1;
        Ok(())
    })?;
    Ok((count, newest))
}

/// Natural keys under which the rows of those lines were entered.
fn take_claims(
    ours: &mut Side<'_>,
    theirs: &Side<'_>,
    known: &VersionVector,
    numbers: &mut Numbers,
) -> Result<(), SqliteError> {
    let is_natural = |id: &RowId| matches!(theirs.rules.tables[id.table].identity, Identity::NaturalKey(_));
    let mut rows = BTreeSet::new();
    theirs.each_line(known, |entry| {
        rows.extend(entry.row.filter(is_natural));
        Ok(())
    })?;
    for id in rows {
        let local = numbers.local_key(ours, &id, Given::Hidden)?;
        for claim in theirs.claims(&id).map_err(super::read)? {
            let table = ours.table(id.table)?;
            let fields = table.natural_key.clone();
            let Some(claim) = ours.all_inward(id.table, &fields, &claim)? else { continue };
            let (values, keys) = table.claim_columns();
            let names: Vec<&str> = values.iter().chain(&keys).map(String::as_str).collect();
            let holes = [
                ("claim", Fill::ident(&table.names.claim())),
                ("columns", Fill::idents(&names)),
                ("values", Fill::Parameters(names.len())),
            ];
            let statement = Statement::fill(sql::merge::INSERT_CLAIM, &holes);
            let mut prepared = ours.connection.prepare_cached(statement.as_str())?;
            prepared.execute(params_from_iter(claim.iter().chain(&local).map(Bound)))?;
        }
    }
    Ok(())
}

fn raise(ours: &mut Side<'_>, theirs: &Side<'_>) -> Result<(), SqliteError> {
    let (known, peer) = (ours.known.clone(), theirs.own_name()?);
    let peer = intern(ours, peer)?;
    for dot in theirs.known.iter() {
        let replica = intern(ours, dot.replica)?;
        if !known.includes(dot) && dot.replica != ours.own_name()? {
            ours.connection.execute(sql::merge::RAISE_VECTOR, params![replica, dot.seq.cast_signed()])?;
        }
        ours.connection.execute(sql::merge::NOTE_PEER, params![peer, replica, dot.seq.cast_signed()])?;
    }
    Ok(())
}

/// Classes, open versions and repairs are few, and are written anew.
fn keep_states(
    ours: &mut Side<'_>,
    stage: &SqliteStage<'_>,
    plan: &Plan,
    numbers: &mut Numbers,
) -> Result<(), SqliteError> {
    execute(ours.connection, sql::merge::CLEAR_ALIASES)?;
    for (class, members) in plan.aliases.classes().enumerate() {
        for (id, birth) in members {
            let (no, key) = (ours.table(id.table)?.no, member(&numbers.local_key(ours, id, Given::Hidden)?));
            let replica = intern(ours, birth.replica)?;
            let line = params![no, key, place(class), birth.hlc.0.cast_signed(), birth.noise, replica];
            ours.connection.execute(sql::merge::INSERT_ALIAS, line)?;
        }
    }
    execute(ours.connection, sql::merge::CLEAR_VERSIONS)?;
    let mut versions: BTreeMap<RowId, Versions> = std::mem::take(&mut ours.versions);
    versions.extend(stage.versions.clone());
    for (id, versions) in &versions {
        keep_versions(ours, id, versions, numbers)?;
    }
    execute(ours.connection, sql::merge::CLEAR_REPAIRS)?;
    for (id, repair) in &plan.repairs.repairs {
        keep_repair(ours, stage, (id, repair), numbers)?;
    }
    for table in ours.tables.iter().flatten() {
        let holes = [("displaced", Fill::ident(&table.names.displaced()))];
        execute(ours.connection, Statement::fill(sql::merge::CLEAR_DISPLACED, &holes).as_str())?;
    }
    Ok(())
}

fn keep_versions(
    ours: &mut Side<'_>,
    id: &RowId,
    versions: &Versions,
    numbers: &mut Numbers,
) -> Result<(), SqliteError> {
    if versions.is_empty() {
        return Ok(());
    }
    let (no, key) = (ours.table(id.table)?.no, member(&numbers.local_key(ours, id, Given::Hidden)?));
    for (cell, versions) in versions.iter() {
        for version in versions {
            let Clock { hlc, noise, replica } = version.clock;
            let replica = intern(ours, replica)?;
            let value = match cell {
                Cell::Life => version.value.clone(),
                Cell::Field(field) => numbers.value(ours, id.table, field, &version.value)?,
            };
            let (seq, hlc) = (version.dot.seq.cast_signed(), hlc.0.cast_signed());
            let line = params![no, key, write_cell(cell), replica, seq, hlc, noise, Bound(&value)];
            ours.connection.prepare_cached(sql::merge::INSERT_VERSION)?.execute(line)?;
        }
    }
    Ok(())
}

fn keep_repair(
    ours: &mut Side<'_>,
    stage: &SqliteStage<'_>,
    (id, repair): (&RowId, &Repair),
    numbers: &mut Numbers,
) -> Result<(), SqliteError> {
    let image = match stage.decided(id)?.flatten() {
        Some(row) if !repair.nulled.is_empty() => Some(encode(&numbers.values(ours, id, &row.values)?)),
        _ => None,
    };
    let (no, key) = (ours.table(id.table)?.no, member(&numbers.local_key(ours, id, Given::Hidden)?));
    let (word, mask) = (super::repair::word(repair.shown), super::repair::mask(&repair.nulled));
    ours.connection
        .prepare_cached(sql::merge::INSERT_REPAIR)?
        .execute(params![no, key, word, mask, image])?;
    Ok(())
}
