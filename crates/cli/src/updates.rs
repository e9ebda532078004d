//! `[update]` of lifeboat.toml: where releases come from, what is installed, how an installer is started.

use crate::args::{ScopeArg, UpdateArgs};
use crate::exit::Failure;
use lifeboat::UpdateConfig;
use lifeboat::domain::code::Code;
use lifeboat::domain::update::{HandOverCommand, Installed, Scope, Shown, Version};
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long a share may take to become whole while it is being published.
const PATIENCE: Duration = Duration::from_secs(5);

/// The section, as it is written.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct UpdateFile {
    share: Option<PathBuf>,
    root: Option<PathBuf>,
    keys: Option<PathBuf>,
    version: Option<String>,
    channel: Option<String>,
    platform: Option<String>,
    scope: Option<String>,
    hand_over: Option<Profile>,
    shown: Option<ShownWord>,
    command: Option<Vec<String>>,
    install_folder: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Profile {
    TauriNsis,
    ElectronNsis,
    Custom,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum ShownWord {
    Nothing,
    Progress,
    Everything,
}

/// What an act on updates cannot do without.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Needs {
    /// The share and the root.
    Share,
    /// The root.
    Root,
    /// Neither.
    Nothing,
}

/// This machine, as platforms are named: `linux-x86_64`.
pub(crate) fn this_platform() -> String {
    format!("{}-{}", std::env::consts::OS, std::env::consts::ARCH)
}

fn missing(what: &str, next: &str) -> Failure {
    Failure::refused(Code::UpdatesNotConfigured, format!("{what} is not known"), next)
}

fn invalid(cause: String) -> Failure {
    let next = "mend it under `[update]` in lifeboat.toml; docs/guide/updates.md lists the settings";
    Failure::refused(Code::ConfigInvalid, cause, next)
}

impl UpdateFile {
    /// Paths count from the folder of the file.
    pub(crate) fn beside(mut self, folder: &Path) -> Self {
        for path in [&mut self.share, &mut self.root, &mut self.keys].into_iter().flatten() {
            *path = folder.join(&*path);
        }
        // A program that is named by a path; a bare name is looked for by the system.
        if let Some(program) = self.command.as_mut().and_then(|command| command.first_mut())
            && program.contains(['/', '\\'])
            && !program.starts_with('{')
        {
            *program = folder.join(&*program).display().to_string();
        }
        self
    }

    /// The share.
    pub(crate) fn share(&self, flag: Option<&Path>) -> Result<PathBuf, Failure> {
        let next = "name it: `--share DIR` for publishers, `--from DIR` for clients, or `share = \"DIR\"` under `[update]` in lifeboat.toml";
        flag.map(Path::to_path_buf).or_else(|| self.share.clone()).ok_or_else(|| missing("the share", next))
    }

    /// The folder of keys.
    pub(crate) fn keys(&self, flag: Option<&Path>) -> Result<PathBuf, Failure> {
        let next = "name it: `--keys DIR`, or make keys: `lifeboat keys init DIR`";
        flag.map(Path::to_path_buf)
            .or_else(|| self.keys.clone())
            .ok_or_else(|| missing("the folder of keys", next))
    }

    /// The root that came with the application.
    pub(crate) fn root(&self, flag: Option<&Path>) -> Result<Vec<u8>, Failure> {
        let next = "name it: `--root FILE`, or `root = \"FILE\"` under `[update]` in lifeboat.toml";
        let path = flag.map(Path::to_path_buf).or_else(|| self.root.clone());
        let path = path.ok_or_else(|| missing("the root that came with the application", next))?;
        std::fs::read(&path).map_err(|error| {
            let cause = format!("the root {} cannot be read ({error})", path.display());
            Failure::refused(Code::UpdatesNotConfigured, cause, next)
        })
    }

    /// What a client is. Who only looks at what is here needs no root.
    pub(crate) fn client(&self, of: &UpdateArgs, needs: Needs) -> Result<UpdateConfig, Failure> {
        let root = self.root(of.root.as_deref());
        Ok(UpdateConfig {
            root: if needs == Needs::Nothing { root.unwrap_or_default() } else { root? },
            installed: self.installed(of.app_version.clone())?,
            hand_over: self.hand_over()?,
            patience: PATIENCE,
        })
    }

