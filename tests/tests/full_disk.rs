//! A full volume, in each phase: a clear error, older points untouched, the database as it was.
#![allow(clippy::unwrap_used, reason = "a failed step of a test is a failed test")]

use lifeboat_tests::command::{Ran, Scene, lifeboat};
use lifeboat_tests::shell;
use std::process::Command;

/// Runs a script in a mount namespace of its own, with a small volume at `$VOLUME`; nothing outlives it.
fn on_small_volume(scene: &Scene, size: &str, script: &str) -> Ran {
    let volume = scene.folder().join("volume");
    std::fs::create_dir_all(&volume).unwrap();
    let mut command = Command::new("unshare");
    let root = std::os::unix::fs::MetadataExt::uid(&std::fs::metadata("/proc/self").unwrap()) == 0;
    if !root {
        command.args(["--user", "--map-root-user"]);
    }
    command.args(["--mount", "sh", "-c"]);
    command.arg(format!("mount -t tmpfs -o size={size} tmpfs \"$VOLUME\" && {script}"));
    command.env("VOLUME", &volume).env("LIFEBOAT", lifeboat()).env("DB", &scene.database);
    command.output().expect("apt-get install -y util-linux").into()
}

fn shop(mib: u32) -> Scene {
    let scene = Scene::empty("shop.db");
    let mut build = Command::new(lifeboat());
    build.args(["demo", "--mib", &mib.to_string(), "--build"]).arg(&scene.database);
    assert!(build.status().unwrap().success());
    scene
}

#[test]
fn a_vault_that_cannot_hold_the_point_is_refused_before_anything_is_written() {
    let scene = shop(8);
    let ran = on_small_volume(
        &scene,
        "6m",
        "\"$LIFEBOAT\" -d \"$DB\" --vault \"$VOLUME/vault\" backup; code=$?; test ! -e \"$VOLUME/vault\" && exit $code",
    );
    ran.fails(23, "LB0109");
}

#[test]
fn a_volume_that_fills_up_meanwhile_leaves_older_points_and_no_draft() {
    let scene = shop(4);
    let before = std::fs::read(&scene.database).unwrap();
    // The preflight is passed, then somebody else takes the room: at every stage of the capture.
    for number in [20, 60, 260, 640, 1000] {
        let script = format!(
            "\"$LIFEBOAT\" -d \"$DB\" --vault \"$VOLUME/vault\" backup -q || exit 99
             strace -f -qq -o /dev/null -e trace=pwrite64 -e inject=pwrite64:error=ENOSPC:when={number} \
               \"$LIFEBOAT\" -d \"$DB\" --vault \"$VOLUME/vault\" backup; code=$?
             test \"$(ls \"$VOLUME/vault/points\" | wc -l)\" = 2 || exit 98
             test \"$(ls \"$VOLUME/vault/drafts\" | wc -l)\" = 0 || exit 97
             \"$LIFEBOAT\" -d \"$DB\" --vault \"$VOLUME/vault\" verify --all -q || exit 96
             exit $code"
        );
        on_small_volume(&scene, "64m", &script).fails(23, "LB0203");
        assert!(before == std::fs::read(&scene.database).unwrap());
    }
}

#[test]
fn a_volume_that_is_full_but_for_the_reserve_gives_a_clear_error_in_a_restore() {
    let scene = shop(4);
    let script = "cp \"$DB\" \"$VOLUME/app.db\" && L=\"$LIFEBOAT -d $VOLUME/app.db --yes\"
        $L backup -q || exit 99
        before=$(sha256sum < \"$VOLUME/app.db\")
        head -c 20m /dev/zero > \"$VOLUME/filler\" 2>/dev/null
        $L restore latest; code=$?
        test \"$before\" = \"$(sha256sum < \"$VOLUME/app.db\")\" || exit 98
        test ! -e \"$VOLUME/app.db.lifeboat/intent.json\" || exit 97
        $L list > /dev/null || exit 96
        $L status > /dev/null || exit 95
        exit $code";
    on_small_volume(&scene, "16m", script).fails(23, "LB0109");
}

#[test]
fn a_volume_that_fills_up_during_a_restore_leaves_the_old_state() {
    let scene = Scene::shop("app.db", "shop_wal.sql");
    assert_eq!(scene.run(&["backup"]).code, Some(0));
    shell::run(&scene.database, "change.sql");
    let live = shell::digest(&scene.database);
    let mut refused = 0;
    for number in [1, 5, 9, 13, 17, 21, 25, 30, 35] {
        let inner = scene.command(&["restore", "latest"]);
        let mut command = Command::new("strace");
        command.args(["-f", "-qq", "-o", "/dev/null", "-e", "trace=pwrite64", "-e"]);
        command.arg(format!("inject=pwrite64:error=ENOSPC:when={number}+"));
        command.arg(inner.get_program()).args(inner.get_args());
        let ran: Ran = command.output().unwrap().into();
        if ran.code == Some(0) {
            continue;
        }
        refused += 1;
        assert!(matches!(ran.code, Some(1 | 20 | 23)), "{ran:?}");
        assert_eq!(shell::digest(&scene.database), live, "pwrite64 {number}");
        assert!(!scene.work().join("intent.json").exists(), "pwrite64 {number}");
    }
    assert!(refused > 3, "only {refused} runs were refused");
}
