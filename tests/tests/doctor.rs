//! The doctor tells the truth, with the disk full and the file damaged too, and a bundle holds no secret.
#![allow(clippy::unwrap_used, reason = "a failed step of a test is a failed test")]

use lifeboat_tests::command::{Ran, Scene, lifeboat};
use lifeboat_tests::pages::{PageClass, damage};
use lifeboat_tests::shell::{self, Session};
use serde_json::Value;
use std::path::Path;
use std::process::Command;

fn checks(scene: &Scene, args: &[&str]) -> Vec<Value> {
    let document = scene.json(&[&["doctor"], args].concat());
    document["checks"].as_array().unwrap_or_else(|| panic!("{document}")).clone()
}

fn check(scene: &Scene, args: &[&str], id: &str) -> (String, String) {
    let checks = checks(scene, args);
    let found = checks.iter().find(|check| check["id"] == id).unwrap_or_else(|| panic!("{id}: {checks:?}"));
    let text = |field: &str| found[field].as_str().unwrap_or_default().to_owned();
    (text("health"), text("finding"))
}

#[test]
fn every_check_has_an_id_a_verdict_and_where_needed_a_command() {
    let scene = Scene::shop("shop of the \"doctor\".db", "shop.sql");
    let checks = checks(&scene, &["--deep"]);
    let ids: Vec<&str> = checks.iter().map(|check| check["id"].as_str().unwrap()).collect();
    for id in [
        "engine",
        "interrupted-act",
        "database",
        "constraints",
        "settings",
        "foreign-keys",
        "application-engine",
        "primary-keys",
        "secrets",
        "free-pages",
        "migrations",
        "write-ahead-log",
        "newest-point",
        "clock",
        "vault",
        "vault-permissions",
        "vault-volume",
        "volume",
        "cloud-folder",
        "data-folder",
        "copies",
        "staging",
        "quarantine",
    ] {
        assert!(ids.contains(&id), "{id} is missing: {ids:?}");
    }
    for check in &checks {
        let needs = ["advice", "problem"].contains(&check["health"].as_str().unwrap());
        assert_eq!(check["command"].is_string() || check["by_hand"].is_string(), needs, "{check}");
        if let Some(command) = check["command"].as_str() {
            // Typed as it stands, in the reader's own shell: the command line reads it, or complains.
            let typed = command.replacen("lifeboat", lifeboat().to_str().unwrap(), 1);
            assert!(typed.contains("--database"), "{command}");
            let ran =
                Ran::from(Command::new("sh").arg("-c").arg(format!("{typed} --help")).output().unwrap());
            assert_eq!(ran.code, Some(0), "{command}: {ran:?}");
        }
    }
}

#[test]
fn what_was_not_looked_at_is_not_called_sound() {
    let scene = Scene::shop("app.db", "shop.sql");
    assert_eq!(check(&scene, &[], "constraints").0, "ok");
    damage(&scene.database, PageClass::Header, "invoice", "invoice_customer");
    assert_eq!(check(&scene, &[], "constraints").0, "not checked");
    std::fs::remove_file(&scene.database).unwrap();
    assert_eq!(check(&scene, &[], "constraints").0, "not checked");
}

#[test]
fn the_engine_of_the_application_is_told_by_the_header_by_a_flag_and_by_the_settings() {
    let scene = Scene::shop("app.db", "shop_wal.sql");
    // Debian's shell is of 3.40: it carries the bug.
    let (health, finding) = check(&scene, &[], "application-engine");
    assert!(health == "problem" && finding.contains("3.40"), "{finding}");
    assert_eq!(check(&scene, &["--application-sqlite", "3.53.2"], "application-engine").0, "ok");
    std::fs::write(scene.folder().join("lifeboat.toml"), "application_sqlite = '3.45.0'\n").unwrap();
    let (health, finding) = check(&scene, &[], "application-engine");
    assert!(health == "problem" && finding.contains("3.45.0"), "{finding}");
    let (health, _) = check(&scene, &["--application-sqlite", "new"], "application-engine");
    assert_eq!(health, "not checked");
}

#[test]
fn folders_that_are_synchronised_and_second_copies_are_problems() {
    let scene = Scene::empty("app.db");
    let folder = scene.folder().join("OneDrive - Firm/data");
    std::fs::create_dir_all(&folder).unwrap();
    let database = folder.join("a-name-that-nobody-has.db");
    shell::run(&database, "shop.sql");
    let named = ["--database", database.to_str().unwrap(), "--json", "doctor"];
    let finding = |id: &str| {
        let ran = Ran::from(Command::new(lifeboat()).args(named).output().unwrap());
        let document = ran.document();
        let checks = document["checks"].as_array().unwrap();
        checks.iter().find(|check| check["id"] == id).unwrap()["finding"].as_str().unwrap().to_owned()
    };
    assert!(finding("cloud-folder").contains("OneDrive"));
    assert!(finding("copies").starts_with("no other"));
    std::fs::create_dir(folder.join("old")).unwrap();
    std::fs::copy(&database, folder.join("old/a-name-that-nobody-has.db")).unwrap();
    assert!(finding("copies").contains("old/a-name-that-nobody-has.db"));
}

