//! Puts things on the share, one after the other, and reads each of them back before it counts.

use super::Publishing;
use crate::error::Error;
use crate::update::of_share;
use lifeboat_domain::code::Code;
use lifeboat_domain::event::{Event, Phase};
use lifeboat_domain::update::{Document, Place};
use lifeboat_ports::{Content, PortError, PortErrorKind, PublishGuard, StagedFile};
use lifeboat_trust::{Sha256, Sha256Sum};
use std::path::Path;

const PIECE: usize = 1 << 20;

impl Publishing {
    pub(super) fn explain(&self, error: PortError) -> Error {
        if matches!(error.kind(), PortErrorKind::Busy | PortErrorKind::Changed) {
            return self.held_by(error);
        }
        of_share(&self.share(), error).state(UNSEEN)
    }

    fn held_by(&self, error: PortError) -> Error {
        let who = error.subject().to_owned();
        let (code, cause, next) = match error.kind() {
            PortErrorKind::Busy => (
                Code::PublishLocked,
                format!("{}: {who} publishes now", self.share()),
                "let that end; if that publisher is gone, say so: `--take-over`",
            ),
            _ => (
                Code::PublishOvertaken,
                format!("{}: the lock went to {who}", self.share()),
                "see what is published now, then publish again",
            ),
        };
        Error::new(code, cause, next).state(UNSEEN).because(error)
    }

    /// Locks the share and removes what a publisher that was stopped left behind.
    pub(super) async fn lock(&self) -> Result<Box<dyn PublishGuard>, Error> {
        let publisher = &self.ports.publisher;
        let guard = publisher.lock(&self.owner, self.takeover).await.map_err(|e| self.explain(e))?;
        publisher.sweep().await.map_err(|e| self.explain(e))?;
        Ok(guard)
    }

    /// Puts a document at its place; one with the same bytes may be there.
    pub(super) async fn put_document(
        &self,
        document: Document,
        number: u64,
        bytes: &[u8],
    ) -> Result<(), Error> {
        let place = Place::Document(document, number);
        let staged = self.stage(Content::Bytes(bytes)).await?;
        let sum = Sha256Sum::of(bytes);
        self.settle_proven(&staged, &place, u64::try_from(bytes.len()).unwrap_or(u64::MAX), sum).await
    }

    /// Puts an artifact at its place; one with the same bytes may be there.
    pub(super) async fn put_artifact(
        &self,
        file: &Path,
        place: &Place,
        size: u64,
        sum: Sha256Sum,
    ) -> Result<(), Error> {
        if self.is_there(place).await? {
            return self.prove_visible(place, size, sum).await;
        }
        let staged = self.stage(Content::File(file)).await?;
        self.settle_proven(&staged, place, size, sum).await
    }

    pub(super) async fn stage(&self, content: Content<'_>) -> Result<StagedFile, Error> {
        self.ports.publisher.stage(content, &self.watch).await.map_err(|e| self.explain(e))
    }

    pub(super) async fn is_there(&self, place: &Place) -> Result<bool, Error> {
        match self.ports.source.read_at(place, 0, 1).await {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == PortErrorKind::NotFound => Ok(false),
            Err(error) => Err(self.explain(error)),
        }
    }

    async fn settle_proven(
        &self,
        staged: &StagedFile,
        place: &Place,
        size: u64,
        sum: Sha256Sum,
    ) -> Result<(), Error> {
        let settled = match self.prove_staged(staged, place, size, sum).await {
            Ok(()) => self.ports.publisher.settle(staged, place).await,
            Err(error) => {
                self.discard(staged).await;
                return Err(error);
            }
        };
        match settled {
            Err(error) if error.kind() == PortErrorKind::AlreadyExists => {
                self.discard(staged).await;
                self.prove_visible(place, size, sum).await
            }
            settled => settled.map_err(|e| self.explain(e)),
        }
    }

    /// What is left is swept by the next publisher.
    pub(super) async fn discard(&self, staged: &StagedFile) {
        if let Err(error) = self.ports.publisher.discard(staged).await {
            tracing::info!(%error, "a staged file is left to the next sweep");
        }
    }

    pub(super) async fn prove_staged(
        &self,
        staged: &StagedFile,
        place: &Place,
        size: u64,
        sum: Sha256Sum,
    ) -> Result<(), Error> {
        let read = |offset| self.ports.publisher.read_back(staged, offset, PIECE);
        self.prove(read, place, size, sum).await
    }

    async fn prove_visible(&self, place: &Place, size: u64, sum: Sha256Sum) -> Result<(), Error> {
        let read = |offset| self.ports.source.read_at(place, offset, PIECE);
        self.prove(read, place, size, sum).await
    }

    pub(super) fn refuse_cancelled(&self) -> Result<(), Error> {
        if !self.watch.cancel.is_cancelled() {
            return Ok(());
        }
        Err(Error::new(Code::Cancelled, "the publication was cancelled", "run it again when it suits")
            .state(UNSEEN))
    }

    /// Reads everything back and sums it; what is longer than it may be is not read to its end.
    async fn prove<F, R>(&self, read: F, place: &Place, size: u64, sum: Sha256Sum) -> Result<(), Error>
    where
        F: Fn(u64) -> R,
        R: Future<Output = Result<Vec<u8>, PortError>>,
    {
        let (phase, mut found, mut offset) = (Phase::ReadBack, Sha256::default(), 0);
        self.watch.events.emit(&Event::PhaseStarted { phase, total_bytes: size });
        let read_all = loop {
            if let Err(cancelled) = self.refuse_cancelled() {
                break Err(cancelled);
            }
            match read(offset).await {
                Ok(_) if offset > size => break Ok(()),
                Ok(piece) if piece.is_empty() => break Ok(()),
                Ok(piece) => {
                    found.update(&piece);
                    offset += u64::try_from(piece.len()).unwrap_or(0);
                    self.watch.events.emit(&Event::Progress { phase, done_bytes: offset, total_bytes: size });
                }
                Err(error) => break Err(self.explain(error)),
            }
        };
        self.watch.events.emit(&Event::PhaseEnded { phase });
        read_all?;
        if offset == size && found.finish() == sum {
            return Ok(());
        }
        let cause = format!("{}: {} does not read back as it was written", self.share(), place.file_name());
        let next =
            "look at the server's disk; remove that file by hand if it was there before, then publish again";
        Err(Error::new(Code::ArtifactDamaged, cause, next).state(UNSEEN))
    }
}

/// The words for a publication that no client has seen.
pub(super) const UNSEEN: &str = "clients see what they saw before";
