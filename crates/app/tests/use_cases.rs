//! Use cases over the references in memory, with the faults that a real disk does not give on demand.
#![allow(clippy::unwrap_used, reason = "a failed step of a test is a failed test")]

use async_trait::async_trait;
use lifeboat::domain::code::Code;
use lifeboat::domain::event::Event;
use lifeboat::domain::findings::Examination;
use lifeboat::domain::migration::{StepHeader, StepId, digest_of};
use lifeboat::domain::retention::Policy;
use lifeboat::domain::row_difference::TableDifference;
use lifeboat::domain::schema::{DatabaseFacts, JournalMode};
use lifeboat::domain::time::UtcMillis;
use lifeboat::ports::{
    CaptureOrder, Captured, Counting, DiskSpace, InstallOrder, Installed, Mark, MigrationStep, PortError,
    PortErrorKind, Quiesced, RunOrder, RunRecord, Snapshotter, StepBody, Volume, Writers,
};
use lifeboat::{BackupOrder, CancelToken, Lifeboat, MigrateOrder, Migrations, Ports, RestoreOrder, Watch};
use lifeboat_testkit::broken::{BrokenSnapshotter, SnapshotterDefect};
use lifeboat_testkit::memory::{
    MemoryClock, MemoryDatabase, MemoryDisk, MemoryDiskSpace, MemoryEntropy, MemoryMedic, MemoryMerger,
    MemoryMigrator, MemoryShops, MemorySnapshotter, MemoryTracker, MemoryVault, MemoryWorkshop,
    RecordedEvents,
};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

struct World {
    disk: MemoryDisk,
    database: MemoryDatabase,
    space: MemoryDiskSpace,
    clock: MemoryClock,
    ports: Ports,
}

fn world() -> World {
    let disk = MemoryDisk::default();
    let database = MemoryDatabase::create(&disk, Path::new("/app.db"));
    (1..=3).for_each(|row| database.insert(row));
    let (space, clock) = (MemoryDiskSpace::default(), MemoryClock::default());
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
    World { disk, database, space, clock, ports }
}

fn boat(world: &World) -> Lifeboat {
    Lifeboat::over(world.ports.clone(), "/app.db".into(), "/vault".into())
}

#[tokio::test]
async fn there_and_back_and_back_again() {
    let world = world();
    let boat = boat(&world);
    let old = world.database.rows().unwrap();
    boat.backup(BackupOrder::manual("first")).await.unwrap();
    world.database.insert(9);
    let new = world.database.rows().unwrap();
    boat.restore("latest", RestoreOrder::default()).await.unwrap();
    assert_eq!(world.database.rows().unwrap(), old);
    boat.undo(RestoreOrder::default()).await.unwrap();
    assert_eq!(world.database.rows().unwrap(), new);
    boat.undo(RestoreOrder::default()).await.unwrap();
    assert_eq!(world.database.rows().unwrap(), old);
}

#[tokio::test]
async fn a_clock_that_goes_back_changes_no_order() {
    let world = world();
    let boat = boat(&world);
    let first = boat.backup(BackupOrder::manual("a")).await.unwrap().point;
    world.clock.set(UtcMillis(1_500_000_000_000));
    let second = boat.backup(BackupOrder::manual("b")).await.unwrap().point;
    assert!(second.created < first.created && second.sequence > first.sequence);
    assert_eq!(boat.find("latest").await.unwrap().id, second.id);
    assert_eq!(second.parent, Some(first.id));
}

#[tokio::test]
async fn a_network_volume_is_refused() {
    let world = world();
    world.space.become_network("SMB");
    let error = boat(&world).backup(BackupOrder::manual("a")).await.unwrap_err();
    assert_eq!((error.code(), error.code().exit_status()), (Code::NetworkFileSystem, 22));
}

#[tokio::test]
async fn too_little_space_is_refused_before_anything_is_written() {
    let world = world();
    world.space.leave(10);
    let error = boat(&world).backup(BackupOrder::manual("a")).await.unwrap_err();
    assert_eq!(error.code(), Code::TooLittleSpace);
    assert!(boat(&world).list().await.is_err(), "there is no vault yet");
}

#[tokio::test]
async fn a_torn_capture_never_becomes_a_point() {
    let mut world = world();
    let broken = BrokenSnapshotter::new(&world.database, &world.disk, SnapshotterDefect::TornCapture);
    world.ports.snapshotter = Arc::new(broken);
    let error = boat(&world).backup(BackupOrder::manual("a")).await.unwrap_err();
    assert_eq!(error.code(), Code::CaptureDisagrees);
    assert!(boat(&world).list().await.unwrap().points().is_empty());
}

