//! Carries a plan out: rows, lines, vectors, and what is kept about rows that are not shown as they are. Decides nothing.

use super::code::{Bound, place};
use super::compact;
use super::number::{Given, Numbers, intern};
use super::side::{Side, member, write_cell};
use super::spell::read_origin;
use super::stage::SqliteStage;
use super::statements::Prepared;
use super::table::{Place, Rewriting};
use crate::connection::execute;
use crate::error::SqliteError;
use crate::quoted::{Fill, Statement};
use crate::sql;
use lifeboat_domain::dot::{Clock, VersionVector};
use lifeboat_domain::hlc::Hlc;
use lifeboat_domain::merge::{Cell, Identity, MergePolicy, Plan, Raw, Repair, Row, RowId, Shown, Versions};
use lifeboat_domain::time::UtcMillis;
use lifeboat_domain::value::Value;
use rusqlite::{params, params_from_iter};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Written {
    pub(super) rows: u64,
    pub(super) lines: u64,
    /// Rows that are shown under another number than where they were made.
    pub(super) renumbered: Vec<RowId>,
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
    let (rows, renumbered) = write_rows(ours, stage, plan, &images, &mut numbers)?;
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
    Ok(Written { rows, lines, renumbered })
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
            stage.put(id, Some(row), &[])?;
        }
        if stage.decided(id)? == Some(None) {
            let shown = ours.standing(id, Place::Shown)?;
            let image = if shown.is_some() { shown } else { ours.standing(id, Place::Trash)? };
            images.extend(image.map(|image| (id.clone(), image)));
        }
    }
    Ok(images)
}

/// Rows of tables with unique values leave first, so that these can change hands between them.
fn write_rows(
    ours: &mut Side<'_>,
    stage: &SqliteStage<'_>,
    plan: &Plan,
    images: &BTreeMap<RowId, Vec<Value>>,
    numbers: &mut Numbers,
) -> Result<(u64, Vec<RowId>), SqliteError> {
    let mut renumbered = Vec::new();
    let shown =
        |id: &RowId, row: Option<&Row>| row.is_some_and(|row| is_shown(row, plan.repairs.repairs.get(id)));
    let counts = ours.tables.iter().flatten().any(|table| table.is_counted);
    let leaves = ours.tables.iter().flatten().any(|table| table.rewriting == Rewriting::OutAndIn);
    if counts || leaves {
        stage.each(|id, row| {
            let buried = if shown(id, row) { Numbers::buried(ours, id)? } else { None };
            if buried.is_some() || ours.table(id.table)?.rewriting == Rewriting::OutAndIn {
                leave(ours, id, &[Place::Shown, Place::Trash])?;
            }
            buried.map_or(Ok(()), |number| numbers.unbury(ours, id.table, number))
        })?;
    }
    if counts {
        stage.each(|id, _| match ours.table(id.table)?.is_counted {
            true => numbers.reserve(ours, id),
            false => Ok(()),
        })?;
        // Every row has its number before one is written that refers to it.
        stage.each(|id, row| {
            if row.is_none() || !ours.table(id.table)?.is_counted {
                return Ok(());
            }
            let is_new = ours.local_key(id)?.is_none();
            let local = numbers.local_key(ours, id, Given::Seen)?;
            if is_new && shown(id, row) && is_renumbered(id, &local) {
                renumbered.push(id.clone());
            }
            Ok(())
        })?;
    }
    let mut count = 0;
    stage.each(|id, row| {
        count += 1;
        match row {
            None => {
                leave(ours, id, &[Place::Shown, Place::Trash])?;
                images.get(id).map_or(Ok(()), |image| put(ours, id, image, Place::Trash, numbers))
            }
            Some(row) if shown(id, Some(row)) => show(ours, id, row, plan, numbers),
            Some(row) => {
                leave(ours, id, &[Place::Shown, Place::Trash])?;
                put(ours, id, &row.values, Place::Trash, numbers)
            }
        }
    })?;
    Ok((count, renumbered))
}

