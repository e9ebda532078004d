//! `undo`: takes back the last restore or undo.

use super::{restore, say_recovered};
use crate::context::Context;
use crate::exit::{Failure, Outcome};
use crate::{confirm, json, render};
use lifeboat::domain::act::Act;
use lifeboat::domain::manifest::Manifest;

pub(crate) async fn run(context: &Context, dry_run: bool) -> Result<Outcome, Failure> {
    if dry_run {
        let (act, point) = context.boat.plan_undo().await?;
        let body = json::RestorePlan {
            point: point.as_ref().map(Into::into),
            mode: None,
            differences: Vec::new(),
            other_schema: false,
        };
        context.document(&json::document("restore-plan", body))?;
        context.say(describe(context, &act, point.as_ref(), "Would take"))?;
        context.say("Nothing was changed.")?;
        return Ok(Outcome::Done);
    }
    if !context.global.yes {
        say_recovered(context, context.boat.recover().await?.as_ref());
        let (act, point) = context.boat.plan_undo().await?;
        context.say(describe(context, &act, point.as_ref(), "Takes"))?;
        context.say("The state of now is kept as a restore point first.")?;
        confirm::yes(&context.global, "Go on?")?;
    }
    let report = context.boat.undo(context.restore_order()).await?;
    restore::render(context, &report, "Went back to")?;
    Ok(Outcome::warned_if(report.has_warnings()))
}

fn describe(context: &Context, act: &Act, point: Option<&Manifest>, verb: &str) -> String {
    let age = render::age(act.begun, context.boat.now());
    let back = point.map_or("the files in quarantine".to_owned(), |p| p.id.short());
    format!("{verb} back the {} of {age}: goes back to {back}", act.verb.as_str())
}
