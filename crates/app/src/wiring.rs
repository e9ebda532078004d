//! The one file that names adapters.

use crate::error::{About, Error, explain};
use crate::handle::{Lifeboat, Ports};
use crate::publish::{Ceremony, NewKeys, PublishPorts, Publishing, RootDraft, Rotation};
use crate::update::{UpdateConfig, UpdatePorts, Updates};
pub(crate) use lifeboat_adapter_fs::work_folder;
use lifeboat_adapter_fs::{
    DatabasePath, FolderDepot, FolderWorkshop, PlainVault, SystemClock, SystemDiskSpace, SystemEntropy,
    SystemInstaller, Wider, is_no_folder, same_file,
};
pub use lifeboat_adapter_fs::{Scope, data_folder};
pub(crate) use lifeboat_adapter_fs::{Target, cloud_marker, file_bytes, other_copies, staged};
use lifeboat_adapter_smb::FolderShare;
use lifeboat_adapter_sqlite::{
    Posture, SqliteMedic, SqliteMigrator, SqliteReplica, SqliteSnapshotter, SqliteTracker,
};
use lifeboat_domain::code::Code;
use lifeboat_ports::{Clock as _, PortError, PortErrorKind};
use lifeboat_trust::{Sha256, Sha256Sum, UtcSeconds};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

const LOOK_WAIT: Duration = Duration::from_secs(5);

/// Whose database it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// Another application's: its journal mode and settings stay as they are.
    Foreign,
    /// This process's own: opened with the given posture, through a pool that restores drain.
    Embedded(Posture),
}

/// What to open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The database file; it need not exist (a restore makes it).
    pub database: PathBuf,
    /// The vault's folder; `<database>.lifeboat` beside the database by default.
    pub vault: Option<PathBuf>,
    /// Whose database it is.
    pub used: Use,
    /// How long a look at the database waits for a lock of another process.
    pub wait: Duration,
}

impl Config {
    /// Another application's database, with the default vault.
    pub fn foreign(database: impl Into<PathBuf>) -> Self {
        Self { database: database.into(), vault: None, used: Use::Foreign, wait: LOOK_WAIT }
    }

    /// This process's own database, with the default vault and posture.
    pub fn embedded(database: impl Into<PathBuf>) -> Self {
        Self {
            database: database.into(),
            vault: None,
            used: Use::Embedded(Posture::default()),
            wait: LOOK_WAIT,
        }
    }
}

impl Lifeboat {
    /// A handle on the database at a path. Opens nothing and writes nothing yet; [`Self::open`] does.
    ///
    /// # Errors
    /// `LB0101` where not even the folder exists, `LB0102` where a folder stands there, `LB0114` where the vault is the database, `LB0105`.
    pub fn at(config: Config) -> Result<Self, Error> {
        let (path, _) = DatabasePath::resolve(&config.database).map_err(not_found)?;
        let vault = config.vault.unwrap_or_else(|| work_folder(path.as_path()));
        // URIs of points are absolute; a relative one would name another file.
        let vault = std::path::absolute(&vault).unwrap_or(vault);
        refuse_same(path.as_path(), &vault)?;
        let database = path.as_path().to_path_buf();
        let (snapshotter, medic) = match config.used {
            Use::Foreign => (SqliteSnapshotter::foreign(&database), SqliteMedic::foreign(&database)),
            Use::Embedded(posture) => {
                (SqliteSnapshotter::embedded(&database, posture), SqliteMedic::embedded(&database))
            }
        };
        let ports = Ports {
            snapshotter: Arc::new(snapshotter.waiting(config.wait)),
            migrator: Arc::new(SqliteMigrator::new(&database).waiting(config.wait)),
            replica: Arc::new(SqliteReplica::new(&database).waiting(config.wait)),
            tracker: Arc::new(SqliteTracker::new(&database).waiting(config.wait)),
            medic: Arc::new(medic.waiting(config.wait)),
            vault: Arc::new(PlainVault::new(&vault)),
            workshop: Arc::new(FolderWorkshop::new(&path)),
            disk: Arc::new(SystemDiskSpace),
            clock: Arc::new(SystemClock::default()),
            entropy: Arc::new(SystemEntropy),
        };
        Ok(Self::over(ports, database, vault))
    }

