//! Benchmarks: each compares with a baseline in the same run, prints a table and writes JSON.

mod child;
mod merge;
mod migrations;
mod restore_points;
mod updates;

use crate::shell::Done;
use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(crate) enum Bench {
    /// Backup, verify, restore of a generated database, as ratios to copy and fsync
    RestorePoints {
        /// Size of the database in MiB
        #[arg(long, default_value_t = 1024)]
        mib: u64,
        /// Interleaved rounds; the median counts
        #[arg(long, default_value_t = 5)]
        rounds: usize,
    },
    /// Tracking beside plain writes, merging beside the session extension
    Merge {
        /// Rounds; the median counts
        #[arg(long, default_value_t = 5)]
        rounds: usize,
        /// Peers that do the same on the same files, besides: geodiff
        #[arg(long)]
        peers: bool,
    },
    /// Ten migration steps over a million rows, against the `sqlite3` shell
    Migrations {
        /// Interleaved rounds; the median counts
        #[arg(long, default_value_t = 5)]
        rounds: usize,
    },
    /// Publishing and fetching a release of 200 MB, beside `sha256sum`
    Updates {
        /// Rounds; the median counts
        #[arg(long, default_value_t = 5)]
        rounds: usize,
    },
}

/// `cargo xtask bench ...`.
pub(crate) fn run(what: &Bench) -> Done {
    match what {
        Bench::Merge { rounds, peers } => merge::run(*rounds, *peers),
        Bench::Migrations { rounds } => migrations::run(*rounds),
        Bench::Updates { rounds } => updates::run(*rounds),
        Bench::RestorePoints { mib, rounds } => restore_points::run(*mib, *rounds),
    }
}
