//! Where this installation stands, and what became of a hand-over.

use super::Updates;
use crate::error::{About, Error};
use crate::handle::Explain;
use lifeboat_domain::event::Event;
use lifeboat_domain::id::SnapshotId;
use lifeboat_domain::update::{Fetched, HandOver, InstallId, LastCheck, Settled, UpdateRecord, Version};

/// What leads back to the version before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WayBack {
    /// The version.
    pub version: Version,
    /// File name of its installer in the depot.
    pub installer: String,
    /// The restore point that was taken when it was left.
    pub point: SnapshotId,
}

/// Where this installation stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpdateStatus {
    /// Version that runs.
    pub running: Version,
    /// Number of this installation; none before the first look.
    pub install: Option<InstallId>,
    /// The last look.
    pub last_check: Option<LastCheck>,
    /// What may be applied.
    pub fetched: Option<Fetched>,
    /// A hand-over that has not ended well, and what is known of it.
    pub hand_over: Option<(HandOver, Settled)>,
    /// What leads back, where the version before came this way.
    pub way_back: Option<WayBack>,
}

impl UpdateStatus {
    /// Something the user should read.
    #[must_use]
    pub fn has_warnings(&self) -> bool {
        self.hand_over.as_ref().is_some_and(|(_, settled)| *settled != Settled::Confirmed)
    }
}

impl Updates {
    /// Where this installation stands. Reads the depot and nothing else; writes nothing.
    ///
    /// # Errors
    /// `LB1109`, `LB0105`, `LB0112`, `LB0305`.
    pub async fn status(&self) -> Result<UpdateStatus, Error> {
        let running = self.config.installed.version.clone();
        let mut record = self.stored_record().await?;
        if let Some(record) = &mut record {
            self.turn_back(record);
        }
        let hand_over = record.as_ref().and_then(|record| record.hand_over.clone());
        let settled = hand_over.map(|hand_over| {
            let settled = hand_over.settle(&running);
            (hand_over, settled)
        });
        let previous = record.as_ref().and_then(|record| record.previous.clone());
        let way_back = previous.map(|(installer, point)| WayBack {
            version: installer.version,
            installer: installer.file,
            point,
        });
        Ok(UpdateStatus {
            running,
            install: record.as_ref().map(|record| record.install),
            last_check: record.as_ref().and_then(|record| record.last_check.clone()),
            fetched: record.and_then(|record| record.fetched),
            hand_over: settled,
            way_back,
        })
    }

    /// Finds out what became of the last hand-over, and writes it down. An application calls this at its start.
    ///
    /// # Errors
    /// `LB0108`, `LB1109`, `LB0105`, `LB0203`, `LB0112`.
    pub async fn confirm(&self) -> Result<Option<Settled>, Error> {
        if self.stored_record().await?.is_none_or(|record| record.hand_over.is_none()) {
            return Ok(None);
        }
        let _guard = self.lock_depot().await?;
        let mut record = self.read_record().await?;
        self.settle(&mut record).await
    }

    /// A hand-over that ended well is no longer pending; one that did not stays, for people to read.
    pub(super) async fn settle(&self, record: &mut UpdateRecord) -> Result<Option<Settled>, Error> {
        let Some(hand_over) = record.hand_over.clone() else { return Ok(None) };
        let running = &self.config.installed.version;
        let settled = hand_over.settle(running);
        match settled {
            Settled::Confirmed => {
                let left = record.current.take().filter(|installer| installer.version == hand_over.from);
                record.previous = left.map(|installer| (installer, hand_over.point));
                record.current = Some(Fetched {
                    version: hand_over.to.clone(),
                    file: hand_over.installer.clone(),
                    sha256: hand_over.sha256.clone(),
                    size_bytes: hand_over.size_bytes,
                });
            }
            // Somebody installed otherwise: the hand-over is history, and so is what led back from it.
            Settled::Elsewhere => (record.current, record.previous) = (None, None),
            _ => return Ok(Some(settled)),
        }
        record.fetched.take_if(|fetched| fetched.version <= *running);
        record.hand_over = None;
        self.write_record(record).await?;
        self.tidy(record).await?;
        if settled == Settled::Confirmed {
            let (from, to) = (hand_over.from.to_string(), hand_over.to.to_string());
            self.emit(&Event::UpdateConfirmed { from, to });
        }
        Ok(Some(settled))
    }

    /// Who went back to the version before is there now: nothing leads further back.
    pub(super) fn turn_back(&self, record: &mut UpdateRecord) {
        let went_back =
            |(installer, _): &mut (Fetched, SnapshotId)| installer.version == self.config.installed.version;
        if let Some((installer, _)) = record.previous.take_if(went_back) {
            record.current = Some(installer);
        }
    }

    /// Keeps the installers that still have a use.
    async fn tidy(&self, record: &UpdateRecord) -> Result<(), Error> {
        let previous = record.previous.as_ref().map(|(installer, _)| installer);
        let kept = [record.current.as_ref(), record.fetched.as_ref(), previous];
        let kept: Vec<String> = kept.into_iter().flatten().map(|fetched| fetched.file.clone()).collect();
        self.ports.depot.tidy(&kept).await.about(About::Depot).map(drop)
    }
}
