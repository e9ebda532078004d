//! `init`: looks at the database and writes a settings file beside it.

use crate::args::Global;
use crate::config::FILE_NAME;
use crate::exit::{Failure, Outcome};
use crate::{json, render};
use lifeboat::domain::code::Code;
use lifeboat::{Config, Lifeboat};
use std::io::Write;
use std::path::{Path, PathBuf};

const ENDINGS: [&str; 4] = ["db", "sqlite", "sqlite3", "db3"];

pub(crate) async fn run(global: &Global, file: Option<&Path>) -> Result<Outcome, Failure> {
    let given = file.map(Path::to_path_buf).or_else(|| global.database.clone());
    let database = given.map_or_else(find_one, Ok)?;
    let boat = Lifeboat::at(Config { vault: global.vault.clone(), ..Config::foreign(&database) })?;
    let facts = boat.status().await?.database?;
    let config = boat.database().with_file_name(FILE_NAME);
    let name = boat.database().file_name().unwrap_or_default().to_string_lossy().into_owned();
    let text = settings_text(&name, global.vault.as_deref());
    boat.write_settings(&config, &text).map_err(|error| {
        if error.code() == Code::TargetExists {
            let cause = format!("{} exists already", config.display());
            return Failure::refused(Code::ConfigExists, cause, "edit it, or see it: `lifeboat config show`");
        }
        error.into()
    })?;
    let body = json::Init {
        database: json::Database::new(boat.database(), &facts),
        config: config.display().to_string(),
    };
    let mut out = anstream::stdout();
    if global.json {
        let text = serde_json::to_string_pretty(&json::document("init", body));
        writeln!(out, "{}", text.expect("because documents hold only plain values"))?;
    } else if !global.quiet {
        let (size, tables) = (render::size(facts.size_bytes()), facts.tables.len());
        writeln!(
            out,
            "Database  {name}  {size}, journal {}, {tables} tables, {} rows",
            facts.journal,
            render::rows(facts.rows())
        )?;
        writeln!(out, "Vault     {}", boat.vault_folder().display())?;
        writeln!(out, "Wrote     {}. Next: lifeboat backup", config.display())?;
    }
    Ok(Outcome::Done)
}

fn settings_text(database: &str, vault: Option<&Path>) -> String {
    let quoted = |text: &str| toml::Value::String(text.to_owned()).to_string();
    let vault = vault.map_or_else(
        || format!("# vault = {}", quoted(&format!("{database}.lifeboat"))),
        |dir| format!("vault = {}", quoted(&dir.display().to_string())),
    );
    format!(
        "# Settings of Lifeboat; `lifeboat config show` says which value comes from where.\n\
         database = {}\n{vault}\n# wait_seconds = 5\n\n\
         # [retention.scheduled]\n# last = 5\n# daily = 7\n# weekly = 4\n",
        quoted(database)
    )
}

/// The one database of the working folder.
fn find_one() -> Result<PathBuf, Failure> {
    let here = std::env::current_dir()?;
    let is_database = |path: &PathBuf| {
        let ending = path.extension().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
        path.is_file() && ENDINGS.contains(&ending.as_str())
    };
    let mut found: Vec<PathBuf> =
        here.read_dir()?.flatten().map(|entry| entry.path()).filter(is_database).collect();
    match (found.pop(), found.len()) {
        (Some(one), 0) => Ok(one),
        (found, more) => {
            let count = more + usize::from(found.is_some());
            let cause = format!("{count} files here look like a database, one is needed");
            Err(Failure::refused(Code::NoDatabaseNamed, cause, "name it: `lifeboat init FILE`"))
        }
    }
}