#[tokio::test]
async fn a_restore_whose_proof_fails_puts_the_state_before_back() {
    let mut world = world();
    boat(&world).backup(BackupOrder::manual("a")).await.unwrap();
    world.database.insert(9);
    let new = world.database.rows().unwrap();
    let inner = MemorySnapshotter::new(&world.database);
    world.ports.snapshotter = Arc::new(FaultyInstall::new(inner, &world.disk, Fault::LosesARow));
    let events = Arc::new(RecordedEvents::default());
    let watch = Watch { events: events.clone(), cancel: CancelToken::default() };
    let error = boat(&world).watched(watch).restore("latest", RestoreOrder::default()).await.unwrap_err();
    assert_eq!(error.code(), Code::ProofFailed);
    assert!(error.state_of_data().contains("is back"));
    assert_eq!(world.database.rows().unwrap(), new);
    assert!(events.seen().iter().any(|event| matches!(event, Event::PutBack { .. })));
    assert_eq!(boat(&world).pending().await.unwrap(), None);
}

fn first_step(script: &str) -> RunOrder {
    let step = MigrationStep {
        id: StepId::parse("0001_six").unwrap(),
        digest: digest_of(script),
        header: StepHeader::plain(),
        body: StepBody::Script(script.to_owned()),
    };
    let record = RunRecord {
        at: UtcMillis(1_000),
        app_version: None,
        lifeboat_version: "0".to_owned(),
        restore_point: None,
    };
    RunOrder {
        steps: vec![step],
        head: 0,
        application_id: None,
        record,
        follow: lifeboat::ports::Follow::Nothing,
        wait: Duration::ZERO,
    }
}

#[tokio::test]
async fn a_migration_that_leaves_damage_is_put_back_and_what_it_left_is_kept() {
    let mut world = world();
    world.ports.migrator.run(first_step("insert 6"), None, &Watch::silent()).await.unwrap();
    let before = world.database.rows().unwrap();
    let inner = MemorySnapshotter::new(&world.database);
    world.ports.snapshotter = Arc::new(FaultyInstall::new(inner, &world.disk, Fault::LooksDamaged));
    let steps =
        Migrations::from_texts([("0001_six.sql", "insert 6"), ("0002_seven.sql", "insert 7")]).unwrap();
    let boat = boat(&world);
    let error = boat.migrate(&steps, &MigrateOrder::default()).await.unwrap_err();
    assert_eq!(error.code(), Code::MigrationPutBack, "{error}");
    assert_eq!(world.database.rows().unwrap(), before);
    let points = boat.list().await.unwrap().points();
    let counts: Vec<_> = points.iter().map(|point| point.facts.tables[0].rows.unwrap()).collect();
    assert_eq!(counts, [4, 5], "the state before, and what the steps left");
    assert_eq!(boat.pending().await.unwrap(), None);
    boat.undo(RestoreOrder::default()).await.unwrap();
    assert_eq!(world.database.rows().unwrap().len(), 5, "the put-back itself has a way back");
}

/// What failed is told and written down, though nobody can look whether the rollback was a good one.
#[tokio::test]
async fn a_step_that_fails_is_recorded_though_the_database_cannot_be_looked_at() {
    let mut world = world();
    world.ports.migrator.run(first_step("insert 6"), None, &Watch::silent()).await.unwrap();
    let inner = MemorySnapshotter::new(&world.database);
    world.ports.snapshotter = Arc::new(FaultyInstall::new(inner, &world.disk, Fault::Unseen));
    let steps = Migrations::from_texts([("0001_six.sql", "insert 6"), ("0002_no.sql", "nonsense")]).unwrap();
    let boat = boat(&world);
    let error = boat.migrate(&steps, &MigrateOrder::default()).await.unwrap_err();
    assert_eq!(error.code(), Code::MigrationFailed, "{error}");
    assert!(error.state_of_data().contains("no step stayed"), "{error}");
    let error = boat.migrate(&steps, &MigrateOrder::default()).await.unwrap_err();
    assert_eq!(error.code(), Code::MigrationFailedBefore, "{error}");
}

#[tokio::test]
async fn where_it_is_not_known_whether_the_install_happened_the_way_back_stays() {
    let mut world = world();
    boat(&world).backup(BackupOrder::manual("a")).await.unwrap();
    world.database.insert(9);
    let new = world.database.rows().unwrap();
    let inner = MemorySnapshotter::new(&world.database);
    let sound = world.ports.snapshotter.clone();
    world.ports.snapshotter = Arc::new(FaultyInstall::new(inner, &world.disk, Fault::BusyAfterwards));
    let error = boat(&world).restore("latest", RestoreOrder::default()).await.unwrap_err();
    assert_eq!(error.code(), Code::DatabaseBusy);
    assert!(error.state_of_data().contains("old or its new state"), "{error}");
    assert_eq!(boat(&world).list().await.unwrap().points().len(), 2, "the safety point stays");
    world.ports.snapshotter = sound;
    assert!(boat(&world).recover().await.unwrap().is_some());
    boat(&world).undo(RestoreOrder::default()).await.unwrap();
    assert_eq!(world.database.rows().unwrap(), new);
}

