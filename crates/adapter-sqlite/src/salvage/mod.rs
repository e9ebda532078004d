//! Brings rows out of a damaged database by reading its pages ourselves, into a new database.
//!
//! It never writes to what it reads, and never throws away a row that it could read: what has no place goes to a table
//! of its own. It is used only on files that nobody has open (docs/adr/0015-salvage-by-page-scan.md).

mod bytes;
mod header;
mod image;
mod log;
mod output;
mod page;
mod record;
mod schema;
mod shape;
mod strays;
mod text;
mod tree;

pub(crate) use header::Standing;

use crate::connection::at_rest;
use crate::error::SqliteError;
use crate::sql;
use header::{HEADER_BYTES, Header};
use image::Image;
use lifeboat_domain::id::TableName;
use lifeboat_ports::{CancelToken, LogReading, PortErrorKind, Salvaged, TableSalvage};
use output::{Output, Table};
use schema::{Kind, Object};
use std::fs::File;
use std::io::Read;
use std::path::Path;
use strays::Missing;
use tree::{ALL_ROWS, Found, Walked};

/// What a file is, by its first bytes. Only for a file that the engine refused to open.
pub(crate) fn standing(path: &Path) -> Result<Standing, SqliteError> {
    let mut first = Vec::with_capacity(HEADER_BYTES);
    File::open(path)?.take(HEADER_BYTES as u64).read_to_end(&mut first)?;
    match header::judge(&first) {
        // An overwritten beginning: the pages behind it tell whether it was a database.
        Standing::Foreign if Image::open(path, None, LogReading::AsEngine)?.holds_trees() => {
            Ok(Standing::Hurt)
        }
        standing => Ok(standing),
    }
}

/// Commits in the log beside a database that the engine does not read, because a frame before them does not agree with
/// its checksum: damage, or what an earlier use of the log left.
pub(crate) fn unread_commits(path: &Path) -> Result<u64, SqliteError> {
    Ok(log::read_log(&crate::connection::sidecar(path, "-wal"), LogReading::AsEngine)?.unread_commits)
}

/// Fills the new database `into` with what can be read of `from`; `model` is a sound copy of an earlier state.
pub(crate) fn salvage(
    from: &Path,
    into: &Path,
    model: Option<&Path>,
    reading: LogReading,
    cancel: &CancelToken,
) -> Result<Salvaged, SqliteError> {
    let (model_header, model_objects) = model.map(read_model).transpose()?.unwrap_or_default();
    let image = Image::open(from, model_header, reading)?;
    let free = image.free_pages();
    let mut walked = Walked::new(&image, cancel);
    let schema = schema::read(&mut walked, &model_objects, &free.pages)?;
    let mut output = Output::create(into, &image.header)?;
    let mut harvest = Harvest { walked: &mut walked, output: &mut output, cancel, not_restored: Vec::new() };
    let (mut tables, sequences) = harvest.tables(&schema.objects)?;
    harvest.mark_indexes(&schema.objects)?;
    let mut not_restored = std::mem::take(&mut harvest.not_restored);
    let schema_is_known = !schema.has_gap || schema.from_model > 0;
    strays::take_in(&mut walked, &free, &mut tables, (&mut output, schema_is_known), cancel)?;
    sequences.iter().try_for_each(|found| output.raise_sequence(found))?;
    not_restored.extend(finish_schema(&output, &schema.objects, cancel)?);
    let lost_rows = output.lost_rows;
    output.commit()?;
    let tables = tables.into_iter().map(|found| TableSalvage {
        has_gap: !found.gaps.is_empty(),
        table: TableName::new(found.table.name),
        rows: found.rows,
        matched_rows: found.matched,
    });
    Ok(Salvaged {
        tables: tables.collect(),
        lost_rows,
        damaged_pages: walked.damaged.len() as u64,
        damaged_cells: walked.damaged_cells,
        unread_commits: image.unread_commits(),
        objects_from_model: schema.from_model,
        header_was_damaged: !image.header_is_own || !image.header_is_whole,
        schema_has_gap: schema.has_gap,
        not_restored,
    })
}

