//! Hands a fetched release over to its installer: everything that can fail is tried before anything is touched.

use super::Updates;
use super::look::recollect;
use crate::backup::BackupOrder;
use crate::error::{About, Error};
use crate::handle::Explain;
use lifeboat_domain::code::Code;
use lifeboat_domain::event::{Event, Phase};
use lifeboat_domain::kind::PointKind;
use lifeboat_domain::manifest::Manifest;
use lifeboat_domain::time::UtcMillis;
use lifeboat_domain::update::{
    Fetched, HandOver, HandOverStage, Launch, Release, UpdateRecord, Version, offer,
};
use lifeboat_ports::{HeldArtifact, InstallRights, PortErrorKind};

/// For how long an installer that was let go may take.
const PATIENCE_MS: i64 = 10 * 60_000;

/// Whether the installer is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ApplyOrder {
    /// Until it ends. For installers that do not replace this very program.
    #[default]
    Wait,
    /// Not at all: this program has to end so that it can be replaced.
    LetGo,
}

/// What an update would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApplyPlan {
    /// From which version.
    pub from: Version,
    /// To which.
    pub fetched: Fetched,
    /// What is started.
    pub launch: Launch,
}

/// What an update did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// From which version.
    pub from: Version,
    /// To which.
    pub to: Version,
    /// The restore point that was taken for it.
    pub point: Manifest,
    /// The installer ended well; false where it was not waited for.
    pub ended: bool,
}

impl Updates {
    /// What [`Self::apply`] would do: all that can be proven is, nothing is written.
    ///
    /// # Errors
    /// As [`Self::apply`], as far as it would come.
    pub async fn plan_apply(&self) -> Result<ApplyPlan, Error> {
        let record = self.stored_record().await?.ok_or_else(nothing_fetched)?;
        let fetched = record.fetched.clone().ok_or_else(nothing_fetched)?;
        let held = self.prove(&fetched, &record).await?;
        self.judge_held(&fetched, &*held).await?;
        Ok(self.plan(&fetched, &*held))
    }

    /// Proves the installer, takes a verified restore point, proves the installer once more, and starts it.
    ///
    /// # Errors
    /// `LB1107`, `LB1109`, `LB1113` to `LB1117`, and everything that keeps a restore point from being taken: no restore point,
    /// no update. An installer that is not the signed one is set aside and never started.
    pub async fn apply(&self, order: ApplyOrder) -> Result<Applied, Error> {
        let _guard = self.lock_depot().await?;
        let mut record = self.read_record().await?;
        self.settle(&mut record).await?;
        let fetched = record.fetched.clone().ok_or_else(nothing_fetched)?;
        refuse_running(&record, self.boat.now())?;
        let held = self.prove(&fetched, &record).await?;
        self.prove_held(&fetched, &*held, &mut record).await?;
        let plan = self.plan(&fetched, &*held);
        let point = self.take_point(&plan.from).await?;
        self.prove_held(&fetched, &*held, &mut record).await?;
        record.hand_over = Some(HandOver {
            from: plan.from.clone(),
            to: fetched.version.clone(),
            installer: fetched.file.clone(),
            sha256: fetched.sha256.clone(),
            size_bytes: fetched.size_bytes,
            point: point.id,
            stage: HandOverStage::Prepared,
            at: self.boat.now(),
        });
        self.write_record(&record).await?;
        let ended = self.hand_over(&mut record, &plan.launch, order).await?;
        Ok(Applied { from: plan.from, to: fetched.version, point, ended })
    }

    fn plan(&self, fetched: &Fetched, held: &dyn HeldArtifact) -> ApplyPlan {
        let from = self.config.installed.version.clone();
        let path = held.path().to_string_lossy();
        let launch = self.config.hand_over.launch(&path, &from, &fetched.version);
        ApplyPlan { from, fetched: fetched.clone(), launch }
    }

    /// Rights first, then whether the release is signed and offered still; gives the file, open.
    async fn prove(&self, fetched: &Fetched, record: &UpdateRecord) -> Result<Box<dyn HeldArtifact>, Error> {
        let installed = &self.config.installed;
        if fetched.version <= installed.version {
            let cause =
                format!("version {} is installed, {} was fetched", installed.version, fetched.version);
            return Err(Error::new(
                Code::NothingFetched,
                cause,
                "look for a newer one: `lifeboat update check`",
            ));
        }
        if self.ports.installer.rights(installed.scope).await.about(About::Depot)? == InstallRights::Elevation
        {
            let cause =
                "the application is installed for the whole machine, and this user may not change that";
            let next =
                "run `lifeboat update apply` as an administrator, or have the machine's administrator do it";
            return Err(Error::new(Code::ElevationNeeded, cause, next));
        }
        self.refuse_unsigned(fetched, record).await?;
        self.ports.depot.hold(&fetched.file).await.about(About::Depot)
    }