#[tokio::test]
async fn a_cancel_before_the_install_leaves_everything_as_it_was() {
    let world = world();
    boat(&world).backup(BackupOrder::manual("a")).await.unwrap();
    world.database.insert(9);
    let new = world.database.rows().unwrap();
    let cancel = CancelToken::default();
    cancel.cancel();
    let watch = Watch { cancel, ..Watch::silent() };
    let error = boat(&world).watched(watch).restore("latest", RestoreOrder::default()).await.unwrap_err();
    assert_eq!(error.code(), Code::Cancelled);
    assert_eq!(world.database.rows().unwrap(), new);
}

#[tokio::test]
async fn the_newest_verified_point_cannot_be_forgotten_by_name() {
    let world = world();
    let boat = boat(&world);
    let point = boat.backup(BackupOrder::manual("a")).await.unwrap().point;
    let error = boat.forget(&[point.id.to_string()], &Policy::default()).await.unwrap_err();
    assert_eq!(error.code(), Code::PointProtected);
}

mockall::mock! {
    Disk {}

    #[async_trait]
    impl DiskSpace for Disk {
        async fn volume(&self, path: &Path) -> Result<Volume, PortError>;
    }
}

#[tokio::test]
async fn a_volume_that_cannot_be_looked_at_is_an_error_and_not_a_guess() {
    let mut world = world();
    let mut disk = MockDisk::new();
    disk.expect_volume().returning(|_| Err(PortError::new(PortErrorKind::Io, "look at", "the volume")));
    world.ports.disk = Arc::new(disk);
    let error = boat(&world).backup(BackupOrder::manual("a")).await.unwrap_err();
    assert_eq!(error.code(), Code::InputOutput);
}

/// What is wrong with the first install.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fault {
    LosesARow,
    /// It is carried out, and then somebody holds the database for long.
    BusyAfterwards,
    /// A look at the live database finds a fault in its structure.
    LooksDamaged,
    /// The live database cannot be looked at.
    Unseen,
}

/// A snapshotter whose first install goes wrong.
struct FaultyInstall {
    inner: MemorySnapshotter,
    disk: MemoryDisk,
    fault: Fault,
    done: AtomicBool,
}

impl FaultyInstall {
    fn new(inner: MemorySnapshotter, disk: &MemoryDisk, fault: Fault) -> Self {
        Self { inner, disk: disk.clone(), fault, done: AtomicBool::new(false) }
    }

    fn busy() -> PortError {
        PortError::new(PortErrorKind::Busy, "look at", "the database")
    }
}

#[async_trait]
impl Snapshotter for FaultyInstall {
    async fn inspect(&self, counting: Counting) -> Result<DatabaseFacts, PortError> {
        if self.fault == Fault::BusyAfterwards && self.done.load(Ordering::SeqCst) {
            return Err(Self::busy());
        }
        self.inner.inspect(counting).await
    }

    async fn capture(&self, into: &Path, order: CaptureOrder, watch: &Watch) -> Result<Captured, PortError> {
        self.inner.capture(into, order, watch).await
    }

    async fn examine_live(&self, watch: &Watch) -> Result<Examination, PortError> {
        if self.fault == Fault::Unseen {
            return Err(Self::busy());
        }
        let mut examined = self.inner.examine_live(watch).await?;
        if self.fault == Fault::LooksDamaged {
            examined.findings.structure += 1;
        }
        Ok(examined)
    }

    async fn examine(&self, file: &Path, watch: &Watch) -> Result<Examination, PortError> {
        self.inner.examine(file, watch).await
    }

    async fn row_differences(&self, file: &Path, watch: &Watch) -> Result<Vec<TableDifference>, PortError> {
        self.inner.row_differences(file, watch).await
    }

    async fn rebuild(&self, from: &Path, to: &Path, page_size: u32) -> Result<(), PortError> {
        self.inner.rebuild(from, to, page_size).await
    }

    async fn quiesce(&self, wait: Duration) -> Result<Box<dyn Quiesced>, PortError> {
        self.inner.quiesce(wait).await
    }

    async fn mark(&self, writers: Writers) -> Result<Mark, PortError> {
        self.inner.mark(writers).await
    }

    async fn use_journal(&self, mode: JournalMode) -> Result<(), PortError> {
        self.inner.use_journal(mode).await
    }

    async fn install(
        &self,
        from: &Path,
        since: Option<Mark>,
        order: InstallOrder,
        watch: &Watch,
    ) -> Result<Installed, PortError> {
        if self.fault == Fault::LooksDamaged || self.done.swap(true, Ordering::SeqCst) {
            return self.inner.install(from, since, order, watch).await;
        }
        if self.fault == Fault::BusyAfterwards {
            self.inner.install(from, since, order, watch).await?;
            return Err(Self::busy());
        }
        let text = String::from_utf8_lossy(&self.disk.must_read(from)?).into_owned();
        let rows: Vec<&str> = text.lines().collect();
        let torn = Path::new("/torn.db");
        self.disk.write(torn, format!("{}\n", rows[..rows.len() - 1].join("\n")).into_bytes());
        self.inner.install(torn, since, order, watch).await
    }
}
