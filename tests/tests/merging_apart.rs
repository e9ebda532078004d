//! Copies that were never tracked: compared with the last state that both had, or with each other.
#![allow(clippy::unwrap_used, reason = "a failed step of a test is a failed test")]

use lifeboat_tests::command::Scene;
use lifeboat_tests::shell;
use lifeboat_tests::sweep::{Fault, Reach, sweep_changes, sweep_sampled};
use std::path::{Path, PathBuf};

/// A shop, its state on Monday, and the other copy; both were written since.
fn forked(name: &str) -> (Scene, PathBuf) {
    let scene = Scene::shop(name, "apart.sql");
    let other = scene.folder().join("other.db");
    for to in [&other, &scene.folder().join("monday.db")] {
        std::fs::copy(&scene.database, to).unwrap();
    }
    shell::run(&scene.database, "apart_a.sql");
    shell::run(&other, "apart_b.sql");
    (scene, other)
}

fn content(database: &Path) -> String {
    shell::run(database, "apart_content.sql")
}

fn conflict<'d>(document: &'d serde_json::Value, column: &str) -> &'d serde_json::Value {
    let all = document["conflicts"].as_array().unwrap();
    all.iter().find(|one| one["column"] == column).unwrap_or_else(|| panic!("{column}: {document}"))
}

#[test]
fn what_changed_since_a_common_state_comes_together() {
    let (scene, other) = forked("shop.db");
    let (before, theirs) = (content(&scene.database), content(&other));
    let plan = scene.run(&["merge", "plan", "other.db", "--base", "monday.db", "--json"]);
    assert_eq!(plan.code, Some(4), "{plan:?}");
    assert_eq!(content(&scene.database), before);
    let merged = scene.run(&["merge", "apply", "other.db", "--base", "monday.db", "--json"]);
    assert_eq!(merged.code, Some(4), "{merged:?}");
    let document = merged.document();
    assert_eq!(document["conflicts"], plan.document()["conflicts"]);
    assert_eq!((&document["compared"], &document["base"]), (&"since".into(), &"monday.db".into()));
    let name = conflict(&document, "name");
    assert_eq!(name["base"], "Bob");
    let said: Vec<_> = name["versions"].as_array().unwrap().iter().map(|one| &one["value"]).collect();
    assert_eq!(said, ["Bob of A", "Bob of B"]);
    assert!(name["versions"][0]["at"].is_null(), "nobody knows when");
    let told = document["told"].as_array().unwrap();
    let united = told.iter().find(|line| line["kind"] == "united").unwrap();
    assert_eq!(united["row"]["key"]["id"], 4, "a row keeps its number where it lives: {united}");
    let detail = united["detail"].as_str().unwrap();
    assert!(detail.starts_with("customer 5 is one thing with customer 4"), "as it is known there: {detail}");
    // Net and tax belong together: each side's sum would be wrong with the other's half.
    assert_eq!(conflict(&document, "net")["base"], 100);
    assert_eq!(
        content(&scene.database),
        "customer ada@x Ada Bern\ncustomer bob@x Bob of A Basel\ncustomer cem@x Cem of B Arosa\n\
         customer new@x New -\ncustomer only-a@x A -\ncustomer only-b@x B -\n\
         sale A sells to A to only-a@x\nsale A sells to New to new@x\nsale B sells to B to only-b@x\n\
         sale B sells to New to new@x\nsale third to ada@x\n\
         memo m1 edited late\nmemo m2 same\ntotal t1 200 8\nlog A wrote\nlog B wrote\nlog begun"
    );
    assert_eq!(content(&other), theirs, "the other copy is only read");
    let new = content(&scene.database);
    let again = scene.run(&["merge", "apply", "other.db", "--base", "monday.db", "--json"]);
    assert_eq!((again.code, &again.document()["rows"]), (Some(0), &0.into()), "{again:?}");
    shell::run(&other, "apart_column.sql");
    shell::run(&other, "apart_clash.sql");
    scene.run(&["merge", "apply", "other.db", "--base", "monday.db"]).fails(1, "LB1012");
    assert_eq!(content(&scene.database), new);
    assert_eq!(scene.run(&["undo"]).code, Some(0));
    assert_eq!(content(&scene.database), before);
}

