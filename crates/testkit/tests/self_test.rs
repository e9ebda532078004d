//! The references hold every clause, and every broken adapter fails a named one.
#![allow(clippy::unwrap_used, reason = "a failed step of a test is a failed test")]

use lifeboat_domain::event::Event;
use lifeboat_domain::manifest::Manifest;
use lifeboat_domain::merge::TableDraft;
use lifeboat_domain::swap::Part;
use lifeboat_ports::{
    Clock, DiskSpace, Draft, Entropy, EventSink, Mark, Migrator, NoEvents, Snapshotter, Vault, Workshop,
};
use lifeboat_testkit::broken::{
    BrokenMigrator, BrokenSnapshotter, BrokenVault, DoublingDisk, FallingClock, MigratorDefect,
    PanickingSink, ReversingSink, SnapshotterDefect, StuckEntropy, VaultDefect,
};
use lifeboat_testkit::contract::clock::ClockFixture;
use lifeboat_testkit::contract::disk_space::DiskSpaceFixture;
use lifeboat_testkit::contract::entropy::EntropyFixture;
use lifeboat_testkit::contract::event_sink::EventSinkFixture;
use lifeboat_testkit::contract::migrator::{MigratorFixture, Script};
use lifeboat_testkit::contract::snapshotter::SnapshotterFixture;
use lifeboat_testkit::contract::vault::VaultFixture;
use lifeboat_testkit::contract::workshop::WorkshopFixture;
use lifeboat_testkit::contract::{Clause, failures};
use lifeboat_testkit::memory::{
    MemoryClock, MemoryDatabase, MemoryDisk, MemoryDiskSpace, MemoryEntropy, MemoryMigrator,
    MemorySnapshotter, MemoryVault, MemoryWorkshop, RecordedEvents,
};
use lifeboat_testkit::{
    clock_contract, disk_space_contract, entropy_contract, event_sink_contract, migrator_contract,
    snapshotter_contract, vault_contract, workshop_contract,
};
use std::any::Any;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

fn must_fail<F: ?Sized>(clauses: &[Clause<F>], fixture: impl Fn() -> Box<F>, clause: &str) {
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let failed = failures(clauses, fixture);
    std::panic::set_hook(hook);
    assert!(failed.contains(&clause), "expected {clause} to fail, failed: {failed:?}");
}

struct Vaults<V: Vault> {
    disk: MemoryDisk,
    reference: MemoryVault,
    vault: V,
}

fn flip(disk: &MemoryDisk, path: &Path) {
    let mut bytes = disk.read(path).unwrap();
    bytes[0] ^= 1;
    disk.write(path, bytes);
}

impl<V: Vault> VaultFixture for Vaults<V> {
    fn vault(&self) -> &dyn Vault {
        &self.vault
    }

    fn fill(&self, draft: &Draft, bytes: &[u8]) {
        self.disk.write(&draft.path, bytes.to_vec());
    }

    fn read(&self, path: &Path) -> Option<Vec<u8>> {
        self.disk.read(path)
    }

    fn damage_file(&self, manifest: &Manifest) {
        flip(&self.disk, &self.reference.file(manifest));
    }

    fn damage_manifest(&self, manifest: &Manifest) {
        flip(&self.disk, &self.reference.file(manifest).with_file_name(manifest.stem().manifest_file()));
    }

    fn put_stray(&self, name: &str) {
        self.disk.write(&Path::new("/vault/points").join(name), b"stray".to_vec());
    }

    fn outside(&self) -> PathBuf {
        "/outside/copy.db".into()
    }
}

fn vaults() -> Vaults<MemoryVault> {
    let disk = MemoryDisk::default();
    let reference = MemoryVault::new(&disk, Path::new("/vault"));
    Vaults { vault: reference.clone(), disk, reference }
}

vault_contract!(memory_vault_holds_the_contract, vaults());

