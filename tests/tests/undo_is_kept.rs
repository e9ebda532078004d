//! What an undo goes back to outlives retention and refused restores; what was taken in vain does not stay.
#![allow(clippy::unwrap_used, reason = "a failed step of a test is a failed test")]

use lifeboat_tests::command::Scene;
use lifeboat_tests::shell::{self, Session};

/// A restore that took something precious away.
fn restored() -> (Scene, String) {
    let scene = Scene::shop("app.db", "shop_wal.sql");
    assert_eq!(scene.run(&["backup"]).code, Some(0));
    shell::run(&scene.database, "change.sql");
    let precious = shell::digest(&scene.database);
    assert_eq!(scene.run(&["restore", "latest"]).code, Some(0));
    (scene, precious)
}

#[test]
fn refused_restores_leave_no_points_and_push_none_out() {
    let (scene, precious) = restored();
    let points = scene.points();
    let mut writer = Session::start(&scene.database, "write_open.sql");
    for _ in 0..11 {
        let ran = scene.run(&["restore", "latest", "--wait", "0"]).exits(11);
        assert!(ran.stderr.contains("the database is as it was"), "{ran:?}");
    }
    writer.feed("end.sql");
    writer.close();
    assert_eq!(scene.points(), points);
    assert_eq!(scene.json(&["prune"])["bytes"], 0, "their bytes are gone too");
    assert_eq!(scene.run(&["backup"]).code, Some(0));
    assert_eq!(scene.run(&["forget"]).code, Some(0));
    assert_eq!(scene.run(&["prune"]).code, Some(0));
    assert_eq!(scene.run(&["undo"]).code, Some(0));
    assert_eq!(shell::digest(&scene.database), precious);
}

#[test]
fn neither_a_rule_nor_a_name_takes_the_point_of_an_undo() {
    let (scene, precious) = restored();
    let safety = scene.points().pop().unwrap();
    assert_eq!(scene.run(&["backup"]).code, Some(0));
    scene.run(&["forget", &safety]).fails(2, "LB0702");
    let rules =
        "database = 'app.db'\n[retention]\ntotal_bytes_max = 1\n[retention.pre-restore]\ncount_max = 0\n";
    std::fs::write(scene.folder().join("lifeboat.toml"), rules).unwrap();
    assert_eq!(scene.run(&["forget"]).code, Some(0));
    // A record that cannot be read may name any of them.
    let record = scene.work().join("last-act.json");
    let sound = std::fs::read(&record).unwrap();
    std::fs::write(&record, "{").unwrap();
    assert_eq!(scene.run(&["forget"]).code, Some(0));
    scene.run(&["forget", &safety]).fails(2, "LB0702");
    std::fs::write(&record, sound).unwrap();
    assert_eq!(scene.run(&["prune"]).code, Some(0));
    assert_eq!(scene.run(&["undo"]).code, Some(0));
    assert_eq!(shell::digest(&scene.database), precious);
}

#[test]
fn an_unreadable_last_act_is_kept_when_the_next_one_takes_its_place() {
    let (scene, _) = restored();
    std::fs::write(scene.work().join("last-act.json"), "{").unwrap();
    scene.run(&["undo"]).fails(20, "LB0111");
    assert_eq!(scene.run(&["restore", "latest"]).code, Some(0));
    let kept = scene.work().join("quarantine/last-act.json.damaged-1");
    assert_eq!(std::fs::read(kept).unwrap(), b"{");
    assert_eq!(scene.run(&["undo"]).code, Some(0));
}

#[test]
fn what_was_settled_is_told_even_where_the_command_fails() {
    let (scene, _) = restored();
    let interrupt =
        || std::fs::copy(scene.work().join("last-act.json"), scene.work().join("intent.json")).unwrap();
    interrupt();
    let ran = scene.run(&["restore", "nosuch"]).exits(10);
    assert!(
        ran.stderr.contains("nothing was changed") && scene.work().join("intent.json").exists(),
        "{ran:?}"
    );
    let mut writer = Session::start(&scene.database, "write_open.sql");
    let ran = scene.run(&["restore", "latest", "--wait", "0"]).exits(11);
    assert!(ran.stderr.contains("an interrupted restore was settled first"), "{ran:?}");
    assert!(!scene.work().join("intent.json").exists());
    writer.feed("end.sql");
    writer.close();
    // Rows changed since: it cannot be known whether the interrupted act had reached the database.
    interrupt();
    let document = scene.run(&["backup", "--json"]).exits(3).document();
    assert_eq!(document["recovered"]["outcome"], "old or new");
}
