//! `doctor`: checks, each with what mends it; and a bundle of them for whoever helps.

use super::bundle;
use crate::context::Context;
use crate::exit::{Failure, Outcome};
use crate::{json, typed};
use lifeboat::ports::Depth;
use lifeboat::{DoctorOrder, Health, Migrations, Remedy};
use std::path::PathBuf;

/// What was asked for.
#[derive(Debug, Clone)]
pub(crate) struct Order {
    pub(crate) deep: bool,
    pub(crate) bundle: Option<PathBuf>,
    pub(crate) names: bundle::Names,
    pub(crate) application_sqlite: Option<String>,
}

pub(crate) async fn run(context: &Context, order: &Order) -> Result<Outcome, Failure> {
    let (migrations, unread) = match &context.settings.migrations {
        Some(setting) => match Migrations::from_dir(&setting.value) {
            Ok(migrations) => (Some(migrations), None),
            Err(error) => (None, Some(error)),
        },
        None => (None, None),
    };
    let application_engine = order
        .application_sqlite
        .clone()
        .or_else(|| context.settings.application_sqlite.as_ref().map(|setting| setting.value.clone()));
    let depth = if order.deep { Depth::Deep } else { Depth::Quick };
    let mut checks = context.boat.doctor(&DoctorOrder { depth, migrations, application_engine }).await;
    checks.extend(unread.map(|error| lifeboat::Check {
        id: "steps",
        health: Health::Problem,
        finding: format!("the folder of steps cannot be read: {}", error.cause()),
        mend: Some(Remedy::ByHand(error.next_step().to_owned())),
    }));
    if let Some(to) = &order.bundle {
        bundle::write(context, &checks, to, order.names).await?;
    }
    for check in &mut checks {
        if let Some(Remedy::Command(words)) = &mut check.mend {
            *words = typed::command(words, &context.global);
        }
    }
    let lines = checks.iter().map(Into::into).collect();
    let bundle = order.bundle.as_ref().map(|path| path.display().to_string());
    context.document(&json::document("doctor", json::Doctor { checks: lines, bundle }))?;
    for check in &checks {
        let line = format!("{:<12} {:<18} {}", check.health.as_str(), check.id, check.finding);
        context.say(line.trim_end())?;
        if let Some(mend) = &check.mend {
            context.say(format!("{:<12} {:<18} mend: {}", "", "", mend.as_str()))?;
        }
    }
    if let Some(to) = &order.bundle {
        context.say(format!("Wrote {}: no row values; look into it before you send it", to.display()))?;
    }
    Ok(Outcome::warned_if(checks.iter().any(|check| check.health == Health::Problem)))
}
