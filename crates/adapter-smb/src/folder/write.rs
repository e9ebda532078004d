//! Publishing: first under a name that nobody reads, then in place without replacing, the pointer alone by replacing.

use super::read::{explain, gone};
use super::{FolderShare, STAGE, VISIBLE, lock};
use crate::deadline::Beat;
use crate::error::from_io;
use backon::{BlockingRetryable, ExponentialBuilder};
use lifeboat_domain::event::{Event, Phase};
use lifeboat_ports::{PortError, PortErrorKind, StagedFile, Watch};
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::TempPath;

/// Bytes that are written between two signs of life.
const PIECE: usize = 1 << 20;

/// Pieces after which the server is asked to have written them.
const SYNC_EVERY: usize = 64;

/// What is brought, for the worker.
pub(super) enum Owned {
    Bytes(Vec<u8>),
    File(PathBuf),
}

/// Makes the folders of a share; the share itself has to be there.
pub(super) fn make_folders(share: &FolderShare) -> Result<(), PortError> {
    share.root.metadata().map_err(|error| gone(&share.root, error))?;
    for name in VISIBLE.iter().chain([&STAGE]) {
        make_folder(&share.root.join(name))?;
    }
    Ok(())
}

/// A folder of the share's own; a link in its place would have the publisher write elsewhere.
fn make_folder(path: &Path) -> Result<(), PortError> {
    match std::fs::create_dir(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(from_io("make", path, error)),
        _ if path.symlink_metadata().is_ok_and(|meta| meta.is_dir()) => Ok(()),
        _ => {
            let source = io::Error::other("it is no folder");
            Err(PortError::new(PortErrorKind::Unsupported, "make", path.display().to_string())
                .with_source(source))
        }
    }
}

/// A new file in the folder of what is staged. Others shall read it later: it has the rights that the share gives.
fn new_staged(share: &FolderShare) -> io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix("").rand_bytes(16);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(share.stage_folder())
}

/// A new empty file that goes again when it is dropped.
pub(super) fn probe(share: &FolderShare) -> Result<tempfile::NamedTempFile, PortError> {
    new_staged(share).map_err(|error| explain(&share.root, &share.stage_folder(), error))
}

pub(super) fn stage(
    share: &FolderShare,
    content: Owned,
    watch: &Watch,
    beat: &Beat,
) -> Result<StagedFile, PortError> {
    let fail = |error| explain(&share.root, &share.stage_folder(), error);
    let mut file = new_staged(share).map_err(fail)?;
    match content {
        Owned::Bytes(bytes) => file.write_all(&bytes).map_err(fail)?,
        Owned::File(path) => {
            let upload = Upload { share, watch, beat };
            upload.copy(&path, file.as_file_mut()).map_err(|stop| stop.told(&path, fail))?;
        }
    }
    file.as_file().sync_all().map_err(fail)?;
    let kept = file.into_temp_path().keep().map_err(|error| fail(error.error))?;
    let name = kept.file_name().unwrap_or_default().to_string_lossy().into_owned();
    Ok(StagedFile { name })
}

enum Stop {
    Here(io::Error),
    There(io::Error),
    Locked(PortError),
    Cancelled,
}

impl Stop {
    fn told(self, local: &Path, there: impl Fn(io::Error) -> PortError) -> PortError {
        match self {
            Self::Here(error) => from_io("read", local, error),
            Self::There(error) => there(error),
            Self::Locked(error) => error,
            Self::Cancelled => PortError::new(PortErrorKind::Cancelled, "stage", local.display().to_string()),
        }
    }
}

/// A file on its way to the share.
struct Upload<'a> {
    share: &'a FolderShare,
    watch: &'a Watch,
    beat: &'a Beat,
}

impl Upload<'_> {
    fn copy(&self, from: &Path, to: &mut File) -> Result<(), Stop> {
        let mut file = File::open(from).map_err(Stop::Here)?;
        let total_bytes = file.metadata().map_err(Stop::Here)?.len();
        let phase = Phase::Upload;
        self.watch.events.emit(&Event::PhaseStarted { phase, total_bytes });
        let copied = self.copy_pieces(&mut file, to, total_bytes);
        self.watch.events.emit(&Event::PhaseEnded { phase });
        copied
    }

    fn copy_pieces(&self, file: &mut File, to: &mut File, total_bytes: u64) -> Result<(), Stop> {
        let (mut done_bytes, mut buffer) = (0, vec![0; PIECE]);
        for number in 1_usize.. {
            if self.watch.cancel.is_cancelled() {
                return Err(Stop::Cancelled);
            }
            let length = file.read(&mut buffer).map_err(Stop::Here)?;
            if length == 0 {
                break;
            }
            to.write_all(&buffer[..length]).map_err(Stop::There)?;
            if number % SYNC_EVERY == 0 {
                // All of it at the end would take longer than one call may.
                to.sync_data().map_err(Stop::There)?;
                lock::live_on(self.share).map_err(Stop::Locked)?;
            }
            done_bytes += u64::try_from(length).unwrap_or(0);
            self.beat.alive();
            self.watch.events.emit(&Event::Progress { phase: Phase::Upload, done_bytes, total_bytes });
        }
        Ok(())
    }
}

