//! Databases that other migrators made, with the tools themselves: adopted by their schema, refused where they cannot be
//! believed, and left as they are.
#![allow(clippy::unwrap_used, reason = "a failed step of a test is a failed test")]

use lifeboat_tests::command::{Scene, copy_folder, root};
use lifeboat_tests::ledgers::{Migrator, django_project, write_knex_steps};
use lifeboat_tests::shell;
use std::path::PathBuf;

/// A database at the second of three steps, made by another migrator, with rows in it.
fn made_by(migrator: Migrator) -> (Scene, PathBuf) {
    let scene = Scene::empty("app.db");
    let old = scene.folder().join("old");
    match migrator {
        Migrator::Knex => write_knex_steps(&old, 2),
        Migrator::Django => copy_folder(&django_project(), &old),
        _ => migrator.write_steps(&old, 2),
    }
    migrator.run(&old, &scene.database);
    if migrator != Migrator::Django {
        shell::run(&scene.database, "foreign_rows.sql");
    }
    (scene, old)
}

/// Lifeboat's own steps, the same ones.
fn write_own_steps(scene: &Scene, count: usize) {
    let folder = scene.folder().join("steps");
    std::fs::create_dir_all(&folder).unwrap();
    for number in 1..=count {
        let from = root().join(format!("tests/fixtures/ledger_steps/{number}.sql"));
        std::fs::copy(from, folder.join(format!("000{number}_step.sql"))).unwrap();
    }
}

const ADOPT: [&str; 6] = ["migrate", "adopt", "--dir", "steps", "--from", "old"];

#[test]
fn a_ledger_in_sql_is_adopted_step_by_step_and_left_alone() {
    for migrator in Migrator::WITH_SQL {
        let (scene, old) = made_by(migrator);
        write_own_steps(&scene, 3);
        scene.run(&["migrate", "apply", "--dir", "steps"]).fails(1, "LB0911");
        let before = shell::run(&scene.database, "foreign_dump.sql");
        let plan = scene.json(&[&ADOPT[..], &["--dry-run"]].concat());
        assert_eq!(plan["tool"], migrator.name(), "{plan}");
        assert_eq!(scene.points_or_none().len(), 0, "{migrator:?}: a plan keeps nothing");
        let adopted = scene.json(&ADOPT);
        assert_eq!(adopted["steps"].as_array().unwrap().len(), 2, "{migrator:?}: {adopted}");
        assert_eq!(adopted["restore_point"]["kind"], "pre-migration");
        assert_eq!(shell::run(&scene.database, "ledger.sql"), "1 adopted, 2 adopted", "{migrator:?}");
        assert_eq!(
            shell::run(&scene.database, "foreign_dump.sql"),
            before,
            "{migrator:?}: rows or its ledger changed"
        );
        assert!(
            scene.json(&ADOPT)["steps"].as_array().unwrap().is_empty(),
            "{migrator:?}: a second time is nothing"
        );
        assert_eq!(scene.run(&["migrate", "apply", "--dir", "steps"]).code, Some(0), "{migrator:?}");
        assert_eq!(shell::run(&scene.database, "ledger.sql"), "1 adopted, 2 adopted, 3 applied");
        if migrator != Migrator::RusqliteMigration {
            migrator.run(&old, &scene.database);
        }
        assert_eq!(shell::run(&scene.database, "ledger.sql"), "1 adopted, 2 adopted, 3 applied");
    }
}

#[test]
fn an_adoption_is_taken_back_by_undo() {
    let (scene, _) = made_by(Migrator::Sqlx);
    write_own_steps(&scene, 2);
    let before = shell::digest(&scene.database);
    assert_eq!(scene.run(&ADOPT).code, Some(0));
    assert_eq!(scene.run(&["undo"]).code, Some(0));
    assert_eq!(shell::digest(&scene.database), before);
    scene.run(&["migrate", "apply", "--dir", "steps"]).fails(1, "LB0911");
}

#[test]
fn knex_and_django_are_adopted_by_a_baseline_that_a_new_database_comes_to() {
    for migrator in [Migrator::Knex, Migrator::Django] {
        let (scene, old) = made_by(migrator);
        std::fs::create_dir(scene.folder().join("steps")).unwrap();
        let before = shell::digest(&scene.database);
        let adopted = scene.json(&[&ADOPT[..], &["--baseline", "as_found"]].concat());
        assert_eq!(adopted["tool"], migrator.name(), "{adopted}");
        assert_eq!(adopted["steps"][0], "0001_as_found");
        let fresh = Scene::empty("app.db");
        copy_folder(&scene.folder().join("steps"), &fresh.folder().join("steps"));
        assert_eq!(fresh.run(&["migrate", "apply", "--dir", "steps"]).code, Some(0), "{migrator:?}");
        let schema = |database: &std::path::Path| shell::run(database, "foreign_schema.sql");
        assert_eq!(schema(&fresh.database), schema(&scene.database), "{migrator:?}");
        migrator.run(&old, &scene.database);
        assert_eq!(scene.run(&["undo"]).code, Some(0));
        assert_eq!(shell::digest(&scene.database), before, "{migrator:?}");
    }
}

