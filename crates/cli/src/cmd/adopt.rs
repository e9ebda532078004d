//! `migrate adopt`: a database that another migrator made comes under Lifeboat's ledger.

use super::say_recovered;
use crate::context::Context;
use crate::exit::{Failure, Outcome};
use crate::json;
use crate::json::migrate::Adopted;
use lifeboat::{AdoptOrder, Adoption, MigrateOrder, Migrations};
use std::path::{Path, PathBuf};

/// What was asked for.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) from: Option<PathBuf>,
    pub(crate) at: Option<u32>,
    pub(crate) baseline: Option<String>,
    pub(crate) dry_run: bool,
    pub(crate) app_version: Option<String>,
}

pub(crate) async fn run(context: &Context, dir: Option<&Path>, asked: Asked) -> Result<Outcome, Failure> {
    let folder = context.settings.migrations_folder(dir)?;
    let written = match &asked.baseline {
        Some(name) => Some(context.boat.write_baseline(&folder, name, asked.from.as_deref()).await?),
        None => None,
    };
    let migrations = match (Migrations::from_dir(&folder), &written) {
        (Err(error), Some(path)) => {
            let _ = std::fs::remove_file(path);
            return Err(error.into());
        }
        (migrations, _) => migrations?,
    };
    let migrate =
        MigrateOrder { app_version: asked.app_version, wait: context.wait(), ..MigrateOrder::default() };
    let order = AdoptOrder { migrate, from: asked.from, at: asked.at };
    let adoption = if asked.dry_run {
        context.boat.plan_adoption(&migrations, &order).await?
    } else {
        match (context.boat.adopt(&migrations, &order).await, &written) {
            (Ok(adoption), _) => adoption,
            // A first step that does not lead to the database would stand in the way of the next try.
            (Err(error), Some(path)) => {
                if std::fs::remove_file(path).is_err() {
                    crate::render::warning(&format!("{} was written and stays: remove it", path.display()));
                }
                return Err(error.into());
            }
            (Err(error), None) => return Err(error.into()),
        }
    };
    let body = Adopted::new(&adoption, asked.dry_run, written.as_deref());
    context.document(&json::document("migrate-adopt", body))?;
    if let Some(path) = &written {
        context.say(format!("Wrote {}", path.display()))?;
    }
    say(context, &adoption, asked.dry_run)?;
    Ok(Outcome::warned_if(adoption.recovered.is_some()))
}

fn say(context: &Context, adoption: &Adoption, dry_run: bool) -> Result<(), Failure> {
    say_recovered(context, adoption.recovered.as_ref());
    let Some(last) = adoption.steps.last() else {
        return context.say("There is a ledger already: nothing to adopt.");
    };
    context.say(match adoption.tool {
        Some(tool) => format!("Found the ledger of {tool}: {} steps", adoption.foreign_steps),
        None => "Found no other ledger; the schema alone tells".to_owned(),
    })?;
    if adoption.header < last.number {
        let will = if dry_run { "would go" } else { "goes" };
        context.say(format!(
            "The header's user_version {will} from {} to {}: a build that counts by it will refuse the database",
            adoption.header, last.number
        ))?;
    }
    if dry_run {
        return context.say(format!("The schema is that of {last}. Nothing was changed."));
    }
    if let Some(point) = &adoption.restore_point {
        context.say(format!("Kept as {} ({})", point.id.short(), point.kind))?;
    }
    context
        .say(format!("Adopted: the database stands at {last}. Way back: {}", context.typed("lifeboat undo")))
}