    /// The handle of a database at another place, with the vault that serves there: this one where it lies apart.
    pub(crate) fn sibling(&self, database: &Path) -> Result<Self, Error> {
        let apart = self.places.vault != work_folder(&self.places.database);
        let vault = apart.then(|| self.places.vault.clone());
        let boat = Self::at(Config { vault, ..Config::foreign(database) })?;
        Ok(boat.watched(self.watch.clone()))
    }

    /// Path of a point's file in the vault.
    #[must_use]
    pub fn point_path(&self, point: &lifeboat_domain::manifest::Manifest) -> PathBuf {
        PlainVault::new(&self.places.vault).point_path(point)
    }

    /// Writes a new settings file, durable and never replacing one.
    ///
    /// # Errors
    /// `LB0504` where it exists, `LB0105`, `LB0203`, `LB0112`.
    pub fn write_settings(&self, path: &Path, text: &str) -> Result<(), Error> {
        write_new(path, text.as_bytes()).map_err(|e| explain(About::Target, e))
    }

    /// Adds to a settings file at its end; makes it where there is none. Durable: the old text or the new one is there.
    ///
    /// # Errors
    /// `LB0105`, `LB0203`, `LB0112`.
    pub fn append_settings(&self, path: &Path, text: &str) -> Result<(), Error> {
        lifeboat_adapter_fs::append_text(path, text).map_err(|e| explain(About::Target, e))
    }

    /// Writes texts into a new zip file, durable and never replacing one.
    ///
    /// # Errors
    /// `LB0504` where it exists, `LB0505`, `LB0105`, `LB0203`, `LB0112`.
    pub fn write_bundle(&self, to: &Path, files: &[(&str, String)]) -> Result<(), Error> {
        self.refuse_reserved(to)?;
        lifeboat_adapter_fs::write_bundle(to, files).map_err(|e| explain(About::Target, e))
    }

    /// The work folder: lock, act records, staging, quarantine.
    #[must_use]
    pub fn work_folder(&self) -> PathBuf {
        work_folder(&self.places.database)
    }
}

fn not_found(error: PortError) -> Error {
    if error.kind() != PortErrorKind::NotADatabase {
        return explain(About::Database, error);
    }
    let cause = format!("{} is a folder, or no file at all", error.subject());
    Error::new(Code::NotADatabase, cause, "name the database file in it: `lifeboat --database FILE ...`")
        .because(error)
}

/// Do both paths lead to one file?
pub(crate) fn same_database(database: &Path, other: &Path) -> Result<bool, Error> {
    same_file(database, other).map_err(|e| explain(About::Database, e))
}

fn refuse_same(database: &Path, vault: &Path) -> Result<(), Error> {
    let same = same_file(database, vault).map_err(|e| explain(About::Vault, e))?;
    if same || is_no_folder(vault) {
        let cause = if same { "the vault is the database itself" } else { "the vault is a file" };
        return Err(Error::new(Code::DestinationIsSource, cause, "name a folder: `--vault DIR`"));
    }
    Ok(())
}

/// File name of the settings of a database, beside it or above.
pub const SETTINGS_FILE: &str = "lifeboat.toml";

/// What a name for a new copy would be taken for.
pub(crate) fn judge_target(database: &Path, vault: &Path, to: &Path) -> Result<Target, PortError> {
    lifeboat_adapter_fs::judge_target(database, vault, SETTINGS_FILE, to)
}

/// Names and texts of the files of a folder with this ending.
pub(crate) fn read_texts(folder: &Path, ending: &str) -> Result<Vec<(String, String)>, PortError> {
    lifeboat_adapter_fs::read_texts(folder, ending)
}

