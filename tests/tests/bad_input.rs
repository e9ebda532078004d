//! Bad input: an exact code, and the bytes as they were.
#![allow(clippy::unwrap_used, reason = "a failed step of a test is a failed test")]

use lifeboat::domain::code::Code;
use lifeboat::{Config, Lifeboat, VerifyDepth};
use lifeboat_tests::command::Scene;
use lifeboat_tests::shell;
use std::path::{Path, PathBuf};

/// Runs verbs on a file with these bytes; each fails with the code and leaves the bytes.
fn refused(bytes: &[u8], exit: i32, code: &str) {
    let scene = Scene::empty("app.db");
    std::fs::write(&scene.database, bytes).unwrap();
    for args in [&["backup"][..], &["status"]] {
        scene.run(args).fails(exit, code);
        assert_eq!(std::fs::read(&scene.database).unwrap(), bytes);
    }
}

#[test]
fn what_is_no_database_is_refused() {
    let scene = Scene::shop("whole.db", "shop.sql");
    let whole = std::fs::read(&scene.database).unwrap();
    refused(b"", 20, "LB0102");
    refused(b"x", 20, "LB0102");
    refused(&whole[..100], 20, "LB0102");
    refused(&vec![0x5a; 4096], 20, "LB0102");
    refused(&whole[..whole.len() - 1024], 20, "LB0103");
}

#[test]
fn what_is_absent_or_a_folder_is_named() {
    let scene = Scene::empty("app.db");
    scene.run(&["backup"]).fails(10, "LB0101");
    scene.run(&["list"]).fails(10, "LB0301");
    scene.run(&["restore", "latest"]).fails(10, "LB0301");
    std::fs::create_dir(&scene.database).unwrap();
    scene.run(&["backup"]).fails(20, "LB0102");
}

#[test]
fn the_destination_is_never_the_source() {
    let scene = Scene::shop("app.db", "shop.sql");
    let bytes = std::fs::read(&scene.database).unwrap();
    let link = scene.folder().join("link");
    let hard = scene.folder().join("hard");
    std::os::unix::fs::symlink(&scene.database, &link).unwrap();
    std::fs::hard_link(&scene.database, &hard).unwrap();
    for vault in [&scene.database, &link, &hard] {
        scene.run(&["--vault", vault.to_str().unwrap(), "backup"]).fails(2, "LB0114");
        assert_eq!(scene.run(&["restore", "latest", "--to", vault.to_str().unwrap()]).code, Some(10));
        assert_eq!(std::fs::read(&scene.database).unwrap(), bytes);
    }
    assert!(scene.run(&["backup"]).code == Some(0));
    for to in [&scene.database, &link, &hard] {
        scene.run(&["restore", "latest", "--to", to.to_str().unwrap()]).fails(2, "LB0504");
        assert_eq!(std::fs::read(&scene.database).unwrap(), bytes);
    }
}

fn only(folder: &Path, ending: &str) -> PathBuf {
    let mut found: Vec<PathBuf> = folder.read_dir().unwrap().map(|e| e.unwrap().path()).collect();
    found.retain(|path| path.to_string_lossy().ends_with(ending));
    assert_eq!(found.len(), 1, "{found:?}");
    found.remove(0)
}

#[test]
fn a_manifest_that_is_missing_cut_edited_or_newer_is_told() {
    let scene = Scene::shop("app.db", "shop.sql");
    assert_eq!(scene.run(&["backup"]).code, Some(0));
    let points = scene.work().join("points");
    let manifest = only(&points, ".manifest.json");
    let text = std::fs::read_to_string(&manifest).unwrap();
    let live = std::fs::read(&scene.database).unwrap();
    let cases = [
        (text[..text.len() / 2].to_owned(), "LB0402"),
        (text.replace("\"rows\": 200", "\"rows\": 201"), "LB0402"),
        (text.replace("\"version\": 1", "\"version\": 2"), "LB0305"),
        (String::new(), "LB0402"),
    ];
    for (broken, code) in cases {
        std::fs::write(&manifest, &broken).unwrap();
        let verified = scene.run(&["verify", "--all"]).exits(20);
        assert!(verified.stdout.contains(code), "{verified:?}");
        assert!(matches!(scene.run(&["restore", "latest"]).code, Some(20 | 21)));
        assert_eq!(scene.run(&["list"]).code, Some(3));
        assert_eq!(std::fs::read_to_string(&manifest).unwrap(), broken, "the damaged manifest is kept");
        assert_eq!(std::fs::read(&scene.database).unwrap(), live);
    }
    std::fs::remove_file(&manifest).unwrap();
    let verified = scene.run(&["verify", "--all"]).exits(3);
    assert!(verified.stdout.contains("stray"), "{verified:?}");
    assert_eq!(scene.run(&["backup"]).code, Some(0));
    assert!(points.read_dir().unwrap().count() == 3, "the stray file is left alone");
}

