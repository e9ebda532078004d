//! Updates with the real command and a real folder: killed at every call, raced, cut off, upgraded from one version to the next.
#![allow(clippy::unwrap_used, reason = "a failed step of a test is a failed test")]

use lifeboat_tests::command::{Scene, lifeboat, root};
use lifeboat_tests::releases::{make_installer, offered_to_a_new_client, publication, publish, scene};
use lifeboat_tests::shell;
use lifeboat_tests::sweep::{Fault, sweep};
use std::path::{Path, PathBuf};
use std::process::Command;

fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = folder.read_dir() else { return Vec::new() };
    let paths = entries.map(|entry| entry.unwrap().path());
    paths.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = files(folder).iter().map(|path| path.display().to_string()).collect();
    names.sort();
    names
}

/// A share with 1.1.0, and the installer of 1.2.0 ready.
fn published() -> Scene {
    let scene = scene();
    publish(&scene, "1.1.0");
    make_installer(&scene, "1.2.0", 0);
    scene
}

#[test]
fn a_publisher_stopped_at_any_call_leaves_the_old_release_or_the_new_one() {
    let scene = published();
    let publish = ["publish", "till-1.2.0.run", "--version", "1.2.0"];
    for fault in Fault::asked() {
        let mut seen = [0, 0];
        let count = sweep(&scene, &publish, fault, |trial, number, ran| {
            let at = format!("publish, {fault:?} at {number}");
            ran.told_or_done(&at);
            let offered = offered_to_a_new_client(trial, &at).unwrap();
            seen[usize::from(offered == "1.2.0")] += 1;
            assert!(["1.1.0", "1.2.0"].contains(&offered.as_str()), "{at}: {offered}");
            assert!(ran.code != Some(0) || offered == "1.2.0", "{at}: it says that it published");
            let again = trial.run(&[&publish[..], &["--take-over"]].concat());
            assert_eq!(again.code, Some(0), "{at}: the next run: {again:?}");
            assert_eq!(offered_to_a_new_client(trial, &at).as_deref(), Some("1.2.0"), "{at}");
            assert!(names(&trial.folder().join("share/.stage")).is_empty(), "{at}: leftovers");
            assert!(!trial.folder().join("share/.publish.lock").exists(), "{at}: the lock stays");
        });
        assert!(count > 20 && seen[0] > 5, "{fault:?}: {count} calls, {seen:?}");
    }
}

#[test]
fn a_client_stopped_at_any_call_of_a_fetch_goes_on() {
    let scene = published();
    for fault in Fault::asked() {
        let count = sweep(&scene, &["update", "fetch"], fault, |trial, number, ran| {
            let at = format!("fetch, {fault:?} at {number}");
            ran.told_or_done(&at);
            trial.run(&["update", "status"]).succeeds();
            let again = trial.run(&["update", "fetch"]);
            assert!(matches!(again.code, Some(0 | 3)), "{at}: {again:?}");
            trial.run(&["update", "apply", "--dry-run"]).succeeds();
        });
        assert!(count > 20, "{fault:?}: only {count} calls");
    }
}

#[test]
fn a_client_stopped_at_any_call_of_an_update_knows_at_the_next_start() {
    let scene = published();
    scene.run(&["update", "fetch"]).succeeds();
    let count = sweep(&scene, &["update", "apply"], Fault::Kill, |trial, number, ran| {
        let at = format!("apply, killed at {number}");
        ran.told_or_done(&at);
        let status = trial.run(&["update", "status", "--json"]).document();
        let points = names(&trial.work().join("points"))
            .iter()
            .filter(|name| name.ends_with(".manifest.json"))
            .count();
        let pending = status["hand_over"]["settled"].as_str().map(str::to_owned);
        // No update without its restore point, at any moment.
        assert!(pending.is_none() || points > 0, "{at}: {status}");
        let ran_it = trial.folder().join("installed").exists();
        assert!(!ran_it || matches!(pending.as_deref(), Some("unfinished" | "no-effect")), "{at}: {status}");
        let new = trial.run(&["update", "status", "--json", "--app-version", "1.1.0"]).document();
        assert!(new["hand_over"].is_null(), "{at}: the new version confirms: {new}");
        let again = trial.run(&["update", "apply"]);
        // 10: it was applied and confirmed; 11: its installer may still run.
        assert!(matches!(again.code, Some(0 | 10 | 11)), "{at}: {again:?}");
    });
    assert!(count > 40, "only {count} calls");
}

