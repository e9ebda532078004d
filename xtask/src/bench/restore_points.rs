//! Backup, verify and restore of a generated shop, in the release build, as ratios to copy and fsync.
//!
//! Each measured step has a copy and fsync of its own right before it, and the median is taken of the ratios of
//! these pairs: a noisy machine hurts both. Memory is touched before each of them, because a virtual machine gets
//! its memory at the first touch: the same copy of 1 GiB took 0.34 s into memory that had been in use and 3.1 s
//! into memory that had not, which says nothing about a disk or about a program.

use super::child;
use crate::packages;
use crate::shell::{Done, cargo, root, run as step};
use serde::Serialize;
use serde_json::Value;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// More than the largest step brings into the page cache: a safety point, a log, and the database (4 GiB).
const MEMORY_BYTES: usize = 4 * 1024 * 1024 * 1024;

#[derive(Debug, Clone, Serialize)]
struct Row {
    what: &'static str,
    seconds: f64,
    ratio: f64,
    must: Option<f64>,
    goal: Option<f64>,
}

/// A step and the copy right before it, in seconds.
#[derive(Debug, Clone, Copy)]
struct Pair {
    copy: f64,
    step: f64,
}

#[derive(Debug)]
struct Round {
    backup: Pair,
    verify: Pair,
    install: Pair,
    restore: Pair,
    shell: Pair,
    peak_mib: f64,
}

struct Rig {
    folder: tempfile::TempDir,
    lifeboat: PathBuf,
}

/// `cargo xtask bench restore-points`.
pub(super) fn run(mib: u64, rounds: usize) -> Done {
    packages::ensure()?;
    step(cargo(&[
        "build",
        "--release",
        "--package",
        "lifeboat-cli",
        "--package",
        "lifeboat-tests",
        "--bins",
    ]))?;
    let folder = tempfile::tempdir_in(root().join("target")).map_err(|e| e.to_string())?;
    let rig = Rig { folder, lifeboat: root().join("target/release/lifeboat") };
    let (_, _) = rig.timed(&["demo", "--build", &rig.path("shop.db"), "--mib", &mib.to_string()])?;
    // The first round touches disk blocks that the machine has never given out; it does not count.
    rig.round()?;
    let measured: Vec<Round> = (0..rounds.max(1)).map(|_| rig.round()).collect::<Result<_, _>>()?;
    let row = |what, of: fn(&Round) -> Pair, must, goal| {
        let median_of =
            |value: fn(Pair) -> f64| median(measured.iter().map(|round| value(of(round))).collect());
        let ratio = median_of(|pair| pair.step / pair.copy);
        Row { what, seconds: median_of(|pair| pair.step), ratio, must, goal }
    };
    let copy: fn(&Round) -> Pair = |r| Pair { copy: r.backup.copy, step: r.backup.copy };
    let rows = vec![
        row("copy and fsync", copy, None, None),
        row("backup, checked", |r| r.backup, Some(3.0), Some(2.2)),
        row("sqlite3 .backup and quick_check", |r| r.shell, None, None),
        row("verify", |r| r.verify, Some(2.0), None),
        row("restore, install step", |r| r.install, Some(5.5), None),
        row("restore, whole verb", |r| r.restore, Some(9.0), None),
    ];
    let peak_mib = measured.iter().map(|r| r.peak_mib).fold(0.0, f64::max);
    let p99_ms = rig.commit_p99_ms()?;
    let startup_ms = rig.list_ms("shop.db", 20)?;
    let listing_ms = rig.listing_ms(10_000)?;
    print(
        &rows,
        &[
            ("peak memory of a backup or restore, MiB", peak_mib, 64.0),
            ("99th percentile of a commit during a backup, ms", p99_ms, 25.0),
            ("startup of `lifeboat list`, ms", startup_ms, 30.0),
            ("`lifeboat list` with 10,000 points, ms", listing_ms, 200.0),
        ],
    );
    let report = serde_json::json!({
        "mib": mib, "rounds": rounds, "rows": rows, "peak_mib": peak_mib, "commit_p99_ms": p99_ms,
        "list_startup_ms": startup_ms, "list_10000_ms": listing_ms,
    });
    let path = root().join("target/bench-restore-points.json");
    std::fs::write(&path, format!("{report:#}\n")).map_err(|e| e.to_string())?;
    println!("\nwritten: {}", path.display());
    Ok(())
}

fn print(rows: &[Row], figures: &[(&str, f64, f64)]) {
    let limit = |value: Option<f64>| value.map_or("-".to_owned(), |v| format!("{v:.1}"));
    println!("\n{:<36} {:>8} {:>7} {:>6} {:>6}", "what", "seconds", "ratio", "must", "goal");
    for row in rows {
        let (must, goal) = (limit(row.must), limit(row.goal));
        println!("{:<36} {:>8.2} {:>7.2} {must:>6} {goal:>6}", row.what, row.seconds, row.ratio);
    }
    for (what, value, bar) in figures {
        println!("{what:<52} {value:>8.1}  (bar {bar})");
    }
}

