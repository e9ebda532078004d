//! The tables of a database as merging sees them: columns, key, unique keys, references. Reads the schema alone.

use super::names;
use crate::error::SqliteError;
use crate::look::table_names;
use crate::sql;
use lifeboat_domain::id::{FieldName, TableName};
use lifeboat_domain::merge::{FieldShape, KeyShape, OnDelete, ReferenceShape, TableShape};
use rusqlite::{Connection, OptionalExtension};
use std::collections::{BTreeMap, BTreeSet};

/// A unique index by which a row may push another one aside: columns with the collation of each.
pub(super) type Clash = Vec<(String, String)>;

/// A table, and what only the engine has to know of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Surveyed {
    pub(crate) shape: TableShape,
    /// Unique indexes on plain columns, partial ones and those with a collation too.
    pub(super) clashes: Vec<Clash>,
}

impl Surveyed {
    /// Names have no case in ASCII.
    pub(super) fn is_called(&self, name: &str) -> bool {
        self.shape.name.as_str().eq_ignore_ascii_case(name)
    }

    /// The same without some columns; none where the key is made of them.
    pub(super) fn without(&self, gone: &[usize]) -> Option<Self> {
        let is_gone = |(column, _): &(String, String)| {
            gone.iter().any(|at| self.shape.fields[*at].name.as_str().eq_ignore_ascii_case(column))
        };
        let clashes = self.clashes.iter().filter(|clash| !clash.iter().any(is_gone)).cloned().collect();
        Some(Self { shape: self.shape.without(gone)?, clashes })
    }
}

/// Every table of the user.
pub(crate) fn survey(connection: &Connection) -> Result<Vec<Surveyed>, SqliteError> {
    let shadows: BTreeSet<String> = strings(connection, sql::migrate::LIST_SHADOW_TABLES)?;
    let mut tables = Vec::new();
    for name in table_names(connection)? {
        let is_ours = names::is_ours(&name) || name.eq_ignore_ascii_case("lifeboat_migrations");
        if !is_ours && !shadows.contains(&name) {
            tables.push(table(connection, &name)?);
        }
    }
    Ok(tables)
}

fn strings(connection: &Connection, statement: &str) -> Result<BTreeSet<String>, SqliteError> {
    let mut statement = connection.prepare_cached(statement)?;
    Ok(statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?)
}

fn table(connection: &Connection, name: &str) -> Result<Surveyed, SqliteError> {
    let mut statement = connection.prepare_cached(sql::track::LIST_FIELDS)?;
    let mut rows = statement.query([name])?;
    let (mut fields, mut key) = (Vec::new(), BTreeMap::new());
    while let Some(row) = rows.next()? {
        let place: i64 = row.get(3)?;
        if place > 0 {
            key.insert(place, fields.len());
        }
        let (field, declared, not_null): (String, String, bool) = (row.get(0)?, row.get(1)?, row.get(2)?);
        fields.push(FieldShape { name: FieldName::new(field), declared, not_null });
    }
    let counted = connection
        .prepare_cached(sql::examine::FIND_INTEGER_KEY)?
        .query_row((name, None::<String>), |row| row.get::<_, Option<String>>(0))
        .optional()?
        .flatten();
    let key = match (counted, key.len()) {
        (_, 0) => KeyShape::None,
        (Some(_), _) => KeyShape::Counted(*key.values().next().expect("because there is one at least")),
        (None, _) if is_folded(connection, name)? => KeyShape::Folded(key.into_values().collect()),
        (None, _) => KeyShape::Columns(key.into_values().collect()),
    };
    let shape = TableShape {
        references: references(connection, name, &fields)?,
        name: TableName::new(name),
        fields,
        key,
        unique: Vec::new(),
        opaque: Vec::new(),
    };
    let mut surveyed = Surveyed { shape, clashes: Vec::new() };
    read_unique(connection, &mut surveyed)?;
    Ok(surveyed)
}

