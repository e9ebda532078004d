//! The project's own commands. `cargo xtask ci` is everything that CI runs; nothing here ships.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command line tool for developers")]

mod bench;
mod ci;
mod fixup;
mod lint;
mod new_migration;
mod packages;
mod shell;
mod soak;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

#[derive(Debug, Parser)]
#[command(name = "cargo xtask", about = "The project's own commands")]
struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Everything that CI runs: format, clippy, lint, deny, docs, all tests
    Ci,
    /// Installs python-tuf under `target`, which judges release metadata beside us
    Oracle,
    /// The project's own rules, all findings at once
    Lint,
    /// Mends what a tool can mend: format, clippy suggestions, expected files
    Fixup,
    /// Makes the next numbered migration and locks it
    NewMigration {
        /// Folder under migrations/
        set: String,
        /// A name such as `add_note`
        name: String,
    },
    /// Measures, as ratios within one run; prints a table and writes JSON
    Bench {
        #[command(subcommand)]
        what: bench::Bench,
    },
    /// Long sweeps that CI has no time for
    Soak {
        #[command(subcommand)]
        what: soak::Soak,
    },
}

fn main() -> ExitCode {
    let done = match Args::parse().command {
        Command::Ci => ci::run(),
        Command::Oracle => packages::ensure_oracle(),
        Command::Lint => lint::run(&shell::root()),
        Command::Fixup => fixup::run(),
        Command::NewMigration { set, name } => new_migration::run(&set, &name),
        Command::Bench { what } => bench::run(&what),
        Command::Soak { what } => soak::run(&what),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("xtask: {why}");
            ExitCode::FAILURE
        }
    }
}
