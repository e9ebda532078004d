//! Writes a point as a plain file somewhere else.

use super::Folders;
use crate::durable::{Standing, publish_file, with_suffix};
use crate::error::{from_io, name_of};
use crate::hash::{Source, hash_file};
use crate::os;
use lifeboat_domain::event::Phase;
use lifeboat_domain::manifest::Manifest;
use lifeboat_domain::name::PARTIAL_ENDING;
use lifeboat_ports::{PortError, PortErrorKind, Watch};
use std::fs::File;
use std::io;
use std::path::Path;

pub(super) fn export(
    folders: &Folders,
    manifest: &Manifest,
    to: &Path,
    watch: &Watch,
) -> Result<(), PortError> {
    let from = folders.points().join(manifest.stem().point_file());
    if to.symlink_metadata().is_ok() {
        return Err(PortError::new(PortErrorKind::AlreadyExists, "export to", name_of(to)));
    }
    // A name of our own that nobody has: what is already there, a link included, is never opened.
    let partial =
        with_suffix(to, &format!(".{}-{}{PARTIAL_ENDING}", manifest.id.short(), std::process::id()));
    let target = os::create_new_private(&partial).map_err(|e| from_io("export to", to, e))?;
    let written = write(&from, target, &partial, to, manifest, watch);
    if written.is_err() {
        let _ = std::fs::remove_file(&partial);
    }
    written
}

fn write(
    from: &Path,
    mut target: File,
    partial: &Path,
    to: &Path,
    manifest: &Manifest,
    watch: &Watch,
) -> Result<(), PortError> {
    let fail = |e| from_io("export to", to, e);
    let mut source = File::open(from).map_err(|e| from_io("export", from, e))?;
    io::copy(&mut source, &mut target).map_err(fail)?;
    target.sync_all().map_err(fail)?;
    drop(target);
    let sealed = hash_file(partial, Source::Medium, Phase::Drill, watch)?;
    if sealed.digest != manifest.digest {
        return Err(PortError::new(PortErrorKind::Damaged, "export", name_of(from)));
    }
    publish_file(partial, to, Standing::Nothing).map_err(fail)
}