fn read_model(path: &Path) -> Result<(Option<Header>, Vec<Object>), SqliteError> {
    let mut first = Vec::with_capacity(HEADER_BYTES);
    File::open(path)?.take(HEADER_BYTES as u64).read_to_end(&mut first)?;
    let connection = at_rest(path)?;
    let mut statement = connection.prepare(sql::salvage::READ_OBJECTS)?;
    let rows = statement.query_map([], |row| {
        let kind = match row.get::<_, String>(0)?.as_str() {
            "table" => Kind::Table,
            "index" => Kind::Index,
            "view" => Kind::View,
            _ => Kind::Trigger,
        };
        let root = row.get::<_, Option<u32>>(2)?.unwrap_or(0);
        Ok(Object { kind, name: row.get(1)?, root, definition: row.get(3)? })
    })?;
    Ok((header::read(&first), rows.collect::<Result<_, _>>()?))
}

pub(crate) fn refuse_cancelled(cancel: &CancelToken) -> Result<(), SqliteError> {
    if cancel.is_cancelled() {
        return Err(SqliteError::Found(PortErrorKind::Cancelled, "cancelled"));
    }
    Ok(())
}

struct Harvest<'a, 'i> {
    walked: &'a mut Walked<'i>,
    output: &'a mut Output,
    cancel: &'a CancelToken,
    not_restored: Vec<String>,
}

impl Harvest<'_, '_> {
    /// Every table with the rows that its own tree gives; the lines of `sqlite_sequence` come apart.
    fn tables(&mut self, objects: &[Object]) -> Result<(Vec<Missing>, Vec<Found>), SqliteError> {
        let mut made = Vec::new();
        let mut sequences = Vec::new();
        for object in objects.iter().filter(|object| object.kind == Kind::Table) {
            match (object.root, object.name.as_str()) {
                (0, _) => {}
                (root, "sqlite_sequence") => {
                    self.walked.table(root, &|_| true, &mut |found| {
                        sequences.push(found);
                        Ok::<_, SqliteError>(())
                    })?;
                }
                // ANALYZE fills them again.
                (root, name) if name.starts_with("sqlite_") => {
                    self.walked.table(root, &|_| true, &mut |_| Ok::<_, SqliteError>(()))?;
                }
                _ => match self.output.make_table(object)? {
                    Some(table) => made.push(table),
                    None => {
                        self.not_restored.push(object.name.clone());
                        self.lose_rows(object)?;
                    }
                },
            }
        }
        let missing = made.into_iter().map(|table| self.rows(table)).collect::<Result<_, _>>()?;
        Ok((missing, sequences))
    }

    /// Rows of a table that could not be made again are kept all the same.
    fn lose_rows(&mut self, object: &Object) -> Result<(), SqliteError> {
        let output = &mut *self.output;
        let mut lose =
            |found: Found| output.lose(Some(&object.name), &found, "its table could not be made again");
        self.walked.table(object.root, &|_| true, &mut lose).map(drop)
    }

    fn rows(&mut self, table: Table) -> Result<Missing, SqliteError> {
        let mut rows = 0;
        let (output, cancel) = (&mut *self.output, self.cancel);
        let mut put = |found: Found| {
            refuse_cancelled(cancel)?;
            rows += u64::from(output.put(&table, &found)?);
            Ok::<_, SqliteError>(())
        };
        let gaps = if table.shape.has_row_numbers {
            self.walked.table(table.root, &|record| table.shape.fits(record), &mut put)?
        } else {
            self.walked.index(table.root, &mut put)?.then_some(ALL_ROWS).into_iter().collect()
        };
        Ok(Missing { table, gaps, rows, matched: 0 })
    }

    /// Pages of indexes are nobody's rows; the indexes themselves are built anew.
    fn mark_indexes(&mut self, objects: &[Object]) -> Result<(), SqliteError> {
        for index in objects.iter().filter(|o| o.kind == Kind::Index && o.root > 0) {
            refuse_cancelled(self.cancel)?;
            self.walked.index(index.root, &mut |_| Ok::<_, SqliteError>(()))?;
        }
        Ok(())
    }
}

/// Indexes, virtual tables, views, triggers, in this order; names of those that the engine does not take.
fn finish_schema(
    output: &Output,
    objects: &[Object],
    cancel: &CancelToken,
) -> Result<Vec<String>, SqliteError> {
    let mut refused = Vec::new();
    for object in objects.iter().filter(|o| o.kind == Kind::Table && o.root == 0) {
        if !output.enter_virtual(object)? {
            refused.push(object.name.clone());
        }
    }
    for kind in [Kind::Index, Kind::View, Kind::Trigger] {
        for object in objects.iter().filter(|o| o.kind == kind) {
            refuse_cancelled(cancel)?;
            if !output.make_other(object)? {
                refused.push(object.name.clone());
            }
        }
    }
    Ok(refused)
}
