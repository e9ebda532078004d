//! How a verb speaks where there is no database: lines for people, or one document.

use crate::args::Global;
use crate::exit::Failure;
use crate::interrupt;
use crate::progress::{Bar, Speech};
use lifeboat::Watch;
use std::io::{IsTerminal, Write};
use std::sync::Arc;

/// Prints a line for people; nothing with `--json` or `--quiet`.
pub(crate) fn say(global: &Global, line: &str) -> Result<(), Failure> {
    if global.json || global.quiet {
        return Ok(());
    }
    print(line)
}

/// Prints the one document of a run with `--json`.
pub(crate) fn document<T: serde::Serialize>(global: &Global, document: &T) -> Result<(), Failure> {
    if !global.json {
        return Ok(());
    }
    let text = serde_json::to_string_pretty(document).expect("because documents hold only plain values");
    print(&text)
}

/// A listener that draws where somebody looks, and the way to cancel.
pub(crate) fn watch(global: &Global) -> Watch {
    let visible = !global.quiet && !global.json && std::io::stderr().is_terminal();
    let speech = if global.quiet || global.json { Speech::Silent } else { Speech::Lines };
    Watch { events: Arc::new(Bar::new(visible, speech)), cancel: interrupt::token() }
}

/// Whoever closes the pipe has read enough: the exit status stays the command's own.
fn print(text: &str) -> Result<(), Failure> {
    match writeln!(anstream::stdout(), "{text}") {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        done => Ok(done?),
    }
}
