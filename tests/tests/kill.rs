//! A fault at every state-changing system call (`cargo xtask soak kill`: at every call): the database is old or
//! new, the vault is consistent, the next run is clean.
#![allow(clippy::unwrap_used, reason = "a failed step of a test is a failed test")]

use lifeboat::domain::restore::InPlaceOutcome;
use lifeboat::{Config, Lifeboat};
use lifeboat_tests::command::Scene;
use lifeboat_tests::shell;
use lifeboat_tests::sweep::{Fault, killed_states, sweep, sweep_changes};

/// A shop with one point, changed since.
fn changed(fixture: &str) -> (Scene, String, String) {
    let scene = Scene::shop("app.db", fixture);
    let old_state = shell::digest(&scene.database);
    assert_eq!(scene.run(&["backup"]).code, Some(0));
    shell::run(&scene.database, "change.sql");
    let new_state = shell::digest(&scene.database);
    (scene, old_state, new_state)
}

/// Recovery, then what any later command would find.
fn settle(scene: &Scene) -> Option<InPlaceOutcome> {
    let boat = Lifeboat::at(Config::foreign(&scene.database)).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(boat.recover()).unwrap().map(|recovery| recovery.outcome)
}

fn vault_is_consistent(scene: &Scene, at: &str) {
    let verified = scene.run(&["verify", "--all"]);
    assert_eq!(verified.code, Some(0), "{at}: {verified:?}");
}

fn next_run_is_clean(scene: &Scene, at: &str) {
    let next = scene.run(&["backup"]);
    assert_eq!(next.code, Some(0), "{at}: {next:?}");
    let drafts = scene.work().join("drafts");
    assert_eq!(drafts.read_dir().unwrap().count(), 0, "{at}: drafts are left");
    assert!(!scene.work().join("intent.json").exists(), "{at}: the intent is left");
    vault_is_consistent(scene, at);
}

#[test]
fn backup() {
    for fixture in ["shop.sql", "shop_wal.sql"] {
        let (scene, _, live) = changed(fixture);
        for fault in Fault::asked() {
            let count = sweep(&scene, &["backup"], fault, |trial, number, ran| {
                let at = format!("backup, {fixture}, {fault:?} at {number}");
                ran.told_or_done(&at);
                assert_eq!(shell::digest(&trial.database), live, "{at}");
                next_run_is_clean(trial, &at);
            });
            assert!(count > 20, "{fixture}, {fault:?}: only {count} calls");
        }
    }
}

#[test]
fn restore_in_place() {
    for fixture in ["shop.sql", "shop_wal.sql"] {
        let (scene, point, live) = changed(fixture);
        for fault in Fault::asked() {
            let mut outcomes = [0, 0];
            let count = sweep(&scene, &["restore", "latest"], fault, |trial, number, ran| {
                let at = format!("restore in place, {fixture}, {fault:?} at {number}");
                ran.told_or_done(&at);
                let settled = settle(trial);
                let now = shell::digest(&trial.database);
                assert!(now == live || now == point, "{at}: a third state");
                outcomes[usize::from(now == point)] += 1;
                match settled {
                    Some(InPlaceOutcome::Old) => assert_eq!(now, live, "{at}: recovery says old"),
                    Some(InPlaceOutcome::New) => assert_eq!(now, point, "{at}: recovery says new"),
                    Some(InPlaceOutcome::ChangedSince) => panic!("{at}: nobody changed the schema"),
                    None => {}
                }
                if now == point {
                    assert_eq!(trial.run(&["undo"]).code, Some(0), "{at}");
                    assert_eq!(shell::digest(&trial.database), live, "{at}: undo");
                }
                next_run_is_clean(trial, &at);
            });
            assert!(
                count > 40 && outcomes[0] > 0 && outcomes[1] > 0,
                "{fixture}, {fault:?}: {count}, {outcomes:?}"
            );
        }
    }
}

#[test]
fn undo() {
    let (scene, point, live) = changed("shop_wal.sql");
    assert_eq!(scene.run(&["restore", "latest"]).code, Some(0));
    for fault in Fault::asked() {
        sweep(&scene, &["undo"], fault, |trial, number, ran| {
            let at = format!("undo, {fault:?} at {number}");
            ran.told_or_done(&at);
            settle(trial);
            let now = shell::digest(&trial.database);
            assert!(now == live || now == point, "{at}: a third state");
            next_run_is_clean(trial, &at);
        });
    }
}

