//! One write transaction: committed when the work ends well, rolled back on every other way out.

use crate::connection::execute;
use crate::error::SqliteError;
use crate::sql;
use rusqlite::Connection;

/// Runs `work` between BEGIN IMMEDIATE and COMMIT.
pub(crate) fn within<T>(
    connection: &Connection,
    work: impl FnOnce(&Connection) -> Result<T, SqliteError>,
) -> Result<T, SqliteError> {
    execute(connection, sql::migrate::BEGIN_WRITE)?;
    let open = Open(connection);
    let value = work(connection)?;
    execute(connection, sql::install::COMMIT)?;
    std::mem::forget(open);
    Ok(value)
}

struct Open<'c>(&'c Connection);

impl Drop for Open<'_> {
    fn drop(&mut self) {
        // The engine may have rolled back by itself already (a full disk).
        if !self.0.is_autocommit()
            && let Err(error) = execute(self.0, sql::migrate::ROLL_BACK)
        {
            tracing::warn!(%error, "a transaction is rolled back by closing its connection");
        }
    }
}
