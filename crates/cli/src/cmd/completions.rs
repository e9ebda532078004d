//! `completions`: scripts for shells.

use crate::args::Args;
use crate::exit::{Failure, Outcome};
use clap::CommandFactory;
use clap_complete::Shell;
use std::io::Write;

pub(crate) fn run(shell: Shell) -> Result<Outcome, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Args::command(), "lifeboat", &mut script);
    std::io::stdout().write_all(&script)?;
    Ok(Outcome::Done)
}
