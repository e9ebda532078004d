//! Reads a folder of small texts, for example migrations.

use crate::durable::{Standing, publish_bytes, publish_file, with_suffix, write_synced};
use crate::error::from_io;
use crate::os::{self, Rights};
use lifeboat_domain::name::PARTIAL_ENDING;
use lifeboat_ports::{PortError, PortErrorKind};
use std::io::Write;
use std::path::Path;

/// The bytes of a small file.
///
/// # Errors
/// `NotFound`, `PermissionDenied`, `Io`.
pub fn read_file(path: &Path) -> Result<Vec<u8>, PortError> {
    std::fs::read(path).map_err(|e| from_io("read", path, e))
}

/// Hands the bytes of a file on, piece by piece.
///
/// # Errors
/// `NotFound`, `PermissionDenied`, `Io`.
pub fn read_pieces(path: &Path, mut take: impl FnMut(&[u8])) -> Result<(), PortError> {
    let fail = |e| from_io("read", path, e);
    let mut file = std::fs::File::open(path).map_err(fail)?;
    let mut buffer = vec![0; 1 << 20];
    loop {
        match std::io::Read::read(&mut file, &mut buffer).map_err(fail)? {
            0 => return Ok(()),
            length => take(&buffer[..length]),
        }
    }
}

/// Replaces a small file of the owner's; readers see the old or the new bytes, after a crash too.
///
/// # Errors
/// `NoSpace`, `PermissionDenied`, `Io`; the old file stands then.
pub fn replace_file(path: &Path, bytes: &[u8]) -> Result<(), PortError> {
    publish_bytes(path, bytes, Standing::Older).map_err(|e| from_io("write", path, e))
}

/// Names and texts of the files of `folder` with this ending, sorted by name. A byte order mark is left out.
///
/// # Errors
/// `NotFound` where the folder is not there, `UnknownFormat` where a file is not UTF-8, `PermissionDenied`, `Io`.
pub fn read_texts(folder: &Path, ending: &str) -> Result<Vec<(String, String)>, PortError> {
    let fail = |error| from_io("read", folder, error);
    let mut found = Vec::new();
    for entry in folder.read_dir().map_err(fail)? {
        let path = entry.map_err(fail)?.path();
        if !path.is_file() || path.extension().is_none_or(|found| !found.eq_ignore_ascii_case(ending)) {
            continue;
        }
        let bytes = std::fs::read(&path).map_err(|e| from_io("read", &path, e))?;
        let name = crate::error::name_of(&path);
        let text = String::from_utf8(bytes)
            .map_err(|e| PortError::new(PortErrorKind::UnknownFormat, "read", name.clone()).with_source(e))?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text).to_owned();
        found.push((name, text));
    }
    found.sort();
    Ok(found)
}

/// Folders below the named one that are looked into, and bytes of a file that is read: migrations are small.
const DEPTH_MAX: usize = 4;
const BYTES_MAX: u64 = 4 * 1024 * 1024;

/// Files that are read at most: nobody has more steps.
const FILES_MAX: usize = 20_000;

/// Endings of steps, and of the list that Drizzle keeps.
fn is_step(name: &str) -> bool {
    let endings = [".sql", ".py", ".js", ".cjs", ".mjs", ".ts", ".json"];
    endings.iter().any(|ending| name.ends_with(ending))
}

/// Paths inside `folder` (`/` between names) and bytes of all its files and those below, sorted. Hidden folders, packages
/// and files that are no migration by their size are passed over.
///
/// # Errors
/// `NotFound` where the folder is not there, `PermissionDenied`, `Io`.
pub fn read_tree(folder: &Path) -> Result<Vec<(String, Vec<u8>)>, PortError> {
    let mut found = Vec::new();
    let mut ahead = vec![(folder.to_path_buf(), String::new(), 0)];
    while let Some((folder, inside, depth)) = ahead.pop() {
        let fail = |error| from_io("read", &folder, error);
        for entry in folder.read_dir().map_err(fail)? {
            let path = entry.map_err(fail)?.path();
            let name = crate::error::name_of(&path);
            let inside = if inside.is_empty() { name.clone() } else { format!("{inside}/{name}") };
            // A link that leads nowhere is no step.
            let Ok(meta) = path.metadata() else { continue };
            let is_package = name.starts_with('.')
                || ["node_modules", "site-packages", "target", "dist", "venv"].contains(&name.as_str());
            if meta.is_dir() && depth < DEPTH_MAX && !is_package {
                ahead.push((path, inside, depth + 1));
            } else if meta.is_file() && meta.len() <= BYTES_MAX && is_step(&name) && found.len() < FILES_MAX {
                found.push((inside, std::fs::read(&path).map_err(|e| from_io("read", &path, e))?));
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Writes a new text for people to edit: with the permissions that their system gives new files. The folder is made
/// where it is absent.
///
/// # Errors
/// `AlreadyExists`, `PermissionDenied`, `NoSpace`, `Io`; a text that failed halfway stays as it is.
pub fn write_new_text(path: &Path, text: &str) -> Result<(), PortError> {
    let fail = |error| from_io("write", path, error);
    std::fs::create_dir_all(crate::durable::folder_of(path)).map_err(fail)?;
    let mut file = std::fs::File::create_new(path).map_err(fail)?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(fail)
}

/// Adds to a text at its end, or writes a new one. Readers see the old text or the new one, before and after a crash.
///
/// # Errors
/// `PermissionDenied`, `NoSpace`, `Io`; the old text stands.
pub fn append_text(path: &Path, text: &str) -> Result<(), PortError> {
    let fail = |error| from_io("write", path, error);
    if path.symlink_metadata().is_err() {
        return write_new_text(path, text);
    }
    let mut whole = std::fs::read_to_string(path).map_err(fail)?;
    if !whole.is_empty() {
        whole.push_str(if whole.ends_with('\n') { "\n" } else { "\n\n" });
    }
    whole.push_str(text);
    let partial = with_suffix(path, PARTIAL_ENDING);
    let publish = || {
        write_synced(&partial, whole.as_bytes())?;
        os::take_after(path, &partial, Rights::OwnerWrites)?;
        publish_file(&partial, path, Standing::Older)
    };
    publish().map_err(|error| {
        let _ = std::fs::remove_file(&partial);
        fail(error)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_sorted_without_marks_and_never_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join("m").join(name);
        write_new_text(&path("0002_b.sql"), "two").unwrap();
        write_new_text(&path("0001_a.SQL"), "\u{feff}one").unwrap();
        write_new_text(&path("notes.txt"), "no").unwrap();
        let found = read_texts(&folder.path().join("m"), "sql").unwrap();
        let expected =
            [("0001_a.SQL", "one"), ("0002_b.sql", "two")].map(|(a, b)| (a.to_owned(), b.to_owned()));
        assert_eq!(found, expected);
        append_text(&path("0002_b.sql"), "and a half\n").unwrap();
        assert_eq!(std::fs::read_to_string(path("0002_b.sql")).unwrap(), "two\n\nand a half\n");
        append_text(&path("0004_d.txt"), "new").unwrap();
        assert_eq!(std::fs::read_to_string(path("0004_d.txt")).unwrap(), "new");
        let again = write_new_text(&path("0002_b.sql"), "three").unwrap_err();
        assert_eq!(again.kind(), PortErrorKind::AlreadyExists);
        std::fs::write(path("0003_c.sql"), [0xff, 0xfe]).unwrap();
        let error = read_texts(&folder.path().join("m"), "sql").unwrap_err();
        assert_eq!(error.kind(), PortErrorKind::UnknownFormat);
    }
}
