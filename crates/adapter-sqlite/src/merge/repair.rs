//! How repairs are kept: words, and values by the bits of their columns, because positions change with the schema. Nothing is decided
//! here.

use super::code::{decode, encode};
use super::side::damaged;
use super::table::Table;
use crate::error::SqliteError;
use lifeboat_domain::merge::Shown;
use lifeboat_domain::value::Value;
use std::collections::BTreeMap;

pub(super) fn word(shown: Shown) -> &'static str {
    match shown {
        Shown::AsRaw => "as-raw",
        Shown::Revived => "revived",
        Shown::Parked => "parked",
    }
}

pub(super) fn shown(word: &str) -> Option<Shown> {
    [Shown::AsRaw, Shown::Revived, Shown::Parked].into_iter().find(|one| self::word(*one) == word)
}

/// Values of references that are shown empty, by column.
pub(super) fn write(table: &Table<'_>, hidden: BTreeMap<usize, Value>) -> Option<Vec<u8>> {
    let pairs = hidden.into_iter().flat_map(|(field, value)| [Value::Integer(table.bits[field]), value]);
    let pairs: Vec<Value> = pairs.collect();
    (!pairs.is_empty()).then(|| encode(&pairs))
}

/// The same, read; a column that is no more is left out.
pub(super) fn read(table: &Table<'_>, hidden: Option<&[u8]>) -> Result<BTreeMap<usize, Value>, SqliteError> {
    let pairs = hidden.map_or_else(|| Ok(Vec::new()), decode)?;
    let mut values = BTreeMap::new();
    for pair in pairs.chunks(2) {
        let [Value::Integer(bit), value] = pair else { return Err(damaged()) };
        values.extend(table.field_of(*bit).map(|field| (field, value.clone())));
    }
    Ok(values)
}
