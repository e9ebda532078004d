//! The `Snapshotter` of one SQLite database.

use crate::blocking;
use crate::connection::{execute, looking, writing};
use crate::error::SqliteError;
use crate::pool::{Pool, Purpose};
use crate::posture::Posture;
use crate::{capture, compare, examine, install, look, quiesce, rebuild, sql};
use async_trait::async_trait;
use lifeboat_domain::findings::Examination;
use lifeboat_domain::row_difference::TableDifference;
use lifeboat_domain::schema::{DatabaseFacts, JournalMode};
use lifeboat_ports::{
    CaptureOrder, Captured, Counting, InstallOrder, Installed, Mark, PortError, PortErrorKind, Quiesced,
    Snapshotter, Watch, Writers,
};
use rusqlite::Connection;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long a look waits for a lock, where the caller does not say.
const LOOK_WAIT: Duration = Duration::from_secs(5);

/// One SQLite database, by its resolved path.
#[derive(Clone)]
pub struct SqliteSnapshotter {
    database: PathBuf,
    pool: Option<Pool>,
    wait: Duration,
}

impl SqliteSnapshotter {
    /// A database of another application: its settings and its journal mode stay as they are.
    #[must_use]
    pub fn foreign(database: &Path) -> Self {
        Self { database: database.to_path_buf(), pool: None, wait: LOOK_WAIT }
    }

    /// A database that this process itself lives on: a pool with the given posture, drained by `quiesce`.
    #[must_use]
    pub fn embedded(database: &Path, posture: Posture) -> Self {
        Self { database: database.to_path_buf(), pool: Some(Pool::new(database, posture)), wait: LOOK_WAIT }
    }

    /// The same with another wait for locks of other processes.
    #[must_use]
    pub fn waiting(self, wait: Duration) -> Self {
        Self { wait, ..self }
    }

    /// Looks through the pool where there is one and its gate is open, else through a connection of its own: a
    /// restore that has quiesced the database still has to look at it.
    fn look<T>(&self, work: impl FnOnce(&Connection) -> Result<T, SqliteError>) -> Result<T, SqliteError> {
        let open = self.pool.as_ref().filter(|pool| !pool.is_closed());
        match open.map(|pool| pool.lease(Purpose::Read)) {
            Some(Ok(lease)) => work(&lease),
            Some(Err(error)) if error.kind() != PortErrorKind::Busy => Err(error),
            _ => work(&looking(&self.database, self.wait)?),
        }
    }

    fn name(&self) -> String {
        self.database.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    async fn work<T, F>(&self, op: &'static str, subject: Option<&Path>, work: F) -> Result<T, PortError>
    where
        T: Send + 'static,
        F: FnOnce(&Self) -> Result<T, SqliteError> + Send + 'static,
    {
        let this = self.clone();
        let name = subject.and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned());
        let name = name.unwrap_or_else(|| self.name());
        blocking::run(op, move || work(&this).map_err(|error| error.at(op, &name))).await
    }
}

#[async_trait]
impl Snapshotter for SqliteSnapshotter {
    async fn inspect(&self, counting: Counting) -> Result<DatabaseFacts, PortError> {
        self.work("look at", None, move |this| {
            this.look(|connection| {
                let _pin = look::Pin::new(connection)?;
                Ok(look::facts(connection, counting)?.0)
            })
        })
        .await
    }

    async fn capture(&self, into: &Path, order: CaptureOrder, watch: &Watch) -> Result<Captured, PortError> {
        let (into, watch) = (into.to_path_buf(), watch.clone());
        self.work("capture", None, move |this| {
            this.look(|source| capture::capture(source, &this.database, &into, order, &watch))
        })
        .await
    }

    async fn examine_live(&self, watch: &Watch) -> Result<Examination, PortError> {
        let watch = watch.clone();
        self.work("examine", None, move |this| {
            this.look(|connection| {
                let _pin = look::Pin::new(connection)?;
                examine::watched(connection, &watch)
            })
        })
        .await
    }

    async fn examine(&self, file: &Path, watch: &Watch) -> Result<Examination, PortError> {
        let (path, watch) = (file.to_path_buf(), watch.clone());
        self.work("examine", Some(file), move |_| examine::parallel(&path, &watch)).await
    }

    async fn row_differences(&self, file: &Path, watch: &Watch) -> Result<Vec<TableDifference>, PortError> {
        let (path, watch) = (file.to_path_buf(), watch.clone());
        self.work("compare", None, move |this| {
            // Attaching needs a connection of its own, so that the pool's stay as they are.
            let connection = looking(&this.database, this.wait)?;
            compare::compare(&connection, &path, &watch)
        })
        .await
    }

    async fn rebuild(&self, from: &Path, to: &Path, page_size: u32) -> Result<(), PortError> {
        let (source, to) = (from.to_path_buf(), to.to_path_buf());
        self.work("rebuild", Some(from), move |_| rebuild::rebuild(&source, &to, page_size)).await
    }

    async fn quiesce(&self, wait: Duration) -> Result<Box<dyn Quiesced>, PortError> {
        self.work("quiesce", None, move |this| {
            let gate = this.pool.as_ref().map(|pool| pool.close(wait)).transpose()?;
            let company = quiesce::company(&this.database);
            Ok(Box::new(quiesce::Quiet { _gate: gate, company }) as Box<dyn Quiesced>)
        })
        .await
    }

    async fn mark(&self, writers: Writers) -> Result<Mark, PortError> {
        self.work("look at", None, move |this| {
            let seen = install::mark(&this.database, this.wait, writers)?;
            Ok(Mark(Box::new(seen)))
        })
        .await
    }

    async fn use_journal(&self, mode: JournalMode) -> Result<(), PortError> {
        self.work("set the journal mode of", None, move |this| {
            let connection = writing(&this.database, this.wait)?;
            execute(
                &connection,
                match mode {
                    JournalMode::Wal => sql::posture::USE_WAL,
                    JournalMode::Rollback => sql::install::USE_ROLLBACK,
                },
            )
        })
        .await
    }

    async fn install(
        &self,
        from: &Path,
        since: Option<Mark>,
        order: InstallOrder,
        watch: &Watch,
    ) -> Result<Installed, PortError> {
        let (source, watch) = (from.to_path_buf(), watch.clone());
        let seen = since.map(install::Seen::of_mark);
        self.work("install", None, move |this| {
            install::install(&this.database, &source, seen.transpose()?, order, &watch)
        })
        .await
    }
}
