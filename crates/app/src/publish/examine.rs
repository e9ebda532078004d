//! The doctor of a share, from the seat of whoever asks: what a client may read and must not be able to write, the chain, the
//! dates, every artifact.

use super::Publishing;
use crate::doctor::{Check, Health, Remedy};
use crate::error::Error;
use crate::update::{Looked, Pace, look, releases_of};
use lifeboat_domain::event::{Event, Phase};
use lifeboat_domain::update::{Place, Release};
use lifeboat_ports::{PortError, PortErrorKind};
use lifeboat_trust::{Freshness, Remembered, Role, Sha256, Trusted, UtcSeconds};
use std::time::Duration;

/// Days before an expiry at which somebody should know.
const NOTICE_DAYS: i64 = 60;
/// Seconds by which clocks may differ before somebody should know.
const SKEW_SECONDS: i64 = 24 * 3600;
const PIECE: usize = 1 << 20;

fn found(id: &'static str, health: Health, finding: impl Into<String>, mend: Option<&str>) -> Check {
    Check { id, health, finding: finding.into(), mend: mend.map(|words| Remedy::ByHand(words.to_owned())) }
}

impl Publishing {
    /// Every check of a share, as a client that knows this root sees it. Leaves nothing there.
    pub async fn examine(&self, root: &[u8]) -> Vec<Check> {
        let pace = Pace { patience: Duration::from_secs(2) };
        let looked = look(&*self.ports.source, root, &Remembered::default(), pace).await;
        let (trusted, outcome) = match looked {
            Ok(Looked { trusted, outcome }) => (Some(trusted), outcome),
            Err(error) => (None, Err(error)),
        };
        let whole = outcome.is_ok();
        let mut checks = vec![chain(outcome), self.rights().await];
        if let Some(trusted) = trusted.filter(|_| whole) {
            checks.extend(dates(&trusted, self.now()));
            checks.extend(self.artifacts(&trusted).await);
        }
        checks.push(self.leftovers().await);
        checks
    }

    async fn rights(&self) -> Check {
        match self.ports.publisher.try_write().await {
            Ok(()) => found(
                "share-rights",
                Health::Advice,
                "this user may write on the share",
                Some("right for a publisher; a client's account must only read (docs/security/updates.md)"),
            ),
            Err(error) if error.kind() == PortErrorKind::PermissionDenied => {
                found("share-rights", Health::Ok, "this user may read and not write", None)
            }
            Err(error) => found("share-rights", Health::NotChecked, error.to_string(), None),
        }
    }

    async fn leftovers(&self) -> Check {
        let staged = self.ports.publisher.leftovers().await;
        let holder = self.ports.publisher.holder().await;
        match (staged, holder) {
            (_, Ok(Some(who))) => {
                let mend = "let it end; if that publisher is gone: `lifeboat publish --take-over ...`";
                found(
                    "share-publisher",
                    Health::Advice,
                    format!("{who} publishes now, or was stopped"),
                    Some(mend),
                )
            }
            (Ok(staged), Ok(None)) if staged.is_empty() => {
                found("share-publisher", Health::Ok, "nobody publishes now", None)
            }
            (Ok(staged), Ok(None)) => {
                let mend = "the next publication removes them";
                found(
                    "share-publisher",
                    Health::Advice,
                    format!("{} files of a stopped publication", staged.len()),
                    Some(mend),
                )
            }
            (Err(error), _) | (_, Err(error)) => {
                found("share-publisher", Health::NotChecked, error.to_string(), None)
            }
        }
    }

    async fn artifacts(&self, trusted: &Trusted) -> Vec<Check> {
        let releases = trusted.releases().map(releases_of).unwrap_or_default();
        let mut bad = Vec::new();
        for release in &releases {
            bad.extend(self.artifact(release).await);
        }
        if bad.is_empty() {
            bad.push(found(
                "artifacts",
                Health::Ok,
                format!("{} artifacts are the signed ones", releases.len()),
                None,
            ));
        }
        bad
    }

    async fn artifact(&self, release: &Release) -> Option<Check> {
        let place = Place::Artifact { name: release.name.clone(), sha256: release.sha256.clone() };
        let (phase, total_bytes) = (Phase::Inspect, release.size_bytes);
        self.watch.events.emit(&Event::PhaseStarted { phase, total_bytes });
        let (mut sum, mut offset) = (Sha256::default(), 0);
        let read = loop {
            if self.refuse_cancelled().is_err() {
                break Err(PortError::new(PortErrorKind::Cancelled, "read", release.name.clone()));
            }
            match self.ports.source.read_at(&place, offset, PIECE).await {
                Ok(piece) if piece.is_empty() || offset > release.size_bytes => break Ok(()),
                Ok(piece) => {
                    sum.update(&piece);
                    offset += u64::try_from(piece.len()).unwrap_or(0);
                    self.watch.events.emit(&Event::Progress { phase, done_bytes: offset, total_bytes });
                }
                Err(error) => break Err(error),
            }
        };
        self.watch.events.emit(&Event::PhaseEnded { phase });
        let what = format!("release {} ({})", release.version, release.name);
        match read {
            Ok(()) if (offset, sum.finish().to_string()) == (release.size_bytes, release.sha256.clone()) => {
                None
            }
            Ok(()) => {
                let mend = "bring the file to the share again: publish the same release once more";
                Some(found(
                    "artifacts",
                    Health::Problem,
                    format!("{what} is not the signed file"),
                    Some(mend),
                ))
            }
            Err(error) => Some(found(
                "artifacts",
                Health::Problem,
                format!("{what} cannot be read: {error}"),
                Some("publish the same release once more"),
            )),
        }
    }
}

fn chain(outcome: Result<(), Error>) -> Check {
    match outcome {
        Ok(()) => found(
            "share-chain",
            Health::Ok,
            "everything from the root to the releases is signed and belongs together",
            None,
        ),
        Err(error) => found(
            "share-chain",
            Health::Problem,
            format!("{}: {}", error.code(), error.cause()),
            Some(error.next_step()),
        ),
    }
}

fn dates(trusted: &Trusted, now: UtcSeconds) -> Vec<Check> {
    let mut checks = Vec::new();
    for role in Role::ALL {
        let Some(expires) = trusted.expires(role) else { continue };
        if expires <= now.plus_days(NOTICE_DAYS) {
            let mend = match role {
                Role::Root => "make the next root: `lifeboat keys rotate`",
                Role::Timestamp => "sign it again: `lifeboat publish --refresh`",
                Role::Snapshot | Role::Targets => "sign everything again: `lifeboat publish --resign`",
            };
            let says = if expires <= now { "expired" } else { "expires" };
            checks.push(found(
                "share-dates",
                Health::Advice,
                format!("the {role} {says} on {expires}"),
                Some(mend),
            ));
        }
    }
    if let Freshness::TooOld { role, since } = trusted.freshness(now) {
        let finding = format!("the {role} expired on {since}: clients install on an operator's word only");
        checks.push(found(
            "share-dates",
            Health::Problem,
            finding,
            Some("sign again: `lifeboat publish --resign`"),
        ));
    }
    if let Some(at) = trusted.signed_at().filter(|at| at.0 > now.0 + SKEW_SECONDS) {
        let finding = format!("the pointer was signed on {at}, which this clock has not reached");
        checks.push(found(
            "share-clock",
            Health::Advice,
            finding,
            Some("set the clock of this machine, or of the publisher's, right"),
        ));
    }
    if checks.is_empty() {
        checks.push(found(
            "share-dates",
            Health::Ok,
            format!("nothing expires within {NOTICE_DAYS} days"),
            None,
        ));
    }
    checks
}
