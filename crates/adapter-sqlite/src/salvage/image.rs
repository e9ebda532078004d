//! A damaged database as pages: the file, with its log or journal laid over it. Only reads.

use super::bytes::{u16_at, u32_at};
use super::header::{self, Encoding, HEADER_BYTES, Header, Standing, is_page_size};
use super::log::{self, Aside};
use super::page::BtreePage;
use crate::connection::sidecar;
use lifeboat_ports::LogReading;
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

/// Pages that are looked at to find out the page size.
const SAMPLE: u64 = 256;

/// Every page that can be read, by its number from 1.
pub(super) struct Image {
    file: File,
    aside: Aside,
    pub(super) header: Header,
    /// The header was read, and not guessed.
    pub(super) header_is_own: bool,
    /// The engine would take it.
    pub(super) header_is_whole: bool,
    pub(super) page_count: u32,
}

impl Image {
    /// `model` is the header of a sound copy, for what this file's own header does not tell any more.
    pub(super) fn open(path: &Path, model: Option<Header>, reading: LogReading) -> io::Result<Self> {
        let mut file = File::open(path)?;
        let size = file.metadata()?.len();
        let aside = match log::read_log(&sidecar(path, "-wal"), reading)? {
            log if log.file.is_some() => log,
            _ => log::read_journal(&sidecar(path, "-journal"))?,
        };
        let mut first = [0; HEADER_BYTES];
        let read = file.read(&mut first)?;
        let own =
            header::read(&first[..read]).filter(|own| aside.page_size.is_none_or(|s| s == own.page_size));
        let header = match (own, aside.page_size, model) {
            (Some(own), _, _) => own,
            (None, size, Some(model)) => {
                Header { page_size: size.unwrap_or(model.page_size), first_trunk: 0, free_count: 0, ..model }
            }
            (None, Some(page_size), None) => guessed(page_size),
            (None, None, None) => guessed(guess_page_size(&mut file, size)?),
        };
        let in_file = u32::try_from(size.div_ceil(u64::from(header.page_size))).unwrap_or(u32::MAX);
        // What log, journal or header say of the size may be damaged itself: it never hides a page that is there. Only a
        // file that is mostly holes is not walked to its end.
        let beyond = aside.pages.keys().next_back().copied().unwrap_or(0);
        let said = aside.page_count.or(own.map(|own| own.page_count)).unwrap_or(0);
        let stored = stored_pages(&file, header.page_size)?;
        let page_count = in_file.min(stored.max(said)).max(beyond);
        let header_is_whole = header::judge(&first[..read]) == Standing::Whole;
        let header_is_own = own.is_some();
        let mut image = Self { file, aside, header, header_is_own, header_is_whole, page_count };
        image.prefer_header_of_the_log();
        Ok(image)
    }

    /// The newest first page may lie in the log.
    fn prefer_header_of_the_log(&mut self) {
        let Some(first) = self.page(1) else { return };
        if let Some(newest) = header::read(&first)
            && newest.page_size == self.header.page_size
        {
            (self.header, self.header_is_own) = (newest, true);
            self.header_is_whole = header::judge(&first) == Standing::Whole;
        }
    }

    /// Bytes of a page that hold content.
    pub(super) fn usable(&self) -> usize {
        self.header.page_size as usize - usize::from(self.header.reserved)
    }

    /// One page; `None` beyond the end. A page that is cut off is filled with zeros.
    pub(super) fn page(&self, number: u32) -> Option<Vec<u8>> {
        if number == 0 || number > self.page_count {
            return None;
        }
        let size = self.header.page_size as usize;
        let (file, at) = match (self.aside.pages.get(&number), &self.aside.file) {
            (Some(at), Some(aside)) => (aside, *at),
            _ => (&self.file, u64::from(number - 1) * size as u64),
        };
        let mut bytes = Vec::with_capacity(size);
        let mut file = file;
        file.seek(SeekFrom::Start(at)).ok()?;
        file.take(size as u64).read_to_end(&mut bytes).ok()?;
        bytes.resize(size, 0);
        Some(bytes)
    }

