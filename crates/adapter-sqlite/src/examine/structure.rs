//! `quick_check`, whole where it runs, table by table where one table needs something of the application.

use super::{Found, Stopped, judge_stop};
use crate::error::SqliteError;
use crate::look::table_names;
use crate::quoted::{Fill, Statement};
use crate::sql;
use lifeboat_domain::digest::Digest;
use lifeboat_domain::findings::NotChecked;
use rusqlite::Connection;

/// Number of finding lines and a digest over them.
pub(super) struct Structure {
    pub(super) lines: u64,
    pub(super) digest: Digest,
}

pub(super) fn check(connection: &Connection) -> Result<Found<Structure>, SqliteError> {
    let mut lines = Vec::new();
    let mut not_checked = Vec::new();
    match run(connection, sql::examine::QUICK_CHECK) {
        Ok(found) => lines = found,
        Err(error) => match judge_stop(error)? {
            Stopped::Damage(line) => lines.push(line),
            Stopped::Gap(_) => (lines, not_checked) = check_tables(connection)?,
        },
    }
    lines.sort();
    let digest = Digest::of(lines.join("\n").as_bytes());
    Ok((Structure { lines: lines.len() as u64, digest }, not_checked))
}

fn check_tables(connection: &Connection) -> Result<(Vec<String>, Vec<NotChecked>), SqliteError> {
    let mut lines = Vec::new();
    let mut not_checked = Vec::new();
    for table in table_names(connection)? {
        let statement = Statement::fill(sql::examine::QUICK_CHECK_TABLE, &[("table", Fill::ident(&table))]);
        match run(connection, statement.as_str()) {
            Ok(found) => lines.extend(found),
            Err(error) => match judge_stop(error)? {
                Stopped::Damage(line) => lines.push(line),
                Stopped::Gap(reason) => {
                    not_checked.push(NotChecked { subject: table, check: "structure".to_owned(), reason });
                }
            },
        }
    }
    Ok((lines, not_checked))
}

fn run(connection: &Connection, statement: &str) -> Result<Vec<String>, SqliteError> {
    let mut prepared = connection.prepare(statement)?;
    let lines = prepared.query_map([], |row| row.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()?;
    Ok(lines.into_iter().filter(|line| line != "ok").collect())
}