#[test]
fn every_broken_vault_is_caught_by_a_named_clause() {
    use lifeboat_testkit::contract::vault::CLAUSES;
    let cases = [
        (VaultDefect::SwallowedError, "an_absent_vault_is_not_found"),
        (VaultDefect::SilentDamage, "damage_of_a_manifest_is_named_and_the_rest_is_listed"),
        (VaultDefect::StaleSeal, "sealing_reads_what_is_stored"),
        (VaultDefect::Overwrites, "publishing_replaces_nothing"),
        (VaultDefect::HashByManifest, "damage_of_a_file_shows_in_its_hash"),
        (VaultDefect::LazyAmend, "amending_replaces_the_manifest"),
        (VaultDefect::ForgetDeletes, "forgetting_keeps_the_bytes_and_is_idempotent"),
        (VaultDefect::ForgetsSequences, "sequences_survive_pruning"),
        (VaultDefect::SweepsStrays, "sweeping_removes_drafts_and_nothing_else"),
        (VaultDefect::SharedLock, "the_lock_is_exclusive"),
        (VaultDefect::ExportsDamage, "exporting_damage_fails_and_leaves_nothing"),
        (VaultDefect::KeepsDrafts, "a_discarded_draft_is_gone"),
    ];
    for (defect, clause) in cases {
        let fixture = || -> Box<dyn VaultFixture> {
            let Vaults { disk, reference, .. } = vaults();
            let vault = BrokenVault::new(reference.clone(), &disk, defect);
            Box::new(Vaults { vault, disk, reference })
        };
        must_fail(CLAUSES, fixture, clause);
    }
}

struct Snapshots<S: Snapshotter> {
    disk: MemoryDisk,
    database: MemoryDatabase,
    snapshotter: S,
    copies: AtomicU32,
}

impl<S: Snapshotter> SnapshotterFixture for Snapshots<S> {
    fn snapshotter(&self) -> &dyn Snapshotter {
        &self.snapshotter
    }

    fn insert(&self, row: u64) {
        self.database.insert(row);
    }

    fn rows(&self) -> BTreeSet<u64> {
        self.database.rows().unwrap()
    }

    fn imprint(&self) -> Vec<u8> {
        self.disk.read(Path::new("/app.db")).unwrap()
    }

    fn new_copy(&self) -> PathBuf {
        let number = self.copies.fetch_add(1, Ordering::Relaxed);
        let path = PathBuf::from(format!("/copies/{number}.db"));
        self.disk.write(&path, Vec::new());
        path
    }

    fn beside(&self, copy: &Path) -> usize {
        self.disk.in_folder(copy.parent().unwrap()).len()
    }

    fn hold_write_lock(&self) -> Box<dyn Any> {
        struct Held(MemoryDatabase);
        impl Drop for Held {
            fn drop(&mut self) {
                self.0.set_locked(false);
            }
        }
        self.database.set_locked(true);
        Box::new(Held(self.database.clone()))
    }

    fn damage(&self) {
        self.database.damage();
    }
}

fn database() -> (MemoryDisk, MemoryDatabase) {
    let disk = MemoryDisk::default();
    let database = MemoryDatabase::create(&disk, Path::new("/app.db"));
    (disk, database)
}

fn snapshots() -> Snapshots<MemorySnapshotter> {
    let (disk, database) = database();
    let snapshotter = MemorySnapshotter::new(&database);
    Snapshots { disk, database, snapshotter, copies: AtomicU32::new(0) }
}

snapshotter_contract!(memory_snapshotter_holds_the_contract, snapshots());

#[test]
fn every_broken_snapshotter_is_caught_by_a_named_clause() {
    use lifeboat_testkit::contract::snapshotter::CLAUSES;
    let cases = [
        (SnapshotterDefect::TornCapture, "a_capture_agrees_with_its_source"),
        (SnapshotterDefect::WritingLook, "looking_changes_nothing"),
        (SnapshotterDefect::DeafToCancel, "a_cancelled_capture_says_so"),
        (SnapshotterDefect::LazyInstall, "an_install_brings_the_captured_state_back"),
        (SnapshotterDefect::RudeInstall, "an_install_beside_a_lock_is_busy_and_changes_nothing"),
        (SnapshotterDefect::BlindToOthers, "an_install_never_overwrites_what_came_after_its_mark"),
        (SnapshotterDefect::UntidyExamine, "examining_makes_nothing_beside_the_file"),
        (SnapshotterDefect::CountingDifferences, "differences_are_counted_by_row"),
        (SnapshotterDefect::BlindToDamage, "damage_is_told"),
    ];
    for (defect, clause) in cases {
        let fixture = || -> Box<dyn SnapshotterFixture> {
            let (disk, database) = database();
            let snapshotter = BrokenSnapshotter::new(&database, &disk, defect);
            Box::new(Snapshots { disk, database, snapshotter, copies: AtomicU32::new(0) })
        };
        must_fail(CLAUSES, fixture, clause);
    }
}

