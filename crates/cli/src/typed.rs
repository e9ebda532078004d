//! Commands in messages, as they can be typed where the reader stands: with the files that were named by flags.

use crate::args::{Args, Global, Verb};
use std::path::{Path, PathBuf};

/// Adds the flags of this run to a command line that begins with `lifeboat`; a flag that it has already stays.
pub(crate) fn command(words: &str, global: &Global) -> String {
    let files = [("database", &global.database), ("vault", &global.vault)];
    let flags = files.into_iter().filter_map(|(name, path)| flag(name, path.as_deref(), words));
    match words.strip_prefix("lifeboat") {
        Some(rest) => format!("lifeboat{}{rest}", flags.collect::<String>()),
        None => words.to_owned(),
    }
}

/// The same for every command between backticks.
pub(crate) fn sentence(text: &str, args: &Args) -> String {
    let dir = match &args.verb {
        Verb::Migrate { dir, .. } => dir.clone(),
        _ => None,
    };
    let parts = text.split('`').enumerate().map(|(at, part)| match at % 2 {
        0 => part.to_owned(),
        _ => steps(&command(part, &args.global), dir.as_ref()),
    });
    parts.collect::<Vec<_>>().join("`")
}

/// A command about migrations keeps the folder that was named.
fn steps(words: &str, dir: Option<&PathBuf>) -> String {
    let about_steps = words.contains(" migrate ");
    match flag("dir", dir.map(PathBuf::as_path), words).filter(|_| about_steps) {
        Some(flag) => format!("{words}{flag}"),
        None => words.to_owned(),
    }
}

fn flag(name: &str, path: Option<&Path>, words: &str) -> Option<String> {
    let path = path.filter(|_| !words.contains(&format!("--{name}")))?;
    Some(format!(" --{name} {}", quoted(&path.display().to_string())))
}

/// As the shell of the system reads one word. A file name of Windows holds no quotation mark.
pub(crate) fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "/._-:\\".contains(c);
    match (word.chars().all(plain), cfg!(windows)) {
        (true, _) => word.to_owned(),
        (false, true) => format!("\"{word}\""),
        (false, false) => shlex::try_quote(word).map_or_else(|_| word.to_owned(), Into::into),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    fn args(words: &[&str]) -> Args {
        Args::try_parse_from([&["lifeboat"], words].concat()).unwrap()
    }

    #[test]
    fn a_command_keeps_what_was_named() {
        let shop = args(&["--database", "a b.db", "migrate", "status", "--dir", "my steps"]);
        assert_eq!(
            sentence("look: `lifeboat migrate plan`, or `lifeboat list`", &shop),
            "look: `lifeboat --database 'a b.db' migrate plan --dir 'my steps'`, or `lifeboat --database 'a b.db' list`"
        );
        assert_eq!(
            sentence("`lifeboat --database FILE ...`", &shop),
            "`lifeboat --database FILE ...`",
            "what it has already stays"
        );
        assert_eq!(sentence("`-- lifeboat: drops t`", &shop), "`-- lifeboat: drops t`");
        assert_eq!(command("lifeboat backup", &args(&["list"]).global), "lifeboat backup");
    }

    #[cfg(unix)]
    #[test]
    fn a_name_never_runs_anything() {
        let evil = args(&["--database", "x\"$(touch y)'.db", "list"]);
        let typed = command("lifeboat backup", &evil.global);
        let words = shlex::split(&typed).unwrap();
        assert_eq!(words, ["lifeboat", "--database", "x\"$(touch y)'.db", "backup"]);
        assert!(!typed.contains("\"$(") || typed.contains("'"), "{typed}");
    }
}
