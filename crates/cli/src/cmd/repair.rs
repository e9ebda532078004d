//! `repair`: builds damaged indexes anew, where nothing else is hurt.

use super::say_recovered;
use crate::context::Context;
use crate::exit::{Failure, Outcome};
use crate::json::damage::Repair;
use crate::{json, render};
use lifeboat::domain::damage::Condition;
use lifeboat::ports::Depth;

pub(crate) async fn run(context: &Context, dry_run: bool) -> Result<Outcome, Failure> {
    if dry_run {
        let condition = context.boat.diagnose(Depth::Deep).await?.condition;
        let indexes = match &condition {
            Condition::IndexesHurt(names) => names.iter().cloned().collect(),
            _ => Vec::new(),
        };
        context.say(format!("{condition}. Nothing was changed."))?;
        let body = Repair { dry_run, indexes, unused_pages_left: false, safety: None, recovered: None };
        context.document(&json::document("repair", body))?;
        let can = matches!(
            condition,
            Condition::Sound | Condition::IndexesHurt(_) | Condition::PagesUnused | Condition::LogHurt
        );
        return Ok(if can { Outcome::Done } else { Outcome::FoundDamage });
    }
    let report = context.boat.repair(context.restore_order()).await?;
    context.document(&json::document("repair", Repair::from(&report)))?;
    say_recovered(context, report.recovered.as_ref());
    if let Some(safety) = &report.safety {
        context.say(format!("Kept as {} ({}), marked suspect", safety.id.short(), safety.kind))?;
    }
    let names: Vec<&str> = report.indexes.iter().map(String::as_str).collect();
    context.say(match names.as_slice() {
        [] if report.safety.is_none() => "Nothing is hurt.".to_owned(),
        [] => "Unused pages were given back; every index entry was compared, ok".to_owned(),
        names => format!("Built anew: {}. Every index entry was compared, ok", names.join(", ")),
    })?;
    if report.unused_pages_left && !context.global.json {
        render::warning(
            "pages that belong to nothing are left, because the file could not be rebuilt; repair again when there is room",
        );
    }
    Ok(Outcome::warned_if(report.recovered.is_some() || report.unused_pages_left))
}
