//! Fills a database's vault with as many points as asked: `make-points DATABASE COUNT`.
#![allow(clippy::print_stderr, reason = "a tool of the benchmarks")]

use std::process::ExitCode;

fn main() -> ExitCode {
    let mut args = std::env::args_os().skip(1);
    let (Some(database), Some(count)) = (args.next(), args.next()) else {
        eprintln!("usage: make-points DATABASE COUNT");
        return ExitCode::from(2);
    };
    let count = count.to_string_lossy().parse().unwrap_or(0);
    lifeboat_tests::many::make_points(database.as_ref(), count);
    ExitCode::SUCCESS
}
