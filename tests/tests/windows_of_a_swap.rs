//! In every window of an exchange a foreign application opens, reads, creates and writes: no committed row is
//! lost, and what it made is set aside and reported.
#![allow(clippy::unwrap_used, reason = "a failed step of a test is a failed test")]

use lifeboat::{Config, Lifeboat};
use lifeboat_tests::command::Scene;
use lifeboat_tests::shell;
use lifeboat_tests::sweep::killed_states;
use std::path::{Path, PathBuf};

/// A database whose last rows only the log holds, and whose header is hurt, so that its files are exchanged.
fn scene() -> (Scene, String) {
    let scene = Scene::shop("app.db", "shop_wal.sql");
    assert_eq!(scene.run(&["backup"]).code, Some(0));
    let point = shell::digest(&scene.database);
    let session = shell::Session::start(&scene.database, "unsaved_log.sql");
    session.kill();
    let mut bytes = std::fs::read(&scene.database).unwrap();
    bytes[..16].fill(0x5a);
    std::fs::write(&scene.database, bytes).unwrap();
    (scene, point)
}

fn log_of(scene: &Scene) -> PathBuf {
    scene.folder().join("app.db-wal")
}

fn files_below(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in folder.read_dir().into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() { files_below(&path, found) } else { found.push(path) }
    }
}

#[test]
fn a_foreign_application_in_every_window_loses_nothing() {
    let (scene, point) = scene();
    let old = (std::fs::read(&scene.database).unwrap(), std::fs::read(log_of(&scene)).unwrap());
    assert!(!old.1.is_empty());
    let (mut windows, mut intruded) = (0, 0);
    killed_states(&scene, &["restore", "latest"], |trial, at| {
        if !trial.work().join("intent.json").exists() {
            return;
        }
        windows += 1;
        let there = trial.database.exists();
        let (committed, said) = shell::try_run(&trial.database, "foreign_create.sql");
        let boat = Lifeboat::at(Config::foreign(&trial.database)).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let recovery = runtime.block_on(boat.recover()).unwrap().unwrap();
        // First what must not be opened: the shell would tidy the log away when it closes.
        // The old log lives on at its place or in quarantine, whatever the foreign application did to it.
        let mut kept = Vec::new();
        files_below(&trial.work().join("quarantine"), &mut kept);
        kept.push(log_of(&trial));
        let log_kept = kept.iter().any(|path| std::fs::read(path).is_ok_and(|bytes| bytes == old.1));
        let sizes: Vec<_> = kept.iter().map(|path| (path, path.metadata().map(|m| m.len()).ok())).collect();
        assert!(
            log_kept,
            "{at}: the old log is nowhere: there {there}, {committed}, {said}, {sizes:?}, {recovery:?}"
        );
        // New, or the old main file; the latter may hold what a foreign application moved into it by itself.
        let main = std::fs::read(&trial.database).unwrap();
        let is_old = main[..16] == [0x5a; 16];
        if !(is_old || there && committed) {
            assert_eq!(shell::digest(&trial.database), point, "{at}: {recovery:?}");
        }
        if is_old && !there {
            assert_eq!((main, std::fs::read(log_of(&trial)).unwrap()), old, "{at}: old means as it was");
        }
        if committed {
            // The row lives on: in the live database, or in what was set aside and reported.
            let mut homes = vec![trial.database.clone()];
            files_below(&trial.work().join("quarantine"), &mut homes);
            homes.retain(|path| path.to_string_lossy().ends_with("app.db"));
            let kept =
                homes.iter().any(|path| shell::try_run(path, "foreign_count.sql") == (true, "1".to_owned()));
            assert!(kept, "{at}: the foreign row is lost; {said}");
            if !there {
                intruded += 1;
                assert!(!recovery.set_aside.is_empty(), "{at}: the intruder is not reported");
            }
        }
    });
    assert!(windows > 8 && intruded > 2, "{windows} windows, {intruded} intruders");
}
