//! The schema of a damaged database: its own, as far as it can be read, and a model's where it cannot.

use super::image::Image;
use super::page::{BtreePage, Cell, PageKind};
use super::record::{self, Field, Record};
use super::text;
use super::tree::Walked;
use std::collections::BTreeSet;
use std::convert::Infallible;

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

/// What is known of the schema.
pub(super) struct Schema {
    pub(super) objects: Vec<Object>,
    /// Some of it could not be read.
    pub(super) has_gap: bool,
    /// Objects that came from the model.
    pub(super) from_model: u64,
}

/// Reads the schema; `model` is that of a sound copy.
pub(super) fn read(walked: &mut Walked<'_>, model: &[Object]) -> Schema {
    let mut objects: Vec<Object> = Vec::new();
    let image = walked.image;
    let fits = |record: &Record| record.fields.len() == FIELDS;
    let mut unread = 0_u64;
    let gaps = walked.table::<Infallible>(1, &fits, &mut |found| {
        match object(image, &found.record) {
            Some(object) => objects.push(object),
            None => unread += 1,
        }
        Ok(())
    });
    let Ok(gaps) = gaps;
    let has_gap = !gaps.is_empty() || unread > 0 || walked.damaged_cells > 0;
    let mut from_model = 0;
    if has_gap {
        take_strays(walked, &mut objects);
        let known: BTreeSet<String> = objects.iter().map(|o| o.name.to_ascii_lowercase()).collect();
        let roots: BTreeSet<u32> = objects.iter().map(|o| o.root).filter(|root| *root > 0).collect();
        let missing = |o: &&Object| !known.contains(&o.name.to_ascii_lowercase()) && !roots.contains(&o.root);
        let added: Vec<Object> = model.iter().filter(missing).cloned().collect();
        from_model = added.len() as u64;
        objects.extend(added);
    }
    Schema { objects, has_gap, from_model }
}

/// Leaves of the list of tables that their damaged root leads to no more: nothing else looks like them.
fn take_strays(walked: &mut Walked<'_>, objects: &mut Vec<Object>) {
    let image = walked.image;
    for number in 2..=image.page_count {
        let Some(bytes) = image.page(number).filter(|_| !walked.seen.contains(&number)) else { continue };
        let Some(page) = BtreePage::parse(number, &bytes, image.usable()) else { continue };
        if page.kind != PageKind::LeafTable || page.cells == 0 || !first_is_object(image, &page) {
            continue;
        }
        walked.seen.insert(number);
        let rows: Vec<_> = walked.rows(number, &page).collect();
        objects.extend(rows.iter().filter_map(|found| object(image, &found.record)));
    }
}

fn first_is_object(image: &Image, page: &BtreePage<'_>) -> bool {
    let Some(Cell::Row { payload, .. }) = page.cell(0) else { return false };
    let whole = (payload.overflow == 0).then(|| record::read(payload.local, payload.length)).flatten();
    whole.is_some_and(|record| object(image, &record).is_some())
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
