//! Brings an artifact here: by offset, so that it goes on where it stopped; summed as it is read, and read once more from the
//! disk before it counts.

use super::{OldMetadata, Updates, of_share};
use crate::error::{About, Error};
use crate::handle::Explain;
use backon::{BackoffBuilder, ExponentialBuilder};
use lifeboat_domain::code::Code;
use lifeboat_domain::event::{Event, Phase};
use lifeboat_domain::update::{Fetched, Offer, Place, Release};
use lifeboat_ports::{HeldArtifact, PortErrorKind};
use lifeboat_trust::{Sha256, Sha256Sum};
use std::time::Duration;

/// Bytes of one request: what a share answers in one piece, and little in memory.
const PIECE: usize = 1 << 20;

/// What a fetch did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchReport {
    /// What there was for this installation.
    pub offer: Offer,
    /// What is here now and may be applied; none where there was nothing to fetch.
    pub fetched: Option<Fetched>,
    /// Bytes that were here already.
    pub resumed_from: u64,
    /// Everything was here already.
    pub was_here: bool,
    /// Since when news may have been held back, where metadata expired.
    pub stale_since: Option<lifeboat_trust::UtcSeconds>,
}

impl Updates {
    /// Looks, and brings the release that is offered into the depot. Cut anywhere, the next fetch goes on from there.
    ///
    /// # Errors
    /// As [`Self::check`]; `LB0109`, `LB0110`, `LB0203`, `LB1112`. What arrived stays for the next fetch, unless it is
    /// not what was signed.
    pub async fn fetch(&self, old: OldMetadata) -> Result<FetchReport, Error> {
        let _guard = self.lock_depot().await?;
        let mut checked = self.check_locked(old).await?;
        let (offer, stale_since) = (checked.report.offer, checked.report.stale_since);
        let Some(release) = offer.release().cloned() else {
            return Ok(FetchReport { offer, fetched: None, resumed_from: 0, was_here: false, stale_since });
        };
        let (file, brought) = self.bring(&release).await?;
        let fetched = Fetched {
            version: release.version,
            file,
            sha256: release.sha256,
            size_bytes: release.size_bytes,
        };
        checked.record.fetched = Some(fetched.clone());
        self.write_record(&checked.record).await?;
        let (resumed_from, was_here) = match brought {
            Brought::WasHere => (fetched.size_bytes, true),
            Brought::From(offset) => (offset, false),
        };
        Ok(FetchReport { offer, fetched: Some(fetched), resumed_from, was_here, stale_since })
    }

    async fn bring(&self, release: &Release) -> Result<(String, Brought), Error> {
        let place = Place::Artifact { name: release.name.clone(), sha256: release.sha256.clone() };
        let file = place.file_name();
        if let Ok(held) = self.ports.depot.hold(&file).await {
            if self.sum_held(&*held).await? == (release.size_bytes, release.sha256.clone()) {
                return Ok((file, Brought::WasHere));
            }
            drop(held);
            self.ports.depot.quarantine(&file).await.about(About::Depot)?;
        }
        let here = self.ports.depot.begin(&file).await.about(About::Depot)?;
        let missing = release.size_bytes.saturating_sub(here);
        let need = self.boat.need("installer", &self.boat.work_folder(), missing).await?;
        self.boat.preflight(&[need])?;
        let from = match self.download(&place, &file, release).await {
            // What was here from before may be what is wrong: the share is blamed for a whole copy of its own only.
            Err(error) if error.code() == Code::ArtifactDamaged && here > 0 => {
                self.download(&place, &file, release).await?
            }
            downloaded => downloaded?,
        };
        self.ports.depot.keep(&file).await.about(About::Depot)?;
        let held = self.ports.depot.hold(&file).await.about(About::Depot)?;
        if self.sum_held(&*held).await? != (release.size_bytes, release.sha256.clone()) {
            drop(held);
            let aside = self.ports.depot.quarantine(&file).await.about(About::Depot)?;
            let cause = format!("{file} does not stand on this disk as it was written");
            let next = format!("look at the disk; the file is kept as {aside}");
            return Err(Error::new(Code::ArtifactDamaged, cause, next));
        }
        Ok((file, Brought::From(from)))
    }

    /// Gives the offset at which it began.
    async fn download(&self, place: &Place, file: &str, release: &Release) -> Result<u64, Error> {
        let (mut sum, from) = self.sum_partial(file, release.size_bytes).await?;
        let phase = Phase::Download;
        self.emit(&Event::PhaseStarted { phase, total_bytes: release.size_bytes });
        let copied = self.copy_from(place, file, release, &mut sum, from).await;
        self.emit(&Event::PhaseEnded { phase });
        copied?;
        let found = sum.finish().to_string();
        if found == release.sha256 {
            return Ok(from);
        }
        self.ports.depot.restart(file).await.about(About::Depot)?;
        Err(other_bytes(&self.share(), release, &found))
    }

