//! The write-ahead log and the rollback journal beside a database, as pages that stand for those of the file.
//!
//! Formats: SQLite, fileformat2.html sections 3 and 4. The engine stops reading a log at the first frame that does not
//! agree with the sum of all before it, and so do we: behind it lies what damage cut off, or what an earlier use of the
//! same log left, and nothing tells which. Only where a person asks is it read, frame by frame from the sum that the one
//! before it carries.

use super::bytes::u32_at;
use super::header::is_page_size;
use lifeboat_ports::LogReading;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

const LOG_HEADER: usize = 32;
const FRAME_HEADER: usize = 24;
const JOURNAL_HEADER: usize = 28;
const JOURNAL_MAGIC: [u8; 8] = [0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7];

/// Pages that lie beside the file.
#[derive(Debug, Default)]
pub(super) struct Aside {
    /// The file that holds them.
    pub(super) file: Option<File>,
    /// Page number, and where its newest committed bytes begin.
    pub(super) pages: BTreeMap<u32, u64>,
    /// Pages of the database, where the log or the journal says it.
    pub(super) page_count: Option<u32>,
    pub(super) page_size: Option<u32>,
    /// Commits behind the last frame that the engine reads.
    pub(super) unread_commits: u64,
}

/// Reads a log; one that is absent or no log gives nothing.
pub(super) fn read_log(path: &Path, reading: LogReading) -> io::Result<Aside> {
    let Some(mut file) = open(path)? else { return Ok(Aside::default()) };
    let mut header = [0; LOG_HEADER];
    if file.read_exact(&mut header).is_err() {
        return Ok(Aside::default());
    }
    let Some(log) = LogHeader::read(&header) else { return Ok(Aside::default()) };
    let mut found = Aside { page_size: Some(log.page_size), ..Aside::default() };
    let mut frame = vec![0; FRAME_HEADER + log.page_size as usize];
    let mut open_transaction = BTreeMap::new();
    let (mut sum, mut at, mut is_cut) = (log.sum, LOG_HEADER as u64, false);
    while file.read_exact(&mut frame).is_ok() {
        let field = |offset| u32_at(&frame, offset).unwrap_or_default();
        if [field(8), field(12)] != log.salt {
            break;
        }
        let summed = log.checksum(log.checksum(sum, &frame[..8]), &frame[FRAME_HEADER..]);
        sum = [field(16), field(20)];
        if summed != sum {
            is_cut = true;
            open_transaction.clear();
        } else if !is_cut || reading == LogReading::BehindDamage {
            open_transaction.insert(field(0), at + FRAME_HEADER as u64);
        }
        if summed == sum && field(4) > 0 {
            found.unread_commits += u64::from(is_cut);
            if !is_cut || reading == LogReading::BehindDamage {
                found.page_count = Some(field(4));
                found.pages.append(&mut open_transaction);
            }
        }
        at += frame.len() as u64;
    }
    found.file = Some(file);
    Ok(found)
}

struct LogHeader {
    big_endian: bool,
    page_size: u32,
    salt: [u32; 2],
    sum: [u32; 2],
}

impl LogHeader {
    fn read(bytes: &[u8; LOG_HEADER]) -> Option<Self> {
        let field = |offset| u32_at(bytes, offset);
        let big_endian = match field(0)? {
            0x377f_0682 => false,
            0x377f_0683 => true,
            _ => return None,
        };
        let log = Self {
            big_endian,
            page_size: field(8)?,
            salt: [field(16)?, field(20)?],
            sum: [field(24)?, field(28)?],
        };
        let agrees = log.checksum([0, 0], &bytes[..24]) == log.sum;
        (agrees && is_page_size(log.page_size)).then_some(log)
    }

    /// fileformat2.html section 4.2.
    fn checksum(&self, seed: [u32; 2], bytes: &[u8]) -> [u32; 2] {
        let [mut a, mut b] = seed;
        for pair in bytes.chunks_exact(8) {
            let word = |at: usize| {
                let four = [pair[at], pair[at + 1], pair[at + 2], pair[at + 3]];
                if self.big_endian { u32::from_be_bytes(four) } else { u32::from_le_bytes(four) }
            };
            a = a.wrapping_add(word(0)).wrapping_add(b);
            b = b.wrapping_add(word(4)).wrapping_add(a);
        }
        [a, b]
    }
}

/// Reads a journal that was left behind: its pages are the ones before the transaction that did not end.
pub(super) fn read_journal(path: &Path) -> io::Result<Aside> {
    let Some(mut file) = open(path)? else { return Ok(Aside::default()) };
    let size = file.metadata()?.len();
    let mut found = Aside::default();
    let mut at = 0;
    while let Some(segment) = Segment::read(&mut file, at)? {
        found.page_size = Some(segment.page_size);
        found.page_count.get_or_insert(segment.page_count);
        at = segment.read_pages(&mut file, at, size, &mut found.pages)?;
    }
    found.file = Some(file);
    Ok(found)
}

struct Segment {
    records: u32,
    nonce: u32,
    page_count: u32,
    sector: u64,
    page_size: u32,
}

impl Segment {
    fn read(file: &mut File, at: u64) -> io::Result<Option<Self>> {
        let mut header = [0; JOURNAL_HEADER];
        file.seek(SeekFrom::Start(at))?;
        if file.read_exact(&mut header).is_err() || header[..8] != JOURNAL_MAGIC {
            return Ok(None);
        }
        let field = |offset| u32_at(&header, offset).unwrap_or_default();
        let segment = Self {
            records: field(8),
            nonce: field(12),
            page_count: field(16),
            sector: u64::from(field(20)),
            page_size: field(24),
        };
        let plausible = is_page_size(segment.page_size) && (32..=65_536).contains(&segment.sector);
        Ok(plausible.then_some(segment))
    }

    /// Gives where the next segment would begin. The first copy of a page is the oldest one.
    fn read_pages(
        &self,
        file: &mut File,
        begin: u64,
        size: u64,
        pages: &mut BTreeMap<u32, u64>,
    ) -> io::Result<u64> {
        let mut record = vec![0; 8 + self.page_size as usize];
        let mut at = begin + self.sector;
        file.seek(SeekFrom::Start(at))?;
        // 0xffffffff: as many as there are.
        let fitting = size.saturating_sub(at) / record.len() as u64;
        for _ in 0..u64::from(self.records).min(fitting) {
            file.read_exact(&mut record)?;
            let number = u32_at(&record, 0).unwrap_or_default();
            let sum = u32_at(&record, 4 + self.page_size as usize);
            if sum != Some(self.checksum(&record[4..4 + self.page_size as usize])) {
                break;
            }
            pages.entry(number).or_insert(at + 4);
            at += record.len() as u64;
        }
        Ok(at.div_ceil(self.sector) * self.sector)
    }

    /// fileformat2.html section 3: every 200th byte from the end, but not the first.
    fn checksum(&self, page: &[u8]) -> u32 {
        let mut sum = self.nonce;
        let mut at = page.len().saturating_sub(200);
        while at > 0 {
            sum = sum.wrapping_add(u32::from(page[at]));
            at = at.saturating_sub(200);
        }
        sum
    }
}

fn open(path: &Path) -> io::Result<Option<File>> {
    match File::open(path) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
