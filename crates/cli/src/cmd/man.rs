//! `man`: the manual page, or all pages into a folder.

use crate::args::Args;
use crate::exit::{Failure, Outcome};
use clap::CommandFactory;
use lifeboat::domain::code::Code;
use std::io::Write;
use std::path::Path;

pub(crate) fn run(dir: Option<&Path>) -> Result<Outcome, Failure> {
    let command = Args::command();
    match dir {
        Some(dir) => clap_mangen::generate_to(command, dir).map_err(|error| {
            let cause = format!("cannot write the pages to {} ({error})", dir.display());
            Failure::refused(Code::InputOutput, cause, "name a folder that exists and may be written")
        })?,
        None => {
            let mut page = Vec::new();
            clap_mangen::Man::new(command).render(&mut page)?;
            std::io::stdout().write_all(&page)?;
        }
    }
    Ok(Outcome::Done)
}
