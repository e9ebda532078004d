//! Steps on tracked databases: a shop that is forked, migrated on one side and edited on both, and merged before and after the
//! other side has run the same steps.
#![allow(clippy::unwrap_used, reason = "a failed step of a test is a failed test")]

use lifeboat_tests::command::{Ran, Scene, copy_folder, root};
use lifeboat_tests::shell;
use lifeboat_tests::sweep::{Fault, sweep_sampled};
use std::path::{Path, PathBuf};

fn fixture(name: &str) -> String {
    format!("steps_on_tracked/{name}")
}

/// The program of one year: its steps and its rules.
fn install(scene: &Scene, year: &str) {
    let from = root().join("tests/fixtures/steps_on_tracked");
    copy_folder(&from.join(year), &scene.folder().join("steps"));
    std::fs::copy(from.join(format!("{year}.toml")), scene.folder().join("lifeboat.toml")).unwrap();
}

fn on(scene: &Scene, database: &Path, args: &[&str]) -> Ran {
    let mut command = std::process::Command::new(lifeboat_tests::command::lifeboat());
    command.arg("--database").arg(database).args(args).arg("--yes").current_dir(scene.folder());
    command.output().unwrap().into()
}

/// A shop of the first year that is tracked, and what was in it then.
fn first_year() -> Scene {
    let scene = Scene::empty("a.db");
    install(&scene, "first");
    assert_eq!(scene.run(&["migrate", "apply"]).code, Some(0));
    shell::run(&scene.database, &fixture("morning.sql"));
    assert_eq!(scene.run(&["track"]).code, Some(0));
    scene
}

/// The same, forked; one side is migrated, and both have written.
fn forked() -> (Scene, PathBuf) {
    let scene = first_year();
    let b = scene.folder().join("b.db");
    std::fs::copy(&scene.database, &b).unwrap();
    shell::run(&scene.database, &fixture("a_before.sql"));
    shell::run(&b, &fixture("b_edits.sql"));
    install(&scene, "second");
    assert_eq!(scene.run(&["migrate", "apply"]).code, Some(0), "{:?}", scene.run(&["migrate", "apply"]));
    shell::run(&scene.database, &fixture("a_after.sql"));
    (scene, b)
}

const MERGED: &str = "\
ada@x|Ada|LI|loyal
bob@x|Bobby|DE|
cyd@x|Cyd|CH|rich
dan@x|Dan|FR|
eve@x|Eve|LI|loyal
p1|1100|
p2|2200|
p4|444|
p5|500|b
p6|600|
e1|open|1000
ea|sale|2000
ea2|sale|2100
eb|sale|3000
loyal
new
rich";

#[test]
fn a_copy_that_lags_behind_is_merged_as_it_would_be() {
    let (scene, b) = forked();
    let digest = shell::digest(&b);
    let plan = scene.run(&["merge", "plan", "b.db"]);
    assert_eq!(plan.code, Some(4), "p5 was deleted here and edited there: {plan:?}");
    let merged = scene.run(&["merge", "apply", "b.db"]);
    assert_eq!(merged.code, Some(4), "{merged:?}");
    assert_eq!(shell::digest(&b), digest, "the other database is only read");
    assert_eq!(shell::run(&scene.database, &fixture("content.sql")), MERGED);
    assert_eq!(scene.run(&["track", "--audit"]).code, Some(0));
    let again = scene.run(&["merge", "apply", "b.db"]);
    assert!(matches!(again.code, Some(0 | 3 | 4)), "{again:?}");
    assert_eq!(shell::run(&scene.database, &fixture("content.sql")), MERGED, "again");
}

#[test]
fn both_sides_agree_when_both_are_migrated() {
    let (scene, b) = forked();
    let behind = on(&scene, &b, &["merge", "apply", "a.db"]);
    assert!(behind.stderr.contains("4 steps did not run here yet"), "{behind:?}");
    behind.fails(2, "LB1001");
    install(&scene, "first");
    on(&scene, &b, &["merge", "apply", "a.db"]).fails(21, "LB0908");
    install(&scene, "second");
    assert_eq!(scene.run(&["merge", "apply", "b.db"]).code, Some(4));
    assert_eq!(on(&scene, &b, &["migrate", "apply"]).code, Some(0));
    for (to, from) in [(&b, "a.db"), (&scene.database, "b.db"), (&b, "a.db")] {
        let merged = on(&scene, to, &["merge", "apply", from]);
        assert!(matches!(merged.code, Some(0 | 3 | 4)), "{merged:?}");
        assert!(!merged.stdout.contains("branch"), "nobody is taken for a copy of himself: {merged:?}");
    }
    let content = shell::run(&scene.database, &fixture("content.sql"));
    assert_eq!(content, MERGED);
    assert_eq!(shell::run(&b, &fixture("content.sql")), content);
}

