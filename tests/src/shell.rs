//! The plain `sqlite3` shell as a foreign application, driven by fixture files.

use crate::command::root;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

fn fixture(name: &str) -> String {
    let path = root().join("tests/fixtures").join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// Runs a fixture and gives what it prints; fails where the shell fails.
///
/// # Panics
/// Where the shell fails.
pub fn run(database: &Path, name: &str) -> String {
    let (ok, out) = try_run(database, name);
    assert!(ok, "{name}: {out}");
    out
}

/// Runs a fixture; tells whether all went well, and what was printed.
///
/// # Panics
/// Where the shell cannot be started: install the package `sqlite3`.
pub fn try_run(database: &Path, name: &str) -> (bool, String) {
    let file = File::open(root().join("tests/fixtures").join(name)).unwrap();
    let mut shell = Command::new("sqlite3");
    shell.arg("-bail").arg(database).stdin(file);
    if let Some(folder) = database.parent().filter(|folder| folder.is_dir()) {
        shell.current_dir(folder);
    }
    let output = shell.output().expect("apt-get install -y sqlite3");
    let text = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&text).trim().to_owned())
}

/// Digest of schema and content, as the shell computes it.
#[must_use]
pub fn digest(database: &Path) -> String {
    run(database, "digest.sql")
}

/// A shell that stays open, as an application does.
pub struct Session {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Session {
    /// Opens the database and runs a fixture; comes back when the fixture has run.
    ///
    /// # Panics
    /// Where the shell cannot be started.
    #[must_use]
    pub fn start(database: &Path, name: &str) -> Self {
        let mut child = Command::new("sqlite3")
            .arg(database)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .expect("apt-get install -y sqlite3");
        let input = child.stdin.take();
        let output = BufReader::new(child.stdout.take().unwrap());
        let mut session = Self { child, input, output };
        session.feed(name);
        session
    }

    /// Runs another fixture in the same session and gives what it prints.
    ///
    /// # Panics
    /// Where the shell is gone.
    pub fn feed(&mut self, name: &str) -> String {
        let input = self.input.as_mut().unwrap();
        writeln!(input, "{}\n.print end-of-fixture", fixture(name)).unwrap();
        input.flush().unwrap();
        let mut text = String::new();
        loop {
            let mut line = String::new();
            assert!(self.output.read_line(&mut line).unwrap() > 0, "the shell ended: {text}");
            if line.trim() == "end-of-fixture" {
                return text.trim().to_owned();
            }
            text.push_str(&line);
        }
    }

    /// Closes the session as an application does that exits.
    ///
    /// # Panics
    /// Where the shell cannot be waited for.
    pub fn close(mut self) {
        drop(self.input.take());
        let mut rest = String::new();
        self.output.read_to_string(&mut rest).unwrap();
        self.child.wait().unwrap();
    }

    /// Ends it as a crash does.
    ///
    /// # Panics
    /// Where the shell cannot be waited for.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}
