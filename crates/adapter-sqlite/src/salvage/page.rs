//! One page of a tree and its cells (SQLite, fileformat2.html section 1.6), with every offset checked.

use super::bytes::{u16_at, u32_at, varint_at};
use super::header::HEADER_BYTES;

/// What a page is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PageKind {
    InteriorIndex,
    InteriorTable,
    LeafIndex,
    LeafTable,
}

impl PageKind {
    const fn of(byte: u8) -> Option<Self> {
        match byte {
            0x02 => Some(Self::InteriorIndex),
            0x05 => Some(Self::InteriorTable),
            0x0a => Some(Self::LeafIndex),
            0x0d => Some(Self::LeafTable),
            _ => None,
        }
    }

    const fn is_interior(self) -> bool {
        matches!(self, Self::InteriorIndex | Self::InteriorTable)
    }
}

/// A page of a tree.
#[derive(Debug, Clone, Copy)]
pub(super) struct BtreePage<'a> {
    bytes: &'a [u8],
    usable: usize,
    begin: usize,
    pub(super) kind: PageKind,
    pub(super) cells: u16,
}

/// Where the content of a cell lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Payload<'a> {
    /// Length of the whole.
    pub(super) length: u64,
    /// What lies on this page.
    pub(super) local: &'a [u8],
    /// Page with the rest; 0 where there is none.
    pub(super) overflow: u32,
}

/// A cell of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cell<'a> {
    /// A row of a table.
    Row { rowid: i64, payload: Payload<'a> },
    /// A branch of a table: rows up to `key` are below `child`.
    Branch { child: u32, key: i64 },
    /// An entry of an index, or a row of a table without row numbers; with what is below it where the page is a branch.
    Entry { child: Option<u32>, payload: Payload<'a> },
}

impl<'a> BtreePage<'a> {
    /// `None` where the bytes are no page of a tree.
    pub(super) fn parse(number: u32, bytes: &'a [u8], usable: usize) -> Option<Self> {
        let begin = if number == 1 { HEADER_BYTES } else { 0 };
        let kind = PageKind::of(*bytes.get(begin)?)?;
        let cells = u16_at(bytes, begin + 3)?;
        let page = Self { bytes: bytes.get(..usable)?, usable, begin, kind, cells };
        let pointers_end = page.pointers() + usize::from(cells) * 2;
        (pointers_end <= usable).then_some(page)
    }

    const fn pointers(&self) -> usize {
        self.begin + if self.kind.is_interior() { 12 } else { 8 }
    }

    /// The child after the last cell of a branch.
    pub(super) fn right_child(&self) -> Option<u32> {
        if self.kind.is_interior() { u32_at(self.bytes, self.begin + 8) } else { None }
    }

    /// One cell; `None` where it cannot be one.
    pub(super) fn cell(&self, index: u16) -> Option<Cell<'a>> {
        let pointer = self.pointers() + usize::from(index) * 2;
        let at = usize::from(u16_at(self.bytes, pointer)?);
        if at < self.pointers() + usize::from(self.cells) * 2 {
            return None;
        }
        match self.kind {
            PageKind::InteriorTable => {
                let (key, _) = varint_at(self.bytes, at + 4)?;
                Some(Cell::Branch { child: u32_at(self.bytes, at)?, key: key.cast_signed() })
            }
            PageKind::LeafTable => {
                let (length, first) = varint_at(self.bytes, at)?;
                let (rowid, second) = varint_at(self.bytes, at + first)?;
                let payload = self.payload(at + first + second, length, self.usable.checked_sub(35)?)?;
                Some(Cell::Row { rowid: rowid.cast_signed(), payload })
            }
            PageKind::LeafIndex | PageKind::InteriorIndex => {
                let child = self.kind.is_interior().then(|| u32_at(self.bytes, at));
                let child = match child {
                    Some(child) => Some(child?),
                    None => None,
                };
                let at = at + if child.is_some() { 4 } else { 0 };
                let (length, first) = varint_at(self.bytes, at)?;
                let local_max = (self.usable.checked_sub(12)? * 64 / 255).checked_sub(23)?;
                Some(Cell::Entry { child, payload: self.payload(at + first, length, local_max)? })
            }
        }
    }

    /// Cells, free blocks, fragments and the gap fill the page exactly (fileformat2.html section 1.6): a wrong number of
    /// cells shows here.
    pub(super) fn is_balanced(&self) -> bool {
        let pointers_end = self.pointers() + usize::from(self.cells) * 2;
        let content = match u16_at(self.bytes, self.begin + 5) {
            Some(0) => 65_536,
            Some(content) => usize::from(content),
            None => return false,
        };
        let fragments = self.bytes.get(self.begin + 7).copied().map_or(0, usize::from);
        let cells: Option<usize> = (0..self.cells).map(|index| self.cell_size(index)).sum();
        let (Some(cells), Some(free), Some(gap)) =
            (cells, self.free_blocks(), content.checked_sub(pointers_end))
        else {
            return false;
        };
        pointers_end + gap + cells + free + fragments == self.usable
    }

    /// Bytes in the list of free blocks, which lie in rising order.
    fn free_blocks(&self) -> Option<usize> {
        let mut total = 0;
        let mut at = usize::from(u16_at(self.bytes, self.begin + 1)?);
        while at != 0 {
            let (next, size) =
                (usize::from(u16_at(self.bytes, at)?), usize::from(u16_at(self.bytes, at + 2)?));
            total += size;
            if next != 0 && next <= at {
                return None;
            }
            at = next;
        }
        Some(total)
    }

    /// A cell takes four bytes at least.
    fn cell_size(&self, index: u16) -> Option<usize> {
        let at = usize::from(u16_at(self.bytes, self.pointers() + usize::from(index) * 2)?);
        let spilled = |payload: &Payload<'_>| payload.local.len() + if payload.overflow == 0 { 0 } else { 4 };
        let size = match self.cell(index)? {
            Cell::Branch { .. } => 4 + varint_at(self.bytes, at + 4)?.1,
            Cell::Row { payload, .. } => {
                let (_, first) = varint_at(self.bytes, at)?;
                let (_, second) = varint_at(self.bytes, at + first)?;
                first + second + spilled(&payload)
            }
            Cell::Entry { child, payload } => {
                let head = if child.is_some() { 4 } else { 0 };
                head + varint_at(self.bytes, at + head)?.1 + spilled(&payload)
            }
        };
        Some(size.max(4))
    }

    /// fileformat2.html section 1.6, "B-tree Cell Format".
    fn payload(&self, at: usize, length: u64, local_max: usize) -> Option<Payload<'a>> {
        let whole = usize::try_from(length).ok()?;
        if whole <= local_max {
            return Some(Payload { length, local: self.bytes.get(at..at.checked_add(whole)?)?, overflow: 0 });
        }
        let local_min = (self.usable.checked_sub(12)? * 32 / 255).checked_sub(23)?;
        let wanted = local_min + whole.checked_sub(local_min)? % (self.usable - 4);
        let local = if wanted <= local_max { wanted } else { local_min };
        let end = at.checked_add(local)?;
        Some(Payload { length, local: self.bytes.get(at..end)?, overflow: u32_at(self.bytes, end)? })
    }
}