/// Paths and bytes of the files in a folder and below it.
pub(crate) fn read_tree(folder: &Path) -> Result<Vec<(String, Vec<u8>)>, PortError> {
    lifeboat_adapter_fs::read_tree(folder)
}

/// Writes a new text for people to edit.
pub(crate) fn write_text(path: &Path, text: &str) -> Result<(), PortError> {
    lifeboat_adapter_fs::write_new_text(path, text)
}

/// Files of a database that moves.
pub(crate) use lifeboat_adapter_fs::{
    copy_points, digest_of, publish_like, read_arrival, remove_arrival, remove_copied_point,
    remove_copied_points, write_arrival,
};

/// Makes an empty file for the owner alone.
pub(crate) fn make_private(path: &Path) -> Result<(), PortError> {
    lifeboat_adapter_fs::make_private(path)
}

/// Gives a finished file its final name, durable and never replacing anything.
pub(crate) fn publish_new(partial: &Path, to: &Path) -> Result<(), PortError> {
    lifeboat_adapter_fs::publish_new(partial, to)
}

/// Removes what an act of ours left under a partial name, sidecars of the engine included.
pub(crate) fn remove_partial(partial: &Path) {
    lifeboat_adapter_fs::remove_partial(partial);
}

/// Size of the write-ahead log beside a database.
pub(crate) fn wal_bytes(database: &Path) -> u64 {
    DatabasePath::resolve(database).map_or(0, |(path, _)| path.wal_bytes())
}

/// Files of a vault that others than the owner may read.
pub(crate) fn open_to_others(vault: &Path) -> Vec<PathBuf> {
    Wider::find(vault).into_iter().map(|wider| wider.path).collect()
}

/// The bytes of a small file; files of keys and roots.
pub(crate) use lifeboat_adapter_fs::{
    make_private_folder as make_folder, read_file, replace_file, write_new,
};

/// Length and SHA-256 sum of a local file.
pub(crate) fn sha256_of(path: &Path) -> Result<(u64, Sha256Sum), PortError> {
    let (mut sum, mut size) = (Sha256::default(), 0);
    lifeboat_adapter_fs::read_pieces(path, |piece| {
        sum.update(piece);
        size += u64::try_from(piece.len()).unwrap_or(0);
    })?;
    Ok((size, sum.finish()))
}

impl Lifeboat {
    /// Updates of this database's application from a share at a path.
    #[must_use]
    pub fn updates(&self, share: &Path, config: UpdateConfig) -> Updates {
        let ports = UpdatePorts {
            source: Arc::new(FolderShare::new(share)),
            depot: Arc::new(FolderDepot::new(self.work_folder().join("updates"))),
            installer: Arc::new(SystemInstaller),
        };
        Updates::over(self.clone(), ports, config)
    }
}

impl Publishing {
    /// The publisher of a share at a path.
    #[must_use]
    pub fn at(share: &Path, owner: &str) -> Self {
        let share = FolderShare::new(share).as_publisher();
        let ports = PublishPorts {
            source: Arc::new(share.clone()),
            publisher: Arc::new(share),
            clock: Arc::new(SystemClock::default()),
            entropy: Arc::new(SystemEntropy),
        };
        Self::over(ports, owner)
    }

    /// As [`Self::init_keys`], with this machine's clock and randomness.
    ///
    /// # Errors
    /// As [`Self::init_keys`].
    pub fn init_keys_here(folder: &Path, ceremony: Ceremony) -> Result<NewKeys, Error> {
        Self::init_keys(&SystemEntropy, now(), folder, ceremony)
    }

    /// As [`Self::rotate`], with this machine's clock and randomness.
    ///
    /// # Errors
    /// As [`Self::rotate`].
    pub fn rotate_here(folder: &Path, current: &[u8], rotation: &Rotation) -> Result<RootDraft, Error> {
        Self::rotate(&SystemEntropy, now(), folder, current, rotation)
    }
}

fn now() -> UtcSeconds {
    UtcSeconds(SystemClock::default().utc_now().0.div_euclid(1000))
}
