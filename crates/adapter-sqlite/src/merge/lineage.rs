//! Branches of one replica: found by their stamps, and renamed where they parted. A copy of a copy, and a restored backup,
//! are told so before anything is compared.

use super::number::intern;
use super::side::Side;
use super::spell::read_origin;
use crate::error::SqliteError;
use crate::sql;
use lifeboat_domain::dot::{Dot, VersionVector};
use lifeboat_domain::hlc::Hlc;
use lifeboat_domain::id::ReplicaId;
use lifeboat_domain::merge::{Change, Entry, RowId, Split, Stamp, diverge};
use rusqlite::{OptionalExtension, params};
use std::cell::RefCell;
use std::collections::BTreeSet;

/// How two sides stand to one another.
pub(super) enum Kinship {
    /// What both know of each replica are the same writes.
    Same,
    /// A branch is known by the name of another one on this side.
    Parted(Split),
    /// Lines that would tell were dropped: on our side?
    Unknown { ours: bool },
}

/// The first branch that two sides do not share.
pub(super) fn kinship(ours: &Side<'_>, theirs: &Side<'_>) -> Result<Kinship, SqliteError> {
    let parted = |split: Split| {
        let floor = if split.ours { &ours.floor } else { &theirs.floor };
        match floor.of(split.replica) > split.after {
            true => Kinship::Unknown { ours: split.ours },
            false => Kinship::Parted(split),
        }
    };
    let (ours_side, theirs_side, floor) = (ours, theirs, &ours.floor);
    let common = ours.known.meet(&theirs.known);
    for dot in common.iter() {
        let failed = RefCell::new(None);
        let told = |stamp: Result<Option<Stamp>, SqliteError>| {
            stamp.unwrap_or_else(|error| {
                failed.replace(Some(error));
                None
            })
        };
        let (ours, theirs) =
            (|seq| told(stamp(ours, dot.replica, seq)), |seq| told(stamp(theirs, dot.replica, seq)));
        let found = diverge(dot.replica, dot.seq, ours, theirs);
        if let Some(error) = failed.into_inner() {
            return Err(error);
        }
        match found {
            Ok(None) => {}
            Ok(Some(split)) => return Ok(parted(split)),
            Err(gone) => {
                let ours = floor.includes(Dot { replica: dot.replica, seq: gone });
                return Ok(Kinship::Unknown { ours });
            }
        }
    }
    let split = match recognised(ours_side, theirs_side)? {
        Some(split) => Some(split),
        None => recognised(theirs_side, ours_side)?.map(|split| Split { ours: false, ..split }),
    };
    Ok(split.map_or(Kinship::Same, parted))
}

/// A branch that this side has under the old name still, and the other one knows by its own: the first line of both is the
/// same write.
fn recognised(side: &Side<'_>, other: &Side<'_>) -> Result<Option<Split>, SqliteError> {
    let (here, there) = (&side.known, &other.known);
    for branch in there.iter().filter(|dot| here.of(dot.replica) == 0) {
        let Some(first) = first_line(other, branch.replica)? else { continue };
        let write = stamp(other, branch.replica, first)?;
        for old in here.iter().filter(|dot| dot.seq >= first && dot.replica != branch.replica) {
            let same = stamp(side, old.replica, first)? == write && write.is_some_and(|w| w.hlc > Hlc::ZERO);
            if same {
                let (replica, to, after) = (old.replica, branch.replica, first - 1);
                return Ok(Some(Split { replica, after, to, ours: true }));
            }
        }
    }
    Ok(None)
}

/// The number of the first line under this name.
fn first_line(side: &Side<'_>, replica: ReplicaId) -> Result<Option<u64>, SqliteError> {
    let mut first = None;
    if let Some(no) = side.replica_no(replica) {
        let received: Option<i64> =
            side.connection.query_row(sql::merge::FIRST_RECEIVED, [no], |row| row.get(0))?;
        first = received.map(i64::cast_unsigned);
    }
    for epoch in side.epochs.iter().filter(|epoch| epoch.last >= epoch.first) {
        if side.replica(epoch.replica)? == replica {
            first = Some(first.map_or(epoch.first, |known: u64| known.min(epoch.first)));
        }
    }
    Ok(first)
}

/// When a write was made; the time before all where it belongs to the replica that the branch left.
fn stamp(side: &Side<'_>, replica: ReplicaId, seq: u64) -> Result<Option<Stamp>, SqliteError> {
    let read = |row: &rusqlite::Row<'_>| -> rusqlite::Result<Stamp> {
        Ok(Stamp { hlc: Hlc(row.get::<_, i64>(0)?.cast_unsigned()), noise: row.get(1)? })
    };
    let number = seq.cast_signed();
    for epoch in &side.epochs {
        if side.replica(epoch.replica)? == replica && (epoch.first..=epoch.last).contains(&seq) {
            let mut statement = side.connection.prepare_cached(sql::merge::READ_STAMP)?;
            return Ok(statement.query_row([number], read).optional()?);
        }
    }
    if let Some(no) = side.replica_no(replica) {
        let mut statement = side.connection.prepare_cached(sql::merge::READ_RECEIVED_STAMP)?;
        if let Some(stamp) = statement.query_row([no, number], read).optional()? {
            return Ok(Some(stamp));
        }
    }
    let is_dropped = side.floor.includes(Dot { replica, seq });
    Ok((!is_dropped).then_some(Stamp { hlc: Hlc::ZERO, noise: 0 }))
}