    async fn copy_from(
        &self,
        place: &Place,
        file: &str,
        release: &Release,
        sum: &mut Sha256,
        from: u64,
    ) -> Result<(), Error> {
        let mut offset = from;
        while offset < release.size_bytes {
            self.refuse_cancelled(offset, release.size_bytes)?;
            let left = usize::try_from(release.size_bytes - offset).unwrap_or(usize::MAX);
            let piece = self.read_patiently(place, offset, left.min(PIECE), release).await?;
            if piece.is_empty() {
                self.ports.depot.restart(file).await.about(About::Depot)?;
                return Err(other_bytes(&self.share(), release, "a shorter file"));
            }
            sum.update(&piece);
            self.ports.depot.append(file, offset, &piece).await.about(About::Depot)?;
            offset += u64::try_from(piece.len()).unwrap_or(0);
            let (phase, total_bytes) = (Phase::Download, release.size_bytes);
            self.emit(&Event::Progress { phase, done_bytes: offset, total_bytes });
        }
        Ok(())
    }

    /// A share that is away for moments costs time and nothing else.
    async fn read_patiently(
        &self,
        place: &Place,
        offset: u64,
        most: usize,
        release: &Release,
    ) -> Result<Vec<u8>, Error> {
        let pauses = ExponentialBuilder::default().with_jitter().with_min_delay(Duration::from_millis(250));
        let mut pauses = pauses.with_max_times(4).build();
        loop {
            match self.ports.source.read_at(place, offset, most).await {
                Ok(piece) => return Ok(piece),
                Err(error)
                    if error.kind() == PortErrorKind::Unreachable
                        && !self.boat.watch.cancel.is_cancelled() =>
                {
                    let Some(pause) = pauses.next() else {
                        return Err(self.cut_off(of_share(&self.share(), error), offset, release));
                    };
                    tracing::info!(?pause, "the share is away; trying again");
                    let _ = tokio::task::spawn_blocking(move || std::thread::sleep(pause)).await;
                }
                Err(error) if error.kind() == PortErrorKind::NotFound => {
                    let cause = format!("release {} is announced and its file is not there", release.version);
                    let next = "wait until it is published completely, then try again";
                    return Err(Error::new(Code::ReleaseIncomplete, cause, next).because(error));
                }
                Err(error) => return Err(self.cut_off(of_share(&self.share(), error), offset, release)),
            }
        }
    }

    fn cut_off(&self, error: Error, offset: u64, release: &Release) -> Error {
        error.state(format!(
            "{} of it is here and stays; the installed version goes on",
            percent(offset, release.size_bytes)
        ))
    }

    fn refuse_cancelled(&self, offset: u64, size: u64) -> Result<(), Error> {
        if !self.boat.watch.cancel.is_cancelled() {
            return Ok(());
        }
        let state = format!("{} of it is here and stays", percent(offset, size));
        let next = "run `lifeboat update fetch` again: it goes on from there";
        Err(Error::new(Code::Cancelled, "the fetch was cancelled", next).state(state))
    }

    /// The sum of what is here already; a file that is too long is begun anew.
    async fn sum_partial(&self, file: &str, size: u64) -> Result<(Sha256, u64), Error> {
        let depot = &self.ports.depot;
        let mut here = depot.begin(file).await.about(About::Depot)?;
        if here > size {
            depot.restart(file).await.about(About::Depot)?;
            here = depot.begin(file).await.about(About::Depot)?;
        }
        let (mut sum, mut offset) = (Sha256::default(), 0);
        while offset < here {
            let piece = depot.read_partial(file, offset, PIECE).await.about(About::Depot)?;
            sum.update(&piece);
            offset += u64::try_from(piece.len()).unwrap_or(0);
            if piece.is_empty() {
                break;
            }
        }
        Ok((sum, offset))
    }

    /// Length and sum of an artifact, through the handle that is open.
    pub(super) async fn sum_held(&self, held: &dyn HeldArtifact) -> Result<(u64, String), Error> {
        let (mut sum, mut offset) = (Sha256::default(), 0);
        loop {
            let piece = held.read_at(offset, PIECE).await.about(About::Depot)?;
            if piece.is_empty() {
                let sum: Sha256Sum = sum.finish();
                return Ok((offset, sum.to_string()));
            }
            sum.update(&piece);
            offset += u64::try_from(piece.len()).unwrap_or(0);
        }
    }

    pub(super) fn emit(&self, event: &Event) {
        self.boat.watch.events.emit(event);
    }
}

enum Brought {
    WasHere,
    From(u64),
}

fn percent(offset: u64, size: u64) -> String {
    format!("{} %", offset.saturating_mul(100).checked_div(size).unwrap_or(100))
}

fn other_bytes(shown: &str, release: &Release, found: &str) -> Error {
    let cause = format!("{shown}: the file of release {} is not the signed one ({found})", release.version);
    let next = "ask who publishes to bring the file to the share again; what arrived was dropped";
    Error::new(Code::ArtifactDamaged, cause, next)
}
