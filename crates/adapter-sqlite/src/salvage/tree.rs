//! Walks one tree of a damaged database, from its root as far as its pages hold together.
//!
//! What is missing on the way is remembered as a gap: the row numbers that lay there. Pages that nobody reaches are
//! matched with the gaps later (`strays`).

use super::image::Image;
use super::page::{BtreePage, Cell, PageKind, Payload};
use super::record::{self, Record};
use crate::error::SqliteError;
use lifeboat_ports::CancelToken;
use std::collections::BTreeSet;
use std::ops::RangeInclusive;

/// Row numbers whose page is missing.
pub(super) type Gap = RangeInclusive<i64>;

/// Every row number there is.
pub(super) const ALL_ROWS: Gap = i64::MIN..=i64::MAX;

/// A row as it was found.
pub(super) struct Found {
    pub(super) page: u32,
    /// 0 in a table without row numbers.
    pub(super) rowid: i64,
    pub(super) record: Record,
}

/// What several walks share: each page belongs to one tree.
pub(super) struct Walked<'i> {
    pub(super) image: &'i Image,
    pub(super) seen: BTreeSet<u32>,
    /// Pages that a tree points to and that are none of it.
    pub(super) damaged: BTreeSet<u32>,
    /// Cells on sound pages that hold no row.
    pub(super) damaged_cells: u64,
    cancel: CancelToken,
}

impl<'i> Walked<'i> {
    pub(super) fn new(image: &'i Image, cancel: &CancelToken) -> Self {
        let (seen, damaged, cancel) = (BTreeSet::new(), BTreeSet::new(), cancel.clone());
        Self { image, seen, damaged, damaged_cells: 0, cancel }
    }

    pub(super) fn refuse_cancelled(&self) -> Result<(), SqliteError> {
        super::refuse_cancelled(&self.cancel)
    }

    /// Does a page read as one of a tree?
    pub(super) fn is_tree(&self, number: u32) -> bool {
        let bytes = self.image.page(number);
        bytes.is_some_and(|bytes| BtreePage::parse(number, &bytes, self.image.usable()).is_some())
    }

    /// Hands every row of a table to `each`; gives the gaps. A page whose rows do not `fit` is not the table's. Rows whose
    /// number does not fit the way to them come last: what stands in their place already goes first.
    pub(super) fn table<E: From<SqliteError>>(
        &mut self,
        root: u32,
        fits: &dyn Fn(&Record) -> bool,
        each: &mut dyn FnMut(Found) -> Result<(), E>,
    ) -> Result<Vec<Gap>, E> {
        let mut gaps = Vec::new();
        let mut elsewhere = Vec::new();
        let mut ahead = vec![(root, ALL_ROWS)];
        while let Some((number, range)) = ahead.pop() {
            self.refuse_cancelled()?;
            let bytes = self.claim(number);
            let page = bytes.as_deref().and_then(|b| BtreePage::parse(number, b, self.image.usable()));
            match page.map(|page| (page.kind, page)) {
                Some((PageKind::InteriorTable, page)) => branches(&page, &range, &mut ahead, &mut gaps),
                Some((PageKind::LeafTable, page)) if self.belongs(&page, &range, fits) => {
                    let is_hurt = !page.is_balanced() || (page.cells == 0 && number != root);
                    for found in self.rows(number, &page) {
                        if range.contains(&found.rowid) {
                            each(found)?;
                        } else {
                            elsewhere.push(found);
                        }
                    }
                    if is_hurt {
                        self.damaged_cells += 1;
                        gaps.push(range);
                    }
                }
                _ => {
                    self.give_up(number);
                    gaps.push(range);
                }
            }
        }
        self.damaged_cells += elsewhere.len() as u64;
        elsewhere.into_iter().try_for_each(each)?;
        Ok(gaps)
    }

