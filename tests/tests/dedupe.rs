//! Rows of one database that are the same thing become one.
#![allow(clippy::unwrap_used, reason = "a failed step of a test is a failed test")]

use lifeboat_tests::command::{Scene, root};
use lifeboat_tests::shell;
use std::path::Path;

const UNITED: &str = "customer - 44\ncustomer - 55\ncustomer ADA@x 66\ncustomer ada@x 11\ncustomer bob@x 22\n\
     sale one to ada@x 11\nsale seven to ada@x 11\nsale three to ada@x 11\nsale two to bob@x 22";

fn shop(rules: &str) -> Scene {
    let scene = Scene::shop("shop.db", "doubles.sql");
    let rules = root().join("tests/fixtures").join(rules);
    std::fs::copy(rules, scene.folder().join("lifeboat.toml")).unwrap();
    scene
}

fn content(database: &Path) -> String {
    shell::run(database, "doubles_content.sql")
}

#[test]
fn customers_who_were_entered_twice_are_one_and_keep_their_sales() {
    let both = [true, false].map(|tracked| (tracked, "doubles.toml"));
    for (tracked, rules) in both.into_iter().chain([(true, "doubles_row.toml")]) {
        let scene = shop(rules);
        if tracked {
            assert_eq!(scene.run(&["track"]).code, Some(0));
        }
        let before = content(&scene.database);
        let plan = scene.run(&["dedupe", "plan", "--json"]);
        assert_eq!(plan.code, Some(3), "{plan:?}");
        let told = plan.document()["told"].as_array().unwrap().clone();
        let united: Vec<_> = told.iter().filter(|line| line["kind"] == "united").collect();
        assert_eq!(united.len(), 2, "{plan:?}");
        let differ = united.iter().filter(|line| line["detail"].as_str().unwrap().contains("phone"));
        assert_eq!(differ.count(), 1, "{plan:?}");
        assert_eq!(content(&scene.database), before);
        let applied = scene.run(&["dedupe", "apply", "--yes"]);
        assert_eq!(applied.code, Some(3), "{applied:?}");
        assert_eq!(content(&scene.database), UNITED, "tracked: {tracked}");
        let again = scene.run(&["dedupe", "apply", "--yes", "--json"]);
        assert_eq!((again.code, &again.document()["rows"]), (Some(0), &0.into()), "{again:?}");
        assert_eq!(scene.run(&["undo"]).code, Some(0));
        assert_eq!(content(&scene.database), before);
    }
}

#[test]
fn other_copies_learn_of_it_and_lose_nothing() {
    // Uniting says nothing of its own: an edit elsewhere stays, by column and by row.
    for rules in ["doubles.toml", "doubles_row.toml"] {
        learns(&shop(rules));
    }
}

fn learns(scene: &Scene) {
    assert_eq!(scene.run(&["track"]).code, Some(0));
    let other = scene.folder().join("other.db");
    std::fs::copy(&scene.database, &other).unwrap();
    shell::run(&other, "doubles_edits.sql");
    assert_eq!(scene.run(&["dedupe", "apply", "--yes"]).code, Some(3));
    assert!(matches!(scene.run(&["merge", "apply", "other.db"]).code, Some(0 | 3)));
    let words = ["--database", other.to_str().unwrap(), "merge", "apply", "shop.db"];
    let mut command = std::process::Command::new(lifeboat_tests::command::lifeboat());
    let learnt = command.args(words).current_dir(scene.folder()).output().unwrap();
    assert!(matches!(learnt.status.code(), Some(0 | 3)), "{learnt:?}");
    let content = content(&scene.database);
    assert_eq!(self::content(&other), content);
    assert!(content.contains("sale late to ada@x 99"), "the later edit of one of them counts: {content}");
    assert_eq!(content.matches("customer ada@x").count(), 1, "{content}");
}
