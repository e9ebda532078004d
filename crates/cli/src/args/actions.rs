//! What the verbs of copies and schemas do: their second words.

use clap::{Subcommand, ValueHint};
use std::path::PathBuf;

/// What to do with migrations.
#[derive(Debug, Subcommand)]
pub(crate) enum MigrateAction {
    /// Show which steps are applied and which are pending
    Status,
    /// Run the pending steps on a copy: time, size, differences
    Plan {
        /// Also a step that failed before and has not changed
        #[arg(long)]
        retry: bool,
    },
    /// Run the pending steps; a database that does not exist is made
    Apply {
        /// Also a step that failed before and has not changed
        #[arg(long)]
        retry: bool,
    },
    /// Take over a database that another migrator made: sqlx, refinery, diesel, knex, drizzle, django, golang-migrate,
    /// or one that counts in user_version
    #[command(
        after_help = "Examples:\n    lifeboat migrate adopt --dry-run\n    lifeboat migrate adopt --from old/migrations\n    lifeboat migrate adopt --baseline as_found    (no steps yet: writes the first one)"
    )]
    Adopt {
        /// The other migrator's own folder: its files are compared with its ledger
        #[arg(long, value_name = "FOLDER", value_hint = ValueHint::DirPath)]
        from: Option<PathBuf>,
        /// The step at which the database stands, where several have its schema
        #[arg(long, value_name = "NUMBER")]
        at: Option<u32>,
        /// First write the schema as it is as the first step, under this name
        #[arg(long, value_name = "NAME", conflicts_with_all = ["at", "dry_run"])]
        baseline: Option<String>,
        /// Show which steps it already has and change nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// Write an empty step with the next number
    New {
        /// Lower-case letters, digits and `_`
        name: String,
    },
}

/// What to do with another copy.
#[derive(Debug, Subcommand)]
pub(crate) enum MergeAction {
    /// Merge on a copy, and tell what would change
    #[command(
        after_help = "Examples:\n    lifeboat merge plan laptop.db\n    lifeboat merge plan laptop.db --base monday.db    (copies that were never tracked)"
    )]
    Plan {
        /// The other copy; it is only read
        #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
        other: PathBuf,
        /// The last state that both copies had, where they were never tracked: a restore point or a file
        #[arg(long, value_name = "POINT|FILE")]
        base: Option<String>,
        /// Merge also where a clock of the other side is more than a day ahead
        #[arg(long)]
        believe_clock: bool,
    },
    /// Merge, with a restore point first
    #[command(
        after_help = "Examples:\n    lifeboat merge apply laptop.db\n    lifeboat merge apply laptop.db --base 3f1c22d0    (a restore point that both copies have had)"
    )]
    Apply {
        /// The other copy; it is only read
        #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
        other: PathBuf,
        /// The last state that both copies had, where they were never tracked: a restore point or a file
        #[arg(long, value_name = "POINT|FILE")]
        base: Option<String>,
        /// Merge also where a clock of the other side is more than a day ahead
        #[arg(long)]
        believe_clock: bool,
    },
}

/// What to do with rows that are one thing.
#[derive(Debug, Subcommand)]
pub(crate) enum DedupeAction {
    /// Unite them on a copy, and tell which
    Plan,
    /// Unite them, with a restore point first; asks before
    #[command(after_help = "Examples:\n    lifeboat dedupe plan\n    lifeboat dedupe apply --yes")]
    Apply,
}

/// What to do with rules.
#[derive(Debug, Subcommand)]
pub(crate) enum RulesAction {
    /// Propose a rule for each table, with reasons
    Suggest,
}

/// What to do with the settings.
#[derive(Debug, Subcommand)]
pub(crate) enum ConfigAction {
    /// Show every setting with its origin
    Show,
}
