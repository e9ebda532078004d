//! Migrations by the command: made, upgraded, refused, failed, undone, and beside one another.
#![allow(clippy::unwrap_used, reason = "a failed step of a test is a failed test")]

use lifeboat_tests::command::{Ran, Scene, root};
use lifeboat_tests::shell;
use std::path::{Path, PathBuf};
use std::process::Stdio;

/// A folder of steps beside an absent database.
struct Steps {
    scene: Scene,
    folder: PathBuf,
}

impl Steps {
    /// With the first so many steps of the fixtures.
    fn first(count: usize) -> Self {
        let scene = Scene::empty("app.db");
        let folder = scene.folder().join("steps");
        std::fs::create_dir(&folder).unwrap();
        let steps = Self { scene, folder };
        steps.add_up_to(count);
        steps
    }

    fn add_up_to(&self, count: usize) {
        for file in shipped().iter().take(count) {
            std::fs::copy(file, self.folder.join(file.file_name().unwrap())).unwrap();
        }
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.folder.join(name), text).unwrap();
    }

    /// A step of `tests/fixtures/steps`.
    fn put(&self, name: &str, fixture: &str) {
        std::fs::copy(root().join("tests/fixtures/steps").join(fixture), self.folder.join(name)).unwrap();
    }

    fn run(&self, action: &str, more: &[&str]) -> Ran {
        self.scene.run(&[&["migrate", action, "--dir", "steps"], more].concat())
    }

    fn content(&self) -> String {
        shell::run(&self.scene.database, "content.sql")
    }

    fn ledger(&self) -> String {
        shell::run(&self.scene.database, "ledger.sql")
    }
}

