//! Damages a database by page class: finds a page of the class and overwrites it.

use crate::shell;
use std::path::{Path, PathBuf};

/// What is hit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageClass {
    /// The first hundred bytes.
    Header,
    /// The list of tables.
    Schema,
    /// A branch of a table.
    Interior,
    /// A leaf of a table.
    Leaf,
    /// A page of a long value.
    Overflow,
    /// The list of free pages.
    FreeList,
    /// A page of an index.
    Index,
    /// A frame of the write-ahead log.
    LogFrame,
}

impl PageClass {
    /// All classes.
    pub const ALL: [Self; 8] = [
        Self::Header,
        Self::Schema,
        Self::Interior,
        Self::Leaf,
        Self::Overflow,
        Self::FreeList,
        Self::Index,
        Self::LogFrame,
    ];
}

/// Overwrites one page of the class with noise.
///
/// # Panics
/// Where the database has no such page.
pub fn damage(database: &Path, class: PageClass, table: &str, index: &str) {
    if class == PageClass::LogFrame {
        return damage_log(database);
    }
    let pages = shell::run(database, "pages.sql");
    let mut bytes = std::fs::read(database).unwrap();
    let size = match u16::from_be_bytes([bytes[16], bytes[17]]) {
        1 => 65_536,
        size => usize::from(size),
    };
    let whole = |number: usize| (number - 1) * size..number * size;
    let of = |kind: &str, name: &str| {
        let found = pages.lines().filter_map(|line| {
            let mut words = line.splitn(3, ' ');
            let number: usize = words.next()?.parse().ok()?;
            (words.next() == Some(kind) && words.next() == Some(name)).then_some(number)
        });
        let found: Vec<usize> = found.collect();
        let middle = found.get(found.len() / 2);
        *middle.unwrap_or_else(|| panic!("{name} has no page of the class {kind}"))
    };
    let range = match class {
        PageClass::Header => 0..100,
        PageClass::Schema => 100..size,
        PageClass::Interior => whole(of("internal", table)),
        PageClass::Leaf => whole(of("leaf", table)),
        PageClass::Overflow => whole(of("overflow", table)),
        PageClass::Index => whole(of("leaf", index)),
        PageClass::FreeList => whole(u32::from_be_bytes(bytes[32..36].try_into().unwrap()) as usize),
        PageClass::LogFrame => unreachable!("because it is done above"),
    };
    bytes[range].fill(0x5a);
    std::fs::write(database, bytes).unwrap();
}

/// The second frame: others stand behind it.
fn damage_log(database: &Path) {
    let mut log = database.as_os_str().to_owned();
    log.push("-wal");
    let log = PathBuf::from(log);
    let mut bytes = std::fs::read(&log).unwrap();
    let size = u32::from_be_bytes(bytes[8..12].try_into().unwrap()) as usize;
    let frame = 32 + 24 + size;
    assert!(bytes.len() > frame + 2 * (24 + size), "the log has too few frames");
    bytes[frame + 24 + 100..frame + 24 + 200].fill(0x5a);
    std::fs::write(&log, bytes).unwrap();
}
