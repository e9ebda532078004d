//! Merging as a user meets it: two tills and their books, a real shop forked in two, what cannot be merged, and a kill at
//! every change.
#![allow(clippy::unwrap_used, reason = "a failed step of a test is a failed test")]

use lifeboat_tests::command::{Scene, root};
use lifeboat_tests::shell;
use lifeboat_tests::sweep::{Fault, Reach, sweep, sweep_changes};
use std::path::{Path, PathBuf};

/// A tracked database; copies of it lie beside it.
fn tracked(name: &str, fixture: &str, rules: Option<&str>) -> Scene {
    let scene = Scene::shop(name, fixture);
    if let Some(rules) = rules {
        std::fs::copy(root().join("tests/fixtures").join(rules), scene.folder().join("lifeboat.toml"))
            .unwrap();
    }
    assert_eq!(scene.run(&["track"]).code, Some(0));
    scene
}

fn beside(scene: &Scene, name: &str) -> PathBuf {
    scene.folder().join(name)
}

fn copy(scene: &Scene, name: &str) -> PathBuf {
    let to = beside(scene, name);
    std::fs::copy(&scene.database, &to).unwrap();
    to
}

/// Runs a verb on a copy.
fn on(scene: &Scene, database: &Path, args: &[&str]) -> lifeboat_tests::command::Ran {
    let mut command = std::process::Command::new(lifeboat_tests::command::lifeboat());
    command.arg("--database").arg(database).args(args).arg("--yes").current_dir(scene.folder());
    command.output().unwrap().into()
}

/// Both learn all that the other knows; gives the statuses of the two first merges.
fn merge_both_ways(scene: &Scene, a: &Path, b: &Path) -> [Option<i32>; 2] {
    let words = |path: &Path| path.display().to_string();
    let first = on(scene, a, &["merge", "apply", &words(b)]);
    let second = on(scene, b, &["merge", "apply", &words(a)]);
    let third = on(scene, a, &["merge", "apply", &words(b)]);
    for ran in [&first, &second, &third] {
        assert!(matches!(ran.code, Some(0 | 3 | 4)), "{ran:?}");
    }
    [first.code, second.code]
}

#[test]
fn two_tills_sell_offline_all_day_and_their_books_agree_at_night() {
    let scene = tracked("shop.db", "tills.sql", Some("tills.toml"));
    let (a, b) = (copy(&scene, "till-a.db"), copy(&scene, "till-b.db"));
    shell::run(&a, "till_a_morning.sql");
    shell::run(&b, "till_b_morning.sql");
    assert_eq!(on(&scene, &b, &["backup"]).code, Some(0));
    shell::run(&b, "till_b_lost.sql");
    // The other till sees what is about to be lost.
    assert!(matches!(on(&scene, &a, &["merge", "apply", "till-b.db"]).code, Some(0 | 3)));
    assert_eq!(on(&scene, &b, &["restore", "latest"]).code, Some(0));
    shell::run(&b, "till_b_noon.sql");
    let plan = on(&scene, &a, &["merge", "plan", "till-b.db", "--json"]);
    assert_eq!(plan.code, Some(4), "{plan:?}");
    let kinds = |document: &serde_json::Value| -> Vec<String> {
        let told = document["told"].as_array().unwrap();
        told.iter().map(|line| line["kind"].as_str().unwrap().to_owned()).collect()
    };
    assert!(kinds(&plan.document()).contains(&"renumbered".to_owned()), "{plan:?}");
    let before = shell::run(&a, "till_books.sql");
    let statuses = merge_both_ways(&scene, &a, &b);
    assert_eq!(statuses[0], Some(4), "a price that was edited here and deleted there is to be decided");
    let books = shell::run(&a, "till_books.sql");
    assert_eq!(shell::run(&b, "till_books.sql"), books);
    assert_ne!(books, before);
    for sale in [
        "A-1 bob@example.org 1000 = 1000",
        "A-2 ada@example.org 1500 = 1500",
        "B-1 bob@example.org 700 = 700",
        "B-2 ada@example.org 600 = 600",
        "B-3 bob@example.org 900 = 900",
        "total 5000",
    ] {
        assert!(books.contains(sale), "{sale} is not in the books:\n{books}");
    }
    assert_eq!(books.matches("customer bob").count(), 1, "{books}");
    assert!(!books.contains("orphan"), "{books}");
    let open = on(&scene, &b, &["conflicts", "--json"]);
    assert_eq!(open.code, Some(4));
    let conflicts = open.document()["conflicts"].as_array().unwrap().clone();
    for conflict in &conflicts {
        assert_eq!(conflict["row"]["table"], "product", "{conflict}");
        let done = on(&scene, &b, &["resolve", conflict["id"].as_str().unwrap(), "--theirs"]);
        assert_eq!(done.code, Some(0), "{done:?}");
    }
    merge_both_ways(&scene, &a, &b);
    for till in [&a, &b] {
        assert_eq!(on(&scene, till, &["conflicts"]).code, Some(0));
    }
    assert_eq!(shell::run(&a, "till_books.sql"), shell::run(&b, "till_books.sql"));
    assert_eq!(on(&scene, &a, &["merge", "apply", "till-b.db", "--json"]).document()["rows"], 0);
}

