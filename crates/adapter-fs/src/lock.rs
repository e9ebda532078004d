//! Lock files: the lock is the system's and dies with the process; the content is only for messages.

use crate::error::{from_io, name_of};
use crate::os;
use lifeboat_domain::event::Event;
use lifeboat_ports::{PortError, PortErrorKind, Watch};
use std::fs::{File, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

/// Pause between two tries.
const PAUSE: Duration = Duration::from_millis(20);

/// A held lock. Dropping it releases it; the file stays, because removing it would let two processes lock two
/// files of one name.
#[derive(Debug)]
pub(crate) struct LockFile {
    _file: File,
}

impl LockFile {
    /// Takes the lock, waiting at most `wait`.
    pub(crate) fn acquire(path: &Path, wait: Duration, watch: &Watch) -> Result<Self, PortError> {
        let fail = |error| from_io("lock", path, error);
        let mut file = os::open_private_lock(path).map_err(fail)?;
        let deadline = Instant::now() + wait;
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::Error(error)) => return Err(fail(error)),
                Err(TryLockError::WouldBlock) => {}
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(PortError::new(PortErrorKind::Busy, "lock", holder(&mut file, path)));
            }
            if watch.cancel.is_cancelled() {
                return Err(PortError::new(PortErrorKind::Cancelled, "lock", name_of(path)));
            }
            watch
                .events
                .emit(&Event::Waiting { left_ms: u64::try_from(left.as_millis()).unwrap_or(u64::MAX) });
            std::thread::sleep(PAUSE.min(left));
        }
        // Only for messages: a failure to write it (a full disk) must not stop the act.
        let _ = file.set_len(0);
        let _ = file.rewind();
        let _ = write!(file, "{}", std::process::id());
        Ok(Self { _file: file })
    }
}

/// The lock that this process holds now, so that work which outlives its future keeps it: a dropped guard must not let
/// another process in while a worker still writes.
#[derive(Debug, Clone, Default)]
pub(crate) struct Held(Arc<Mutex<Weak<LockFile>>>);

impl Held {
    /// Remembers a lock that was taken.
    pub(crate) fn hold(&self, lock: LockFile) -> Arc<LockFile> {
        let lock = Arc::new(lock);
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Arc::downgrade(&lock);
        lock
    }

    /// The lock, if it is held: for as long as the work lasts.
    pub(crate) fn keep(&self) -> Option<Arc<LockFile>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).upgrade()
    }
}

fn holder(file: &mut File, path: &Path) -> String {
    let mut text = String::new();
    let read = file.rewind().and_then(|()| file.read_to_string(&mut text));
    match (read, text.trim().parse::<u32>()) {
        (Ok(_), Ok(pid)) => match os::process_name(pid) {
            Some(name) => format!("{name} (pid {pid})"),
            None => format!("pid {pid}"),
        },
        _ => name_of(path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_that_outlives_its_guard_keeps_the_lock() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let held = Held::default();
        let guard = held.hold(LockFile::acquire(&path, Duration::ZERO, &Watch::silent()).unwrap());
        let at_work = held.keep();
        drop(guard);
        assert!(LockFile::acquire(&path, Duration::ZERO, &Watch::silent()).is_err());
        drop(at_work);
        assert!(held.keep().is_none());
        LockFile::acquire(&path, Duration::ZERO, &Watch::silent()).unwrap();
    }

    #[test]
    fn a_second_taker_waits_and_then_names_the_first() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let first = LockFile::acquire(&path, Duration::ZERO, &Watch::silent()).unwrap();
        let error = LockFile::acquire(&path, Duration::from_millis(30), &Watch::silent()).unwrap_err();
        assert_eq!(error.kind(), PortErrorKind::Busy);
        assert!(error.subject().contains(&std::process::id().to_string()), "{error}");
        drop(first);
        LockFile::acquire(&path, Duration::ZERO, &Watch::silent()).unwrap();
    }
}
