//! Reads and writes `lifeboat_migrations`.

use crate::connection::execute;
use crate::error::SqliteError;
use crate::quoted::{Fill, Statement};
use crate::sql;
use lifeboat_domain::digest::Digest;
use lifeboat_domain::id::SnapshotId;
use lifeboat_domain::migration::{Entry, Ledger, Outcome, StepId};
use lifeboat_domain::time::UtcMillis;
use lifeboat_ports::{MigrationStep, PortErrorKind, RunRecord};
use rusqlite::{Connection, Row, params};
use std::time::Duration;

/// How a line says that a step ended.
pub(super) enum Line<'a> {
    Applied,
    Adopted,
    Failed(&'a str),
}

pub(super) fn read(connection: &Connection) -> Result<Ledger, SqliteError> {
    let mut ledger = connection.query_row(sql::migrate::HAS_LEDGER, [], |row| {
        Ok(Ledger {
            entries: Vec::new(),
            exists: row.get::<_, i64>(0)? > 0,
            has_tables: row.get::<_, i64>(1)? > 0,
            user_version: row.get(2)?,
            application_id: row.get(3)?,
        })
    })?;
    if !ledger.exists {
        return Ok(ledger);
    }
    let unknown = SqliteError::Found(PortErrorKind::UnknownFormat, "lifeboat_migrations has another shape");
    let Ok(mut statement) = connection.prepare(sql::migrate::READ_LEDGER) else { return Err(unknown) };
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let Some(entry) = entry(row)? else { return Err(unknown) };
        ledger.entries.push(entry);
    }
    Ok(ledger)
}

/// `None` where a column holds what no build of ours wrote.
fn entry(row: &Row<'_>) -> Result<Option<Entry>, rusqlite::Error> {
    let text = |column| row.get::<_, Option<String>>(column);
    let outcome = match (text(8)?.unwrap_or_default().as_str(), text(9)?) {
        ("applied", _) => Outcome::Applied,
        ("adopted", _) => Outcome::Adopted,
        ("failed", reason) => Outcome::Failed { reason: reason.unwrap_or_default() },
        _ => return Ok(None),
    };
    let number = u32::try_from(row.get::<_, i64>(0)?).ok();
    let digest = Digest::parse(&text(2)?.unwrap_or_default());
    let at = UtcMillis::parse_rfc3339(&text(3)?.unwrap_or_default());
    let (Some(number), Some(digest), Some(at)) = (number, digest, at) else { return Ok(None) };
    Ok(Some(Entry {
        id: StepId { number, name: text(1)?.unwrap_or_default() },
        digest,
        at,
        app_version: text(4)?,
        lifeboat_version: text(5)?.unwrap_or_default(),
        took_ms: row.get::<_, i64>(6)?.cast_unsigned(),
        restore_point: text(7)?.and_then(|id| SnapshotId::parse(&id).ok()),
        outcome,
    }))
}

/// Number of the last step that is done, as it is inside this transaction.
pub(super) fn head(connection: &Connection) -> Result<u32, SqliteError> {
    let exists: i64 = connection.query_row(sql::migrate::HAS_LEDGER, [], |row| row.get(0))?;
    if exists == 0 {
        return Ok(0);
    }
    Ok(connection.query_row(sql::migrate::READ_HEAD, [], |row| row.get(0))?)
}

pub(super) fn write(
    connection: &Connection,
    step: &MigrationStep,
    took: Duration,
    record: &RunRecord,
    line: &Line<'_>,
) -> Result<(), SqliteError> {
    let (outcome, reason) = match line {
        Line::Applied => ("applied", None),
        Line::Adopted => ("adopted", None),
        Line::Failed(reason) => ("failed", Some(reason)),
    };
    connection.execute(
        sql::migrate::INSERT_ENTRY,
        params![
            step.id.number,
            step.id.name,
            step.digest.to_string(),
            record.at.rfc3339(),
            record.app_version,
            record.lifeboat_version,
            i64::try_from(took.as_millis()).unwrap_or(i64::MAX),
            record.restore_point.map(|id| id.to_string()),
            outcome,
            reason,
        ],
    )?;
    Ok(())
}

/// Raises `user_version` to the number of a step.
pub(super) fn mark_head(connection: &Connection, number: u32) -> Result<(), SqliteError> {
    let fill = [("number", Fill::Number(number.into()))];
    execute(connection, Statement::fill(sql::migrate::SET_USER_VERSION, &fill).as_str())
}

/// Writes the application's id where the header has none.
pub(super) fn mark_application(connection: &Connection, id: Option<i32>) -> Result<(), SqliteError> {
    let Some(id) = id.filter(|_| read(connection).is_ok_and(|ledger| ledger.application_id == 0)) else {
        return Ok(());
    };
    let fill = [("number", Fill::Number(id.cast_unsigned().into()))];
    execute(connection, Statement::fill(sql::migrate::SET_APPLICATION_ID, &fill).as_str())
}