    fn installed(&self, flag: Option<Version>) -> Result<Installed, Failure> {
        let set = self.version.as_deref().map(|text| {
            text.parse::<Version>().map_err(|error| invalid(format!("`version = \"{text}\"`: {error}")))
        });
        let next =
            "name it: `--app-version VERSION`, or `version = \"VERSION\"` under `[update]` in lifeboat.toml";
        let version =
            flag.map(Ok).or(set).transpose()?.ok_or_else(|| missing("the version that runs", next))?;
        let scope = match &self.scope {
            None => Scope::PerUser,
            Some(text) => Scope::parse(text).ok_or_else(|| {
                invalid(format!("`scope = \"{text}\"` is neither per-user nor per-machine"))
            })?,
        };
        let or = |set: &Option<String>, default: &str| set.clone().unwrap_or_else(|| default.to_owned());
        let platform = or(&self.platform, &this_platform());
        Ok(Installed { version, channel: or(&self.channel, "stable"), platform, scope })
    }

    fn hand_over(&self) -> Result<HandOverCommand, Failure> {
        let shown = match self.shown {
            None | Some(ShownWord::Nothing) => Shown::Nothing,
            Some(ShownWord::Progress) => Shown::Progress,
            Some(ShownWord::Everything) => Shown::Everything,
        };
        match self.hand_over.unwrap_or(if cfg!(windows) { Profile::TauriNsis } else { Profile::Custom }) {
            Profile::TauriNsis => Ok(HandOverCommand::TauriNsis { shown }),
            Profile::ElectronNsis => {
                Ok(HandOverCommand::ElectronNsis { shown, folder: self.install_folder.clone() })
            }
            Profile::Custom => match self.command.as_deref() {
                None => {
                    Ok(HandOverCommand::Custom { program: "{installer}".to_owned(), arguments: Vec::new() })
                }
                Some([program, arguments @ ..]) => {
                    Ok(HandOverCommand::Custom { program: program.clone(), arguments: arguments.to_vec() })
                }
                Some([]) => Err(invalid("`command` is empty".to_owned())),
            },
        }
    }

    /// An installer that replaces this very program cannot be waited for.
    pub(crate) fn waits(&self) -> bool {
        match self.hand_over {
            Some(Profile::TauriNsis | Profile::ElectronNsis) => false,
            Some(Profile::Custom) => true,
            None => !cfg!(windows),
        }
    }
}

/// The word of the command line for a scope.
pub(crate) fn scope(arg: ScopeArg) -> Scope {
    arg.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> UpdateFile {
        toml::from_str(text).unwrap()
    }

    #[test]
    fn an_installation_is_described_in_a_few_lines() {
        let file = file(
            "version = '1.0.0'\nhand_over = 'custom'\ncommand = ['sh', '{installer}', '-y']\nscope = 'per-machine'",
        );
        let installed = file.installed(None).unwrap();
        assert_eq!((installed.scope, installed.channel.as_str()), (Scope::PerMachine, "stable"));
        assert_eq!(file.installed(Some("2.0.0".parse().unwrap())).unwrap().version.to_string(), "2.0.0");
        let custom = HandOverCommand::Custom {
            program: "sh".to_owned(),
            arguments: vec!["{installer}".to_owned(), "-y".to_owned()],
        };
        assert_eq!(file.hand_over().unwrap(), custom);
        assert!(file.waits());
    }

    #[test]
    fn what_is_missing_or_wrong_is_named() {
        let refused = |text: &str| file(text).installed(None).is_err() || file(text).hand_over().is_err();
        for text in [
            "",
            "version = '1.0'",
            "version = '1.0.0'\nscope = 'me'",
            "version = '1.0.0'\nhand_over = 'custom'\ncommand = []",
        ] {
            assert!(refused(text), "{text}");
        }
        assert!(toml::from_str::<UpdateFile>("shre = 'x'").is_err());
    }
}
