//! Upkeep: the log, the statistics, free pages. Never a full rebuild, and no row changes.

use crate::connection::execute;
use crate::error::SqliteError;
use crate::sql;
use lifeboat_ports::{Checkpoint, Maintained};
use rusqlite::Connection;

/// Pages are given back from this share of the file on (one in ...), and not for fewer than so many.
const FREE_SHARE: u64 = 10;
const FREE_MIN: u64 = 256;
/// `PRAGMA auto_vacuum` where pages can be given back on demand.
const INCREMENTAL: i64 = 2;

pub(crate) fn maintain(connection: &Connection) -> Result<Maintained, SqliteError> {
    let before = Pages::read(connection)?;
    execute(connection, sql::mend::OPTIMIZE)?;
    if before.auto_vacuum == INCREMENTAL
        && before.free >= FREE_MIN
        && before.free.saturating_mul(FREE_SHARE) >= before.count
    {
        execute(connection, sql::mend::FREE_PAGES)?;
    }
    let checkpoint = match before.journal.as_str() {
        "wal" => truncate_log(connection)?,
        _ => Checkpoint::NoLog,
    };
    let after = Pages::read(connection)?;
    Ok(Maintained {
        checkpoint,
        freed_pages: before.count.saturating_sub(after.count),
        free_pages: after.free,
        page_count: after.count,
    })
}

fn truncate_log(connection: &Connection) -> Result<Checkpoint, SqliteError> {
    let busy: i64 = connection.query_row(sql::mend::TRUNCATE_LOG, [], |row| row.get(0))?;
    Ok(if busy == 0 { Checkpoint::Finished } else { Checkpoint::Blocked })
}

struct Pages {
    free: u64,
    count: u64,
    auto_vacuum: i64,
    journal: String,
}

impl Pages {
    fn read(connection: &Connection) -> Result<Self, SqliteError> {
        Ok(connection.query_row(sql::mend::READ_FREE_PAGES, [], |row| {
            Ok(Self {
                free: row.get::<_, i64>(0)?.cast_unsigned(),
                count: row.get::<_, i64>(1)?.cast_unsigned(),
                auto_vacuum: row.get(2)?,
                journal: row.get::<_, String>(3)?.to_ascii_lowercase(),
            })
        })?)
    }
}