/// Every Chinook of LIFEBOAT_REAL_DATABASES; a clone elsewhere has none, and the tills above.
fn chinooks() -> Vec<PathBuf> {
    let Some(folder) = std::env::var_os("LIFEBOAT_REAL_DATABASES").map(PathBuf::from) else {
        return Vec::new();
    };
    let entries = folder.join("chinook").read_dir();
    let files = entries.into_iter().flatten().map(|entry| entry.unwrap().path());
    files.filter(|path| path.extension().is_some_and(|ending| ending == "sqlite")).collect()
}

#[test]
fn a_real_shop_that_was_forked_is_one_again() {
    for path in chinooks() {
        let scene = Scene::empty("shop.db");
        std::fs::write(&scene.database, std::fs::read(&path).unwrap()).unwrap();
        assert_eq!(scene.run(&["track"]).code, Some(0));
        let (a, b) = (copy(&scene, "a.db"), copy(&scene, "b.db"));
        shell::run(&a, "chinook_edits_a.sql");
        shell::run(&b, "chinook_edits_b.sql");
        merge_both_ways(&scene, &a, &b);
        let content = shell::run(&a, "chinook_content.sql");
        assert_eq!(shell::run(&b, "chinook_content.sql"), content, "{}", path.display());
        for word in [
            "nora@a.example",
            "ben@b.example",
            "Shop A 57",
            "Shop B 56",
            "playlist Only A",
            "playlist Only B",
            "(B)",
        ] {
            assert!(content.contains(word), "{word} is gone");
        }
        assert!(!content.contains("orphan"));
    }
}

#[test]
fn what_cannot_be_merged_is_refused_and_nothing_is_changed() {
    let scene = tracked("shop.db", "tills.sql", Some("tills.toml"));
    let other = copy(&scene, "other.db");
    shell::run(&other, "till_b_morning.sql");
    let books = shell::run(&scene.database, "till_books.sql");
    let apart = Scene::shop("apart.db", "tills.sql");
    std::fs::write(beside(&scene, "text.db"), "no database at all, but long enough to be one: ".repeat(40))
        .unwrap();
    std::fs::copy(&apart.database, beside(&scene, "untracked.db")).unwrap();
    std::fs::copy(root().join("tests/fixtures/tills.toml"), apart.folder().join("lifeboat.toml")).unwrap();
    assert_eq!(apart.run(&["track"]).code, Some(0));
    std::fs::copy(&apart.database, beside(&scene, "apart.db")).unwrap();
    let mut damaged = std::fs::read(&other).unwrap();
    let pages = damaged.len() / 4096;
    damaged[4096 * (pages - 1)..].fill(0x5a);
    std::fs::write(beside(&scene, "damaged.db"), damaged).unwrap();
    for (file, exit, code) in [
        ("absent.db", 10, "LB0101"),
        ("text.db", 20, "LB0102"),
        ("untracked.db", 10, "LB1004"),
        ("apart.db", 1, "LB1005"),
        ("shop.db", 2, "LB0114"),
        ("damaged.db", 20, "LB0103"),
    ] {
        for verb in ["plan", "apply"] {
            scene.run(&["merge", verb, file]).fails(exit, code);
        }
    }
    let rules = std::fs::read_to_string(beside(&scene, "lifeboat.toml")).unwrap();
    std::fs::write(
        beside(&scene, "lifeboat.toml"),
        rules.replace("policy = \"manual\"", "policy = \"forbidden\""),
    )
    .unwrap();
    scene.run(&["merge", "apply", "other.db"]).fails(1, "LB1006");
    assert_eq!(scene.run(&["track"]).code, Some(0));
    scene.run(&["merge", "apply", "other.db"]).fails(1, "LB1006");
    assert_eq!(on(&scene, &other, &["track"]).code, Some(0));
    shell::run(&other, "till_b_noon.sql");
    scene.run(&["merge", "apply", "other.db"]).fails(1, "LB1008");
    scene.run(&["resolve", "nothing", "--ours"]).fails(10, "LB1010");
    scene.run(&["resolve", "--all-like", "product.nothing", "--ours"]).fails(10, "LB1010");
    shell::run(&other, "new_column.sql");
    assert_eq!(on(&scene, &other, &["track"]).code, Some(0));
    scene.run(&["merge", "apply", "other.db"]).fails(1, "LB1012");
    assert_eq!(shell::run(&scene.database, "till_books.sql"), books);
}

