//! What is kept about rows that are not simply what they are: classes, open versions, repairs, and what clients wrote since.

use super::code::{decode, from_engine};
use super::side::{Kept, Side, damaged, read_cell};
use crate::error::SqliteError;
use crate::sql;
use lifeboat_domain::dot::{Clock, Dot};
use lifeboat_domain::hlc::Hlc;
use lifeboat_domain::merge::{Cell, Change, MergePolicy, Repair, Row, RowId, Shown, Version, touches};
use lifeboat_domain::value::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Reads all of it.
pub(super) fn read(side: &mut Side<'_>) -> Result<(), SqliteError> {
    side.read_states()?;
    side.read_since()
}

impl Side<'_> {
    /// A row that the bookkeeping names, as of the last merge.
    fn member(&self, no: i64, member: &[u8]) -> Result<Option<RowId>, SqliteError> {
        let Some(at) = self.table_at(no) else { return Ok(None) };
        let mut key = decode(member)?;
        let fields = self.table(at)?.key.clone();
        self.follow(at, &fields, &mut key, self.merged.cast_signed())?;
        self.row_id(at, key).map(Some)
    }

    pub(super) fn read_states(&mut self) -> Result<(), SqliteError> {
        let mut classes: BTreeMap<i64, Vec<(RowId, Clock)>> = BTreeMap::new();
        let mut statement = self.connection.prepare(sql::merge::READ_ALIASES)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let Some(id) = self.member(row.get(0)?, &row.get::<_, Vec<u8>>(1)?)? else { continue };
            let clock = self.clock(row.get(3)?, row.get(4)?, row.get(5)?)?;
            classes.entry(row.get(2)?).or_default().push((id, clock));
        }
        for class in classes.into_values() {
            self.aliases.unite(class);
        }
        let mut open: BTreeMap<(RowId, Cell), Vec<Version>> = BTreeMap::new();
        let mut statement = self.connection.prepare(sql::merge::READ_VERSIONS)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let Some(id) = self.member(row.get(0)?, &row.get::<_, Vec<u8>>(1)?)? else { continue };
            let Some(cell) = read_cell(self.table(id.table)?, row.get(2)?) else { continue };
            let clock = self.clock(row.get(5)?, row.get(6)?, row.get(3)?)?;
            let dot = Dot { replica: clock.replica, seq: row.get::<_, i64>(4)?.cast_unsigned() };
            let mut value = from_engine(row.get_ref(7)?)?;
            let value = match cell {
                Cell::Field(field) => {
                    self.follow(
                        id.table,
                        &[field],
                        std::slice::from_mut(&mut value),
                        self.merged.cast_signed(),
                    )?;
                    self.outward(id.table, field, value)?
                }
                Cell::Life => value,
            };
            open.entry((id, cell)).or_default().push(Version { dot, clock, value });
        }
        for ((id, cell), versions) in open {
            self.versions.entry(id).or_default().hold(cell, versions);
        }
        let mut repairs = BTreeMap::new();
        let mut statement = self.connection.prepare(sql::merge::READ_REPAIRS)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let Some(id) = self.member(row.get(0)?, &row.get::<_, Vec<u8>>(1)?)? else { continue };
            let shown = super::repair::shown(&row.get::<_, String>(2)?).ok_or_else(damaged)?;
            let hidden = row.get::<_, Option<Vec<u8>>>(3)?;
            let hidden = super::repair::read(self.table(id.table)?, hidden.as_deref())?;
            let keys = self.rules.tables[id.table].foreign_keys.iter().enumerate();
            let nulled = keys.filter(|(_, key)| key.fields.iter().all(|field| hidden.contains_key(field)));
            let repair = Repair { shown, nulled: nulled.map(|(number, _)| number).collect() };
            let image = if hidden.is_empty() { None } else { self.image(&id, shown, hidden)? };
            repairs.insert(id, Kept { repair, image });
        }
        drop(rows);
        drop(statement);
        self.repairs = repairs;
        Ok(())
    }

    /// The row with the references that are shown empty.
    fn image(
        &self,
        id: &RowId,
        shown: Shown,
        hidden: BTreeMap<usize, Value>,
    ) -> Result<Option<Row>, SqliteError> {
        let Some(mut row) = self.plain_row(id)? else { return Ok(None) };
        for (field, mut value) in hidden {
            let at = self.merged.cast_signed();
            self.follow(id.table, &[field], std::slice::from_mut(&mut value), at)?;
            // A step may have written the row since.
            if row.values[field] == Value::Null {
                row.values[field] = self.outward(id.table, field, value)?;
            }
        }
        row.alive &= shown != Shown::Revived;
        Ok(Some(row))
    }

    fn clock(&self, hlc: i64, stamp: i64, replica: i64) -> Result<Clock, SqliteError> {
        let noise = u16::try_from(stamp).map_err(|_| damaged())?;
        Ok(Clock { hlc: Hlc(hlc.cast_unsigned()), noise, replica: self.replica(replica)? })
    }

    /// Own writes since the last merge: they close versions and lift repairs.
    pub(super) fn read_since(&mut self) -> Result<(), SqliteError> {
        let mut since: BTreeMap<RowId, Vec<Change>> = BTreeMap::new();
        let mut violated = BTreeSet::new();
        let concerns = |policy| policy == MergePolicy::AppendOnly;
        let any = self.rules.tables.iter().any(|table| concerns(table.policy));
        if !any && self.versions.is_empty() && self.repairs.is_empty() {
            return Ok(());
        }
        let own = self.own_name()?;
        self.own_lines(own, self.merged, self.last, &mut |entry| {
            let Some(id) = entry.row.filter(|_| !entry.touch.is_of_step()) else { return Ok(()) };
            let policy = self.rules.tables[id.table].policy;
            if concerns(policy) && entry.touch.change != Change::Insert {
                violated.insert(id);
            } else if self.versions.contains_key(&id) || self.repairs.contains_key(&id) {
                since.entry(id).or_default().push(entry.touch.change);
            }
            Ok(())
        })?;
        for (id, changes) in &since {
            let policy = self.rules.tables[id.table].policy;
            if let Some(versions) = self.versions.get_mut(id) {
                let cells: Vec<Cell> = versions.iter().map(|(cell, _)| cell).collect();
                for cell in cells {
                    if changes.iter().any(|change| touches(policy, *change, cell)) {
                        versions.close(cell);
                    }
                }
            }
        }
        (self.since, self.violated) = (since, violated);
        Ok(())
    }
}
