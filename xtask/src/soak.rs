//! Long sweeps: every system call, thousands of histories, both ends of the driver's range.

use crate::packages;
use crate::shell::{Done, cargo, has, root, run as step};
use clap::Subcommand;
use std::path::Path;
use std::process::Command;

#[derive(Debug, Subcommand)]
pub(crate) enum Soak {
    /// Kills at every system call, not only at those that change state
    Kill,
    /// Runs 10,000 generated histories of replicas through each law of merging
    Merge,
    /// Lints the file adapter for Windows and macOS
    Platforms,
    /// Judges release metadata beside `tough`, and feeds the reader of metadata with noise for a minute
    Trust,
    /// Builds and tests adapter-sqlite with the oldest and the newest driver of the declared range
    SqliteRange,
}

/// Ends of the range: r2d2_sqlite first, because it pins the driver (docs/adr/0002-sqlite-version-range.md).
const RANGE: [(&str, &str); 2] = [("0.25.0", "0.32.0"), ("0.35.0", "0.40.2")];

/// `cargo xtask soak ...`.
pub(crate) fn run(what: &Soak) -> Done {
    packages::ensure()?;
    packages::ensure_oracle()?;
    match what {
        Soak::Kill => {
            step(cargo(&["build", "--release", "--package", "lifeboat-cli"]))?;
            let sweeps = [
                "--test",
                "kill",
                "--test",
                "kill_damage",
                "--test",
                "relocate",
                "--test",
                "tracking",
                "--test",
                "merging",
                "--test",
                "merging_apart",
            ];
            let mut tests = cargo(&[&["test", "--package", "lifeboat-tests"], &sweeps[..]].concat());
            tests.env("LIFEBOAT_KILL_AT", "every-call");
            step(tests)
        }
        Soak::Merge => {
            let mut laws =
                cargo(&["test", "--release", "--package", "lifeboat-testkit", "--test", "merge_laws"]);
            laws.env("LIFEBOAT_SCHEDULES", "10000");
            step(laws)?;
            let files = ["--test", "merging", "--test", "counted"];
            let mut files =
                cargo(&[&["test", "--release", "--package", "lifeboat-adapter-sqlite"], &files[..]].concat());
            files.env("LIFEBOAT_SCHEDULES", "10000");
            step(files)
        }
        Soak::Trust => trust(),
        Soak::Platforms => PLATFORMS.iter().try_for_each(|target| on_platform(target)),
        Soak::SqliteRange => RANGE.iter().try_for_each(|(pool, driver)| at_version(pool, driver)),
    }
}

/// A second judge with a hundred crates, and a fuzzer: each a workspace of its own.
fn trust() -> Done {
    let mut build = cargo(&["build", "--release", "--manifest-path", "crates/trust/oracle/Cargo.toml"]);
    build.arg("--target-dir").arg(root().join("target/tough"));
    step(build)?;
    step(cargo(&[
        "test",
        "--package",
        "lifeboat-tests",
        "--test",
        "updates_oracle",
        "--",
        "--include-ignored",
    ]))?;
    if !has("cargo-fuzz") {
        step(cargo(&["install", "cargo-fuzz", "--locked", "--version", "^0.13"]))?;
    }
    let mut fuzz =
        cargo(&["fuzz", "run", "--fuzz-dir", "crates/trust/fuzz", "--target-dir", "target/fuzz", "read"]);
    // The sanitizer is asked for by a flag that the compiler keeps for later.
    fuzz.env("RUSTC_BOOTSTRAP", "1").args(["--", "-max_total_time=60", "-max_len=4096"]);
    step(fuzz)
}

/// Where Lifeboat runs besides Linux. Only the file adapter differs between them; it needs no C compiler.
const PLATFORMS: [&str; 2] = ["x86_64-pc-windows-gnu", "aarch64-apple-darwin"];

fn on_platform(target: &str) -> Done {
    let installed = Command::new("rustup").args(["target", "list", "--installed"]).output();
    let listed = installed.map_err(|e| format!("rustup: {e}"))?.stdout;
    if !String::from_utf8_lossy(&listed).lines().any(|line| line == target) {
        return Err(format!("the target is missing: rustup target add {target}"));
    }
    let check = ["clippy", "--package", "lifeboat-adapter-fs", "--tests", "--target", target];
    step(cargo(&[&check[..], &["--", "-D", "warnings"]].concat()))
}

/// In a copy of the sources, so that the workspace's own lock file stays as it is.
fn at_version(pool: &str, driver: &str) -> Done {
    let copy = tempfile::tempdir().map_err(|e| e.to_string())?;
    let mut clone = Command::new("git");
    clone.args(["clone", "--quiet"]).arg(root()).arg(copy.path());
    step(clone)?;
    let target = root().join("target").join(format!("range-{driver}"));
    let update = |package: &str, version: &str| {
        in_copy(copy.path(), &target, &["update", package, "--precise", version])
    };
    update("r2d2_sqlite", pool)?;
    update("rusqlite", driver)?;
    in_copy(copy.path(), &target, &["test", "--package", "lifeboat-adapter-sqlite", "--all-features"])
}

fn in_copy(folder: &Path, target: &Path, args: &[&str]) -> Done {
    let mut command = cargo(args);
    command.current_dir(folder).env("CARGO_TARGET_DIR", target);
    step(command)
}
