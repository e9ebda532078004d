//! Files of a database that moves: its points are copied and compared, its own file gets its name last.

use crate::durable::{Standing, make_folder, publish_bytes, publish_file, with_suffix};
use crate::error::{from_io, if_there, name_of};
use crate::hash::{Source, hash_file};
use crate::os::{self, Rights};
use crate::paths::work_folder;
use crate::vault::header;
use crate::workshop::copy_synced;
use lifeboat_domain::digest::Digest;
use lifeboat_domain::event::Phase;
use lifeboat_domain::manifest::{self, Manifest};
use lifeboat_domain::name::PARTIAL_ENDING;
use lifeboat_ports::{PortError, PortErrorKind, Watch};
use std::path::{Path, PathBuf};

/// As in docs/formats/vault.md.
const HEADER: &str = "vault.json";

const MANIFEST_ENDING: &str = ".manifest.json";
const POINT_ENDING: &str = ".db";

fn record_path(database: &Path) -> PathBuf {
    work_folder(database).join("arriving.json")
}

/// The record of a database that arrives; `None` where there is none.
///
/// # Errors
/// `PermissionDenied`, `Io`.
pub fn read_arrival(database: &Path) -> Result<Option<Vec<u8>>, PortError> {
    let path = record_path(database);
    if_there(std::fs::read(&path)).map_err(|e| from_io("read", &path, e))
}

/// Writes the record, durable.
///
/// # Errors
/// `NoSpace`, `PermissionDenied`, `Io`.
pub fn write_arrival(database: &Path, bytes: &[u8]) -> Result<(), PortError> {
    let path = record_path(database);
    make_folder(&work_folder(database))
        .and_then(|()| publish_bytes(&path, bytes, Standing::Older))
        .map_err(|e| from_io("write", &path, e))
}

/// Removes the record. Absent is fine.
///
/// # Errors
/// `PermissionDenied`, `Io`.
pub fn remove_arrival(database: &Path) -> Result<(), PortError> {
    let path = record_path(database);
    if_there(std::fs::remove_file(&path)).map(drop).map_err(|e| from_io("remove", &path, e))
}

/// Copies the points of one plain vault into another: each file is compared with its source before it gets its name,
/// manifests last. What is there already and equal is passed over, so that a copy that was stopped goes on; of two
/// manifests of one point the later proof stays.
///
/// # Errors
/// `AlreadyExists` where another file or another point has the name, `NoSpace`, `Damaged` where the copy is not its source,
/// `PermissionDenied`, `Cancelled`, `Io`; whole points that were copied stay.
pub fn copy_points(from: &Path, to: &Path, watch: &Watch) -> Result<usize, PortError> {
    let headers = (from.join(HEADER), to.join(HEADER));
    let (from, to) = (from.join("points"), to.join("points"));
    make_folder(&to).map_err(|e| from_io("make", &to, e))?;
    let mut copied = 0;
    for name in point_files(&from)? {
        copied += usize::from(copy_file(&from.join(&name), &to.join(&name), watch)?);
    }
    // Last: the folder is a vault once all is in it, and no number that was pruned is given again.
    header::ensure(&headers.1)?;
    header::raise_floor(&headers.1, header::read(&headers.0)?.unwrap_or(0))?;
    Ok(copied)
}

/// Names of the files of points, the databases before their manifests.
fn point_files(folder: &Path) -> Result<Vec<String>, PortError> {
    let fail = |e| from_io("read", folder, e);
    let Some(entries) = if_there(folder.read_dir()).map_err(fail)? else { return Ok(Vec::new()) };
    let mut names = Vec::new();
    for entry in entries {
        let path = entry.map_err(fail)?.path();
        let name = name_of(&path);
        if path.is_file() && !name.ends_with(PARTIAL_ENDING) {
            names.push(name);
        }
    }
    names.sort_by_key(|name| (name.ends_with(".json"), name.clone()));
    Ok(names)
}

fn copy_file(from: &Path, to: &Path, watch: &Watch) -> Result<bool, PortError> {
    let digest =
        |path: &Path, source| hash_file(path, source, Phase::Verify, watch).map(|sealed| sealed.digest);
    let wanted = digest(from, Source::Anywhere)?;
    if to.symlink_metadata().is_ok() {
        if digest(to, Source::Anywhere)? == wanted {
            return Ok(false);
        }
        return match (manifest_at(from), manifest_at(to)) {
            (Some(ours), Some(there)) if there.succeeds(&ours) => Ok(false),
            (Some(ours), Some(there)) if ours.succeeds(&there) => {
                let bytes = manifest::encode(&ours);
                publish_bytes(to, &bytes, Standing::Older).map_err(|e| from_io("copy a point to", to, e))?;
                Ok(true)
            }
            _ => Err(PortError::new(PortErrorKind::AlreadyExists, "copy a point to", name_of(to))),
        };
    }
    let partial = with_suffix(to, PARTIAL_ENDING);
    let _ = std::fs::remove_file(&partial);
    let copied = fill_and_publish(from, &partial, to, wanted, watch);
    if copied.is_err() {
        let _ = std::fs::remove_file(&partial);
    }
    copied.map(|()| true)
}

