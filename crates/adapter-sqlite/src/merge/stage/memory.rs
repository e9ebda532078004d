//! Staged rows in memory.

use super::tables::Tables;
use crate::error::SqliteError;
use lifeboat_domain::merge::{Row, RowId};
use lifeboat_domain::value::Value;
use std::collections::BTreeSet;
use std::collections::btree_map::{BTreeMap, Entry};
use std::ops::Bound;

/// What a value takes besides its text.
const VALUE_BYTES: usize = 32;
/// What a row takes besides its values.
const ROW_BYTES: usize = 128;

#[derive(Default)]
struct Staged {
    touched: bool,
    to: Option<Option<Row>>,
}

/// Columns of a table, and what they hold.
type Spot = (usize, Vec<usize>, Vec<Value>);

/// Rows in order, and an index of what they hold.
#[derive(Default)]
pub(super) struct Memory {
    rows: BTreeMap<RowId, Staged>,
    places: BTreeMap<Spot, BTreeSet<RowId>>,
    bytes: usize,
}

impl Memory {
    /// About what it takes; an upper bound, because what was replaced is counted too.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn put(&mut self, row: &RowId, to: Option<Row>, fields: &[&[usize]]) {
        if let Some(to) = &to {
            self.bytes += ROW_BYTES + size(&row.key) + size(&to.values);
            for fields in fields {
                let spot = (row.table, fields.to_vec(), to.pick(fields));
                self.bytes += ROW_BYTES + size(&spot.2) + size(&row.key);
                self.places.entry(spot).or_default().insert(row.clone());
            }
        }
        self.staged(row).to = Some(to);
    }

    pub(super) fn touch(&mut self, row: &RowId) {
        self.staged(row).touched = true;
    }

    fn staged(&mut self, row: &RowId) -> &mut Staged {
        match self.rows.entry(row.clone()) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(free) => {
                self.bytes += ROW_BYTES + size(&row.key);
                free.insert(Staged::default())
            }
        }
    }

    pub(super) fn decided(&self, row: &RowId) -> Option<&Option<Row>> {
        self.rows.get(row)?.to.as_ref()
    }

    pub(super) fn holding(&self, table: usize, fields: &[usize], values: &[Value]) -> Vec<RowId> {
        let spot = (table, fields.to_vec(), values.to_vec());
        // A place that a row has left stays in the index.
        let holds = |id: &&RowId| {
            let row = self.decided(id).and_then(Option::as_ref);
            row.is_some_and(|row| row.pick(fields) == values)
        };
        self.places.get(&spot).into_iter().flatten().filter(holds).cloned().collect()
    }

    fn after(&self, from: Option<&RowId>) -> impl Iterator<Item = (&RowId, &Staged)> {
        let start = from.map_or(Bound::Unbounded, Bound::Excluded);
        self.rows.range((start, Bound::Unbounded))
    }

    pub(super) fn touched(&self, from: Option<&RowId>, count: usize) -> Vec<RowId> {
        let touched = self.after(from).filter(|(_, staged)| staged.touched);
        touched.map(|(id, _)| id.clone()).take(count).collect()
    }

    /// Decided rows in order.
    pub(super) fn each(
        &self,
        mut each: impl FnMut(&RowId, Option<&Row>) -> Result<(), SqliteError>,
    ) -> Result<(), SqliteError> {
        let decided = self.rows.iter().filter_map(|(id, staged)| Some((id, staged.to.as_ref()?)));
        decided.into_iter().try_for_each(|(id, row)| each(id, row.as_ref()))
    }

    /// Everything moves to tables.
    pub(super) fn pour_into(self, tables: &Tables<'_>) -> Result<(), SqliteError> {
        for (id, staged) in self.rows {
            if staged.touched {
                tables.touch(&id)?;
            }
            if let Some(to) = staged.to {
                tables.put(&id, to.as_ref(), &[])?;
            }
        }
        for ((table, fields, values), rows) in self.places {
            for row in rows {
                tables.index(table, (&fields, &values), &row.key)?;
            }
        }
        Ok(())
    }
}

fn size(values: &[Value]) -> usize {
    let one = |value: &Value| match value {
        Value::Text(text) => text.len(),
        Value::Blob(bytes) => bytes.len(),
        Value::Null | Value::Integer(_) | Value::Real(_) => 0,
    };
    values.iter().map(|value| VALUE_BYTES + one(value)).sum()
}
