//! Lines of the journals by row, because a journal is in the order of time: few in memory, many in a temporary table.

use super::code::{decode, encode, place, position};
use super::side::{Side, damaged};
use crate::connection::execute;
use crate::error::SqliteError;
use crate::quoted::{Fill, Statement};
use crate::sql;
use lifeboat_domain::dot::{Clock, Dot, VersionVector};
use lifeboat_domain::hlc::Hlc;
use lifeboat_domain::id::ReplicaId;
use lifeboat_domain::merge::{Change, Entry, Read, RowId, Rows, Touch};
use rusqlite::{Connection, Row, params};
use std::collections::VecDeque;

/// Lines that are taken from the table at a time.
const PAGE: i64 = 4096;

/// More lines than these go to a table: at 200 bytes each, 13 MB.
const LINES_IN_MEMORY: usize = 1 << 16;

/// A temporary table of lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lines {
    /// Those that the other side does not know.
    Beyond,
    /// All.
    All,
}

impl Lines {
    const fn name(self) -> &'static str {
        match self {
            Self::Beyond => "lifeboat_beyond",
            Self::All => "lifeboat_lines",
        }
    }

    fn statement(self, template: &'static str) -> Statement {
        Statement::fill(template, &[("name", Fill::ident(self.name()))])
    }
}

/// Rows that were written beyond `since`, in order, each with its lines.
pub(super) fn beyond<'s>(
    side: &'s Side<'_>,
    since: &VersionVector,
) -> Result<Rows<'s, Vec<Touch>>, SqliteError> {
    let mut few: Vec<(RowId, Touch)> = Vec::new();
    let mut table = None;
    side.each_line(since, |entry| {
        let Some(row) = entry.row else { return Ok(()) };
        if table.is_none() && few.len() >= LINES_IN_MEMORY {
            let made = Table::new(side.connection, Lines::Beyond)?;
            few.drain(..).try_for_each(|(row, touch)| made.insert(&row, touch))?;
            table = Some(made);
        }
        match &table {
            None => few.push((row, entry.touch)),
            Some(table) => table.insert(&row, entry.touch)?,
        }
        Ok(())
    })?;
    if table.is_some() {
        return Ok(Box::new(Walk::new(side.connection)));
    }
    few.sort_by(|(a, x), (b, y)| a.cmp(b).then(x.dot.cmp(&y.dot)));
    let mut few = few.into_iter().peekable();
    Ok(Box::new(std::iter::from_fn(move || {
        let (row, first) = few.next()?;
        let mut touches = vec![first];
        while let Some((_, touch)) = few.next_if(|(next, _)| *next == row) {
            touches.push(touch);
        }
        Some(Ok((row, touches)))
    })))
}

/// Gathers all lines, to be asked for by row.
pub(super) fn gather(side: &Side<'_>) -> Result<(), SqliteError> {
    let table = Table::new(side.connection, Lines::All)?;
    side.each_line(&VersionVector::default(), |Entry { row, touch }| match row {
        Some(row) => table.insert(&row, touch),
        None => Ok(()),
    })
}

/// A temporary table that is being filled.
struct Table<'c> {
    connection: &'c Connection,
    insert: Statement,
}

impl<'c> Table<'c> {
    fn new(connection: &'c Connection, lines: Lines) -> Result<Self, SqliteError> {
        let has: i64 = connection.query_row(sql::merge::HAS_TEMP, [lines.name()], |row| row.get(0))?;
        if has > 0 {
            execute(connection, lines.statement(sql::merge::DROP_TEMP).as_str())?;
        }
        execute(connection, lines.statement(sql::merge::CREATE_LINES).as_str())?;
        Ok(Self { connection, insert: lines.statement(sql::merge::INSERT_LINE) })
    }

    fn insert(&self, row: &RowId, Touch { dot, clock, change }: Touch) -> Result<(), SqliteError> {
        self.connection.prepare_cached(self.insert.as_str())?.execute(params![
            place(row.table),
            encode(&row.key),
            dot.replica.as_bytes(),
            dot.seq.cast_signed(),
            clock.hlc.0.cast_signed(),
            clock.noise,
            change.code()
        ])?;
        Ok(())
    }
}

/// Every line of one row.
pub(super) fn of_row(side: &Side<'_>, row: &RowId) -> Result<Vec<Touch>, SqliteError> {
    let mut statement =
        side.connection.prepare_cached(Lines::All.statement(sql::merge::LINES_OF_ROW).as_str())?;
    let mut rows = statement.query(params![place(row.table), encode(&row.key)])?;
    let mut touches = Vec::new();
    while let Some(row) = rows.next()? {
        touches.push(line(row)?.1);
    }
    Ok(touches)
}

fn line(row: &Row<'_>) -> Result<((usize, Vec<u8>), Touch), SqliteError> {
    let replica: Vec<u8> = row.get(2)?;
    let replica = ReplicaId::from_bytes(replica.try_into().map_err(|_| damaged())?);
    let dot = Dot { replica, seq: row.get::<_, i64>(3)?.cast_unsigned() };
    let clock = Clock { hlc: Hlc(row.get::<_, i64>(4)?.cast_unsigned()), noise: row.get(5)?, replica };
    let change = Change::decode(row.get(6)?).ok_or_else(damaged)?;
    Ok(((position(row.get(0)?)?, row.get(1)?), Touch { dot, clock, change }))
}

/// Rows in order, each with its lines.
pub(super) struct Walk<'c> {
    connection: &'c Connection,
    page: VecDeque<((usize, Vec<u8>), Touch)>,
    last: Option<((usize, Vec<u8>), Dot)>,
    ended: bool,
}

impl<'c> Walk<'c> {
    pub(super) fn new(connection: &'c Connection) -> Self {
        Self { connection, page: VecDeque::new(), last: None, ended: false }
    }

    fn fill(&mut self) -> Result<(), SqliteError> {
        if !self.page.is_empty() || self.ended {
            return Ok(());
        }
        let statement = Lines::Beyond.statement(sql::merge::PAGE_LINES);
        let mut statement = self.connection.prepare_cached(statement.as_str())?;
        let first = ((0, Vec::new()), Dot { replica: ReplicaId::NIL, seq: 0 });
        let ((at, key), dot) = self.last.as_ref().unwrap_or(&first);
        let from = if self.last.is_some() { i64::try_from(*at).unwrap_or(i64::MAX) } else { -1 };
        let mut rows =
            statement.query(params![from, key, dot.replica.as_bytes(), dot.seq.cast_signed(), PAGE])?;
        while let Some(row) = rows.next()? {
            self.page.push_back(line(row)?);
        }
        self.ended = self.page.len() < usize::try_from(PAGE).unwrap_or(0);
        if let Some((place, touch)) = self.page.back() {
            self.last = Some((place.clone(), touch.dot));
        }
        Ok(())
    }

    fn next_row(&mut self) -> Result<Option<(RowId, Vec<Touch>)>, SqliteError> {
        self.fill()?;
        let Some((place, first)) = self.page.pop_front() else { return Ok(None) };
        let mut touches = vec![first];
        loop {
            self.fill()?;
            match self.page.front() {
                Some((next, _)) if *next == place => {
                    touches.extend(self.page.pop_front().map(|(_, touch)| touch));
                }
                _ => break,
            }
        }
        Ok(Some((RowId { table: place.0, key: decode(&place.1)? }, touches)))
    }
}

impl Iterator for Walk<'_> {
    type Item = Read<(RowId, Vec<Touch>)>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_row().map_err(super::unread).transpose()
    }
}
