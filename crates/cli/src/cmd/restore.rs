//! `restore`: shows what would change, asks, puts a point in place.

use super::{millis, say_recovered};
use crate::context::Context;
use crate::exit::{Failure, Outcome};
use crate::{confirm, json, render};
use lifeboat::domain::restore::{RestoreMode, SwapReason};
use lifeboat::{RestorePlan, RestoreReport};
use std::path::Path;

pub(crate) async fn plan(context: &Context, word: &str) -> Result<Outcome, Failure> {
    let plan = context.boat.plan_restore(word).await?;
    context.document(&json::document("restore-plan", plan_body(&plan)))?;
    say_plan(context, &plan, "Would replace")?;
    context.say("Nothing was changed.")?;
    Ok(Outcome::Done)
}

pub(crate) async fn run(context: &Context, word: &str) -> Result<Outcome, Failure> {
    let id = if context.global.yes {
        word.to_owned()
    } else {
        let plan = context.boat.plan_restore(word).await?;
        say_plan(context, &plan, "Replaces")?;
        context.say("The state of now is kept as a restore point first.")?;
        let name = plan.point.database.clone();
        confirm::name(&context.global, "Go on?", &name)?;
        plan.point.id.to_string()
    };
    let report = context.boat.restore(&id, context.restore_order()).await?;
    render(context, &report, "Restored")?;
    Ok(Outcome::warned_if(report.has_warnings()))
}

pub(crate) async fn to_file(context: &Context, word: &str, to: &Path) -> Result<Outcome, Failure> {
    let point = context.boat.restore_to(word, to).await?;
    let path = to.display().to_string();
    context
        .document(&json::document("export", json::Exported { point: (&point).into(), path: path.clone() }))?;
    context.say(format!("Wrote {} as {path}, read back, every byte as it was verified", point.id.short()))?;
    Ok(Outcome::Done)
}

fn plan_body(plan: &RestorePlan) -> json::RestorePlan {
    json::RestorePlan {
        point: Some((&plan.point).into()),
        mode: Some(json::mode_word(plan.mode)),
        differences: plan.differences.iter().map(Into::into).collect(),
        other_schema: plan.other_schema,
    }
}

fn say_plan(context: &Context, plan: &RestorePlan, verb: &str) -> Result<(), Failure> {
    let point = &plan.point;
    let age = render::age(point.created, context.boat.now());
    context.say(format!("{verb} {} by {} ({}, {age})", point.database, point.id.short(), point.kind))?;
    match plan.mode {
        RestoreMode::Swap(reason) => {
            let way = "the point takes its name, what is there is kept in quarantine";
            context.say(format!("  {}: {way}", reason.as_str()))?;
        }
        _ => context.say(render::differences(&plan.differences).join("\n"))?,
    }
    if plan.other_schema {
        context
            .say(format!("  its schema version is {}; it is restored as it is", point.facts.user_version))?;
    }
    Ok(())
}

/// Says what a restore or an undo did.
pub(super) fn render(context: &Context, report: &RestoreReport, verb: &str) -> Result<(), Failure> {
    let set_aside = report.set_aside.as_ref();
    let body = json::Restore {
        point: report.point.as_ref().map(Into::into),
        mode: json::mode_word(report.mode),
        safety: report.safety.as_ref().map(Into::into),
        set_aside: set_aside.and_then(|s| s.set.clone()),
        intruders: set_aside.map(|s| s.intruders.clone()).unwrap_or_default(),
        others_wrote: report.others_wrote,
        recovered: report.recovered.as_ref().map(Into::into),
        record_set_aside: report.record_set_aside.clone(),
        took_ms: millis(report.took),
        install_ms: millis(report.install_took),
        restart_advised: true,
    };
    context.document(&json::document("restore", body))?;
    say_recovered(context, report.recovered.as_ref());
    if let Some(safety) = &report.safety {
        context.say(format!("Kept as {} ({})", safety.id.short(), safety.kind))?;
    }
    if let Some(set) = set_aside.and_then(|s| s.set.as_ref()) {
        context.say(format!("The old files are in quarantine: {set}"))?;
    }
    let what = report.point.as_ref().map_or("the files as they were".to_owned(), |p| p.id.short());
    context.say(format!("{verb} {what} in {} ms, read back, ok", millis(report.took)))?;
    let way_back = match report.mode {
        RestoreMode::Swap(SwapReason::Absent) => {
            "There was no database before, so there is no way back.".to_owned()
        }
        _ => format!("Way back: {}", context.typed("lifeboat undo")),
    };
    context.say(format!("Applications that had the database open should restart. {way_back}"))?;
    if context.global.json {
        return Ok(());
    }
    if report.point.as_ref().is_some_and(|point| point.suspect) {
        render::warning("this restore point was taken of a damaged database");
    }
    for name in set_aside.iter().flat_map(|s| &s.intruders) {
        render::warning(&format!("another program made a file meanwhile; set aside in quarantine: {name}"));
    }
    if let Some(name) = &report.record_set_aside {
        render::warning(&format!(
            "the record of an earlier act was damaged; set aside in quarantine: {name}"
        ));
    }
    if report.others_wrote {
        render::warning("another program wrote at once, so the row counts could not be compared");
    }
    Ok(())
}
