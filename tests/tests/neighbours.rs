//! Other processes: idle, reading, writing, selling every 20 ms, backing up at the same time.
#![allow(clippy::unwrap_used, reason = "a failed step of a test is a failed test")]

use lifeboat_tests::command::{Ran, Scene, lifeboat};
use lifeboat_tests::shell::{self, Session};
use std::process::{Command, Stdio};

fn with_point(fixture: &str) -> (Scene, String) {
    let scene = Scene::shop("app.db", fixture);
    let old = shell::digest(&scene.database);
    assert_eq!(scene.run(&["backup"]).code, Some(0));
    shell::run(&scene.database, "change.sql");
    (scene, old)
}

#[test]
fn idle_holders_may_stay_in_both_journal_modes_and_see_the_restored_state() {
    for fixture in ["shop.sql", "shop_wal.sql"] {
        let (scene, old) = with_point(fixture);
        let mut holder = Session::start(&scene.database, "idle.sql");
        assert_eq!(scene.run(&["restore", "latest"]).code, Some(0), "{fixture}");
        assert_eq!(holder.feed("count.sql"), "200");
        holder.feed("add.sql");
        assert_eq!(holder.feed("count.sql"), "201");
        holder.close();
        assert_ne!(shell::digest(&scene.database), old);
        assert_eq!(shell::run(&scene.database, "count.sql"), "201");
    }
}

#[test]
fn a_reader_may_stay_in_wal_and_sees_the_new_state_at_its_next_transaction() {
    let (scene, _) = with_point("shop_wal.sql");
    let mut reader = Session::start(&scene.database, "read_open.sql");
    assert_eq!(scene.run(&["restore", "latest"]).code, Some(0));
    assert_eq!(reader.feed("count.sql"), "135", "its own transaction still sees the state before");
    reader.feed("end.sql");
    assert_eq!(reader.feed("count.sql"), "200");
    reader.close();
    assert_eq!(shell::run(&scene.database, "count.sql"), "200");
}

#[test]
fn a_reader_in_rollback_mode_and_a_writer_in_both_make_a_restore_wait_and_refuse() {
    for (fixture, holding) in
        [("shop.sql", "read_open.sql"), ("shop.sql", "write_open.sql"), ("shop_wal.sql", "write_open.sql")]
    {
        let (scene, _) = with_point(fixture);
        let live = shell::digest(&scene.database);
        let mut holder = Session::start(&scene.database, holding);
        let ran = scene.run(&["restore", "latest", "--wait", "0"]);
        assert!(ran.stderr.contains("sqlite3 (pid "), "the holder is named: {ran:?}");
        ran.fails(11, "LB0104");
        holder.feed("end.sql");
        holder.close();
        let rows = shell::run(&scene.database, "count.sql");
        let expected = if holding == "write_open.sql" { "136" } else { "135" };
        assert_eq!(rows, expected, "{fixture}: what the holder wrote is there, nothing else moved");
        if holding == "read_open.sql" {
            assert_eq!(shell::digest(&scene.database), live);
        }
        assert_eq!(scene.run(&["restore", "latest"]).code, Some(0));
    }
}

#[test]
fn a_backup_beside_a_long_write_transaction_takes_the_last_committed_state() {
    for fixture in ["shop.sql", "shop_wal.sql"] {
        let scene = Scene::shop("app.db", fixture);
        let mut writer = Session::start(&scene.database, "write_open.sql");
        let document = scene.json(&["backup"]);
        let tables = document["point"]["tables"].as_array().unwrap().clone();
        let invoices = tables.iter().find(|t| t["name"] == "invoice").unwrap();
        assert_eq!(invoices["rows"], 200, "{fixture}");
        writer.feed("end.sql");
        writer.close();
        assert_eq!(shell::run(&scene.database, "count.sql"), "201", "the writer was not stopped");
    }
}

#[test]
fn a_writer_that_commits_every_20_ms_neither_stops_a_backup_nor_is_stopped() {
    backs_up_beside_a_seller(None);
    backs_up_beside_a_seller(Some("use_rollback.sql"));
}

fn backs_up_beside_a_seller(journal: Option<&str>) {
    let scene = Scene::empty("shop.db");
    let mut build = Command::new(lifeboat());
    build.args(["demo", "--mib", "24", "--build"]).arg(&scene.database);
    assert!(build.status().unwrap().success());
    journal.map(|fixture| shell::run(&scene.database, fixture));
    let mut seller = Command::new(lifeboat())
        .args(["demo", "--seller"])
        .arg(&scene.database)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    for _ in 0..3 {
        let ran = scene.run(&["backup"]);
        assert_eq!(ran.code, Some(0), "{ran:?}");
    }
    drop(seller.stdin.take());
    let sold: serde_json::Value = serde_json::from_slice(&seller.wait_with_output().unwrap().stdout).unwrap();
    assert!(sold["commits"].as_u64().unwrap() > 3, "{sold}");
    assert_eq!(scene.run(&["verify", "--all", "--drill"]).code, Some(0));
}