#[test]
fn columns_that_sound_like_secrets_and_tables_without_a_key_are_named() {
    let scene = Scene::shop("app.db", "secrets.sql");
    let (health, finding) = check(&scene, &[], "secrets");
    assert!(health == "advice" && finding.contains("patient_file.api_token"), "{finding}");
    let (health, finding) = check(&scene, &[], "primary-keys");
    assert!(health == "advice" && finding.contains("visit_history"), "{finding}");
    let (health, finding) = check(&scene, &[], "foreign-keys");
    assert!(health == "advice" && finding.contains('1'), "{finding}");
}

#[test]
fn who_keeps_a_large_log_is_named_and_upkeep_moves_it_when_he_is_gone() {
    let scene = Scene::shop("app.db", "shop_wal.sql");
    let reader = Session::start(&scene.database, "read_open.sql");
    shell::run(&scene.database, "large_log.sql");
    let (health, finding) = check(&scene, &[], "write-ahead-log");
    assert!(health == "advice" && finding.contains("sqlite3"), "{finding}");
    let blocked = scene.run(&["maintain", "--wait", "0"]);
    assert_eq!(blocked.code, Some(3), "{blocked:?}");
    assert!(blocked.stderr.contains("sqlite3"), "{blocked:?}");
    reader.close();
    let document = scene.json(&["maintain"]);
    assert_eq!((&document["checkpoint"], &document["log_bytes_after"]), (&"finished".into(), &0.into()));
    assert_eq!(check(&scene, &[], "write-ahead-log").0, "ok");
}

/// Everything that a visit writes or prints.
fn everything(scene: &Scene, bundle: &Path) -> String {
    let names = Command::new("python3")
        .args(["-c", "import sys,zipfile\nz=zipfile.ZipFile(sys.argv[1])\nfor n in z.namelist(): print(n, z.read(n).decode())"])
        .arg(bundle)
        .output()
        .expect("apt-get install -y python3");
    assert!(names.status.success(), "{names:?}");
    let ran = scene.run(&["doctor", "-vv"]);
    format!("{}{}{}", String::from_utf8_lossy(&names.stdout), ran.stdout, ran.stderr)
}

#[test]
fn a_bundle_holds_no_row_value_no_note_and_no_name() {
    let scene = Scene::shop("practice.db", "secrets.sql");
    assert!(matches!(scene.run(&["backup", "-m", "PLANTED-note"]).code, Some(0 | 3)));
    // A failed step whose trigger says what it refused, and a stray whose name says more than it should.
    let steps = scene.folder().join("steps");
    std::fs::create_dir(&steps).unwrap();
    assert_eq!(scene.run(&["migrate", "adopt", "--dir", "steps", "--baseline", "hidden_step"]).code, Some(0));
    let fixture = lifeboat_tests::command::root().join("tests/fixtures/steps/telling_trigger.sql");
    std::fs::copy(fixture, steps.join("0002_hidden_step.sql")).unwrap();
    let failed = scene.run(&["migrate", "apply", "--dir", "steps"]);
    assert!(failed.code == Some(1) && !failed.stderr.contains("PLANTED"), "{failed:?}");
    std::fs::write(scene.folder().join("lifeboat.toml"), "migrations = 'steps'\n").unwrap();
    std::fs::write(scene.work().join("points/Jane Doe.db"), "x").unwrap();
    let work = scene.work();
    std::fs::create_dir_all(work.join("quarantine/20260101T000000Z-aaaaaaaa")).unwrap();
    for hurt in [false, true] {
        if hurt {
            damage(&scene.database, PageClass::Leaf, "patient_file", "unique_patient");
        }
        let bundle = format!("bundle-{hurt}.zip");
        let ran = scene.run(&["doctor", "--bundle", &bundle]);
        assert!(matches!(ran.code, Some(0 | 3)), "{ran:?}");
        let path = scene.folder().join(&bundle);
        let text = everything(&scene, &path);
        assert!(!text.contains("PLANTED"), "{text}");
        let packed = Command::new("unzip").arg("-p").arg(&path).output().expect("apt-get install -y unzip");
        let packed = String::from_utf8_lossy(&packed.stdout).into_owned();
        for name in
            ["patient", "visit", "full_name", "api_token", "chosen", "practice", "hidden_step", "Jane"]
        {
            assert!(!packed.contains(name), "{name} is in the bundle: {packed}");
        }
        assert!(packed.contains("table-1") && packed.contains("\"sqlite\""), "{packed}");
    }
    // A database that is gone, and one that was moved: errors name files and places.
    let gone = scene.fork();
    std::fs::remove_file(&gone.database).unwrap();
    assert!(matches!(gone.run(&["doctor", "--bundle", "gone.zip"]).code, Some(0 | 3)));
    let packed = Command::new("unzip").arg("-p").arg(gone.folder().join("gone.zip")).output().unwrap();
    let packed = String::from_utf8_lossy(&packed.stdout).into_owned();
    assert!(!packed.contains("practice"), "{packed}");
    let again = scene.run(&["doctor", "--bundle", "bundle-true.zip"]);
    again.fails(2, "LB0504");
    assert!(matches!(scene.run(&["doctor", "--bundle", "named.zip", "--with-names"]).code, Some(0 | 3)));
    let packed = Command::new("unzip").arg("-p").arg(scene.folder().join("named.zip")).output().unwrap();
    let packed = String::from_utf8_lossy(&packed.stdout).into_owned();
    assert!(packed.contains("patient_file") && !packed.contains("PLANTED"), "{packed}");
}

