//! How an installer is started: by the rules of whoever made it.

use super::release::Version;

/// How much of itself an installer shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// Nothing.
    Nothing,
    /// A bar, and no questions.
    Progress,
    /// Everything, questions included.
    Everything,
}

/// The way an installer is handed over to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HandOverCommand {
    /// An NSIS installer as Tauri makes it (tauri-bundler, installer.nsi): `/UPDATE`, `/P` or `/S`, `/R`.
    TauriNsis {
        /// What it shows.
        shown: Shown,
    },
    /// An NSIS installer as electron-builder makes it: `--updated`, `/S`, `--force-run`, and `/D=` at the end, without
    /// quotes whatever is in it.
    ElectronNsis {
        /// What it shows: nothing, or everything.
        shown: Shown,
        /// Where the application is installed, if it must be said.
        folder: Option<String>,
    },
    /// Any program. In its arguments `{installer}`, `{from}` and `{to}` stand for the installer's path and the versions.
    Custom {
        /// The program; `{installer}` for the installer itself.
        program: String,
        /// Its arguments.
        arguments: Vec<String>,
    },
}

/// A program to start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Launch {
    /// The program.
    pub program: String,
    /// Arguments, each of them one.
    pub arguments: Vec<String>,
    /// What comes last on the command line, byte for byte, without quotes.
    pub tail: Option<String>,
}

impl HandOverCommand {
    /// The program to start for an installer at a path.
    #[must_use]
    pub fn launch(&self, installer: &str, from: &Version, to: &Version) -> Launch {
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        let of_installer =
            |arguments: Vec<String>, tail| Launch { program: installer.to_owned(), arguments, tail };
        match self {
            Self::TauriNsis { shown: Shown::Nothing } => of_installer(words(&["/UPDATE", "/S", "/R"]), None),
            Self::TauriNsis { shown: Shown::Progress } => of_installer(words(&["/UPDATE", "/P", "/R"]), None),
            Self::TauriNsis { shown: Shown::Everything } => of_installer(words(&["/UPDATE"]), None),
            Self::ElectronNsis { shown, folder } => {
                let arguments = match shown {
                    Shown::Nothing | Shown::Progress => words(&["--updated", "/S", "--force-run"]),
                    Shown::Everything => words(&["--updated"]),
                };
                of_installer(arguments, folder.as_ref().map(|folder| format!("/D={folder}")))
            }
            Self::Custom { program, arguments } => {
                let (from, to) = (from.to_string(), to.to_string());
                let fill = |text: &String| {
                    fill(text, &[("{installer}", installer), ("{from}", &from), ("{to}", &to)])
                };
                Launch { program: fill(program), arguments: arguments.iter().map(fill).collect(), tail: None }
            }
        }
    }
}

/// Replaces each mark once over: what was filled in is not looked at again.
fn fill(text: &str, marks: &[(&str, &str)]) -> String {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((at, mark, value)) = marks
        .iter()
        .filter_map(|(mark, value)| rest.find(mark).map(|at| (at, *mark, *value)))
        .min_by_key(|(at, ..)| *at)
    {
        filled.push_str(&rest[..at]);
        filled.push_str(value);
        rest = &rest[at + mark.len()..];
    }
    filled + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn launch(command: &HandOverCommand) -> Launch {
        command.launch("C:\\a b\\{to}.exe", &"1.0.0".parse().unwrap(), &"1.1.0".parse().unwrap())
    }

    #[test]
    fn installers_get_the_switches_that_they_know() {
        let tauri = launch(&HandOverCommand::TauriNsis { shown: Shown::Nothing });
        assert_eq!(tauri.arguments, ["/UPDATE", "/S", "/R"]);
        let folder = Some("C:\\Program Files\\Till".to_owned());
        let electron = launch(&HandOverCommand::ElectronNsis { shown: Shown::Nothing, folder });
        assert_eq!(electron.arguments, ["--updated", "/S", "--force-run"]);
        assert_eq!(electron.tail.as_deref(), Some("/D=C:\\Program Files\\Till"));
    }

    #[test]
    fn a_command_of_ones_own_gets_path_and_versions() {
        let arguments = ["--file={installer}", "{from}->{to}", "{other}"].map(str::to_owned).into();
        let custom = launch(&HandOverCommand::Custom { program: "{installer}".to_owned(), arguments });
        assert_eq!(custom.program, "C:\\a b\\{to}.exe");
        assert_eq!(custom.arguments, ["--file=C:\\a b\\{to}.exe", "1.0.0->1.1.0", "{other}"]);
    }
}
