//! Turns a sealed draft into a point: the file under its final name first, the manifest last.

use super::Folders;
use crate::durable::{Standing, publish_file, write_synced};
use crate::error::{from_io, name_of};
use crate::os;
use lifeboat_domain::manifest::{self, Manifest};
use lifeboat_domain::name::PARTIAL_ENDING;
use lifeboat_ports::{Draft, PortError, PortErrorKind};
use std::path::PathBuf;

/// Where a manifest waits until its file has its name; a sweep that finds one there finishes the publish.
pub(super) fn waiting_manifest(folders: &Folders, manifest_file: &str) -> PathBuf {
    folders.drafts().join(format!("{manifest_file}{PARTIAL_ENDING}"))
}

pub(super) fn publish(folders: &Folders, draft: &Draft, manifest: &Manifest) -> Result<(), PortError> {
    let stem = manifest.stem();
    let file = folders.points().join(stem.point_file());
    let final_manifest = folders.points().join(stem.manifest_file());
    if final_manifest.symlink_metadata().is_ok() {
        return Err(PortError::new(PortErrorKind::AlreadyExists, "publish", name_of(&final_manifest)));
    }
    let waiting = waiting_manifest(folders, &stem.manifest_file());
    let fail = |e| from_io("publish", &final_manifest, e);
    write_synced(&waiting, &manifest::encode(manifest))
        .and_then(|()| os::sync_folder(&folders.drafts()))
        .inspect_err(|_| drop(std::fs::remove_file(&waiting)))
        .map_err(fail)?;
    publish_file(&draft.path, &file, Standing::Nothing)
        .and_then(|()| publish_file(&waiting, &final_manifest, Standing::Nothing))
        .inspect_err(|_| take_back(&[(&final_manifest, &waiting), (&file, &draft.path)]))
        .inspect_err(|_| drop(std::fs::remove_file(&waiting)))
        .map_err(fail)
}

/// A publish that failed leaves no point: names that were given are taken back, the manifest's first. Where
/// even that fails, the waiting manifest or the stray file is for the next sweep or for a person to see.
fn take_back(renames: &[(&PathBuf, &PathBuf)]) {
    for (from, to) in renames {
        if to.symlink_metadata().is_err() {
            let _ = std::fs::rename(from, to);
        }
    }
}

pub(super) fn amend(folders: &Folders, manifest: &Manifest) -> Result<(), PortError> {
    let path = folders.points().join(manifest.stem().manifest_file());
    let fail = |e| from_io("amend", &path, e);
    path.symlink_metadata().map_err(fail)?;
    // The partial lies among the drafts, so that a killed amend leaves nothing among the points.
    let partial = folders.drafts().join(format!("{}.amended{PARTIAL_ENDING}", manifest.id));
    write_synced(&partial, &manifest::encode(manifest))
        .and_then(|()| publish_file(&partial, &path, Standing::Older))
        .map_err(fail)
}
