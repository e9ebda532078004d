//! How an embedded database is opened: each setting applied and read back. Never used on a foreign
//! application's database, whose settings are its own.

use crate::connection::execute;
use crate::error::SqliteError;
use crate::sql;
use lifeboat_ports::PortErrorKind;
use rusqlite::Connection;
use std::time::Duration;

/// When a commit is on the medium.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Durability {
    /// After the next checkpoint; a power cut may lose the last commits, never the database.
    #[default]
    Normal,
    /// Before the commit returns.
    Full,
}

/// The posture of an embedded database: WAL, foreign keys enforced, schema distrusted, cells checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Posture {
    /// When a commit is on the medium.
    pub durability: Durability,
    /// The id that the header must carry; `None` accepts any.
    pub application_id: Option<i32>,
    /// How long a statement waits for a lock of another process.
    pub busy_timeout: Duration,
}

impl Default for Posture {
    fn default() -> Self {
        Self { durability: Durability::Normal, application_id: None, busy_timeout: Duration::from_secs(5) }
    }
}

/// Applies the posture and reads every setting back.
pub(crate) fn apply(connection: &Connection, posture: Posture) -> Result<(), SqliteError> {
    connection.busy_timeout(posture.busy_timeout)?;
    let synchronous = match posture.durability {
        Durability::Normal => sql::posture::SYNC_NORMAL,
        Durability::Full => sql::posture::SYNC_FULL,
    };
    let statements = [
        sql::posture::USE_WAL,
        synchronous,
        sql::posture::ENFORCE_FOREIGN_KEYS,
        sql::posture::DISTRUST_SCHEMA,
        sql::posture::CHECK_CELL_SIZE,
    ];
    statements.into_iter().try_for_each(|statement| execute(connection, statement))?;
    read_back(connection, posture)
}

fn read_back(connection: &Connection, posture: Posture) -> Result<(), SqliteError> {
    let (mode, numbers): (String, [i64; 5]) =
        connection.query_row(sql::posture::READ_POSTURE, [], |row| {
            Ok((row.get(0)?, [row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?]))
        })?;
    let synchronous = match posture.durability {
        Durability::Normal => 1,
        Durability::Full => 2,
    };
    let [found_synchronous, foreign_keys, trusted, cells, application_id] = numbers;
    let refused = |what| Err(SqliteError::Found(PortErrorKind::Unsupported, what));
    if !mode.eq_ignore_ascii_case("wal") {
        return refused("the engine did not take write-ahead logging");
    }
    if [found_synchronous, foreign_keys, trusted, cells] != [synchronous, 1, 0, 1] {
        return refused("the engine did not take a setting");
    }
    if posture.application_id.is_some_and(|id| i64::from(id) != application_id) {
        return refused("the database carries another application's id");
    }
    Ok(())
}