fn manifest_at(path: &Path) -> Option<Manifest> {
    if !name_of(path).ends_with(MANIFEST_ENDING) {
        return None;
    }
    manifest::decode(&std::fs::read(path).ok()?).ok()
}

fn fill_and_publish(
    from: &Path,
    partial: &Path,
    to: &Path,
    wanted: Digest,
    watch: &Watch,
) -> Result<(), PortError> {
    let fail = |e| from_io("copy a point to", to, e);
    copy_synced(from, partial).map_err(fail)?;
    if hash_file(partial, Source::Medium, Phase::Verify, watch)?.digest != wanted {
        return Err(PortError::new(PortErrorKind::Damaged, "copy a point to", name_of(to)));
    }
    publish_file(partial, to, Standing::Nothing).map_err(fail)
}

/// Takes back the copy of one point, the manifest first. What is not there is fine.
pub fn remove_copied_point(vault: &Path, point: &Manifest) {
    let stem = point.stem();
    for name in [stem.manifest_file(), stem.point_file()] {
        let _ = std::fs::remove_file(vault.join("points").join(name));
    }
}

/// Removes the points of a vault that another one holds too: the file byte for byte, the manifest with the same proof or a
/// later one. Gives how many files went,
/// and how many points stay because they differ.
///
/// # Errors
/// `PermissionDenied`, `Io`; what was compared and is equal may be gone.
pub fn remove_copied_points(from: &Path, held_by: &Path, watch: &Watch) -> Result<(usize, usize), PortError> {
    if crate::paths::same_file(from, held_by)? {
        return Ok((0, 0));
    }
    let (from, held_by) = (from.join("points"), held_by.join("points"));
    let (mut gone, mut differing) = (0, 0);
    for manifest in point_files(&from)?.iter().filter(|name| name.ends_with(MANIFEST_ENDING)) {
        let file = format!("{}{POINT_ENDING}", manifest.trim_end_matches(MANIFEST_ENDING));
        // The manifest first: a file without one is no point.
        let pair = [manifest.as_str(), file.as_str()];
        let is_held = |name: &str| {
            let (old, new) = (from.join(name), held_by.join(name));
            is_copy(&old, &new, watch) || is_followed(&old, &new)
        };
        if pair.into_iter().all(is_held) {
            for name in pair {
                let path = from.join(name);
                std::fs::remove_file(&path).map_err(|e| from_io("remove", &path, e))?;
                gone += 1;
            }
        } else {
            differing += 1;
        }
    }
    Ok((gone, differing))
}

/// Two files, and the same bytes in both.
fn is_copy(old: &Path, new: &Path, watch: &Watch) -> bool {
    let digest = |path: &Path| hash_file(path, Source::Anywhere, Phase::Verify, watch).map(|s| s.digest);
    let apart = matches!(crate::paths::same_file(old, new), Ok(false));
    apart && matches!((digest(old), digest(new)), (Ok(old), Ok(new)) if old == new)
}

/// Two manifests of one point, and the newer place has the later proof.
fn is_followed(old: &Path, new: &Path) -> bool {
    let apart = matches!(crate::paths::same_file(old, new), Ok(false));
    apart && matches!((manifest_at(old), manifest_at(new)), (Some(old), Some(new)) if new.succeeds(&old))
}

/// Gives a finished file its name, which nothing may have, with the rights and the owner of `model`.
///
/// # Errors
/// `AlreadyExists`, `NoSpace`, `PermissionDenied`, `Io`.
pub fn publish_like(partial: &Path, to: &Path, model: &Path) -> Result<(), PortError> {
    os::take_after(model, partial, Rights::OwnerWrites).map_err(|e| from_io("write", to, e))?;
    crate::durable::publish_new(partial, to)
}

/// BLAKE3 of a file that nobody has open; `None` where there is none.
///
/// # Errors
/// `PermissionDenied`, `Io`.
pub fn digest_of(path: &Path) -> Result<Option<Digest>, PortError> {
    if path.symlink_metadata().is_err() {
        return Ok(None);
    }
    hash_file(path, Source::Anywhere, Phase::Verify, &Watch::silent()).map(|sealed| Some(sealed.digest))
}
