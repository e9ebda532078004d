//! Reads every byte of a file again and hashes it.

use crate::error::from_io;
use crate::os;
use lifeboat_domain::digest::Digest;
use lifeboat_domain::event::{Event, Phase};
use lifeboat_ports::{PortError, PortErrorKind, Sealed, Watch};
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Bytes per read: large enough for the disk, small enough to cancel quickly.
const CHUNK_BYTES: usize = 1024 * 1024;

/// From where the bytes must come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// From the medium: the pages that the system still holds are dropped first.
    Medium,
    /// From wherever the system has them.
    Anywhere,
}

/// Hashes a file through a new handle.
pub(crate) fn hash_file(
    path: &Path,
    source: Source,
    phase: Phase,
    watch: &Watch,
) -> Result<Sealed, PortError> {
    let fail = |error| from_io("read", path, error);
    let mut file = File::open(path).map_err(fail)?;
    let total_bytes = file.metadata().map_err(fail)?.len();
    if source == Source::Medium {
        os::drop_cached_pages(&file).map_err(fail)?;
    }
    watch.events.emit(&Event::PhaseStarted { phase, total_bytes });
    let mut hasher = blake3::Hasher::new();
    let mut buffer = vec![0; CHUNK_BYTES];
    let mut done_bytes = 0;
    loop {
        if watch.cancel.is_cancelled() {
            return Err(PortError::new(PortErrorKind::Cancelled, "read", crate::error::name_of(path)));
        }
        os::read_ahead(&file, done_bytes);
        let read = file.read(&mut buffer).map_err(fail)?;
        if read == 0 {
            break;
        }
        hasher.update(&buffer[..read]);
        done_bytes += read as u64;
        watch.events.emit(&Event::Progress { phase, done_bytes, total_bytes });
    }
    watch.events.emit(&Event::PhaseEnded { phase });
    Ok(Sealed { size_bytes: done_bytes, digest: Digest::from_bytes(*hasher.finalize().as_bytes()) })
}
