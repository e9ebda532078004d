//! `guard`: another program's migration between a restore point and a look at what it left.

use super::say_recovered;
use crate::context::Context;
use crate::exit::{Failure, Outcome};
use crate::json;
use lifeboat::GuardOrder;
use std::ffi::OsString;
use std::process::{Command, Stdio};

pub(crate) async fn run(
    context: &Context,
    note: Option<String>,
    command: &[OsString],
) -> Result<Outcome, Failure> {
    let order = GuardOrder { note, wait: context.wait() };
    let report = context.boat.guard(&order, || async { start(context, command) }).await?;
    let body = json::Guard {
        restore_point: (&report.restore_point).into(),
        recovered: report.recovered.as_ref().map(Into::into),
    };
    context.document(&json::document("guard", body))?;
    say_recovered(context, report.recovered.as_ref());
    let point = report.restore_point.id.short();
    context.say(format!(
        "The work went well. Kept as {point} before it. Way back: {}",
        context.typed("lifeboat undo")
    ))?;
    Ok(Outcome::warned_if(report.recovered.is_some()))
}

/// Runs the program to its end; its output is the user's to see. With `--json` it goes to standard error.
fn start(context: &Context, command: &[OsString]) -> Result<(), String> {
    let [program, args @ ..] = command else { return Err("no command was named".to_owned()) };
    let name = program.to_string_lossy().into_owned();
    let mut child = Command::new(program);
    child.args(args).env("LIFEBOAT_DATABASE", context.boat.database());
    if context.global.json {
        child.stdout(Stdio::from(std::io::stderr()));
    }
    let status = child.status().map_err(|error| format!("{name} cannot be started ({error})"))?;
    match (status.success(), status.code()) {
        (true, _) => Ok(()),
        (false, Some(code)) => Err(format!("{name} ended with status {code}")),
        (false, None) => Err(format!("{name} was ended by a signal")),
    }
}
