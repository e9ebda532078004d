//! `migrate`: where the database stands, a dry run, the run itself, and a new step.

use super::{millis, say_recovered};
use crate::args::Global;
use crate::config::Settings;
use crate::context::Context;
use crate::exit::{Failure, Outcome};
use crate::json::migrate as documents;
use crate::{json, render};
use lifeboat::domain::migration::{Change, Outcome as StepOutcome, Retry};
use lifeboat::ports::StepReport;
use lifeboat::{MigrateOrder, Migrations};
use std::io::Write;
use std::path::Path;

/// What works on a database.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Action {
    Status,
    Plan { retry: bool },
    Apply { retry: bool },
}

pub(crate) async fn run(
    context: &Context,
    action: Action,
    dir: Option<&Path>,
    app_version: Option<&str>,
) -> Result<Outcome, Failure> {
    let migrations = Migrations::from_dir(&context.settings.migrations_folder(dir)?)?;
    let rules = match &context.settings.merge {
        Some(merge) if merge.has_tables() => Some(merge.drafts()?),
        _ => None,
    };
    let order = |retry: bool| MigrateOrder {
        rules: rules.clone(),
        app_version: app_version.map(str::to_owned),
        retry: if retry { Retry::Anyway } else { Retry::WhenSomethingChanged },
        wait: context.wait(),
    };
    match action {
        Action::Status => status(context, &migrations, &order(false)).await,
        Action::Plan { retry } => plan(context, &migrations, &order(retry)).await,
        Action::Apply { retry } => apply(context, &migrations, &order(retry)).await,
    }
}

/// Needs no database: the first step is written before there is one.
pub(crate) fn new(global: &Global, dir: Option<&Path>, name: &str) -> Result<Outcome, Failure> {
    let folder = Settings::load(global)?.migrations_folder(dir)?;
    let path = Migrations::write_step(&folder, name)?.display().to_string();
    let text = if global.json {
        let document = json::document("migrate-new", documents::Written { path });
        serde_json::to_string_pretty(&document).expect("because documents hold only plain values")
    } else {
        format!("Wrote {path}. Next: lifeboat migrate plan")
    };
    if global.json || !global.quiet {
        writeln!(anstream::stdout(), "{text}")?;
    }
    Ok(Outcome::Done)
}

async fn status(
    context: &Context,
    migrations: &Migrations,
    order: &MigrateOrder,
) -> Result<Outcome, Failure> {
    let status = context.boat.migration_status(migrations, order).await?;
    let interrupted = context.boat.pending().await?.map(|act| act.verb.as_str().to_owned());
    let body = documents::Status { interrupted: interrupted.clone(), ..documents::Status::from(&status) };
    context.document(&json::document("migrate-status", body))?;
    if let Some(verb) = &interrupted {
        context.say(format!("A {verb} was interrupted: the next act ends it or takes it back."))?;
    }
    let entries = status.ledger.iter().flat_map(|ledger| &ledger.entries);
    for entry in entries {
        let at = entry.at.rfc3339();
        context.say(match &entry.outcome {
            StepOutcome::Applied => format!("applied  {} {at}", entry.id),
            StepOutcome::Adopted => format!("adopted  {} {at}", entry.id),
            StepOutcome::Failed { reason } => format!("failed   {} {at}: {reason}", entry.id),
        })?;
    }
    let pending = match status.pending {
        Ok(pending) => pending,
        Err(error) => return Err(error.into()),
    };
    for id in &pending {
        context.say(format!("pending  {id}"))?;
    }
    let next = |action: &str| context.typed(&format!("lifeboat migrate {action}"));
    context.say(match (pending.len(), &status.ledger) {
        (0, _) => "Nothing is pending.".to_owned(),
        (_, None) => format!("There is no database yet. Next: {}", next("apply")),
        _ => format!("Next: {}", next("plan")),
    })?;
    Ok(Outcome::warned_if(interrupted.is_some()))
}

async fn plan(context: &Context, migrations: &Migrations, order: &MigrateOrder) -> Result<Outcome, Failure> {
    let plan = context.boat.plan_migration(migrations, order).await?;
    context.document(&json::document("migrate-plan", documents::Plan::from(&plan)))?;
    for step in &plan.ran.done {
        say_step(context, "would run", step)?;
    }
    if let Some((id, reason)) = &plan.ran.failed {
        context.say(format!("would fail {id}: {reason}"))?;
    }
    context.say(format!(
        "{} pending; on a copy in {} ms, {} before, {} after. Nothing was changed.",
        plan.pending.len(),
        millis(plan.took),
        render::size(plan.size_before),
        render::size(plan.size_after)
    ))?;
    Ok(Outcome::warned_if(plan.ran.failed.is_some()))
}

async fn apply(context: &Context, migrations: &Migrations, order: &MigrateOrder) -> Result<Outcome, Failure> {
    let report = context.boat.migrate(migrations, order).await?;
    context.document(&json::document("migrate", documents::Applied::from(&report)))?;
    say_recovered(context, report.recovered.as_ref());
    if let Some(point) = &report.restore_point {
        context.say(format!("Kept as {} ({})", point.id.short(), point.kind))?;
    }
    for step in &report.done {
        say_step(context, "ran", step)?;
    }
    context.say(match (report.done.len(), report.created) {
        (0, _) => "Nothing was pending.".to_owned(),
        (steps, true) => format!("Made {} with {steps} steps", context.boat.database().display()),
        (steps, false) => {
            format!(
                "{steps} steps in {} ms, read back, ok. Way back: {}",
                millis(report.took),
                context.typed("lifeboat undo")
            )
        }
    })?;
    Ok(Outcome::warned_if(report.recovered.is_some()))
}

fn say_step(context: &Context, verb: &str, step: &StepReport) -> Result<(), Failure> {
    context.say(format!("{verb} {} in {} ms", step.id, millis(step.took)))?;
    for change in &step.changes {
        context.say(format!("  {}", words(change)))?;
    }
    for (table, rows) in &step.orphans_moved {
        context.say(format!("  {} rows of {table} without a parent went aside", render::rows(*rows)))?;
    }
    Ok(())
}

fn words(change: &Change) -> String {
    match change {
        Change::Appeared(object) => format!("new {object}"),
        Change::Vanished(object) => format!("{object} goes"),
        Change::Redefined(object) => format!("{object} is defined anew"),
        Change::Rows { table, before, after } if after > before => {
            format!("{table} +{} rows", render::rows(after - before))
        }
        Change::Rows { table, before, after } => format!("{table} -{} rows", render::rows(before - after)),
    }
}