#[test]
fn a_newer_vault_is_refused_and_left_as_it_is() {
    let scene = Scene::shop("app.db", "shop.sql");
    assert_eq!(scene.run(&["backup"]).code, Some(0));
    let header = scene.work().join("vault.json");
    let newer = std::fs::read_to_string(&header).unwrap().replace("\"version\": 1", "\"version\": 9");
    std::fs::write(&header, &newer).unwrap();
    for args in [&["backup"][..], &["list"], &["restore", "latest"], &["prune"]] {
        scene.run(args).fails(21, "LB0305");
    }
    assert_eq!(std::fs::read_to_string(&header).unwrap(), newer);
}

#[test]
fn damaged_act_records_are_not_guessed_from() {
    let scene = Scene::shop("app.db", "shop.sql");
    assert_eq!(scene.run(&["backup"]).code, Some(0));
    assert_eq!(scene.run(&["restore", "latest"]).code, Some(0));
    std::fs::write(scene.work().join("last-act.json"), "{}").unwrap();
    scene.run(&["undo"]).fails(20, "LB0111");
    std::fs::write(scene.work().join("intent.json"), "{}").unwrap();
    for args in [&["backup"][..], &["status"]] {
        scene.run(args).fails(20, "LB0111");
    }
}

#[test]
fn every_flipped_bit_of_a_point_and_of_its_manifest_is_found() {
    let scene = Scene::shop("app.db", "tiny.sql");
    assert_eq!(scene.run(&["backup"]).code, Some(0));
    let points = scene.work().join("points");
    let boat = Lifeboat::at(Config::foreign(&scene.database)).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let damage = || runtime.block_on(boat.verify(None, VerifyDepth::Bytes)).unwrap().damaged;
    assert!(damage().is_empty());
    for (ending, code) in [(".db", Code::PointDamaged), (".manifest.json", Code::ManifestDamaged)] {
        let path = only(&points, ending);
        let bytes = std::fs::read(&path).unwrap();
        for bit in 0..bytes.len() * 8 {
            let mut hurt = bytes.clone();
            hurt[bit / 8] ^= 1 << (bit % 8);
            std::fs::write(&path, &hurt).unwrap();
            let found = damage();
            let known = |c: Code| c == code || (ending == ".manifest.json" && c == Code::UnknownFormat);
            assert!(found.len() == 1 && known(found[0].code), "bit {bit} of {ending}: {found:?}");
            assert!(path.ends_with(&found[0].name), "the damaged file is named");
        }
        std::fs::write(&path, &bytes).unwrap();
    }
    assert!(damage().is_empty());
}

#[test]
fn a_damaged_point_is_never_restored() {
    let scene = Scene::shop("app.db", "shop.sql");
    assert_eq!(scene.run(&["backup"]).code, Some(0));
    let file = only(&scene.work().join("points"), ".db");
    let mut bytes = std::fs::read(&file).unwrap();
    bytes[3000] ^= 4;
    std::fs::write(&file, bytes).unwrap();
    let live = std::fs::read(&scene.database).unwrap();
    scene.run(&["restore", "latest"]).fails(20, "LB0401");
    scene.run(&["restore", "latest", "--to", "copy.db"]).fails(20, "LB0401");
    let id = scene.points().remove(0);
    scene.run(&["restore", &id, "--to", "copy.db"]).fails(20, "LB0501");
    assert_eq!(std::fs::read(&scene.database).unwrap(), live);
    assert!(!scene.folder().join("copy.db").exists());
}

