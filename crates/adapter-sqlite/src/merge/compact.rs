//! What every known peer has is forgotten: lines whose rows no longer need them, and deleted rows that nothing brings back
//! (docs/adr/0027-what-everybody-has-is-forgotten.md). It never changes a row that a client sees.

use super::code::from_engine;
use super::side::Side;
use super::table::Place;
use crate::error::SqliteError;
use crate::migrate::transaction;
use crate::quoted::{Fill, Statement};
use crate::sql;
use lifeboat_domain::dot::{Dot, VersionVector};
use lifeboat_domain::id::ReplicaId;
use lifeboat_domain::merge::{Anchors, Change, Entry, Forgetting, KeyShape, RowId, floor, may_drop};
use lifeboat_domain::value::Value;
use lifeboat_ports::{CompactOrder, Compacted, PeerState, PortErrorKind, Trial};
use rusqlite::{Connection, params};
use std::collections::{BTreeMap, BTreeSet};

/// Lines that are looked at before the first of them go.
const PAGE: u64 = 1 << 16;

pub(super) fn compact(connection: &Connection, order: &CompactOrder) -> Result<Compacted, SqliteError> {
    let mut done = None;
    let ran = transaction::within(connection, |connection| {
        let compacted = within(connection, order)?;
        match order.trial {
            Trial::CarryOut => Ok(compacted),
            Trial::Rehearse => {
                done = Some(compacted);
                Err(SqliteError::Found(PortErrorKind::Cancelled, "only rehearsed"))
            }
        }
    });
    done.map_or(ran, Ok)
}

fn within(connection: &Connection, order: &CompactOrder) -> Result<Compacted, SqliteError> {
    if crate::track::registry::tracking(connection)?.is_none() {
        return Err(SqliteError::Found(PortErrorKind::NotFound, "the database is not tracked"));
    }
    let side = Side::open(connection, &order.rules)?;
    for gone in &order.forget {
        let peers =
            side.replica_no(*gone).map_or(Ok(0), |no| connection.execute(sql::merge::FORGET_PEER, [no]))?;
        if peers == 0 {
            return Err(SqliteError::Found(PortErrorKind::NotFound, "no such copy is known"));
        }
    }
    let known = peers(&side)?;
    let vectors: Vec<VersionVector> = known.values().cloned().collect();
    let floor = floor(&side.known, &vectors);
    let firsts = firsts(&side)?;
    let anchors = Anchors { ours: &side.known, peers: &vectors, firsts: &firsts };
    let work = Work { side: &side, floor: &floor, anchors };
    let tombstones = work.drop_tombstones()?;
    let lines = work.drop_lines()?;
    if tombstones + lines > 0 {
        for dot in floor.iter() {
            let no = side.replica_no(dot.replica).ok_or_else(super::side::damaged)?;
            connection.execute(sql::merge::RAISE_FLOOR, params![no, dot.seq.cast_signed()])?;
        }
    }
    let lacks = |vector: &VersionVector| {
        side.known.iter().map(|dot| dot.seq.saturating_sub(vector.of(dot.replica))).sum()
    };
    let states = known.iter().map(|(replica, vector)| PeerState { replica: *replica, lacks: lacks(vector) });
    Ok(Compacted { lines, tombstones, peers: states.collect() })
}

/// What others were known to have; not what this copy is called itself, or was.
pub(super) fn peers(side: &Side<'_>) -> Result<BTreeMap<ReplicaId, VersionVector>, SqliteError> {
    let mut statement = side.connection.prepare(sql::merge::READ_PEERS)?;
    let mut rows = statement.query([])?;
    let mut peers: BTreeMap<ReplicaId, VersionVector> = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let no: i64 = row.get(0)?;
        if side.epochs.iter().any(|epoch| epoch.replica == no) {
            continue;
        }
        let dot = Dot { replica: side.replica(row.get(1)?)?, seq: row.get::<_, i64>(2)?.cast_unsigned() };
        peers.entry(side.replica(no)?).or_default().raise(dot);
    }
    Ok(peers)
}

/// The first line of each replica: by it a branch is known, so it is never dropped.
fn firsts(side: &Side<'_>) -> Result<VersionVector, SqliteError> {
    let mut firsts: BTreeMap<ReplicaId, u64> = BTreeMap::new();
    let mut note = |replica: ReplicaId, seq: u64| {
        firsts.entry(replica).and_modify(|known| *known = seq.min(*known)).or_insert(seq);
    };
    for epoch in &side.epochs {
        note(side.replica(epoch.replica)?, epoch.first);
    }
    for no in side.received.keys() {
        let first: Option<i64> =
            side.connection.query_row(sql::merge::FIRST_RECEIVED, [no], |row| row.get(0))?;
        if let Some(first) = first {
            note(side.replica(*no)?, first.cast_unsigned());
        }
    }
    Ok(firsts.into_iter().map(|(replica, seq)| Dot { replica, seq }).collect())
}

struct Work<'a, 'c> {
    side: &'a Side<'c>,
    floor: &'a VersionVector,
    anchors: Anchors<'a>,
}