#[test]
fn prune() {
    let (scene, _, live) = changed("shop.sql");
    for _ in 0..2 {
        assert_eq!(scene.run(&["backup"]).code, Some(0));
    }
    let points = scene.points();
    assert_eq!(scene.run(&["forget", &points[0], &points[1]]).code, Some(0));
    for fault in Fault::asked() {
        let count = sweep(&scene, &["prune"], fault, |trial, number, ran| {
            let at = format!("prune, {fault:?} at {number}");
            ran.told_or_done(&at);
            assert_eq!(trial.points(), points[2..], "{at}");
            vault_is_consistent(trial, &at);
            assert_eq!(trial.run(&["prune"]).code, Some(0), "{at}");
            assert_eq!(trial.json(&["prune"])["bytes"], 0, "{at}");
            assert_eq!(shell::digest(&trial.database), live, "{at}");
            let sequence = trial.json(&["backup"])["point"]["sequence"].as_u64();
            assert_eq!(sequence, Some(4), "{at}: a number is given twice");
        });
        assert!(count > 5, "{fault:?}: only {count} calls");
    }
}

/// A damaged database with a log beside it: the case for an exchange of files.
fn damaged() -> (Scene, String, [Option<Vec<u8>>; 2]) {
    let (scene, point, _) = changed("shop_wal.sql");
    let mut bytes = std::fs::read(&scene.database).unwrap();
    bytes[..100].fill(0x5a);
    std::fs::write(&scene.database, bytes).unwrap();
    std::fs::write(log_of(&scene), b"a log that nobody may lose").unwrap();
    let old = files(&scene);
    (scene, point, old)
}

fn log_of(scene: &Scene) -> std::path::PathBuf {
    scene.folder().join("app.db-wal")
}

fn files(scene: &Scene) -> [Option<Vec<u8>>; 2] {
    [std::fs::read(&scene.database).ok(), std::fs::read(log_of(scene)).ok()]
}

/// Old with its log, or new without.
fn old_or_new(scene: &Scene, old: &[Option<Vec<u8>>; 2], point: &str, at: &str) -> bool {
    let is_old = files(scene) == *old;
    if !is_old {
        assert_eq!(shell::digest(&scene.database), point, "{at}: a third state");
        let log = std::fs::read(log_of(scene)).unwrap_or_default();
        assert!(log.is_empty(), "{at}: the old log lies beside the new database");
    }
    is_old
}

#[test]
fn restore_by_swap() {
    let (scene, point, old) = damaged();
    for fault in Fault::asked() {
        let mut outcomes = [0, 0];
        let count = sweep(&scene, &["restore", "latest"], fault, |trial, number, ran| {
            let at = format!("swap, {fault:?} at {number}");
            ran.told_or_done(&at);
            settle(trial);
            let is_old = old_or_new(trial, &old, &point, &at);
            outcomes[usize::from(is_old)] += 1;
            assert_eq!(trial.run(&["restore", "latest"]).code, Some(0), "{at}: the next restore");
            assert_eq!(shell::digest(&trial.database), point, "{at}");
            next_run_is_clean(trial, &at);
        });
        assert!(count > 20 && outcomes[0] > 0 && outcomes[1] > 0, "{fault:?}: {count}, {outcomes:?}");
    }
}

/// Nothing but a log: what is left when somebody deleted the database.
#[test]
fn restore_beside_a_log_that_lost_its_database() {
    let (scene, point, _) = changed("shop_wal.sql");
    std::fs::remove_file(&scene.database).unwrap();
    std::fs::write(log_of(&scene), b"a log that nobody may lose").unwrap();
    let old = files(&scene);
    for fault in Fault::asked() {
        sweep(&scene, &["restore", "latest"], fault, |trial, number, ran| {
            let at = format!("restore of what is gone, {fault:?} at {number}");
            ran.told_or_done(&at);
            settle(trial);
            old_or_new(trial, &old, &point, &at);
            assert_eq!(trial.run(&["restore", "latest"]).code, Some(0), "{at}: the next restore");
            assert_eq!(shell::digest(&trial.database), point, "{at}");
        });
    }
}

#[test]
fn undo_of_a_swap() {
    let (scene, point, old) = damaged();
    assert_eq!(scene.run(&["restore", "latest"]).code, Some(0));
    for fault in Fault::asked() {
        sweep(&scene, &["undo"], fault, |trial, number, ran| {
            let at = format!("undo of a swap, {fault:?} at {number}");
            ran.told_or_done(&at);
            settle(trial);
            old_or_new(trial, &old, &point, &at);
        });
    }
}

