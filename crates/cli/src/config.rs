//! Settings in layers: defaults, `lifeboat.toml`, the environment, flags. The last wins, and each says where
//! it comes from.

use crate::args::{Global, WAIT_SECONDS_MAX};
use crate::exit::Failure;
use crate::rules::MergeFile;
use crate::updates::UpdateFile;
use lifeboat::domain::code::Code;
use lifeboat::domain::kind::PointKind;
use lifeboat::domain::retention::{KeepRules, Policy};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Name of the settings file.
pub(crate) const FILE_NAME: &str = lifeboat::SETTINGS_FILE;

const WAIT_SECONDS: u64 = 5;

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Origin {
    Default,
    File,
    Environment(&'static str),
    Flag,
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File => f.write_str(FILE_NAME),
            Self::Environment(name) => f.write_str(name),
            Self::Flag => f.write_str("flag"),
        }
    }
}

/// A value and its origin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Setting<T> {
    pub(crate) value: T,
    pub(crate) origin: Origin,
}

/// All settings.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) file: Option<PathBuf>,
    pub(crate) database: Option<Setting<PathBuf>>,
    pub(crate) vault: Option<Setting<PathBuf>>,
    pub(crate) migrations: Option<Setting<PathBuf>>,
    pub(crate) application_sqlite: Option<Setting<String>>,
    pub(crate) wait_seconds: Setting<u64>,
    pub(crate) retention: Setting<Policy>,
    /// Updates; empty where the file says nothing of them.
    pub(crate) update: UpdateFile,
    /// Rules of merging; none where the file says nothing of it.
    pub(crate) merge: Option<MergeFile>,
}

/// The settings file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    database: Option<PathBuf>,
    vault: Option<PathBuf>,
    migrations: Option<PathBuf>,
    application_sqlite: Option<String>,
    wait_seconds: Option<u64>,
    retention: Option<Retention>,
    merge: Option<MergeFile>,
    update: Option<UpdateFile>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Retention {
    #[serde(rename = "total_bytes_max")]
    total_bytes_max: Option<u64>,
    manual: Option<Rules>,
    scheduled: Option<Rules>,
    pre_migration: Option<Rules>,
    pre_restore: Option<Rules>,
    pre_merge: Option<Rules>,
    pre_update: Option<Rules>,
    pre_move: Option<Rules>,
}

#[derive(Debug, Default, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Rules {
    last: u32,
    hourly: u32,
    daily: u32,
    weekly: u32,
    monthly: u32,
    age_days_max: Option<u32>,
    count_max: Option<u32>,
}

impl Settings {
    /// Reads all layers.
    pub(crate) fn load(global: &Global) -> Result<Self, Failure> {
        let named = global.database.clone().map(|value| Setting { value, origin: Origin::Flag });
        let named = named.or_else(|| path_from_environment("LIFEBOAT_DATABASE"));
        let path = find_file(named.as_ref().map(|setting| setting.value.as_path()));
        let file = path.as_deref().map_or_else(|| Ok(File::default()), read)?;
        let beside =
            |given: PathBuf| path.as_deref().and_then(Path::parent).map_or(given.clone(), |f| f.join(given));
        let from_file = |value: Option<PathBuf>| {
            value.map(|value| Setting { value: beside(value), origin: Origin::File })
        };
        let vault = global.vault.clone().map(|value| Setting { value, origin: Origin::Flag });
        Ok(Self {
            database: named.or_else(|| from_file(file.database)),
            vault: vault
                .or_else(|| path_from_environment("LIFEBOAT_VAULT"))
                .or_else(|| from_file(file.vault)),
            migrations: from_file(file.migrations),
            application_sqlite: file.application_sqlite.map(|value| Setting { value, origin: Origin::File }),
            wait_seconds: bounded(wait(global, file.wait_seconds)?)?,
            retention: file.retention.map_or_else(
                || Setting { value: Policy::default(), origin: Origin::Default },
                |rules| Setting { value: rules.policy(), origin: Origin::File },
            ),
            merge: file.merge,
            update: match path.as_deref().and_then(Path::parent) {
                Some(folder) => file.update.unwrap_or_default().beside(folder),
                None => UpdateFile::default(),
            },
            file: path,
        })
    }
}

