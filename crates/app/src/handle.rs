//! The handle: the ports of one database and its vault, and what the use cases share.

use crate::error::{About, Error, explain, too_little};
use lifeboat_domain::code::Code;
use lifeboat_domain::id::SnapshotId;
use lifeboat_domain::preflight::{self, Need};
use lifeboat_domain::time::UtcMillis;
use lifeboat_ports::{
    Clock, Counting, DiskSpace, Entropy, Holder, Looking, Medic, Migrator, PortError, PortErrorKind, Replica,
    Snapshotter, Tracker, Vault, VolumeKind, Watch, Workshop, WorkshopGuard,
};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Everything that a [`Lifeboat`] stands on. `wiring` fills it with the real adapters, tests with others.
#[derive(Clone)]
pub struct Ports {
    /// The database.
    pub snapshotter: Arc<dyn Snapshotter>,
    /// Its migrations.
    pub migrator: Arc<dyn Migrator>,
    /// The journal of its writes.
    pub tracker: Arc<dyn Tracker>,
    /// Its other copies.
    pub replica: Arc<dyn Replica>,
    /// Its doctor.
    pub medic: Arc<dyn Medic>,
    /// The restore points.
    pub vault: Arc<dyn Vault>,
    /// The work folder beside the database.
    pub workshop: Arc<dyn Workshop>,
    /// Volumes.
    pub disk: Arc<dyn DiskSpace>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
}

/// Where things lie, for preflight and for messages.
#[derive(Debug, Clone)]
pub(crate) struct Places {
    /// The database, links resolved.
    pub database: PathBuf,
    /// The vault's folder.
    pub vault: PathBuf,
}

/// One database and its vault. Cheap to clone; clones share everything. Nothing is global: several can live
/// in one process.
#[derive(Clone)]
pub struct Lifeboat {
    pub(crate) ports: Ports,
    pub(crate) places: Arc<Places>,
    pub(crate) watch: Watch,
}

impl Lifeboat {
    /// A handle over any ports.
    #[must_use]
    pub fn over(ports: Ports, database: PathBuf, vault: PathBuf) -> Self {
        Self { ports, places: Arc::new(Places { database, vault }), watch: Watch::silent() }
    }

    /// The same handle with a listener and a way to cancel.
    #[must_use]
    pub fn watched(&self, watch: Watch) -> Self {
        Self { watch, ..self.clone() }
    }

    /// The database's path, links resolved.
    #[must_use]
    pub fn database(&self) -> &Path {
        &self.places.database
    }

    /// The vault's folder.
    #[must_use]
    pub fn vault_folder(&self) -> &Path {
        &self.places.vault
    }

    /// Wall time of this handle's clock, to tell ages by.
    #[must_use]
    pub fn now(&self) -> UtcMillis {
        self.ports.clock.utc_now()
    }

    /// File name of the database.
    pub(crate) fn name(&self) -> String {
        self.places.database.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    /// A new id; ordered by the clock, unique without it.
    pub(crate) fn draw_id(&self, now: UtcMillis) -> Result<SnapshotId, Error> {
        let mut random = [0; 10];
        self.ports.entropy.fill(&mut random).map_err(|e| explain(About::Database, e))?;
        Ok(SnapshotId::from_parts(u64::try_from(now.0).unwrap_or(0), random))
    }

    /// A need on the volume that `path` lies on.
    pub(crate) async fn need(&self, purpose: &'static str, path: &Path, bytes: u64) -> Result<Need, Error> {
        let volume = self.ports.disk.volume(path).await.map_err(|e| explain(About::Target, e))?;
        Ok(Need { purpose, space: volume.space, bytes })
    }

    /// Is there room for everything at once?
    pub(crate) fn preflight(&self, needs: &[Need]) -> Result<(), Error> {
        preflight::judge(needs).map_err(too_little)
    }

    /// The workshop's lock for an act on a database that is there, or was: the lock makes a folder, and a mistyped name
    /// shall leave none behind.
    ///
    /// # Errors
    /// `LB0101` where nothing of this name was ever here, `LB0108`.
    pub(crate) async fn lock(&self, wait: Duration) -> Result<Box<dyn WorkshopGuard>, Error> {
        if let Err(error) = self.ports.snapshotter.inspect(Counting::HeaderOnly).await
            && error.kind() == PortErrorKind::NotFound
            && !self.was_here().await
        {
            return Err(explain(About::Database, error));
        }
        self.lock_new(wait).await
    }

    /// As [`Self::lock`], for an act that may make the database.
    ///
    /// # Errors
    /// `LB0108`.
    pub(crate) async fn lock_new(&self, wait: Duration) -> Result<Box<dyn WorkshopGuard>, Error> {
        self.ports.workshop.lock(wait, &self.watch).await.about(About::Lock)
    }

    /// Records, files set aside or points of the database are here; what cannot be read may be one.
    async fn was_here(&self) -> bool {
        let workshop = &self.ports.workshop;
        !matches!(workshop.pending().await, Ok(None))
            || !matches!(workshop.last().await, Ok(None))
            || !workshop.quarantined().await.is_ok_and(|sets| sets.is_empty())
            || !self
                .list()
                .await
                .map_or_else(|error| error.code() == Code::VaultAbsent, |listing| listing.entries.is_empty())
    }

    /// Explains what a call on the database gave; where it was busy, names who has it open.
    pub(crate) async fn on_database<T>(&self, result: Result<T, PortError>) -> Result<T, Error> {
        match result {
            Ok(value) => Ok(value),
            Err(error) => Err(self.explain_database(error).await),
        }
    }

    pub(crate) async fn explain_database(&self, error: PortError) -> Error {
        if error.kind() == PortErrorKind::NotFound
            && let Err(moved) = self.refuse_moved().await
        {
            return moved;
        }
        if !matches!(error.kind(), PortErrorKind::Busy | PortErrorKind::Changed) {
            return explain(About::Database, error);
        }
        let holders = self.ports.workshop.holders(Looking::AtNames).await.unwrap_or_default();
        let explained = explain(About::Database, error);
        if holders.is_empty() { explained } else { explained.held_by(&name_all(&holders)) }
    }

    /// The locks of a database do not hold on a share.
    pub(crate) async fn refuse_network(&self) -> Result<(), Error> {
        let volume = self.ports.disk.volume(&self.places.database).await;
        match volume.map_err(|e| explain(About::Database, e))?.kind {
            VolumeKind::Local => Ok(()),
            VolumeKind::Network { protocol } => {
                let cause = format!("{} lies on a network file system ({protocol})", self.name());
                let next = "move the database to a local disk; keep the vault on the share: `--vault DIR`";
                Err(Error::new(Code::NetworkFileSystem, cause, next))
            }
        }
    }
}

impl std::fmt::Debug for Lifeboat {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lifeboat").field("places", &self.places).finish_non_exhaustive()
    }
}

/// `sqlite3 (pid 7), pid 8`.
pub(crate) fn name_all(holders: &[Holder]) -> String {
    let name = |h: &Holder| {
        if h.pid == 0 {
            "a process of another user or container".to_owned()
        } else if h.name.is_empty() {
            format!("pid {}", h.pid)
        } else {
            format!("{} (pid {})", h.name, h.pid)
        }
    };
    holders.iter().map(name).collect::<Vec<_>>().join(", ")
}

/// Shortens the mapping of port errors.
pub(crate) trait Explain<T> {
    fn about(self, about: About) -> Result<T, Error>;
}

impl<T> Explain<T> for Result<T, PortError> {
    fn about(self, about: About) -> Result<T, Error> {
        self.map_err(|error| explain(about, error))
    }
}
