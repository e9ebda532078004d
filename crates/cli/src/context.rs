//! What every verb works with: settings, the handle, and how to speak.

use crate::args::Global;
use crate::config::Settings;
use crate::exit::Failure;
use crate::{typed, voice};
use lifeboat::domain::code::Code;
use lifeboat::{Config, Lifeboat, RestoreOrder};
use std::path::PathBuf;
use std::time::Duration;

/// A verb's surroundings.
pub(crate) struct Context {
    pub(crate) global: Global,
    pub(crate) settings: Settings,
    pub(crate) boat: Lifeboat,
}

impl Context {
    /// Finds the database and opens the handle.
    pub(crate) fn open(global: &Global) -> Result<Self, Failure> {
        let settings = Settings::load(global)?;
        let Some(database) = settings.database.as_ref().map(|setting| setting.value.clone()) else {
            let cause = "no database was named, and there is no lifeboat.toml here or above";
            let next = "name it: `lifeboat --database FILE ...`, or once and for all: `lifeboat init FILE`";
            return Err(Failure::refused(Code::NoDatabaseNamed, cause, next));
        };
        let vault = settings.vault.as_ref().map(|setting| setting.value.clone());
        let wait = Duration::from_secs(settings.wait_seconds.value);
        let boat = Lifeboat::at(Config { vault, wait, ..Config::foreign(database) })?;
        let watch = voice::watch(global);
        Ok(Self { global: global.clone(), settings, boat: boat.watched(watch) })
    }

    /// A context for another database with the same manners: the demonstration's.
    pub(crate) fn for_database(&self, database: PathBuf) -> Result<Self, Failure> {
        let global = Global { database: Some(database), vault: None, yes: true, ..self.global.clone() };
        Self::open(&global)
    }

    /// How long to wait for others.
    pub(crate) fn wait(&self) -> Duration {
        Duration::from_secs(self.settings.wait_seconds.value)
    }

    /// A restore with that wait.
    pub(crate) fn restore_order(&self) -> RestoreOrder {
        RestoreOrder { wait: self.wait() }
    }

    /// The settings file of this database, which need not be there.
    pub(crate) fn settings_file(&self) -> PathBuf {
        let beside = || self.boat.database().with_file_name(lifeboat::SETTINGS_FILE);
        self.settings.file.clone().unwrap_or_else(beside)
    }

    /// A command as it can be typed where the reader stands.
    pub(crate) fn typed(&self, words: &str) -> String {
        typed::command(words, &self.global)
    }

    /// Prints a line for people; nothing with `--json` or `--quiet`.
    pub(crate) fn say(&self, line: impl AsRef<str>) -> Result<(), Failure> {
        voice::say(&self.global, line.as_ref())
    }

    /// Prints the one document of a run with `--json`.
    pub(crate) fn document<T: serde::Serialize>(&self, document: &T) -> Result<(), Failure> {
        voice::document(&self.global, document)
    }
}
