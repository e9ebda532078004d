//! The main job as a user does it, on generated and on real databases.
#![allow(clippy::unwrap_used, reason = "a failed step of a test is a failed test")]

use lifeboat_tests::command::{Scene, root};
use lifeboat_tests::shell;
use serde_json::Value;
use std::path::{Path, PathBuf};

/// Holds a document to its committed schema.
fn conforms(kind: &str, document: &Value) {
    let path = root().join(format!("docs/formats/json/{kind}.schema.json"));
    let schema: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<_> = validator.iter_errors(document).map(|e| e.to_string()).collect();
    assert!(errors.is_empty(), "{kind}: {errors:?}\n{document:#}");
}

#[test]
fn every_verb_gives_a_document_that_its_schema_allows() {
    let scene = Scene::shop("app.db", "shop_wal.sql");
    conforms("status", &scene.json(&["status"]));
    conforms("backup", &scene.json(&["backup", "-m", "first"]));
    conforms("list", &scene.json(&["list"]));
    conforms("show", &scene.json(&["show", "latest"]));
    conforms("verify", &scene.json(&["verify", "--all", "--drill"]));
    shell::run(&scene.database, "change.sql");
    conforms("restore-plan", &scene.json(&["restore", "latest", "--dry-run"]));
    conforms("restore", &scene.json(&["restore", "latest"]));
    conforms("restore-plan", &scene.json(&["undo", "--dry-run"]));
    conforms("restore", &scene.json(&["undo"]));
    conforms("export", &scene.json(&["restore", "latest", "--to", "copy.db"]));
    conforms("forget", &scene.json(&["forget", "--dry-run"]));
    conforms("prune", &scene.json(&["prune"]));
    conforms("doctor", &scene.json(&["doctor"]));
    conforms("paths", &scene.json(&["paths"]));
    conforms("config", &scene.json(&["config", "show"]));
    conforms("init", &scene.json(&["init"]));
    conforms("error", &scene.json(&["show", "0000"]));
}

/// Backup, damage by a mistake, restore, undo: each state is the one that was.
fn there_and_back(database: &Path) {
    let scene = Scene::empty("real.db");
    std::fs::copy(database, &scene.database).unwrap();
    let old = shell::digest(&scene.database);
    let backup = scene.run(&["backup", "--json"]);
    assert!(matches!(backup.code, Some(0 | 3)), "{backup:?}");
    shell::run(&scene.database, "user_version.sql");
    shell::run(&scene.database, "foreign_create.sql");
    let new = shell::digest(&scene.database);
    assert_ne!(old, new);
    let restored = scene.run(&["restore", "latest"]);
    assert_eq!(restored.code, Some(0), "{restored:?}");
    assert_eq!(shell::digest(&scene.database), old);
    let undone = scene.run(&["undo"]);
    assert_eq!(undone.code, Some(0), "{undone:?}");
    assert_eq!(shell::digest(&scene.database), new);
    assert_eq!(scene.run(&["verify", "--all", "--drill"]).code, Some(0));
}

#[test]
fn real_databases_go_there_and_back() {
    let Some(folder) = std::env::var_os("LIFEBOAT_REAL_DATABASES").map(PathBuf::from) else {
        // A clone elsewhere has none: the generated shop serves.
        there_and_back(&Scene::shop("app.db", "shop_wal.sql").database);
        return;
    };
    let mut found = Vec::new();
    collect(&folder, &mut found);
    assert!(!found.is_empty(), "{} holds no database", folder.display());
    found.iter().for_each(|database| there_and_back(database));
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in folder.read_dir().unwrap() {
        let path = entry.unwrap().path();
        let ending = path.extension().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            collect(&path, found);
        } else if ["db", "sqlite", "sqlite3"].contains(&ending.as_str()) {
            found.push(path);
        }
    }
}

