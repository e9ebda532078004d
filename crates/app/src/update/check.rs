//! Is there a newer release for this installation?

use super::look::Pace;
use super::refusal::{clashing, too_old};
use super::{Looked, OldMetadata, Updates, look, releases_of, stale_since};
use crate::error::Error;
use lifeboat_domain::update::{LastCheck, Offer, Release, Settled, UpdateRecord, clash, offer};
use lifeboat_trust::{Freshness, Trusted, UtcSeconds};

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckReport {
    /// What there is for this installation.
    pub offer: Offer,
    /// Since when news may have been held back, where metadata expired.
    pub stale_since: Option<UtcSeconds>,
    /// One of the two copies of what was seen before was lost, and was made again.
    pub memory_mended: bool,
    /// What became of the last hand-over, where that was not known yet.
    pub settled: Option<Settled>,
}

impl CheckReport {
    /// Something the user should read.
    #[must_use]
    pub fn has_warnings(&self) -> bool {
        let went_wrong = self.settled.is_some_and(|settled| settled != Settled::Confirmed);
        self.stale_since.is_some()
            || self.memory_mended
            || went_wrong
            || matches!(self.offer, Offer::OtherScope { .. })
    }
}

/// A check, with what other acts go on with.
#[derive(Debug)]
pub(super) struct Checked {
    pub(super) report: CheckReport,
    pub(super) record: UpdateRecord,
}

/// The stable word for an offer.
pub(super) const fn word(offer: &Offer) -> &'static str {
    match offer {
        Offer::NothingNew => "nothing-new",
        Offer::HeldBack { .. } => "held-back",
        Offer::Available { .. } => "available",
        Offer::Required { .. } => "required",
        Offer::OtherScope { .. } => "other-scope",
    }
}

impl Updates {
    /// Looks at the share. What is accepted is remembered, and the look is written down, whatever came of it.
    ///
    /// # Errors
    /// `LB1101` to `LB1111`, `LB0105`, `LB0108`, `LB0203`, `LB0305`. The installed version goes on.
    pub async fn check(&self, old: OldMetadata) -> Result<CheckReport, Error> {
        let _guard = self.lock_depot().await?;
        self.check_locked(old).await.map(|checked| checked.report)
    }

    pub(super) async fn check_locked(&self, old: OldMetadata) -> Result<Checked, Error> {
        let mut record = self.read_record().await?;
        let settled = self.settle(&mut record).await?;
        let looked = self.look_and_judge(&record, old).await;
        record.last_check = Some(match &looked {
            Ok((offer, ..)) => {
                LastCheck { at: self.boat.now(), outcome: word(offer).to_owned(), newest: newest(offer) }
            }
            Err(error) => LastCheck { at: self.boat.now(), outcome: error.code().to_string(), newest: None },
        });
        self.write_record(&record).await?;
        let (offer, freshness, memory_mended) = looked?;
        let report = CheckReport { offer, stale_since: stale_since(freshness), memory_mended, settled };
        Ok(Checked { report, record })
    }

    async fn look_and_judge(
        &self,
        record: &UpdateRecord,
        old: OldMetadata,
    ) -> Result<(Offer, Freshness, bool), Error> {
        let recalled = self.recall().await?;
        let known = recalled.remembered().clone();
        let was_seen = known != lifeboat_trust::Remembered::default();
        let memory_mended = was_seen && !recalled.is_doubled();
        let pace = Pace { patience: self.config.patience };
        let Looked { trusted, outcome } = look(&*self.ports.source, &self.config.root, &known, pace).await?;
        let before = super::look::recollect(&self.config.root, &known);
        let judged = outcome.and_then(|()| self.judge(before.as_ref(), &trusted, record, old));
        // A share that gives one version two meanings is not remembered: the next look shall say it again.
        let keeps = judged
            .as_ref()
            .err()
            .is_none_or(|error| error.code() != lifeboat_domain::code::Code::ReleaseClash);
        if keeps {
            self.remember(recalled, &trusted).await?;
        }
        judged.map(|(offer, freshness)| (offer, freshness, memory_mended))
    }

    fn judge(
        &self,
        before: Option<&Trusted>,
        trusted: &Trusted,
        record: &UpdateRecord,
        old: OldMetadata,
    ) -> Result<(Offer, Freshness), Error> {
        let releases = |trusted: &Trusted| trusted.releases().map(releases_of).unwrap_or_default();
        let new = releases(trusted);
        if let Some(found) = clash(&before.map(releases).unwrap_or_default(), &new) {
            return Err(clashing(&found));
        }
        let offered = offer(&self.config.installed, record.install, &new);
        let freshness = trusted.freshness(self.now());
        match freshness {
            Freshness::TooOld { role, since }
                if offered.release().is_some() && old == OldMetadata::Refuse =>
            {
                Err(too_old(role, since))
            }
            _ => Ok((offered, freshness)),
        }
    }
}

fn newest(offer: &Offer) -> Option<lifeboat_domain::update::Version> {
    let of = |release: &Release| release.version.clone();
    match offer {
        Offer::NothingNew => None,
        Offer::HeldBack { release } | Offer::Available { release } | Offer::Required { release, .. } => {
            Some(of(release))
        }
        Offer::OtherScope { version, .. } => Some(version.clone()),
    }
}