/// Gives a staged file its place, where nothing may be. A failure leaves it staged.
pub(super) fn settle(share: &FolderShare, from: &Path, to: &Path) -> Result<(), PortError> {
    let folder = to.parent().unwrap_or(&share.root);
    if folder.parent() != Some(share.root.as_path()) {
        // The folder of a channel, below `targets`.
        make_folder(folder)?;
    }
    let staged = temp_path(from)?;
    staged.persist_noclobber(to).map_err(|error| {
        // Dropping the path would remove what is staged.
        let _ = error.path.keep();
        from_io("publish", to, error.error)
    })?;
    sync_folder(folder).map_err(|error| from_io("publish", to, error))
}

/// Puts a staged file in the place of the pointer. A reader of another system may keep the old one open: then the rename
/// is refused, and tried again for half a minute.
pub(super) fn replace(from: &Path, to: &Path, beat: &Beat) -> Result<(), PortError> {
    let patience = ExponentialBuilder::default()
        .with_jitter()
        .with_min_delay(Duration::from_millis(20))
        .with_max_delay(Duration::from_secs(2))
        .with_total_delay(Some(Duration::from_secs(30)))
        .without_max_times();
    let renamed = (|| std::fs::rename(from, to))
        .retry(patience)
        .when(|error| cfg!(windows) && matches!(error.raw_os_error(), Some(5 | 32)))
        .notify(|error, pause| {
            beat.alive();
            tracing::info!(code = error.raw_os_error(), ?pause, "a reader keeps the pointer open");
        })
        .call();
    renamed
        .and_then(|()| sync_folder(to.parent().unwrap_or(to)))
        .map_err(|error| from_io("publish", to, error))
}

fn temp_path(path: &Path) -> Result<TempPath, PortError> {
    path.symlink_metadata().map_err(|error| from_io("publish", path, error))?;
    TempPath::try_from_path(path).map_err(|error| from_io("publish", path, error))
}

/// Makes the names in a folder durable, where the system has that.
fn sync_folder(path: &Path) -> io::Result<()> {
    if cfg!(not(unix)) {
        return Ok(());
    }
    match File::open(path)?.sync_all() {
        // A share need not know it; the file itself was synced.
        Err(error) if matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported) => {
            Ok(())
        }
        done => done,
    }
}

/// Removes a file. Absent is fine.
pub(super) fn remove(path: &Path) -> Result<(), PortError> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(from_io("remove", path, error)),
        _ => Ok(()),
    }
}

pub(super) fn leftovers(share: &FolderShare) -> Result<Vec<String>, PortError> {
    let folder = share.stage_folder();
    let entries = match folder.read_dir() {
        Ok(entries) => entries,
        Err(error) => {
            let told = explain(&share.root, &folder, error);
            return if told.kind() == PortErrorKind::NotFound { Ok(Vec::new()) } else { Err(told) };
        }
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|e| from_io("list", &folder, e))?;
        // Servers put folders of their own into any folder; nothing of ours is one.
        if entry.file_type().is_ok_and(|kind| !kind.is_dir()) {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}

pub(super) fn sweep(share: &FolderShare, beat: &Beat) -> Result<Vec<String>, PortError> {
    let names = leftovers(share)?;
    for name in &names {
        remove(&share.stage_folder().join(name))?;
        beat.alive();
    }
    Ok(names)
}

/// Tries the root and the folders that clients read; what is made there goes again at once.
pub(super) fn try_write(share: &FolderShare) -> Result<(), PortError> {
    share.root.metadata().map_err(|error| gone(&share.root, error))?;
    let folders = std::iter::once(share.root.to_path_buf()).chain(VISIBLE.map(|name| share.root.join(name)));
    let mut refused = None;
    for folder in folders.filter(|folder| folder.is_dir()) {
        match tempfile::Builder::new().prefix(".lifeboat-probe-").tempfile_in(&folder) {
            Ok(probe) => return probe.close().map_err(|error| from_io("remove", &folder, error)),
            Err(error) => refused = Some(from_io("write", &folder, error)),
        }
    }
    refused.map_or(Ok(()), Err)
}