    /// Does anything in the file look like a page of a tree with rows?
    pub(super) fn holds_trees(&self) -> bool {
        let sample = (2..=self.page_count).take(usize::try_from(SAMPLE).unwrap_or(usize::MAX));
        sample.filter_map(|number| self.page(number)).any(|bytes| is_plausible(&bytes))
    }

    pub(super) fn unread_commits(&self) -> u64 {
        self.aside.unread_commits
    }

    /// Pages that the database had given back: what they hold was deleted, and stays deleted.
    pub(super) fn free_pages(&self) -> FreePages {
        let mut free = BTreeSet::new();
        let mut trunk = self.header.first_trunk;
        while trunk > 1 && free.insert(trunk) {
            let Some(bytes) = self.page(trunk) else { break };
            let entries = u32_at(&bytes, 4).unwrap_or(0) as usize;
            let leaves = (0..entries.min(self.usable() / 4)).filter_map(|at| u32_at(&bytes, 8 + at * 4));
            free.extend(leaves.filter(|leaf| *leaf > 1));
            trunk = u32_at(&bytes, 0).unwrap_or(0);
        }
        let is_whole = u32::try_from(free.len()) == Ok(self.header.free_count);
        FreePages { pages: free, is_whole }
    }
}

/// The list of free pages, as far as it can be read.
pub(super) struct FreePages {
    pub(super) pages: BTreeSet<u32>,
    /// It has as many pages as the header says. Where not, a page that nobody reaches may be one of them.
    pub(super) is_whole: bool,
}

/// A volume that compresses stores a page in less than its size, but not in so much less.
#[cfg(unix)]
const COMPRESSION_MAX: u64 = 64;

/// Pages that the bytes which the volume stores can hold at most.
#[cfg(unix)]
fn stored_pages(file: &File, page_size: u32) -> io::Result<u32> {
    use std::os::unix::fs::MetadataExt;
    /// `st_blocks` counts in these, whatever the file system.
    const BLOCK: u64 = 512;
    let bytes = file.metadata()?.blocks().saturating_mul(BLOCK * COMPRESSION_MAX);
    Ok(u32::try_from(bytes.div_ceil(u64::from(page_size))).unwrap_or(u32::MAX))
}

/// Not told here: the whole length counts.
#[cfg(not(unix))]
fn stored_pages(_file: &File, _page_size: u32) -> io::Result<u32> {
    Ok(u32::MAX)
}

const fn guessed(page_size: u32) -> Header {
    Header {
        page_size,
        page_count: 0,
        reserved: 0,
        encoding: Encoding::Utf8,
        first_trunk: 0,
        free_count: 0,
        user_version: 0,
        application_id: 0,
    }
}

/// The smallest size at which nearly as many pages look like pages as at the best one.
fn guess_page_size(file: &mut File, size: u64) -> io::Result<u32> {
    let sizes = (9..=16).map(|power| 1_u32 << power).filter(|s| is_page_size(*s));
    let mut shares = Vec::new();
    for page_size in sizes {
        let pages = size / u64::from(page_size);
        let sample = pages.clamp(1, SAMPLE);
        let mut plausible = 0_u64;
        for index in 0..sample {
            let number = index * pages / sample;
            let mut bytes = vec![0; page_size as usize];
            file.seek(SeekFrom::Start(number * u64::from(page_size)))?;
            if file.read_exact(&mut bytes).is_ok() && is_plausible(&bytes) {
                plausible += 1;
            }
        }
        shares.push((page_size, plausible * 1000 / sample));
    }
    let best = shares.iter().map(|(_, share)| *share).max().unwrap_or(0);
    let found = shares.iter().find(|(_, share)| *share > 0 && share * 10 >= best * 8);
    Ok(found.map_or(4096, |(size, _)| *size))
}

/// A page of a tree whose content begins where its last cell does, up to its end.
fn is_plausible(bytes: &[u8]) -> bool {
    let Some(page) = BtreePage::parse(2, bytes, bytes.len()) else { return false };
    let content = u16_at(bytes, 5).map_or(0, usize::from);
    page.cells > 0 && content >= bytes.len() / 2 || page.cells > 3
}
