//! Names of artifacts, by allow-list: what is harmless on every system that a share is read from.

use std::fmt;

/// Longest part of a name, in bytes: with the sum before it, it still is a file name on every system.
const LONGEST: usize = 120;

/// Names that are devices on Windows, whatever ending they carry.
const DEVICES: [&str; 6] = ["con", "prn", "aux", "nul", "conin$", "conout$"];

/// What is wrong with a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NameFault {
    /// Nothing, or nothing between two separators.
    Empty,
    /// Longer than 120 bytes.
    TooLong,
    /// More than a folder and a file.
    TooDeep,
    /// A character other than letters and digits of ASCII, space, and `.` `_` `+` `-` `(` `)`.
    Character,
    /// It begins or ends with what some system strips or hides: a dot, a space, a hyphen at the beginning.
    Edge,
    /// A device on Windows.
    Device,
}

impl fmt::Display for NameFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "is empty",
            Self::TooLong => "is longer than 120 bytes",
            Self::TooDeep => "lies deeper than one folder",
            Self::Character => "has a character other than A-Z, a-z, 0-9, space and ._+-()",
            Self::Edge => "begins with a dot, a space or a hyphen, or ends with a dot or a space",
            Self::Device => "is a device on Windows",
        })
    }
}

/// May a target have this name: `FILE` or `FOLDER/FILE`?
///
/// # Errors
/// What is wrong with it.
pub fn judge_name(name: &str) -> Result<(), NameFault> {
    if name.split('/').count() > 2 {
        return Err(NameFault::TooDeep);
    }
    name.split('/').try_for_each(judge_part)
}

fn judge_part(part: &str) -> Result<(), NameFault> {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || " ._+-()".contains(c);
    if part.is_empty() {
        return Err(NameFault::Empty);
    }
    if !part.chars().all(is_allowed) {
        return Err(NameFault::Character);
    }
    if part.len() > LONGEST {
        return Err(NameFault::TooLong);
    }
    if part.starts_with(['.', ' ', '-']) || part.ends_with(['.', ' ']) {
        return Err(NameFault::Edge);
    }
    if is_device(part) { Err(NameFault::Device) } else { Ok(()) }
}

fn is_device(part: &str) -> bool {
    let stem = part.split('.').next().unwrap_or(part).trim_end().to_ascii_lowercase();
    let numbered = stem.strip_prefix("com").or_else(|| stem.strip_prefix("lpt"));
    DEVICES.contains(&stem.as_str())
        || numbered.is_some_and(|rest| rest.len() == 1 && rest.as_bytes()[0].is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_installers_have_are_allowed() {
        for name in [
            "stable/Till-1.4.0-x64-setup.exe",
            "My App Setup 1.4.0.exe",
            "beta/till_1.0+7(2).tar.gz",
            "Console.exe",
        ] {
            assert_eq!(judge_name(name), Ok(()), "{name}");
        }
    }

    #[test]
    fn names_that_lead_elsewhere_are_refused() {
        let cases = [
            ("", NameFault::Empty),
            ("/etc", NameFault::Empty),
            ("a/", NameFault::Empty),
            ("a/b/c", NameFault::TooDeep),
            ("..", NameFault::Edge),
            ("../evil.exe", NameFault::Edge),
            ("a\\b", NameFault::Character),
            ("C:evil.exe", NameFault::Character),
            ("a:b", NameFault::Character),
            ("K\u{e4}se.exe", NameFault::Character),
            ("a\0b", NameFault::Character),
            ("setup.exe.", NameFault::Edge),
            ("setup.exe ", NameFault::Edge),
            ("-rf", NameFault::Edge),
            (".stage", NameFault::Edge),
            ("nul", NameFault::Device),
            ("CON.exe", NameFault::Device),
            ("stable/Com1.tar.gz", NameFault::Device),
            ("aux .exe", NameFault::Device),
        ];
        for (name, fault) in cases {
            assert_eq!(judge_name(name), Err(fault), "{name}");
        }
        assert_eq!(judge_name(&"a".repeat(121)), Err(NameFault::TooLong));
    }
}
