//! `maintain`: the log, the statistics, free pages, what killed acts left.

use crate::context::Context;
use crate::exit::{Failure, Outcome};
use crate::json::damage::Maintain;
use crate::{json, render};
use lifeboat::ports::Checkpoint;

pub(crate) async fn run(context: &Context) -> Result<Outcome, Failure> {
    let report = context.boat.maintain(context.wait()).await?;
    context.document(&json::document("maintain", Maintain::from(&report)))?;
    let (before, after) = (render::size(report.log_before), render::size(report.log_after));
    context.say(match report.done.checkpoint {
        Checkpoint::NoLog => "Log         there is none".to_owned(),
        Checkpoint::Finished => format!("Log         moved into the file, {before} before, {after} now"),
        Checkpoint::Blocked => format!("Log         {after}, not moved"),
    })?;
    context.say("Statistics  brought up to date where they were old")?;
    let (freed, free, pages) = (report.done.freed_pages, report.done.free_pages, report.done.page_count);
    context.say(format!("Free pages  {freed} given back, {free} of {pages} left"))?;
    if report.swept > 0 {
        context.say(format!("Stage       {} files of killed acts removed", report.swept))?;
    }
    if let (Some(holder), false) = (&report.blocked_by, context.global.json) {
        render::warning(&format!("the log could not be moved into the file: open in {holder}"));
    }
    Ok(Outcome::warned_if(report.blocked_by.is_some()))
}
