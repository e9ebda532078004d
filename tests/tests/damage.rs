//! Drills: a database damaged by page class, and for each class what is said, what is offered, what comes back.
#![allow(clippy::unwrap_used, reason = "a failed step of a test is a failed test")]

use lifeboat_tests::command::Scene;
use lifeboat_tests::pages::{PageClass, damage};
use lifeboat_tests::shell::{self, Session};

/// What must happen.
struct Expected {
    class: PageClass,
    /// Words of the doctor.
    says: &'static str,
    /// The command that mends it has these words.
    mend: &'static str,
    /// Of 6,000 rows, so many come out at least.
    rows_min: u64,
}

const TABLE: [Expected; 8] = [
    Expected { class: PageClass::Header, says: "first bytes", mend: " restore", rows_min: 6000 },
    Expected { class: PageClass::Schema, says: "list of tables", mend: " restore", rows_min: 6000 },
    Expected { class: PageClass::Interior, says: "tables: picture", mend: " restore", rows_min: 6000 },
    Expected { class: PageClass::Leaf, says: "tables: picture", mend: " restore", rows_min: 5900 },
    Expected { class: PageClass::Overflow, says: "tables: picture", mend: " restore", rows_min: 5999 },
    Expected { class: PageClass::FreeList, says: "free pages", mend: " restore", rows_min: 6000 },
    Expected {
        class: PageClass::Index,
        says: "indexes are damaged: picture_title",
        mend: " repair",
        rows_min: 6000,
    },
    Expected { class: PageClass::LogFrame, says: "holds commits", mend: " salvage --behind", rows_min: 6000 },
];

/// A gallery with one point and an untouched copy as `original.db`.
fn gallery(class: PageClass) -> Scene {
    let scene = Scene::shop("app.db", "gallery.sql");
    assert_eq!(scene.run(&["backup"]).code, Some(0));
    if class == PageClass::LogFrame {
        Session::start(&scene.database, "gallery_log.sql").kill();
    }
    let original = scene.folder().join("original.db");
    for suffix in ["", "-wal"] {
        let name = |path: &std::path::Path| format!("{}{suffix}", path.display());
        if std::path::Path::new(&name(&scene.database)).exists() {
            std::fs::copy(name(&scene.database), name(&original)).unwrap();
        }
    }
    damage(&scene.database, class, "picture", "picture_title");
    scene
}

fn check_of(scene: &Scene, id: &str) -> (String, String, String) {
    let document = scene.json(&["doctor", "--deep"]);
    let checks = document["checks"].as_array().unwrap();
    let check = checks.iter().find(|check| check["id"] == id).unwrap_or_else(|| panic!("{document}"));
    let text = |field: &str| check[field].as_str().unwrap_or_default().to_owned();
    (text("health"), text("finding"), text("command"))
}

#[test]
fn every_class_of_page_is_told_and_comes_back() {
    for expected in TABLE {
        let class = expected.class;
        let scene = gallery(class);
        let before = std::fs::read(&scene.database).unwrap();
        let (health, finding, mend) = check_of(&scene, "database");
        let expected_health = if class == PageClass::LogFrame { "advice" } else { "problem" };
        assert_eq!(health, expected_health, "{class:?}: {finding}");
        assert!(finding.contains(expected.says), "{class:?}: {finding}");
        assert!(mend.contains(expected.mend), "{class:?}: {mend}");

        let document = scene.json(&["salvage", "--to", "saved.db"]);
        let rows: u64 =
            document["tables"].as_array().unwrap().iter().map(|t| t["rows"].as_u64().unwrap()).sum();
        assert!(rows >= expected.rows_min, "{class:?}: {rows} rows, {document}");
        assert_eq!(document["structure_findings"], 0, "{class:?}");
        if class == PageClass::LogFrame {
            // The engine, and so we, go back to what stood before the damaged frame; asked, we read on.
            let behind = scene.json(&["salvage", "--behind-damage", "--to", "behind.db"]);
            assert_eq!(behind["tables"].as_array().map(Vec::len), Some(2), "{behind}");
            scene.run(&["maintain"]).fails(20, "LB0103");
            assert!(
                std::fs::read(&scene.database).unwrap() == before,
                "{class:?}: looking and salvaging only read"
            );
            continue;
        }
        let strangers = shell::run(&scene.folder().join("saved.db"), "same_pictures.sql");
        assert_eq!(strangers.lines().collect::<Vec<_>>(), ["0", "0"], "{class:?}: rows that never were");
        assert!(
            std::fs::read(&scene.database).unwrap() == before,
            "{class:?}: looking and salvaging only read"
        );
    }
}

