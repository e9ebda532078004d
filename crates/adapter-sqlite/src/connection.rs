//! The ways to open a file, each with the least rights that serve.

use crate::error::SqliteError;
use crate::sql;
use lifeboat_ports::PortErrorKind;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};
use rusqlite::{Connection, ErrorCode, OpenFlags};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The smallest page; a shorter file is no database, though the engine would call it an empty one.
const FILE_BYTES_MIN: u64 = 512;

/// Everything but these is percent-encoded in a URI.
const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'_').remove(b'.').remove(b':');

/// Opens a live database to look at it. Nothing can be written through it, and what its closing would tidy
/// (a log that another process left) is left as found.
pub(crate) fn looking(path: &Path, wait: Duration) -> Result<Connection, SqliteError> {
    refuse_what_is_no_database(path)?;
    match look_with(path, wait, Sharing::WithOthers) {
        // On a full volume there is no room for the shared memory; alone, SQLite keeps its index on the heap.
        Err(error) if error.lacks_shared_memory() => look_with(path, wait, Sharing::Alone),
        done => done,
    }
}

/// Whether other processes may use the database at the same time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sharing {
    WithOthers,
    Alone,
}

fn look_with(path: &Path, wait: Duration, sharing: Sharing) -> Result<Connection, SqliteError> {
    let left_log = sidecar(path, "-wal").metadata().is_ok_and(|meta| meta.len() > 0);
    let connection = open(path, OpenFlags::SQLITE_OPEN_READ_WRITE)
        .or_else(|_| open(path, OpenFlags::SQLITE_OPEN_READ_ONLY))
        .map_err(SqliteError::from)?;
    // A log beside a damaged file may hold the only copy of committed rows: closing must not remove it.
    if left_log {
        keep_log_on_close(&connection)?;
    }
    connection.busy_timeout(wait)?;
    execute(&connection, sql::look::FORBID_WRITES)?;
    if sharing == Sharing::Alone {
        execute(&connection, sql::install::LOCK_ALONE)?;
    }
    match read_once(&connection) {
        Ok(()) => Ok(connection),
        Err(SqliteError::Engine(error)) if error.sqlite_error_code() == Some(ErrorCode::ReadOnly) => {
            let what = "the file needs recovery and may not be written";
            Err(SqliteError::Found(PortErrorKind::PermissionDenied, what))
        }
        Err(error) => Err(error),
    }
}

/// Opens a live database to write it.
pub(crate) fn writing(path: &Path, wait: Duration) -> Result<Connection, SqliteError> {
    refuse_what_is_no_database(path)?;
    let connection = open(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    connection.busy_timeout(wait)?;
    Ok(connection)
}

/// Opens a private copy to write it: nothing of it has to outlive this process.
pub(crate) fn writing_private(path: &Path, wait: Duration) -> Result<Connection, SqliteError> {
    let connection = writing(path, wait)?;
    execute(&connection, sql::merge::FORGO_JOURNAL)?;
    execute(&connection, sql::merge::FORGO_SYNC)?;
    Ok(connection)
}

/// Opens an empty file that becomes a copy.
pub(crate) fn filling(path: &Path) -> Result<Connection, SqliteError> {
    Ok(open(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?)
}

/// Closing the last connection of a WAL database moves the log into the file and removes it; not this one.
pub(crate) fn keep_log_on_close(connection: &Connection) -> Result<(), SqliteError> {
    let keep = rusqlite::config::DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE;
    connection.set_db_config(keep, true)?;
    Ok(())
}

/// Makes a new database.
pub(crate) fn creating(path: &Path) -> Result<Connection, SqliteError> {
    Ok(open(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)?)
}

/// Opens a file at rest: read-only, immutable, so that nothing is made beside it.
pub(crate) fn at_rest(path: &Path) -> Result<Connection, SqliteError> {
    refuse_what_is_no_database(path)?;
    let flags =
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Ok(Connection::open_with_flags(immutable_uri(path), flags)?)
}

/// The URI of a file at rest, for `at_rest` and for ATTACH.
pub(crate) fn immutable_uri(path: &Path) -> String {
    debug_assert!(path.is_absolute(), "a relative path in a URI names another file");
    let text = uri_path(path);
    let slash = if text.starts_with('/') { "" } else { "/" };
    format!("file://{slash}{text}?mode=ro&immutable=1")
}

#[cfg(unix)]
fn uri_path(path: &Path) -> String {
    use std::os::unix::ffi::OsStrExt;
    percent_encode(path.as_os_str().as_bytes(), KEPT).to_string()
}

#[cfg(not(unix))]
fn uri_path(path: &Path) -> String {
    let text = path.to_string_lossy();
    // The verbatim prefix that canonical Windows paths carry is no part of a URI.
    let text = text.strip_prefix(r"\\?\").unwrap_or(&text).replace('\\', "/");
    percent_encode(text.as_bytes(), KEPT).to_string()
}

/// Runs a statement that gives no row or one that nobody needs.
pub(crate) fn execute(connection: &Connection, statement: &str) -> Result<(), SqliteError> {
    let mut prepared = connection.prepare(statement)?;
    let mut rows = prepared.query([])?;
    while rows.next()?.is_some() {}
    Ok(())
}

/// A number that changes, on this connection, when another one commits.
pub(crate) fn data_version(connection: &Connection) -> Result<i64, SqliteError> {
    Ok(connection.query_row(sql::look::READ_DATA_VERSION, [], |row| row.get(0))?)
}

/// The name of a file beside the database.
pub(crate) fn sidecar(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path.as_os_str());
    name.push(suffix);
    PathBuf::from(name)
}

fn open(path: &Path, access: OpenFlags) -> Result<Connection, rusqlite::Error> {
    let flags = access | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    Connection::open_with_flags(path, flags)
}

fn read_once(connection: &Connection) -> Result<(), SqliteError> {
    Ok(connection.query_row(sql::look::PIN, [], |_| Ok(()))?)
}

fn refuse_what_is_no_database(path: &Path) -> Result<(), SqliteError> {
    match path.metadata() {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Err(SqliteError::Found(PortErrorKind::NotFound, "there is no such file"))
        }
        Ok(meta) if meta.len() < FILE_BYTES_MIN => {
            Err(SqliteError::Found(PortErrorKind::NotADatabase, "shorter than the smallest page"))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uri_keeps_every_letter_of_a_name() {
        let uri = immutable_uri(Path::new("/a b/ü%?#'\"&.db"));
        assert_eq!(uri, "file:///a%20b/%C3%BC%25%3F%23%27%22%26.db?mode=ro&immutable=1");
    }
}