impl Work<'_, '_> {
    fn forgetting(&self, table: usize) -> Result<Forgetting, SqliteError> {
        let is_counted = self.side.table(table)?.is_counted;
        let key = if is_counted { KeyShape::Counted(0) } else { KeyShape::Columns(Vec::new()) };
        Ok(self.side.rules.forgetting(table, &key))
    }

    /// Deleted rows of which everybody knows, and that nobody disputes.
    fn drop_tombstones(&self) -> Result<u64, SqliteError> {
        let side = self.side;
        let mut forgetful = BTreeSet::new();
        for (at, _) in side.tables.iter().enumerate().filter(|(_, table)| table.is_some()) {
            if self.forgetting(at)? == Forgetting::LinesAndTombstones {
                forgetful.insert(at);
            }
        }
        let mut recent: BTreeSet<RowId> = BTreeSet::new();
        if !forgetful.is_empty() {
            side.each_line(self.floor, |entry| {
                recent.extend(entry.row.filter(|row| forgetful.contains(&row.table)));
                Ok(())
            })?;
        }
        let mut dropped = 0;
        for table in forgetful {
            let mut last = i64::MIN;
            loop {
                let page = self.page_of_trash(table, last)?;
                let Some((end, _)) = page.last() else { break };
                last = *end;
                for (_, key) in page {
                    let row = RowId { table, key };
                    if !recent.contains(&row) && !side.versions.contains_key(&row) {
                        let delete = side.table(table)?.statements.delete_row(Place::Trash);
                        delete.execute(side.connection, row.key.iter())?;
                        dropped += 1;
                    }
                }
            }
        }
        Ok(dropped)
    }

    fn page_of_trash(&self, at: usize, after: i64) -> Result<Vec<(i64, Vec<Value>)>, SqliteError> {
        let table = self.side.table(at)?;
        let keys: Vec<&str> = table.key.iter().map(|field| table.slots[*field].as_str()).collect();
        let holes = [("keys", Fill::idents(&keys)), ("trash", Fill::ident(&table.names.trash()))];
        let statement = Statement::fill(sql::merge::PAGE_TRASH, &holes);
        let mut prepared = self.side.connection.prepare_cached(statement.as_str())?;
        let mut rows = prepared.query([after])?;
        let mut page = Vec::new();
        while let Some(row) = rows.next()? {
            let key = (0..keys.len()).map(|at| from_engine(row.get_ref(at + 1)?));
            page.push((row.get(0)?, key.collect::<Result<_, SqliteError>>()?));
        }
        Ok(page)
    }

    fn drop_lines(&self) -> Result<u64, SqliteError> {
        let side = self.side;
        let mut dropped = 0;
        for epoch in &side.epochs {
            let last = epoch.last.min(self.floor.of(side.replica(epoch.replica)?));
            let replica = side.replica(epoch.replica)?;
            dropped += self.drop_range((epoch.first, last), None, &mut |from, to, each| {
                side.own_lines(replica, from, to, each)
            })?;
        }
        for (no, last) in &side.received {
            let last = (*last).min(self.floor.of(side.replica(*no)?));
            dropped += self.drop_range((1, last), Some(*no), &mut |from, to, each| {
                side.received_lines(*no, from, to, each)
            })?;
        }
        Ok(dropped)
    }

    /// Lines of one replica, some at a time.
    fn drop_range(
        &self,
        (first, last): (u64, u64),
        received: Option<i64>,
        read: &mut Reading<'_>,
    ) -> Result<u64, SqliteError> {
        let mut dropped = 0;
        let mut from = first.saturating_sub(1);
        while from < last {
            let to = last.min(from + PAGE);
            let mut gone: Vec<u64> = Vec::new();
            read(from, to, &mut |entry| {
                if self.may_go(&entry)? {
                    gone.push(entry.touch.dot.seq);
                }
                Ok(())
            })?;
            for seq in &gone {
                let seq = seq.cast_signed();
                match received {
                    None => self.side.connection.prepare_cached(sql::merge::DROP_OWN_LINE)?.execute([seq])?,
                    Some(no) => self
                        .side
                        .connection
                        .prepare_cached(sql::merge::DROP_RECEIVED_LINE)?
                        .execute([no, seq])?,
                };
            }
            dropped += gone.len() as u64;
            from = to;
        }
        Ok(dropped)
    }

    fn may_go(&self, Entry { touch, row }: &Entry) -> Result<bool, SqliteError> {
        let Some(row) = row.as_ref().filter(|_| may_drop(touch.dot, self.floor, self.anchors)) else {
            return Ok(false);
        };
        let stands = || self.side.standing(row, Place::Shown).map(|row| row.is_some());
        let is_plain = !self.side.repairs.contains_key(row) && !self.side.violated.contains(row);
        match self.forgetting(row.table)? {
            Forgetting::Nothing => Ok(false),
            Forgetting::Lines => Ok(touch.change != Change::Delete && is_plain && stands()?),
            Forgetting::LinesAndTombstones if stands()? => Ok(touch.change != Change::Delete && is_plain),
            Forgetting::LinesAndTombstones => Ok(self.side.standing(row, Place::Trash)?.is_none()),
        }
    }
}

/// Gives the lines of a range.
type Reading<'a> =
    dyn FnMut(u64, u64, &mut dyn FnMut(Entry) -> Result<(), SqliteError>) -> Result<(), SqliteError> + 'a;
