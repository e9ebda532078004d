//! `backup`: takes a verified restore point.

use super::{millis, say_recovered};
use crate::context::Context;
use crate::exit::{Failure, Outcome};
use crate::{json, render};
use lifeboat::domain::kind::PointKind;
use lifeboat::{BackupOrder, BackupReport, Limits};

pub(crate) struct Order {
    pub(crate) note: Option<String>,
    pub(crate) app_version: Option<String>,
    pub(crate) scheduled: bool,
}

pub(crate) async fn run(context: &Context, order: Order) -> Result<Outcome, Failure> {
    let kind = if order.scheduled { PointKind::Scheduled } else { PointKind::Manual };
    let limits = Limits { wait: context.wait(), ..Limits::default() };
    let order = BackupOrder { kind, note: order.note, app_version: order.app_version, limits };
    let report = context.boat.backup(order).await?;
    render(context, &report)?;
    Ok(Outcome::warned_if(report.has_warnings()))
}

fn render(context: &Context, report: &BackupReport) -> Result<(), Failure> {
    let point = &report.point;
    context.document(&json::document(
        "backup",
        json::Backup {
            point: point.into(),
            took_ms: millis(report.took),
            wal_growth_bytes: report.wal_growth_bytes,
            recovered: report.recovered.as_ref().map(Into::into),
        },
    ))?;
    say_recovered(context, report.recovered.as_ref());
    let facts = &point.facts;
    context.say(format!(
        "Restore point {} of {}: {} in {} ms",
        point.id.short(),
        point.database,
        render::size(point.size_bytes),
        millis(report.took)
    ))?;
    if !point.suspect {
        context.say(format!(
            "Proven: every byte read back, {} pages sound, {} tables with {} rows as in the source",
            render::rows(facts.page_count),
            facts.tables.len(),
            render::rows(facts.rows())
        ))?;
    }
    if context.global.json {
        return Ok(());
    }
    if point.suspect {
        render::warning(
            "the database is damaged; this point is kept as suspect and older ones are untouched",
        );
        render::warning("go back to a sound state: `lifeboat restore latest`");
    }
    let orphans = point.findings.orphan_rows();
    if orphans > 0 {
        context.say(format!("Note: {} rows have no parent, in the source too", render::rows(orphans)))?;
    }
    for gap in &point.not_checked {
        render::warning(&format!("not checked: {} of {} ({})", gap.check, gap.subject, gap.reason));
    }
    Ok(())
}
