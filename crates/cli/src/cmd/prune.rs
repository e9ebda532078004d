//! `prune`: frees the bytes of forgotten points.

use crate::context::Context;
use crate::exit::{Failure, Outcome};
use crate::{confirm, json, render};

pub(crate) async fn run(context: &Context, dry_run: bool) -> Result<Outcome, Failure> {
    let plan = context.boat.plan_prune().await?;
    if dry_run {
        let body = json::Prune { dry_run, names: plan.names.clone(), bytes: 0 };
        context.document(&json::document("prune", body))?;
        for name in &plan.names {
            context.say(format!("goes  {name}"))?;
        }
        context.say(format!("Would free {} restore points. Nothing was changed.", plan.names.len()))?;
        return Ok(Outcome::Done);
    }
    if !plan.names.is_empty() {
        let question = format!("Remove the bytes of {} forgotten restore points for good?", plan.names.len());
        confirm::yes(&context.global, &question)?;
    }
    let report = context.boat.prune().await?;
    let body = json::Prune { dry_run, names: report.names.clone(), bytes: report.bytes };
    context.document(&json::document("prune", body))?;
    context.say(format!("Freed {} in {} files", render::size(report.bytes), report.names.len()))?;
    Ok(Outcome::Done)
}