    /// Hands every row of a table without row numbers to `each`; tells whether anything is missing.
    pub(super) fn index<E: From<SqliteError>>(
        &mut self,
        root: u32,
        each: &mut dyn FnMut(Found) -> Result<(), E>,
    ) -> Result<bool, E> {
        let mut has_gap = false;
        let mut ahead = vec![root];
        while let Some(number) = ahead.pop() {
            self.refuse_cancelled()?;
            let bytes = self.claim(number);
            let page = bytes.as_deref().and_then(|b| BtreePage::parse(number, b, self.image.usable()));
            let Some(page) =
                page.filter(|page| matches!(page.kind, PageKind::LeafIndex | PageKind::InteriorIndex))
            else {
                self.give_up(number);
                has_gap = true;
                continue;
            };
            if !page.is_balanced() {
                self.damaged_cells += 1;
                has_gap = true;
            }
            ahead.extend(page.right_child());
            for index in (0..page.cells).rev() {
                let Some(Cell::Entry { child, payload }) = page.cell(index) else {
                    self.damaged_cells += 1;
                    has_gap = true;
                    continue;
                };
                ahead.extend(child);
                match self.record(&payload) {
                    Some(record) => each(Found { page: number, rowid: 0, record })?,
                    None => self.damaged_cells += 1,
                }
            }
        }
        Ok(has_gap)
    }

    /// Rows of a leaf, in order.
    pub(super) fn rows<'a>(
        &'a mut self,
        number: u32,
        page: &'a BtreePage<'_>,
    ) -> impl Iterator<Item = Found> + use<'a, 'i> {
        (0..page.cells).filter_map(move |index| {
            let found = match page.cell(index) {
                Some(Cell::Row { rowid, payload }) => {
                    self.record(&payload).map(|record| Found { page: number, rowid, record })
                }
                Some(Cell::Entry { payload, .. }) => {
                    self.record(&payload).map(|record| Found { page: number, rowid: 0, record })
                }
                _ => None,
            };
            self.damaged_cells += u64::from(found.is_none());
            found
        })
    }

    fn claim(&mut self, number: u32) -> Option<Vec<u8>> {
        if self.seen.insert(number) { self.image.page(number) } else { None }
    }

    fn give_up(&mut self, number: u32) {
        self.seen.remove(&number);
        self.damaged.insert(number);
    }

    /// A page that two others changed places with is recognised by its row numbers or by the shape of its rows.
    fn belongs(&mut self, page: &BtreePage<'_>, range: &Gap, fits: &dyn Fn(&Record) -> bool) -> bool {
        let rows = (0..page.cells).filter_map(|index| match page.cell(index) {
            Some(Cell::Row { rowid, payload }) => Some((rowid, payload)),
            _ => None,
        });
        let (mut inside, mut readable) = (0_usize, 0_usize);
        for (rowid, payload) in rows {
            readable += 1;
            let fitting = range.contains(&rowid)
                && payload.overflow == 0
                && record::read(payload.local, payload.length).is_some_and(|record| fits(&record));
            let beyond = range.contains(&rowid) && payload.overflow != 0;
            inside += usize::from(fitting || beyond);
        }
        page.cells == 0 || (readable > 0 && inside * 2 >= readable)
    }

    /// Brings a record together from its pages; a chain that breaks gives a record that is not whole.
    fn record(&mut self, payload: &Payload<'_>) -> Option<Record> {
        let mut bytes = payload.local.to_vec();
        let mut next = payload.overflow;
        while (bytes.len() as u64) < payload.length && next != 0 {
            if self.seen.contains(&next) {
                break;
            }
            let Some(page) = self.image.page(next) else { break };
            self.seen.insert(next);
            let rest = usize::try_from(payload.length - bytes.len() as u64).unwrap_or(usize::MAX);
            let usable = self.image.usable();
            bytes.extend_from_slice(page.get(4..usable.min(rest.saturating_add(4)))?);
            next = super::bytes::u32_at(&page, 0)?;
        }
        record::read(&bytes, payload.length)
    }
}

/// Children in order, each with the row numbers that it may hold; a pointer that cannot be read leaves a gap.
fn branches(page: &BtreePage<'_>, range: &Gap, ahead: &mut Vec<(u32, Gap)>, gaps: &mut Vec<Gap>) {
    let mut low = *range.start();
    let mut children = Vec::new();
    let mut unread = false;
    for index in 0..page.cells {
        match page.cell(index) {
            Some(Cell::Branch { child, key }) if key >= low && key <= *range.end() => {
                if unread {
                    gaps.push(low..=key);
                }
                unread = false;
                children.push((child, low..=key));
                low = key.saturating_add(1);
            }
            _ => unread = true,
        }
    }
    if unread {
        gaps.push(low..=*range.end());
    }
    match page.right_child() {
        Some(child) => children.push((child, low..=*range.end())),
        None => gaps.push(low..=*range.end()),
    }
    ahead.extend(children.into_iter().rev());
}
