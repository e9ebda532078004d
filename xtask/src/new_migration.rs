//! Makes the next numbered migration, and writes the checksums of all to migrations/checksums.lock.

use crate::lint::migrations_locked::{checksum, migrations};
use crate::shell::{Done, root};

/// `cargo xtask new-migration SET NAME`.
pub(crate) fn run(set: &str, name: &str) -> Done {
    let folder = root().join("migrations").join(set);
    std::fs::create_dir_all(&folder).map_err(|e| e.to_string())?;
    let count = folder.read_dir().map_err(|e| e.to_string())?.count();
    let path = folder.join(format!("{:04}_{name}.sql", count + 1));
    let text = "-- Why this step is needed.\n";
    std::fs::write(&path, text).map_err(|e| e.to_string())?;
    println!("made {}; fill it, name it in migrations/src/lib.rs, then run this to lock it:", path.display());
    lock()
}

/// Rewrites the lock file. A line that changes in review is a shipped migration that changed.
fn lock() -> Done {
    let root = root();
    let mut lines = String::new();
    for (name, text) in migrations(&root)? {
        lines.push_str(&format!("{} {name}\n", checksum(&text)));
    }
    std::fs::write(root.join("migrations/checksums.lock"), lines).map_err(|e| e.to_string())
}
