//! The `lifeboat` command: arguments in, a use case, a rendered result and an exit status out.
//! It decides nothing about data; everything it can do, the library can.

mod args;
mod cmd;
mod config;
mod confirm;
mod context;
mod exit;
mod interrupt;
mod json;
mod log;
mod progress;
mod render;
mod rules;
mod typed;
mod updates;
mod voice;

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    let args = match args::Args::try_parse() {
        Ok(args) => args,
        Err(error) => return exit::not_understood(&error),
    };
    args.global.color.apply();
    log::start(args.global.verbose);
    let runtime = tokio::runtime::Builder::new_current_thread()
        // One thread carries out every change of state, in order: what the fault tests count on.
        .max_blocking_threads(1)
        .build()
        .expect("because a runtime without drivers needs nothing of the system");
    match runtime.block_on(cmd::run(&args)) {
        Ok(outcome) => outcome.into(),
        Err(failure) => failure.report(&args),
    }
}
