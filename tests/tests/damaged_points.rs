//! Points and records that lost their bytes: told, no longer offered, never counted on, never deleted.
#![allow(clippy::unwrap_used, reason = "a failed step of a test is a failed test")]

use lifeboat_tests::command::Scene;
use lifeboat_tests::shell;
use std::path::PathBuf;

/// Files of the points, oldest first.
fn files(scene: &Scene) -> Vec<PathBuf> {
    let folder = scene.work().join("points");
    let mut found: Vec<PathBuf> = folder.read_dir().unwrap().map(|e| e.unwrap().path()).collect();
    found.retain(|path| path.extension().is_some_and(|ending| ending == "db"));
    found.sort();
    found
}

/// Two points, of which the newer one has a flipped bit.
fn newest_is_damaged() -> (Scene, String, PathBuf, Vec<u8>) {
    let scene = Scene::shop("app.db", "shop.sql");
    let old = shell::digest(&scene.database);
    assert_eq!(scene.run(&["backup"]).code, Some(0));
    shell::run(&scene.database, "change.sql");
    assert_eq!(scene.run(&["backup"]).code, Some(0));
    let file = files(&scene).pop().unwrap();
    let sound = std::fs::read(&file).unwrap();
    let mut hurt = sound.clone();
    hurt[3000] ^= 4;
    std::fs::write(&file, hurt).unwrap();
    (scene, old, file, sound)
}

fn trust_of_newest(scene: &Scene) -> String {
    scene.json(&["list"])["points"][1]["trust"].as_str().unwrap().to_owned()
}

#[test]
fn a_verify_that_finds_damage_takes_the_point_off_the_offer_until_its_bytes_are_back() {
    let (scene, old, file, sound) = newest_is_damaged();
    assert_eq!(trust_of_newest(&scene), "checked");
    let _ = scene.run(&["verify", "--all"]).exits(20);
    assert_eq!(trust_of_newest(&scene), "captured");
    assert_eq!(scene.run(&["restore", "latest"]).code, Some(0));
    assert_eq!(shell::digest(&scene.database), old, "latest is the newest sound one");
    std::fs::write(&file, sound).unwrap();
    assert_eq!(scene.run(&["verify", "--all"]).code, Some(0));
    assert_eq!(trust_of_newest(&scene), "checked");
}

#[test]
fn a_restore_that_finds_damage_names_the_next_point_and_does_not_offer_this_one_again() {
    let (scene, old, _, _) = newest_is_damaged();
    let live = std::fs::read(&scene.database).unwrap();
    let ran = scene.run(&["restore", "latest"]).exits(20);
    assert!(ran.stderr.contains("LB0401") && ran.stderr.contains(&scene.points()[0]), "{ran:?}");
    assert_eq!(std::fs::read(&scene.database).unwrap(), live);
    assert_eq!(scene.points().len(), 2, "no safety point was taken");
    let newest = scene.points().pop().unwrap();
    scene.run(&["restore", &newest]).fails(20, "LB0501");
    assert_eq!(scene.run(&["restore", "latest"]).code, Some(0));
    assert_eq!(shell::digest(&scene.database), old);
}

#[test]
fn retention_does_not_count_on_a_damaged_point() {
    let (scene, _, _, _) = newest_is_damaged();
    let oldest = scene.points().remove(0);
    let _ = scene.run(&["verify", "--all"]).exits(20);
    scene.run(&["forget", &oldest]).fails(2, "LB0702");
}

#[test]
fn where_every_point_is_damaged_that_is_the_cause() {
    let scene = Scene::shop("app.db", "shop.sql");
    assert_eq!(scene.run(&["backup"]).code, Some(0));
    let manifest = files(&scene).remove(0).with_extension("manifest.json");
    std::fs::write(manifest, "{}").unwrap();
    scene.run(&["restore", "latest"]).fails(20, "LB0401");
}

#[test]
fn a_restore_sets_a_damaged_record_of_an_earlier_act_aside_and_goes_on() {
    let scene = Scene::shop("app.db", "shop.sql");
    let old = shell::digest(&scene.database);
    assert_eq!(scene.run(&["backup"]).code, Some(0));
    shell::run(&scene.database, "change.sql");
    let live = shell::digest(&scene.database);
    let intent = scene.work().join("intent.json");
    for number in 1..=2 {
        std::fs::write(&intent, "{").unwrap();
        scene.run(&["backup"]).fails(20, "LB0111");
        let document = scene.run(&["restore", "latest", "--json"]).exits(3).document();
        let name = format!("intent.json.damaged-{number}");
        assert_eq!(document["record_set_aside"], name.as_str());
        assert_eq!(std::fs::read(scene.work().join("quarantine").join(name)).unwrap(), b"{");
        assert_eq!(shell::digest(&scene.database), old);
    }
    assert_eq!(scene.run(&["undo"]).code, Some(0));
    assert_eq!(scene.run(&["restore", &scene.points()[1]]).code, Some(0));
    assert_eq!(shell::digest(&scene.database), live, "the state before the first of them");
}

#[test]
fn a_point_of_a_damaged_database_is_not_announced_as_sound() {
    let scene = Scene::shop("app.db", "shop.sql");
    assert_eq!(scene.run(&["backup"]).code, Some(0));
    let mut bytes = std::fs::read(&scene.database).unwrap();
    // The cell count of a page of the invoice table.
    bytes[4 * 1024 + 3..4 * 1024 + 5].fill(0xff);
    std::fs::write(&scene.database, &bytes).unwrap();
    let ran = scene.run(&["backup"]).exits(3);
    assert!(!ran.stdout.contains("Proven") && ran.stderr.contains("suspect"), "{ran:?}");
    assert_eq!(scene.json(&["list"])["points"][1]["suspect"], true);
    assert_eq!(std::fs::read(&scene.database).unwrap(), bytes);
}
