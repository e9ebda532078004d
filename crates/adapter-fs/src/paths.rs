//! Where a database lies: its path with links resolved once, its work folder, and whether two names are one file.

use crate::durable::with_suffix;
use crate::error::{from_io, if_there, name_of};
use crate::os;
use lifeboat_domain::swap::Part;
use lifeboat_ports::{PortError, PortErrorKind};
use std::path::{Path, PathBuf};

/// A database's path, links resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatabasePath(PathBuf);

/// What stands at a resolved path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resolved {
    /// A file.
    Present,
    /// Nothing; the folder exists.
    Absent,
}

/// Links that lead to links; more are a ring.
const LINKS_MAX: usize = 16;

impl DatabasePath {
    /// Resolves links once, so that sidecars and renames happen beside the real file.
    ///
    /// # Errors
    /// `NotFound` where the folder does not exist, `NotADatabase` where a folder stands there,
    /// `PermissionDenied`, `Io`.
    pub fn resolve(given: &Path) -> Result<(Self, Resolved), PortError> {
        let fail = |error| from_io("find", given, error);
        match if_there(given.canonicalize()).map_err(fail)? {
            Some(path) if path.is_dir() => {
                Err(PortError::new(PortErrorKind::NotADatabase, "open", name_of(given)))
            }
            // A pipe or a device would be waited for without end.
            Some(path) if !path.is_file() => {
                Err(PortError::new(PortErrorKind::NotADatabase, "open", name_of(given)))
            }
            Some(path) => Ok((Self(path), Resolved::Present)),
            // A link whose target is gone names the place of the target: there lie its work folder and its trail.
            None if given.is_symlink() => Self::resolve_link(given, LINKS_MAX).map_err(fail),
            None => {
                let folder = crate::durable::folder_of(given).canonicalize().map_err(fail)?;
                let name = given.file_name().ok_or_else(|| fail(std::io::ErrorKind::InvalidInput.into()))?;
                Ok((Self(folder.join(name)), Resolved::Absent))
            }
        }
    }

    fn resolve_link(link: &Path, left: usize) -> std::io::Result<(Self, Resolved)> {
        if left == 0 {
            return Err(std::io::ErrorKind::NotFound.into());
        }
        let target = crate::durable::folder_of(link).join(link.read_link()?);
        if target.is_symlink() {
            return Self::resolve_link(&target, left - 1);
        }
        let name = target.file_name().ok_or(std::io::ErrorKind::InvalidInput)?.to_owned();
        Ok((Self(crate::durable::folder_of(&target).canonicalize()?.join(name)), Resolved::Absent))
    }

    /// The path.
    #[must_use]
    pub fn as_path(&self) -> &Path {
        &self.0
    }

    /// The file's name.
    #[must_use]
    pub fn name(&self) -> String {
        name_of(&self.0)
    }

    /// Size of the write-ahead log beside the database, 0 where there is none. Only looks at the name.
    #[must_use]
    pub fn wal_bytes(&self) -> u64 {
        file_bytes(&with_suffix(&self.0, "-wal"))
    }
}

/// Something stands there, and it is no folder.
#[must_use]
pub fn is_no_folder(path: &Path) -> bool {
    path.metadata().is_ok_and(|meta| !meta.is_dir())
}

/// Size of a file; 0 where there is none. Only looks at the name.
#[must_use]
pub fn file_bytes(path: &Path) -> u64 {
    path.metadata().map_or(0, |meta| meta.len())
}

/// How many entries lie on the stage beside a database.
#[must_use]
pub fn staged(database: &Path) -> usize {
    work_folder(database).join("staging").read_dir().map_or(0, Iterator::count)
}

/// The work folder of a database, and its default vault: `<database>.lifeboat` beside it.
#[must_use]
pub fn work_folder(database: &Path) -> PathBuf {
    with_suffix(database, ".lifeboat")
}

/// Are two paths the same file, whatever they are called? False where one is absent.
///
/// # Errors
/// `PermissionDenied`, `Io`.
pub fn same_file(a: &Path, b: &Path) -> Result<bool, PortError> {
    let id = |path: &Path| if_there(os::file_id(path)).map_err(|e| from_io("look at", path, e));
    Ok(matches!((id(a)?, id(b)?), (Some(a), Some(b)) if a == b))
}

/// What a name for a new copy of a database would be taken for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A file of its own.
    Free,
    /// Something that the engine or Lifeboat itself reads: a sidecar of a database, a place of the vault or of the
    /// work folder, the settings.
    Reserved,
    /// A database whose log or journal lies there already and would be replayed into the copy.
    Haunted {
        /// File name of the sidecar.
        by: String,
    },
}

/// Files beside a database that the engine reads together with it.
const SUFFIXES: [&str; 3] = [Part::Wal.suffix(), Part::Journal.suffix(), "-shm"];

/// Judges a name for a new copy.
///
/// # Errors
/// `NotFound` where the folder of `to` does not exist, `PermissionDenied`, `Io`.
pub fn judge_target(database: &Path, vault: &Path, settings: &str, to: &Path) -> Result<Target, PortError> {
    let fail = |error| from_io("find the folder of", to, error);
    let Some(name) = to.file_name() else { return Ok(Target::Reserved) };
    let target = crate::durable::folder_of(to).canonicalize().map_err(fail)?.join(name);
    if let Some(suffix) = SUFFIXES.iter().find(|s| with_suffix(&target, s).symlink_metadata().is_ok()) {
        return Ok(Target::Haunted { by: name_of(&with_suffix(&target, suffix)) });
    }
    let text = target.to_string_lossy().into_owned();
    let mains = SUFFIXES.iter().filter_map(|suffix| text.strip_suffix(suffix)).map(Path::new);
    let is_sidecar = mains.into_iter().any(|main| main == database || main.exists());
    let vault = vault.canonicalize().unwrap_or_else(|_| vault.to_path_buf());
    let within = [work_folder(database)].into_iter().chain(crate::vault::own_places(&vault));
    let is_ours = name == settings || within.into_iter().any(|place| target.starts_with(place));
    Ok(if is_sidecar || is_ours { Target::Reserved } else { Target::Free })
}

/// A file or folder that others than the owner may read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wider {
    /// Its path.
    pub path: PathBuf,
}

impl Wider {
    /// Looks whether a vault's folder and its points are for the owner alone; names the first few that are not.
    #[must_use]
    pub fn find(vault: &Path) -> Vec<Self> {
        let points = vault.join("points");
        let inner = points.read_dir().into_iter().flatten().flatten().map(|entry| entry.path());
        let all = [vault.to_path_buf(), points.clone()].into_iter().chain(inner);
        all.filter(|path| os::is_open_to_others(path)).take(5).map(|path| Self { path }).collect()
    }
}
