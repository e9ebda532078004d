//! Describes a database by names and numbers: columns, keys, the engine that wrote last.

use crate::connection::looking;
use crate::error::SqliteError;
use crate::look::Pin;
use crate::medic::Sharing;
use crate::sql;
use lifeboat_domain::advice::EngineVersion;
use lifeboat_domain::id::TableName;
use lifeboat_ports::Anatomy;
use rusqlite::Connection;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;
use std::time::Duration;

/// Where the header names the engine that wrote last (fileformat2.html section 1.3.15).
const VERSION_OFFSET: u64 = 96;

pub(crate) fn describe(database: &Path, sharing: Sharing, wait: Duration) -> Result<Anatomy, SqliteError> {
    let last_writer = match sharing {
        Sharing::OtherProcesses => last_writer(database),
        Sharing::ThisProcess => EngineVersion::parse(rusqlite::version()),
    };
    let connection = looking(database, wait)?;
    let _pin = Pin::new(&connection)?;
    let free_pages: i64 = connection.query_row(sql::mend::READ_FREE_PAGES, [], |row| row.get(0))?;
    Ok(Anatomy {
        last_writer,
        columns: columns(&connection)?,
        without_key: without_key(&connection)?,
        free_pages: free_pages.cast_unsigned(),
    })
}

fn last_writer(database: &Path) -> Option<EngineVersion> {
    let mut file = File::open(database).ok()?;
    file.seek(SeekFrom::Start(VERSION_OFFSET)).ok()?;
    let mut number = [0; 4];
    file.read_exact(&mut number).ok()?;
    EngineVersion::from_number(u32::from_be_bytes(number))
}

fn columns(connection: &Connection) -> Result<Vec<(TableName, String)>, SqliteError> {
    let mut statement = connection.prepare(sql::mend::LIST_COLUMNS)?;
    let rows = statement.query_map([], |row| Ok((TableName::new(row.get::<_, String>(0)?), row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn without_key(connection: &Connection) -> Result<Vec<TableName>, SqliteError> {
    let mut statement = connection.prepare(sql::mend::LIST_KEYLESS)?;
    let rows = statement.query_map([], |row| Ok(TableName::new(row.get::<_, String>(0)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
