//! Two rows that are one thing become one row: cell by cell the later write, and where nothing tells, the elder's.

use super::entry::{Cell, Row};
use super::rules::{MergePolicy, TableRules};
use super::versions::{Version, Versions};
use super::view::Latest;
use crate::dot::Clock;
use crate::value::Value;

/// A row with the latest write of each cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dated {
    /// The row.
    pub row: Row,
    /// Its writes.
    pub latest: Latest,
    /// Its open versions.
    pub versions: Versions,
}

/// What two rows amount to that are one thing. The key is the elder's.
#[must_use]
pub fn unite(rules: &TableRules, elder: Dated, younger: &Dated) -> Dated {
    match rules.policy {
        MergePolicy::AppendOnly => elder,
        MergePolicy::LastWriteWins => by_row(rules, elder, younger),
        MergePolicy::LastWriteWinsPerField
        | MergePolicy::Manual
        | MergePolicy::Forbidden
        | MergePolicy::LocalOnly => by_cell(rules, elder, younger),
    }
}

fn by_row(rules: &TableRules, elder: Dated, younger: &Dated) -> Dated {
    let last = |latest: &Latest| latest.values().map(|(clock, _)| *clock).max().unwrap_or(Clock::GENESIS);
    if last(&younger.latest) <= last(&elder.latest) {
        return elder;
    }
    let mut row = younger.row.clone();
    for field in &rules.key {
        row.values[*field] = elder.row.values[*field].clone();
    }
    Dated { row, latest: younger.latest.clone(), versions: Versions::default() }
}

fn by_cell(rules: &TableRules, mut elder: Dated, younger: &Dated) -> Dated {
    for cell in rules.cells() {
        let write = |dated: &Dated| dated.latest.get(&cell).copied();
        let clock = |dated: &Dated| write(dated).map_or(Clock::GENESIS, |(clock, _)| clock);
        if rules.policy == MergePolicy::Manual {
            let all = versions(&elder, cell).into_iter().chain(versions(younger, cell)).collect();
            elder.versions.hold(cell, all);
        }
        if clock(younger) > clock(&elder) {
            put(&mut elder.row, cell, get(&younger.row, cell));
            elder.latest.extend(write(younger).map(|write| (cell, write)));
        }
    }
    elder
}

/// The open versions of a cell, or the one that it has.
fn versions(dated: &Dated, cell: Cell) -> Vec<Version> {
    let open = dated.versions.of(cell);
    if !open.is_empty() {
        return open.to_vec();
    }
    let write = dated.latest.get(&cell);
    let version =
        write.map(|(clock, dot)| Version { dot: *dot, clock: *clock, value: get(&dated.row, cell) });
    version.into_iter().collect()
}

/// What a row says of a cell.
pub(super) fn get(row: &Row, cell: Cell) -> Value {
    match cell {
        Cell::Life => Value::Integer(i64::from(row.alive)),
        Cell::Field(field) => row.values[field].clone(),
    }
}

pub(super) fn put(row: &mut Row, cell: Cell, value: Value) {
    match cell {
        Cell::Life => row.alive = value == Value::Integer(1),
        Cell::Field(field) => row.values[field] = value,
    }
}
