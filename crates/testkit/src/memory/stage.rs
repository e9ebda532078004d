//! The reference stage of a merge: what is decided lies in memory.

use lifeboat_domain::merge::{Finding, Read, Row, RowId, Stage, Versions};
use lifeboat_domain::value::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

/// Where a row is found by what it holds: table, columns, values.
type Place = (usize, Vec<usize>, Vec<Value>);

/// A stage in memory.
#[derive(Debug, Clone, Default)]
pub struct MemoryStage {
    /// Rows as they are to be; none where another key stands for the row.
    pub rows: BTreeMap<RowId, Option<Row>>,
    /// Open versions as they are to be.
    pub versions: BTreeMap<RowId, Versions>,
    /// The report.
    pub findings: Vec<Finding>,
    touched: BTreeSet<RowId>,
    places: BTreeMap<Place, BTreeSet<RowId>>,
}

impl Stage for MemoryStage {
    fn clear(&mut self) -> Read<()> {
        *self = Self::default();
        Ok(())
    }

    fn set(&mut self, row: &RowId, to: Option<Row>, fields: &[&[usize]]) -> Read<()> {
        if let Some(to) = &to {
            for fields in fields {
                let place = (row.table, fields.to_vec(), to.pick(fields));
                self.places.entry(place).or_default().insert(row.clone());
            }
        }
        self.rows.insert(row.clone(), to);
        Ok(())
    }

    fn get(&self, row: &RowId) -> Read<Option<Option<Row>>> {
        Ok(self.rows.get(row).cloned())
    }

    fn holding(&self, table: usize, fields: &[usize], values: &[Value]) -> Read<Vec<RowId>> {
        let found = self.places.get(&(table, fields.to_vec(), values.to_vec())).into_iter().flatten();
        // A place that a row has left stays in the index.
        let still = found.filter(|id| {
            let row = self.rows.get(id).and_then(Option::as_ref);
            row.is_some_and(|row| row.pick(fields) == values)
        });
        Ok(still.cloned().collect())
    }

    fn hold(&mut self, row: &RowId, versions: Versions) -> Read<()> {
        self.versions.insert(row.clone(), versions);
        Ok(())
    }

    fn touch(&mut self, row: &RowId) -> Read<()> {
        self.touched.insert(row.clone());
        Ok(())
    }

    fn touched(&self, from: Option<&RowId>, count: usize) -> Read<Vec<RowId>> {
        let after = from.map_or(Bound::Unbounded, Bound::Excluded);
        Ok(self.touched.range((after, Bound::Unbounded)).take(count).cloned().collect())
    }

    fn tell(&mut self, finding: Finding) -> Read<()> {
        self.findings.push(finding);
        Ok(())
    }
}
