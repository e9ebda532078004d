//! A database moves with its points: compared before it counts, repeated where it was stopped, the old place kept until
//! it is confirmed.
#![allow(clippy::unwrap_used, reason = "a failed step of a test is a failed test")]

use lifeboat_tests::command::{Ran, Scene, lifeboat};
use lifeboat_tests::shell::{self, Session};
use lifeboat_tests::sweep::{Fault, sweep};
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// A shop with two points, and a folder for the new place.
fn shop(fixture: &str) -> (Scene, PathBuf) {
    let scene = Scene::shop("app.db", fixture);
    for _ in 0..2 {
        assert_eq!(scene.run(&["backup"]).code, Some(0));
    }
    std::fs::create_dir(scene.folder().join("new")).unwrap();
    let to = scene.folder().join("new/shop.db");
    (scene, to)
}

const MOVE: [&str; 3] = ["relocate", "--to", "new/shop.db"];

/// The command on the new place.
fn at_new(scene: &Scene, args: &[&str]) -> Ran {
    let mut command = Command::new(lifeboat());
    command.args(["--database", "new/shop.db", "--yes"]).args(args).stdin(Stdio::null());
    command.current_dir(scene.folder()).output().unwrap().into()
}

#[test]
fn a_move_takes_rows_points_and_journal_mode_along_and_keeps_the_old_files() {
    for fixture in ["shop.sql", "shop_wal.sql"] {
        let (scene, to) = shop(fixture);
        let (content, points) = (shell::digest(&scene.database), scene.points());
        let plan = scene.json(&[&MOVE[..], &["--dry-run"]].concat());
        assert_eq!((&plan["points"], &plan["dry_run"]), (&2.into(), &true.into()), "{plan}");
        assert!(!to.exists() && scene.points() == points);
        let moved = scene.json(&MOVE);
        assert_eq!(moved["point"]["kind"], "pre-move", "{moved}");
        assert!(!scene.database.exists());
        assert_eq!(shell::digest(&to), content, "{fixture}");
        let listed = at_new(&scene, &["list", "--json"]).document();
        assert_eq!(listed["points"].as_array().unwrap().len(), 3, "{listed}");
        assert_eq!(at_new(&scene, &["verify", "--all"]).code, Some(0));
        let journal = at_new(&scene, &["status", "--json"]).document()["database"]["journal"].clone();
        assert_eq!(journal, if fixture == "shop_wal.sql" { "wal" } else { "rollback" });
        assert_eq!(
            at_new(&scene, &["restore", &points[0]]).code,
            Some(0),
            "{fixture}: an old point serves there"
        );
    }
}

#[test]
fn the_old_place_says_where_the_database_is_and_makes_none_anew() {
    let (scene, _) = shop("shop.sql");
    assert_eq!(scene.run(&MOVE).code, Some(0));
    let told = scene.json(&["doctor"]);
    let found = told["checks"].as_array().unwrap().iter().find(|check| check["id"] == "database").unwrap();
    assert!(found["finding"].as_str().unwrap().contains("was moved to"), "{found}");
    for args in [
        &["status"][..],
        &["backup"],
        &["restore", "latest"],
        &["maintain"],
        &["repair"],
        &["quarantine"],
        &["salvage", "--to", "saved.db"],
    ] {
        let ran = scene.run(args);
        assert!(ran.stderr.contains("new/shop.db"), "{args:?}: {ran:?}");
        ran.fails(10, "LB0117");
    }
    scene.run(&["undo"]).fails(10, "LB0601");
    assert!(!scene.database.exists());
    let finished = scene.run(&MOVE);
    assert_eq!(finished.code, Some(0), "a second call has nothing left to do: {finished:?}");
}

