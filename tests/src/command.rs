//! The built command, and a database in a folder of its own.

use crate::shell;
use serde_json::Value;
use std::ffi::OsStr;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;
use tempfile::TempDir;

/// The release build of `lifeboat`, built once if it is not current.
///
/// # Panics
/// Where it does not build.
pub fn lifeboat() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut build = Command::new(cargo);
        build.args(["build", "--quiet", "--release", "--package", "lifeboat-cli"]).current_dir(root());
        assert!(build.status().unwrap().success(), "lifeboat does not build");
        // This test stands in <target>/<profile>/deps.
        let here = std::env::current_exe().unwrap();
        here.ancestors().nth(3).unwrap().join("release/lifeboat")
    })
}

/// The workspace's folder.
#[must_use]
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

/// How a run of the command ended.
#[derive(Debug)]
pub struct Ran {
    /// Exit status; `None` where a signal ended it.
    pub code: Option<i32>,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Ran {
    /// The document on standard output, or on standard error.
    ///
    /// # Panics
    /// Where there is none.
    #[must_use]
    pub fn document(&self) -> Value {
        let text = if self.stdout.trim().is_empty() { &self.stderr } else { &self.stdout };
        serde_json::from_str(text).unwrap_or_else(|e| panic!("no document ({e}): {self:?}"))
    }

    /// Asserts that it went well.
    ///
    /// # Panics
    /// Where it did not.
    pub fn succeeds(&self) {
        assert_eq!(self.code, Some(0), "{self:?}");
    }

    /// Asserts the exit status.
    ///
    /// # Panics
    /// Where it is another.
    #[must_use]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self:?}");
        self
    }

    /// Asserts that a fault was told, or did not matter.
    ///
    /// # Panics
    /// Where the status is none that is known, or the command panicked.
    pub fn told_or_done(&self, at: &str) {
        let known = [None, Some(0), Some(1), Some(3), Some(11), Some(20), Some(23), Some(137)];
        assert!(known.contains(&self.code), "{at}: {self:?}");
        assert!(!self.stderr.contains("panicked"), "{at}: {self:?}");
    }

    /// Asserts the exit status and the error's code.
    ///
    /// # Panics
    /// Where either is another.
    pub fn fails(self, exit: i32, code: &str) {
        let ran = self.exits(exit);
        assert!(ran.stderr.contains(code), "{ran:?}");
    }
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Self { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }
}

/// A folder with one database.
pub struct Scene {
    folder: TempDir,
    /// The database's path.
    pub database: PathBuf,
}

impl Scene {
    /// An empty folder; the database is still to be made.
    ///
    /// # Panics
    /// Where the folder cannot be made.
    #[must_use]
    pub fn empty(name: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join(name);
        Self { folder, database }
    }

    /// A small shop, made by the `sqlite3` shell from a fixture.
    #[must_use]
    pub fn shop(name: &str, fixture: &str) -> Self {
        let scene = Self::empty(name);
        shell::run(&scene.database, fixture);
        scene
    }

    /// A copy of the whole folder.
    ///
    /// # Panics
    /// Where it cannot be copied.
    #[must_use]
    pub fn fork(&self) -> Self {
        let folder = tempfile::tempdir().unwrap();
        copy_folder(self.folder.path(), folder.path());
        let database = folder.path().join(self.database.file_name().unwrap());
        Self { folder, database }
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The default vault, which is the work folder too.
    #[must_use]
    pub fn work(&self) -> PathBuf {
        let mut name = self.database.clone().into_os_string();
        name.push(".lifeboat");
        name.into()
    }

    /// The command on this database, not run yet, with a yes to every question.
    #[must_use]
    pub fn command<S: AsRef<OsStr>>(&self, args: &[S]) -> Command {
        let mut command = Command::new(lifeboat());
        command.arg("--database").arg(&self.database).arg("--yes").args(args);
        command.stdin(Stdio::null()).current_dir(self.folder()).env_remove("LIFEBOAT_DATABASE");
        command
    }

    /// Runs the command on this database.
    ///
    /// # Panics
    /// Where it cannot be started.
    pub fn run<S: AsRef<OsStr>>(&self, args: &[S]) -> Ran {
        self.command(args).output().unwrap().into()
    }

    /// Runs the command as a user without rights, from a copy that this user may execute.
    ///
    /// # Panics
    /// Where it cannot be started.
    #[must_use]
    pub fn run_as_nobody(&self, args: &[&str]) -> Ran {
        let program = self.folder().join("lifeboat-copy");
        if !program.exists() {
            std::fs::copy(lifeboat(), &program).unwrap();
            std::fs::set_permissions(&program, PermissionsExt::from_mode(0o755)).unwrap();
        }
        let database = self.database.to_str().unwrap();
        self.as_nobody(program.to_str().unwrap(), &[&["--database", database, "--yes"], args].concat())
    }

    /// Runs any program as a user without rights; as oneself where one is not root.
    ///
    /// # Panics
    /// Where it cannot be started.
    pub fn as_nobody(&self, program: &str, args: &[&str]) -> Ran {
        let mut command = if Path::new("/proc/self").metadata().is_ok_and(|meta| meta.uid() == 0) {
            let mut command = Command::new("setpriv");
            command.args(["--reuid=65534", "--regid=65534", "--clear-groups", program]);
            command
        } else {
            Command::new(program)
        };
        command.args(args).current_dir(self.folder()).stdin(Stdio::null());
        command.output().expect("apt-get install -y util-linux").into()
    }

    /// Runs it with `--json` and gives the document.
    pub fn json(&self, args: &[&str]) -> Value {
        self.run(&[&["--json"], args].concat()).document()
    }

    /// As [`Self::points`], where there may be no vault yet.
    pub fn points_or_none(&self) -> Vec<String> {
        if self.work().join("points").exists() { self.points() } else { Vec::new() }
    }

    /// Short ids of the points, oldest first.
    ///
    /// # Panics
    /// Where the listing has another shape.
    pub fn points(&self) -> Vec<String> {
        let list = self.json(&["list"]);
        list["points"]
            .as_array()
            .unwrap()
            .iter()
            .map(|p| p["short_id"].as_str().unwrap().to_owned())
            .collect()
    }
}

/// Copies a folder with everything in it.
///
/// # Panics
/// Where something cannot be copied.
pub fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    std::fs::set_permissions(to, from.metadata().unwrap().permissions()).unwrap();
    for entry in from.read_dir().unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), &target).unwrap();
        }
    }
}