#[test]
fn without_a_common_state_nothing_is_taken_for_deleted() {
    let (scene, _) = forked("shop.db");
    let merged = scene.run(&["merge", "apply", "other.db", "--json"]);
    assert_eq!(merged.code, Some(4), "{merged:?}");
    let document = merged.document();
    assert_eq!((&document["compared"], document["base"].is_null()), (&"beside".into(), true));
    assert!(conflict(&document, "city")["base"].is_null());
    let content = content(&scene.database);
    for word in
        ["sale first", "sale second", "sale third", "log A wrote", "log B wrote", "memo m1 edited late"]
    {
        assert!(content.contains(word), "{word}: {content}");
    }
    assert!(content.contains("Bob of A") && !content.contains("Bob of B"), "ours stays: {content}");
    assert!(!content.contains("orphan") && !content.contains("ours "), "{content}");
}

#[test]
fn a_state_that_both_vaults_hold_is_found() {
    let scene = Scene::shop("shop.db", "apart.sql");
    assert_eq!(scene.run(&["backup"]).code, Some(0));
    let point = scene.run(&["list", "--json"]).document()["points"][0]["id"].as_str().unwrap().to_owned();
    let away = scene.folder().join("away");
    std::fs::create_dir(&away).unwrap();
    std::fs::copy(&scene.database, away.join("shop.db")).unwrap();
    let vault = scene.folder().join("shop.db.lifeboat");
    lifeboat_tests::command::copy_folder(&vault, &away.join("shop.db.lifeboat"));
    shell::run(&scene.database, "apart_a.sql");
    shell::run(&away.join("shop.db"), "apart_b.sql");
    assert_eq!(scene.run(&["backup"]).code, Some(0));
    let merged = scene.run(&["merge", "apply", "away/shop.db", "--json"]);
    assert_eq!(merged.code, Some(4), "{merged:?}");
    let base = merged.document()["base"].as_str().unwrap().to_owned();
    let id = base.strip_prefix("restore point ").unwrap();
    assert!(point.contains(id), "{base} is not {point}");
    let content = content(&scene.database);
    assert!(!content.contains("sale first") && !content.contains("sale second"), "{content}");
}

fn on(scene: &Scene, database: &Path, args: &[&str]) -> lifeboat_tests::command::Ran {
    let mut command = std::process::Command::new(lifeboat_tests::command::lifeboat());
    command.arg("--database").arg(database).args(args).arg("--yes").current_dir(scene.folder());
    command.output().unwrap().into()
}

#[test]
fn a_third_copy_is_merged_with_the_same_base_and_none_of_them_twice() {
    let (scene, other) = forked("shop.db");
    let third = scene.folder().join("third.db");
    std::fs::copy(scene.folder().join("monday.db"), &third).unwrap();
    shell::run(&third, "apart_third.sql");
    assert_eq!(scene.run(&["merge", "apply", "other.db", "--base", "monday.db"]).code, Some(4));
    // The other way round its own rows would come back under other numbers.
    on(&scene, &other, &["merge", "apply", "shop.db", "--base", "monday.db"]).fails(1, "LB1012");
    let merged = scene.run(&["merge", "apply", "third.db", "--base", "monday.db"]);
    assert!(matches!(merged.code, Some(0 | 3)), "{merged:?}");
    let content = content(&scene.database);
    for word in ["only-a@x", "only-b@x", "only-c@x", "ada@x Ada Cham"] {
        assert_eq!(content.matches(&format!("customer {word}")).count(), 1, "{word}: {content}");
    }
}

