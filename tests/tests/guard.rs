//! `guard` around other programs: kept where they go well, taken back where they fail.
#![allow(clippy::unwrap_used, reason = "a failed step of a test is a failed test")]

use lifeboat_tests::command::{Ran, Scene, root};
use lifeboat_tests::shell;
use std::process::Stdio;

/// The `sqlite3` shell as somebody's migrator: runs a fixture on the database that it is told of.
fn guard(scene: &Scene, fixture: &str, then: &str) -> Ran {
    let file = root().join("tests/fixtures").join(fixture);
    let line = format!("sqlite3 -bail \"$LIFEBOAT_DATABASE\" < '{}' && {then}", file.display());
    scene.run(&["guard", "-m", "to 2.0", "--", "sh", "-c", &line])
}

#[test]
fn work_that_goes_well_stays_and_can_be_taken_back() {
    let scene = Scene::shop("app.db", "shop_wal.sql");
    let old = shell::digest(&scene.database);
    let ran = guard(&scene, "change.sql", "echo from the program");
    assert!(ran.code == Some(0) && ran.stdout.contains("from the program"), "{ran:?}");
    let new = shell::digest(&scene.database);
    assert_ne!(new, old);
    assert_eq!(scene.json(&["show", "latest"])["point"]["note"], "to 2.0");
    assert_eq!(scene.run(&["undo"]).code, Some(0));
    assert_eq!(shell::digest(&scene.database), old);
    assert_eq!(scene.run(&["undo"]).code, Some(0));
    assert_eq!(shell::digest(&scene.database), new);
}

#[test]
fn work_that_fails_is_taken_back_by_itself_and_what_it_left_is_kept() {
    for fixture in ["shop.sql", "shop_wal.sql"] {
        let scene = Scene::shop("app.db", fixture);
        let old = shell::digest(&scene.database);
        let ran = guard(&scene, "change.sql", "exit 7");
        assert!(ran.stderr.contains("status 7") && ran.stderr.contains("is back"), "{ran:?}");
        ran.fails(1, "LB0914");
        assert_eq!(shell::digest(&scene.database), old);
        assert_eq!(scene.run(&["undo"]).code, Some(0));
        assert_ne!(shell::digest(&scene.database), old, "what the work left");
    }
}

#[test]
fn work_that_changed_nothing_leaves_no_trace() {
    let scene = Scene::shop("app.db", "shop.sql");
    let before = std::fs::read(&scene.database).unwrap();
    let ran = scene.run(&["guard", "--", "no-such-program"]);
    assert!(ran.stderr.contains("had changed nothing"), "{ran:?}");
    ran.fails(1, "LB0914");
    assert_eq!(std::fs::read(&scene.database).unwrap(), before);
    assert!(scene.points().is_empty());
    scene.run(&["undo"]).fails(10, "LB0601");
}

#[test]
fn new_orphans_are_a_failure_though_the_program_was_content() {
    let scene = Scene::shop("app.db", "shop.sql");
    let old = shell::digest(&scene.database);
    let ran = guard(&scene, "orphan_more.sql", "true");
    assert!(ran.stderr.contains("no parent"), "{ran:?}");
    ran.fails(1, "LB0914");
    assert_eq!(shell::digest(&scene.database), old);
}

#[test]
fn a_guard_that_was_killed_is_settled_and_can_be_taken_back() {
    let scene = Scene::shop("app.db", "shop_wal.sql");
    let old = shell::digest(&scene.database);
    let file = root().join("tests/fixtures/change.sql");
    let line = format!("sqlite3 \"$LIFEBOAT_DATABASE\" < '{}'; echo changed; read line", file.display());
    let mut command = scene.command(&["guard", "--", "sh", "-c", &line]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut changed = [0; 7];
    std::io::Read::read_exact(child.stdout.as_mut().unwrap(), &mut changed).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    let document = scene.run(&["backup", "--json"]).exits(3).document();
    assert_eq!(
        (&document["recovered"]["act"], &document["recovered"]["outcome"]),
        (&"guard".into(), &"old or new".into())
    );
    assert_eq!(scene.run(&["undo"]).code, Some(0));
    assert_eq!(shell::digest(&scene.database), old);
}

#[test]
fn work_that_leaves_references_that_nothing_can_check_is_taken_back() {
    let scene = Scene::shop("app.db", "shop.sql");
    let old = shell::digest(&scene.database);
    let ran = guard(&scene, "no_key.sql", "true");
    assert!(ran.stderr.contains("cannot be checked any more"), "{ran:?}");
    ran.fails(1, "LB0914");
    assert_eq!(shell::digest(&scene.database), old);
}
