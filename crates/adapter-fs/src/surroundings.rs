//! What lies around a database: marks of services that synchronise folders, other databases of the same name, the
//! folders where an application's data belongs. Only looks at names.

use crate::durable::folder_of;
use crate::os;
use crate::paths::work_folder;
use etcetera::BaseStrategy;
use lifeboat_domain::advice::CLOUD_MARKERS;
use std::collections::VecDeque;
use std::path::{Path, PathBuf};

/// Folders that are looked into for other copies; beyond them nobody would wait.
const FOLDERS_MAX: usize = 4_000;
/// The smallest page.
const PAGE_MIN: u64 = 512;
/// How far below a known place.
const DEPTH_MAX: usize = 2;
/// Copies that are named.
const COPIES_MAX: usize = 5;

/// Whose data it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Of one user.
    User,
    /// Of everybody who uses the machine.
    Machine,
}

/// The folder where the data of an application belongs; `None` where the system names none.
#[must_use]
pub fn data_folder(scope: Scope, application: &str) -> Option<PathBuf> {
    let root = match scope {
        Scope::User => bases()?.data_dir(),
        Scope::Machine => machine_root()?,
    };
    Some(root.join(application))
}

#[cfg(windows)]
fn bases() -> Option<impl BaseStrategy> {
    etcetera::base_strategy::Windows::new().ok()
}

#[cfg(target_os = "macos")]
fn bases() -> Option<impl BaseStrategy> {
    etcetera::base_strategy::Apple::new().ok()
}

#[cfg(not(any(windows, target_os = "macos")))]
fn bases() -> Option<impl BaseStrategy> {
    etcetera::base_strategy::Xdg::new().ok()
}

fn machine_root() -> Option<PathBuf> {
    if cfg!(windows) {
        std::env::var_os("ProgramData").map(PathBuf::from)
    } else if cfg!(target_os = "macos") {
        Some(PathBuf::from("/Library/Application Support"))
    } else {
        Some(PathBuf::from("/var/lib"))
    }
}

/// The service that left its mark in a folder above the database.
#[must_use]
pub fn cloud_marker(database: &Path) -> Option<&'static str> {
    let mark = |folder: &Path| {
        let found = CLOUD_MARKERS.iter().find(|(name, _)| folder.join(name).symlink_metadata().is_ok());
        found.map(|(_, service)| *service)
    };
    folder_of(database).ancestors().find_map(mark)
}

/// Other files of the database's name in the places where applications and people keep data, this one's own work
/// folder left out. Bounded: at most a few are named.
#[must_use]
pub fn other_copies(database: &Path) -> Vec<PathBuf> {
    let Some(name) = database.file_name() else { return Vec::new() };
    let mut found: Vec<PathBuf> = Vec::new();
    let mut ahead: VecDeque<(PathBuf, usize)> = known_places(database).into_iter().map(|p| (p, 0)).collect();
    let mut visited = 0;
    while let Some((folder, depth)) = ahead.pop_front() {
        visited += 1;
        if visited > FOLDERS_MAX || found.len() >= COPIES_MAX {
            break;
        }
        let candidate = folder.join(name);
        if is_another(&candidate, database) && !found.iter().any(|known| is_same(known, &candidate)) {
            found.push(candidate);
        }
        if depth < DEPTH_MAX {
            let below = folder.read_dir().into_iter().flatten().flatten();
            let below = below.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
            let below = below.map(|entry| entry.path()).filter(|path| *path != work_folder(database));
            ahead.extend(below.map(|path| (path, depth + 1)));
        }
    }
    found
}

fn known_places(database: &Path) -> Vec<PathBuf> {
    let mut places = vec![folder_of(database).to_path_buf()];
    if let Some(bases) = bases() {
        let home = bases.home_dir().to_path_buf();
        places.extend(["Documents", "Desktop"].map(|name| home.join(name)));
        places.extend([bases.data_dir(), bases.config_dir()]);
    }
    places.extend(machine_root());
    // Windows shows an old program another folder than the one that it names.
    places.extend(std::env::var_os("LOCALAPPDATA").map(|local| PathBuf::from(local).join("VirtualStore")));
    places
}

fn is_another(candidate: &Path, database: &Path) -> bool {
    // A database is a whole number of pages; other files of a common name are not.
    let is_pages = |bytes: u64| bytes > 0 && bytes.is_multiple_of(PAGE_MIN);
    let is_file = candidate.metadata().is_ok_and(|meta| meta.is_file() && is_pages(meta.len()));
    is_file && !is_same(candidate, database)
}

fn is_same(a: &Path, b: &Path) -> bool {
    matches!((os::file_id(a), os::file_id(b)), (Ok(a), Ok(b)) if a == b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_file_of_the_name_is_found_and_the_database_itself_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("unlikely-name-7c31.db");
        std::fs::write(&database, "x").unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink(&database, folder.path().join("link.db")).unwrap();
        assert_eq!(other_copies(&database), Vec::<PathBuf>::new());
        let old = folder.path().join("old");
        std::fs::create_dir(&old).unwrap();
        std::fs::write(old.join("unlikely-name-7c31.db"), [0; 1024]).unwrap();
        assert_eq!(other_copies(&database), [old.join("unlikely-name-7c31.db")]);
    }

    #[test]
    fn a_mark_of_a_service_is_found_above() {
        let folder = tempfile::tempdir().unwrap();
        let below = folder.path().join("a/b");
        std::fs::create_dir_all(&below).unwrap();
        assert_eq!(cloud_marker(&below.join("x.db")), None);
        std::fs::create_dir(folder.path().join(".stfolder")).unwrap();
        assert_eq!(cloud_marker(&below.join("x.db")), Some("Syncthing"));
    }

    #[test]
    fn each_scope_has_its_folder() {
        let user = data_folder(Scope::User, "shop").unwrap();
        let machine = data_folder(Scope::Machine, "shop").unwrap();
        assert!(user.ends_with("shop") && machine.ends_with("shop") && user != machine);
    }
}
