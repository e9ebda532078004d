//! Forget (drop from the catalogue), prune (free the bytes), sweep (remove what a killed process left).
//! Only bytes that this vault made and described are ever removed.

use super::{Folders, header};
use crate::durable::{Standing, publish_file};
use crate::error::{from_io, if_there, name_of};
use crate::os;
use lifeboat_domain::manifest;
use lifeboat_domain::name::{FORGOTTEN_ENDING, MANIFEST_ENDING, PARTIAL_ENDING, PointStem};
use lifeboat_ports::{Forgotten, PortError, Pruned};
use std::path::{Path, PathBuf};

pub(super) fn forget(folders: &Folders, stem: &PointStem) -> Result<Forgotten, PortError> {
    let points = folders.points();
    let (from, to) = (points.join(stem.manifest_file()), points.join(forgotten_file(stem)));
    match if_there(publish_file(&from, &to, Standing::Older)).map_err(|e| from_io("forget", &from, e))? {
        Some(()) => Ok(Forgotten::Now),
        None => Ok(Forgotten::Before),
    }
}

/// Removes the files of forgotten points, the marker last, so that a repetition finds what is left.
pub(super) fn prune(folders: &Folders) -> Result<Pruned, PortError> {
    let mut pruned = Pruned::default();
    for stem in forgotten_stems(folders)? {
        prune_one(folders, &stem, &mut pruned)?;
    }
    Ok(pruned)
}

/// Forgets and prunes one point.
pub(super) fn withdraw(folders: &Folders, stem: &PointStem) -> Result<(), PortError> {
    forget(folders, stem)?;
    prune_one(folders, stem, &mut Pruned::default())
}

fn prune_one(folders: &Folders, stem: &PointStem, pruned: &mut Pruned) -> Result<(), PortError> {
    if let Some(sequence) = stem.sequence() {
        header::raise_floor(&folders.header(), sequence)?;
    }
    let file = folders.points().join(stem.point_file());
    remove(&file, pruned)?;
    remove(&folders.points().join(forgotten_file(stem)), pruned)?;
    os::sync_folder(&folders.points()).map_err(|e| from_io("prune", &file, e))
}

/// Finishes publishes that had their file in place, and removes the other drafts.
pub(super) fn sweep(folders: &Folders) -> Result<Pruned, PortError> {
    let drafts = folders.drafts();
    let fail = |e| from_io("sweep", &drafts, e);
    let mut pruned = Pruned::default();
    for entry in drafts.read_dir().map_err(fail)? {
        let path = entry.map_err(fail)?.path();
        if !finish_publish(folders, &path)? {
            remove(&path, &mut pruned)?;
        }
    }
    Ok(pruned)
}

pub(super) fn remove_draft(path: &Path) -> Result<(), PortError> {
    // The engine may have left sidecars beside a draft that it was writing when it failed.
    for suffix in ["", "-journal", "-wal", "-shm"] {
        let path = crate::durable::with_suffix(path, suffix);
        if_there(std::fs::remove_file(&path)).map_err(|e| from_io("discard", &path, e))?;
    }
    Ok(())
}

fn forgotten_file(stem: &PointStem) -> String {
    format!("{}{FORGOTTEN_ENDING}", stem.as_str())
}

fn forgotten_stems(folders: &Folders) -> Result<Vec<PointStem>, PortError> {
    let points = folders.points();
    let fail = |e| from_io("prune", &points, e);
    let mut stems = Vec::new();
    for entry in points.read_dir().map_err(fail)? {
        let name = entry.map_err(fail)?.file_name().to_string_lossy().into_owned();
        let stem = name.strip_suffix(FORGOTTEN_ENDING).map(|stem| format!("{stem}{MANIFEST_ENDING}"));
        stems.extend(stem.and_then(|name| PointStem::from_manifest_file(&name)));
    }
    stems.sort();
    Ok(stems)
}

/// A manifest that waits while its file stands complete under its final name: the publish was killed between
/// the two renames, and the proof was over. Gives back whether it was one.
fn finish_publish(folders: &Folders, waiting: &Path) -> Result<bool, PortError> {
    let Some(target) = waiting_target(folders, waiting) else { return Ok(false) };
    let bytes = std::fs::read(waiting).map_err(|e| from_io("sweep", waiting, e))?;
    let Ok(manifest) = manifest::decode(&bytes) else { return Ok(false) };
    let file = folders.points().join(manifest.stem().point_file());
    let complete = file.metadata().is_ok_and(|meta| meta.len() == manifest.size_bytes);
    if !complete || target.symlink_metadata().is_ok() {
        return Ok(false);
    }
    publish_file(waiting, &target, Standing::Nothing).map_err(|e| from_io("sweep", &target, e))?;
    Ok(true)
}

fn waiting_target(folders: &Folders, waiting: &Path) -> Option<PathBuf> {
    let name = name_of(waiting);
    let target = name.strip_suffix(PARTIAL_ENDING)?;
    target.ends_with(MANIFEST_ENDING).then(|| folders.points().join(target))
}

fn remove(path: &Path, pruned: &mut Pruned) -> Result<(), PortError> {
    let fail = |e| from_io("remove", path, e);
    let Some(meta) = if_there(path.symlink_metadata()).map_err(fail)? else { return Ok(()) };
    if_there(std::fs::remove_file(path)).map_err(fail)?;
    pruned.names.push(name_of(path));
    pruned.bytes += meta.len();
    Ok(())
}
