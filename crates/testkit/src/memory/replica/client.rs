//! What a client does to the reference replica, and what a database would refuse.

use super::MemoryReplica;
use lifeboat_domain::dot::Dot;
use lifeboat_domain::hlc::Hlc;
use lifeboat_domain::merge::{
    Cell, Cells, Change, Entry, Identity, MergePolicy, OnDelete, Row, RowId, Shown, inherit, touches,
};
use lifeboat_domain::time::UtcMillis;
use lifeboat_domain::value::Value;

/// Why a client's write was refused, as a database would refuse it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// The key is taken.
    Taken,
    /// There is no such row.
    Absent,
    /// A parent is not there.
    Orphan,
    /// Children are still there.
    HasChildren,
    /// Another row has the value.
    NotUnique,
}

impl MemoryReplica {
    /// Adds a row, as an INSERT does.
    ///
    /// # Errors
    /// [`Refused`]; nothing was changed.
    pub fn insert(&mut self, now: UtcMillis, table: usize, values: Vec<Value>) -> Result<Dot, Refused> {
        let key = self.rules.tables[table].key.iter().map(|field| values[*field].clone()).collect();
        let id = RowId { table, key };
        if self.shown_row(&id).is_some() {
            return Err(Refused::Taken);
        }
        // A key that stands for another row since a merge: as if the number had been given again.
        if self.aliases.canonical(&id) != id {
            return Err(Refused::Taken);
        }
        self.check(&id, &values)?;
        if let Identity::NaturalKey(fields) = &self.rules.tables[table].identity {
            let claim = fields.iter().map(|field| values[*field].clone()).collect();
            self.claims.entry(id.clone()).or_default().insert(claim);
        }
        Ok(self.write(now, &id, Change::Insert, Some(values)))
    }

    /// Changes one column, as an UPDATE does.
    ///
    /// # Errors
    /// [`Refused`]; nothing was changed.
    pub fn update(&mut self, now: UtcMillis, id: &RowId, field: usize, value: Value) -> Result<Dot, Refused> {
        let mut values = self.shown_row(id).ok_or(Refused::Absent)?;
        values[field] = value;
        self.check(id, &values)?;
        let cells: Cells = std::iter::once(field).collect();
        Ok(self.write(now, id, Change::Update(cells), Some(values)))
    }

    /// Removes a row with its cascades, as a DELETE does.
    ///
    /// # Errors
    /// [`Refused`]; nothing was changed.
    pub fn delete(&mut self, now: UtcMillis, id: &RowId) -> Result<Dot, Refused> {
        self.shown_row(id).ok_or(Refused::Absent)?;
        let mut falling = vec![id.clone()];
        let mut nulled = Vec::new();
        let mut at = 0;
        while at < falling.len() {
            for (child, number) in self.shown_children(&falling[at].clone()) {
                match self.rules.tables[child.table].foreign_keys[number].on_delete {
                    OnDelete::Nothing if falling.contains(&child) => {}
                    OnDelete::Nothing => return Err(Refused::HasChildren),
                    OnDelete::Cascade if !falling.contains(&child) => falling.push(child),
                    OnDelete::Cascade => {}
                    OnDelete::SetNull => nulled.push((child, number)),
                }
            }
            at += 1;
        }
        // A row that falls itself is not written any more.
        nulled.retain(|(child, _)| !falling.contains(child));
        for (child, number) in nulled {
            let Some(mut values) = self.shown_row(&child) else { continue };
            let fields = self.rules.tables[child.table].foreign_keys[number].fields.clone();
            fields.iter().for_each(|field| values[*field] = Value::Null);
            self.write(now, &child, Change::Update(fields.into_iter().collect()), Some(values));
        }
        let dots: Vec<Dot> =
            falling.into_iter().map(|row| self.write(now, &row, Change::Delete, None)).collect();
        Ok(dots[0])
    }

    fn shown_children(&self, parent: &RowId) -> Vec<(RowId, usize)> {
        let references = self.rules.references_to(parent.table);
        let of = references.flat_map(|(table, number, key)| {
            let refers = move |(id, values): (RowId, Vec<Value>)| {
                let named: Vec<Value> = key.fields.iter().map(|field| values[*field].clone()).collect();
                (id.table == table && named == parent.key).then_some((id, number))
            };
            self.shown().into_iter().filter_map(refers)
        });
        of.collect()
    }

