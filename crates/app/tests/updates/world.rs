//! A share in memory, its publisher, and clients of it.

use async_trait::async_trait;
use lifeboat::domain::code::Code;
use lifeboat::domain::time::{DAY_MS, UtcMillis};
use lifeboat::domain::update::{HandOverCommand, Installed, Place, Scope, Version};
use lifeboat::ports::{Clock as _, PortError, PortErrorKind, UpdateSource};
use lifeboat::trust::UtcSeconds;
use lifeboat::{
    Basis, Ceremony, KeyRing, Lifeboat, OldMetadata, Ports, PublishPorts, Publishing, ReleaseOrder,
    UpdateConfig, UpdatePorts, Updates,
};
use lifeboat_testkit::memory::{
    MemoryClock, MemoryDatabase, MemoryDepot, MemoryDisk, MemoryDiskSpace, MemoryEntropy, MemoryInstaller,
    MemoryMedic, MemoryMerger, MemoryMigrator, MemoryShare, MemoryShops, MemorySnapshotter, MemoryTracker,
    MemoryVault, MemoryWorkshop,
};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

pub(crate) const OLD: OldMetadata = OldMetadata::Refuse;

/// A share that answers so often, and then not at all.
#[derive(Clone)]
pub(crate) struct Faulty {
    pub(crate) inner: MemoryShare,
    pub(crate) answers: Arc<AtomicU64>,
    pub(crate) kind: Arc<std::sync::Mutex<PortErrorKind>>,
}

impl Faulty {
    pub(crate) fn new(inner: MemoryShare) -> Self {
        Self {
            inner,
            answers: Arc::new(AtomicU64::new(u64::MAX)),
            kind: Arc::new(PortErrorKind::Unreachable.into()),
        }
    }

    /// So many more answers.
    pub(crate) fn answer(&self, times: u64) {
        self.answers.store(times, Ordering::Relaxed);
    }

    pub(crate) fn fail_as(&self, kind: PortErrorKind) {
        *self.kind.lock().unwrap() = kind;
        self.answer(0);
    }

    pub(crate) fn asked(&self) -> Result<(), PortError> {
        let left = self.answers.load(Ordering::Relaxed);
        if left == 0 {
            return Err(PortError::new(*self.kind.lock().unwrap(), "read", "the share"));
        }
        if left < u64::MAX {
            self.answers.store(left - 1, Ordering::Relaxed);
        }
        Ok(())
    }
}

#[async_trait]
impl UpdateSource for Faulty {
    fn shown(&self) -> String {
        "the share".to_owned()
    }

    async fn document(&self, place: &Place, limit: usize) -> Result<Vec<u8>, PortError> {
        self.asked()?;
        self.inner.document(place, limit).await
    }

    async fn read_at(&self, place: &Place, offset: u64, most: usize) -> Result<Vec<u8>, PortError> {
        self.asked()?;
        self.inner.read_at(place, offset, most).await
    }
}

pub(crate) struct World {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) share: MemoryShare,
    pub(crate) source: Faulty,
    pub(crate) depot: MemoryDepot,
    pub(crate) installer: MemoryInstaller,
    pub(crate) clock: MemoryClock,
    pub(crate) space: MemoryDiskSpace,
    pub(crate) boat: Lifeboat,
}

pub(crate) fn world() -> World {
    let disk = MemoryDisk::default();
    let database = MemoryDatabase::create(&disk, Path::new("/app.db"));
    database.insert(1);
    let (clock, space) = (MemoryClock::default(), MemoryDiskSpace::default());
    let ports = Ports {
        snapshotter: Arc::new(MemorySnapshotter::new(&database)),
        migrator: Arc::new(MemoryMigrator::new(&disk, &database, Path::new("/app.db"))),
        replica: Arc::new(MemoryMerger::new(&MemoryShops::default(), Path::new("/app.db"))),
        tracker: Arc::new(MemoryTracker::new(1..=3)),
        medic: Arc::new(MemoryMedic::new(&disk, &database)),
        vault: Arc::new(MemoryVault::new(&disk, Path::new("/vault"))),
        workshop: Arc::new(MemoryWorkshop::new(&disk, Path::new("/app.db"))),
        disk: Arc::new(space.clone()),
        clock: Arc::new(clock.clone()),
        entropy: Arc::new(MemoryEntropy::default()),
    };
    let share = MemoryShare::default();
    let world = World {
        folder: tempfile::tempdir().unwrap(),
        source: Faulty::new(share.clone()),
        share,
        depot: MemoryDepot::default(),
        installer: MemoryInstaller::default(),
        clock,
        space,
        boat: Lifeboat::over(ports, "/app.db".into(), "/vault".into()),
    };
    world.installer.add_all(Some(0));
    Publishing::init_keys(
        &MemoryEntropy::default(),
        world.now(),
        &world.keys(),
        Ceremony { threshold: 2, of: 3 },
    )
    .unwrap();
    world
}

