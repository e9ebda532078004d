//! `status`: the database, its newest point, what changed since.

use crate::context::Context;
use crate::exit::{Failure, Outcome};
use crate::{json, render};
use lifeboat::Status;

pub(crate) async fn run(context: &Context) -> Result<Outcome, Failure> {
    let status = context.boat.status().await?;
    context.document(&json::document("status", body(context, &status)))?;
    say(context, &status)?;
    let incomplete = !status.vault.is_complete();
    match status.database {
        Ok(facts) => {
            let uncounted = facts.tables.iter().any(|table| table.rows.is_none());
            Ok(Outcome::warned_if(status.pending.is_some() || incomplete || uncounted))
        }
        Err(error) => Err(error.into()),
    }
}

fn body(context: &Context, status: &Status) -> json::Status {
    let points = status.vault.points();
    json::Status {
        database: status.database.as_ref().ok().map(|f| json::Database::new(context.boat.database(), f)),
        database_error: status.database.as_ref().err().map(|e| e.code().to_string()),
        newest: status.newest.as_ref().map(Into::into),
        points: points.len() as u64,
        points_bytes: points.iter().map(|p| p.size_bytes).sum(),
        differences: status.differences.iter().map(Into::into).collect(),
        pending: status.pending.as_ref().map(json::pending),
    }
}

fn say(context: &Context, status: &Status) -> Result<(), Failure> {
    if let Ok(facts) = &status.database {
        let name = context.boat.database().file_name().unwrap_or_default().to_string_lossy().into_owned();
        context.say(format!(
            "Database  {name}  {}, journal {}, {} tables, {} rows",
            render::size(facts.size_bytes()),
            facts.journal,
            facts.tables.len(),
            render::rows(facts.rows())
        ))?;
    }
    let points = status.vault.points();
    let bytes = render::size(points.iter().map(|p| p.size_bytes).sum());
    context.say(format!("Vault     {} restore points, {bytes}", points.len()))?;
    match &status.newest {
        None => context.say("Newest    none yet. Take one: lifeboat backup")?,
        Some(point) => {
            let age = render::age(point.created, context.boat.now());
            context.say(format!(
                "Newest    {} ({}, {age}, {})",
                point.id.short(),
                point.kind,
                render::proof(point)
            ))?;
            if status.database.is_ok() {
                let moved = render::count_changes(&status.differences);
                let moved =
                    if moved.is_empty() { "row counts are the same".to_owned() } else { moved.join(", ") };
                context.say(format!("Since     {moved}"))?;
            }
        }
    }
    if let (Some(act), false) = (&status.pending, context.global.json) {
        let what = act.verb.as_str();
        render::warning(&format!(
            "a {what} was interrupted; the next backup, restore or undo settles it first"
        ));
    }
    Ok(())
}
