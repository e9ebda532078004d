//! A share, its keys and a client beside a shop's database, for tests of updates.

use crate::command::{Ran, Scene};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

/// Settings of a client of version 1.0.0 whose installers are shell scripts.
const SETTINGS: &str = "[update]\nshare = \"share\"\nroot = \"keys/root.json\"\nkeys = \"keys\"\nversion = \"1.0.0\"\n\
     hand_over = \"custom\"\ncommand = [\"{installer}\", \"{to}\"]\n";

/// A scene with an empty share and keys.
///
/// # Panics
/// Where the keys cannot be made.
#[must_use]
pub fn scene() -> Scene {
    let scene = Scene::shop("app.db", "shop.sql");
    std::fs::create_dir(scene.folder().join("share")).expect("because the folder is new");
    std::fs::write(scene.folder().join("lifeboat.toml"), SETTINGS).expect("because the folder is ours");
    scene.run(&["keys", "init", "keys"]).succeeds();
    scene
}

/// Writes an installer that notes which version it installs, and ends with a status.
///
/// # Panics
/// Where it cannot be written.
pub fn make_installer(scene: &Scene, version: &str, status: i32) -> PathBuf {
    let path = scene.folder().join(format!("till-{version}.run"));
    let text = format!(
        "#!/bin/sh\n# {}\nprintf '%s' \"$1\" > \"$(dirname \"$0\")/../../../installed\"\nexit {status}\n",
        "x".repeat(200_000)
    );
    std::fs::write(&path, text).expect("because the folder is ours");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o700))
        .expect("because the file is ours");
    path
}

/// Publishes a release.
///
/// # Panics
/// Where that fails.
pub fn publish(scene: &Scene, version: &str) {
    publication(scene, version).succeeds();
}

/// Tries to.
#[must_use]
pub fn publication(scene: &Scene, version: &str) -> Ran {
    let path = make_installer(scene, version, 0);
    let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    scene.run(&["publish", &file, "--version", version])
}

/// The version that a client which knows nothing is offered; none where nothing was published.
///
/// # Panics
/// Where what it sees is not a whole, signed state.
#[must_use]
pub fn offered_to_a_new_client(scene: &Scene, at: &str) -> Option<String> {
    let new = scene.fork();
    let _ = std::fs::remove_dir_all(new.work().join("updates"));
    let ran = new.run(&["update", "check", "--json"]);
    let document = ran.document();
    if document["code"] == "LB1105" {
        return None;
    }
    assert_eq!(ran.code, Some(0), "{at}: {ran:?}");
    document["release"]["version"].as_str().map(str::to_owned)
}
