//! The other copy as it is met: in use, locked, itself, on a medium that cannot be written, written past its tracking.
#![allow(clippy::unwrap_used, reason = "a failed step of a test is a failed test")]

use lifeboat_tests::command::{Scene, lifeboat, root};
use lifeboat_tests::shell::{self, Session};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

/// A tracked till and a copy of it, which has sold since.
fn tills() -> (Scene, PathBuf) {
    let scene = Scene::shop("shop.db", "tills.sql");
    std::fs::copy(root().join("tests/fixtures/tills.toml"), scene.folder().join("lifeboat.toml")).unwrap();
    assert_eq!(scene.run(&["track"]).code, Some(0));
    let other = scene.folder().join("other.db");
    std::fs::copy(&scene.database, &other).unwrap();
    shell::run(&other, "till_b_morning.sql");
    (scene, other)
}

fn books(database: &Path) -> String {
    shell::run(database, "till_books.sql")
}

fn merges(scene: &Scene, other: &str) {
    let ran = scene.run(&["merge", "apply", other]);
    assert!(matches!(ran.code, Some(0 | 3)), "{ran:?}");
}

#[test]
fn what_a_till_has_committed_comes_over_and_nothing_else() {
    let (scene, other) = tills();
    let session = Session::start(&other, "open_write.sql");
    merges(&scene, "other.db");
    let ours = books(&scene.database);
    assert!(ours.contains("B-1 ") && ours.contains("committed@example.org"), "{ours}");
    assert!(!ours.contains("open@example.org"), "{ours}");
    session.close();
    assert!(books(&other).contains("committed@example.org"), "the other copy is as its till left it");
}

#[test]
fn a_locked_copy_is_waited_for_and_then_told() {
    let (scene, other) = tills();
    let before = books(&scene.database);
    let holder = Session::start(&other, "exclusive.sql");
    scene.run(&["merge", "apply", "other.db", "--wait", "1"]).fails(11, "LB0104");
    holder.close();
    assert_eq!(books(&scene.database), before);
    merges(&scene, "other.db");
}

#[test]
fn a_copy_is_told_from_itself_by_any_name() {
    let (scene, _) = tills();
    symlink(&scene.database, scene.folder().join("link.db")).unwrap();
    std::fs::hard_link(&scene.database, scene.folder().join("hard.db")).unwrap();
    for name in ["link.db", "hard.db", "./shop.db"] {
        scene.run(&["merge", "apply", name]).fails(2, "LB0114");
    }
}

#[test]
fn a_medium_that_cannot_be_written_is_read_all_the_same() {
    let (scene, other) = tills();
    let medium = scene.folder().join("stick");
    std::fs::create_dir(&medium).unwrap();
    std::fs::copy(&other, medium.join("other.db")).unwrap();
    std::fs::set_permissions(medium.join("other.db"), PermissionsExt::from_mode(0o444)).unwrap();
    std::fs::set_permissions(&medium, PermissionsExt::from_mode(0o555)).unwrap();
    let owned = std::process::Command::new("chown").args(["-R", "65534:65534"]).arg(scene.folder()).status();
    assert!(owned.unwrap().success());
    let ran = scene.run_as_nobody(&["merge", "apply", "stick/other.db"]);
    assert!(matches!(ran.code, Some(0 | 3)), "{ran:?}");
    assert!(books(&scene.database).contains("B-1 "));
    assert_eq!(std::fs::read_dir(&medium).unwrap().count(), 1, "nothing was left there");
}

#[test]
fn what_was_written_past_tracking_is_mended_here_and_refused_from_there() {
    let (scene, other) = tills();
    shell::run(&scene.database, "lose_triggers.sql");
    let plan = scene.run(&["merge", "plan", "other.db", "--json"]);
    assert_eq!(plan.code, Some(3), "{plan:?}");
    assert!(!plan.document()["mended"].as_array().unwrap().is_empty(), "{plan:?}");
    let merged = scene.run(&["merge", "apply", "other.db"]);
    assert!(merged.stderr.contains("mended"), "{merged:?}");
    let back = |name: &str| {
        let mut command = std::process::Command::new(lifeboat());
        command.arg("--database").arg(&other).args(["merge", "apply", name]).current_dir(scene.folder());
        command.output().unwrap()
    };
    assert!(matches!(back("shop.db").status.code(), Some(0 | 3)));
    assert!(books(&other).contains("unseen@example.org"), "what nobody saw comes over after all");
    shell::run(&other, "lose_triggers_again.sql");
    scene.run(&["merge", "apply", "other.db"]).fails(1, "LB1012");
}

#[test]
fn pictures_of_a_hundred_megabytes_come_over_whole() {
    let scene = Scene::shop("a.db", "large_blob.sql");
    assert_eq!(scene.run(&["track"]).code, Some(0));
    let other = scene.folder().join("b.db");
    std::fs::copy(&scene.database, &other).unwrap();
    shell::run(&scene.database, "large_blob_title.sql");
    shell::run(&other, "large_blob_edits.sql");
    let merged = scene.run(&["merge", "apply", "b.db"]);
    assert!(matches!(merged.code, Some(0 | 3)), "{merged:?}");
    let content = shell::run(&scene.database, "large_blob_content.sql");
    assert_eq!(content, "x|100000000|07|mine\ny|100000000|00|second");
}
