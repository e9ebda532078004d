//! `salvage`: brings what can be read out of a damaged database, into a new file.

use super::millis;
use crate::context::Context;
use crate::exit::{Failure, Outcome};
use crate::json::damage::Salvage;
use crate::{json, render};
use lifeboat::ports::LogReading;
use lifeboat::{SalvageOrder, SalvageReport, SalvageSource};
use std::path::Path;

pub(crate) async fn run(
    context: &Context,
    set: Option<String>,
    behind_damage: bool,
    to: &Path,
) -> Result<Outcome, Failure> {
    let source = set.map_or(SalvageSource::Live, SalvageSource::Quarantined);
    let log = if behind_damage { LogReading::BehindDamage } else { LogReading::AsEngine };
    let order = SalvageOrder { source, log, wait: context.wait() };
    let report = context.boat.salvage(&order, to).await?;
    context.document(&json::document("salvage", Salvage::new(&report, to, millis(report.took))))?;
    say(context, &report, to)?;
    Ok(Outcome::warned_if(!report.salvaged.is_whole()))
}

fn say(context: &Context, report: &SalvageReport, to: &Path) -> Result<(), Failure> {
    let salvaged = &report.salvaged;
    for table in &salvaged.tables {
        let had = report.rows_in_model(&table.table);
        let had = had.map_or(String::new(), |rows| format!(" (the newest point has {})", render::rows(rows)));
        let gap = if table.has_gap { ", a part could not be read" } else { "" };
        context.say(format!(
            "{:<24} {:>12} rows{had}{gap}",
            table.table.to_string(),
            render::rows(table.rows)
        ))?;
    }
    if salvaged.lost_rows > 0 {
        let rows = render::rows(salvaged.lost_rows);
        context.say(format!("{rows} rows have no place any more: they are in lifeboat_lost_rows"))?;
    }
    context.say(format!("Wrote {} in {} ms", to.display(), millis(report.took)))?;
    if context.global.json {
        return Ok(());
    }
    let warnings = [
        (salvaged.header_was_damaged, "the first bytes were damaged".to_owned()),
        (salvaged.schema_has_gap, "the list of tables could not be read whole".to_owned()),
        (
            salvaged.objects_from_model > 0,
            format!("{} definitions were taken from the newest restore point", salvaged.objects_from_model),
        ),
        (salvaged.damaged_pages > 0, format!("{} pages hold nothing that reads", salvaged.damaged_pages)),
        (
            salvaged.damaged_cells > 0,
            format!("{} rows on readable pages do not read", salvaged.damaged_cells),
        ),
        (
            salvaged.unread_commits > 0,
            format!(
                "{} commits of the log are not read by the engine; `--behind-damage` reads them",
                salvaged.unread_commits
            ),
        ),
        (
            !salvaged.not_restored.is_empty(),
            format!("could not be made again: {}", salvaged.not_restored.join(", ")),
        ),
        (report.orphan_rows > 0, format!("{} rows have no parent any more", report.orphan_rows)),
    ];
    for (holds, words) in warnings {
        if holds {
            render::warning(&words);
        }
    }
    Ok(())
}
