//! One merge: lineage, clocks, plan, rows, proof. One transaction on the live database; the other side's copy is ours to write.

use super::lineage::Kinship;
use super::side::Side;
use super::stage::SqliteStage;
use super::{apply, check, duplicates, lineage, report};
use crate::connection::{at_rest, execute, writing_private};
use crate::error::SqliteError;
use crate::examine;
use crate::install::{Seen, changed};
use crate::migrate::transaction;
use crate::quoted::{Fill, Statement};
use crate::sql;
use crate::track::{self, registry};
use lifeboat_domain::findings::Orphans;
use lifeboat_domain::merge::{Reach, Stop, is_from_the_future, plan, reach};
use lifeboat_domain::migration::new_orphans;
use lifeboat_ports::{
    Duplicates, FutureClock, MergeOrder, MergeReport, MergeStop, Merged, PortErrorKind, Told, Watch,
};
use rusqlite::Connection;
use rusqlite::config::DbConfig;

/// Statements that stay prepared: a few for each table.
const STATEMENTS: usize = 500;

/// What ends a merge before its end.
enum End {
    Stopped(MergeStop),
    Failed(SqliteError),
    /// Some rows lack their parent, and nobody has counted those that did before.
    Orphans,
}

impl<E: Into<SqliteError>> From<E> for End {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

pub(super) fn merge(
    connection: Connection,
    order: &MergeOrder,
    since: Option<Seen>,
    watch: &Watch,
) -> Result<Merged, SqliteError> {
    since.as_ref().map_or(Ok(()), Seen::let_go)?;
    examine::interruptible(connection, watch, |connection| {
        execute(connection, sql::migrate::IGNORE_FOREIGN_KEYS)?;
        let mut stopped = None;
        let done = transaction::within(connection, |connection| {
            if since.as_ref().map_or(Ok(false), Seen::is_outdated)? {
                return Err(changed());
            }
            drop(since);
            quieten(connection)?;
            attempt(connection, order).map_err(|end| match end {
                End::Failed(error) => error,
                End::Stopped(stop) => {
                    stopped = Some(stop);
                    SqliteError::Found(PortErrorKind::Cancelled, "the merge stopped")
                }
                End::Orphans => {
                    SqliteError::Found(PortErrorKind::Damaged, "rows without a parent come and go")
                }
            })
        });
        match stopped {
            Some(stop) => Ok(Merged::Stopped(stop)),
            None => done.map(Merged::Done),
        }
    })
}

/// Most databases have no row without its parent, and counting them takes long: they are counted afterwards, and the merge is
/// done once more where there are some.
fn attempt(connection: &Connection, order: &MergeOrder) -> Result<MergeReport, End> {
    execute(connection, sql::merge::MARK_ATTEMPT)?;
    match within(connection, order, None) {
        Err(End::Orphans) => {
            execute(connection, sql::merge::UNDO_ATTEMPT)?;
            let orphans = examine::orphans(connection)?.0;
            within(connection, order, Some(&orphans))
        }
        done => done,
    }
}

fn within(
    connection: &Connection,
    order: &MergeOrder,
    orphans: Option<&[Orphans]>,
) -> Result<MergeReport, End> {
    let other = writing_private(&order.other, order.wait)?;
    quieten(&other)?;
    // What is renamed there is renamed for this merge alone; and each question finds its pages where the last one left them.
    execute(&other, sql::migrate::BEGIN_WRITE)?;
    alike(connection, &other)?;
    if order.duplicates == Duplicates::Unite {
        duplicates::claim(connection, &order.rules)?;
    }
    let mut told = Vec::new();
    let mut ours = Side::open(connection, &order.rules)?;
    let mut theirs = Side::open(&other, &order.rules)?;
    follow_reuse(&ours)?;
    follow_reuse(&theirs)?;
    let mut renamed = false;
    if let Some(stop) = unreached(&ours, &theirs) {
        return Err(End::Stopped(stop));
    }
    loop {
        let split = match lineage::kinship(&ours, &theirs)? {
            Kinship::Same => break,
            Kinship::Parted(split) => split,
            Kinship::Unknown { ours } => return Err(End::Stopped(MergeStop::BelowFloor { ours })),
        };
        told.push(Told::Branch { replica: split.replica, to: split.to, ours: split.ours });
        if split.ours {
            renamed = true;
            lineage::rename(&mut ours, split)?;
            ours = Side::open(connection, &order.rules)?;
        } else {
            lineage::rename(&mut theirs, split)?;
            theirs = Side::open(&other, &order.rules)?;
        }
    }
    if order.clock == FutureClock::Stop && is_from_the_future(theirs.last_hlc, order.now) {
        return Err(End::Stopped(MergeStop::ClockAhead { by: theirs.last_hlc.ahead_of(order.now) }));
    }
    let nothing_new =
        !renamed && ours.known == theirs.known && ours.violated.is_empty() && ours.since.is_empty();
    if nothing_new {
        return Ok(MergeReport { told, ..MergeReport::default() });
    }
    let mut stage = SqliteStage::new(connection);
    let planned = plan(&order.rules, &ours, &theirs, &mut stage).map_err(stop)?;
    let written = apply::apply(&mut ours, &theirs, &mut stage, &planned, order.now).map_err(violated)?;
    drop(ours);
    if renamed {
        track::renew(connection, &order.rules)?;
    }
    let after = Side::open(connection, &order.rules)?;
    let base = order.base.as_deref().map(at_rest).transpose()?;
    told.extend(report::tell(&after, &theirs, &stage, base.as_ref())?);
    told.extend(report::renumbered(&after, &theirs, &written.renumbered)?);
    prove(connection, orphans)?;
    if let Some(stop) = check::refusal(connection, &order.checks)? {
        return Err(End::Stopped(stop));
    }
    let peer = after.replica_no(theirs.own_name()?).unwrap_or_default();
    let counts = [written.rows, written.lines, told.len() as u64].map(u64::cast_signed);
    let line = rusqlite::params![order.id, order.now.0, peer, counts[0], counts[1], counts[2]];
    connection.execute(sql::merge::RECORD_MERGE, line)?;
    Ok(MergeReport { rows: written.rows, lines: written.lines, told })
}

/// Branches are told apart by lines: those that were dropped tell nothing.
fn unreached(ours: &Side<'_>, theirs: &Side<'_>) -> Option<MergeStop> {
    match reach((&ours.known, &ours.floor), (&theirs.known, &theirs.floor)) {
        Reach::Journals => None,
        Reach::BelowOurFloor => Some(MergeStop::BelowFloor { ours: true }),
        Reach::BelowTheirFloor => Some(MergeStop::BelowFloor { ours: false }),
    }
}

/// Lines from elsewhere name rows by numbers as of the last merge.
fn follow_reuse(side: &Side<'_>) -> Result<(), SqliteError> {
    if side.reused.is_empty() {
        return Ok(());
    }
    for table in side.tables.iter().flatten() {
        for (place, field) in table.key.iter().enumerate() {
            let Some(parent) = table.numbers_of[*field] else { continue };
            let holes = [
                ("column", Fill::ident(&side.key_columns()[place])),
                ("parent", Fill::Number(side.table(parent)?.no)),
                ("table_no", Fill::Number(table.no)),
            ];
            let statement = Statement::fill(sql::merge::FOLLOW_REUSE, &holes);
            side.connection.execute(statement.as_str(), [side.merged.cast_signed()])?;
        }
    }
    Ok(())
}

/// No trigger fires, and a column that is not there is an error, never its own name as a text.
fn quieten(connection: &Connection) -> Result<(), SqliteError> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, false)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    execute(connection, sql::merge::WIDEN_CACHE)
}