#[test]
fn typos_are_answered_with_what_looks_alike() {
    let scene = Scene::shop("app.db", "shop.sql");
    assert_eq!(scene.run(&["backup"]).code, Some(0));
    let id = scene.points().remove(0);
    let typo = format!("{}{}", &id[..7], if id.ends_with('0') { '1' } else { '0' });
    let ran = scene.run(&["restore", &typo]).exits(10);
    assert!(ran.stderr.contains(&id), "{ran:?}");
    let ran = scene.run(&["show", "12"]).exits(10);
    let typed = format!("`lifeboat --database {} list`", scene.database.display());
    assert!(ran.stderr.contains("LB0302") && ran.stderr.contains(&typed), "as it can be typed: {ran:?}");
    assert!(scene.run(&["bakcup"]).exits(2).stderr.contains("backup"));
    let document = scene.run(&["bakcup", "--json"]).exits(2).document();
    assert_eq!(document["code"], "LB0116");
    let document = scene.run(&["restore", "--json"]).exits(2).document();
    assert!(document["cause"].as_str().unwrap().contains("ID"), "{document}");
    assert_eq!(scene.run(&["--help", "--json"]).code, Some(0));
}

#[test]
fn a_vault_that_others_may_read_is_a_finding() {
    use std::os::unix::fs::PermissionsExt;
    let scene = Scene::shop("app.db", "shop.sql");
    assert_eq!(scene.run(&["backup"]).code, Some(0));
    let verdict = |scene: &Scene| {
        let document = scene.json(&["doctor"]);
        let checks = document["checks"].as_array().unwrap().clone();
        let check = checks.into_iter().find(|c| c["id"] == "vault-permissions").unwrap();
        check["health"].as_str().unwrap().to_owned()
    };
    assert_eq!(verdict(&scene), "ok");
    std::fs::set_permissions(scene.work(), PermissionsExt::from_mode(0o755)).unwrap();
    assert_eq!(verdict(&scene), "problem");
}

#[test]
fn without_rights_nothing_is_changed_and_the_cause_is_told() {
    use std::os::unix::fs::PermissionsExt;
    let mode = |path: &Path, mode| std::fs::set_permissions(path, PermissionsExt::from_mode(mode)).unwrap();
    let scene = Scene::shop("app.db", "shop.sql");
    let bytes = std::fs::read(&scene.database).unwrap();
    mode(scene.folder(), 0o755);
    mode(&scene.database, 0o600);
    scene.run_as_nobody(&["backup"]).fails(1, "LB0105");
    // Readable, in a folder that may not be written: the default vault cannot be made there.
    mode(&scene.database, 0o644);
    scene.run_as_nobody(&["backup"]).fails(1, "LB0105");
    assert!(!scene.work().exists());
    // With a vault elsewhere it can be backed up.
    let vault = tempfile::tempdir().unwrap();
    mode(vault.path(), 0o777);
    let elsewhere = vault.path().join("vault");
    let backup = scene.run_as_nobody(&["--vault", elsewhere.to_str().unwrap(), "backup"]);
    assert_eq!(backup.code, Some(0), "{backup:?}");
    scene.run_as_nobody(&["--vault", elsewhere.to_str().unwrap(), "restore", "latest"]).fails(1, "LB0105");
    assert_eq!(std::fs::read(&scene.database).unwrap(), bytes);
    mode(scene.folder(), 0o700);
}

#[test]
fn a_file_that_may_not_be_written_in_a_folder_that_may_is_exchanged() {
    use std::os::unix::fs::PermissionsExt;
    let mode = |path: &Path, mode| std::fs::set_permissions(path, PermissionsExt::from_mode(mode)).unwrap();
    let scene = Scene::shop("app.db", "shop.sql");
    mode(scene.folder(), 0o777);
    mode(&scene.database, 0o444);
    let old = shell::digest(&scene.database);
    let backup = scene.run_as_nobody(&["backup"]);
    assert_eq!(backup.code, Some(0), "{backup:?}");
    mode(&scene.database, 0o644);
    shell::run(&scene.database, "change.sql");
    mode(&scene.database, 0o444);
    let restored = scene.run_as_nobody(&["restore", "latest", "--json"]);
    assert!(matches!(restored.code, Some(0 | 1)), "{restored:?}");
    if restored.code == Some(0) {
        assert_eq!(restored.document()["mode"], "swap-not-writable");
        assert_eq!(shell::digest(&scene.database), old);
    } else {
        // Another user's file cannot be given back to its owner: refused, and as it was.
        assert!(restored.stderr.contains("LB0105"), "{restored:?}");
        assert_ne!(shell::digest(&scene.database), old);
    }
    mode(scene.folder(), 0o700);
}

