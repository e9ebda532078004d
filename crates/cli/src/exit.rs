//! How a run ends: outcome or failure, and the exit status of each.

use crate::args::Args;
use crate::{json, render, typed};
use lifeboat::domain::code::Code;
use std::process::ExitCode;

/// A run that did what was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Nothing more to say.
    Done,
    /// Done, with something to read.
    Warned,
    /// Done, and something awaits a decision.
    Undecided,
    /// The result of looking is that something is damaged.
    FoundDamage,
}

impl Outcome {
    /// Done, with warnings or without.
    pub(crate) const fn warned_if(warned: bool) -> Self {
        if warned { Self::Warned } else { Self::Done }
    }
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        Self::from(match outcome {
            Outcome::Done => 0,
            Outcome::Warned => 3,
            Outcome::Undecided => 4,
            Outcome::FoundDamage => 20,
        })
    }
}

/// A run that did not.
#[derive(Debug)]
pub(crate) enum Failure {
    /// A use case failed.
    UseCase(Box<lifeboat::Error>),
    /// The command itself refuses, with the same four parts.
    Refused { code: Code, cause: String, state: &'static str, next: String },
    /// Standard output is gone; there is nobody to tell.
    OutputClosed,
}

impl Failure {
    /// A refusal before anything was touched.
    pub(crate) fn refused(code: Code, cause: impl Into<String>, next: impl Into<String>) -> Self {
        Self::Refused { code, cause: cause.into(), state: "nothing was changed", next: next.into() }
    }

    /// Tells the user on standard error and gives the exit status.
    pub(crate) fn report(&self, args: &Args) -> ExitCode {
        let (code, parts) = match self {
            Self::OutputClosed => {
                let cause = "standard output cannot be written";
                let state = "what was asked for is done; only the report of it is lost";
                (Code::InputOutput, [cause, state, "look at the result: `lifeboat status`"])
            }
            Self::UseCase(e) => (e.code(), [e.cause(), e.state_of_data(), e.next_step()]),
            Self::Refused { code, cause, state, next } => (*code, [cause.as_str(), *state, next.as_str()]),
        };
        let [cause, state, next] = parts;
        let parts = [cause, state, &typed::sentence(next, args)];
        if args.global.json {
            json::error(code, parts);
        } else {
            render::error(code, parts);
        }
        ExitCode::from(code.exit_status())
    }
}

/// A command line that is no command, or a question for help. What asks for JSON gets its error as JSON; it is
/// looked for word by word, because there are no parsed arguments yet.
pub(crate) fn not_understood(error: &clap::Error) -> ExitCode {
    if !error.use_stderr() || !std::env::args_os().any(|word| word == "--json") {
        error.exit();
    }
    let text = error.to_string();
    let words = text.split("\n\nUsage:").next().unwrap_or_default().trim_start_matches("error: ");
    let cause = words.split_whitespace().collect::<Vec<_>>().join(" ");
    json::error(Code::UsageWrong, [&cause, "nothing was changed", "see `lifeboat --help`"]);
    ExitCode::from(Code::UsageWrong.exit_status())
}

impl From<lifeboat::Error> for Failure {
    fn from(error: lifeboat::Error) -> Self {
        Self::UseCase(Box::new(error))
    }
}

impl From<std::io::Error> for Failure {
    fn from(_: std::io::Error) -> Self {
        Self::OutputClosed
    }
}