#[test]
fn of_two_publishers_at_once_one_wins_and_the_other_is_told() {
    let scene = published();
    make_installer(&scene, "1.3.0", 0);
    for round in 0..100 {
        let trial = scene.fork();
        let start = |version: &str| {
            let mut command: Command =
                trial.command(&["publish", &format!("till-{version}.run"), "--version", version]);
            command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::piped()).spawn().unwrap()
        };
        let both = [start("1.2.0"), start("1.3.0")].map(|child| child.wait_with_output().unwrap());
        let codes = both.each_ref().map(|output| output.status.code());
        for output in both.iter().filter(|output| !output.status.success()) {
            let told = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(11), "round {round}: {told}");
            assert!(told.contains("LB1119") || told.contains("LB1120"), "round {round}: {told}");
        }
        let offered = offered_to_a_new_client(&trial, "race").unwrap();
        match codes {
            // One after the other: both are there, and the newest is offered.
            [Some(0), Some(0)] | [Some(11), Some(0)] => assert_eq!(offered, "1.3.0", "round {round}"),
            [Some(0), Some(11)] => assert_eq!(offered, "1.2.0", "round {round}"),
            other => panic!("round {round}: {other:?}"),
        }
    }
}

/// Installs N, makes data and settings, updates to N+1: the same database file, no second one, settings kept.
#[test]
fn an_upgrade_keeps_data_settings_and_paths() {
    let scene = published();
    let (rows, inode) = (shell::digest(&scene.database), inode(&scene.database));
    let settings = std::fs::read_to_string(scene.folder().join("lifeboat.toml")).unwrap();
    scene.run(&["update", "fetch"]).succeeds();
    scene.run(&["update", "apply"]).succeeds();
    assert_eq!(std::fs::read_to_string(scene.folder().join("installed")).unwrap(), "1.1.0");
    let status = scene.json(&["update", "status", "--app-version", "1.1.0"]);
    assert!(status["hand_over"].is_null() && status["running"] == "1.1.0", "{status}");
    assert_eq!((shell::digest(&scene.database), self::inode(&scene.database)), (rows, inode));
    assert_eq!(std::fs::read_to_string(scene.folder().join("lifeboat.toml")).unwrap(), settings);
    let databases = files(scene.folder());
    let databases = databases.iter().filter(|path| path.extension().is_some_and(|e| e == "db"));
    // The database, and the restore point of the update.
    assert_eq!(databases.count(), 2);
    assert_eq!(scene.points().len(), 1);
    scene.run(&["restore", "latest"]).succeeds();
}

fn inode(path: &Path) -> u64 {
    use std::os::unix::fs::MetadataExt;
    path.metadata().unwrap().ino()
}

#[test]
fn an_installer_that_refuses_is_told_with_its_way_back() {
    let scene = scene();
    make_installer(&scene, "1.1.0", 2);
    scene.run(&["publish", "till-1.1.0.run", "--version", "1.1.0"]).succeeds();
    scene.run(&["update", "fetch"]).succeeds();
    scene.run(&["update", "apply"]).fails(1, "LB1116");
    let status = scene.run(&["update", "status"]);
    assert_eq!(status.code, Some(3));
    assert!(status.stderr.contains("status 2"), "{status:?}");
    assert!(status.stdout.contains("lifeboat restore") || status.stdout.contains(" restore "), "{status:?}");
}

#[test]
fn a_stick_is_read_like_the_share() {
    let scene = published();
    let stick = scene.folder().join("st\u{438}ck #1 %20 x");
    std::fs::rename(scene.folder().join("share"), &stick).unwrap();
    scene.run(&["update", "check"]).fails(10, "LB1102");
    let stick = stick.display().to_string();
    for path in [
        stick.clone(),
        format!("{stick}/"),
        format!("{stick}/../{}", Path::new(&stick).file_name().unwrap().to_string_lossy()),
    ] {
        scene.run(&["update", "check", "--from", &path]).succeeds();
        scene.run(&["update", "fetch", "--from", &path]).succeeds();
    }
}

