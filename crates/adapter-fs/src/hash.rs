//! Reads every byte of a file again and hashes it: one thread reads, one hashes.

use crate::error::{from_io, name_of};
use crate::os;
use lifeboat_domain::digest::Digest;
use lifeboat_domain::event::{Event, Phase};
use lifeboat_ports::{PortError, PortErrorKind, Sealed, Watch};
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

/// Bytes per read: large enough for the disk without read-ahead, small enough to cancel quickly.
const CHUNK_BYTES: usize = 4 * 1024 * 1024;
/// Buffers under way: one is read into, one is hashed, one waits.
const BUFFERS: usize = 3;
/// What unbuffered reads ask of a buffer's address (the largest logical block in use).
const ALIGNMENT: usize = 4096;

/// From where the bytes must come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// From the medium, not from pages that the system still holds.
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
    let file = match source {
        Source::Medium => os::open_medium(path),
        Source::Anywhere => File::open(path),
    };
    let file = file.map_err(fail)?;
    let total_bytes = file.metadata().map_err(fail)?.len();
    watch.events.emit(&Event::PhaseStarted { phase, total_bytes });
    let mut hasher = blake3::Hasher::new();
    let mut done_bytes = 0;
    std::thread::scope(|scope| {
        let (full_in, full) = sync_channel(BUFFERS);
        let (empty, empty_out) = sync_channel(BUFFERS);
        let capacity = CHUNK_BYTES.min(usize::try_from(total_bytes).unwrap_or(CHUNK_BYTES) + ALIGNMENT);
        for _ in 0..BUFFERS {
            empty.send(Buffer::new(capacity)).expect("because the receiver is in this scope");
        }
        scope.spawn(move || read_on(&file, &full_in, &empty_out));
        for read in full {
            let buffer = read.map_err(fail)?;
            if watch.cancel.is_cancelled() {
                return Err(PortError::new(PortErrorKind::Cancelled, "read", name_of(path)));
            }
            hasher.update(buffer.filled());
            done_bytes += buffer.filled().len() as u64;
            watch.events.emit(&Event::Progress { phase, done_bytes, total_bytes });
            // The reader may have ended already; then nobody needs the buffer.
            let _ = empty.send(buffer);
        }
        Ok(())
    })?;
    watch.events.emit(&Event::PhaseEnded { phase });
    Ok(Sealed { size_bytes: done_bytes, digest: Digest::from_bytes(*hasher.finalize().as_bytes()) })
}

/// Reads to the end of the file, or until nobody listens.
fn read_on(mut file: &File, full: &SyncSender<io::Result<Buffer>>, empty: &Receiver<Buffer>) {
    for mut buffer in empty {
        let read = buffer.fill(&mut file);
        let at_end = matches!(read, Ok(0));
        if at_end || full.send(read.map(|_| buffer)).is_err() {
            return;
        }
    }
}

/// A buffer at an address that unbuffered reads accept.
struct Buffer {
    raw: Vec<u8>,
    start: usize,
    filled: usize,
}

impl Buffer {
    fn new(capacity: usize) -> Self {
        let raw = vec![0; capacity.next_multiple_of(ALIGNMENT) + ALIGNMENT];
        let start = raw.as_ptr().align_offset(ALIGNMENT);
        Self { raw, start, filled: 0 }
    }

    fn fill(&mut self, from: &mut impl Read) -> io::Result<usize> {
        let end = self.raw.len() - ALIGNMENT + self.start;
        let end = self.start + (end - self.start) / ALIGNMENT * ALIGNMENT;
        self.filled = loop {
            match from.read(&mut self.raw[self.start..end]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                done => break done?,
            }
        };
        Ok(self.filled)
    }

    fn filled(&self) -> &[u8] {
        &self.raw[self.start..self.start + self.filled]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sources_give_the_digest_of_every_byte_at_any_length() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        for length in [0, 1, 511, 512, 4096, CHUNK_BYTES - 1, CHUNK_BYTES, 2 * CHUNK_BYTES + 513] {
            let bytes: Vec<u8> = (0..length).map(|i| u8::try_from(i % 251).unwrap()).collect();
            std::fs::write(&path, &bytes).unwrap();
            for source in [Source::Medium, Source::Anywhere] {
                let sealed = hash_file(&path, source, Phase::Verify, &Watch::silent()).unwrap();
                assert_eq!(
                    sealed,
                    Sealed { size_bytes: length as u64, digest: Digest::of(&bytes) },
                    "{length}"
                );
            }
        }
    }
}
