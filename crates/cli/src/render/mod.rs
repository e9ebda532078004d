//! Text for people: errors, tables, ages, sizes.

mod difference;
mod point;

pub(crate) use difference::{count_changes, differences};
pub(crate) use point::{age, plain, points, proof, rows, size};

use lifeboat::domain::code::Code;
use std::io::Write;

/// `error[LB....]: cause`, then the state of the data and the next step.
pub(crate) fn error(code: Code, [cause, state, next]: [&str; 3]) {
    let text = format!("error[{code}]: {cause}\n state: {state}\n next:  {next}\n");
    // Standard error is the last place to tell anything.
    let _ = anstream::stderr().write_all(text.as_bytes());
}

/// A line of what is being done, on standard error.
pub(crate) fn note(text: &str) {
    let _ = writeln!(anstream::stderr(), "{text}");
}

/// `warning: ...` on standard error.
pub(crate) fn warning(text: &str) {
    let _ = writeln!(anstream::stderr(), "warning: {text}");
}