#[test]
fn rights_on_the_share_are_told_apart() {
    use std::os::unix::fs::PermissionsExt;
    let scene = published();
    let share = scene.folder().join("share");
    let lock =
        |path: &Path, mode| std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    // The keys may be read; the share is what refuses.
    lock(&scene.folder().join("keys"), 0o755);
    files(&scene.folder().join("keys")).iter().for_each(|path| lock(path, 0o644));
    for path in ["metadata", "targets", ".stage", ""].map(|name| share.join(name)) {
        lock(&path, 0o555);
    }
    let refused = scene.run_as_nobody(&["publish", "till-1.2.0.run", "--version", "1.2.0"]);
    refused.fails(1, "LB1104");
    let doctor = scene.run_as_nobody(&["update", "doctor", "share", "--json"]).document();
    let rights = doctor["checks"]
        .as_array()
        .unwrap()
        .iter()
        .find(|check| check["id"] == "share-rights")
        .unwrap()
        .clone();
    assert_eq!(rights["health"], "ok", "{doctor}");
    assert_eq!(offered_to_a_new_client(&scene, "rights").as_deref(), Some("1.1.0"));
}

#[test]
fn what_is_missing_is_named_before_anything_is_touched() {
    let scene = Scene::shop("app.db", "shop.sql");
    scene.run(&["update", "check"]).fails(2, "LB1118");
    scene.run(&["publish", "x", "--version", "1.0.0"]).fails(2, "LB1118");
    scene.run(&["keys", "init", "keys", "--threshold", "4", "--of", "3"]).fails(2, "LB0116");
    scene.run(&["keys", "init", "keys"]).succeeds();
    scene.run(&["keys", "init", "keys"]).fails(2, "LB1125");
    let publish = ["publish", "x", "--version", "1.0.0", "--share", "nowhere", "--keys", "keys"];
    scene.run(&publish).fails(10, "LB1102");
    assert!(!scene.folder().join("nowhere").exists());
}

#[test]
fn keys_are_for_their_owner_alone_and_openssl_reads_them() {
    use std::os::unix::fs::PermissionsExt;
    let scene = scene();
    let mut openssl = Command::new("openssl");
    openssl.args(["pkey", "-noout", "-text", "-in"]).arg(scene.folder().join("keys/root-1.key"));
    let read = openssl.output().expect("apt-get install -y openssl");
    assert!(String::from_utf8_lossy(&read.stdout).contains("ED25519"), "{read:?}");
    for path in files(&scene.folder().join("keys")) {
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o077, 0, "{}", path.display());
    }
}

#[test]
fn a_link_as_artifact_or_as_partial_file_is_not_followed() {
    let scene = published();
    let victim = scene.folder().join("victim");
    std::fs::write(&victim, "untouched").unwrap();
    scene.run(&["update", "check"]).succeeds();
    let artifact = files(&scene.folder().join("share/targets")).pop().unwrap();
    let name = artifact.file_name().unwrap().to_string_lossy().into_owned();
    let depot = scene.work().join("updates/artifacts");
    std::fs::create_dir_all(&depot).unwrap();
    std::os::unix::fs::symlink(&victim, depot.join(format!("{name}.partial"))).unwrap();
    assert_ne!(scene.run(&["update", "fetch"]).code, Some(0));
    assert_eq!(std::fs::read_to_string(&victim).unwrap(), "untouched");
    std::fs::remove_file(depot.join(format!("{name}.partial"))).unwrap();
    std::fs::rename(&artifact, scene.folder().join("elsewhere")).unwrap();
    std::os::unix::fs::symlink(scene.folder().join("elsewhere"), &artifact).unwrap();
    assert_ne!(scene.run(&["update", "fetch"]).code, Some(0));
}

#[test]
fn publishing_twice_changes_what_is_said_and_not_the_file() {
    let scene = published();
    let before = names(&scene.folder().join("share/targets"));
    scene.run(&["publish", "till-1.1.0.run", "--version", "1.1.0", "--rollout", "0%"]).succeeds();
    assert_eq!(names(&scene.folder().join("share/targets")), before);
    assert_eq!(scene.json(&["update", "check"])["offer"], "held-back");
    publication(&scene, "1.2.0").succeeds();
    assert!(lifeboat().is_file());
}