/// Does the primary key compare otherwise than bit by bit?
fn is_folded(connection: &Connection, table: &str) -> Result<bool, SqliteError> {
    let mut statement = connection.prepare_cached(sql::track::LIST_KEY_COLLATIONS)?;
    let folds =
        statement.query_map([table], |row| row.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()?;
    Ok(folds.iter().any(|collation| !collation.eq_ignore_ascii_case("BINARY")))
}

fn read_unique(connection: &Connection, table: &mut Surveyed) -> Result<(), SqliteError> {
    let mut statement = connection.prepare_cached(sql::track::LIST_UNIQUE_INDEXES)?;
    let indexes = statement.query_map([table.shape.name.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let indexes: Vec<(String, bool)> = indexes.collect::<Result<_, _>>()?;
    for (index, is_partial) in indexes {
        let mut statement = connection.prepare_cached(sql::track::LIST_INDEX_COLUMNS)?;
        let columns = statement.query_map([&index], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let columns: Vec<(Option<String>, Option<String>)> = columns.collect::<Result<_, _>>()?;
        let plain: Option<Clash> = columns
            .into_iter()
            .map(|(name, collation)| Some((name?, collation.unwrap_or_else(|| "BINARY".to_owned()))))
            .collect();
        let Some(clash) = plain else {
            table.shape.opaque.push(index);
            continue;
        };
        let fields: Option<Vec<usize>> = clash.iter().map(|(name, _)| table.shape.field(name)).collect();
        let is_binary = clash.iter().all(|(_, collation)| collation.eq_ignore_ascii_case("BINARY"));
        match fields.filter(|_| is_binary && !is_partial) {
            Some(fields) if !table.shape.unique.contains(&fields) => table.shape.unique.push(fields),
            Some(_) => {}
            None => table.shape.opaque.push(index),
        }
        table.clashes.push(clash);
    }
    Ok(())
}

fn references(
    connection: &Connection,
    table: &str,
    fields: &[FieldShape],
) -> Result<Vec<ReferenceShape>, SqliteError> {
    let mut statement = connection.prepare_cached(sql::track::LIST_REFERENCES)?;
    let mut rows = statement.query([table])?;
    let mut found: BTreeMap<i64, (ReferenceShape, Vec<Option<String>>)> = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let (parent, from, on_delete): (String, String, String) = (row.get(1)?, row.get(2)?, row.get(4)?);
        let Some(field) = fields.iter().position(|field| field.name.as_str().eq_ignore_ascii_case(&from))
        else {
            continue;
        };
        let new = || ReferenceShape {
            fields: Vec::new(),
            parent: TableName::new(parent),
            on_delete: action(&on_delete),
        };
        let (reference, names) = found.entry(row.get(0)?).or_insert_with(|| (new(), Vec::new()));
        reference.fields.push(field);
        names.push(row.get(3)?);
    }
    let mut references = Vec::new();
    for (reference, names) in found.into_values() {
        // A reference to what is no primary key is proven at the end of a merge, not mended.
        if let Some(fields) = aligned(connection, &reference, &names)? {
            references.push(ReferenceShape { fields, ..reference });
        }
    }
    Ok(references)
}

/// The referring columns in the order of the parent's key; none where they name something else.
fn aligned(
    connection: &Connection,
    reference: &ReferenceShape,
    names: &[Option<String>],
) -> Result<Option<Vec<usize>>, SqliteError> {
    let mut statement = connection.prepare_cached(sql::track::LIST_FIELDS)?;
    let mut rows = statement.query([reference.parent.as_str()])?;
    let mut key: BTreeMap<i64, String> = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let place: i64 = row.get(3)?;
        if place > 0 {
            key.insert(place, row.get(0)?);
        }
    }
    if names.iter().all(Option::is_none) {
        return Ok((key.len() == names.len()).then(|| reference.fields.clone()));
    }
    let of = |column: &String| {
        let is_it = |name: &Option<String>| name.as_ref().is_some_and(|n| n.eq_ignore_ascii_case(column));
        names.iter().position(is_it).map(|at| reference.fields[at])
    };
    let fields: Option<Vec<usize>> = key.values().map(of).collect();
    Ok(fields.filter(|fields| fields.len() == names.len()))
}

fn action(word: &str) -> OnDelete {
    match word.to_ascii_uppercase().as_str() {
        "CASCADE" => OnDelete::Cascade,
        "SET NULL" | "SET DEFAULT" => OnDelete::SetNull,
        _ => OnDelete::Nothing,
    }
}
