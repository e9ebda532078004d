//! Hands a fetched release over to its installer: everything that can fail is tried before anything is touched.

use super::look::recollect;
use super::{Updates, releases_of};
use crate::backup::BackupOrder;
use crate::error::{About, Error};
use crate::handle::Explain;
use lifeboat_domain::code::Code;
use lifeboat_domain::event::{Event, Phase};
use lifeboat_domain::kind::PointKind;
use lifeboat_domain::manifest::Manifest;
use lifeboat_domain::update::{Fetched, HandOver, HandOverStage, Launch, Release, UpdateRecord, Version};
use lifeboat_ports::{HeldArtifact, InstallRights, PortErrorKind};

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
        let record = self.stored_record().await?;
        let fetched = record.and_then(|record| record.fetched).ok_or_else(nothing_fetched)?;
        let held = self.prove(&fetched).await?;
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
        let held = self.prove(&fetched).await?;
        let plan = self.plan(&fetched, &*held);
        let point = self.take_point(&plan.from).await?;
        self.prove_held(&fetched, &*held).await?;
        record.hand_over = Some(HandOver {
            from: plan.from.clone(),
            to: fetched.version.clone(),
            installer: fetched.file.clone(),
            sha256: fetched.sha256.clone(),
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

    /// Rights first, then whether the release is still signed, then the bytes.
    async fn prove(&self, fetched: &Fetched) -> Result<Box<dyn HeldArtifact>, Error> {
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
        self.signed_release(fetched).await?;
        let held = self.ports.depot.hold(&fetched.file).await.about(About::Depot)?;
        self.prove_held(fetched, &*held).await?;
        Ok(held)
    }

    /// The release as the chain of trust that is remembered says it now.
    async fn signed_release(&self, fetched: &Fetched) -> Result<Release, Error> {
        let recalled = self.recall().await?;
        let trusted = recollect(&self.config.root, recalled.remembered());
        let releases = trusted.and_then(|trusted| trusted.releases().map(releases_of)).unwrap_or_default();
        let fits = |release: &Release| {
            release.sha256 == fetched.sha256
                && release.version == fetched.version
                && release.size_bytes == fetched.size_bytes
                && release.scope == self.config.installed.scope
        };
        releases.into_iter().find(fits).ok_or_else(|| {
            let cause = format!("release {} is not among the signed ones any more", fetched.version);
            Error::new(Code::MetadataRefused, cause, "look again: `lifeboat update fetch`")
        })
    }

    /// The bytes behind the open handle are the signed ones, and the name still leads to them.
    async fn prove_held(&self, fetched: &Fetched, held: &dyn HeldArtifact) -> Result<(), Error> {
        let phase = Phase::Inspect;
        self.emit(&Event::PhaseStarted { phase, total_bytes: fetched.size_bytes });
        let summed = self.sum_held(held).await;
        self.emit(&Event::PhaseEnded { phase });
        let in_place = held.is_in_place().await.about(About::Depot)?;
        if summed? == (fetched.size_bytes, fetched.sha256.clone()) && in_place {
            return Ok(());
        }
        let aside = match self.ports.depot.quarantine(&fetched.file).await {
            Ok(name) => format!("it was set aside as {name}"),
            Err(error) if error.kind() == PortErrorKind::NotFound => "it is gone".to_owned(),
            Err(error) => format!("it could not be set aside ({error})"),
        };
        let cause = format!("{} is not the file that was fetched and signed; {aside}", fetched.file);
        let next = "find out who writes there, then fetch it again: `lifeboat update fetch`";
        Err(Error::new(Code::ArtifactSwapped, cause, next)
            .state("nothing was started; the installed version goes on"))
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

fn nothing_fetched() -> Error {
    Error::new(Code::NothingFetched, "no release was fetched", "fetch one: `lifeboat update fetch`")
}
