//! `verify`: reads points again, byte for byte.

use crate::context::Context;
use crate::exit::{Failure, Outcome};
use crate::{json, render};
use lifeboat::{VerifyDepth, VerifyReport};

pub(crate) async fn run(context: &Context, word: Option<&str>, drill: bool) -> Result<Outcome, Failure> {
    let depth = if drill { VerifyDepth::Drill } else { VerifyDepth::Bytes };
    let report = context.boat.verify(word, depth).await?;
    render(context, &report, drill)?;
    Ok(match (report.damaged.is_empty(), report.strays.is_empty()) {
        (false, _) => Outcome::FoundDamage,
        (true, false) => Outcome::Warned,
        (true, true) => Outcome::Done,
    })
}

fn render(context: &Context, report: &VerifyReport, drill: bool) -> Result<(), Failure> {
    let body = json::Verify {
        sound: report.sound.iter().map(Into::into).collect(),
        damaged: report.damaged.iter().map(Into::into).collect(),
        strays: report.strays.clone(),
        bytes: report.bytes,
    };
    context.document(&json::document("verify", body))?;
    for point in &report.sound {
        let how = if drill { "restored to scratch, opened, counted" } else { "every byte as it was written" };
        context.say(format!("ok       {} {} {how}", point.id.short(), render::size(point.size_bytes)))?;
    }
    for damage in &report.damaged {
        context.say(format!("damaged  {}: {} [{}]", damage.name, damage.what, damage.code))?;
    }
    for stray in &report.strays {
        context.say(format!("stray    {stray} belongs to no restore point; it is left alone"))?;
    }
    let count = report.sound.len();
    context.say(format!(
        "{count} sound, {} damaged, {} read",
        report.damaged.len(),
        render::size(report.bytes)
    ))
}
