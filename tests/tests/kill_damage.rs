//! A fault at every state-changing system call of a quarantine, its undo, a salvage, a repair and an upkeep.
#![allow(clippy::unwrap_used, reason = "a failed step of a test is a failed test")]

use lifeboat_tests::command::Scene;
use lifeboat_tests::pages::{PageClass, damage};
use lifeboat_tests::shell;
use lifeboat_tests::sweep::{Fault, sweep};
use std::path::PathBuf;

fn settle(scene: &Scene) {
    let boat = lifeboat::Lifeboat::at(lifeboat::Config::foreign(&scene.database)).unwrap();
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(boat.recover()).unwrap();
}

fn beside(scene: &Scene, suffix: &str) -> PathBuf {
    scene.folder().join(format!("app.db{suffix}"))
}

/// A damaged database with a log and shared memory.
fn damaged() -> Scene {
    let scene = Scene::shop("app.db", "shop_wal.sql");
    assert_eq!(scene.run(&["backup"]).code, Some(0));
    damage(&scene.database, PageClass::Header, "invoice", "invoice_customer");
    std::fs::write(beside(&scene, "-wal"), b"a log that nobody may lose").unwrap();
    std::fs::write(beside(&scene, "-shm"), b"its index").unwrap();
    scene
}

fn files(scene: &Scene) -> [Option<Vec<u8>>; 2] {
    ["", "-wal"].map(|suffix| std::fs::read(beside(scene, suffix)).ok())
}

fn sets(scene: &Scene) -> Vec<PathBuf> {
    let folder = scene.work().join("quarantine");
    let entries = folder.read_dir().into_iter().flatten();
    entries.map(|entry| entry.unwrap().path()).filter(|path| path.join("app.db").exists()).collect()
}

#[test]
fn quarantine() {
    let scene = damaged();
    let old = files(&scene);
    for fault in Fault::asked() {
        let mut outcomes = [0, 0];
        let count = sweep(&scene, &["quarantine"], fault, |trial, number, ran| {
            let at = format!("quarantine, {fault:?} at {number}");
            ran.told_or_done(&at);
            settle(trial);
            let is_old = files(trial) == old;
            if !is_old {
                assert_eq!(files(trial), [None, None], "{at}: half of the files are set aside");
                let sets = sets(trial);
                assert_eq!(sets.len(), 1, "{at}");
                let kept = ["", "-wal"].map(|s| std::fs::read(sets[0].join(format!("app.db{s}"))).ok());
                assert_eq!(kept, old, "{at}: the set is not what was there");
            }
            outcomes[usize::from(is_old)] += 1;
            assert!(!trial.work().join("intent.json").exists(), "{at}");
            let next = trial.run(&["restore", "latest"]);
            assert_eq!(next.code, Some(0), "{at}: {next:?}");
        });
        assert!(count > 10 && outcomes[0] > 0 && outcomes[1] > 0, "{fault:?}: {count}, {outcomes:?}");
    }
}

#[test]
fn undo_of_a_quarantine() {
    let scene = damaged();
    let old = files(&scene);
    assert_eq!(scene.run(&["quarantine"]).code, Some(0));
    for fault in Fault::asked() {
        sweep(&scene, &["undo"], fault, |trial, number, ran| {
            let at = format!("undo of a quarantine, {fault:?} at {number}");
            ran.told_or_done(&at);
            settle(trial);
            let now = files(trial);
            assert!(now == old || now == [None, None], "{at}: a third state");
            if now == [None, None] {
                assert_eq!(trial.run(&["undo"]).code, Some(0), "{at}: the next undo");
                assert_eq!(files(trial), old, "{at}");
            }
        });
    }
}

#[test]
fn salvage() {
    let scene = Scene::shop("app.db", "shop_wal.sql");
    damage(&scene.database, PageClass::Header, "invoice", "invoice_customer");
    let before = std::fs::read(&scene.database).unwrap();
    for fault in Fault::asked() {
        let mut outcomes = [0, 0];
        let count = sweep(&scene, &["salvage", "--to", "saved.db"], fault, |trial, number, ran| {
            let at = format!("salvage, {fault:?} at {number}");
            ran.told_or_done(&at);
            assert!(std::fs::read(&trial.database).unwrap() == before, "{at}: the source was written");
            let saved = trial.folder().join("saved.db");
            outcomes[usize::from(saved.exists())] += 1;
            if saved.exists() {
                assert_eq!(shell::run(&saved, "count.sql"), shell_count(), "{at}: half a file stands there");
            } else {
                assert!(ran.code != Some(0) && ran.code != Some(3), "{at}: {ran:?}");
                let next = trial.run(&["salvage", "--to", "saved.db"]);
                assert_eq!(next.code, Some(3), "{at}: {next:?}");
            }
        });
        assert!(count > 5 && outcomes[0] > 0, "{fault:?}: {count}, {outcomes:?}");
    }
}

/// What the sound shop counts.
fn shell_count() -> String {
    let scene = Scene::shop("app.db", "shop.sql");
    shell::run(&scene.database, "count.sql")
}

#[test]
fn repair() {
    for page_is_readable in [true, false] {
        let scene = Scene::shop("app.db", "shop.sql");
        if page_is_readable {
            shell::run(&scene.database, "hurt_index.sql");
        } else {
            damage(&scene.database, PageClass::Index, "invoice", "invoice_customer");
        }
        let rows = shell::run(&scene.database, "rows_by_table.sql");
        for fault in Fault::asked() {
            let count = sweep(&scene, &["repair"], fault, |trial, number, ran| {
                let at = format!("repair, {page_is_readable}, {fault:?} at {number}");
                ran.told_or_done(&at);
                assert_eq!(shell::run(&trial.database, "rows_by_table.sql"), rows, "{at}: a row changed");
                let next = trial.run(&["repair"]);
                assert!(matches!(next.code, Some(0 | 3)), "{at}: {next:?}");
                let document = trial.json(&["repair", "--dry-run"]);
                assert!(document["indexes"].as_array().unwrap().is_empty(), "{at}: {document}");
                assert_eq!(shell::run(&trial.database, "rows_by_table.sql"), rows, "{at}");
            });
            assert!(count > 20, "{fault:?}: only {count} calls");
        }
    }
}

#[test]
fn upkeep() {
    let scene = Scene::shop("app.db", "shop_wal.sql");
    shell::run(&scene.database, "vacuum_later.sql");
    let rows = shell::run(&scene.database, "rows_by_table.sql");
    for fault in Fault::asked() {
        sweep(&scene, &["maintain"], fault, |trial, number, ran| {
            let at = format!("upkeep, {fault:?} at {number}");
            ran.told_or_done(&at);
            assert_eq!(shell::run(&trial.database, "rows_by_table.sql"), rows, "{at}: a row changed");
            assert_eq!(trial.run(&["maintain"]).code, Some(0), "{at}");
        });
    }
}