#[test]
fn looking_leaves_content_journal_mode_and_header_as_they_were() {
    for fixture in ["shop.sql", "shop_wal.sql"] {
        let scene = Scene::shop("app.db", fixture);
        let before = std::fs::read(&scene.database).unwrap();
        for args in [&["backup"][..], &["verify", "--all"], &["list"], &["status"], &["doctor"]] {
            let ran = scene.run(args);
            assert!(matches!(ran.code, Some(0 | 3)), "{ran:?}");
            assert!(before == std::fs::read(&scene.database).unwrap(), "{args:?} on {fixture}");
        }
        for args in
            [&["restore", "latest", "--dry-run"][..], &["forget", "--dry-run"], &["prune", "--dry-run"]]
        {
            let ran = scene.run(args);
            assert_eq!(ran.code, Some(0), "{ran:?}");
            assert!(before == std::fs::read(&scene.database).unwrap(), "{args:?} on {fixture}");
        }
    }
}

#[test]
fn old_orphans_do_not_make_a_database_impossible_to_back_up() {
    let scene = Scene::shop("app.db", "orphans.sql");
    let document = scene.json(&["backup"]);
    assert_eq!(document["point"]["orphan_rows"], 2);
    assert_eq!(document["point"]["suspect"], false);
    assert_eq!(scene.run(&["restore", "latest"]).code, Some(0));
}

#[test]
fn a_point_of_an_older_schema_is_restored_as_it_is() {
    let scene = Scene::shop("app.db", "shop.sql");
    assert_eq!(scene.run(&["backup"]).code, Some(0));
    shell::run(&scene.database, "user_version.sql");
    let plan = scene.json(&["restore", "latest", "--dry-run"]);
    assert_eq!(plan["other_schema"], true);
    assert_eq!(scene.run(&["restore", "latest"]).code, Some(0));
    assert_eq!(scene.json(&["status"])["database"]["user_version"], 0);
}

#[test]
fn names_that_are_hard_for_uris_and_shells_work() {
    for name in ["a b.db", "it's.db", "100%.db", "what?.db", "#1.db", "\"q\".db", "kärbis—試.db", "-dash.db"]
    {
        let scene = Scene::shop(name, "shop_wal.sql");
        let old = shell::digest(&scene.database);
        assert_eq!(scene.run(&["backup"]).code, Some(0), "{name}");
        shell::run(&scene.database, "change.sql");
        assert_eq!(scene.run(&["restore", "latest"]).code, Some(0), "{name}");
        assert_eq!(shell::digest(&scene.database), old, "{name}");
    }
}

#[test]
fn a_symlinked_database_is_resolved_once() {
    let scene = Scene::shop("app.db", "shop_wal.sql");
    let link = scene.folder().join("link.db");
    std::os::unix::fs::symlink(&scene.database, &link).unwrap();
    let old = shell::digest(&scene.database);
    assert_eq!(scene.run(&["backup"]).code, Some(0));
    shell::run(&scene.database, "change.sql");
    let mut restore = std::process::Command::new(lifeboat_tests::command::lifeboat());
    restore.arg("--database").arg(&link).args(["--yes", "restore", "latest"]);
    assert!(restore.status().unwrap().success());
    assert!(link.is_symlink());
    assert_eq!(shell::digest(&scene.database), old);
    assert!(!scene.folder().join("link.db.lifeboat").exists());
}

#[test]
fn retention_forgets_by_rule_and_prune_frees() {
    let scene = Scene::shop("app.db", "shop.sql");
    for _ in 0..7 {
        assert_eq!(scene.run(&["backup", "--scheduled"]).code, Some(0));
    }
    assert_eq!(scene.run(&["forget"]).code, Some(0));
    assert_eq!(scene.points().len(), 5);
    let freed = scene.json(&["prune"]);
    assert!(freed["bytes"].as_u64().unwrap() > 0, "{freed}");
    let newest = scene.points().pop().unwrap();
    scene.run(&["forget", &newest]).fails(2, "LB0702");
    let sequence = scene.json(&["backup"])["point"]["sequence"].as_u64().unwrap();
    assert_eq!(sequence, 8);
}

