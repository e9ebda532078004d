//! `quarantine`: sets the database's files aside, all together.

use super::say_recovered;
use crate::context::Context;
use crate::exit::{Failure, Outcome};
use crate::json::damage as documents;
use crate::{confirm, json, render};
use lifeboat::domain::manifest::Manifest;
use lifeboat::domain::swap::PartRecord;

pub(crate) async fn run(context: &Context, dry_run: bool) -> Result<Outcome, Failure> {
    if dry_run || !context.global.yes {
        let plan = context.boat.plan_quarantine().await?;
        if dry_run {
            context.document(&json::document("quarantine", documents::Quarantine::from(&plan)))?;
        }
        say_files(context, "Would set aside", &plan.files)?;
        if dry_run {
            context.say("Nothing was changed.")?;
            return Ok(Outcome::Done);
        }
        let name = context.boat.database().file_name().unwrap_or_default().to_string_lossy().into_owned();
        confirm::name(&context.global, "The application finds no database afterwards. Go on?", &name)?;
    }
    let report = context.boat.quarantine(context.restore_order()).await?;
    context.document(&json::document("quarantine", documents::Quarantine::from(&report)))?;
    say_recovered(context, report.recovered.as_ref());
    say_files(context, "Set aside", &report.files)?;
    context.say(format!("In quarantine as {}. Way back: {}", report.set, context.typed("lifeboat undo")))?;
    say_offer(context, report.offer.as_ref())?;
    Ok(Outcome::warned_if(report.recovered.is_some()))
}

fn say_files(context: &Context, verb: &str, files: &[PartRecord]) -> Result<(), Failure> {
    let name = context.boat.database().file_name().unwrap_or_default().to_string_lossy().into_owned();
    for file in files {
        context.say(format!("{verb} {name}{} ({})", file.part.suffix(), render::size(file.size_bytes)))?;
    }
    Ok(())
}

fn say_offer(context: &Context, offer: Option<&Manifest>) -> Result<(), Failure> {
    match offer {
        None => context.say("There is no restore point. Bring out what can be read: lifeboat salvage"),
        Some(point) => {
            let (id, age) = (point.id.short(), render::age(point.created, context.boat.now()));
            context.say(format!(
                "Newest restore point: {id} ({age}). Next: {}",
                context.typed(&format!("lifeboat restore {id}"))
            ))
        }
    }
}
