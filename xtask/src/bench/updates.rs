//! A release of 200 MB: published, looked for, fetched, in the release build, beside `sha256sum` of the same file.

use super::child::timed;
use super::restore_points::median;
use crate::packages;
use crate::shell::{Done, cargo, root, run as step};
use std::io::Write;
use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

const BYTES: usize = 200_000_000;
/// What the client may be slower than the sum alone: it reads, writes, syncs and reads again.
const MUST_RATIO: f64 = 1.5;
const MUST_CHECK_MS: f64 = 50.0;
const MUST_PEAK_MIB: f64 = 32.0;

struct Rig {
    folder: tempfile::TempDir,
}

struct Round {
    sum: f64,
    publish: f64,
    fetch: f64,
    check: f64,
    peak_mib: f64,
}

/// `cargo xtask bench updates`.
pub(super) fn run(rounds: usize) -> Done {
    packages::ensure()?;
    step(cargo(&["build", "--release", "--package", "lifeboat-cli"]))?;
    let rig = Rig::new()?;
    rig.round()?;
    let measured: Vec<Round> = (0..rounds.max(1)).map(|_| rig.round()).collect::<Result<_, _>>()?;
    let of = |value: fn(&Round) -> f64| median(measured.iter().map(value).collect());
    let peak = measured.iter().map(|round| round.peak_mib).fold(0.0, f64::max);
    let fetch = of(|round| round.fetch / round.sum);
    let check_ms = of(|round| round.check) * 1000.0;
    println!("\nsha256sum of 200 MB                        {:>8.2} s", of(|round| round.sum));
    println!(
        "verified copy from a local folder          {:>8.2} s  {fetch:.2} times (must {MUST_RATIO})",
        of(|round| round.fetch)
    );
    println!(
        "publication to a local folder              {:>8.2} s  {:.2} times",
        of(|round| round.publish),
        of(|round| round.publish / round.sum)
    );
    println!("check with nothing new                     {check_ms:>8.1} ms (must {MUST_CHECK_MS})");
    println!("peak memory of client and publisher        {peak:>8.1} MiB (must {MUST_PEAK_MIB})");
    let report = serde_json::json!({
        "rounds": rounds, "fetch_ratio": fetch, "publish_ratio": of(|round| round.publish / round.sum),
        "check_ms": check_ms, "peak_mib": peak,
    });
    let path = root().join("target/bench-updates.json");
    std::fs::write(&path, format!("{report:#}\n")).map_err(|e| e.to_string())?;
    println!("\nwritten: {}", path.display());
    match fetch <= MUST_RATIO && check_ms <= MUST_CHECK_MS && peak <= MUST_PEAK_MIB {
        true => Ok(()),
        false => Err("a must was missed".to_owned()),
    }
}

impl Rig {
    fn new() -> Result<Self, String> {
        let folder = tempfile::tempdir_in(root().join("target")).map_err(|e| e.to_string())?;
        let rig = Self { folder };
        let path = rig.path("till.exe");
        let mut file = std::fs::File::create(path).map_err(|e| e.to_string())?;
        // Bytes that no file system folds together.
        let noise: Vec<u8> =
            (0..BYTES as u64).map(|n| (n.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 56) as u8).collect();
        file.write_all(&noise).and_then(|()| file.sync_all()).map_err(|e| e.to_string())?;
        rig.lifeboat(&["demo", "--build", "app.db", "--mib", "1"])?;
        rig.lifeboat(&["keys", "init", "keys"])?;
        Ok(rig)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn lifeboat(&self, args: &[&str]) -> Result<(f64, f64), String> {
        let mut command = Command::new(root().join("target/release/lifeboat"));
        command.current_dir(self.folder.path()).args(args).arg("--json");
        let (took, document) = timed(&mut command)?;
        Ok((took.as_secs_f64(), document["peak_mib"].as_f64().unwrap_or(f64::NAN)))
    }

    fn sum(&self) -> Result<f64, String> {
        let begun = Instant::now();
        let output =
            Command::new("sha256sum").arg(self.path("till.exe")).output().map_err(|e| e.to_string())?;
        if output.status.success() {
            Ok(begun.elapsed().as_secs_f64())
        } else {
            Err("sha256sum failed".to_owned())
        }
    }

    fn round(&self) -> Result<Round, String> {
        for folder in ["share", "app.db.lifeboat"] {
            let _ = std::fs::remove_dir_all(self.path(folder));
        }
        for memory in ["keys/published-0.json", "keys/published-1.json"] {
            let _ = std::fs::remove_file(self.path(memory));
        }
        std::fs::create_dir(self.path("share")).map_err(|e| e.to_string())?;
        let client = [
            "--database",
            "app.db",
            "update",
            "--from",
            "share",
            "--root",
            "keys/root.json",
            "--app-version",
        ];
        let sum = self.sum()?;
        let (publish, first) = self.lifeboat(&[
            "publish",
            "till.exe",
            "--version",
            "1.1.0",
            "--share",
            "share",
            "--keys",
            "keys",
        ])?;
        let (fetch, second) = self.lifeboat(&[&client[..], &["1.0.0", "fetch"]].concat())?;
        let (check, third) = self.lifeboat(&[&client[..], &["1.1.0", "check"]].concat())?;
        Ok(Round { sum, publish, fetch, check, peak_mib: first.max(second).max(third) })
    }
}