#[test]
fn after_every_damage_the_good_point_is_still_offered_and_restores() {
    for class in PageClass::ALL {
        let scene = gallery(class);
        let good = scene.points()[0].clone();
        let copy = scene.run(&["backup"]);
        assert!(matches!(copy.code, Some(0 | 3 | 20)), "{class:?}: {copy:?}");
        if class != PageClass::Index && class != PageClass::LogFrame {
            let offered = scene.json(&["status"])["newest"]["short_id"].clone();
            assert_eq!(offered, good.as_str(), "{class:?}: a suspect capture is not offered");
        }
        let kept = scene.json(&["forget", "--dry-run"]);
        let decisions = kept["decisions"].as_array().cloned().unwrap_or_default();
        assert!(decisions.iter().all(|d| d["goes"] == false), "{class:?}: {kept}");
        let restored = scene.run(&["restore", &good]);
        assert_eq!(restored.code, Some(0), "{class:?}: {restored:?}");
        assert_eq!(shell::run(&scene.database, "gallery_rows.sql"), "3000\n3000", "{class:?}");
        assert_eq!(check_of(&scene, "database").0, "ok", "{class:?}");
    }
}

#[test]
fn a_damaged_index_is_built_anew_and_nothing_else_is() {
    let scene = gallery(PageClass::Index);
    let document = scene.json(&["repair", "--dry-run"]);
    assert_eq!(document["indexes"][0], "picture_title");
    assert!(scene.points().len() == 1, "a dry run changes nothing");
    let document = scene.json(&["repair"]);
    assert_eq!(document["indexes"].as_array().unwrap().len(), 1);
    assert_eq!(document["safety"]["suspect"], true);
    assert_eq!(check_of(&scene, "database").0, "ok");
    assert_eq!(shell::run(&scene.database, "gallery_rows.sql"), "3000\n3000");
    assert!(
        scene.json(&["repair"])["indexes"].as_array().unwrap().is_empty(),
        "a second time there is nothing to do"
    );
    let scene = gallery(PageClass::Leaf);
    scene.run(&["repair"]).fails(20, "LB0103");
    assert_eq!(scene.points().len(), 1);
}

#[test]
fn a_quarantine_takes_everything_under_names_that_windows_allows_and_undo_brings_it_back() {
    let scene = gallery(PageClass::LogFrame);
    let shm = scene.folder().join("app.db-shm");
    std::fs::write(&shm, b"shared memory of a process that was killed").unwrap();
    let log = scene.folder().join("app.db-wal");
    let before = [std::fs::read(&scene.database).unwrap(), std::fs::read(&log).unwrap()];
    let document = scene.json(&["quarantine"]);
    let set = document["set"].as_str().unwrap();
    assert!(!scene.database.exists() && !log.exists() && !shm.exists());
    assert!(set.chars().all(|c| c.is_ascii_alphanumeric() || "-.".contains(c)), "{set}");
    let folder = scene.work().join("quarantine").join(set);
    let mut names: Vec<_> =
        folder.read_dir().unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    assert_eq!(names, ["app.db", "app.db-shm", "app.db-wal"]);
    let saved = scene.json(&["salvage", "--set", set, "--to", "saved.db"]);
    assert!(saved["tables"].as_array().unwrap().len() == 2, "{saved}");
    scene.run(&["salvage", "--set", "nonsense", "--to", "other.db"]).fails(10, "LB0101");
    assert_eq!(scene.run(&["undo"]).code, Some(0));
    assert!(before == [std::fs::read(&scene.database).unwrap(), std::fs::read(&log).unwrap()]);
    std::fs::remove_file(&scene.database).unwrap();
    std::fs::remove_file(&log).unwrap();
    scene.run(&["quarantine"]).fails(10, "LB0101");
}

#[test]
fn what_another_program_has_open_is_neither_set_aside_nor_read() {
    let scene = gallery(PageClass::Leaf);
    let session = Session::start(&scene.database, "idle.sql");
    scene.run(&["quarantine"]).fails(11, "LB0104");
    scene.run(&["salvage", "--to", "saved.db"]).fails(11, "LB0104");
    assert!(!scene.folder().join("saved.db").exists());
    session.close();
    assert_eq!(scene.run(&["salvage", "--to", "saved.db"]).code, Some(3));
}

#[test]
fn names_that_are_taken_and_files_that_are_none_are_refused() {
    let scene = gallery(PageClass::Leaf);
    std::fs::write(scene.folder().join("there.db"), b"mine").unwrap();
    scene.run(&["salvage", "--to", "there.db"]).fails(2, "LB0504");
    scene.run(&["salvage", "--to", "nowhere/saved.db"]).fails(2, "LB0505");
    scene.run(&["salvage", "--to", "app.db"]).fails(2, "LB0504");
    scene.run(&["salvage", "--to", "app.db-wal"]).fails(2, "LB0114");
    assert_eq!(std::fs::read(scene.folder().join("there.db")).unwrap(), b"mine");
    let text = Scene::empty("app.db");
    std::fs::write(&text.database, "no database at all. ".repeat(100)).unwrap();
    text.run(&["salvage", "--to", "saved.db"]).fails(20, "LB0102");
    let newer = Scene::shop("app.db", "gallery.sql");
    let mut bytes = std::fs::read(&newer.database).unwrap();
    bytes[18..20].fill(9);
    std::fs::write(&newer.database, bytes).unwrap();
    newer.run(&["salvage", "--to", "saved.db"]).fails(21, "LB0305");
}
