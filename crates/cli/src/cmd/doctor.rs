//! `doctor`: first checks, each with what mends it.

use crate::context::Context;
use crate::exit::{Failure, Outcome};
use crate::json;
use lifeboat::Health;

pub(crate) async fn run(context: &Context) -> Result<Outcome, Failure> {
    let checks = context.boat.doctor().await;
    let lines = checks.iter().map(Into::into).collect();
    context.document(&json::document("doctor", json::Doctor { checks: lines }))?;
    for check in &checks {
        let line = format!("{:<12} {:<18} {}", check.health.as_str(), check.id, check.finding);
        context.say(line.trim_end())?;
        if let Some(mend) = &check.mend {
            context.say(format!("{:<12} {:<18} mend: {mend}", "", ""))?;
        }
    }
    Ok(Outcome::warned_if(checks.iter().any(|check| check.health >= Health::Advice)))
}