impl Rig {
    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_string_lossy().into_owned()
    }

    fn round(&self) -> Result<Round, String> {
        let database = self.path("shop.db");
        let on = |args: &[&str]| self.timed(&[&["--database", &database, "--json", "--yes"], args].concat());
        let (copy, (backup, document)) = self.paired(|| on(&["backup"]))?;
        let backup = Pair { copy, step: backup.as_secs_f64() };
        let peak_backup = document["peak_mib"].as_f64().unwrap_or(0.0);
        let (copy, step) = self.paired(|| self.shell_backup())?;
        let shell = Pair { copy, step };
        let (copy, (verify, _)) = self.paired(|| on(&["verify", "latest"]))?;
        let verify = Pair { copy, step: verify.as_secs_f64() };
        let (copy, (restore, document)) = self.paired(|| on(&["restore", "latest"]))?;
        let install = Pair { copy, step: document["install_ms"].as_f64().unwrap_or(f64::NAN) / 1000.0 };
        let restore = Pair { copy, step: restore.as_secs_f64() };
        let peak_mib = peak_backup.max(document["peak_mib"].as_f64().unwrap_or(0.0));
        std::fs::remove_dir_all(self.path("shop.db.lifeboat")).map_err(|e| e.to_string())?;
        Ok(Round { backup, verify, install, restore, shell, peak_mib })
    }

    /// A copy and fsync, and then the step, both into memory that was in use before.
    fn paired<T>(&self, step: impl FnOnce() -> Result<T, String>) -> Result<(f64, T), String> {
        touch_memory(MEMORY_BYTES);
        let copy = self.copy_and_sync()?;
        Ok((copy, step()?))
    }

    fn copy_and_sync(&self) -> Result<f64, String> {
        let (from, to) = (self.path("shop.db"), self.path("copy.db"));
        let begun = Instant::now();
        let copy = || {
            std::fs::copy(&from, &to)?;
            std::fs::File::open(&to)?.sync_all()
        };
        copy().map_err(|e: std::io::Error| e.to_string())?;
        let took = begun.elapsed().as_secs_f64();
        std::fs::remove_file(&to).map_err(|e| e.to_string())?;
        Ok(took)
    }

    fn shell_backup(&self) -> Result<f64, String> {
        let to = self.path("shell.db");
        let begun = Instant::now();
        let mut backup = Command::new("sqlite3");
        backup.arg(self.path("shop.db")).arg(format!(".backup '{to}'"));
        let mut check = Command::new("sqlite3");
        check.arg(&to).arg(["PRAGMA", "quick_check"].join(" "));
        for mut command in [backup, check] {
            let output = command.output().map_err(|e| e.to_string())?;
            if !output.status.success() {
                return Err(String::from_utf8_lossy(&output.stderr).into_owned());
            }
        }
        let took = begun.elapsed().as_secs_f64();
        std::fs::remove_file(&to).map_err(|e| e.to_string())?;
        Ok(took)
    }

    fn timed(&self, args: &[&str]) -> Result<(Duration, Value), String> {
        child::timed(Command::new(&self.lifeboat).args(args))
    }

    /// A second process sells as fast as a till never would, while backups run.
    fn commit_p99_ms(&self) -> Result<f64, String> {
        let database = self.path("shop.db");
        let mut seller = Command::new(&self.lifeboat)
            .args(["demo", "--seller", &database])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|e| e.to_string())?;
        for _ in 0..3 {
            self.timed(&["--database", &database, "--json", "backup"])?;
        }
        drop(seller.stdin.take());
        let output = seller.wait_with_output().map_err(|e| e.to_string())?;
        let document: Value = serde_json::from_slice(&output.stdout).map_err(|e| e.to_string())?;
        Ok(document["commit_p99_us"].as_f64().unwrap_or(f64::NAN) / 1000.0)
    }

    fn list_ms(&self, database: &str, rounds: usize) -> Result<f64, String> {
        let database = self.path(database);
        let mut times = Vec::new();
        for _ in 0..rounds {
            let begun = Instant::now();
            let mut list = Command::new(&self.lifeboat);
            list.args(["--database", &database, "list"]).stdout(Stdio::null());
            let status = list.status().map_err(|e| e.to_string())?;
            if !status.success() {
                return Err(format!("lifeboat list: {status}"));
            }
            times.push(begun.elapsed().as_secs_f64() * 1000.0);
        }
        Ok(median(times))
    }

    fn listing_ms(&self, points: usize) -> Result<f64, String> {
        let database = self.path("many.db");
        self.timed(&["demo", "--build", &database, "--mib", "1"])?;
        let mut make = Command::new(root().join("target/release/make-points"));
        make.arg(&database).arg(points.to_string());
        let made = make.status().map_err(|e| e.to_string())?;
        if !made.success() {
            return Err(format!("make-points: {made}"));
        }
        let _ = std::io::stdout().flush();
        self.list_ms("many.db", 5)
    }
}

/// Takes memory from the machine and gives it back to the system, which then has it at hand.
fn touch_memory(bytes: usize) {
    std::hint::black_box(vec![1_u8; bytes]);
}

pub(super) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