#[test]
fn two_backups_at_once_both_end_as_points() {
    let scene = Scene::shop("app.db", "shop_wal.sql");
    let both: Vec<_> =
        (0..2).map(|_| scene.command(&["backup"]).stdout(Stdio::null()).spawn().unwrap()).collect();
    for mut child in both {
        assert!(child.wait().unwrap().success());
    }
    assert_eq!(scene.points().len(), 2);
    assert_eq!(scene.run(&["verify", "--all"]).code, Some(0));
}

#[test]
fn a_held_vault_is_busy_and_names_the_holder() {
    let scene = Scene::shop("app.db", "shop.sql");
    assert_eq!(scene.run(&["backup"]).code, Some(0));
    let mut holder = Command::new("flock")
        .arg(scene.work().join("vault.lock"))
        .args(["sh", "-c", "echo held; read line"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut held = [0; 5];
    std::io::Read::read_exact(holder.stdout.as_mut().unwrap(), &mut held).unwrap();
    scene.run(&["backup", "--wait", "0"]).fails(11, "LB0108");
    drop(holder.stdin.take());
    holder.wait().unwrap();
    assert_eq!(scene.run(&["backup"]).code, Some(0));
}

#[test]
fn a_swap_is_refused_while_somebody_has_the_damaged_file_open() {
    let (scene, old) = with_point("shop_wal.sql");
    let holder = Session::start(&scene.database, "idle.sql");
    let mut bytes = std::fs::read(&scene.database).unwrap();
    bytes[..100].fill(0x5a);
    std::fs::write(&scene.database, &bytes).unwrap();
    scene.run(&["restore", "latest"]).fails(11, "LB0104");
    assert_eq!(std::fs::read(&scene.database).unwrap(), bytes);
    holder.kill();
    let ran: Ran = scene.run(&["restore", "latest"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(shell::digest(&scene.database), old);
}

/// A shop of 64 MiB with one point.
fn large() -> Scene {
    let scene = Scene::empty("shop.db");
    let mut build = Command::new(lifeboat());
    build.args(["demo", "--mib", "64", "--build"]).arg(&scene.database);
    assert!(build.status().unwrap().success());
    assert_eq!(scene.run(&["backup"]).code, Some(0));
    scene
}

/// Interrupts the command after so many milliseconds; gives its exit status.
fn interrupted(scene: &Scene, args: &[&str], delay_ms: u64) -> Option<i32> {
    let mut child = scene.command(args).stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    std::thread::sleep(std::time::Duration::from_millis(delay_ms));
    let kill = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    let code = child.wait().unwrap().code();
    assert!(kill.success() || code.is_some());
    assert!(matches!(code, Some(0 | 130)), "{args:?} after {delay_ms} ms: {code:?}");
    code
}

#[test]
fn an_interrupt_in_any_phase_of_a_look_cancels_cleanly_and_leaves_nothing() {
    let scene = large();
    for args in [&["backup"][..], &["verify", "--all", "--drill"], &["restore", "latest", "--dry-run"]] {
        let mut cancelled = 0;
        for delay_ms in [20, 40, 80, 120, 160, 200, 260] {
            let before = std::fs::read(&scene.database).unwrap();
            cancelled += u32::from(interrupted(&scene, args, delay_ms) == Some(130));
            assert!(before == std::fs::read(&scene.database).unwrap());
            for folder in ["drafts", "staging"] {
                let left = scene.work().join(folder).read_dir().map_or(0, Iterator::count);
                assert_eq!(left, 0, "{args:?} after {delay_ms} ms: {folder}");
            }
        }
        assert!(cancelled > 0, "{args:?}: no run was cancelled");
    }
    assert_eq!(scene.run(&["backup"]).code, Some(0));
}

#[test]
fn an_interrupt_in_any_phase_of_a_restore_or_an_undo_leaves_old_or_new() {
    let scene = large();
    let point = shell::digest(&scene.database);
    shell::run(&scene.database, "delete_lines.sql");
    let live = shell::digest(&scene.database);
    let id = scene.points().remove(0);
    let (mut cancelled, mut ended) = (0, 0);
    // A busy machine comes nowhere within the first ones: later ones are added until a run comes to its end.
    let later = (0..8).map(|doubled| 1400_u64 << doubled);
    for delay_ms in [20, 60, 120, 200, 280, 360, 440, 520, 600, 700].into_iter().chain(later) {
        if delay_ms > 700 && ended > 0 {
            break;
        }
        let trial = scene.fork();
        let code = interrupted(&trial, &["restore", &id], delay_ms);
        ended += u32::from(code == Some(0));
        let expected = if code == Some(130) { &live } else { &point };
        assert_eq!(&shell::digest(&trial.database), expected, "after {delay_ms} ms: {code:?}");
        assert!(!trial.work().join("intent.json").exists(), "after {delay_ms} ms");
        cancelled += u32::from(code == Some(130));
        if code == Some(0) {
            let code = interrupted(&trial, &["undo"], delay_ms);
            let expected = if code == Some(130) { &point } else { &live };
            assert_eq!(&shell::digest(&trial.database), expected, "undo after {delay_ms} ms: {code:?}");
        }
    }
    assert!(cancelled > 0 && ended > 0, "{cancelled} runs were cancelled, {ended} ended");
}

#[test]
fn an_interrupt_in_any_phase_of_an_exchange_leaves_old_or_new() {
    let scene = large();
    let point = shell::digest(&scene.database);
    let mut bytes = std::fs::read(&scene.database).unwrap();
    bytes[..100].fill(0x5a);
    std::fs::write(&scene.database, &bytes).unwrap();
    let mut ends = std::collections::BTreeSet::new();
    for delay_ms in [10, 40, 80, 120, 160, 220, 300] {
        let trial = scene.fork();
        let code = interrupted(&trial, &["restore", "latest"], delay_ms);
        match code {
            Some(130) => assert!(std::fs::read(&trial.database).unwrap() == bytes, "after {delay_ms} ms"),
            _ => assert_eq!(shell::digest(&trial.database), point, "after {delay_ms} ms"),
        }
        assert!(!trial.work().join("intent.json").exists(), "after {delay_ms} ms");
        let staged = trial.work().join("staging").read_dir().map_or(0, Iterator::count);
        assert_eq!(staged, 0, "after {delay_ms} ms");
        ends.insert(code);
    }
    assert!(ends.contains(&Some(130)), "{ends:?}");
}

#[test]
fn a_look_waits_as_long_as_asked_and_no_longer() {
    let scene = Scene::shop("app.db", "shop.sql");
    let holder = Session::start(&scene.database, "exclusive.sql");
    let begun = std::time::Instant::now();
    scene.run(&["backup", "--wait", "0"]).fails(11, "LB0104");
    let at_once = begun.elapsed();
    let begun = std::time::Instant::now();
    scene.run(&["backup", "--wait", "3"]).fails(11, "LB0104");
    assert!(begun.elapsed() > at_once + std::time::Duration::from_secs(1), "a longer wait is longer");
    holder.close();
    assert_eq!(scene.run(&["backup"]).code, Some(0));
}

#[test]
fn no_acknowledged_row_of_a_writer_is_lost_by_a_restore_beside_it() {
    for fixture in ["shop_wal.sql", "shop.sql"] {
        let (scene, _) = with_point(fixture);
        let script = lifeboat_tests::command::root().join("tests/fixtures/acknowledged.py");
        let log = scene.folder().join("acknowledged.log");
        let mut writer = Command::new("python3")
            .arg(&script)
            .arg("write")
            .args([&scene.database, &log])
            .stdin(Stdio::piped())
            .spawn()
            .expect("apt-get install -y python3");
        while std::fs::read_to_string(&log).unwrap_or_default().lines().count() < 20 {
            std::thread::yield_now();
        }
        for _ in 0..3 {
            let first = scene.points().remove(0);
            let ran = scene.run(&["restore", &first, "--wait", "20"]);
            assert!(matches!(ran.code, Some(0 | 3 | 11)), "{fixture}: {ran:?}");
        }
        drop(writer.stdin.take());
        writer.wait().unwrap();
        let points = scene.work().join("points").read_dir().unwrap().map(|entry| entry.unwrap().path());
        let files = points.filter(|path| path.extension().is_some_and(|ending| ending == "db"));
        let mut check = Command::new("python3");
        check.arg(&script).arg("check").arg(&log).arg(&scene.database).args(files);
        let lost = String::from_utf8(check.output().unwrap().stdout).unwrap();
        assert_eq!(lost.trim(), "", "{fixture}: acknowledged rows that are nowhere");
    }
}