pub(crate) fn version(text: &str) -> Version {
    text.parse().unwrap()
}

impl World {
    pub(crate) fn keys(&self) -> PathBuf {
        self.folder.path().join("keys")
    }

    pub(crate) fn now(&self) -> UtcSeconds {
        UtcSeconds(self.clock.utc_now().0 / 1000)
    }

    pub(crate) fn days_pass(&self, days: i64) {
        self.clock.set(UtcMillis(self.clock.utc_now().0 + days * DAY_MS));
    }

    pub(crate) fn publishing(&self) -> Publishing {
        let ports = PublishPorts {
            source: Arc::new(self.share.clone()),
            publisher: Arc::new(self.share.clone()),
            clock: Arc::new(self.clock.clone()),
            entropy: Arc::new(MemoryEntropy::default()),
        };
        Publishing::over(ports, "anna")
    }

    pub(crate) fn remembering(&self) -> Publishing {
        self.publishing().resting_on(Basis::Memory)
    }

    pub(crate) fn ring(&self) -> KeyRing {
        KeyRing::read(&self.keys()).unwrap()
    }

    pub(crate) fn order(&self, version: &str) -> ReleaseOrder {
        let file = self.folder.path().join(format!("till-{version}.exe"));
        let filling = format!("installer of {version} ").repeat(150_000);
        std::fs::write(&file, filling).unwrap();
        ReleaseOrder {
            file,
            version: version.parse().unwrap(),
            channel: "stable".to_owned(),
            platform: "windows-x86_64".to_owned(),
            scope: Scope::PerUser,
            minimum: None,
            rollout_percent: None,
        }
    }

    pub(crate) async fn publish(&self, version: &str) {
        self.publishing().release(&self.ring(), &self.order(version)).await.unwrap();
    }

    /// A client of this depot at a version.
    pub(crate) fn client(&self, running: &str) -> Updates {
        self.client_of(running, Scope::PerUser)
    }

    pub(crate) fn client_of(&self, running: &str, scope: Scope) -> Updates {
        let ports = UpdatePorts {
            source: Arc::new(self.source.clone()),
            depot: Arc::new(self.depot.clone()),
            installer: Arc::new(self.installer.clone()),
        };
        let config = UpdateConfig {
            root: std::fs::read(self.keys().join("root.json")).unwrap(),
            installed: Installed {
                version: running.parse().unwrap(),
                channel: "stable".to_owned(),
                platform: "windows-x86_64".to_owned(),
                scope,
            },
            hand_over: HandOverCommand::Custom {
                program: "{installer}".to_owned(),
                arguments: vec!["{to}".to_owned()],
            },
            patience: Duration::ZERO,
        };
        Updates::over(self.boat.clone(), ports, config)
    }

    pub(crate) async fn refused(&self, running: &str) -> Code {
        self.client(running).check(OLD).await.unwrap_err().code()
    }

    pub(crate) async fn offered(&self, running: &str) -> Option<Version> {
        let report = self.client(running).check(OLD).await.unwrap();
        report.offer.release().map(|release| release.version.clone())
    }

    pub(crate) async fn artifact(&self) -> Place {
        let report = self.client("0.0.1").check(OLD).await.unwrap();
        let release = report.offer.release().unwrap();
        Place::Artifact { name: release.name.clone(), sha256: release.sha256.clone() }
    }

    pub(crate) async fn bytes(&self, place: &Place) -> Vec<u8> {
        self.share.read_at(place, 0, usize::MAX).await.unwrap()
    }
}

/// Randomness that differs from that of the first keys.
pub(crate) struct Seeds(pub(crate) u8);

impl lifeboat::ports::Entropy for Seeds {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), PortError> {
        bytes.fill(100 + self.0);
        // Three keys of a root differ by the time that they are drawn.
        static DRAWN: AtomicU64 = AtomicU64::new(0);
        bytes[..8].copy_from_slice(&DRAWN.fetch_add(1, Ordering::Relaxed).to_be_bytes());
        Ok(())
    }
}