/// Gives the branch its name, in everything that this side keeps. The side is to be opened anew afterwards.
pub(super) fn rename(side: &mut Side<'_>, split: Split) -> Result<(), SqliteError> {
    let made = made_by_branch(side, split)?;
    let old = intern(side, split.replica)?;
    let new = intern(side, split.to)?;
    let after = split.after.cast_signed();
    let since = since_clock(side, split)?;
    for (table, number, origin) in made {
        let no = side.table(table)?.no;
        side.connection.execute(sql::merge::RENAME_ORIGIN, params![no, number, new, origin])?;
    }
    rename_epoch(side, split, new)?;
    if let Some(last) = side.received.get(&old).copied().filter(|last| *last > split.after) {
        side.connection.execute(sql::merge::RENAME_RECEIVED, params![old, new, after])?;
        side.connection.execute(sql::merge::CUT_VECTOR, [old, after])?;
        side.connection.execute(sql::merge::RAISE_VECTOR, params![new, last.cast_signed()])?;
    }
    side.connection.execute(sql::merge::RENAME_BIRTHS, params![old, new, since])?;
    side.connection.execute(sql::merge::RENAME_VERSIONS, params![old, new, after])?;
    side.connection.execute(sql::merge::CUT_PEERS, [old, after])?;
    Ok(())
}

/// Births carry a clock, not a number: those later than the last shared write are the branch's.
fn since_clock(side: &Side<'_>, split: Split) -> Result<i64, SqliteError> {
    if split.after == 0 {
        return Ok(0);
    }
    let shared = stamp(side, split.replica, split.after)?;
    Ok(shared.map_or(0, |stamp| stamp.hlc.0.cast_signed()))
}

/// Rows that were made before the branches parted, also where a branch has entered them once more.
fn made_before(side: &Side<'_>, split: Split) -> Result<BTreeSet<RowId>, SqliteError> {
    let mut made = BTreeSet::new();
    side.each_line(&VersionVector::default(), |Entry { touch, row }| {
        let shared = touch.dot.replica == split.replica && touch.dot.seq <= split.after;
        made.extend(row.filter(|_| shared && touch.change == Change::Insert));
        Ok(())
    })?;
    Ok(made)
}

/// Numbered rows that the branch has made, under the old name still: table, number here, number of the origin.
fn made_by_branch(side: &Side<'_>, split: Split) -> Result<Vec<(usize, i64, i64)>, SqliteError> {
    let mut since = side.known.clone();
    since.cut(split.replica, split.after);
    let shared = made_before(side, split)?;
    let mut made = Vec::new();
    side.each_line(&since, |Entry { touch, row }| {
        let of_branch = touch.dot.replica == split.replica && touch.change == Change::Insert;
        let row = row.filter(|row| of_branch && !shared.contains(row));
        let Some(RowId { table, key }) = row else { return Ok(()) };
        let [value] = key.as_slice() else { return Ok(()) };
        let counted = side.table(table)?.is_counted;
        if let Some(origin) = read_origin(value).filter(|origin| counted && origin.replica == split.replica)
            && let Some(number) = side.number(table, origin)?
        {
            made.push((table, number, origin.number));
        }
        Ok(())
    })?;
    Ok(made)
}

/// Own lines beyond the last shared one are the branch's; where they are the newest, this copy goes on under its name.
fn rename_epoch(side: &Side<'_>, split: Split, new: i64) -> Result<(), SqliteError> {
    for (at, epoch) in side.epochs.iter().enumerate() {
        if side.replica(epoch.replica)? != split.replica || epoch.last <= split.after {
            continue;
        }
        let place = i64::try_from(at).unwrap_or(i64::MAX) + 1;
        let first = epoch.first.max(split.after + 1).cast_signed();
        for statement in [sql::merge::SHIFT_EPOCHS, sql::merge::SHIFT_MARKS] {
            side.connection.execute(statement, [place])?;
        }
        for statement in [sql::merge::SETTLE_EPOCHS, sql::merge::SETTLE_MARKS] {
            side.connection.execute(statement, [])?;
        }
        side.connection.execute(sql::merge::INSERT_EPOCH, params![place + 1, new, first])?;
        side.connection.execute(sql::merge::DROP_RECEIVED, params![new, first, epoch.last.cast_signed()])?;
        if at + 1 == side.epochs.len() {
            open_marks(side, place + 1, new)?;
        }
    }
    Ok(())
}

fn open_marks(side: &Side<'_>, epoch: i64, replica: i64) -> Result<(), SqliteError> {
    for at in 0..side.tables.len() {
        let Some(table) = side.tables[at].as_ref().filter(|table| table.is_counted) else { continue };
        let highest = super::number::highest(side, at)?;
        side.connection.execute(sql::merge::INSERT_MARK, params![table.no, epoch, replica, highest])?;
    }
    Ok(())
}
