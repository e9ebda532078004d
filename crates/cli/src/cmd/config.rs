//! `config show`: every setting with its origin.

use crate::args::Global;
use crate::config::{Setting, Settings};
use crate::exit::{Failure, Outcome};
use crate::json;
use lifeboat::domain::retention::Policy;
use std::io::Write;
use std::path::PathBuf;

pub(crate) fn show(global: &Global) -> Result<Outcome, Failure> {
    let settings = Settings::load(global)?;
    let lines = lines(&settings);
    let file = settings.file.as_ref().map(|path| path.display().to_string());
    let mut out = anstream::stdout();
    if global.json {
        let document = json::document("config", json::ConfigShow { file, settings: lines });
        let text = serde_json::to_string_pretty(&document).expect("because documents hold only plain values");
        writeln!(out, "{text}")?;
        return Ok(Outcome::Done);
    }
    for line in lines {
        writeln!(out, "{:<28} {:<24} ({})", line.name, line.value, line.origin)?;
    }
    Ok(Outcome::Done)
}

fn lines(settings: &Settings) -> Vec<json::SettingLine> {
    let path = |name: &str, setting: Option<&Setting<PathBuf>>, absent: &str| json::SettingLine {
        name: name.to_owned(),
        value: setting.map_or(absent.to_owned(), |s| s.value.display().to_string()),
        origin: setting.map_or("default".to_owned(), |s| s.origin.to_string()),
    };
    let wait = &settings.wait_seconds;
    let engine = settings.application_sqlite.as_ref();
    let mut lines = vec![
        path("database", settings.database.as_ref(), "not named"),
        path("vault", settings.vault.as_ref(), "<database>.lifeboat"),
        path("migrations", settings.migrations.as_ref(), "not named"),
        json::SettingLine {
            name: "application_sqlite".to_owned(),
            value: engine.map_or("not told".to_owned(), |s| s.value.clone()),
            origin: engine.map_or("default".to_owned(), |s| s.origin.to_string()),
        },
        json::SettingLine {
            name: "wait_seconds".to_owned(),
            value: wait.value.to_string(),
            origin: wait.origin.to_string(),
        },
    ];
    lines.extend(retention(&settings.retention));
    lines
}

fn retention(setting: &Setting<Policy>) -> Vec<json::SettingLine> {
    let line =
        |name: String, value: String| json::SettingLine { name, value, origin: setting.origin.to_string() };
    let mut lines = Vec::new();
    for (kind, rules) in &setting.value.rules {
        let numbers = [
            ("last", Some(rules.last)),
            ("hourly", Some(rules.hourly)),
            ("daily", Some(rules.daily)),
            ("weekly", Some(rules.weekly)),
            ("monthly", Some(rules.monthly)),
            ("age_days_max", rules.age_days_max),
            ("count_max", rules.count_max),
        ];
        for (name, value) in numbers {
            if let Some(value) = value.filter(|value| *value > 0) {
                lines.push(line(format!("retention.{kind}.{name}"), value.to_string()));
            }
        }
    }
    if let Some(bytes) = setting.value.total_bytes_max {
        lines.push(line("retention.total_bytes_max".to_owned(), bytes.to_string()));
    }
    lines
}
