//! What the triggers of a table say of it by themselves: the engine rewrites them when tables and columns get other names, so they
//! know what each bit is called now, whatever else has changed.

use super::names::Names;
use super::plan::{Slot, Tracked};
use super::registry::{self, Registered, Standing};
use super::shape::Surveyed;
use crate::error::SqliteError;
use crate::migrate::strings;
use crate::sql;
use lifeboat_domain::id::FieldName;
use lifeboat_domain::merge::{Identity, MergePolicy, TableRules, TableShape};
use rusqlite::{Connection, params};
use std::collections::BTreeMap;

/// Triggers by name, as they stand.
pub(super) type AllStanding = BTreeMap<String, Standing>;

/// What each bit is called now; none where the trigger is gone that says it.
fn columns(all: &AllStanding, no: i64) -> Option<BTreeMap<i64, String>> {
    let text = &all.get(&Names(no).trigger("delete"))?.text;
    let (_, rest) = text.split_once(&format!("INSERT INTO \"{}\" (", Names(no).trash()))?;
    let (mut slots, mut rest) = (Vec::new(), rest);
    while let Some((name, after)) = ident(rest) {
        slots.push(name.strip_prefix('c')?.parse::<i64>().ok()?);
        rest = after.trim_start_matches([',', ' ']);
    }
    let mut names = BTreeMap::new();
    for bit in slots {
        let (_, after) = rest.split_once("+OLD.")?;
        let (name, after) = ident(after)?;
        names.insert(bit, name);
        rest = after;
    }
    Some(names)
}

/// A name in double quotes at the beginning, and what follows.
fn ident(text: &str) -> Option<(String, &str)> {
    let mut rest = text.strip_prefix('"')?;
    let mut name = String::new();
    loop {
        let (part, after) = rest.split_once('"')?;
        name.push_str(part);
        match after.strip_prefix('"') {
            Some(more) => {
                name.push('"');
                rest = more;
            }
            None => return Some((name, after)),
        }
    }
}

/// Columns that have another name now than the registry knows, as bit and new name.
pub(super) fn renamed(slots: &[Slot], all: &AllStanding, no: i64, shape: &TableShape) -> Vec<(i64, String)> {
    let Some(names) = columns(all, no) else { return Vec::new() };
    let new = |slot: &Slot| names.get(&slot.bit).filter(|name| !name.eq_ignore_ascii_case(&slot.name));
    let pairs = slots.iter().filter_map(|slot| Some((slot.bit, new(slot)?.clone())));
    pairs.filter(|(_, name)| shape.field(name).is_some()).collect()
}

/// Does anything write down what becomes of the table?
pub(super) fn is_watched(all: &AllStanding, no: i64) -> bool {
    ["insert", "update", "delete"].iter().all(|kind| all.contains_key(&Names(no).trigger(kind)))
}

/// Names of tables in the registry become those that the triggers know.
pub(super) fn follow_tables(connection: &Connection) -> Result<(), SqliteError> {
    let all = registry::triggers(connection)?;
    for table in registry::tables(connection)?.into_iter().filter(|table| table.is_tracked) {
        let stands_on = all.get(&Names(table.no).trigger("insert")).map(|trigger| trigger.table.as_str());
        if let Some(name) = stands_on.filter(|name| !name.eq_ignore_ascii_case(&table.name)) {
            let line = params![table.no, name, table.rule, table.is_tracked];
            connection.execute(sql::track::UPDATE_TABLE, line)?;
        }
    }
    Ok(())
}

/// Names of columns of one table in the registry become those that its triggers know.
pub(super) fn follow_columns(
    connection: &Connection,
    no: i64,
    shape: &TableShape,
) -> Result<(), SqliteError> {
    let all = registry::triggers(connection)?;
    for (bit, name) in renamed(&registry::slots(connection, no)?, &all, no, shape) {
        connection.execute(sql::track::RENAME_COLUMN, params![no, bit, name])?;
    }
    Ok(())
}

/// What a table was tracked by so far; of columns that have a bit.
pub(super) fn rules(
    connection: &Connection,
    registered: &Registered,
    table: &Surveyed,
) -> Result<TableRules, SqliteError> {
    let claim = Names(registered.no).claim();
    let claimed = strings(connection, sql::migrate::LIST_STORED_COLUMNS, &claim)?;
    let claimed: Vec<i64> = claimed.iter().filter_map(|name| name.strip_prefix('v')?.parse().ok()).collect();
    let slots = registry::slots(connection, registered.no)?;
    let field = |bit: &i64| {
        let slot = slots.iter().find(|slot| slot.bit == *bit)?;
        table.shape.field(&slot.name)
    };
    let natural: Option<Vec<usize>> = claimed.iter().map(field).collect();
    Ok(TableRules {
        name: table.shape.name.clone(),
        fields: table.shape.fields.iter().map(|field| FieldName::new(field.name.as_str())).collect(),
        key: table.shape.key_fields().to_vec(),
        identity: match natural {
            Some(fields) if !fields.is_empty() => Identity::NaturalKey(fields),
            Some(_) | None => Identity::Key,
        },
        policy: registered.policy.unwrap_or(MergePolicy::LastWriteWins),
        foreign_keys: Vec::new(),
        unique: Vec::new(),
        changed_at: None,
    })
}

/// Columns whose tombstones follow a parent, and the number of that parent.
pub(super) fn parents(all: &AllStanding, tracked: &Tracked<'_>) -> Vec<(usize, i64)> {
    let of = |(at, one): (usize, &Slot)| {
        let name = Names(tracked.no).trigger(&format!("follow_{}", one.bit));
        let (_, rest) = all.get(&name)?.text.split_once("NEW.table_no = ")?;
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        Some((at, digits.parse().ok()?))
    };
    tracked.slots.iter().enumerate().filter_map(of).collect()
}

/// Does any column hold numbers of a counted table, by the schema or by the rules?
pub(super) fn refers(connection: &Connection, no: i64) -> Result<bool, SqliteError> {
    let follows = |name: &String| name.starts_with("lifeboat_follow_") && super::names::is_of(name, no);
    Ok(registry::triggers(connection)?.keys().any(follows))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back_as_the_engine_writes_them() {
        let text = "CREATE TRIGGER x AFTER DELETE ON t BEGIN\n    DELETE FROM \"lifeboat_trash_3\" WHERE \"c0\" IS +OLD.\"id\";\n    \
            INSERT INTO \"lifeboat_trash_3\" (\"c0\", \"c12\", \"c1\") VALUES (+OLD.\"i\"\"d\", +OLD.\"a, b\" , +OLD.\"c\");\n    END";
        let standing = Standing { table: "t".to_owned(), text: text.to_owned() };
        let all = AllStanding::from([("lifeboat_delete_3".to_owned(), standing)]);
        let names = [(0, "i\"d"), (12, "a, b"), (1, "c")].map(|(bit, name)| (bit, name.to_owned()));
        assert_eq!(columns(&all, 3), Some(names.into()));
        assert_eq!(columns(&all, 4), None);
    }
}
