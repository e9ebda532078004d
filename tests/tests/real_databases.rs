//! Every real database of LIFEBOAT_REAL_DATABASES: adopted, migrated, damaged, salvaged, restored.
#![allow(clippy::unwrap_used, reason = "a failed step of a test is a failed test")]

use lifeboat_tests::command::{Scene, root};
use lifeboat_tests::pages::{PageClass, damage};
use lifeboat_tests::shell;
use std::collections::BTreeSet;
use std::path::PathBuf;

/// Copies of all of them; without the variable a generated shop, so that a clone elsewhere passes too.
fn databases() -> Vec<Scene> {
    let Some(folder) = std::env::var_os("LIFEBOAT_REAL_DATABASES").map(PathBuf::from) else {
        return vec![Scene::shop("app.db", "gallery.sql")];
    };
    let mut found = Vec::new();
    let mut ahead = vec![folder];
    while let Some(folder) = ahead.pop() {
        for entry in folder.read_dir().unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                ahead.push(path);
            } else if std::fs::read(&path).unwrap().starts_with(b"SQLite format 3\0") {
                let scene = Scene::empty(path.file_name().unwrap().to_str().unwrap());
                std::fs::copy(&path, &scene.database).unwrap();
                let mut rights = scene.database.metadata().unwrap().permissions();
                std::os::unix::fs::PermissionsExt::set_mode(&mut rights, 0o644);
                std::fs::set_permissions(&scene.database, rights).unwrap();
                found.push(scene);
            }
        }
    }
    assert!(!found.is_empty(), "LIFEBOAT_REAL_DATABASES names a folder without databases");
    found
}

/// The table with most leaves, and an index where there is one.
fn largest(scene: &Scene) -> (String, Option<String>) {
    let pages = shell::run(&scene.database, "pages.sql");
    let tables = shell::run(&scene.database, "table_names.sql");
    let leaves = |name: &str| pages.lines().filter(|line| line.ends_with(&format!("leaf {name}"))).count();
    let table = tables.lines().max_by_key(|name| leaves(name)).unwrap().to_owned();
    let indexes = shell::run(&scene.database, "index_names.sql");
    let index = indexes.lines().filter(|name| leaves(name) > 1).max_by_key(|name| leaves(name));
    (table, index.map(str::to_owned))
}

/// The table that a damage of this class hits; `None` where no page of the class is there. A frame of a log is the business
/// of `damage.rs`: these databases come without one.
fn target(scene: &Scene, class: PageClass, (table, index): (&str, Option<&str>)) -> Option<String> {
    let pages = shell::run(&scene.database, "pages.sql");
    let owner = |kind: &str| {
        let owners = pages.lines().filter_map(|line| line.split_once(' ')?.1.strip_prefix(kind));
        owners.map(|name| name.trim_start().to_owned()).next()
    };
    let largest = Some(table.to_owned());
    match class {
        PageClass::Header | PageClass::Schema | PageClass::Leaf => largest,
        PageClass::Interior => largest.filter(|_| pages.contains(&format!(" internal {table}\n"))),
        PageClass::Overflow => owner("overflow").filter(|name| !name.starts_with("sqlite_")),
        PageClass::FreeList => largest.filter(|_| shell::run(&scene.database, "free_pages.sql") != "0"),
        PageClass::Index => largest.filter(|_| index.is_some()),
        PageClass::LogFrame => None,
    }
}

fn rows(document: &serde_json::Value) -> u64 {
    document["tables"].as_array().unwrap().iter().map(|table| table["rows"].as_u64().unwrap()).sum()
}

#[test]
fn adopted_migrated_damaged_salvaged_restored() {
    let mut hit = BTreeSet::new();
    for scene in databases() {
        let name = scene.database.file_name().unwrap().to_str().unwrap().to_owned();
        let status = scene.json(&["status"]);
        let before = rows(&status["database"]);
        let first = shell::digest(&scene.database);

        std::fs::create_dir(scene.folder().join("steps")).unwrap();
        scene.run(&["migrate", "apply", "--dir", "steps"]);
        let adopted = scene.json(&["migrate", "adopt", "--dir", "steps", "--baseline", "as_found"]);
        assert_eq!(adopted["steps"][0], "0001_as_found", "{name}: {adopted}");
        let step = root().join("tests/fixtures/steps/add_notes.sql");
        std::fs::copy(step, scene.folder().join("steps/0002_notes.sql")).unwrap();
        let migrated = scene.json(&["migrate", "apply", "--dir", "steps"]);
        assert_eq!(migrated["steps"].as_array().map(Vec::len), Some(1), "{name}: {migrated}");
        assert_eq!(scene.run(&["backup"]).code, Some(0), "{name}");
        let newest = shell::digest(&scene.database);

        let (table, index) = largest(&scene);
        shell::run(&scene.database, "make_free_pages.sql");
        let sound = std::fs::read(&scene.database).unwrap();
        for class in PageClass::ALL {
            std::fs::write(&scene.database, &sound).unwrap();
            let Some(target) = target(&scene, class, (&table, index.as_deref())) else { continue };
            hit.insert(format!("{class:?}"));
            damage(&scene.database, class, &target, index.as_deref().unwrap_or_default());
            let saved = scene.json(&["salvage", "--to", "saved.db"]);
            // The ledger and the note of the step came on top.
            let whole = before + 3;
            let loses = [PageClass::Leaf, PageClass::Overflow].contains(&class);
            let least = if loses { whole * 98 / 100 } else { whole };
            assert!(rows(&saved) >= least, "{name}, {class:?}: {} of {whole}, {saved}", rows(&saved));
            assert_eq!(saved["structure_findings"], 0, "{name}, {class:?}");
            std::fs::remove_file(scene.folder().join("saved.db")).unwrap();
            let restored = scene.run(&["restore", "latest"]);
            assert_eq!(restored.code, Some(0), "{name}, {class:?}: {restored:?}");
            assert_eq!(shell::digest(&scene.database), newest, "{name}, {class:?}");
        }
        let points = scene.points();
        assert_eq!(scene.run(&["restore", &points[0]]).code, Some(0), "{name}");
        assert_eq!(shell::digest(&scene.database), first, "{name}: the state before adoption");
    }
    // Of the real ones none has a value that needs a page of its own; the generated one has.
    assert!(hit.len() >= 6, "classes that were hit: {hit:?}");
}