#[test]
fn recovery_itself() {
    let (scene, point, old) = damaged();
    let mut interrupted = 0;
    killed_states(&scene, &["restore", "latest"], |trial, first| {
        if !trial.work().join("intent.json").exists() {
            return;
        }
        interrupted += 1;
        // `backup` settles the act first; whether it can then read the old, damaged database is not asked.
        sweep_changes(&trial, &["backup"], Fault::Kill, |again, second, _| {
            let at = format!("recovery, killed at {first} and at {second}");
            settle(again);
            old_or_new(again, &old, &point, &at);
            assert!(!again.work().join("intent.json").exists(), "{at}");
        });
    });
    assert!(interrupted > 5, "only {interrupted} windows");
}

/// A database at its first step, with three more to go.
fn behind() -> (Scene, String, String) {
    let scene = Scene::empty("app.db");
    let steps = scene.folder().join("steps");
    let shipped = lifeboat_tests::command::root().join("tests/fixtures/migrations");
    std::fs::create_dir(&steps).unwrap();
    std::fs::copy(shipped.join("0001_shop.sql"), steps.join("0001_shop.sql")).unwrap();
    assert_eq!(scene.run(&APPLY).code, Some(0));
    let old = shell::run(&scene.database, "content.sql");
    lifeboat_tests::command::copy_folder(&shipped, &steps);
    let upgraded = scene.fork();
    assert_eq!(upgraded.run(&APPLY).code, Some(0));
    let new = shell::run(&upgraded.database, "content.sql");
    (scene, old, new)
}

const APPLY: [&str; 4] = ["migrate", "apply", "--dir", "steps"];

#[test]
fn migration() {
    let (scene, old, new) = behind();
    for fault in Fault::asked() {
        let mut seen = std::collections::BTreeSet::new();
        let count = sweep(&scene, &APPLY, fault, |trial, number, ran| {
            let at = format!("migration, {fault:?} at {number}");
            ran.told_or_done(&at);
            settle(trial);
            let ledger = shell::run(&trial.database, "ledger.sql");
            let now = shell::run(&trial.database, "content.sql");
            match ledger.as_str() {
                "1 applied" => assert_eq!(now, old, "{at}"),
                "1 applied, 2 applied, 3 applied, 4 applied" => assert_eq!(now, new, "{at}"),
                // The last step has a transaction of its own.
                "1 applied, 2 applied, 3 applied" => assert!(now != old && now != new, "{at}"),
                other => panic!("{at}: {other}"),
            }
            seen.insert(ledger);
            assert!(!trial.work().join("intent.json").exists(), "{at}");
            let next = trial.run(&APPLY);
            assert_eq!(next.code, Some(0), "{at}: {next:?}");
            assert_eq!(shell::run(&trial.database, "content.sql"), new, "{at}: the next run");
            vault_is_consistent(trial, &at);
        });
        assert!(count > 40 && seen.len() == 3, "{fault:?}: {count}, {seen:?}");
    }
}

/// A step that fails halfway: whatever interrupts that, its rows are as before, and at most its failure is written down.
#[test]
fn failing_migration() {
    let (scene, old, _) = behind();
    let steps = scene.folder().join("steps");
    for name in ["0002_add_city.sql", "0003_cents_are_known.sql", "0004_drop_small.sql"] {
        std::fs::remove_file(steps.join(name)).unwrap();
    }
    let fails = lifeboat_tests::command::root().join("tests/fixtures/steps/fails_halfway.sql");
    std::fs::copy(fails, steps.join("0002_fails.sql")).unwrap();
    let mut seen = std::collections::BTreeSet::new();
    for fault in Fault::asked() {
        let count = sweep(&scene, &APPLY, fault, |trial, number, ran| {
            let at = format!("failing migration, {fault:?} at {number}");
            ran.told_or_done(&at);
            settle(trial);
            assert_eq!(shell::run(&trial.database, "content.sql"), old, "{at}");
            let ledger = shell::run(&trial.database, "ledger.sql");
            assert!(["1 applied", "1 applied, 2 failed"].contains(&ledger.as_str()), "{at}: {ledger}");
            seen.insert(ledger);
            assert!(!trial.work().join("intent.json").exists(), "{at}");
            assert_eq!(trial.run(&APPLY).code, Some(1), "{at}: the step fails, or failed before");
            assert_eq!(shell::run(&trial.database, "content.sql"), old, "{at}: the next run");
            vault_is_consistent(trial, &at);
        });
        assert!(count > 40, "{fault:?}: only {count} calls");
    }
    // A kill comes before the failure is written down, a fault of one call need not.
    assert!(Fault::asked().len() == 1 || seen.len() == 2, "{seen:?}");
}

