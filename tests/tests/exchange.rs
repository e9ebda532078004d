//! Restores that exchange files, and their way back.
#![allow(clippy::unwrap_used, reason = "a failed step of a test is a failed test")]

use lifeboat_tests::command::Scene;
use lifeboat_tests::shell;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

fn damage(database: &Path) -> Vec<u8> {
    let mut bytes = std::fs::read(database).unwrap();
    bytes[..100].fill(0x5a);
    std::fs::write(database, &bytes).unwrap();
    bytes
}

#[test]
fn an_undo_of_an_undo_of_an_exchange_brings_the_restored_state_back() {
    let scene = Scene::shop("app.db", "shop_wal.sql");
    let old = shell::digest(&scene.database);
    assert_eq!(scene.run(&["backup"]).code, Some(0));
    let damaged = damage(&scene.database);
    assert_eq!(scene.run(&["restore", "latest"]).code, Some(0));
    assert_eq!(scene.json(&["status"])["database"]["journal"], "wal", "the mode is the old one's");
    for _ in 0..2 {
        assert_eq!(scene.run(&["undo"]).code, Some(0));
        assert_eq!(std::fs::read(&scene.database).unwrap(), damaged);
        assert_eq!(scene.run(&["undo"]).code, Some(0));
        assert_eq!(shell::digest(&scene.database), old);
    }
    let staging = scene.work().join("staging");
    assert_eq!(staging.read_dir().unwrap().count(), 0, "the stage is empty");
}

#[test]
fn the_log_of_a_database_that_is_gone_is_kept_and_never_replayed_into_the_restored_one() {
    let scene = Scene::shop("app.db", "shop_wal.sql");
    let old = shell::digest(&scene.database);
    assert_eq!(scene.run(&["backup"]).code, Some(0));
    std::fs::remove_file(&scene.database).unwrap();
    let log = scene.folder().join("app.db-wal");
    std::fs::write(&log, b"rows that nobody may lose").unwrap();
    let document = scene.json(&["restore", "latest"]);
    assert_eq!(document["mode"], "swap-absent");
    assert_eq!(shell::digest(&scene.database), old);
    let set = document["set_aside"].as_str().unwrap();
    let kept = scene.work().join("quarantine").join(set).join("app.db-wal");
    assert_eq!(std::fs::read(kept).unwrap(), b"rows that nobody may lose");
}

#[test]
fn permissions_come_back_with_the_files() {
    let scene = Scene::shop("app.db", "shop.sql");
    assert_eq!(scene.run(&["backup"]).code, Some(0));
    damage(&scene.database);
    let mode = |scene: &Scene| scene.database.metadata().unwrap().mode() & 0o777;
    std::fs::set_permissions(&scene.database, PermissionsExt::from_mode(0o440)).unwrap();
    assert_eq!(scene.run(&["restore", "latest"]).code, Some(0));
    assert_eq!(mode(&scene), 0o640, "the owner may write what was exchanged");
    assert_eq!(scene.run(&["undo"]).code, Some(0));
    assert_eq!(mode(&scene), 0o440);
}

#[test]
fn a_vault_that_may_not_be_written_stops_a_restore_and_exchanges_nothing() {
    let scene = Scene::shop("app.db", "shop.sql");
    assert_eq!(scene.run(&["backup"]).code, Some(0));
    shell::run(&scene.database, "change.sql");
    let live = std::fs::read(&scene.database).unwrap();
    let inode = scene.database.metadata().unwrap().ino();
    let mode = |path: &Path, mode| std::fs::set_permissions(path, PermissionsExt::from_mode(mode)).unwrap();
    let drafts = scene.work().join("drafts");
    mode(scene.folder(), 0o777);
    mode(&scene.database, 0o666);
    for folder in [scene.work(), scene.work().join("points")] {
        mode(&folder, 0o777);
    }
    for file in scene.work().read_dir().unwrap().map(|e| e.unwrap().path()).filter(|p| p.is_file()) {
        mode(&file, 0o666);
    }
    for file in scene.work().join("points").read_dir().unwrap() {
        mode(&file.unwrap().path(), 0o644);
    }
    mode(&drafts, 0o555);
    let ran = scene.run_as_nobody(&["restore", "latest"]);
    assert!(ran.stderr.contains("the database is as it was"), "{ran:?}");
    ran.fails(1, "LB0105");
    assert_eq!(std::fs::read(&scene.database).unwrap(), live);
    assert_eq!(scene.database.metadata().unwrap().ino(), inode, "the file was not exchanged");
    mode(scene.folder(), 0o700);
}

#[test]
fn a_file_that_may_not_be_written_is_kept_once_before_it_is_exchanged() {
    let scene = Scene::shop("app.db", "shop.sql");
    let old = shell::digest(&scene.database);
    let mode = |path: &Path, mode| std::fs::set_permissions(path, PermissionsExt::from_mode(mode)).unwrap();
    mode(scene.folder(), 0o777);
    let own = scene.folder().join("own");
    scene.as_nobody("cp", &[scene.database.to_str().unwrap(), own.to_str().unwrap()]);
    std::fs::rename(&own, &scene.database).unwrap();
    assert_eq!(scene.run_as_nobody(&["backup"]).code, Some(0));
    shell::run(&scene.database, "change.sql");
    mode(&scene.database, 0o444);
    let restored = scene.run_as_nobody(&["restore", "latest", "--json"]).exits(0).document();
    assert_eq!(restored["mode"], "swap-not-writable");
    assert_eq!(shell::digest(&scene.database), old);
    let points = scene.run_as_nobody(&["list", "--json"]).document();
    assert_eq!(points["points"].as_array().unwrap().len(), 2, "the point and one safety point");
    mode(scene.folder(), 0o700);
}

#[test]
fn a_process_of_another_user_keeps_files_from_being_exchanged() {
    if std::fs::metadata("/proc/self").unwrap().uid() != 0 {
        // Without root there is no second user to be; CI runs as root.
        return;
    }
    let scene = Scene::shop("app.db", "shop_wal.sql");
    std::fs::set_permissions(scene.folder(), PermissionsExt::from_mode(0o777)).unwrap();
    std::os::unix::fs::chown(&scene.database, Some(65534), Some(65534)).unwrap();
    assert_eq!(scene.run_as_nobody(&["backup"]).code, Some(0));
    // Root keeps it open in WAL; nobody cannot see root's handles.
    let holder = shell::Session::start(&scene.database, "idle.sql");
    std::fs::set_permissions(scene.folder().join("app.db-shm"), PermissionsExt::from_mode(0o666)).unwrap();
    let damaged = damage(&scene.database);
    let ran = scene.run_as_nobody(&["restore", "latest"]);
    ran.fails(11, "LB0104");
    assert_eq!(std::fs::read(&scene.database).unwrap(), damaged);
    holder.kill();
    assert_eq!(scene.run_as_nobody(&["restore", "latest"]).code, Some(0));
    std::fs::set_permissions(scene.folder(), PermissionsExt::from_mode(0o700)).unwrap();
}
