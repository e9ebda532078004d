//! Asks before it destroys. Without a terminal it refuses instead of hanging.

use crate::args::Global;
use crate::exit::Failure;
use lifeboat::domain::code::Code;
use std::io::IsTerminal;

/// Asks for a plain yes.
pub(crate) fn yes(global: &Global, question: &str) -> Result<(), Failure> {
    if answered(global)? {
        return Ok(());
    }
    match dialoguer::Confirm::new().with_prompt(question).default(false).interact() {
        Ok(true) => Ok(()),
        Ok(false) | Err(_) => Err(declined()),
    }
}

/// Asks for a name to be typed: for what replaces a whole database.
pub(crate) fn name(global: &Global, question: &str, expected: &str) -> Result<(), Failure> {
    if answered(global)? {
        return Ok(());
    }
    let prompt = format!("{question} Type \"{expected}\"");
    match dialoguer::Input::<String>::new().with_prompt(prompt).allow_empty(true).interact_text() {
        Ok(typed) if typed == expected => Ok(()),
        Ok(_) | Err(_) => Err(declined()),
    }
}

fn answered(global: &Global) -> Result<bool, Failure> {
    if global.yes {
        return Ok(true);
    }
    if std::io::stdin().is_terminal() && std::io::stderr().is_terminal() && !global.json {
        return Ok(false);
    }
    let cause = "this changes data and nobody can be asked";
    Err(Failure::refused(Code::ConfirmationNeeded, cause, "look first with --dry-run, then add --yes"))
}

fn declined() -> Failure {
    Failure::refused(
        Code::ConfirmationNeeded,
        "the answer was not yes",
        "run the command again to be asked again",
    )
}
