//! python-tuf judges the same repositories, whole and changed, as we do: accepted or refused alike, and the same releases seen.
//! Where it differs, the reason is on a list.
#![allow(clippy::unwrap_used, reason = "a failed step of a test is a failed test")]

use lifeboat::trust::{Profile, Remembered, Role, RootChain, TrustError, Trusted};
use lifeboat_tests::command::root;
use lifeboat_tests::releases::{publish, scene};
use serde_json::Value;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Changes that both of the others take and we refuse, with the reason.
const STRICTER: [(&str, &str); 2] = [
    ("a name twice", "two readings of one document: its JSON reader takes the last one"),
    ("hexadecimal in upper case", "a signature has one form"),
];

/// What tough says of changes that we take, with the reason.
const LAXER_THAN_TOUGH: [(&str, &str); 1] = [(
    "Invalid hex string",
    "the name of a key is a name: a signature under one that nobody knows counts for nothing",
)];

/// Changes that tough takes, besides.
const STRICTER_THAN_TOUGH: [(&str, &str); 2] = [
    (
        "of another role",
        "it writes documents anew before it verifies them, the type included: whatever stood there",
    ),
    ("_type changed", "the same"),
];

fn python_tuf(shipped: &Path) -> Command {
    let path = root().join("target/oracle/bin/python");
    assert!(path.is_file(), "python-tuf is missing: cargo xtask oracle");
    let mut judge = Command::new(path);
    judge.arg(root().join("tests/fixtures/judge_updates.py")).arg(shipped);
    judge
}

fn tough(shipped: &Path) -> Command {
    let path = root().join("target/tough/release/lifeboat-trust-oracle");
    assert!(path.is_file(), "the other judge is missing: cargo xtask soak trust");
    let mut judge = Command::new(path);
    judge.arg(shipped);
    judge
}

/// What we make of a folder: numbers of root and timestamp, and the targets.
fn ours(folder: &Path, shipped: &[u8]) -> Result<Value, TrustError> {
    let read = |name: String| std::fs::read(folder.join("metadata").join(name)).ok();
    let missing = |role| TrustError::NotAnnounced { role };
    let mut chain = RootChain::begin(shipped, None, Profile::Lifeboat)?;
    while let Some(next) = read(format!("{}.root.json", chain.version() + 1)) {
        chain.next(&next)?;
    }
    let mut trusted = chain.settle(&Remembered::default());
    trusted.timestamp(&read("timestamp.json".to_owned()).ok_or(missing(Role::Timestamp))?)?;
    let wanted = trusted.wants_snapshot().unwrap();
    trusted.snapshot(&read(format!("{}.snapshot.json", wanted.version)).ok_or(missing(Role::Snapshot))?)?;
    let wanted = trusted.wants_targets().unwrap();
    trusted.targets(&read(format!("{}.targets.json", wanted.version)).ok_or(missing(Role::Targets))?)?;
    Ok(seen(&trusted))
}

fn seen(trusted: &Trusted) -> Value {
    let targets = trusted.releases().unwrap().iter();
    let targets: serde_json::Map<String, Value> = targets
        .map(|(name, target)| {
            (name.to_owned(), serde_json::json!([target.length(), target.sha256().to_string()]))
        })
        .collect();
    serde_json::json!({
        "accepted": true,
        "root": trusted.version(Role::Root),
        "timestamp": trusted.version(Role::Timestamp),
        "targets": targets,
    })
}

