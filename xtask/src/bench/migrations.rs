//! Ten steps over a million rows, one of them a table rebuild: `lifeboat migrate apply` against the same statements
//! typed into the `sqlite3` shell, which checks nothing, plus a restore point's own cost.

use super::restore_points::median;
use crate::packages;
use crate::shell::{Done, cargo, root, run as step};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

/// The bar: so many times the shell's time, besides the restore point.
const MUST: f64 = 1.3;

/// Milliseconds more than a plain open with the same settings.
const OPEN_MUST_MS: f64 = 10.0;
const OPEN_GOAL_MS: f64 = 5.0;

struct Rig {
    folder: tempfile::TempDir,
    lifeboat: PathBuf,
}

/// `cargo xtask bench migrations`.
pub(super) fn run(rounds: usize) -> Done {
    packages::ensure()?;
    step(cargo(&["build", "--release", "--package", "lifeboat-cli"]))?;
    let folder = tempfile::tempdir_in(root().join("target")).map_err(|e| e.to_string())?;
    let rig = Rig { folder, lifeboat: root().join("target/release/lifeboat") };
    let fixtures = root().join("tests/fixtures");
    rig.make_base(&fixtures.join("bench_migrations"))?;
    let (plain, opened) = rig.opening(&fixtures.join("bench_migrations"))?;
    let mut ratios = Vec::new();
    let (mut shells, mut backups, mut migrations) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rounds.max(1) {
        let shell = rig.by_hand(&fixtures.join("bench_by_hand/all.sql"))?;
        let (backup, migration) = rig.by_lifeboat(&fixtures.join("bench_migrations"))?;
        ratios.push((migration - backup) / shell);
        shells.push(shell);
        backups.push(backup);
        migrations.push(migration);
    }
    let (shell, backup, migration) = (median(shells), median(backups), median(migrations));
    let ratio = median(ratios);
    println!("\n{:<52} {:>8}", "what", "seconds");
    println!("{:<52} {shell:>8.2}", "the same ten steps in the shell, without any check");
    println!("{:<52} {backup:>8.2}", "a restore point of the same database");
    println!("{:<52} {migration:>8.2}", "lifeboat migrate apply, restore point included");
    println!("without its restore point {ratio:.2} times the shell (must {MUST})");
    println!(
        "opening it when it is current: {opened:.1} ms, plainly {plain:.1} ms, {:.1} more (must {OPEN_MUST_MS}, goal {OPEN_GOAL_MS})",
        opened - plain
    );
    let report = serde_json::json!({
        "open_plain_ms": plain, "open_ms": opened, "open_must_ms": OPEN_MUST_MS,
        "rounds": rounds, "shell_s": shell, "backup_s": backup, "migrate_s": migration, "ratio": ratio, "must": MUST,
    });
    let path = root().join("target/bench-migrations.json");
    std::fs::write(&path, format!("{report:#}\n")).map_err(|e| e.to_string())?;
    println!("\nwritten: {}", path.display());
    let missed = ratio > MUST || opened - plain > OPEN_MUST_MS;
    if missed { Err("a must is missed".to_owned()) } else { Ok(()) }
}

impl Rig {
    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The database at its first step, to be copied in every round.
    fn make_base(&self, steps: &Path) -> Result<(), String> {
        let first = self.path("first");
        std::fs::create_dir(&first).map_err(|e| e.to_string())?;
        std::fs::copy(steps.join("0001_base.sql"), first.join("0001_base.sql")).map_err(|e| e.to_string())?;
        self.timed(&["migrate", "apply", "--dir"], &self.path("base.db"), Some(&first)).map(drop)
    }

    fn fresh(&self, name: &str) -> Result<PathBuf, String> {
        let path = self.path(name);
        std::fs::copy(self.path("base.db"), &path).map_err(|e| e.to_string())?;
        std::fs::File::open(&path).and_then(|file| file.sync_all()).map_err(|e| e.to_string())?;
        Ok(path)
    }

    /// Milliseconds of a plain open, and of `Lifeboat::open`, of a database at its newest step.
    fn opening(&self, steps: &Path) -> Result<(f64, f64), String> {
        let database = self.fresh("opened.db")?;
        self.timed(&["migrate", "apply", "--dir"], &database, Some(steps))?;
        let mut command = Command::new(&self.lifeboat);
        let output = command.args(["demo", "--time-open"]).arg(&database).arg("--dir").arg(steps).output();
        let output = output.map_err(|e| e.to_string())?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let mut numbers = text.split_whitespace().map(|word| word.parse::<f64>().map_err(|e| e.to_string()));
        let mut next = || numbers.next().ok_or_else(|| format!("lifeboat: {output:?}"))?;
        Ok((next()?, next()?))
    }

    fn by_hand(&self, script: &Path) -> Result<f64, String> {
        let database = self.fresh("by-hand.db")?;
        let input = std::fs::File::open(script).map_err(|e| e.to_string())?;
        let begun = Instant::now();
        let mut shell = Command::new("sqlite3");
        let done = shell.arg("-bail").arg(&database).stdin(input).stdout(Stdio::null()).status();
        let took = begun.elapsed().as_secs_f64();
        let status = done.map_err(|e| e.to_string())?;
        std::fs::remove_file(&database).map_err(|e| e.to_string())?;
        if status.success() { Ok(took) } else { Err(format!("sqlite3: {status}")) }
    }

    /// Seconds of a restore point, and of the whole verb.
    fn by_lifeboat(&self, steps: &Path) -> Result<(f64, f64), String> {
        let database = self.fresh("migrated.db")?;
        let backup = self.timed(&["backup"], &database, None)?;
        let migration = self.timed(&["migrate", "apply", "--dir"], &database, Some(steps))?;
        std::fs::remove_file(&database).map_err(|e| e.to_string())?;
        std::fs::remove_dir_all(self.path("migrated.db.lifeboat")).map_err(|e| e.to_string())?;
        Ok((backup, migration))
    }

    fn timed(&self, args: &[&str], database: &Path, dir: Option<&Path>) -> Result<f64, String> {
        let begun = Instant::now();
        let mut command = Command::new(&self.lifeboat);
        command.arg("--database").arg(database).arg("--quiet").args(args).args(dir);
        let status = command.status().map_err(|e| e.to_string())?;
        if status.success() { Ok(begun.elapsed().as_secs_f64()) } else { Err(format!("lifeboat: {status}")) }
    }
}