fn shipped() -> Vec<PathBuf> {
    let folder = root().join("tests/fixtures/migrations");
    let mut files: Vec<PathBuf> = folder.read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

fn bytes(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap()
}

#[test]
fn every_shipped_state_comes_to_the_same_schema_and_rows_as_a_new_database() {
    let fresh = Steps::first(4);
    let made = fresh.run("apply", &["--json"]).exits(0).document();
    assert_eq!((made["created"].as_bool(), made["steps"].as_array().unwrap().len()), (Some(true), 4));
    for older in 1..=3 {
        let steps = Steps::first(older);
        assert_eq!(steps.run("apply", &[]).code, Some(0));
        steps.add_up_to(4);
        let upgraded = steps.run("apply", &["--json"]).exits(0).document();
        assert_eq!(upgraded["steps"].as_array().unwrap().len(), 4 - older);
        assert_eq!(upgraded["restore_point"]["kind"], "pre-migration");
        assert_eq!(steps.content(), fresh.content(), "from {older}");
        let again = steps.run("apply", &["--json"]).exits(0).document();
        assert!(again["steps"].as_array().unwrap().is_empty() && again["restore_point"].is_null());
    }
}

#[test]
fn a_plan_tells_what_would_happen_and_changes_nothing() {
    let steps = Steps::first(1);
    assert!(steps.run("plan", &[]).exits(0).stdout.contains("Nothing was changed"));
    assert!(!steps.scene.database.exists());
    assert_eq!(steps.run("apply", &[]).code, Some(0));
    steps.add_up_to(4);
    let before = bytes(&steps.scene.database);
    let plan = steps.run("plan", &["--json"]).exits(0).document();
    assert_eq!(plan["pending"].as_array().unwrap().len(), 3);
    let changes = plan["steps"][2]["changes"].as_array().unwrap();
    assert_eq!((changes[0]["rows_before"].as_u64(), changes[0]["rows_after"].as_u64()), (Some(60), Some(56)));
    assert!(plan["size_before_bytes"].as_u64() > Some(0));
    let status = steps.run("status", &["--json"]).exits(0).document();
    assert_eq!(status["pending"].as_array().unwrap().len(), 3);
    assert_eq!(bytes(&steps.scene.database), before);
    assert!(steps.scene.points_or_none().is_empty());
    assert_eq!(steps.scene.work().join("staging").read_dir().unwrap().count(), 0);
}

#[test]
fn undo_takes_a_migration_back_to_the_old_schema_as_it_was() {
    let steps = Steps::first(1);
    assert_eq!(steps.run("apply", &[]).code, Some(0));
    let old = shell::digest(&steps.scene.database);
    steps.add_up_to(4);
    assert_eq!(steps.run("apply", &[]).code, Some(0));
    let new = steps.content();
    assert_eq!(steps.scene.run(&["undo"]).code, Some(0));
    assert_eq!(shell::digest(&steps.scene.database), old);
    assert_eq!(steps.ledger(), "1 applied");
    assert_eq!(steps.run("apply", &[]).code, Some(0));
    assert_eq!(steps.content(), new);
}

#[test]
fn a_step_that_fails_leaves_nothing_and_is_not_tried_again_unchanged() {
    let steps = Steps::first(2);
    assert_eq!(steps.run("apply", &[]).code, Some(0));
    let before = steps.content();
    steps.put("0003_good.sql", "good.sql");
    steps.put("0004_bad.sql", "loses.sql");
    let failed = steps.run("apply", &[]).exits(1);
    let point = steps.scene.points().pop().unwrap();
    assert!(failed.stderr.contains("LB0909") && failed.stderr.contains("lost 1 rows"), "{failed:?}");
    assert!(failed.stderr.contains(&point), "the restore point is named: {failed:?}");
    assert_eq!(steps.content(), before);
    assert_eq!(steps.ledger(), "1 applied, 2 applied, 4 failed");
    let again = steps.run("apply", &[]).exits(1);
    assert!(again.stderr.contains("LB0910") && again.stderr.contains(&point), "{again:?}");
    assert_eq!(steps.scene.points().len(), 1, "no point was taken for what is not tried");
    steps.run("apply", &["--retry"]).fails(1, "LB0909");
    steps.run("apply", &["--app-version", "2"]).fails(1, "LB0909");
    steps.put("0004_bad.sql", "loses_declared.sql");
    assert_eq!(steps.run("apply", &[]).code, Some(0));
    assert_eq!(steps.ledger(), "1 applied, 2 applied, 4 failed, 4 failed, 4 failed, 3 applied, 4 applied");
}

#[test]
fn a_step_can_take_the_journal_from_nobody() {
    let steps = Steps::first(1);
    assert_eq!(steps.run("apply", &[]).code, Some(0));
    let before = steps.content();
    steps.put("0002_x.sql", "no_journal.sql");
    steps.run("apply", &[]).fails(1, "LB0909");
    assert_eq!(steps.content(), before);
    steps.run("apply", &[]).fails(1, "LB0910");
}

#[test]
fn a_new_database_whose_step_fails_is_not_there() {
    let steps = Steps::first(1);
    steps.put("0002_bad.sql", "nonsense.sql");
    steps.run("apply", &[]).fails(1, "LB0909");
    assert!(!steps.scene.database.exists());
    assert_eq!(steps.scene.work().join("staging").read_dir().unwrap().count(), 0);
}

#[test]
fn every_disagreement_has_its_own_error_and_changes_no_byte() {
    let steps = Steps::first(3);
    assert_eq!(steps.run("apply", &[]).code, Some(0));
    let before = bytes(&steps.scene.database);
    let refuse = |code: &str, exit: i32, change: &dyn Fn(), back: &dyn Fn()| {
        change();
        for action in ["apply", "plan"] {
            steps.run(action, &[]).fails(exit, code);
        }
        assert_eq!(bytes(&steps.scene.database), before, "{code}");
        back();
    };
    let path = |name: &str| steps.folder.join(name);
    let remove = |name: &str| std::fs::remove_file(path(name)).unwrap();
    let restore = || steps.add_up_to(3);
    refuse("LB0906", 1, &|| steps.put("0002_add_city.sql", "good.sql"), &restore);
    refuse("LB0907", 1, &|| remove("0002_add_city.sql"), &restore);
    remove("0002_add_city.sql");
    let told = steps.run("apply", &[]).stderr;
    assert!(told.contains("0002_add_city was applied and is gone"), "{told}");
    restore();
    refuse("LB0904", 2, &|| steps.write("0005_far.sql", ""), &|| remove("0005_far.sql"));
    refuse("LB0903", 2, &|| steps.write("0002_twice.sql", ""), &|| remove("0002_twice.sql"));
    refuse("LB0902", 2, &|| steps.write("two.sql", ""), &|| remove("two.sql"));
    refuse("LB0902", 2, &|| steps.write("0004_a.sql", "-- lifeboat: drop x"), &|| remove("0004_a.sql"));
    refuse("LB0908", 21, &|| remove("0003_cents_are_known.sql"), &restore);
    remove("0003_cents_are_known.sql");
    let told = steps.run("apply", &[]).stderr;
    assert!(told.contains("at step 0003_cents_are_known"), "{told}");
    restore();
    let renamed = || std::fs::rename(path("0002_add_city.sql"), path("0002_city.sql")).unwrap();
    refuse("LB0906", 1, &renamed, &|| {
        remove("0002_city.sql");
        restore();
    });
    steps.scene.run(&["migrate", "apply", "--dir", "elsewhere"]).fails(10, "LB0901");
    steps.scene.run(&["migrate", "status"]).fails(10, "LB0901");
    assert_eq!(steps.run("status", &[]).code, Some(0));
}

#[test]
fn a_database_with_tables_and_no_ledger_is_not_guessed_about() {
    let steps = Steps::first(2);
    shell::run(&steps.scene.database, "shop.sql");
    let before = bytes(&steps.scene.database);
    steps.run("apply", &[]).fails(1, "LB0911");
    assert_eq!(bytes(&steps.scene.database), before);
}

#[test]
fn line_ends_of_a_checkout_change_no_step() {
    let steps = Steps::first(2);
    assert_eq!(steps.run("apply", &[]).code, Some(0));
    for file in shipped().iter().take(2) {
        let text = std::fs::read_to_string(file).unwrap().replace('\n', "\r\n");
        steps.write(file.file_name().unwrap().to_str().unwrap(), &text);
    }
    assert!(steps.run("apply", &[]).exits(0).stdout.contains("Nothing was pending"));
}

#[test]
fn two_processes_that_migrate_at_once_do_it_once() {
    let steps = Steps::first(1);
    assert_eq!(steps.run("apply", &[]).code, Some(0));
    steps.add_up_to(4);
    let spawn = || {
        let mut command =
            steps.scene.command(&["migrate", "apply", "--dir", "steps", "--wait", "30", "--json"]);
        command.stdout(Stdio::piped()).spawn().unwrap()
    };
    let both = [spawn(), spawn()].map(|child| child.wait_with_output().unwrap());
    let counts = both.map(|output| {
        assert!(output.status.success());
        let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        document["steps"].as_array().unwrap().len()
    });
    assert!(counts == [3, 0] || counts == [0, 3], "{counts:?}");
    assert_eq!(steps.ledger(), "1 applied, 2 applied, 3 applied, 4 applied");
}

#[test]
fn a_new_step_gets_the_next_number_and_replaces_nothing() {
    let scene = Scene::empty("app.db");
    for number in 1..=2 {
        let name = format!("step{number}");
        assert_eq!(scene.run(&["migrate", "new", &name, "--dir", "steps"]).code, Some(0));
        assert!(scene.folder().join(format!("steps/000{number}_{name}.sql")).exists());
    }
    scene.run(&["migrate", "new", "Not a name", "--dir", "steps"]).fails(2, "LB0902");
    std::fs::write(scene.folder().join("lifeboat.toml"), "database = 'app.db'\nmigrations = 'steps'\n")
        .unwrap();
    assert_eq!(scene.run(&["migrate", "apply"]).code, Some(0));
    assert!(scene.run(&["migrate", "status"]).exits(0).stdout.contains("0002_step2"));
}

#[test]
fn an_empty_file_is_a_database_that_is_still_to_be_made() {
    let steps = Steps::first(2);
    std::fs::write(&steps.scene.database, "").unwrap();
    let made = steps.run("apply", &[]).exits(0);
    assert!(made.stderr.contains("running migration 0001_"), "each step is announced: {made:?}");
    assert_eq!(steps.ledger(), "1 applied, 2 applied");
    assert!(steps.run("apply", &["--quiet"]).exits(0).stderr.is_empty());
}