#[test]
fn clients_write_on_after_each_step_and_are_tracked() {
    let (scene, _) = forked();
    let lines = |scene: &Scene| shell::run(&scene.database, "journal_length.sql").parse::<u64>().unwrap();
    let before = lines(&scene);
    shell::run(&scene.database, &fixture("write_on.sql"));
    assert!(lines(&scene) > before + 8, "{before}");
    assert_eq!(scene.run(&["track", "--audit"]).code, Some(0));
}

#[test]
fn a_kill_in_the_middle_leaves_a_shop_that_is_tracked_before_or_after() {
    let scene = first_year();
    shell::run(&scene.database, &fixture("a_before.sql"));
    install(&scene, "second");
    let ledger = |scene: &Scene| scene.json(&["migrate", "status"])["ledger"].as_array().unwrap().len();
    sweep_sampled(&scene, &["migrate", "apply"], Fault::Kill, 16, |trial, at, _| {
        let again = trial.run(&["migrate", "apply"]);
        assert!(matches!(again.code, Some(0 | 3)), "{at}: {again:?}");
        assert_eq!(ledger(trial), 5, "{at}");
        assert_eq!(trial.run(&["track", "--audit"]).code, Some(0), "{at}");
        shell::run(&trial.database, &fixture("write_on.sql"));
    });
}

#[test]
fn copies_without_journals_are_compared_with_a_state_from_before_the_steps() {
    let scene = Scene::empty("a.db");
    install(&scene, "first");
    assert_eq!(scene.run(&["migrate", "apply"]).code, Some(0));
    shell::run(&scene.database, &fixture("morning.sql"));
    let b = scene.folder().join("b.db");
    for name in ["b.db", "base.db"] {
        std::fs::copy(&scene.database, scene.folder().join(name)).unwrap();
    }
    shell::run(&scene.database, &fixture("a_before.sql"));
    shell::run(&b, &fixture("b_edits.sql"));
    install(&scene, "second");
    assert_eq!(scene.run(&["migrate", "apply"]).code, Some(0));
    shell::run(&scene.database, &fixture("a_after.sql"));
    let merged = scene.run(&["merge", "apply", "b.db", "--base", "base.db"]);
    assert!(matches!(merged.code, Some(3 | 4)), "{merged:?}");
    // Nobody knows when p5 was deleted here and edited there: it is told, and stays as it is here.
    let expected = MERGED.replace("p5|500|b\n", "");
    assert_eq!(shell::run(&scene.database, &fixture("content.sql")), expected);
}

#[test]
fn a_restore_point_from_before_a_step_that_changed_rows_alone_serves_as_the_base() {
    let scene = Scene::empty("a.db");
    install(&scene, "first");
    assert_eq!(scene.run(&["migrate", "apply"]).code, Some(0));
    shell::run(&scene.database, &fixture("morning.sql"));
    assert_eq!(scene.run(&["backup"]).code, Some(0));
    let base = scene.points()[0].clone();
    let b = scene.folder().join("b.db");
    std::fs::copy(&scene.database, &b).unwrap();
    shell::run(&b, &fixture("b_price.sql"));
    std::fs::copy(
        root().join("tests/fixtures/steps_on_tracked/0002_rows_alone.sql"),
        scene.folder().join("steps/0002_rows_alone.sql"),
    )
    .unwrap();
    assert_eq!(scene.run(&["migrate", "apply"]).code, Some(0));
    let merged = scene.run(&["merge", "apply", "b.db", "--base", &base]);
    assert_eq!(merged.code, Some(0), "nobody but the step wrote here: {merged:?}");
    assert_eq!(shell::run(&scene.database, &fixture("prices.sql")), "100 2200 300 400 500");
}