#[test]
fn columns_of_one_row_are_decided_each_in_its_way() {
    let scene = tracked("shop.db", "apart.sql", Some("manual.toml"));
    let other = copy(&scene, "other.db");
    shell::run(&scene.database, "manual_a.sql");
    shell::run(&other, "manual_b.sql");
    assert_eq!(scene.run(&["merge", "apply", "other.db"]).code, Some(4));
    let open = scene.run(&["conflicts", "--json"]).document()["conflicts"].as_array().unwrap().clone();
    assert_eq!(open.len(), 2);
    let id = open[0]["id"].as_str().unwrap();
    scene.run(&["resolve", id, "--field", "email=ours"]).fails(10, "LB1010");
    scene.run(&["resolve", "nothing", "--field", "name=ours"]).fails(10, "LB1010");
    assert_eq!(scene.run(&["resolve", id, "--field", "name"]).code, Some(2));
    let decided = scene.run(&["resolve", id, "--field", "name=ours", "--field", "City=\"Zug\""]);
    assert_eq!(decided.code, Some(0), "{decided:?}");
    assert!(shell::run(&scene.database, "apart_content.sql").contains("bob@x Name of A Zug"));
    assert_eq!(scene.run(&["conflicts"]).code, Some(0));
}

#[test]
fn a_check_of_the_product_stops_what_it_finds() {
    let scene = tracked("shop.db", "tills.sql", Some("tills.toml"));
    shell::run(&copy(&scene, "other.db"), "till_b_morning.sql");
    let (rules, books) = (beside(&scene, "lifeboat.toml"), shell::run(&scene.database, "till_books.sql"));
    let plain = std::fs::read_to_string(&rules).unwrap();
    let with = |check: &str| {
        let check = root().join("tests/fixtures/checks").join(format!("{check}.toml"));
        std::fs::write(&rules, plain.clone() + &std::fs::read_to_string(check).unwrap()).unwrap();
    };
    for (check, exit, code) in [
        ("no_query", 2, "LB1001"),
        ("writes", 2, "LB1001"),
        ("ends_it", 2, "LB1001"),
        ("no_table", 2, "LB1001"),
        ("finds_one", 1, "LB1009"),
    ] {
        with(check);
        for verb in ["plan", "apply"] {
            let refused = scene.run(&["merge", verb, "other.db"]);
            assert!(refused.stderr.contains("small-sales"), "{refused:?}");
            refused.fails(exit, code);
        }
        assert_eq!(shell::run(&scene.database, "till_books.sql"), books, "{check}");
    }
    with("holds");
    assert!(matches!(scene.run(&["merge", "apply", "other.db"]).code, Some(0 | 3)));
    assert_ne!(shell::run(&scene.database, "till_books.sql"), books);
}

/// Old or new, and the same merge again gives the same result.
#[test]
fn killed_while_it_merges() {
    let scene = tracked("shop.db", "tills.sql", Some("tills.toml"));
    copy(&scene, "other.db");
    shell::run(&scene.database, "till_a_morning.sql");
    shell::run(&beside(&scene, "other.db"), "till_b_morning.sql");
    let old = shell::run(&scene.database, "till_books.sql");
    let merged = scene.fork();
    assert!(matches!(merged.run(&["merge", "apply", "other.db"]).code, Some(0 | 3)));
    let new = shell::run(&merged.database, "till_books.sql");
    assert_ne!(old, new);
    // In soak every call is a place to be killed at; errors make sense of those that change something.
    let faults = match Reach::asked() {
        Reach::Every => vec![Fault::Kill, Fault::Io, Fault::Full],
        Reach::Changing => vec![Fault::Kill],
    };
    for fault in faults {
        let mut outcomes = [0, 0];
        let args = ["merge", "apply", "other.db"];
        let mut check = |trial: &Scene, number: &str, ran: &lifeboat_tests::command::Ran| {
            let at = format!("merge, {fault:?} at {number}");
            ran.told_or_done(&at);
            let books = shell::run(&trial.database, "till_books.sql");
            assert!(books == old || books == new, "{at}: half a merge\n{books}");
            outcomes[usize::from(books == new)] += 1;
            let again = trial.run(&["merge", "apply", "other.db"]);
            assert!(matches!(again.code, Some(0 | 3)), "{at}: {again:?}");
            assert_eq!(shell::run(&trial.database, "till_books.sql"), new, "{at}");
        };
        let count = match fault {
            Fault::Kill => sweep(&scene, &args, fault, &mut check),
            Fault::Io | Fault::Full => sweep_changes(&scene, &args, fault, &mut check),
        };
        assert!(count > 20 && outcomes[0] > 0 && outcomes[1] > 0, "{fault:?}: {count}, {outcomes:?}");
    }
}