/// Verdicts of another judge, in order.
fn theirs(mut judge: Command, folders: &[PathBuf]) -> Vec<Value> {
    let mut judge = judge.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let lines: String = folders.iter().map(|folder| format!("{}\n", folder.display())).collect();
    let mut input = judge.stdin.take().unwrap();
    let writer = std::thread::spawn(move || input.write_all(lines.as_bytes()).unwrap());
    let output = judge.wait_with_output().unwrap();
    writer.join().unwrap();
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

struct Bench {
    folder: tempfile::TempDir,
    original: PathBuf,
    shipped: PathBuf,
    variants: Vec<(String, PathBuf)>,
}

const DOCUMENTS: [&str; 4] = ["2.root.json", "timestamp.json", "3.snapshot.json", "3.targets.json"];

impl Bench {
    fn new() -> (lifeboat_tests::command::Scene, Self) {
        let scene = scene();
        publish(&scene, "1.1.0");
        publish(&scene, "1.2.0");
        scene.run(&["keys", "rotate", "keys", "--role", "timestamp"]).succeeds();
        scene.run(&["publish", "--root", "keys/2.root.json"]).succeeds();
        let bench = Self {
            folder: tempfile::tempdir().unwrap(),
            original: scene.folder().join("share/metadata"),
            shipped: scene.folder().join("keys/root.json"),
            variants: Vec::new(),
        };
        (scene, bench)
    }

    fn document(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.original.join(name)).unwrap()
    }

    fn add(&mut self, what: String, name: &str, bytes: &[u8]) {
        let folder = self.folder.path().join(self.variants.len().to_string());
        lifeboat_tests::command::copy_folder(&self.original, &folder.join("metadata"));
        std::fs::write(folder.join("metadata").join(name), bytes).unwrap();
        self.variants.push((what, folder));
    }

    /// Every so-manieth byte, a bit flipped; every so-manieth place, torn.
    fn change_bytes(&mut self) {
        for name in DOCUMENTS {
            let bytes = self.document(name);
            for at in (0..bytes.len()).step_by(11) {
                let mut flipped = bytes.clone();
                flipped[at] ^= 1 << (at % 7);
                // A letter of another case: in a signature, another form of the same bytes.
                let is_case = flipped[at].eq_ignore_ascii_case(&bytes[at]);
                let what = if is_case { "hexadecimal in upper case" } else { "flipped" };
                self.add(format!("{name}: byte {at} {what}"), name, &flipped);
            }
            for at in (0..bytes.len()).step_by(211) {
                self.add(format!("{name}: torn at {at}"), name, &bytes[..at]);
            }
        }
    }

    fn change_fields(&mut self) {
        for name in DOCUMENTS {
            let document: Value = serde_json::from_slice(&self.document(name)).unwrap();
            for field in ["_type", "spec_version", "version", "expires"] {
                for value in [Value::Null, 7.into(), "x".into()] {
                    let mut changed = document.clone();
                    changed["signed"][field] = value;
                    self.add(
                        format!("{name}: {field} changed"),
                        name,
                        &serde_json::to_vec(&changed).unwrap(),
                    );
                }
            }
            let mut unsigned = document.clone();
            unsigned["signatures"] = Value::Array(Vec::new());
            self.add(format!("{name}: no signatures"), name, &serde_json::to_vec(&unsigned).unwrap());
            let mut doubled = document.clone();
            let first = doubled["signatures"][0].clone();
            doubled["signatures"].as_array_mut().unwrap().push(first);
            self.add(format!("{name}: one key twice"), name, &serde_json::to_vec(&doubled).unwrap());
            self.add(format!("{name}: without blanks"), name, &serde_json::to_vec(&document).unwrap());
        }
    }

    /// What is known to be judged otherwise.
    fn change_by_the_list(&mut self) {
        let pointer = String::from_utf8(self.document("timestamp.json")).unwrap();
        let twice = pointer.replacen(
            "\"_type\": \"timestamp\"",
            "\"_type\": \"timestamp\", \"_type\": \"timestamp\"",
            1,
        );
        self.add("a name twice".to_owned(), "timestamp.json", twice.as_bytes());
        let mut upper: Value = serde_json::from_str(&pointer).unwrap();
        let signature = upper["signatures"][0]["sig"].as_str().unwrap().to_uppercase();
        upper["signatures"][0]["sig"] = signature.into();
        self.add(
            "hexadecimal in upper case".to_owned(),
            "timestamp.json",
            &serde_json::to_vec(&upper).unwrap(),
        );
    }
}

#[test]
fn python_tuf_judges_alike() {
    judges_alike(python_tuf, &[], &[]);
}

#[test]
#[ignore = "a hundred crates and a C library: `cargo xtask soak trust` builds the judge and runs this"]
fn tough_judges_alike() {
    judges_alike(tough, &STRICTER_THAN_TOUGH, &LAXER_THAN_TOUGH);
}

fn judges_alike(judge: fn(&Path) -> Command, stricter: &[(&str, &str)], laxer: &[(&str, &str)]) {
    let (_scene, mut bench) = Bench::new();
    bench.change_bytes();
    bench.change_fields();
    bench.change_by_the_list();
    let whole = bench.original.parent().unwrap().to_path_buf();
    bench.variants.push(("nothing".to_owned(), whole));
    let shipped = std::fs::read(&bench.shipped).unwrap();
    let folders: Vec<PathBuf> = bench.variants.iter().map(|(_, folder)| folder.clone()).collect();
    let theirs = theirs(judge(&bench.shipped), &folders);
    assert_eq!(theirs.len(), folders.len());
    let (mut accepted, mut listed) = (0, 0);
    for ((what, folder), their) in bench.variants.iter().zip(theirs) {
        let ours = ours(folder, &shipped);
        match (&ours, their["accepted"] == true) {
            (Ok(seen), true) => {
                accepted += 1;
                assert_eq!(*seen, their, "{what}");
            }
            (Err(_), false) => {}
            (Err(error), true) => {
                let says = format!("{what}: {error}");
                listed += usize::from(STRICTER.iter().any(|(known, _)| says.contains(known)));
                let is_known = STRICTER.iter().chain(stricter).any(|(known, _)| says.contains(known));
                assert!(is_known, "only we refuse: {says}");
            }
            (Ok(_), false) if laxer.iter().any(|(known, _)| their["why"].to_string().contains(known)) => {}
            (Ok(_), false) => panic!("{what}: they refuse ({}), and we do not", their["why"]),
        }
    }
    assert!(
        folders.len() > 500 && accepted >= 5 && listed >= STRICTER.len(),
        "{} {accepted} {listed}",
        folders.len()
    );
}
