//! The `Medic` of one SQLite database.

use crate::connection::writing;
use crate::install::Seen;
use crate::{blocking, describe, diagnose, maintain, mend, salvage};
use async_trait::async_trait;
use lifeboat_domain::damage::Evidence;
use lifeboat_ports::{
    Anatomy, Depth, LogReading, Maintained, Mark, Medic, PortError, Repaired, Salvaged, Watch,
};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Longest wait for a lock, where the caller does not say.
const WAIT: Duration = Duration::from_secs(5);

/// Who may have the database open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sharing {
    /// Others at most: the file may be looked at apart from the engine.
    OtherProcesses,
    /// This process too: opening and closing the file would drop the engine's own locks (POSIX).
    ThisProcess,
}

/// The `Medic` of one SQLite database, by its resolved path.
#[derive(Debug, Clone)]
pub struct SqliteMedic {
    database: PathBuf,
    sharing: Sharing,
    wait: Duration,
}

impl SqliteMedic {
    /// Of another application's database, which may be damaged or absent.
    #[must_use]
    pub fn foreign(database: &Path) -> Self {
        Self { database: database.to_path_buf(), sharing: Sharing::OtherProcesses, wait: WAIT }
    }

    /// Of a database that this process itself lives on.
    #[must_use]
    pub fn embedded(database: &Path) -> Self {
        Self { sharing: Sharing::ThisProcess, ..Self::foreign(database) }
    }

    /// The same with another wait for locks of other processes.
    #[must_use]
    pub fn waiting(self, wait: Duration) -> Self {
        Self { wait, ..self }
    }
}

#[async_trait]
impl Medic for SqliteMedic {
    async fn examine(&self, depth: Depth, watch: &Watch) -> Result<Evidence, PortError> {
        let (wait, watch) = (self.wait, watch.clone());
        blocking::on_file("examine", &self.database, move |file| diagnose::examine(file, depth, wait, &watch))
            .await
    }

    async fn describe(&self) -> Result<Anatomy, PortError> {
        let (wait, sharing) = (self.wait, self.sharing);
        blocking::on_file("describe", &self.database, move |file| describe::describe(file, sharing, wait))
            .await
    }

    async fn repair(
        &self,
        indexes: &BTreeSet<String>,
        since: Mark,
        wait: Duration,
        watch: &Watch,
    ) -> Result<Repaired, PortError> {
        let (indexes, watch) = (indexes.clone(), watch.clone());
        let seen = Seen::of_mark(since);
        blocking::on_file("repair", &self.database, move |file| {
            mend::repair(writing(file, wait)?, &indexes, seen?, &watch)
        })
        .await
    }

    async fn salvage(
        &self,
        from: &Path,
        into: &Path,
        model: Option<&Path>,
        reading: LogReading,
        watch: &Watch,
    ) -> Result<Salvaged, PortError> {
        let (into, model, watch) = (into.to_path_buf(), model.map(Path::to_path_buf), watch.clone());
        blocking::on_file("salvage", from, move |from| {
            salvage::salvage(from, &into, model.as_deref(), reading, &watch.cancel)
        })
        .await
    }

    async fn maintain(&self, wait: Duration) -> Result<Maintained, PortError> {
        blocking::on_file("maintain", &self.database, move |file| maintain::maintain(&writing(file, wait)?))
            .await
    }
}
