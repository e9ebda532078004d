//! One table of one side: what its statements are, and which of its values are numbers that only this copy knows.

use super::statements::Statements;
use crate::error::SqliteError;
use crate::sql;
use crate::track::names::{Names, slot};
use crate::track::{Slot, registry};
use lifeboat_domain::merge::{Cells, Change, Identity, Rules};
use lifeboat_ports::PortErrorKind;
use rusqlite::Connection;

/// A table as one side has it.
pub(super) struct Table<'c> {
    pub(super) no: i64,
    /// Bits by column, in the order of the rules.
    pub(super) bits: Vec<i64>,
    pub(super) is_counted: bool,
    pub(super) rewriting: Rewriting,
    /// For each column the counted table whose number it holds.
    pub(super) numbers_of: Vec<Option<usize>>,
    /// Is one of them in the key?
    pub(super) key_has_numbers: bool,
    /// Is one of them anywhere?
    pub(super) has_numbers: bool,
    pub(super) names: Names,
    pub(super) fields: Vec<String>,
    pub(super) slots: Vec<String>,
    pub(super) key: Vec<usize>,
    pub(super) natural_key: Vec<usize>,
    pub(super) statements: Statements<'c>,
}

/// Where a row's values stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// In its table.
    Shown,
    /// In the trash.
    Trash,
}

/// How a row is written over that stays in its table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rewriting {
    /// Where it stands: no two rows can want one value but the key.
    InPlace,
    /// All rows leave first, so that unique values can change hands between them.
    OutAndIn,
}

/// The tables of the rules that are tracked on this side, by position in the rules.
pub(super) fn read<'c>(
    connection: &'c Connection,
    rules: &Rules,
) -> Result<Vec<Option<Table<'c>>>, SqliteError> {
    let registered = registry::tables(connection)?;
    let surveyed = crate::track::survey(connection)?;
    let named = |name: &str, other: &str| name.eq_ignore_ascii_case(other);
    let counted: Vec<bool> = rules
        .tables
        .iter()
        .map(|table| {
            let shape = surveyed.iter().find(|one| named(one.shape.name.as_str(), table.name.as_str()));
            shape.is_some_and(|one| matches!(one.shape.key, lifeboat_domain::merge::KeyShape::Counted(_)))
        })
        .collect();
    let mut tables = Vec::new();
    for (at, table) in rules.tables.iter().enumerate() {
        let Some(one) = registered.iter().find(|one| named(&one.name, table.name.as_str())) else {
            return Err(unlike());
        };
        if !one.is_tracked {
            tables.push(None);
            continue;
        }
        let slots: Vec<Slot> = registry::slots(connection, one.no)?;
        let bit = |field: &str| slots.iter().find(|slot| named(&slot.name, field)).map(|slot| slot.bit);
        let bits: Option<Vec<i64>> = table.fields.iter().map(|field| bit(field.as_str())).collect();
        let bits = bits.ok_or_else(unlike)?;
        let parent = |field: usize| {
            let refers = table.foreign_keys.iter().find(|key| key.fields == [field] && counted[key.parent]);
            let own = (counted[at] && table.key == [field]).then_some(at);
            own.or_else(|| refers.map(|key| key.parent))
        };
        let names = Names(one.no);
        let fields: Vec<String> = table.fields.iter().map(|field| field.as_str().to_owned()).collect();
        let slots: Vec<String> = bits.iter().map(|bit| slot(*bit)).collect();
        let shown = (table.name.as_str(), fields.as_slice());
        let statements = Statements::new(shown, (&names.trash(), &slots), &table.key);
        let others: i64 =
            connection.query_row(sql::merge::COUNT_OTHER_KEYS, [table.name.as_str()], |row| row.get(0))?;
        tables.push(Some(Table {
            no: one.no,
            rewriting: if others == 0 { Rewriting::InPlace } else { Rewriting::OutAndIn },
            is_counted: counted[at],
            numbers_of: (0..table.fields.len()).map(parent).collect(),
            has_numbers: (0..table.fields.len()).any(|field| parent(field).is_some()),
            key_has_numbers: table.key.iter().any(|field| parent(*field).is_some()),
            names,
            fields,
            slots,
            statements,
            bits,
            key: table.key.clone(),
            natural_key: match &table.identity {
                Identity::NaturalKey(fields) => fields.clone(),
                Identity::Key | Identity::Renumber => Vec::new(),
            },
        }));
    }
    Ok(tables)
}

fn unlike() -> SqliteError {
    SqliteError::Found(PortErrorKind::Unsupported, "schema and bookkeeping do not agree: track first")
}

impl Table<'_> {
    /// Names of the columns of the key.
    pub(super) fn key_names(&self) -> Vec<&str> {
        self.key.iter().map(|field| self.fields[*field].as_str()).collect()
    }

    /// The column with this bit.
    pub(super) fn field_of(&self, bit: i64) -> Option<usize> {
        self.bits.iter().position(|known| *known == bit)
    }

    /// The columns that a change of this side's own bits means.
    pub(super) fn change(&self, cells: Option<i64>) -> Option<Change> {
        match Change::decode(cells)? {
            Change::Update(_) => {
                let mask = cells.unwrap_or_default();
                if mask == i64::MAX {
                    return Some(Change::Update(Cells::ALL));
                }
                let has = |bit: i64| bit <= 61 && mask >> bit & 1 == 1;
                let fields = self.bits.iter().enumerate().filter(|(_, bit)| has(**bit)).map(|(at, _)| at);
                Some(Change::Update(fields.collect()))
            }
            change => Some(change),
        }
    }

    /// The same, back into this side's bits.
    pub(super) fn cells(&self, change: Change) -> Option<i64> {
        let Change::Update(cells) = change else { return change.code() };
        if cells == Cells::ALL {
            return Some(i64::MAX);
        }
        let touched = self.bits.iter().enumerate().filter(|(at, _)| cells.has(*at));
        Some(touched.fold(0, |mask, (_, bit)| if *bit > 61 { i64::MAX } else { mask | 1 << bit }))
    }

    /// Columns of the table of claims: values, then key.
    pub(super) fn claim_columns(&self) -> (Vec<String>, Vec<String>) {
        let values = self.natural_key.iter().map(|field| format!("v{}", self.bits[*field])).collect();
        (values, self.key.iter().map(|field| self.slots[*field].clone()).collect())
    }
}
