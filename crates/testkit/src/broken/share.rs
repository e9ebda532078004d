//! A share with one defect, from its publisher's side and its clients'.

use crate::memory::MemoryShare;
use async_trait::async_trait;
use lifeboat_domain::update::Place;
use lifeboat_ports::{
    Content, PortError, PortErrorKind, PublishGuard, Publisher, StagedFile, Takeover, UpdateSource, Watch,
};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// What is wrong with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShareDefect {
    /// Half of a new pointer is all that gets there.
    TornPointer,
    /// What was read once is read for ever.
    StalePointer,
    /// The pointer is replaced as soon as its bytes are brought.
    PointerBeforeArtifact,
    /// Fewer bytes come than were asked for, and nobody says so.
    ShortRead,
    /// What cannot be read is empty.
    SwallowedError,
    /// The size is right and the end is zeros.
    ZeroFilledTail,
    /// A share that is gone looks like one without the file.
    OneKindOfAbsence,
    /// Whatever the limit, everything is read.
    NoLimit,
    /// A place that is taken is written over.
    OverwritingSettle,
    /// Two may hold the lock.
    SharedLock,
    /// Nobody learns that the lock went to another.
    UnnoticedTakeover,
    /// Sweeping takes the pointer along.
    SweepsTheVisible,
    /// What is discarded stays.
    KeepsDiscarded,
    /// The proof that it can be written is left there.
    LeavesTraces,
}

/// The reference with a defect.
#[derive(Debug)]
pub struct BrokenShare {
    inner: MemoryShare,
    defect: ShareDefect,
    seen: Mutex<BTreeMap<Place, Vec<u8>>>,
}

impl BrokenShare {
    /// Over the reference.
    #[must_use]
    pub fn new(inner: MemoryShare, defect: ShareDefect) -> Self {
        Self { inner, defect, seen: Mutex::default() }
    }

    fn is(&self, defect: ShareDefect) -> bool {
        self.defect == defect
    }

    fn told<T: Default>(&self, result: Result<T, PortError>) -> Result<T, PortError> {
        match result {
            Err(error) if self.is(ShareDefect::SwallowedError) && error.kind() == PortErrorKind::Io => {
                Ok(T::default())
            }
            Err(error) if self.is(ShareDefect::OneKindOfAbsence) => {
                Err(PortError::new(PortErrorKind::NotFound, error.op(), error.subject()))
            }
            told => told,
        }
    }

    fn spoiled(&self, mut bytes: Vec<u8>, most: usize) -> Vec<u8> {
        let half = bytes.len() / 2;
        if self.is(ShareDefect::ShortRead) && bytes.len() == most && half > 0 {
            bytes.truncate(half);
        }
        if self.is(ShareDefect::ZeroFilledTail) {
            bytes[half..].fill(0);
        }
        bytes
    }
}

#[async_trait]
impl UpdateSource for BrokenShare {
    fn shown(&self) -> String {
        self.inner.shown()
    }

    async fn document(&self, place: &Place, limit: usize) -> Result<Vec<u8>, PortError> {
        let limit = if self.is(ShareDefect::NoLimit) { usize::MAX } else { limit };
        let bytes = self.told(self.inner.document(place, limit).await)?;
        if self.is(ShareDefect::StalePointer) {
            let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
            return Ok(seen.entry(place.clone()).or_insert(bytes).clone());
        }
        Ok(bytes)
    }

    async fn read_at(&self, place: &Place, offset: u64, most: usize) -> Result<Vec<u8>, PortError> {
        let bytes = self.told(self.inner.read_at(place, offset, most).await)?;
        Ok(self.spoiled(bytes, most))
    }
}

struct Deaf(Box<dyn PublishGuard>);

#[async_trait]
impl PublishGuard for Deaf {
    async fn renew(&self) -> Result<(), PortError> {
        let _ = self.0.renew().await;
        Ok(())
    }
}

#[async_trait]
impl Publisher for BrokenShare {
    async fn lock(&self, owner: &str, takeover: Takeover) -> Result<Box<dyn PublishGuard>, PortError> {
        let takeover = if self.is(ShareDefect::SharedLock) { Takeover::Always } else { takeover };
        let guard = self.inner.lock(owner, takeover).await?;
        if self.is(ShareDefect::UnnoticedTakeover) { Ok(Box::new(Deaf(guard))) } else { Ok(guard) }
    }

    async fn stage(&self, content: Content<'_>, watch: &Watch) -> Result<StagedFile, PortError> {
        let staged = self.inner.stage(content, watch).await?;
        if self.is(ShareDefect::PointerBeforeArtifact) {
            let bytes = self.inner.read_back(&staged, 0, usize::MAX).await?;
            self.inner.put(&Place::Pointer, &bytes);
        }
        Ok(staged)
    }

    async fn read_back(&self, staged: &StagedFile, offset: u64, most: usize) -> Result<Vec<u8>, PortError> {
        Ok(self.spoiled(self.inner.read_back(staged, offset, most).await?, most))
    }

    async fn settle(&self, staged: &StagedFile, place: &Place) -> Result<(), PortError> {
        if self.is(ShareDefect::OverwritingSettle) {
            self.inner.remove(place);
        }
        self.inner.settle(staged, place).await
    }

    async fn replace_pointer(&self, staged: &StagedFile) -> Result<(), PortError> {
        let bytes = self.inner.read_back(staged, 0, usize::MAX).await?;
        self.inner.replace_pointer(staged).await?;
        if self.is(ShareDefect::TornPointer) {
            self.inner.put(&Place::Pointer, &bytes[..bytes.len() / 2]);
        }
        Ok(())
    }

    async fn discard(&self, staged: &StagedFile) -> Result<(), PortError> {
        if self.is(ShareDefect::KeepsDiscarded) { Ok(()) } else { self.inner.discard(staged).await }
    }

    async fn leftovers(&self) -> Result<Vec<String>, PortError> {
        self.inner.leftovers().await
    }

    async fn sweep(&self) -> Result<Vec<String>, PortError> {
        if self.is(ShareDefect::SweepsTheVisible) {
            self.inner.remove(&Place::Pointer);
        }
        self.inner.sweep().await
    }

    async fn holder(&self) -> Result<Option<String>, PortError> {
        self.inner.holder().await
    }

    async fn try_write(&self) -> Result<(), PortError> {
        if self.is(ShareDefect::LeavesTraces) {
            self.inner.put(&Place::Artifact { name: "trace".to_owned(), sha256: String::new() }, b"");
        }
        self.inner.try_write().await
    }
}