struct Workshops {
    disk: MemoryDisk,
    workshop: MemoryWorkshop,
}

fn live_path(part: Part) -> PathBuf {
    PathBuf::from(format!("/app.db{}", part.suffix()))
}

impl WorkshopFixture for Workshops {
    fn workshop(&self) -> &dyn Workshop {
        &self.workshop
    }

    fn put_live(&self, part: Part, bytes: &[u8]) {
        self.disk.write(&live_path(part), bytes.to_vec());
    }

    fn live(&self, part: Part) -> Option<Vec<u8>> {
        self.disk.read(&live_path(part))
    }

    fn point(&self, bytes: &[u8]) -> PathBuf {
        self.disk.write(Path::new("/point.db"), bytes.to_vec());
        "/point.db".into()
    }

    fn damage_last(&self) {
        flip(&self.disk, Path::new("/app.db.last"));
    }
}

fn workshops() -> Workshops {
    let disk = MemoryDisk::default();
    let workshop = MemoryWorkshop::new(&disk, Path::new("/app.db"));
    Workshops { disk, workshop }
}

workshop_contract!(memory_workshop_holds_the_contract, workshops());

struct Clocks<C: Clock>(C, fn(&C));

impl<C: Clock> ClockFixture for Clocks<C> {
    fn clock(&self) -> &dyn Clock {
        &self.0
    }

    fn pass(&self) {
        (self.1)(&self.0);
    }
}

fn pass(clock: &MemoryClock) {
    clock.advance(Duration::from_millis(3));
    clock.set(lifeboat_domain::time::UtcMillis(1_700_000_000_000));
}

clock_contract!(memory_clock_holds_the_contract, Clocks(MemoryClock::default(), pass));

#[test]
fn a_falling_clock_is_caught() {
    use lifeboat_testkit::contract::clock::CLAUSES;
    let fixture = || -> Box<dyn ClockFixture> { Box::new(Clocks(FallingClock::default(), |_| {})) };
    must_fail(CLAUSES, fixture, "monotonic_time_never_falls");
}

struct Sources<E: Entropy>(E);

impl<E: Entropy> EntropyFixture for Sources<E> {
    fn entropy(&self) -> &dyn Entropy {
        &self.0
    }
}

entropy_contract!(memory_entropy_holds_the_contract, Sources(MemoryEntropy::default()));

#[test]
fn a_stuck_source_is_caught() {
    use lifeboat_testkit::contract::entropy::CLAUSES;
    let fixture = || -> Box<dyn EntropyFixture> { Box::new(Sources(StuckEntropy)) };
    must_fail(CLAUSES, fixture, "two_draws_differ");
}

struct Disks<D: DiskSpace>(D);

impl<D: DiskSpace> DiskSpaceFixture for Disks<D> {
    fn disk(&self) -> &dyn DiskSpace {
        &self.0
    }

    fn folder(&self) -> PathBuf {
        "/folder".into()
    }

    fn exists(&self, _path: &Path) -> bool {
        false
    }
}

disk_space_contract!(memory_disk_space_holds_the_contract, Disks(MemoryDiskSpace::default()));

#[test]
fn a_volume_that_promises_too_much_is_caught() {
    use lifeboat_testkit::contract::disk_space::CLAUSES;
    let fixture = || -> Box<dyn DiskSpaceFixture> { Box::new(Disks(DoublingDisk::default())) };
    must_fail(CLAUSES, fixture, "free_is_within_total");
}

struct Sinks<S: EventSink>(S, fn(&S) -> Option<Vec<Event>>);

impl<S: EventSink> EventSinkFixture for Sinks<S> {
    fn sink(&self) -> &dyn EventSink {
        &self.0
    }

    fn seen(&self) -> Option<Vec<Event>> {
        (self.1)(&self.0)
    }
}

event_sink_contract!(recorded_events_hold_the_contract, Sinks(RecordedEvents::default(), |s| Some(s.seen())));
event_sink_contract!(no_events_hold_the_contract, Sinks(NoEvents, |_| None));