#[test]
fn a_restore_to_a_file_opens_nothing_that_is_already_there() {
    let scene = Scene::shop("app.db", "shop.sql");
    assert_eq!(scene.run(&["backup"]).code, Some(0));
    let live = std::fs::read(&scene.database).unwrap();
    let precious = scene.folder().join("out.db.partial");
    std::os::unix::fs::symlink(&scene.database, &precious).unwrap();
    assert_eq!(scene.run(&["restore", "latest", "--to", "out.db"]).code, Some(0));
    assert_eq!(std::fs::read(&scene.database).unwrap(), live);
    assert!(precious.is_symlink());
    for own in ["app.db-wal", "app.db-journal", "app.db.lifeboat/intent.json", "app.db.lifeboat/points/x.db"]
    {
        scene.run(&["restore", "latest", "--to", own]).fails(2, "LB0114");
        assert!(!scene.folder().join(own).exists());
    }
    scene.run(&["restore", "latest", "--to", "nowhere/out.db"]).fails(2, "LB0505");
    std::fs::write(scene.folder().join("haunted.db-wal"), "an old log").unwrap();
    scene.run(&["restore", "latest", "--to", "haunted.db"]).fails(2, "LB0504");
    std::fs::copy(&scene.database, scene.folder().join("other.db")).unwrap();
    for reserved in ["other.db-journal", "lifeboat.toml", "..", "/"] {
        scene.run(&["restore", "latest", "--to", reserved]).fails(2, "LB0114");
    }
}

#[test]
fn a_copy_is_for_the_owner_alone() {
    use std::os::unix::fs::MetadataExt;
    let scene = Scene::shop("app.db", "shop.sql");
    assert_eq!(scene.run(&["backup"]).code, Some(0));
    assert_eq!(scene.run(&["restore", "latest", "--to", "copy.db"]).code, Some(0));
    assert_eq!(scene.folder().join("copy.db").metadata().unwrap().mode() & 0o777, 0o600);
}

#[test]
fn a_point_that_cannot_be_read_is_not_called_the_database() {
    let scene = Scene::shop("app.db", "shop.sql");
    assert_eq!(scene.run(&["backup"]).code, Some(0));
    let file = only(&scene.work().join("points"), ".db");
    let mut bytes = std::fs::read(&file).unwrap();
    bytes[..100].fill(0);
    std::fs::write(&file, bytes).unwrap();
    scene.run(&["restore", "latest", "--dry-run"]).fails(20, "LB0401");
}

#[test]
fn control_characters_of_a_note_are_shown_and_not_obeyed() {
    let scene = Scene::shop("app.db", "shop.sql");
    assert_eq!(scene.run(&["backup", "-m", "evil\u{1b}[2J\nline"]).code, Some(0));
    let listed = scene.run(&["list", "--color", "always"]);
    assert!(!listed.stdout.contains("\u{1b}[2J") && listed.stdout.contains("evil"), "{listed:?}");
}

#[test]
fn a_report_that_cannot_be_written_does_not_hide_what_was_done() {
    let scene = Scene::shop("app.db", "shop.sql");
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let output = scene.command(&["backup"]).stdout(full).output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.code() == Some(1) && told.contains("is done"), "{told}");
    assert_eq!(scene.points().len(), 1);
}

#[test]
fn beside_a_vault_in_the_same_folder_there_is_room_for_copies() {
    let scene = Scene::shop("app.db", "shop.sql");
    let here = ["--vault", "."];
    assert_eq!(scene.run(&[&here[..], &["backup"]].concat()).code, Some(0));
    assert_eq!(scene.run(&[&here[..], &["restore", "latest", "--to", "copy.db"]].concat()).code, Some(0));
    for own in ["points/copy.db", "drafts/copy.db", "vault.json"] {
        scene.run(&[&here[..], &["restore", "latest", "--to", own]].concat()).fails(2, "LB0114");
    }
}