/// Whoever holds one key of the root has that key, and nothing else.
#[test]
fn the_ceremony_of_a_new_root_works_with_one_key_in_each_folder() {
    let scene = published();
    let (keys, other) = (scene.folder().join("keys"), scene.folder().join("other"));
    std::fs::create_dir(&other).unwrap();
    std::fs::rename(keys.join("root-2.key"), other.join("root-2.key")).unwrap();
    std::fs::remove_file(keys.join("root-3.key")).unwrap();
    let half = scene.run(&["keys", "rotate", "keys", "--role", "targets"]);
    assert_eq!(half.code, Some(3), "{half:?}");
    scene.run(&["publish", "--root", "keys/2.root.json"]).fails(12, "LB1126");
    scene
        .run(&["keys", "rotate", "other", "--sign", "keys/2.root.json", "--current", "keys/root.json"])
        .succeeds();
    scene.run(&["publish", "--root", "keys/2.root.json"]).succeeds();
    scene.run(&["publish", "--root", "keys/2.root.json"]).succeeds();
    assert_eq!(offered_to_a_new_client(&scene, "ceremony").as_deref(), Some("1.1.0"));
    let files = names(&keys);
    scene
        .run(&["keys", "rotate", "keys", "--role", "targets", "--current", "keys/root.json"])
        .fails(2, "LB0504");
    assert_eq!(names(&keys), files, "a refusal leaves no key behind");
}

/// A file that never ends is read as far as it may be long.
#[test]
fn an_endless_artifact_is_found_out_at_once() {
    let scene = published();
    let artifact = files(&scene.folder().join("share/targets")).pop().unwrap();
    std::fs::File::options().write(true).open(&artifact).unwrap().set_len(1 << 42).unwrap();
    assert_eq!(scene.run(&["update", "doctor"]).code, Some(3));
    scene.run(&["publish", "till-1.1.0.run", "--version", "1.1.0"]).fails(20, "LB1112");
    scene.run(&["update", "fetch"]).succeeds();
}

#[test]
fn what_an_installer_prints_is_not_our_document() {
    let scene = scene();
    let path = make_installer(&scene, "1.1.0", 0);
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("#!/bin/sh", "#!/bin/sh\necho from the installer")).unwrap();
    scene.run(&["publish", "till-1.1.0.run", "--version", "1.1.0"]).succeeds();
    std::fs::create_dir(scene.folder().join("share/.stage/@eaDir")).unwrap();
    scene.run(&["publish", "--refresh"]).succeeds();
    scene.run(&["update", "fetch"]).succeeds();
    assert_eq!(scene.json(&["update", "apply"])["ended"], true);
}

/// The commands that are printed can be typed.
#[test]
fn the_next_command_repeats_the_flags() {
    let scene = Scene::shop("app.db", "shop.sql");
    std::fs::create_dir(scene.folder().join("share")).unwrap();
    scene.run(&["keys", "init", "keys"]).succeeds();
    make_installer(&scene, "1.1.0", 0);
    let publish = ["publish", "till-1.1.0.run", "--version", "1.1.0", "--share", "share", "--keys", "keys"];
    scene.run(&publish).succeeds();
    let fetch = ["update", "fetch", "--from", "share", "--root", "keys/root.json", "--app-version", "1.0.0"];
    let told = scene.run(&fetch).stdout;
    let next = told.lines().find_map(|line| line.strip_prefix("Next      lifeboat ")).unwrap();
    // The scene names its database itself.
    let words: Vec<&str> = next.split_whitespace().skip_while(|word| *word != "update").collect();
    scene.run(&[&words[..], &["--yes"]].concat()).succeeds();
}

/// An installer of Windows travels unchanged, and is started with the switches that it knows.
#[test]
fn a_real_installer_travels_unchanged() {
    let scene = scene();
    let script = root().join("tests/fixtures/till.nsi");
    std::fs::copy(script, scene.folder().join("till.nsi")).unwrap();
    let mut makensis = Command::new("makensis");
    let built = makensis.args(["-V2", "till.nsi"]).current_dir(scene.folder()).output();
    let built = built.expect("apt-get install -y nsis");
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stdout));
    let setup = scene.folder().join("till-1.1.0-setup.exe");
    scene.run(&["publish", "till-1.1.0-setup.exe", "--version", "1.1.0"]).succeeds();
    let settings = scene.folder().join("lifeboat.toml");
    let text = std::fs::read_to_string(&settings).unwrap();
    std::fs::write(&settings, text.replace("\"custom\"", "\"tauri-nsis\"")).unwrap();
    scene.run(&["update", "fetch"]).succeeds();
    let plan = scene.json(&["update", "apply", "--dry-run"]);
    assert_eq!(plan["arguments"], serde_json::json!(["/UPDATE", "/S", "/R"]));
    let fetched = std::fs::read(plan["program"].as_str().unwrap()).unwrap();
    assert!(fetched == std::fs::read(&setup).unwrap() && fetched.starts_with(b"MZ"));
}