    fn check(&self, id: &RowId, values: &[Value]) -> Result<(), Refused> {
        let pick = |fields: &[usize]| -> Vec<Value> { fields.iter().map(|f| values[*f].clone()).collect() };
        let rules = &self.rules.tables[id.table];
        for key in &rules.foreign_keys {
            let parent = RowId { table: key.parent, key: pick(&key.fields) };
            let empty = parent.key.iter().any(Value::is_null);
            if !empty && parent != *id && self.shown_row(&parent).is_none() {
                return Err(Refused::Orphan);
            }
        }
        for key in &rules.unique {
            let wanted = pick(&key.fields);
            let takes = |(other, held): (&RowId, &Vec<Value>)| {
                let held: Vec<Value> = key.fields.iter().map(|field| held[*field].clone()).collect();
                other.table == id.table && other != id && held == wanted
            };
            if !wanted.iter().any(Value::is_null) && self.shown().iter().any(takes) {
                return Err(Refused::NotUnique);
            }
        }
        Ok(())
    }

    /// One line of the journal and what it does.
    fn write(&mut self, now: UtcMillis, id: &RowId, change: Change, values: Option<Vec<Value>>) -> Dot {
        let policy = self.rules.tables[id.table].policy;
        let parts = self.parts(id, change);
        if policy == MergePolicy::AppendOnly && self.rows.contains_key(id) {
            self.violated.insert(id.clone(), values.map(|values| Row { alive: true, values }));
        } else {
            self.write_raw(id, change, values);
        }
        let cells = self.rules.tables[id.table].cells().filter(|cell| touches(policy, change, *cell));
        let cells: Vec<Cell> = cells.collect();
        // A step decides nothing.
        if let Some(open) = self.versions.get_mut(id).filter(|_| self.step.is_none()) {
            cells.into_iter().for_each(|cell| open.close(cell));
        }
        let mut first = None;
        for (change, hlc) in parts {
            let touch = match hlc {
                Some(hlc) => self.issue_at(hlc, change),
                None => self.issue(now, change),
            };
            first = first.or(Some(touch.dot));
            self.log.insert(touch.dot, Entry { touch, row: Some(id.clone()) });
        }
        first.expect("because a write has a part")
    }

    /// What a client writes is one line, made now; what a step writes is as old as what it rests on.
    fn parts(&self, id: &RowId, change: Change) -> Vec<(Change, Option<Hlc>)> {
        let Some(step) = self.step else { return vec![(change, None)] };
        let rules = &self.rules.tables[id.table];
        let lines = self.log.values().filter(|entry| entry.row.as_ref() == Some(id));
        let known = lines.map(|entry| (entry.touch.change, entry.touch.clock.hlc));
        let known: Vec<(Change, Hlc)> = known.filter(|(_, hlc)| !hlc.is_of_step()).collect();
        let fields: Vec<usize> = (0..rules.fields.len()).collect();
        let parts = inherit(rules.policy, change, &known, &fields);
        parts.into_iter().map(|(change, hlc)| (change, hlc.or(Some(step)))).collect()
    }

    /// What a repair shows otherwise stays in the raw row as it was.
    fn write_raw(&mut self, id: &RowId, change: Change, values: Option<Vec<Value>>) {
        let mut row = self.rows.remove(id).unwrap_or(Row { alive: false, values: Vec::new() });
        if self.step.is_none() || !matches!(change, Change::Update(_)) {
            row.alive = change != Change::Delete;
        }
        match (change, values) {
            (Change::Update(cells), Some(values)) => {
                for (field, value) in values.into_iter().enumerate().filter(|(field, _)| cells.has(*field)) {
                    row.values[field] = value;
                }
            }
            (_, Some(values)) => row.values = values,
            (_, None) => {}
        }
        self.rows.insert(id.clone(), row);
        let Some(mut repair) = self.repairs.remove(id) else { return };
        if self.step.is_none() {
            repair.shown = Shown::AsRaw;
        }
        let keys = &self.rules.tables[id.table].foreign_keys;
        repair.nulled.retain(|number| match change {
            Change::Update(cells) => !keys[*number].fields.iter().any(|field| cells.has(*field)),
            Change::Insert | Change::Delete => false,
        });
        let is_lifted = repair.nulled.is_empty() && repair.shown == Shown::AsRaw;
        if !is_lifted && (self.step.is_none() || matches!(change, Change::Update(_))) {
            self.repairs.insert(id.clone(), repair);
        }
    }
}