#[test]
fn what_is_no_vault_and_what_is_too_long_is_refused() {
    let scene = Scene::shop("app.db", "shop.sql");
    scene.run(&["--vault", "/dev/null", "backup"]).fails(2, "LB0114");
    scene.run(&["--vault", "/proc/lifeboat", "backup"]).fails(23, "LB0109");
    scene.run(&["backup", "-m", &"x".repeat(1_001)]).fails(2, "LB0115");
    assert!(!scene.work().exists());
}

#[test]
fn a_malformed_schema_is_not_quoted() {
    let scene = Scene::shop("app.db", "malformed.sql");
    for args in [&["status"][..], &["backup"], &["doctor"], &["status", "--json"], &["-vv", "backup"]] {
        let ran = scene.run(args);
        assert!(!ran.stdout.contains("SECRET") && !ran.stderr.contains("SECRET"), "{ran:?}");
    }
    scene.run(&["backup"]).fails(20, "LB0103");
}

#[test]
fn a_reader_that_closes_the_pipe_changes_no_exit_status() {
    let scene = Scene::shop("app.db", "shop.sql");
    for args in [&["backup"][..], &["list"], &["show", "latest"]] {
        let mut command = scene.command(args);
        let mut child = command.stdout(std::process::Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        assert_eq!(child.wait().unwrap().code(), Some(0), "{args:?}");
    }
}

#[test]
fn a_schema_that_changed_after_an_interruption_is_neither_called_old_nor_new() {
    let scene = Scene::shop("app.db", "shop.sql");
    assert_eq!(scene.run(&["backup"]).code, Some(0));
    assert_eq!(scene.run(&["restore", "latest"]).code, Some(0));
    std::fs::copy(scene.work().join("last-act.json"), scene.work().join("intent.json")).unwrap();
    shell::run(&scene.database, "new_table.sql");
    let document = scene.run(&["backup", "--json"]).exits(3).document();
    assert_eq!(document["recovered"]["outcome"], "old or new");
}

#[test]
fn a_vault_may_be_named_relative_to_the_working_folder() {
    let scene = Scene::shop("app.db", "shop.sql");
    for vault in ["points here", ".", "../points-of-this-test"] {
        let outside = scene.folder().join(vault);
        let ran = scene.run(&["--vault", vault, "backup"]);
        assert_eq!(ran.code, Some(0), "{vault}: {ran:?}");
        assert!(outside.join("vault.json").exists());
        if vault.starts_with("..") {
            std::fs::remove_dir_all(outside).unwrap();
        }
    }
    let ran = scene.run(&["backup", "--wait", "18446744073709551615"]);
    assert!(ran.code == Some(2) && !ran.stderr.contains("panicked"), "{ran:?}");
}

#[test]
fn an_interrupted_restore_of_a_database_that_was_lost_since_ends_and_the_way_on_is_open() {
    let scene = Scene::shop("app.db", "shop.sql");
    let old = shell::digest(&scene.database);
    assert_eq!(scene.run(&["backup"]).code, Some(0));
    assert_eq!(scene.run(&["restore", "latest"]).code, Some(0));
    let work = scene.work();
    for lost in ["damaged", "gone"] {
        // As if killed during the install, and the database lost afterwards.
        std::fs::copy(work.join("last-act.json"), work.join("intent.json")).unwrap();
        match lost {
            "damaged" => std::fs::write(&scene.database, vec![0x5a; 5000]).unwrap(),
            _ => std::fs::remove_file(&scene.database).unwrap(),
        }
        let restored = scene.run(&["restore", "latest"]);
        assert_eq!(restored.code, Some(3), "{lost}: {restored:?}");
        assert_eq!(shell::digest(&scene.database), old, "{lost}");
        // A swap's record is no act in place: make one again for the next round.
        assert_eq!(scene.run(&["restore", "latest"]).code, Some(0));
    }
}