#[test]
fn without_a_yes_and_without_a_terminal_nothing_is_changed() {
    let scene = Scene::shop("app.db", "shop.sql");
    assert_eq!(scene.run(&["backup"]).code, Some(0));
    shell::run(&scene.database, "change.sql");
    let before = std::fs::read(&scene.database).unwrap();
    for args in [&["restore", "latest"][..], &["undo"]] {
        let mut command = std::process::Command::new(lifeboat_tests::command::lifeboat());
        command.arg("--database").arg(&scene.database).args(args).stdin(std::process::Stdio::null());
        let ran: lifeboat_tests::command::Ran = command.output().unwrap().into();
        assert!(matches!(ran.code, Some(2 | 10)), "{ran:?}");
        assert!(before == std::fs::read(&scene.database).unwrap());
    }
}

#[test]
fn settings_come_from_the_file_beside_the_database() {
    let scene = Scene::shop("app.db", "shop.sql");
    assert_eq!(scene.run(&["init"]).code, Some(0));
    let plain = |args: &[&str]| -> lifeboat_tests::command::Ran {
        let mut command = std::process::Command::new(lifeboat_tests::command::lifeboat());
        command.args(args).current_dir(scene.folder()).env_remove("LIFEBOAT_DATABASE");
        command.output().unwrap().into()
    };
    assert_eq!(plain(&["backup"]).code, Some(0));
    plain(&["init"]).fails(2, "LB0802");
    std::fs::write(scene.folder().join("lifeboat.toml"), "databse = 'app.db'\n").unwrap();
    plain(&["backup"]).fails(2, "LB0801");
    std::fs::remove_file(scene.folder().join("lifeboat.toml")).unwrap();
    plain(&["backup"]).fails(2, "LB0113");
}

#[test]
fn completions_and_manual_pages_are_printed() {
    let scene = Scene::empty("none.db");
    for args in [&["completions", "bash"][..], &["completions", "powershell"], &["man"]] {
        let ran = scene.run(args);
        assert!(ran.code == Some(0) && ran.stdout.contains("lifeboat"), "{ran:?}");
    }
    let pages = scene.folder().join("man");
    std::fs::create_dir(&pages).unwrap();
    assert_eq!(scene.run(&["man", pages.to_str().unwrap()]).code, Some(0));
    assert!(pages.read_dir().unwrap().count() > 10);
}

#[test]
fn ten_thousand_points_are_listed_found_numbered_and_forgotten_exactly() {
    let scene = Scene::shop("app.db", "shop.sql");
    lifeboat_tests::many::make_points(&scene.database, 10_000);
    let list = scene.json(&["list"]);
    let points = list["points"].as_array().unwrap();
    let sequences: Vec<u64> = points.iter().map(|point| point["sequence"].as_u64().unwrap()).collect();
    assert_eq!(sequences, (1..=10_000).collect::<Vec<u64>>());
    assert_eq!(scene.json(&["show", "latest"])["point"]["sequence"], 10_000);
    assert_eq!(scene.json(&["backup"])["point"]["sequence"], 10_001);
    assert_eq!(scene.run(&["forget"]).code, Some(0));
    // Two manual points have no rule, five scheduled ones are kept.
    assert_eq!(scene.points().len(), 7);
}

/// Nothing can check such a reference, and everything else works.
#[test]
fn a_reference_that_names_no_key_stops_nothing() {
    let scene = Scene::shop("app.db", "no_key.sql");
    // Done, with a word about what could not be checked.
    let done = |args: &[&str]| {
        let ran = scene.run(args);
        assert!(matches!(ran.code, Some(0 | 3)), "{args:?}: {ran:?}");
    };
    done(&["backup"]);
    let content = shell::digest(&scene.database);
    shell::run(&scene.database, "new_table.sql");
    done(&["restore", "latest"]);
    assert_eq!(shell::digest(&scene.database), content);
    done(&["undo"]);
    done(&["verify", "--all", "--drill"]);
    let shown = scene.json(&["show", "latest"]);
    assert!(shown.to_string().contains("no key of its parent"), "{shown}");
}
