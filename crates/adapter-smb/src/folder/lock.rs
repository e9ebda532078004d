//! The publisher's lock: a file that only one can make, with who made it inside.
//!
//! It outlives its process, because a share tells nobody that a process died. Whoever holds it shows signs of life by writing
//! it again; how long ago that was is told by the server's own clock, never by ours.

use super::FolderShare;
use super::read::{document, piece};
use super::write::remove;
use crate::error::from_io;
use async_trait::async_trait;
use lifeboat_ports::{PUBLISH_LEASE_MINUTES, PortError, PortErrorKind, PublishGuard, Takeover};
use serde::{Deserialize, Serialize};
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

const FILE: &str = ".publish.lock";
const LEASE: Duration = Duration::from_secs(60 * PUBLISH_LEASE_MINUTES);
/// More than anybody's name needs.
const LIMIT: usize = 4096;

#[derive(Serialize, Deserialize)]
struct Wire {
    format: String,
    version: u32,
    owner: String,
    token: String,
}

/// A lock that is held. Dropping it frees the share, if it still is ours.
pub(super) struct HeldLock {
    share: FolderShare,
    bytes: Vec<u8>,
}

fn path(share: &FolderShare) -> PathBuf {
    share.root.join(FILE)
}

/// Takes the lock, or tells who has it.
pub(super) fn acquire(share: &FolderShare, owner: &str, takeover: Takeover) -> Result<HeldLock, PortError> {
    let path = path(share);
    let bytes = content(owner, &token(share)?);
    loop {
        match make(&path, &bytes) {
            Ok(()) => {
                share.hold(Some(bytes.clone()));
                return Ok(HeldLock { share: share.clone(), bytes });
            }
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                return Err(from_io("lock", &path, error));
            }
            Err(_) => {}
        }
        let Some(found) = read(share)? else { continue };
        let is_over = match takeover {
            Takeover::Always => true,
            Takeover::AfterLease => silent_for(share, &path)? > LEASE,
        };
        if !is_over {
            return Err(PortError::new(PortErrorKind::Busy, "lock", owner_of(&found)));
        }
        set_aside(share, &path, &found)?;
    }
}

/// Who holds it.
pub(super) fn holder(share: &FolderShare) -> Result<Option<String>, PortError> {
    Ok(read(share)?.map(|bytes| owner_of(&bytes)))
}

fn content(owner: &str, token: &str) -> Vec<u8> {
    let wire = Wire {
        format: "lifeboat-publish-lock".to_owned(),
        version: 1,
        owner: owner.to_owned(),
        token: token.to_owned(),
    };
    serde_json::to_vec(&wire).expect("because the wire type holds only plain values")
}

fn make(path: &Path, bytes: &[u8]) -> io::Result<()> {
    // It need not outlive a power cut: who published then is gone too.
    OpenOptions::new().write(true).create_new(true).open(path)?.write_all(bytes)
}

fn read(share: &FolderShare) -> Result<Option<Vec<u8>>, PortError> {
    match document(&share.root, &path(share), LIMIT) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == PortErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn owner_of(bytes: &[u8]) -> String {
    // A lock whose writer died in between names nobody.
    serde_json::from_slice::<Wire>(bytes).map_or_else(|_| "somebody".to_owned(), |wire| wire.owner)
}

/// A name that nobody else has: the one that the share gave to a new file.
fn token(share: &FolderShare) -> Result<String, PortError> {
    let probe = super::write::probe(share)?;
    Ok(probe.path().file_name().unwrap_or_default().to_string_lossy().into_owned())
}

/// For how long the holder showed no sign of life, by the clock of the server: a new file there is from now.
fn silent_for(share: &FolderShare, lock: &Path) -> Result<Duration, PortError> {
    let fail = |error| from_io("look at", lock, error);
    let probe = super::write::probe(share)?;
    let now = probe.as_file().metadata().and_then(|meta| meta.modified()).map_err(fail)?;
    let written = lock.metadata().and_then(|meta| meta.modified()).map_err(fail)?;
    Ok(now.duration_since(written).unwrap_or_default())
}

/// Moves a lock that is over out of the way. If another took it over in the same moment, what was moved is the other's: it
/// goes back.
fn set_aside(share: &FolderShare, lock: &Path, found: &[u8]) -> Result<(), PortError> {
    let probe = super::write::probe(share)?;
    let aside = probe.path().to_path_buf();
    probe.close().map_err(|error| from_io("lock", &aside, error))?;
    match std::fs::rename(lock, &aside) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        moved => moved.map_err(|error| from_io("lock", lock, error))?,
    }
    if piece(&share.root, &aside, 0, LIMIT)? == found {
        return remove(&aside);
    }
    std::fs::hard_link(&aside, lock)
        .or_else(|_| std::fs::rename(&aside, lock))
        .map_err(|e| from_io("lock", lock, e))?;
    remove(&aside)
}

/// A sign of life in the midst of long work, where the lock is held from here.
pub(super) fn live_on(share: &FolderShare) -> Result<(), PortError> {
    share.held().map_or(Ok(()), |ours| renew(share, &ours))
}

/// The same bytes again: the server writes down when.
fn renew(share: &FolderShare, ours: &[u8]) -> Result<(), PortError> {
    let lost = |to: String| Err(PortError::new(PortErrorKind::Changed, "hold the lock", to));
    match read(share)? {
        Some(bytes) if bytes == ours => {}
        Some(bytes) => return lost(owner_of(&bytes)),
        None => return lost("nobody".to_owned()),
    }
    let path = path(share);
    let written = OpenOptions::new().write(true).open(&path).and_then(|mut file| file.write_all(ours));
    written.map_err(|error| from_io("renew", &path, error))
}

#[async_trait]
impl PublishGuard for HeldLock {
    async fn renew(&self) -> Result<(), PortError> {
        let ours = self.bytes.clone();
        self.share.work("renew", move |share, _| renew(share, &ours)).await
    }
}

impl Drop for HeldLock {
    fn drop(&mut self) {
        let (share, bytes) = (self.share.clone(), std::mem::take(&mut self.bytes));
        let shown = share.root.display().to_string();
        share.hold(None);
        // One that stays names its holder, and is over after its lease.
        let (worker, limit) = (Arc::clone(&share.worker), share.limit);
        let _ = worker.run("unlock", &shown, limit, move |_| match read(&share)? {
            Some(found) if found == bytes => remove(&path(&share)),
            _ => Ok(()),
        });
    }
}
