//! `paths`: where everything lies.

use crate::context::Context;
use crate::exit::{Failure, Outcome};
use crate::json;

pub(crate) fn run(context: &Context) -> Result<Outcome, Failure> {
    let text = |path: &std::path::Path| path.display().to_string();
    let body = json::Paths {
        database: text(context.boat.database()),
        vault: text(context.boat.vault_folder()),
        work_folder: text(&context.boat.work_folder()),
        config: context.settings.file.as_deref().map(text),
    };
    context.say(format!("database     {}", body.database))?;
    context.say(format!("vault        {}", body.vault))?;
    context.say(format!("work folder  {}", body.work_folder))?;
    context.say(format!("settings     {}", body.config.as_deref().unwrap_or("none (the defaults serve)")))?;
    context.document(&json::document("paths", body))?;
    Ok(Outcome::Done)
}