#[test]
fn what_does_not_travel_is_told_and_times_are_read_as_they_are_written() {
    let scene = Scene::shop("shop.db", "apart_loose.sql");
    for name in ["other.db", "base.db"] {
        std::fs::copy(&scene.database, scene.folder().join(name)).unwrap();
    }
    shell::run(&scene.database, "apart_loose_a.sql");
    shell::run(&scene.folder().join("other.db"), "apart_loose_b.sql");
    // A folder for work is no vault yet.
    assert!(on(&scene, &scene.folder().join("other.db"), &["merge", "plan", "shop.db"]).code.is_some());
    let plan = scene.run(&["merge", "plan", "other.db"]);
    assert!(matches!(plan.code, Some(3 | 4)), "{plan:?}");
    let merged = scene.run(&["merge", "apply", "other.db", "--base", "base.db", "--json"]);
    assert_eq!(merged.code, Some(3), "{merged:?}");
    assert_eq!(merged.document()["left"], serde_json::json!(["loose"]));
    // 2: 1700000100 is later than 1700000000.5; 4: `now` is no time.
    assert_eq!(shell::run(&scene.database, "apart_loose_content.sql"), "A A B B");
}

#[test]
fn a_base_that_is_none_is_refused_and_nothing_is_changed() {
    let (scene, other) = forked("shop.db");
    let before = content(&scene.database);
    std::fs::write(scene.folder().join("text.db"), "no database, but long enough to be one. ".repeat(40))
        .unwrap();
    std::fs::copy(scene.folder().join("monday.db"), scene.folder().join("older.db")).unwrap();
    shell::run(&scene.folder().join("older.db"), "apart_column.sql");
    for (base, exit, code) in [
        ("nothing", 10, "LB0301"),
        ("text.db", 20, "LB0102"),
        ("older.db", 1, "LB1012"),
        ("shop.db", 2, "LB0114"),
    ] {
        for verb in ["plan", "apply"] {
            scene.run(&["merge", verb, "other.db", "--base", base]).fails(exit, code);
        }
    }
    shell::run(&other, "apart_clash.sql");
    scene.run(&["merge", "apply", "other.db", "--base", "monday.db"]).fails(1, "LB1009");
    assert_eq!(content(&scene.database), before);
    assert_eq!(scene.run(&["track"]).code, Some(0));
    scene.run(&["merge", "apply", "other.db", "--base", "monday.db"]).fails(1, "LB1012");
}

/// Old or new, and the same merge again gives the same result.
#[test]
fn killed_while_it_compares_and_merges() {
    let (scene, _) = forked("shop.db");
    let old = content(&scene.database);
    let merged = scene.fork();
    let args = ["merge", "apply", "other.db", "--base", "monday.db"];
    assert_eq!(merged.run(&args).code, Some(4));
    let new = content(&merged.database);
    // In soak every call is a place to be killed at; errors make sense of those that change something.
    let faults = match Reach::asked() {
        Reach::Every => vec![Fault::Kill, Fault::Io, Fault::Full],
        Reach::Changing => vec![Fault::Kill],
    };
    for fault in faults {
        let mut outcomes = [0, 0];
        let mut check = |trial: &Scene, number: &str, ran: &lifeboat_tests::command::Ran| {
            let at = format!("merge, {fault:?} at {number}");
            if ran.code != Some(4) {
                ran.told_or_done(&at);
            }
            let content = content(&trial.database);
            assert!(content == old || content == new, "{at}: half a merge\n{content}");
            outcomes[usize::from(content == new)] += 1;
            let again = trial.run(&args);
            assert!(matches!(again.code, Some(0 | 3 | 4)), "{at}: {again:?}");
            assert_eq!(self::content(&trial.database), new, "{at}");
        };
        let count = match fault {
            Fault::Kill => sweep_sampled(&scene, &args, fault, 12, &mut check),
            Fault::Io | Fault::Full => sweep_changes(&scene, &args, fault, &mut check),
        };
        assert!(count > 20 && outcomes[0] > 0 && outcomes[1] > 0, "{fault:?}: {count}, {outcomes:?}");
    }
}