/// Two copies of one tracked database that follow the same rules.
fn alike(ours: &Connection, theirs: &Connection) -> Result<(), End> {
    let untracked = || SqliteError::Found(PortErrorKind::NotFound, "the database is not tracked");
    let here = registry::tracking(ours)?.ok_or_else(untracked)?;
    let Some(there) = registry::tracking(theirs)? else {
        return Err(End::Stopped(MergeStop::OtherNotTracked));
    };
    if here.genesis != there.genesis {
        return Err(End::Stopped(MergeStop::OtherLineage));
    }
    let known = registry::tables(theirs)?;
    // One that is no more has no name.
    for table in registry::tables(ours)?.into_iter().filter(|table| !table.name.is_empty()) {
        let same = known.iter().find(|other| other.name.eq_ignore_ascii_case(&table.name));
        if same.is_none_or(|other| other.rule != table.rule) {
            let name = lifeboat_domain::id::TableName::new(table.name);
            return Err(End::Stopped(MergeStop::RulesDiffer(name)));
        }
    }
    Ok(())
}

fn stop(stop: Stop) -> End {
    match stop {
        Stop::Forbidden(table) => End::Stopped(MergeStop::Forbidden(table)),
        Stop::Unsettled(table) => End::Stopped(MergeStop::Unsettled(table)),
        Stop::Unreached(reach) => End::Stopped(MergeStop::BelowFloor { ours: reach == Reach::BelowOurFloor }),
        Stop::Unread(error) => End::Failed(super::read(error)),
    }
}

/// What the schema refuses is told in its own words: they name columns, never values.
fn violated(error: SqliteError) -> End {
    let constraint =
        |error: &rusqlite::Error| error.sqlite_error_code() == Some(rusqlite::ErrorCode::ConstraintViolation);
    match &error {
        SqliteError::Engine(engine) if constraint(engine) => match error.reason_of_a_step() {
            Some(words) => End::Stopped(MergeStop::Violated(words)),
            None => End::Failed(error),
        },
        _ => End::Failed(error),
    }
}

/// References that held before hold now.
fn prove(connection: &Connection, before: Option<&[Orphans]>) -> Result<(), End> {
    let after = examine::orphans(connection)?.0;
    let before = match before {
        None if after.is_empty() => return Ok(()),
        None => return Err(End::Orphans),
        Some(before) => before,
    };
    let new = new_orphans(before, &after);
    if new.is_empty() {
        return Ok(());
    }
    let words: Vec<String> = new.iter().map(ToString::to_string).collect();
    Err(End::Stopped(MergeStop::Violated(words.join("; "))))
}
