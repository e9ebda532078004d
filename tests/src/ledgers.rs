//! Databases that other migrators made, with the tools themselves (`tests/ledgers/`), built and installed once.

use crate::command::{copy_folder, root};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// A migrator that runs here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Migrator {
    /// sqlx.
    Sqlx,
    /// refinery.
    Refinery,
    /// Diesel.
    Diesel,
    /// rusqlite_migration.
    RusqliteMigration,
    /// Drizzle.
    Drizzle,
    /// Knex.
    Knex,
    /// Django.
    Django,
}

impl Migrator {
    /// Those whose steps are SQL.
    pub const WITH_SQL: [Self; 5] =
        [Self::Sqlx, Self::Refinery, Self::Diesel, Self::RusqliteMigration, Self::Drizzle];

    /// The name by which Lifeboat knows its ledger.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sqlx => "sqlx",
            Self::Refinery => "refinery",
            Self::Diesel => "diesel",
            Self::RusqliteMigration => "user_version",
            Self::Drizzle => "drizzle",
            Self::Knex => "knex",
            Self::Django => "django",
        }
    }

    /// Writes so many of the steps of `tests/fixtures/ledger_steps` into a folder, in the tool's own form.
    ///
    /// # Panics
    /// Where they cannot be written, or the tool's steps are no SQL.
    pub fn write_steps(self, folder: &Path, count: usize) {
        std::fs::create_dir_all(folder).unwrap();
        let mut journal = Vec::new();
        for number in 1..=count {
            let text =
                std::fs::read_to_string(root().join(format!("tests/fixtures/ledger_steps/{number}.sql")))
                    .unwrap();
            let name = match self {
                Self::Sqlx => format!("{number}_step.sql"),
                Self::Refinery => format!("V{number}__step.sql"),
                Self::Diesel => format!("2026-01-0{number}-000000_step/up.sql"),
                Self::RusqliteMigration => format!("{number}.sql"),
                Self::Drizzle => format!("000{number}_step.sql"),
                Self::Knex | Self::Django => panic!("their steps are no SQL"),
            };
            let path = folder.join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            let separated = text.trim().replace(";\n", ";\n--> statement-breakpoint\n");
            std::fs::write(path, if self == Self::Drizzle { separated } else { text }).unwrap();
            journal.push(serde_json::json!({
                "idx": number - 1, "version": "6", "when": 1_767_000_000_000_u64 + number as u64,
                "tag": format!("000{number}_step"), "breakpoints": true
            }));
        }
        if self == Self::Drizzle {
            std::fs::create_dir_all(folder.join("meta")).unwrap();
            let journal = serde_json::json!({"version": "7", "dialect": "sqlite", "entries": journal});
            std::fs::write(folder.join("meta/_journal.json"), journal.to_string()).unwrap();
        }
    }

    /// Runs the tool on a database, with all steps in the folder.
    ///
    /// # Panics
    /// Where the tool fails.
    pub fn run(self, folder: &Path, database: &Path) {
        let mut command = match self {
            Self::Sqlx | Self::Refinery | Self::Diesel => rust_tool(self.name()),
            Self::RusqliteMigration => rust_tool("rusqlite_migration"),
            Self::Drizzle | Self::Knex => node_tool(self.name()),
            Self::Django => return run_django(folder, database),
        };
        let output = command.arg(folder).arg(database).output().unwrap();
        assert!(output.status.success(), "{self:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

fn ledgers() -> PathBuf {
    root().join("tests/ledgers")
}

/// Where tools are built and installed.
fn installed() -> PathBuf {
    let here = std::env::current_exe().unwrap();
    here.ancestors().nth(3).unwrap().join("ledgers")
}

fn must(command: &mut Command, hint: &str) {
    let output = command.output().unwrap_or_else(|error| panic!("{hint}: {error}"));
    assert!(output.status.success(), "{hint}: {}", String::from_utf8_lossy(&output.stderr));
}

fn rust_tool(tool: &str) -> Command {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    let program = BUILT.get_or_init(|| {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let target = installed().join("rust");
        let mut build = Command::new(cargo);
        build.args(["build", "--quiet", "--locked"]).current_dir(ledgers().join("rust"));
        must(build.env("CARGO_TARGET_DIR", &target), "cargo build in tests/ledgers/rust");
        target.join("debug/make-ledger")
    });
    let mut command = Command::new(program);
    command.arg(tool);
    command
}

/// A script under Node that may ask for better-sqlite3.
///
/// # Panics
/// Where Node's packages cannot be installed.
#[must_use]
pub fn node(script: &Path) -> Command {
    let mut command = Command::new("node");
    command.arg(script).env("NODE_PATH", node_folder().join("node_modules"));
    command
}

fn node_tool(tool: &str) -> Command {
    let mut command = Command::new("node");
    command.arg(node_folder().join("make.cjs")).arg(tool).current_dir(node_folder());
    command
}

fn node_folder() -> &'static Path {
    static INSTALLED: OnceLock<PathBuf> = OnceLock::new();
    INSTALLED.get_or_init(|| {
        let folder = installed().join("node");
        copy_folder(&ledgers().join("node"), &folder);
        if !folder.join("node_modules/better-sqlite3/build").exists() {
            let mut install = Command::new("npm");
            install.args(["install", "--no-audit", "--no-fund", "--silent", "--no-package-lock"]);
            must(
                install.current_dir(&folder),
                "npm install in tests/ledgers/node (apt-get install -y nodejs npm)",
            );
        }
        folder
    })
}

fn run_django(project: &Path, database: &Path) {
    static INSTALLED: OnceLock<PathBuf> = OnceLock::new();
    let python = INSTALLED.get_or_init(|| {
        let folder = installed().join("django");
        let python = folder.join("bin/python");
        if !folder.join("installed").exists() {
            must(
                Command::new("python3").args(["-m", "venv"]).arg(&folder),
                "apt-get install -y python3-venv",
            );
            let mut pip = Command::new(&python);
            pip.args(["-m", "pip", "install", "--quiet", "-r"])
                .arg(ledgers().join("django/requirements.txt"));
            must(&mut pip, "pip install Django");
            std::fs::write(folder.join("installed"), "").unwrap();
        }
        python
    });
    let mut migrate = Command::new(python);
    migrate.args(["manage.py", "migrate", "--verbosity", "0"]).current_dir(project).env("DATABASE", database);
    must(&mut migrate, "manage.py migrate");
}

/// The Django project of the tests.
#[must_use]
pub fn django_project() -> PathBuf {
    ledgers().join("django/project")
}

/// Steps of Knex in the folder, so many of two.
///
/// # Panics
/// Where they cannot be written.
pub fn write_knex_steps(folder: &Path, count: usize) {
    std::fs::create_dir_all(folder).unwrap();
    for name in ["20260101_customer.cjs", "20260102_invoice.cjs"].into_iter().take(count) {
        std::fs::copy(ledgers().join("node/steps").join(name), folder.join(name)).unwrap();
    }
}