#[test]
fn a_confirmation_looks_first_and_then_removes_what_lies_twice() {
    let (scene, to) = shop("shop_wal.sql");
    scene.run(&["relocate", "--confirm"]).fails(10, "LB0601");
    assert_eq!(scene.run(&MOVE).code, Some(0));
    let sound = std::fs::read(&to).unwrap();
    std::fs::write(&to, b"damaged").unwrap();
    let refused = scene.run(&["relocate", "--confirm"]);
    assert_eq!(refused.code, Some(20), "{refused:?}");
    // Another database under the same name is not the one that was moved.
    std::fs::remove_file(&to).unwrap();
    shell::run(&to, "tiny.sql");
    scene.run(&["relocate", "--confirm"]).fails(20, "LB0201");
    std::fs::write(&to, sound).unwrap();
    let confirmed = scene.json(&["relocate", "--confirm"]);
    assert_eq!(confirmed["point_files"], 6, "{confirmed}");
    assert!(confirmed["freed_bytes"].as_u64().unwrap() > 0);
    assert!(scene.work().join("quarantine").read_dir().unwrap().next().is_none());
    assert_eq!(at_new(&scene, &["verify", "--all"]).code, Some(0));
}

#[test]
fn there_and_back_again() {
    let (scene, to) = shop("shop_wal.sql");
    let content = shell::digest(&scene.database);
    assert_eq!(scene.run(&MOVE).code, Some(0));
    let back = scene.database.to_str().unwrap().to_owned();
    let returned = at_new(&scene, &["relocate", "--to", &back]);
    assert_eq!(returned.code, Some(0), "{returned:?}");
    assert!(!to.exists());
    assert_eq!(shell::digest(&scene.database), content);
    assert_eq!(scene.run(&["backup"]).code, Some(0));
}

#[test]
fn a_point_that_was_proven_again_meanwhile_comes_back_with_the_later_proof() {
    let (scene, to) = shop("shop_wal.sql");
    assert_eq!(scene.run(&MOVE).code, Some(0));
    assert_eq!(at_new(&scene, &["verify", "--all", "--drill"]).code, Some(0));
    let back = scene.database.to_str().unwrap().to_owned();
    let returned = at_new(&scene, &["relocate", "--to", &back]);
    assert_eq!(returned.code, Some(0), "{returned:?}");
    let listed = scene.json(&["list"]);
    let points = listed["points"].as_array().unwrap();
    assert!(points.iter().any(|point| point["trust"] == "drilled"), "{listed}");
    let confirmed = at_new(&scene, &["relocate", "--confirm"]);
    assert_eq!(confirmed.code, Some(0), "{confirmed:?}");
    assert!(!to.exists());
    assert_eq!(scene.run(&["verify", "--all"]).code, Some(0));
}

#[test]
fn a_name_that_nobody_has_leaves_nothing_behind() {
    let scene = Scene::empty("typo.db");
    for args in [&["undo"][..], &["repair"], &["quarantine"], &["maintain"], &["restore", "latest"], &MOVE] {
        let ran = scene.run(args);
        assert_eq!(ran.code, Some(10), "{args:?}: {ran:?}");
        assert!(!scene.work().exists(), "{args:?}: {ran:?}");
    }
}

#[test]
fn what_stands_in_the_way_is_refused_and_nothing_moves() {
    let (scene, to) = shop("shop_wal.sql");
    std::fs::write(&to, b"somebody's own").unwrap();
    scene.run(&MOVE).fails(2, "LB0504");
    assert_eq!(std::fs::read(&to).unwrap(), b"somebody's own");
    scene.run(&["relocate", "--to", "nowhere/shop.db"]).fails(2, "LB0505");
    scene.run(&["relocate", "--to", "app.db-wal"]).fails(2, "LB0114");
    let session = Session::start(&scene.database, "idle.sql");
    scene.run(&["relocate", "--to", "new/other.db"]).fails(11, "LB0104");
    session.close();
    assert!(scene.database.exists() && !scene.folder().join("new/other.db").exists());
}

