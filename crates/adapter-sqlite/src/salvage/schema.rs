//! The schema of a damaged database: its own, as far as it can be read, and a model's where it cannot.

use super::image::Image;
use super::page::{BtreePage, Cell, PageKind};
use super::record::{self, Field, Record};
use super::text;
use super::tree::Walked;
use crate::error::SqliteError;
use crate::migrate::spelling::{named, words};
use std::collections::BTreeSet;

/// Fields of a row of the schema.
const FIELDS: usize = 5;

/// One object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Object {
    pub(super) kind: Kind,
    pub(super) name: String,
    pub(super) root: u32,
    /// None for automatic indexes.
    pub(super) definition: Option<String>,
}

/// What an object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Table,
    Index,
    View,
    Trigger,
}

impl Object {
    /// Automatic indexes have no definition; everything else has its own.
    fn is_whole(&self) -> bool {
        self.is_defined() || (self.kind == Kind::Index && self.definition.is_none())
    }

    /// Is its definition one that makes this very object, and nothing else? The file is nobody's to trust: what else
    /// stands there is never run.
    pub(super) fn is_defined(&self) -> bool {
        let Some(definition) = &self.definition else { return false };
        let words = words(definition);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let names = [
            self.name.to_ascii_lowercase(),
            named(&self.name),
            format!("'{}'", self.name.replace('\'', "''")),
        ];
        let is_name = |word: &&str| names.iter().any(|name| name == word);
        match (self.kind, words.as_slice()) {
            (Kind::Table, ["create", "table", name, "(", ..])
            | (Kind::Table, ["create", "virtual", "table", name, "using", ..])
            | (Kind::Index, ["create", "index", name, "on", ..])
            | (Kind::Index, ["create", "unique", "index", name, "on", ..])
            | (Kind::View, ["create", "view", name, ..])
            | (Kind::Trigger, ["create", "trigger", name, ..]) => is_name(name),
            _ => false,
        }
    }
}

/// What is known of the schema.
pub(super) struct Schema {
    pub(super) objects: Vec<Object>,
    /// Some of it could not be read.
    pub(super) has_gap: bool,
    /// Objects that came from the model.
    pub(super) from_model: u64,
}

/// Reads the schema; `model` is that of a sound copy.
pub(super) fn read(
    walked: &mut Walked<'_>,
    model: &[Object],
    free: &BTreeSet<u32>,
) -> Result<Schema, SqliteError> {
    let mut objects: Vec<Object> = Vec::new();
    let image = walked.image;
    let fits = |record: &Record| record.fields.len() == FIELDS;
    let mut unread = 0_u64;
    let gaps = walked.table::<SqliteError>(1, &fits, &mut |found| {
        match object(image, &found.record) {
            Some(object) => objects.push(object),
            None => unread += 1,
        }
        Ok(())
    })?;
    let has_gap = !gaps.is_empty() || unread > 0 || walked.damaged_cells > 0;
    let mut from_model = 0;
    if has_gap {
        if !gaps.is_empty() {
            take_strays(walked, &mut objects, free)?;
        }
        let known: BTreeSet<String> = objects.iter().map(|o| o.name.to_ascii_lowercase()).collect();
        let roots: BTreeSet<u32> = objects.iter().map(|o| o.root).filter(|root| *root > 0).collect();
        // What was dropped since stays dropped: its root was given back, or is another's.
        let missing = |o: &&Object| {
            !known.contains(&o.name.to_ascii_lowercase())
                && !roots.contains(&o.root)
                && !free.contains(&o.root)
                && (o.root == 0 || o.kind != Kind::Table || walked.is_tree(o.root))
        };
        let added: Vec<Object> = model.iter().filter(missing).cloned().collect();
        from_model = added.len() as u64;
        objects.extend(added);
    }
    Ok(Schema { objects, has_gap, from_model })
}

/// Leaves of the list of tables that their damaged root leads to no more: nothing else looks like them.
fn take_strays(
    walked: &mut Walked<'_>,
    objects: &mut Vec<Object>,
    free: &BTreeSet<u32>,
) -> Result<(), SqliteError> {
    let image = walked.image;
    for number in 2..=image.page_count {
        if walked.seen.contains(&number) || free.contains(&number) {
            continue;
        }
        walked.refuse_cancelled()?;
        let Some(bytes) = image.page(number) else { continue };
        let Some(page) = BtreePage::parse(number, &bytes, image.usable()) else { continue };
        if page.kind != PageKind::LeafTable || page.cells == 0 || !first_is_object(image, &page) {
            continue;
        }
        walked.seen.insert(number);
        let rows: Vec<_> = walked.rows(number, &page).collect();
        objects.extend(rows.iter().filter_map(|found| object(image, &found.record)).filter(Object::is_whole));
    }
    Ok(())
}

fn first_is_object(image: &Image, page: &BtreePage<'_>) -> bool {
    let Some(Cell::Row { payload, .. }) = page.cell(0) else { return false };
    let whole = (payload.overflow == 0).then(|| record::read(payload.local, payload.length)).flatten();
    whole.and_then(|record| object(image, &record)).is_some_and(|object| object.is_whole())
}

fn object(image: &Image, record: &Record) -> Option<Object> {
    let [kind, name, _, root, definition] = record.fields.as_slice() else { return None };
    let text = |field: &Field| match field {
        Field::Text(bytes) => Some(text::decode(image.header.encoding, bytes)),
        _ => None,
    };
    let kind = match text(kind)?.as_str() {
        "table" => Kind::Table,
        "index" => Kind::Index,
        "view" => Kind::View,
        "trigger" => Kind::Trigger,
        _ => return None,
    };
    let root = match root {
        Field::Integer(root) => u32::try_from(*root).ok()?,
        Field::Null => 0,
        _ => return None,
    };
    Some(Object { kind, name: text(name)?, root, definition: text(definition) })
}
