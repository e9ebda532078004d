//! A share in memory, seen by its publisher and by its clients.

use async_trait::async_trait;
use lifeboat_domain::update::Place;
use lifeboat_ports::{
    Content, PortError, PortErrorKind, PublishGuard, Publisher, StagedFile, Takeover, UpdateSource, Watch,
};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

#[derive(Debug, Default)]
struct State {
    files: BTreeMap<String, Vec<u8>>,
    /// Paths at which something stands that is no file.
    blocked: Vec<String>,
    staged: BTreeMap<String, Vec<u8>>,
    lock: Option<(u64, String)>,
    next: u64,
    gone: bool,
}

/// A share. Clones are other seats at the same one.
#[derive(Debug, Clone, Default)]
pub struct MemoryShare(Arc<Mutex<State>>);

/// Where a place lies.
fn path(place: &Place) -> String {
    place.parts().join("/")
}

fn fail(kind: PortErrorKind, op: &'static str, subject: &str) -> PortError {
    PortError::new(kind, op, subject)
}

impl MemoryShare {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn reached(&self, op: &'static str) -> Result<MutexGuard<'_, State>, PortError> {
        let state = self.state();
        if state.gone { Err(fail(PortErrorKind::FolderMissing, op, "the share")) } else { Ok(state) }
    }

    fn file(&self, op: &'static str, place: &Place) -> Result<Vec<u8>, PortError> {
        let state = self.reached(op)?;
        let path = path(place);
        if state.blocked.contains(&path) {
            return Err(fail(PortErrorKind::Io, op, &path));
        }
        state.files.get(&path).cloned().ok_or_else(|| fail(PortErrorKind::NotFound, op, &path))
    }

    /// Puts a file at a place.
    pub fn put(&self, place: &Place, bytes: &[u8]) {
        self.state().files.insert(path(place), bytes.to_vec());
    }

    /// Takes a file away.
    pub fn remove(&self, place: &Place) {
        self.state().files.remove(&path(place));
    }

    /// Puts something at a place that is no file.
    pub fn block(&self, place: &Place) {
        self.state().blocked.push(path(place));
    }

    /// Takes the share away, or brings it back.
    pub fn set_gone(&self, gone: bool) {
        self.state().gone = gone;
    }

    /// Paths of all files that clients may come across.
    #[must_use]
    pub fn visible(&self) -> Vec<String> {
        self.state().files.keys().cloned().collect()
    }
}

pub(super) fn piece(bytes: &[u8], offset: u64, most: usize) -> Vec<u8> {
    let from = usize::try_from(offset).unwrap_or(usize::MAX).min(bytes.len());
    bytes[from..bytes.len().min(from.saturating_add(most))].to_vec()
}

#[async_trait]
impl UpdateSource for MemoryShare {
    fn shown(&self) -> String {
        "a share in memory".to_owned()
    }

    async fn document(&self, place: &Place, limit: usize) -> Result<Vec<u8>, PortError> {
        let bytes = self.file("read", place)?;
        if bytes.len() > limit {
            return Err(fail(PortErrorKind::LimitExceeded, "read", &path(place)));
        }
        Ok(bytes)
    }

    async fn read_at(&self, place: &Place, offset: u64, most: usize) -> Result<Vec<u8>, PortError> {
        Ok(piece(&self.file("read", place)?, offset, most))
    }
}

struct Guard {
    share: MemoryShare,
    token: u64,
}

impl Guard {
    fn holder(&self) -> Option<(u64, String)> {
        self.share.state().lock.clone()
    }
}

#[async_trait]
impl PublishGuard for Guard {
    async fn renew(&self) -> Result<(), PortError> {
        match self.holder() {
            Some((token, _)) if token == self.token => Ok(()),
            other => {
                Err(fail(PortErrorKind::Changed, "renew", &other.map_or_else(String::new, |(_, who)| who)))
            }
        }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if self.holder().is_some_and(|(token, _)| token == self.token) {
            self.share.state().lock = None;
        }
    }
}

#[async_trait]
impl Publisher for MemoryShare {
    async fn lock(&self, owner: &str, takeover: Takeover) -> Result<Box<dyn PublishGuard>, PortError> {
        let mut state = self.reached("lock")?;
        if let (Some((_, who)), Takeover::AfterLease) = (&state.lock, takeover) {
            return Err(fail(PortErrorKind::Busy, "lock", who));
        }
        state.next += 1;
        let token = state.next;
        state.lock = Some((token, owner.to_owned()));
        drop(state);
        Ok(Box::new(Guard { share: self.clone(), token }))
    }

    async fn stage(&self, content: Content<'_>, _: &Watch) -> Result<StagedFile, PortError> {
        let bytes = match content {
            Content::Bytes(bytes) => bytes.to_vec(),
            Content::File(path) => std::fs::read(path)
                .map_err(|e| fail(PortErrorKind::NotFound, "read", "the local file").with_source(e))?,
        };
        let mut state = self.reached("stage")?;
        state.next += 1;
        let name = format!("staged-{}", state.next);
        state.staged.insert(name.clone(), bytes);
        Ok(StagedFile { name })
    }

    async fn read_back(&self, staged: &StagedFile, offset: u64, most: usize) -> Result<Vec<u8>, PortError> {
        let state = self.reached("read")?;
        let bytes = state.staged.get(&staged.name).ok_or_else(|| absent(staged))?;
        Ok(piece(bytes, offset, most))
    }

    async fn settle(&self, staged: &StagedFile, place: &Place) -> Result<(), PortError> {
        let mut state = self.reached("publish")?;
        let path = path(place);
        if state.files.contains_key(&path) {
            return Err(fail(PortErrorKind::AlreadyExists, "publish", &path));
        }
        let bytes = state.staged.remove(&staged.name).ok_or_else(|| absent(staged))?;
        state.files.insert(path, bytes);
        Ok(())
    }

    async fn replace_pointer(&self, staged: &StagedFile) -> Result<(), PortError> {
        let mut state = self.reached("publish")?;
        let bytes = state.staged.remove(&staged.name).ok_or_else(|| absent(staged))?;
        state.files.insert(path(&Place::Pointer), bytes);
        Ok(())
    }

    async fn discard(&self, staged: &StagedFile) -> Result<(), PortError> {
        self.reached("discard")?.staged.remove(&staged.name);
        Ok(())
    }

    async fn leftovers(&self) -> Result<Vec<String>, PortError> {
        Ok(self.reached("list")?.staged.keys().cloned().collect())
    }

    async fn sweep(&self) -> Result<Vec<String>, PortError> {
        Ok(std::mem::take(&mut self.reached("sweep")?.staged).into_keys().collect())
    }

    async fn holder(&self) -> Result<Option<String>, PortError> {
        Ok(self.reached("look")?.lock.clone().map(|(_, who)| who))
    }

    async fn try_write(&self) -> Result<(), PortError> {
        self.reached("write").map(drop)
    }
}

fn absent(staged: &StagedFile) -> PortError {
    fail(PortErrorKind::NotFound, "read", &staged.name)
}
