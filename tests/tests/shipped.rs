//! Every schema that Lifeboat ever shipped, with rows in it, comes to the schema of a new database and keeps its rows.
#![allow(clippy::unwrap_used, reason = "a failed step of a test is a failed test")]

use lifeboat_tests::command::{Scene, root};
use lifeboat_tests::shell;
use std::path::{Path, PathBuf};

/// The shipped steps, in order.
fn shipped() -> Vec<PathBuf> {
    let entries = root().join("migrations/demo").read_dir().unwrap();
    let mut steps: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    steps.sort();
    steps
}

fn at_step(steps: &[PathBuf]) -> Scene {
    let scene = Scene::empty("shop.db");
    let folder = scene.folder().join("steps");
    std::fs::create_dir(&folder).unwrap();
    for step in steps {
        std::fs::copy(step, folder.join(step.file_name().unwrap())).unwrap();
    }
    assert_eq!(scene.run(&["migrate", "apply", "--dir", "steps"]).code, Some(0));
    scene
}

fn schema(scene: &Scene) -> String {
    shell::run(&scene.database, "schema.sql")
}

fn rows_of(step: &Path) -> String {
    format!("shipped/{}", step.file_name().unwrap().to_str().unwrap())
}

#[test]
fn every_shipped_schema_comes_to_the_newest_with_its_rows() {
    let steps = shipped();
    assert!(!steps.is_empty());
    let newest = schema(&at_step(&steps));
    for (at, step) in steps.iter().enumerate() {
        let scene = at_step(&steps[..=at]);
        // A step without a fixture of its rows is a shipped schema that nobody would see break.
        shell::run(&scene.database, &rows_of(step));
        let rows = shell::run(&scene.database, "shipped_rows.sql");
        let upgraded =
            scene.run(&["migrate", "apply", "--dir", root().join("migrations/demo").to_str().unwrap()]);
        assert_eq!(upgraded.code, Some(0), "{upgraded:?}");
        assert_eq!(schema(&scene), newest, "from {}", step.display());
        let kept = shell::run(&scene.database, "shipped_rows.sql");
        assert_eq!(kept, rows, "from {}", step.display());
        assert!(
            rows.lines().all(|line| !line.contains("|0|")),
            "a table without rows proves nothing: {rows}"
        );
    }
}