#[test]
fn errors_and_logs_about_secrets_hold_none() {
    let scene = Scene::shop("practice.db", "secrets.sql");
    damage(&scene.database, PageClass::Schema, "patient_file", "unique_patient");
    for args in [
        &["status", "-vv"][..],
        &["doctor", "--deep", "-vv"],
        &["backup", "-vv"],
        &["salvage", "--to", "saved.db", "-vv"],
        &["repair", "-vv"],
        &["quarantine", "-vv"],
    ] {
        let ran = scene.run(args);
        assert!(!ran.stdout.contains("PLANTED") && !ran.stderr.contains("PLANTED"), "{args:?}: {ran:?}");
    }
}

#[test]
fn it_works_on_a_full_disk_and_on_a_damaged_file() {
    let scene = Scene::shop("app.db", "shop_wal.sql");
    let volume = scene.folder().join("volume");
    std::fs::create_dir_all(&volume).unwrap();
    let script = "mount -t tmpfs -o size=2m tmpfs \"$VOLUME\" && cp \"$DB\" \"$VOLUME/app.db\" &&
        { dd if=/dev/zero of=\"$VOLUME/fill\" bs=4096 2>/dev/null; true; } &&
        \"$LIFEBOAT\" -d \"$VOLUME/app.db\" --json doctor --deep";
    let mut command = Command::new("unshare");
    if std::os::unix::fs::MetadataExt::uid(&std::fs::metadata("/proc/self").unwrap()) != 0 {
        command.args(["--user", "--map-root-user"]);
    }
    command.args(["--mount", "sh", "-c", script]);
    command.env("VOLUME", &volume).env("LIFEBOAT", lifeboat()).env("DB", &scene.database);
    let ran = Ran::from(command.output().expect("apt-get install -y util-linux"));
    let document = ran.document();
    let checks = document["checks"].as_array().unwrap();
    let of = |id: &str| {
        checks.iter().find(|check| check["id"] == id).unwrap()["health"].as_str().unwrap().to_owned()
    };
    assert_eq!((of("database").as_str(), of("volume").as_str()), ("ok", "advice"), "{document}");
    for class in [PageClass::Header, PageClass::Schema, PageClass::Leaf] {
        let hurt = Scene::shop("app.db", "shop.sql");
        damage(&hurt.database, class, "invoice", "invoice_customer");
        assert_eq!(check(&hurt, &[], "database").0, "problem", "{class:?}");
        assert_eq!(check(&hurt, &[], "volume").0, "ok", "{class:?}");
    }
}

#[test]
fn rows_that_break_a_rule_are_told_and_are_no_damage() {
    let scene = Scene::shop("app.db", "broken_rule.sql");
    assert_eq!(check(&scene, &[], "database").0, "ok");
    let (health, finding) = check(&scene, &[], "constraints");
    assert!(health == "advice" && finding.starts_with('1'), "{finding}");
}

#[test]
fn a_pipe_and_a_missing_folder_of_steps_do_not_stop_it() {
    let scene = Scene::shop("app.db", "shop.sql");
    let pipe = scene.folder().join("pipe.db");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let ran = Command::new(lifeboat()).args(["--database"]).arg(&pipe).arg("doctor").output().unwrap();
    Ran::from(ran).fails(20, "LB0102");
    std::fs::write(scene.folder().join("lifeboat.toml"), "migrations = 'gone'\n").unwrap();
    assert_eq!(check(&scene, &[], "steps").0, "problem");
    assert_eq!(check(&scene, &[], "database").0, "ok");
}
