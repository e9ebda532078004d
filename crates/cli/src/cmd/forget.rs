//! `forget`: takes points out of the catalogue.

use crate::context::Context;
use crate::exit::{Failure, Outcome};
use crate::{confirm, json};
use lifeboat::ForgetPlan;

pub(crate) async fn run(context: &Context, ids: &[String], dry_run: bool) -> Result<Outcome, Failure> {
    let policy = &context.settings.retention.value;
    let plan = context.boat.plan_forget(ids, policy).await?;
    let going = plan.points.iter().filter(|planned| planned.goes()).count();
    if dry_run || going == 0 {
        return render(context, &plan, true).map(|()| Outcome::Done);
    }
    if !context.global.yes {
        say(context, &plan)?;
        confirm::yes(&context.global, &format!("Forget {going} restore points?"))?;
    }
    let done = context.boat.forget(ids, policy).await?;
    render(context, &done, false)?;
    Ok(Outcome::Done)
}

fn render(context: &Context, plan: &ForgetPlan, dry_run: bool) -> Result<(), Failure> {
    let decision = |planned: &lifeboat::Planned| json::Decision {
        point: (&planned.point).into(),
        goes: planned.goes(),
        reason: planned.reason.map(lifeboat::domain::retention::Reason::as_str),
    };
    let decisions = plan.points.iter().map(decision).collect();
    context.document(&json::document("forget", json::Forget { dry_run, decisions }))?;
    say(context, plan)?;
    let going = plan.points.iter().filter(|planned| planned.goes()).count();
    context.say(match (going, dry_run) {
        (0, _) => "Nothing to forget.".to_owned(),
        (going, true) => format!("Would forget {going}. Nothing was changed."),
        (going, false) => format!("Forgot {going}; their bytes stay until `lifeboat prune`."),
    })
}

fn say(context: &Context, plan: &ForgetPlan) -> Result<(), Failure> {
    for planned in &plan.points {
        let word = if planned.goes() { "goes " } else { "stays" };
        let reason = planned.reason.map_or("named", lifeboat::domain::retention::Reason::as_str);
        context.say(format!("{word}  {}  {}  {reason}", planned.point.id.short(), planned.point.kind))?;
    }
    Ok(())
}
