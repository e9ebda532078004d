//! `show`: one restore point in full.

use crate::context::Context;
use crate::exit::{Failure, Outcome};
use crate::{json, render};

pub(crate) async fn run(context: &Context, word: &str) -> Result<Outcome, Failure> {
    let point = context.boat.find(word).await?;
    let path = context.boat.point_path(&point).display().to_string();
    context.document(&json::document("show", json::Show { point: (&point).into(), path: path.clone() }))?;
    let facts = &point.facts;
    let mut lines = vec![
        format!("Restore point {}", point.id),
        format!("  kind      {}", point.kind),
        format!("  taken     {} ({})", point.created, render::age(point.created, context.boat.now())),
        format!("  file      {path}"),
        format!(
            "  size      {}, {} pages of {} bytes",
            render::size(point.size_bytes),
            facts.page_count,
            facts.page_size
        ),
        format!("  digest    {}", point.digest),
        format!("  verified  {} at {}", render::proof(&point), point.trust.at),
        format!("  schema    version {}, application id {}", facts.user_version, facts.application_id),
        format!("  written   by Lifeboat {} with SQLite {}", point.lifeboat_version, facts.engine_version),
    ];
    if let Some(note) = &point.note {
        lines.insert(2, format!("  note      {note}"));
    }
    if let Some(version) = &point.app_version {
        lines.push(format!("  app       version {version}"));
    }
    for orphans in &point.findings.orphans {
        lines.push(format!(
            "  finding   {} rows of {} have no {}",
            orphans.rows, orphans.table, orphans.parent
        ));
    }
    for gap in &point.not_checked {
        lines.push(format!("  not checked: {} of {} ({})", gap.check, gap.subject, gap.reason));
    }
    for table in &facts.tables {
        let rows = table.rows.map_or("not counted".to_owned(), render::rows);
        lines.push(format!("  table     {} {rows}", table.table));
    }
    context.say(lines.join("\n"))?;
    Ok(Outcome::Done)
}
