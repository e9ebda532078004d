//! Reads the catalogue: every manifest, and whether its file stands beside it.

use super::{Folders, header};
use crate::error::{from_io, name_of};
use lifeboat_domain::manifest::{self, ManifestError};
use lifeboat_domain::name::{FORGOTTEN_ENDING, MANIFEST_ENDING, POINT_ENDING, PointStem};
use lifeboat_ports::{PortError, PortErrorKind, VaultEntry, VaultListing};
use std::collections::BTreeSet;
use std::path::Path;

/// From so many manifests on, two threads read them.
const PARALLEL_FROM: usize = 256;

pub(super) fn list(folders: &Folders) -> Result<VaultListing, PortError> {
    let absent = || PortError::new(PortErrorKind::NotFound, "list", name_of(&folders.root));
    let floor = header::read(&folders.header())?.ok_or_else(absent)?;
    let points = folders.points();
    let names = names_in(&points)?;
    let stems: Vec<PointStem> = names.iter().filter_map(|n| PointStem::from_manifest_file(n)).collect();
    let forgotten: Vec<String> =
        names.iter().filter_map(|n| n.strip_suffix(FORGOTTEN_ENDING)).map(str::to_owned).collect();
    let floor = forgotten_floor(&forgotten, floor);
    let mut entries = read_all(&points, &stems)?;
    entries.extend(strays(&names));
    Ok(VaultListing { entries, forgotten, sequence_floor: floor })
}

fn names_in(folder: &Path) -> Result<BTreeSet<String>, PortError> {
    let fail = |e| from_io("list", folder, e);
    let mut names = BTreeSet::new();
    for entry in folder.read_dir().map_err(fail)? {
        names.insert(entry.map_err(fail)?.file_name().to_string_lossy().into_owned());
    }
    Ok(names)
}

fn forgotten_floor(forgotten: &[String], floor: u64) -> u64 {
    let manifest = |stem: &String| PointStem::from_manifest_file(&format!("{stem}{MANIFEST_ENDING}"));
    forgotten.iter().filter_map(|stem| manifest(stem)?.sequence()).max().unwrap_or(0).max(floor)
}

fn read_all(points: &Path, stems: &[PointStem]) -> Result<Vec<VaultEntry>, PortError> {
    let read = |part: &[PointStem]| part.iter().map(|stem| read_entry(points, stem)).collect();
    if stems.len() < PARALLEL_FROM {
        return read(stems);
    }
    let (left, right) = stems.split_at(stems.len() / 2);
    std::thread::scope(|scope| {
        let other = scope.spawn(|| read(right));
        let mut entries: Vec<VaultEntry> = read(left)?;
        let rest: Result<Vec<_>, PortError> = other.join().expect("because reading an entry does not panic");
        entries.extend(rest?);
        Ok(entries)
    })
}

fn read_entry(points: &Path, stem: &PointStem) -> Result<VaultEntry, PortError> {
    let path = points.join(stem.manifest_file());
    let bytes = match std::fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => {
            return Err(from_io("read", &path, error));
        }
        Err(_) => {
            let error = ManifestError::Malformed("the file cannot be read");
            return Ok(VaultEntry::BadManifest { name: stem.manifest_file(), error });
        }
    };
    let manifest = match manifest::decode(&bytes) {
        Ok(manifest) => Box::new(manifest),
        Err(error) => return Ok(VaultEntry::BadManifest { name: stem.manifest_file(), error }),
    };
    let file = points.join(stem.point_file());
    let size = file.symlink_metadata().map(|meta| if meta.is_file() { meta.len() } else { u64::MAX });
    match size {
        Ok(size) if size == manifest.size_bytes && manifest.stem() == *stem => {
            Ok(VaultEntry::Point(manifest))
        }
        _ => Ok(VaultEntry::BadFile { name: stem.point_file(), manifest }),
    }
}

fn strays(names: &BTreeSet<String>) -> impl Iterator<Item = VaultEntry> {
    let described = |name: &str| {
        name.strip_suffix(POINT_ENDING).is_some_and(|stem| {
            names.contains(&format!("{stem}{MANIFEST_ENDING}"))
                || names.contains(&format!("{stem}{FORGOTTEN_ENDING}"))
        })
    };
    let manifest = |name: &str| name.ends_with(MANIFEST_ENDING) || name.ends_with(FORGOTTEN_ENDING);
    let stray = move |name: &&String| !manifest(name) && !described(name);
    let found: Vec<_> = names.iter().filter(stray).cloned().collect();
    found.into_iter().map(|name| VaultEntry::Stray { name })
}
