//! Makes the new files of an exchange ready, on the database's own volume, and describes sets of files.

use super::Places;
use crate::durable::{folder_of, make_folder, sync_file};
use crate::error::{from_io, if_there, name_of};
use crate::hash::{Source, hash_file};
use crate::os::{self, Rights};
use lifeboat_domain::event::Phase;
use lifeboat_domain::swap::{Part, PartRecord};
use lifeboat_ports::{PortError, PortErrorKind, QuarantinedSet, Watch};
use std::io;
use std::path::{Path, PathBuf};

pub(super) fn point(places: &Places, set: &str, file: &Path) -> Result<Vec<PartRecord>, PortError> {
    let folder = open_stage(places, set)?;
    let target = places.in_folder(&folder, Part::Main);
    copy_synced(file, &target).map_err(|e| {
        let _ = std::fs::remove_file(&target);
        from_io("stage", &target, e)
    })?;
    let live = places.live(Part::Main);
    let model = if live.exists() {
        os::take_after(&live, &target, Rights::OwnerWrites)
    } else {
        os::own_as(folder_of(&live), &target)
    };
    model.map_err(|e| from_io("stage", &target, e))?;
    os::sync_folder(&folder).map_err(|e| from_io("stage", &folder, e))?;
    describe(|part| places.in_folder(&folder, part))
}

pub(super) fn quarantined(places: &Places, set: &str, from: &str) -> Result<Vec<PartRecord>, PortError> {
    let kept = places.quarantine(from);
    let main = places.in_folder(&kept, Part::Main);
    main.metadata().map_err(|e| from_io("stage", &main, e))?;
    let folder = open_stage(places, set)?;
    for part in Part::ALL {
        let (source, target) = (places.in_folder(&kept, part), places.in_folder(&folder, part));
        if source.symlink_metadata().is_ok() {
            copy_synced(&source, &target)
                .and_then(|()| os::take_after(&source, &target, Rights::AsModel))
                .map_err(|e| from_io("stage", &target, e))?;
        }
    }
    os::sync_folder(&folder).map_err(|e| from_io("stage", &folder, e))?;
    describe(|part| places.in_folder(&folder, part))
}

/// Removes everything on the stage: the lock is held and no act is pending, so nobody needs it any more.
pub(super) fn sweep(places: &Places) -> Result<usize, PortError> {
    let root = places.root.join("staging");
    let fail = |e| from_io("clear", &root, e);
    let Some(entries) = if_there(root.read_dir()).map_err(fail)? else { return Ok(0) };
    let mut gone = 0;
    for entry in entries {
        let path = entry.map_err(fail)?.path();
        let removed =
            if path.is_dir() { std::fs::remove_dir_all(&path) } else { std::fs::remove_file(&path) };
        gone += usize::from(if_there(removed).map_err(fail)?.is_some());
    }
    os::sync_folder(&root).map_err(fail)?;
    Ok(gone)
}

/// Every folder in quarantine, by name: names begin with the time.
pub(super) fn list_quarantined(places: &Places) -> Result<Vec<QuarantinedSet>, PortError> {
    let root = places.root.join("quarantine");
    let fail = |e| from_io("look into", &root, e);
    let Some(entries) = if_there(root.read_dir()).map_err(fail)? else { return Ok(Vec::new()) };
    let mut sets = Vec::new();
    for entry in entries {
        let folder = entry.map_err(fail)?.path();
        if !folder.is_dir() {
            continue;
        }
        let main = places.in_folder(&folder, Part::Main);
        let parts = Part::ALL.map(|part| crate::paths::file_bytes(&places.in_folder(&folder, part)));
        let main = main.is_file().then_some(main);
        sets.push(QuarantinedSet { name: name_of(&folder), main, size_bytes: parts.iter().sum() });
    }
    sets.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(sets)
}

/// Removes one folder of quarantine; a name that leads elsewhere is none.
pub(super) fn discard(places: &Places, set: &str) -> Result<u64, PortError> {
    let missing = || PortError::new(PortErrorKind::NotFound, "discard", set);
    let found = list_quarantined(places)?.into_iter().find(|found| found.name == set).ok_or_else(missing)?;
    let folder = places.quarantine(&found.name);
    let fail = |e| from_io("discard", &folder, e);
    std::fs::remove_dir_all(&folder).map_err(fail)?;
    os::sync_folder(folder_of(&folder)).map_err(fail)?;
    Ok(found.size_bytes)
}

/// Size and digest of every part that is there.
pub(super) fn describe(path_of: impl Fn(Part) -> PathBuf) -> Result<Vec<PartRecord>, PortError> {
    let mut records = Vec::new();
    for part in Part::ALL {
        let path = path_of(part);
        if path.symlink_metadata().is_err() {
            continue;
        }
        let sealed = hash_file(&path, Source::Anywhere, Phase::Install, &Watch::silent())?;
        records.push(PartRecord { part, size_bytes: sealed.size_bytes, digest: sealed.digest });
    }
    Ok(records)
}

/// Removes a stage with its parts; absent is fine.
pub(super) fn remove(places: &Places, folder: &Path) -> io::Result<()> {
    if folder.symlink_metadata().is_err() {
        return Ok(());
    }
    for part in Part::ALL {
        if_there(std::fs::remove_file(places.in_folder(folder, part)))?;
    }
    match std::fs::remove_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => Ok(()),
        Err(error) => Err(error),
        Ok(()) => os::sync_folder(folder_of(folder)),
    }
}

fn open_stage(places: &Places, set: &str) -> Result<PathBuf, PortError> {
    let folder = places.staging(set);
    make_folder(&folder).map_err(|e| from_io("stage", &folder, e))?;
    let beside = folder_of(&places.database);
    let volume = |path: &Path| os::volume_id(path).map_err(|e| from_io("stage", path, e));
    if volume(&folder)? != volume(beside)? {
        return Err(PortError::new(
            PortErrorKind::Unsupported,
            "stage on the database's volume",
            name_of(&folder),
        ));
    }
    Ok(folder)
}

/// Copies into a file for the owner alone and makes it durable. The source keeps its own permissions.
pub(crate) fn copy_synced(from: &Path, to: &Path) -> io::Result<()> {
    let mut source = std::fs::File::open(from)?;
    let mut target = os::create_private(to)?;
    io::copy(&mut source, &mut target)?;
    drop(target);
    sync_file(to)
}
