//! What the first hundred bytes of a database say, where they can be believed.

use super::bytes::{u16_at, u32_at};

/// The words that every database begins with.
const MAGIC: &[u8; 16] = b"SQLite format 3\0";
/// Fixed values at offsets 21 to 23: payload fractions, which never differ.
const FRACTIONS: [u8; 3] = [64, 32, 32];
/// Bytes of the header.
pub(super) const HEADER_BYTES: usize = 100;
/// The newest file format that this code reads.
const READ_VERSION_MAX: u8 = 2;

/// The fields that a salvage needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) page_size: u32,
    /// 0 where the header does not say it: versions before 3.7.0 do not keep it.
    pub(super) page_count: u32,
    pub(super) reserved: u8,
    pub(super) encoding: Encoding,
    pub(super) first_trunk: u32,
    /// How many pages the list of free pages has.
    pub(super) free_count: u32,
    pub(super) user_version: u32,
    pub(super) application_id: u32,
}

/// How text is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    Utf8,
    Utf16Le,
    Utf16Be,
}

/// Whether a file is a database at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Its header is whole.
    Whole,
    /// It was a database, and its header is damaged.
    Hurt,
    /// Written by a newer engine in a format of its own.
    Newer,
    /// Something else, or encrypted.
    Foreign,
}

/// Judges the beginning of a file.
pub(super) fn judge(bytes: &[u8]) -> Standing {
    let magic = bytes.get(..16) == Some(MAGIC.as_slice());
    let fractions = bytes.get(21..24) == Some(FRACTIONS.as_slice());
    let sound = page_size(bytes).is_some() && fractions;
    match (magic, sound, bytes.get(19)) {
        (true, true, Some(version)) if *version > READ_VERSION_MAX => Standing::Newer,
        (true, true, _) => Standing::Whole,
        (true, false, _) | (false, true, _) => Standing::Hurt,
        (false, false, _) => Standing::Foreign,
    }
}

/// Reads a header whose geometry is plausible, whatever else is wrong with it.
pub(super) fn read(bytes: &[u8]) -> Option<Header> {
    if bytes.get(21..24)? != FRACTIONS.as_slice() {
        return None;
    }
    let encoding = match u32_at(bytes, 56)? {
        2 => Encoding::Utf16Le,
        3 => Encoding::Utf16Be,
        _ => Encoding::Utf8,
    };
    Some(Header {
        page_size: page_size(bytes)?,
        // Valid only while both counters agree (fileformat2.html section 1.3.7).
        page_count: if u32_at(bytes, 24)? == u32_at(bytes, 92)? { u32_at(bytes, 28)? } else { 0 },
        reserved: *bytes.get(20)?,
        encoding,
        first_trunk: u32_at(bytes, 32)?,
        free_count: u32_at(bytes, 36)?,
        user_version: u32_at(bytes, 60)?,
        application_id: u32_at(bytes, 68)?,
    })
}

fn page_size(bytes: &[u8]) -> Option<u32> {
    let size = match u16_at(bytes, 16)? {
        1 => 65_536,
        size => u32::from(size),
    };
    is_page_size(size).then_some(size)
}

/// A power of two from 512 to 65,536.
pub(super) const fn is_page_size(size: u32) -> bool {
    size.is_power_of_two() && size >= 512 && size <= 65_536
}
