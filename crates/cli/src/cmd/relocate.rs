//! `relocate`: moves the database and its restore points, and removes the old files once the new ones serve.

use super::say_recovered;
use crate::context::Context;
use crate::exit::{Failure, Outcome};
use crate::json::damage as documents;
use crate::{confirm as ask, json, render};
use lifeboat::Relocation;
use std::path::Path;

pub(crate) async fn run(context: &Context, to: &Path, dry_run: bool) -> Result<Outcome, Failure> {
    if dry_run {
        let plan = context.boat.plan_relocation(to).await?;
        context.document(&json::document("relocate", documents::Relocate::from(&plan)))?;
        say(context, &plan, "Would move")?;
        context.say("Nothing was changed.")?;
        return Ok(Outcome::Done);
    }
    if !context.global.yes {
        let plan = context.boat.plan_relocation(to).await?;
        say(context, &plan, "Moves")?;
        ask::yes(&context.global, "The application must use the new place from then on. Go on?")?;
    }
    let report = context.boat.relocate(to, context.restore_order()).await?;
    context.document(&json::document("relocate", documents::Relocate::from(&report)))?;
    say_recovered(context, report.recovered.as_ref());
    say(context, &report, "Moved")?;
    context.say("Every byte was compared. The old files are kept in quarantine at the old place.")?;
    context.say(format!(
        "Tell the application, and lifeboat.toml where there is one: database = {:?}",
        report.to
    ))?;
    context.say("When it serves there: lifeboat relocate --confirm (removes the old files)")?;
    Ok(Outcome::warned_if(report.recovered.is_some()))
}

pub(crate) async fn confirm(context: &Context) -> Result<Outcome, Failure> {
    if !context.global.yes {
        context.say("Removes the old files of the database that was moved away from here, for good.")?;
        let name = context.boat.database().file_name().unwrap_or_default().to_string_lossy().into_owned();
        ask::name(&context.global, "Go on?", &name)?;
    }
    let done = context.boat.confirm_relocation(context.restore_order()).await?;
    context.document(&json::document("relocate-confirm", documents::Confirmed::from(&done)))?;
    context.say(format!(
        "{} is sound. Removed {} of old files and {} files of restore points that lie there too",
        done.at.display(),
        render::size(done.freed_bytes),
        done.point_files
    ))?;
    if done.differing > 0 && !context.global.json {
        render::warning(&format!(
            "{} restore points differ from the new vault's and stay here",
            done.differing
        ));
    }
    Ok(Outcome::warned_if(done.differing > 0))
}

fn say(context: &Context, plan: &Relocation, verb: &str) -> Result<(), Failure> {
    context.say(format!(
        "{verb} {} ({})",
        context.boat.database().display(),
        render::size(plan.size_bytes)
    ))?;
    context.say(format!("  to {}", plan.to.display()))?;
    match plan.points {
        0 => context.say(format!("  vault {}", plan.vault.display())),
        points => context.say(format!("  with {points} restore points, to {}", plan.vault.display())),
    }
}
