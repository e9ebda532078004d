//! Merging over SQLite: two sides are read row by row, the plan is the domain's, and one transaction carries it out with all
//! triggers off.

mod apply;
mod check;
mod code;
mod compact;
mod duplicates;
mod lineage;
mod lines;
mod number;
#[cfg(test)]
mod plans;
mod repair;
mod report;
mod resolve;
mod run;
mod side;
mod spell;
mod stage;
mod state;
mod statements;
mod table;
mod view;

pub(crate) use code::{encode, from_engine};
pub(crate) use side::damaged;

use crate::blocking;
use crate::connection::{execute, looking, writing, writing_private};
use crate::error::SqliteError;
use crate::install::Seen;
use crate::look::Pin;
use crate::sql;
use async_trait::async_trait;
use lifeboat_domain::merge::{Rules, Unread};
use lifeboat_ports::{
    CompactOrder, Compacted, Mark, MergeOrder, Merged, OpenConflict, PortError, Replica, ResolveOrder, Watch,
};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Longest wait for a lock, where the caller does not say.
const WAIT: Duration = Duration::from_secs(5);

/// The `Replica` of one SQLite database, by its resolved path.
#[derive(Debug, Clone)]
pub struct SqliteReplica {
    database: PathBuf,
    wait: Duration,
}

impl SqliteReplica {
    /// Of one database.
    #[must_use]
    pub fn new(database: &Path) -> Self {
        Self { database: database.to_path_buf(), wait: WAIT }
    }

    /// The same with another wait for locks of other processes.
    #[must_use]
    pub fn waiting(self, wait: Duration) -> Self {
        Self { wait, ..self }
    }
}

#[async_trait]
impl Replica for SqliteReplica {
    async fn merge(
        &self,
        order: MergeOrder,
        since: Option<Mark>,
        watch: &Watch,
    ) -> Result<Merged, PortError> {
        let (watch, seen) = (watch.clone(), since.map(Seen::of_mark));
        blocking::on_file("merge into", &self.database, move |file| {
            let seen = seen.transpose()?;
            run::merge(writing(file, order.wait)?, &order, seen, &watch)
        })
        .await
    }

    async fn merge_on(&self, file: &Path, order: MergeOrder, watch: &Watch) -> Result<Merged, PortError> {
        let watch = watch.clone();
        blocking::on_file("merge into", file, move |file| {
            run::merge(writing_private(file, order.wait)?, &order, None, &watch)
        })
        .await
    }

    async fn compact(&self, order: CompactOrder) -> Result<Compacted, PortError> {
        blocking::on_file("compact", &self.database, move |file| {
            compact::compact(&writing(file, order.wait)?, &order)
        })
        .await
    }

    async fn has_merged(&self, id: &str) -> Result<bool, PortError> {
        let (wait, id) = (self.wait, id.to_owned());
        blocking::on_file("read the merges of", &self.database, move |file| {
            let connection = looking(file, wait)?;
            let has: i64 = connection.query_row(sql::track::HAS_TRACKING, [], |row| row.get(0))?;
            if has == 0 {
                return Ok(false);
            }
            let merged: i64 = connection.query_row(sql::merge::HAS_MERGED, [id], |row| row.get(0))?;
            Ok(merged > 0)
        })
        .await
    }

    async fn resolve(&self, order: ResolveOrder) -> Result<Option<OpenConflict>, PortError> {
        blocking::on_file("resolve a conflict of", &self.database, move |file| {
            let connection = writing(file, order.wait)?;
            execute(&connection, sql::posture::ENFORCE_FOREIGN_KEYS)?;
            resolve::resolve(&connection, &order).map_err(|error| match error.reason_of_a_step() {
                Some(words) if matches!(error, SqliteError::Engine(_)) => SqliteError::Refused(words),
                _ => error,
            })
        })
        .await
    }

    async fn conflicts(&self, rules: &Rules) -> Result<Vec<OpenConflict>, PortError> {
        let (wait, rules) = (self.wait, rules.clone());
        blocking::on_file("read the conflicts of", &self.database, move |file| {
            let connection = looking(file, wait)?;
            let _pin = Pin::new(&connection)?;
            report::conflicts(&side::Side::open(&connection, &rules)?)
        })
        .await
    }
}

/// An error of this adapter, carried through the domain.
fn unread(error: SqliteError) -> Unread {
    Unread(Box::new(error))
}

/// And back.
fn read(error: Unread) -> SqliteError {
    match error.0.downcast::<SqliteError>() {
        Ok(own) => *own,
        Err(other) => SqliteError::Refused(other.to_string()),
    }
}