impl Settings {
    /// The folder of migrations: the flag's, else the settings file's.
    pub(crate) fn migrations_folder(&self, flag: Option<&Path>) -> Result<PathBuf, Failure> {
        let set = self.migrations.as_ref().map(|setting| setting.value.clone());
        flag.map(Path::to_path_buf).or(set).ok_or_else(|| {
            let cause = "no folder of migrations was named";
            let next =
                "name it: `lifeboat migrate --dir FOLDER ...`, or `migrations = \"FOLDER\"` in lifeboat.toml";
            Failure::refused(Code::MigrationsAbsent, cause, next)
        })
    }
}

impl Retention {
    fn policy(&self) -> Policy {
        let mut policy = Policy { total_bytes_max: self.total_bytes_max, ..Policy::default() };
        let given = [
            (PointKind::Manual, self.manual),
            (PointKind::Scheduled, self.scheduled),
            (PointKind::PreMigration, self.pre_migration),
            (PointKind::PreRestore, self.pre_restore),
            (PointKind::PreMerge, self.pre_merge),
            (PointKind::PreUpdate, self.pre_update),
            (PointKind::PreMove, self.pre_move),
        ];
        let rules = given.into_iter().filter_map(|(kind, rules)| Some((kind, rules?.keep())));
        policy.rules.extend(rules.collect::<BTreeMap<_, _>>());
        policy
    }
}

impl Rules {
    fn keep(self) -> KeepRules {
        KeepRules {
            last: self.last,
            hourly: self.hourly,
            daily: self.daily,
            weekly: self.weekly,
            monthly: self.monthly,
            age_days_max: self.age_days_max,
            count_max: self.count_max,
        }
    }
}

fn wait(global: &Global, file: Option<u64>) -> Result<Setting<u64>, Failure> {
    if let Some(value) = global.wait {
        return Ok(Setting { value, origin: Origin::Flag });
    }
    if let Ok(text) = std::env::var("LIFEBOAT_WAIT") {
        let value = text.parse().map_err(|_| {
            let cause = "LIFEBOAT_WAIT is not a number of seconds";
            Failure::refused(Code::ConfigInvalid, cause, "set it to a whole number, or unset it")
        })?;
        return Ok(Setting { value, origin: Origin::Environment("LIFEBOAT_WAIT") });
    }
    Ok(file.map_or(Setting { value: WAIT_SECONDS, origin: Origin::Default }, |value| Setting {
        value,
        origin: Origin::File,
    }))
}

fn bounded(wait: Setting<u64>) -> Result<Setting<u64>, Failure> {
    if wait.value <= WAIT_SECONDS_MAX {
        return Ok(wait);
    }
    let cause = format!("wait_seconds is {}, more than a day ({})", wait.value, wait.origin);
    Err(Failure::refused(Code::ConfigInvalid, cause, format!("set it to at most {WAIT_SECONDS_MAX}")))
}

fn path_from_environment(name: &'static str) -> Option<Setting<PathBuf>> {
    let value = std::env::var_os(name).filter(|value| !value.is_empty())?;
    Some(Setting { value: value.into(), origin: Origin::Environment(name) })
}

/// Beside the database where one is named, else upwards from the working folder.
fn find_file(database: Option<&Path>) -> Option<PathBuf> {
    if let Some(database) = database {
        let real = database.canonicalize().unwrap_or_else(|_| database.to_path_buf());
        let beside = real.parent()?.join(FILE_NAME);
        return beside.is_file().then_some(beside);
    }
    let here = std::env::current_dir().ok()?;
    here.ancestors().map(|folder| folder.join(FILE_NAME)).find(|path| path.is_file())
}

fn read(path: &Path) -> Result<File, Failure> {
    let invalid = |why: String| {
        let cause = format!("{} is not valid: {}", path.display(), why.trim().replace('\n', " "));
        Failure::refused(
            Code::ConfigInvalid,
            cause,
            "mend that line; docs/guide/configuration.md lists the settings",
        )
    };
    let text = std::fs::read_to_string(path).map_err(|e| invalid(e.to_string()))?;
    toml::from_str(&text).map_err(|e| invalid(e.message().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_of_a_file_replace_those_of_its_kind_and_leave_the_others() {
        let file: File = toml::from_str("[retention.scheduled]\ndaily = 7\nlast = 2").unwrap();
        let policy = file.retention.unwrap().policy();
        assert_eq!(policy.rules[&PointKind::Scheduled].daily, 7);
        assert_eq!(policy.rules[&PointKind::PreUpdate].last, 5);
    }

    #[test]
    fn an_unknown_key_is_an_error_that_names_the_known_ones() {
        let error = toml::from_str::<File>("databse = 'a.db'").unwrap_err();
        assert!(error.message().contains("databse") && error.message().contains("database"), "{error}");
    }
}
