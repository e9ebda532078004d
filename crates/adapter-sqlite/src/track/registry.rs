//! What the database itself says of its tracking: numbers of tables, bits of columns, names.

use super::names;
use super::plan::Slot;
use super::shape::Surveyed;
use crate::error::SqliteError;
use crate::quoted::{Fill, Statement};
use crate::sql;
use lifeboat_domain::id::{ReplicaId, TableName};
use lifeboat_domain::merge::{ForeignKey, KeyShape, MergePolicy, Rules, TableRules};
use lifeboat_domain::tracking::{Genesis, Tracking};
use lifeboat_ports::PortErrorKind;
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::BTreeMap;

/// The format that this build writes and reads (docs/formats/tracking.md).
pub(super) const FORMAT: i64 = 1;

/// One table as it is registered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Registered {
    pub(crate) no: i64,
    pub(crate) name: String,
    pub(crate) rule: String,
    pub(crate) is_tracked: bool,
    /// None where it was never tracked.
    pub(crate) policy: Option<MergePolicy>,
}

/// The head of the bookkeeping.
pub(super) struct Head {
    pub(super) genesis: Genesis,
    pub(super) replica: ReplicaId,
    pub(super) writes: i64,
}

pub(super) fn head(connection: &Connection) -> Result<Option<Head>, SqliteError> {
    let exists: i64 = connection.query_row(sql::track::HAS_TRACKING, [], |row| row.get(0))?;
    if exists == 0 {
        return Ok(None);
    }
    let unknown = || SqliteError::Found(PortErrorKind::UnknownFormat, "lifeboat_tracking has another shape");
    let Ok(mut statement) = connection.prepare(sql::track::READ_TRACKING) else { return Err(unknown()) };
    let read = statement.query_row([], |row| {
        let (format, genesis, replica): (i64, Vec<u8>, Vec<u8>) = (row.get(0)?, row.get(1)?, row.get(2)?);
        Ok((format, genesis, replica, row.get(3)?))
    });
    let (format, genesis, replica, writes) = read.optional()?.ok_or_else(unknown)?;
    if format != FORMAT {
        let what = "tracked by another version of Lifeboat";
        return Err(SqliteError::Found(PortErrorKind::UnknownFormat, what));
    }
    let genesis = Genesis(genesis.try_into().map_err(|_| unknown())?);
    let replica = ReplicaId::from_bytes(replica.try_into().map_err(|_| unknown())?);
    Ok(Some(Head { genesis, replica, writes }))
}

pub(crate) fn tables(connection: &Connection) -> Result<Vec<Registered>, SqliteError> {
    let mut statement = connection.prepare_cached(sql::track::LIST_REGISTRY)?;
    let tables = statement.query_map([], |row| {
        let word: String = row.get(4)?;
        let policy = MergePolicy::ALL.into_iter().find(|policy| policy.word() == word);
        let (no, name, rule, is_tracked) = (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
        Ok(Registered { no, name, rule, is_tracked, policy })
    })?;
    Ok(tables.collect::<Result<_, _>>()?)
}

pub(crate) fn slots(connection: &Connection, no: i64) -> Result<Vec<Slot>, SqliteError> {
    let mut statement = connection.prepare_cached(sql::track::LIST_COLUMNS)?;
    let slots = statement.query_map([no], |row| Ok(Slot { bit: row.get(0)?, name: row.get(1)? }))?;
    Ok(slots.collect::<Result<_, _>>()?)
}

/// Up to which line the triggers were as they should be, and the last line.
pub(super) fn audited(connection: &Connection) -> Result<(i64, i64), SqliteError> {
    Ok(connection.query_row(sql::track::READ_AUDITED, [], |row| Ok((row.get(0)?, row.get(1)?)))?)
}

/// How far a table was counted when the last epoch was opened; 0 where it is not counted.
pub(super) fn highest(connection: &Connection, no: i64) -> Result<i64, SqliteError> {
    let mut statement = connection.prepare_cached(sql::track::READ_MARK)?;
    Ok(statement.query_row([no], |row| row.get(0)).optional()?.unwrap_or(0))
}

/// Columns of a table that hold numbers of counted tables, with the number of each table.
pub(super) fn parents(
    connection: &Connection,
    rules: &Rules,
    table: &TableRules,
    surveyed: &[Surveyed],
) -> Result<Vec<(usize, i64)>, SqliteError> {
    let registered = tables(connection)?;
    let number = |parent: &TableRules| {
        let name = parent.name.as_str();
        let is_counted = surveyed.iter().any(|one| {
            one.shape.name.as_str().eq_ignore_ascii_case(name)
                && matches!(one.shape.key, KeyShape::Counted(_))
        });
        let named = registered.iter().find(|one| one.name.eq_ignore_ascii_case(name));
        named.filter(|_| is_counted).map(|one| one.no)
    };
    let of = |key: &ForeignKey| match key.fields.as_slice() {
        [field] => number(&rules.tables[key.parent]).map(|no| (*field, no)),
        _ => None,
    };
    Ok(table.foreign_keys.iter().filter_map(of).collect())
}

/// The short number of a replica, given where it has none.
pub(crate) fn intern(connection: &Connection, id: ReplicaId) -> Result<i64, SqliteError> {
    let mut statement = connection.prepare_cached(sql::track::FIND_REPLICA)?;
    if let Some(no) = statement.query_row([id.as_bytes()], |row| row.get(0)).optional()? {
        return Ok(no);
    }
    let no: i64 = connection.query_row(sql::merge::HIGHEST_REPLICA, [], |row| row.get(0))?;
    connection.execute(sql::track::INSERT_REPLICA, params![no, id.as_bytes()])?;
    Ok(no)
}

/// The highest number in a column; 0 where there is none.
pub(crate) fn highest_in(connection: &Connection, table: &str, column: &str) -> Result<i64, SqliteError> {
    let holes = [("table", Fill::ident(table)), ("key", Fill::ident(column))];
    let statement = Statement::fill(sql::track::READ_HIGHEST, &holes);
    Ok(connection.query_row(statement.as_str(), [], |row| row.get(0))?)
}

/// A trigger of ours as it stands: its table and its text.
pub(super) struct Standing {
    pub(super) table: String,
    pub(super) text: String,
}

pub(super) fn triggers(connection: &Connection) -> Result<BTreeMap<String, Standing>, SqliteError> {
    let mut statement = connection.prepare_cached(sql::track::LIST_TRIGGERS)?;
    let triggers = statement
        .query_map([], |row| Ok((row.get(0)?, Standing { table: row.get(1)?, text: row.get(2)? })))?;
    let mut triggers: BTreeMap<String, Standing> = triggers.collect::<Result<_, _>>()?;
    triggers.retain(|name, _| names::is_trigger(name));
    Ok(triggers)
}

/// The whole, as callers see it.
pub(crate) fn tracking(connection: &Connection) -> Result<Option<Tracking>, SqliteError> {
    let Some(head) = head(connection)? else { return Ok(None) };
    let tables = tables(connection)?.into_iter().filter(|table| table.is_tracked);
    Ok(Some(Tracking {
        genesis: head.genesis,
        replica: head.replica,
        writes: head.writes.cast_unsigned(),
        tables: tables.map(|table| TableName::new(table.name)).collect(),
    }))
}