#[test]
fn recovery_of_a_migration() {
    let (scene, old, new) = behind();
    let mut interrupted = 0;
    killed_states(&scene, &APPLY, |trial, first| {
        if !trial.work().join("intent.json").exists() {
            return;
        }
        interrupted += 1;
        // Upkeep settles the migration first, and does little else.
        sweep_changes(&trial, &["maintain"], Fault::Kill, |again, second, _| {
            let at = format!("recovery of a migration, killed at {first} and at {second}");
            settle(again);
            let now = shell::run(&again.database, "content.sql");
            match shell::run(&again.database, "ledger.sql").as_str() {
                "1 applied" => assert_eq!(now, old, "{at}"),
                "1 applied, 2 applied, 3 applied, 4 applied" => assert_eq!(now, new, "{at}"),
                "1 applied, 2 applied, 3 applied" => assert!(now != old && now != new, "{at}"),
                other => panic!("{at}: {other}"),
            }
            assert!(!again.work().join("intent.json").exists(), "{at}");
        });
    });
    assert!(interrupted > 5, "only {interrupted} windows");
}

#[test]
fn a_new_database() {
    let (scene, old, _) = behind();
    std::fs::remove_file(&scene.database).unwrap();
    std::fs::remove_dir_all(scene.work()).unwrap();
    for name in ["0002_add_city.sql", "0003_cents_are_known.sql", "0004_drop_small.sql"] {
        std::fs::remove_file(scene.folder().join("steps").join(name)).unwrap();
    }
    for fault in Fault::asked() {
        sweep(&scene, &APPLY, fault, |trial, number, ran| {
            let at = format!("new database, {fault:?} at {number}");
            ran.told_or_done(&at);
            settle(trial);
            if trial.database.exists() {
                assert_eq!(shell::run(&trial.database, "content.sql"), old, "{at}");
            }
            let next = trial.run(&APPLY);
            assert!(matches!(next.code, Some(0 | 3)), "{at}: {next:?}");
            assert_eq!(shell::run(&trial.database, "content.sql"), old, "{at}: the next run");
        });
    }
}

/// A database of another migrator, whose schema is that of the second step.
#[test]
fn adoption() {
    let scene = Scene::empty("app.db");
    shell::run(&scene.database, "foreign_golang.sql");
    let steps = scene.folder().join("steps");
    std::fs::create_dir(&steps).unwrap();
    for number in 1..=2 {
        let from = lifeboat_tests::command::root().join(format!("tests/fixtures/ledger_steps/{number}.sql"));
        std::fs::copy(from, steps.join(format!("000{number}_step.sql"))).unwrap();
    }
    let adopt = ["migrate", "adopt", "--dir", "steps"];
    let before = shell::run(&scene.database, "foreign_schema.sql");
    for fault in Fault::asked() {
        let mut outcomes = [0, 0];
        let count = sweep(&scene, &adopt, fault, |trial, number, ran| {
            let at = format!("adoption, {fault:?} at {number}");
            ran.told_or_done(&at);
            settle(trial);
            assert_eq!(shell::run(&trial.database, "foreign_schema.sql"), before, "{at}");
            let (has_ledger, ledger) = shell::try_run(&trial.database, "ledger.sql");
            assert!(!has_ledger || ledger == "1 adopted, 2 adopted", "{at}: half a ledger: {ledger}");
            outcomes[usize::from(has_ledger)] += 1;
            assert!(!trial.work().join("intent.json").exists(), "{at}");
            let next = trial.run(&adopt);
            assert_eq!(next.code, Some(0), "{at}: {next:?}");
            assert_eq!(shell::run(&trial.database, "ledger.sql"), "1 adopted, 2 adopted", "{at}");
            vault_is_consistent(trial, &at);
        });
        assert!(count > 40 && outcomes[0] > 0 && outcomes[1] > 0, "{fault:?}: {count}, {outcomes:?}");
    }
}