    /// Is it what the chain of trust that is remembered offers this installation now?
    async fn refuse_unsigned(&self, fetched: &Fetched, record: &UpdateRecord) -> Result<(), Error> {
        let recalled = self.recall(Some(record)).await?;
        let trusted = recollect(&self.config.root, recalled.remembered());
        let releases = trusted.map(|trusted| self.believed(&trusted, record).0).unwrap_or_default();
        let offered = offer(&self.config.installed, record.install, &releases);
        let fits = |release: &Release| {
            (&release.sha256, &release.version, release.size_bytes)
                == (&fetched.sha256, &fetched.version, fetched.size_bytes)
        };
        if offered.release().is_some_and(fits) {
            return Ok(());
        }
        let cause = format!("release {} is not what is signed for this installation now", fetched.version);
        Err(Error::new(Code::MetadataRefused, cause, "fetch what is: `lifeboat update fetch`"))
    }

    /// Are the bytes behind the open handle the signed ones, and does the name still lead to them?
    async fn is_proven(&self, fetched: &Fetched, held: &dyn HeldArtifact) -> Result<bool, Error> {
        let phase = Phase::Inspect;
        self.emit(&Event::PhaseStarted { phase, total_bytes: fetched.size_bytes });
        let summed = self.sum_held(held).await;
        self.emit(&Event::PhaseEnded { phase });
        let in_place = held.is_in_place().await.about(About::Depot)?;
        Ok(summed? == (fetched.size_bytes, fetched.sha256.clone()) && in_place)
    }

    async fn judge_held(&self, fetched: &Fetched, held: &dyn HeldArtifact) -> Result<(), Error> {
        if self.is_proven(fetched, held).await? {
            Ok(())
        } else {
            Err(swapped(fetched, "it is where it was"))
        }
    }

    /// A file that is not the signed one is set aside, and nothing is fetched any more.
    async fn prove_held(
        &self,
        fetched: &Fetched,
        held: &dyn HeldArtifact,
        record: &mut UpdateRecord,
    ) -> Result<(), Error> {
        if self.is_proven(fetched, held).await? {
            return Ok(());
        }
        let aside = match self.ports.depot.quarantine(&fetched.file).await {
            Ok(name) => format!("it was set aside as {name}"),
            Err(error) if error.kind() == PortErrorKind::NotFound => "it is gone".to_owned(),
            Err(error) => format!("it could not be set aside ({error})"),
        };
        record.fetched = None;
        self.write_record(record).await?;
        Err(swapped(fetched, &aside))
    }

    async fn take_point(&self, from: &Version) -> Result<Manifest, Error> {
        let order =
            BackupOrder { app_version: Some(from.to_string()), ..BackupOrder::of_kind(PointKind::PreUpdate) };
        Ok(self.boat.backup(order).await?.point)
    }

    async fn hand_over(
        &self,
        record: &mut UpdateRecord,
        launch: &Launch,
        order: ApplyOrder,
    ) -> Result<bool, Error> {
        self.stage(record, HandOverStage::Started).await?;
        let started = match self.ports.installer.start(launch).await {
            Ok(started) => started,
            Err(error) => {
                self.stage(record, HandOverStage::Prepared).await?;
                let cause = format!("the installer could not be started: {error}");
                let next = "see what the hand-over runs: `lifeboat update apply --dry-run`";
                return Err(Error::new(Code::InstallerNotStarted, cause, next).because(error));
            }
        };
        if order == ApplyOrder::LetGo {
            return Ok(false);
        }
        let status = started.wait().await.about(About::Depot)?;
        self.stage(record, HandOverStage::Ended { status }).await?;
        if status == Some(0) {
            return Ok(true);
        }
        let how = status.map_or_else(|| "by a signal".to_owned(), |status| format!("with status {status}"));
        let next =
            "start the application: `lifeboat update status` tells which version runs and the way back";
        let state = "what the installer did is not known; the database was not touched, and its restore point is there";
        Err(Error::new(Code::InstallerFailed, format!("the installer ended {how}"), next).state(state))
    }

    async fn stage(&self, record: &mut UpdateRecord, stage: HandOverStage) -> Result<(), Error> {
        if let Some(hand_over) = &mut record.hand_over {
            hand_over.stage = stage;
        }
        self.write_record(record).await
    }
}

/// An installer that was let go moments ago may still run: two at once would ruin both.
fn refuse_running(record: &UpdateRecord, now: UtcMillis) -> Result<(), Error> {
    let Some(hand_over) = &record.hand_over else { return Ok(()) };
    // A clock that went back says nothing of how long ago it was.
    let is_recent = hand_over.at <= now && now.since(hand_over.at) <= PATIENCE_MS;
    if hand_over.stage != HandOverStage::Started || !is_recent {
        return Ok(());
    }
    let minutes = PATIENCE_MS / 60_000;
    let cause = format!(
        "the installer of {} was started less than {minutes} minutes ago and has not told how it ended",
        hand_over.to
    );
    Err(Error::new(Code::LockHeld, cause, "let it end, and start the application; later, apply again"))
}

fn swapped(fetched: &Fetched, aside: &str) -> Error {
    let cause = format!("{} is not the file that was fetched and signed; {aside}", fetched.file);
    let next = "find out who writes there, then fetch it again: `lifeboat update fetch`";
    Error::new(Code::ArtifactSwapped, cause, next).state("nothing was started; the installed version goes on")
}

fn nothing_fetched() -> Error {
    Error::new(Code::NothingFetched, "no release was fetched", "fetch one: `lifeboat update fetch`")
}
