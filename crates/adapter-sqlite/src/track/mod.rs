//! Tracking: plain triggers and tables in the user's own database, so that every client's writes are written down
//! (docs/adr/0023-tracking-by-triggers.md). It never changes a row of the user's, and never stops a client from writing.

mod audit;
mod births;
mod dates;
mod earlier;
mod follow;
mod gap;
mod install;
pub(crate) mod names;
mod plan;
pub(crate) mod registry;
mod seeds;
mod shape;
mod standing;
pub(crate) mod steps;

pub(crate) use install::renew;
pub(crate) use plan::{Slot, key_columns};
pub(crate) use shape::survey;

use crate::blocking;
use crate::connection::{execute, immutable_uri, looking, writing, writing_private};
use crate::look::Pin;
use crate::migrate::transaction;
use crate::sql;
use async_trait::async_trait;
use lifeboat_domain::merge::{Rules, TableShape};
use lifeboat_domain::tracking::{Tracking, TrackingFault};
use lifeboat_ports::{Beginning, PortError, TrackOrder, Tracked, Tracker};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Longest wait for a lock, where the caller does not say.
const WAIT: Duration = Duration::from_secs(5);

/// The `Tracker` of one SQLite database, by its resolved path.
#[derive(Debug, Clone)]
pub struct SqliteTracker {
    database: PathBuf,
    wait: Duration,
}

impl SqliteTracker {
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
impl Tracker for SqliteTracker {
    async fn survey(&self) -> Result<Vec<TableShape>, PortError> {
        let wait = self.wait;
        blocking::on_file("survey", &self.database, move |file| {
            let connection = looking(file, wait)?;
            let _pin = Pin::new(&connection)?;
            Ok(install::shapes(shape::survey(&connection)?))
        })
        .await
    }

    async fn tracking(&self) -> Result<Option<Tracking>, PortError> {
        let wait = self.wait;
        blocking::on_file("read the tracking of", &self.database, move |file| {
            let connection = looking(file, wait)?;
            let _pin = Pin::new(&connection)?;
            registry::tracking(&connection)
        })
        .await
    }

    async fn track(&self, order: TrackOrder) -> Result<Tracked, PortError> {
        blocking::on_file("track", &self.database, move |file| {
            let connection = match &order.beginning {
                Beginning::Now => writing(file, order.wait)?,
                Beginning::Earlier(_) => writing_private(file, order.wait)?,
            };
            // Names in triggers are to be followed however the writer's engine is set; ours decides for this connection.
            execute(&connection, sql::migrate::RENAME_WITH_REFERENCES)?;
            if let Beginning::Earlier(earlier) = &order.beginning {
                connection.execute(sql::compare::ATTACH_POINT, [immutable_uri(&earlier.file)])?;
            }
            transaction::within(&connection, |connection| install::track(connection, &order))
        })
        .await
    }

    async fn audit(&self, rules: &Rules) -> Result<Vec<TrackingFault>, PortError> {
        let (wait, rules) = (self.wait, rules.clone());
        blocking::on_file("audit", &self.database, move |file| {
            let connection = looking(file, wait)?;
            let _pin = Pin::new(&connection)?;
            audit::audit(&connection, &rules)
        })
        .await
    }

    async fn untrack(&self, wait: Duration) -> Result<Option<Tracking>, PortError> {
        blocking::on_file("untrack", &self.database, move |file| {
            let connection = writing(file, wait)?;
            transaction::within(&connection, |connection| {
                let tracking = registry::tracking(connection)?;
                if tracking.is_some() {
                    install::untrack(connection)?;
                }
                Ok(tracking)
            })
        })
        .await
    }
}
