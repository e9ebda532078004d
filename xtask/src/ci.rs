//! The gate. Order: what fails fastest first.

use crate::shell::{Done, cargo, root, run as step};
use crate::{lint, packages};
use std::time::Instant;

/// Runs every check; the first that fails ends it.
pub(crate) fn run_all() -> Done {
    packages::ensure()?;
    packages::ensure_oracle()?;
    step(cargo(&["fmt", "--all", "--check"]))?;
    lint::run(&root())?;
    step(cargo(&["deny", "--all-features", "check", "bans", "licenses", "sources"]))?;
    let clippy =
        ["clippy", "--workspace", "--all-targets", "--all-features", "--locked", "--", "-D", "warnings"];
    step(cargo(&clippy))?;
    let mut docs =
        cargo(&["doc", "--workspace", "--all-features", "--no-deps", "--locked", "--document-private-items"]);
    docs.env("RUSTDOCFLAGS", "-D warnings");
    step(docs)?;
    // The fault tests start the command thousands of times: they take the release build.
    step(cargo(&["build", "--release", "--locked", "--package", "lifeboat-cli"]))?;
    step(cargo(&["test", "--workspace", "--all-features", "--locked", "--no-fail-fast"]))
}

/// `cargo xtask ci`.
pub(crate) fn run() -> Done {
    let begun = Instant::now();
    run_all()?;
    println!("\nci: all green in {} s", begun.elapsed().as_secs());
    Ok(())
}
