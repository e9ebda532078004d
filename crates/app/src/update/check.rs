//! Is there a newer release for this installation?

use super::look::Pace;
use super::refusal::{clashing, too_old};
use super::{Looked, OldMetadata, Updates, look, recollect, releases_of, stale_since};
use crate::error::Error;
use lifeboat_domain::update::{
    LastCheck, Offer, Refused, Release, Settled, UpdateRecord, Version, clashes, offer,
};
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
    /// Versions that are not believed, because they stand for other bytes than they did.
    pub clashing: Vec<Version>,
}

impl CheckReport {
    /// Something the user should read.
    #[must_use]
    pub fn has_warnings(&self) -> bool {
        let went_wrong = self.settled.is_some_and(|settled| settled != Settled::Confirmed);
        self.stale_since.is_some()
            || !self.clashing.is_empty()
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
        self.turn_back(&mut record);
        let looked = self.look_and_judge(&mut record, old).await;
        record.last_check = Some(match &looked {
            Ok(found) => LastCheck {
                at: self.boat.now(),
                outcome: found.offer.as_str().to_owned(),
                newest: newest(&found.offer),
            },
            Err(error) => LastCheck { at: self.boat.now(), outcome: error.code().to_string(), newest: None },
        });
        self.write_record(&record).await?;
        Ok(Checked { report: CheckReport { settled, ..looked? }, record })
    }

    async fn look_and_judge(
        &self,
        record: &mut UpdateRecord,
        old: OldMetadata,
    ) -> Result<CheckReport, Error> {
        let recalled = self.recall(Some(record)).await?;
        let known = recalled.remembered().clone();
        let was_seen = known != lifeboat_trust::Remembered::default();
        let memory_mended = was_seen && !recalled.is_doubled();
        let pace = Pace { patience: self.config.patience };
        let Looked { trusted, outcome } = look(&*self.ports.source, &self.config.root, &known, pace).await?;
        let before = recollect(&self.config.root, &known);
        if outcome.is_ok()
            && refuse_clashes(before.as_ref(), &trusted, record, &self.config.installed.version)
        {
            // Before the new state is remembered: afterwards nothing would tell what it differs from.
            self.write_record(record).await?;
        }
        self.remember(recalled, &trusted, record).await?;
        outcome?;
        self.judge(&trusted, record, old).map(|report| CheckReport { memory_mended, ..report })
    }

    /// What there is, without what claims a version that stands for other bytes.
    fn judge(
        &self,
        trusted: &Trusted,
        record: &UpdateRecord,
        old: OldMetadata,
    ) -> Result<CheckReport, Error> {
        let (releases, refused) = self.believed(trusted, record);
        let offered = offer(&self.config.installed, record.install, &releases);
        let is_newer = |release: &Release| release.version > self.config.installed.version;
        if offered == Offer::NothingNew && refused.iter().any(is_newer) {
            return Err(clashing(&refused));
        }
        let freshness = trusted.freshness(self.now());
        match freshness {
            Freshness::TooOld { role, since }
                if offered.release().is_some() && old == OldMetadata::Refuse =>
            {
                Err(too_old(role, since))
            }
            _ => Ok(CheckReport {
                offer: offered,
                stale_since: stale_since(freshness),
                memory_mended: false,
                settled: None,
                clashing: refused.iter().map(|release| release.version.clone()).collect(),
            }),
        }
    }

    /// Signed releases that are believed, and those of this installation's channel and platform that are not.
    pub(super) fn believed(&self, trusted: &Trusted, record: &UpdateRecord) -> (Vec<Release>, Vec<Release>) {
        let releases = trusted.releases().map(releases_of).unwrap_or_default();
        let installed = &self.config.installed;
        let (refused, believed): (Vec<_>, Vec<_>) =
            releases.into_iter().partition(|release| record.refuses(release));
        let ours = |release: &Release| {
            release.channel == installed.channel && release.platform == installed.platform
        };
        (believed, refused.into_iter().filter(ours).collect())
    }
}

/// Writes down which releases claim a version whose bytes are known to be others: the one that came later, or both where both came
/// at once. Tells whether there is a new one.
fn refuse_clashes(
    before: Option<&Trusted>,
    trusted: &Trusted,
    record: &mut UpdateRecord,
    running: &Version,
) -> bool {
    let releases = |trusted: &Trusted| trusted.releases().map(releases_of).unwrap_or_default();
    let mut known = before.map(releases).unwrap_or_default();
    known.retain(|release| !record.refuses(release));
    let clashing = clashes(&known, &releases(trusted));
    // Nobody installs what does not rise above the running version.
    record.refused.retain(|refused| refused.version > *running);
    let count = record.refused.len();
    for release in clashing {
        if release.version > *running && !record.refuses(&release) && !known.contains(&release) {
            record.refused.push(Refused::of(&release));
        }
    }
    record.refused.len() > count
}

fn newest(offer: &Offer) -> Option<Version> {
    let of = |release: &Release| release.version.clone();
    match offer {
        Offer::NothingNew => None,
        Offer::HeldBack { release } | Offer::Available { release } | Offer::Required { release, .. } => {
            Some(of(release))
        }
        Offer::OtherScope { version, .. } => Some(version.clone()),
    }
}