#[test]
fn broken_sinks_are_caught() {
    use lifeboat_testkit::contract::event_sink::CLAUSES;
    let panicking = || -> Box<dyn EventSinkFixture> { Box::new(Sinks(PanickingSink, |_| None)) };
    must_fail(CLAUSES, panicking, "any_order_is_taken");
    let reversing =
        || -> Box<dyn EventSinkFixture> { Box::new(Sinks(ReversingSink::default(), |s| Some(s.seen()))) };
    must_fail(CLAUSES, reversing, "order_is_kept");
}

struct Migrations<M: Migrator> {
    disk: MemoryDisk,
    database: MemoryDatabase,
    migrator: M,
    track: fn(&M) -> Vec<TableDraft>,
}

impl<M: Migrator> MigratorFixture for Migrations<M> {
    fn migrator(&self) -> &dyn Migrator {
        &self.migrator
    }

    fn script(&self, script: Script) -> String {
        match script {
            Script::Create => "create".to_owned(),
            Script::Insert(row) => format!("insert {row}"),
            Script::Delete(row) => format!("delete {row}"),
            Script::Fail => "nonsense".to_owned(),
        }
    }

    fn table(&self) -> &'static str {
        "row"
    }

    fn rows(&self) -> BTreeSet<u64> {
        self.database.rows().unwrap()
    }

    fn insert(&self, row: u64) {
        self.database.insert(row);
    }

    fn mark(&self) -> Mark {
        Mark(Box::new(self.database.rows().unwrap()))
    }

    fn imprint(&self) -> Vec<u8> {
        self.disk.read(Path::new("/app.db")).unwrap()
    }

    fn absent_file(&self) -> PathBuf {
        "/new.db".into()
    }

    fn exists(&self, file: &Path) -> bool {
        self.disk.read(file).is_some()
    }

    fn track(&self) -> Vec<TableDraft> {
        (self.track)(&self.migrator)
    }

    fn hold_write_lock(&self) -> Box<dyn Any> {
        self.database.set_locked(true);
        let database = self.database.clone();
        Box::new(Unlock(database))
    }
}

struct Unlock(MemoryDatabase);

impl Drop for Unlock {
    fn drop(&mut self) {
        self.0.set_locked(false);
    }
}

fn migrations<M: Migrator>(
    make: impl Fn(MemoryMigrator) -> M,
    track: fn(&M) -> Vec<TableDraft>,
) -> Migrations<M> {
    let disk = MemoryDisk::default();
    let path = Path::new("/app.db");
    let database = MemoryDatabase::create(&disk, path);
    (1..=3).for_each(|row| database.insert(row));
    let migrator = make(MemoryMigrator::new(&disk, &database, path));
    Migrations { disk, database, migrator, track }
}

migrator_contract!(
    the_reference_migrator_holds_the_contract,
    migrations(|reference: MemoryMigrator| reference, MemoryMigrator::track)
);

#[test]
fn broken_migrators_are_caught() {
    let cases = [
        (MigratorDefect::ForgetsTheLedger, "steps_run_in_order_and_are_in_the_ledger"),
        (MigratorDefect::KeepsHalf, "a_step_that_fails_takes_its_transaction_with_it"),
        (MigratorDefect::BlindToOthers, "a_run_that_was_overtaken_changes_nothing"),
        (MigratorDefect::BlindToLoss, "rows_that_go_undeclared_make_a_step_fail"),
        (MigratorDefect::BlindToMarks, "a_run_never_overtakes_what_came_since_its_mark"),
        (MigratorDefect::BlindToLocks, "a_lock_of_another_process_is_busy_and_changes_nothing"),
        (MigratorDefect::RunsWhatIsAdopted, "what_is_adopted_is_written_down_and_not_run"),
        (MigratorDefect::DropsFailures, "a_failure_is_written_down"),
        (MigratorDefect::BlindToTracking, "a_tracked_database_is_not_migrated_without_rules"),
        (MigratorDefect::KeepsMisruled, "rules_that_do_not_fit_leave_nothing_of_the_last_transaction"),
    ];
    for (defect, clause) in cases {
        let broken = || -> Box<dyn MigratorFixture> {
            Box::new(migrations(|reference| BrokenMigrator::new(reference, defect), BrokenMigrator::track))
        };
        must_fail(lifeboat_testkit::contract::migrator::CLAUSES, broken, clause);
    }
}