#[test]
fn a_ledger_that_cannot_be_believed_is_refused_with_the_id_that_differs() {
    let cases: [(Migrator, &str, &str); 6] = [
        (Migrator::Sqlx, "foreign_dirty_sqlx.sql", "began 2"),
        (Migrator::Sqlx, "foreign_gap_sqlx.sql", "not 1"),
        (Migrator::Refinery, "foreign_gap_refinery.sql", "not 1"),
        (Migrator::Diesel, "foreign_gap_diesel.sql", "not 20260101000000"),
        (Migrator::Drizzle, "foreign_gap_drizzle.sql", "not 1767000000001"),
        (Migrator::Knex, "foreign_locked_knex.sql", "at work"),
    ];
    for (migrator, fixture, says) in cases {
        let (scene, _) = made_by(migrator);
        write_own_steps(&scene, 2);
        shell::run(&scene.database, fixture);
        let before = std::fs::read(&scene.database).unwrap();
        let refused = scene.run(&ADOPT);
        assert!(refused.stderr.contains(says), "{migrator:?}: {refused:?}");
        refused.fails(1, "LB0915");
        assert!(std::fs::read(&scene.database).unwrap() == before, "{migrator:?}: bytes changed");
    }
}

#[test]
fn files_that_were_edited_or_removed_since_are_named() {
    for (migrator, file, id) in [
        (Migrator::Sqlx, "1_step.sql", "1"),
        (Migrator::Refinery, "V1__step.sql", "1"),
        (Migrator::Drizzle, "0001_step.sql", "1767000000001"),
    ] {
        let (scene, old) = made_by(migrator);
        write_own_steps(&scene, 2);
        let path = old.join(file);
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, format!("{text}-- edited\n")).unwrap();
        let refused = scene.run(&ADOPT);
        assert!(refused.stderr.contains(&format!("{id} was changed")), "{migrator:?}: {refused:?}");
        std::fs::remove_file(&path).unwrap();
        let refused = scene.run(&ADOPT);
        assert!(refused.stderr.contains(&format!("applied {id}, which")), "{migrator:?}: {refused:?}");
        refused.fails(1, "LB0915");
    }
    let (scene, old) = made_by(Migrator::Django);
    std::fs::create_dir(scene.folder().join("steps")).unwrap();
    shell::run(&scene.database, "foreign_gap_django.sql");
    let refused = scene.run(&[&ADOPT[..], &["--baseline", "as_found"]].concat());
    assert!(refused.stderr.contains("shop.0001_initial"), "{refused:?}");
    refused.fails(1, "LB0915");
    assert!(old.exists() && scene.folder().join("steps").read_dir().unwrap().next().is_none());
}

#[test]
fn a_schema_of_no_step_of_several_or_behind_the_header_is_refused() {
    let (scene, _) = made_by(Migrator::Sqlx);
    write_own_steps(&scene, 1);
    let refused = scene.run(&ADOPT);
    assert!(refused.stderr.contains("table invoice is only in the database"), "{refused:?}");
    refused.fails(1, "LB0916");
    let (scene, _) = made_by(Migrator::Diesel);
    write_own_steps(&scene, 2);
    let rows_only = root().join("tests/fixtures/steps/trim_names.sql");
    std::fs::copy(rows_only, scene.folder().join("steps/0003_rows_only.sql")).unwrap();
    scene.run(&ADOPT).fails(2, "LB0917");
    let (named, _) = made_by(Migrator::Sqlx);
    copy_folder(&scene.folder().join("steps"), &named.folder().join("steps"));
    assert_eq!(named.json(&ADOPT)["steps"].as_array().unwrap().len(), 2, "its ledger has names that tell");
    let said = scene.json(&[&ADOPT[..], &["--at", "2"]].concat());
    assert_eq!(said["steps"].as_array().unwrap().len(), 2);
    let (scene, _) = made_by(Migrator::RusqliteMigration);
    shell::run(&scene.database, "user_version_seven.sql");
    write_own_steps(&scene, 2);
    scene.run(&ADOPT).fails(1, "LB0918");
    let (raised, _) = made_by(Migrator::Sqlx);
    write_own_steps(&raised, 2);
    let adopted = raised.run(&ADOPT);
    assert!(adopted.stdout.contains("user_version goes from 0 to 2"), "{adopted:?}");
    std::fs::remove_dir_all(scene.folder().join("steps")).unwrap();
    let adopted = scene.json(&["migrate", "adopt", "--dir", "steps", "--baseline", "as_found"]);
    assert_eq!(adopted["steps"][0], "0007_as_found", "{adopted}");
    assert_eq!(shell::run(&scene.database, "ledger.sql"), "7 adopted");
}

/// golang-migrate does not run here: its table is made as its documentation gives it.
#[test]
fn golang_migrate_is_known_by_its_table() {
    let scene = Scene::empty("app.db");
    shell::run(&scene.database, "foreign_golang.sql");
    write_own_steps(&scene, 2);
    let plan = scene.json(&["migrate", "adopt", "--dir", "steps", "--dry-run"]);
    assert_eq!(
        (&plan["tool"], plan["steps"].as_array().unwrap().len()),
        (&"golang-migrate".into(), 2),
        "{plan}"
    );
    shell::run(&scene.database, "foreign_dirty_golang.sql");
    scene.run(&["migrate", "adopt", "--dir", "steps"]).fails(1, "LB0915");
}
