//! `paths`: where everything lies.

use crate::context::Context;
use crate::exit::{Failure, Outcome};
use crate::json;
use lifeboat::{Scope, data_folder};

pub(crate) fn run(context: &Context, app: Option<&str>) -> Result<Outcome, Failure> {
    let text = |path: &std::path::Path| path.display().to_string();
    let body = json::Paths {
        database: text(context.boat.database()),
        vault: text(context.boat.vault_folder()),
        work_folder: text(&context.boat.work_folder()),
        config: context.settings.file.as_deref().map(text),
        user_data: app.and_then(|app| data_folder(Scope::User, app)).as_deref().map(text),
        machine_data: app.and_then(|app| data_folder(Scope::Machine, app)).as_deref().map(text),
    };
    context.say(format!("database     {}", body.database))?;
    context.say(format!("vault        {}", body.vault))?;
    context.say(format!("work folder  {}", body.work_folder))?;
    context.say(format!("settings     {}", body.config.as_deref().unwrap_or("none (the defaults serve)")))?;
    if app.is_some() {
        let unknown = "the system names none";
        context.say(format!("user data    {}", body.user_data.as_deref().unwrap_or(unknown)))?;
        context.say(format!("machine data {}", body.machine_data.as_deref().unwrap_or(unknown)))?;
    }
    context.document(&json::document("paths", body))?;
    Ok(Outcome::Done)
}
