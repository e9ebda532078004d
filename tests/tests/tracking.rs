//! Tracking as a user meets it: the verbs, other programs with other engines, and a kill at every change.
#![allow(clippy::unwrap_used, reason = "a failed step of a test is a failed test")]

use lifeboat_tests::command::{Scene, root};
use lifeboat_tests::ledgers;
use lifeboat_tests::shell;
use lifeboat_tests::sweep::{Fault, sweep};
use std::process::Command;

fn tracked() -> Scene {
    let scene = Scene::shop("app.db", "shop_wal.sql");
    assert_eq!(scene.run(&["track"]).code, Some(0));
    scene
}

fn lines(scene: &Scene) -> String {
    shell::run(&scene.database, "track_lines.sql")
}

#[test]
fn rules_are_proposed_written_down_read_and_followed() {
    let scene = Scene::shop("app.db", "shop_wal.sql");
    let proposed = scene.json(&["rules", "suggest"]);
    assert_eq!(proposed["tables"][0]["identity"], "renumber");
    assert!(proposed["tables"][0]["reasons"][0].as_str().unwrap().contains("counts its key"), "{proposed}");
    scene.run(&["track", "--audit"]).fails(10, "LB1002");
    let began = scene.json(&["track"]);
    assert_eq!((began["began"].as_bool(), began["tracking"]["writes"].as_u64()), (Some(true), Some(0)));
    let file = scene.folder().join("lifeboat.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.contains("[merge.tables.invoice]") && text.contains("renumber"), "{text}");
    assert_eq!(scene.json(&["track", "--audit"])["faults"].as_array().unwrap().len(), 0);
    assert_eq!(scene.json(&["track"])["began"], false);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), text, "rules that are there are not written again");
    std::fs::write(&file, text.replace("merge.tables.invoice", "merge.tables.invoices")).unwrap();
    scene.run(&["track"]).fails(2, "LB1001");
    std::fs::write(&file, text.replace("renumber", "uuid")).unwrap();
    scene.run(&["track"]).fails(2, "LB0801");
    std::fs::write(&file, &text).unwrap();
    let was = scene.json(&["untrack"]);
    assert_eq!(was["was"]["tables"].as_array().unwrap().len(), 2);
    scene.run(&["untrack"]).fails(10, "LB1002");
}

#[test]
fn programs_with_other_engines_are_tracked() {
    let expected = "customer:3:new customer:1:2 customer:3:new invoice:200:-1";
    let python = |scene: &Scene| {
        let script = root().join("tests/fixtures/track_writes.py");
        Command::new("python3").arg(script).arg(&scene.database).status().expect("apt-get install -y python3")
    };
    let node = |scene: &Scene| {
        let script = root().join("tests/fixtures/track_writes.cjs");
        ledgers::node(&script).arg(&scene.database).status().expect("apt-get install -y nodejs npm")
    };
    let scene = tracked();
    shell::run(&scene.database, "track_writes.sql");
    assert_eq!(lines(&scene), expected);
    let scene = tracked();
    assert!(python(&scene).success());
    assert_eq!(lines(&scene), expected);
    let scene = tracked();
    assert!(node(&scene).success());
    assert_eq!(lines(&scene), expected);
    assert_eq!(scene.json(&["track", "--audit"])["faults"].as_array().unwrap().len(), 0);
}

#[test]
fn a_table_that_was_built_anew_is_found_told_and_mended() {
    let scene = tracked();
    shell::run(&scene.database, "rebuild_customer.sql");
    let audit = scene.run(&["track", "--audit"]).exits(3);
    assert!(audit.stdout.contains("triggers of customer are gone"), "{audit:?}");
    let mended = scene.run(&["track", "--json"]).exits(3).document();
    assert_eq!(mended["rewritten"], 2, "{mended}");
    assert_eq!(scene.run(&["track", "--audit"]).code, Some(0));
    shell::run(&scene.database, "track_writes.sql");
    assert!(lines(&scene).ends_with("invoice:200:-1"), "{}", lines(&scene));
}

#[test]
fn a_tracked_database_is_backed_up_restored_and_migrated() {
    let scene = tracked();
    shell::run(&scene.database, "track_writes.sql");
    let before = lines(&scene);
    assert_eq!(scene.run(&["backup"]).code, Some(0));
    shell::run(&scene.database, "track_writes_more.sql");
    assert_eq!(scene.run(&["restore", "latest"]).code, Some(0));
    assert_eq!(lines(&scene), before, "the journal is part of what was restored");
    assert_eq!(scene.run(&["track", "--audit"]).code, Some(0));
}

/// Tracked or not tracked, never half; every row is there, and tracking goes on where it stands.
fn swept(scene: &Scene, verb: &str, fault: Fault) {
    let mut outcomes = [0, 0];
    let rows = shell::run(&scene.database, "count.sql");
    let count = sweep(scene, &[verb], fault, |trial, number, ran| {
        let at = format!("{verb}, {fault:?} at {number}");
        ran.told_or_done(&at);
        assert_eq!(shell::run(&trial.database, "count.sql"), rows, "{at}");
        let again = trial.run(&["track", "--json"]).exits(0).document();
        assert_eq!(again["mended"].as_array().unwrap().len(), 0, "{at}: {again}");
        outcomes[usize::from(again["began"] == false)] += 1;
    });
    assert!(count > 5 && outcomes[0] > 0 && outcomes[1] > 0, "{verb} {fault:?}: {count}, {outcomes:?}");
}

#[test]
fn stopped_while_it_begins() {
    let scene = Scene::shop("app.db", "shop_wal.sql");
    Fault::asked().into_iter().for_each(|fault| swept(&scene, "track", fault));
}

#[test]
fn killed_while_it_ends() {
    swept(&tracked(), "untrack", Fault::Kill);
}
