//! `track`, `untrack` and `rules suggest`: every client's writes are written down from now on.

use crate::confirm;
use crate::context::Context;
use crate::exit::{Failure, Outcome};
use crate::json::track as documents;
use crate::rules::MergeFile;
use crate::{json, render};
use lifeboat::ProposedRule;
use lifeboat::domain::merge::TableDraft;

/// Rules as they are written, or as the schema proposes them: then they are written down first.
pub(super) async fn rules(context: &Context) -> Result<(Vec<TableDraft>, bool), Failure> {
    match &context.settings.merge {
        Some(merge) if merge.has_tables() => Ok((merge.drafts()?, false)),
        Some(_) | None => {
            let proposed = context.boat.propose_rules().await?;
            Ok((proposed.iter().map(ProposedRule::draft).collect(), true))
        }
    }
}

pub(crate) async fn track(context: &Context) -> Result<Outcome, Failure> {
    let (drafts, are_new) = rules(context).await?;
    let tracked = context.boat.track(&drafts, context.wait()).await?;
    let file = context.settings_file();
    if are_new {
        let text = MergeFile::of(&drafts).text();
        context.boat.append_settings(&file, &text)?;
    }
    let written = are_new.then(|| file.display().to_string());
    let body = documents::Track::new(&tracked, written.clone());
    context.document(&json::document("track", body))?;
    let tables = tracked.tracking.tables.len();
    context.say(match (tracked.began, tracked.mended.is_empty()) {
        (true, _) => format!("Tracking  {tables} tables, as replica {}", tracked.tracking.replica.short()),
        (false, true) => format!("Tracking  {tables} tables already; nothing had to be mended"),
        (false, false) => format!("Tracking  {tables} tables, brought up to date:"),
    })?;
    for fault in &tracked.mended {
        context.say(format!("          {fault}"))?;
    }
    if tracked.rewritten > 0 && !context.global.json {
        let rows = tracked.rewritten;
        render::warning(&format!("{rows} rows were written down anew: nobody knows which changed unseen"));
    }
    if let Some(written) = written {
        context.say(format!("Rules     written to {written}: read them before you merge"))?;
    }
    Ok(Outcome::warned_if(tracked.rewritten > 0))
}

pub(crate) async fn audit(context: &Context) -> Result<Outcome, Failure> {
    let (drafts, _) = rules(context).await?;
    let faults = context.boat.audit_tracking(&drafts).await?;
    context.document(&json::document("track-audit", documents::Audit::new(&faults)))?;
    if faults.is_empty() {
        context.say("Every table is tracked as the rules and the schema say")?;
    }
    for fault in &faults {
        context.say(fault.to_string())?;
    }
    if faults.iter().any(lifeboat::domain::tracking::TrackingFault::is_mended) {
        context.say(format!("Mend it: {}", context.typed("lifeboat track")))?;
    }
    Ok(Outcome::warned_if(!faults.is_empty()))
}

pub(crate) async fn untrack(context: &Context) -> Result<Outcome, Failure> {
    if let Some(tracking) = context.boat.tracking().await? {
        let lines = tracking.writes;
        let question =
            format!("Drop the journal of {lines} writes? Copies can then not be merged by it any more.");
        confirm::yes(&context.global, &question)?;
    }
    let was = context.boat.untrack(context.wait()).await?;
    context.document(&json::document("untrack", documents::Untrack::new(&was)))?;
    context.say(format!(
        "Not tracked any more: {} tables, {} writes dropped",
        was.tables.len(),
        was.writes
    ))?;
    Ok(Outcome::Done)
}

pub(crate) async fn suggest(context: &Context) -> Result<Outcome, Failure> {
    let proposed = context.boat.propose_rules().await?;
    context.document(&json::document("rules-suggest", documents::Suggest::new(&proposed)))?;
    for rule in &proposed {
        let reasons: Vec<String> = rule.suggestion.reasons.iter().map(ToString::to_string).collect();
        context.say(format!("# {}: {}", rule.shape.name, reasons.join("; ")))?;
        for index in &rule.shape.opaque {
            context
                .say(format!("# the unique index {index} cannot be a rule: a merge that breaks it stops"))?;
        }
        context.say(MergeFile::of(&[rule.draft()]).text())?;
    }
    Ok(Outcome::Done)
}
