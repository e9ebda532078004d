//! Tracking beside plain writes, and merging beside SQLite's session extension, all on one build of the engine: a driver of
//! its own measures, this reads what it prints and knows the bars.

use super::restore_points::median;
use crate::packages;
use crate::shell::{Done, cargo, root, run as step};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

/// What is measured how: at most, or at least.
enum Bar {
    AtMost {
        must: f64,
        goal: f64,
    },
    AtLeast {
        must: f64,
    },
    /// For those who read: no bar.
    Told,
}

/// What the driver prints, in words, with the bar.
const FIGURES: [(&str, &str, Bar); 15] = [
    ("insert_1000_text", "inserts by 1,000, text keys, times plain", Bar::AtMost { must: 2.0, goal: 1.6 }),
    ("insert_whole_text", "inserts in one transaction, text keys", Bar::AtMost { must: 2.6, goal: 2.6 }),
    ("update_text", "single updates, text keys", Bar::AtMost { must: 1.8, goal: 1.8 }),
    ("growth_text", "growth of the file, text keys", Bar::AtMost { must: 0.40, goal: 0.34 }),
    ("insert_1000_counted", "inserts by 1,000, counted keys", Bar::Told),
    ("insert_whole_counted", "inserts in one transaction, counted keys", Bar::Told),
    ("update_counted", "single updates, counted keys", Bar::AtMost { must: 1.8, goal: 1.8 }),
    ("growth_counted", "growth of the file, counted keys", Bar::AtMost { must: 0.40, goal: 0.34 }),
    ("merge_text_rows_per_s", "rows merged a second, text keys", Bar::Told),
    ("merge_text", "14,000 rows, times the session extension", Bar::AtLeast { must: 0.8 }),
    ("merge_counted_rows_per_s", "rows merged a second, counted keys", Bar::Told),
    ("merge_counted", "the same with counted keys", Bar::Told),
    ("scale", "1,400 changes: 1,000,000 rows to 100,000", Bar::AtMost { must: 1.5, goal: 1.5 }),
    ("memory_mib", "MiB for a merge of 1,000,000 changes", Bar::AtMost { must: 128.0, goal: 128.0 }),
    ("adopt_s", "seconds to track 10,000,000 rows", Bar::AtMost { must: 1.0, goal: 1.0 }),
];

/// What is measured with `--peers`: 1,400 changes into 1,000,000 rows, in milliseconds.
const PEERS: [(&str, &str); 2] = [
    ("peer_lifeboat_ms", "ms for 1,400 changes into 1,000,000 rows"),
    ("peer_geodiff_ms", "the same with geodiff, found and applied"),
];

/// The peer that is measured beside.
const GEODIFF: &str = "pygeodiff==2.3.2";

/// `cargo xtask bench merge`.
pub(super) fn run(rounds: usize, peers: bool) -> Done {
    packages::ensure_libclang()?;
    let manifest = "crates/adapter-sqlite/bench/Cargo.toml";
    step(cargo(&[
        "build",
        "--release",
        "--locked",
        "--manifest-path",
        manifest,
        "--target-dir",
        "target/merge-bench",
    ]))?;
    let folder = tempfile::tempdir_in(root().join("target")).map_err(|e| e.to_string())?;
    let driver = root().join("target/merge-bench/release/lifeboat-merge-bench");
    let mut found: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    let mut measure = |mode: &[&str]| -> Done {
        let (name, rest) = mode.split_first().ok_or("no mode")?;
        let output = Command::new(&driver).arg(name).arg(folder.path()).args(rest).output();
        let output = output.map_err(|e| e.to_string())?;
        if !output.status.success() {
            return Err(format!("{name}: {}", String::from_utf8_lossy(&output.stderr)));
        }
        note(&mut found, &String::from_utf8_lossy(&output.stdout))
    };
    for _ in 0..rounds.max(1) {
        for mode in ["writes", "merge", "scale"] {
            measure(&[mode])?;
        }
    }
    if peers {
        measure(&["peers"])?;
    }
    measure(&["memory"])?;
    measure(&["adopt", "10000000"])?;
    if peers {
        note(&mut found, &beside_geodiff(folder.path())?)?;
    }
    let found: BTreeMap<String, f64> = found.into_iter().map(|(name, all)| (name, median(all))).collect();
    report(&found, rounds)
}

/// Names and numbers, a pair a line.
fn note(found: &mut BTreeMap<String, Vec<f64>>, said: &str) -> Done {
    for line in said.lines() {
        let (name, number) = line.split_once(' ').ok_or_else(|| format!("the driver said {line}"))?;
        let number = number.parse().map_err(|_| format!("the driver said {line}"))?;
        found.entry(name.to_owned()).or_default().push(number);
    }
    Ok(())
}

/// The same changes with geodiff, on the files that the driver has left.
fn beside_geodiff(folder: &Path) -> Result<String, String> {
    let packages = root().join("target/peers");
    if !packages.join("pygeodiff").is_dir() {
        let mut pip = Command::new("python3");
        pip.args(["-m", "pip", "install", "--quiet", "--target"]).arg(&packages).arg(GEODIFF);
        step(pip)?;
    }
    let mut geodiff = Command::new("python3");
    geodiff.arg(root().join("crates/adapter-sqlite/bench/peers/geodiff.py")).env("PYTHONPATH", &packages);
    geodiff.args(["base.db", "peer-theirs.db", "peer-ours.db"].map(|name| folder.join(name)));
    let output = geodiff.output().map_err(|e| e.to_string())?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(format!("geodiff: {}", String::from_utf8_lossy(&output.stderr)))
    }
}

fn report(found: &BTreeMap<String, f64>, rounds: usize) -> Done {
    println!("\n{:<46} {:>10} {:>14}", "what", "measured", "bar");
    let mut missed = Vec::new();
    for (name, words, bar) in &FIGURES {
        let measured = *found.get(*name).ok_or_else(|| format!("the driver did not say {name}"))?;
        let (text, is_missed) = match bar {
            Bar::AtMost { must, goal } if must > goal => (format!("<= {must} ({goal})"), measured > *must),
            Bar::AtMost { must, .. } => (format!("<= {must}"), measured > *must),
            Bar::AtLeast { must } => (format!(">= {must}"), measured < *must),
            Bar::Told => (String::new(), false),
        };
        println!("{words:<46} {measured:>10.3} {text:>14}");
        if is_missed {
            missed.push(*words);
        }
    }
    for (name, words) in PEERS {
        if let Some(measured) = found.get(name) {
            println!("{words:<46} {measured:>10.0}");
        }
    }
    let path = root().join("target/bench-merge.json");
    let json = serde_json::json!({ "rounds": rounds, "figures": found });
    std::fs::write(&path, format!("{json:#}\n")).map_err(|e| e.to_string())?;
    println!("\nwritten: {}", path.display());
    if missed.is_empty() { Ok(()) } else { Err(format!("missed: {}", missed.join("; "))) }
}