#[test]
fn a_vault_that_lies_apart_stays_and_serves_both_places() {
    let scene = Scene::shop("app.db", "shop.sql");
    std::fs::create_dir(scene.folder().join("new")).unwrap();
    let apart = ["--vault", "points-of-shop"];
    assert_eq!(scene.run(&[&apart[..], &["backup"]].concat()).code, Some(0));
    let moved = scene.json(&[&apart[..], &MOVE].concat());
    assert_eq!(moved["points"], 0);
    let listed = at_new(&scene, &[&apart[..], &["list", "--json"]].concat()).document();
    assert_eq!(listed["points"].as_array().unwrap().len(), 2, "{listed}");
}

/// Killed or failing anywhere, exactly one place has the database, whole; the same command then ends well.
#[test]
fn a_fault_at_every_call_leaves_the_database_at_one_place() {
    let (scene, _) = shop("shop_wal.sql");
    let content = shell::digest(&scene.database);
    for fault in Fault::asked() {
        let mut outcomes = [0, 0];
        let count = sweep(&scene, &MOVE, fault, |trial, number, ran| {
            let at = format!("relocate, {fault:?} at {number}");
            assert!(!ran.stderr.contains("panicked"), "{at}: {ran:?}");
            let to = trial.folder().join("new/shop.db");
            let boat = lifeboat::Lifeboat::at(lifeboat::Config::foreign(&trial.database)).unwrap();
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            runtime.block_on(boat.recover()).unwrap();
            let moved = !trial.database.exists();
            let counts = if moved { &to } else { &trial.database };
            assert_eq!(shell::digest(counts), content, "{at}: the database that counts is not whole");
            outcomes[usize::from(moved)] += 1;
            let again = trial.run(&MOVE);
            assert!(matches!(again.code, Some(0 | 3)), "{at}: {again:?}");
            assert!(!trial.database.exists(), "{at}");
            assert_eq!(shell::digest(&to), content, "{at}: after the second call");
            assert!(!to.with_file_name("shop.db.lifeboat").join("arriving.json").exists(), "{at}");
            let verified = at_new(trial, &["verify", "--all"]);
            assert_eq!(verified.code, Some(0), "{at}: {verified:?}");
        });
        assert!(count > 40 && outcomes[0] > 0 && outcomes[1] > 0, "{fault:?}: {count}, {outcomes:?}");
    }
}

#[test]
fn a_point_whose_copy_is_damaged_stays_at_the_old_place() {
    let (scene, _) = shop("shop.sql");
    assert_eq!(scene.run(&MOVE).code, Some(0));
    let points = scene.folder().join("new/shop.db.lifeboat/points");
    let copy = points
        .read_dir()
        .unwrap()
        .map(|e| e.unwrap().path())
        .find(|p| p.extension().is_some_and(|e| e == "db"));
    let copy = copy.unwrap();
    let mut bytes = std::fs::read(&copy).unwrap();
    bytes[3000] ^= 1;
    std::fs::write(&copy, bytes).unwrap();
    let confirmed = scene.run(&["--json", "relocate", "--confirm"]).exits(3).document();
    assert_eq!((&confirmed["point_files"], &confirmed["differing"]), (&4.into(), &1.into()), "{confirmed}");
    assert!(scene.work().join("points").join(copy.file_name().unwrap()).exists());
}

#[test]
fn a_link_to_a_database_that_was_moved_still_names_the_new_place() {
    let (scene, _) = shop("shop.sql");
    std::os::unix::fs::symlink("app.db", scene.folder().join("link.db")).unwrap();
    let by_link = |args: &[&str]| {
        let mut command = Command::new(lifeboat());
        command.args(["--database", "link.db", "--yes"]).args(args).stdin(Stdio::null());
        Ran::from(command.current_dir(scene.folder()).output().unwrap())
    };
    assert_eq!(by_link(&MOVE).code, Some(0));
    by_link(&["status"]).fails(10, "LB0117");
    assert_eq!(by_link(&["relocate", "--confirm"]).code, Some(0));
}