fn is_renumbered(id: &RowId, local: &[Value]) -> bool {
    let born = id.key.first().and_then(read_origin).map(|origin| Value::Integer(origin.number));
    born.is_some_and(|born| local.first() != Some(&born))
}

/// The row stands in none of these places any more.
fn leave(ours: &Side<'_>, id: &RowId, places: &[Place]) -> Result<(), SqliteError> {
    let Some(local) = ours.local_key(id)? else { return Ok(()) };
    let table = ours.table(id.table)?;
    for place in places {
        table.statements.delete_row(*place).execute(ours.connection, local.iter())?;
    }
    Ok(())
}

fn show(
    ours: &mut Side<'_>,
    id: &RowId,
    row: &Row,
    plan: &Plan,
    numbers: &mut Numbers,
) -> Result<(), SqliteError> {
    let nulled =
        plan.repairs.repairs.get(id).map(|repair| &repair.nulled).filter(|nulled| !nulled.is_empty());
    let mut values = Cow::Borrowed(&row.values);
    for number in nulled.into_iter().flatten() {
        for field in &ours.rules.tables[id.table].foreign_keys[*number].fields {
            values.to_mut()[*field] = Value::Null;
        }
    }
    let local = numbers.values(ours, id, &values)?;
    let table = ours.table(id.table)?;
    if table.rewriting == Rewriting::InPlace {
        let key = table.key.iter().map(|field| &local[*field]);
        let stood = table.statements.update_row().execute(ours.connection, local.iter().chain(key))? > 0;
        let keeps_birth = ours.rules.tables[id.table].policy == MergePolicy::AppendOnly;
        if !stood || keeps_birth {
            leave(ours, id, &[Place::Trash])?;
        }
        if stood {
            return Ok(());
        }
    }
    insert(ours, id.table, &local, Place::Shown)
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
    insert(ours, id.table, &local, place)
}

fn insert(ours: &Side<'_>, table: usize, local: &[Value], place: Place) -> Result<(), SqliteError> {
    ours.table(table)?.statements.insert_row(place).execute(ours.connection, local.iter()).map(drop)
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
    let received = Prepared::new(Statement::fill(sql::merge::INSERT_RECEIVED, &holes));
    let own = Prepared::new(Statement::fill(sql::merge::INSERT_OWN, &holes));
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
        statement.execute(ours.connection, head.iter().skip(skip).chain(&key))?;
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
    if theirs.tables.iter().flatten().all(|table| table.natural_key.is_empty()) {
        return Ok(());
    }
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
    // Whom they know we wait for too: through them it is merged with us.
    for (peer, known) in compact::peers(theirs)? {
        let peer = intern(ours, peer)?;
        for dot in known.iter() {
            let replica = intern(ours, dot.replica)?;
            ours.connection.execute(sql::merge::NOTE_PEER, params![peer, replica, dot.seq.cast_signed()])?;
        }
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
            let line = params![
                no,
                key,
                write_cell(ours.table(id.table)?, cell),
                replica,
                seq,
                hlc,
                noise,
                Bound(&value)
            ];
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
    let mut hidden = BTreeMap::new();
    if let Some(row) = stage.decided(id)?.flatten() {
        let keys = repair.nulled.iter().map(|number| &ours.rules.tables[id.table].foreign_keys[*number]);
        for field in keys.flat_map(|key| &key.fields) {
            hidden.insert(*field, numbers.value(ours, id.table, *field, &row.values[*field])?);
        }
    }
    let key = member(&numbers.local_key(ours, id, Given::Hidden)?);
    let table = ours.table(id.table)?;
    let (word, hidden) = (super::repair::word(repair.shown), super::repair::write(table, hidden));
    let line = params![table.no, key, word, hidden];
    ours.connection.prepare_cached(sql::merge::INSERT_REPAIR)?.execute(line)?;
    Ok(())
}
