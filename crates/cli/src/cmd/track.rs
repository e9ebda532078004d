//! `track`, `untrack` and `rules suggest`: every client's writes are written down from now on.

use crate::confirm;
use crate::context::Context;
use crate::exit::{Failure, Outcome};
use crate::json::track as documents;
use crate::rules::MergeFile;
use crate::{json, render};
use lifeboat::CompactRequest;
use lifeboat::ProposedRule;
use lifeboat::domain::merge::TableDraft;
use lifeboat::ports::Compacted;

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

async fn compaction(context: &Context, forget: &[String]) -> Result<CompactRequest, Failure> {
    let (drafts, _) = rules(context).await?;
    Ok(CompactRequest { drafts, forget: forget.to_vec(), wait: context.wait() })
}

pub(crate) async fn plan_compaction(context: &Context, forget: &[String]) -> Result<Outcome, Failure> {
    let compacted = context.boat.plan_compaction(&compaction(context, forget).await?).await?;
    context.document(&json::document("compact-plan", documents::Compact::new(&compacted)))?;
    tell_compaction(context, "Would forget", &compacted)
}

pub(crate) async fn compact(context: &Context, forget: &[String]) -> Result<Outcome, Failure> {
    let request = compaction(context, forget).await?;
    let planned = context.boat.plan_compaction(&request).await?;
    if planned.lines + planned.tombstones > 0 {
        let (lines, rows) = (planned.lines, planned.tombstones);
        let question = format!(
            "Forget {lines} lines and {rows} deleted rows? A copy that nobody knows of could not be merged any more."
        );
        confirm::yes(&context.global, &question)?;
    }
    let compacted = context.boat.compact(&request).await?;
    context.document(&json::document("compact", documents::Compact::new(&compacted)))?;
    tell_compaction(context, "Forgot", &compacted)
}

fn tell_compaction(context: &Context, did: &str, compacted: &Compacted) -> Result<Outcome, Failure> {
    context.say(format!("{did} {} lines and {} deleted rows", compacted.lines, compacted.tombstones))?;
    if compacted.peers.is_empty() {
        context.say("No other copy is known: nothing is forgotten before one was merged.")?;
    }
    for peer in &compacted.peers {
        let lacks = match peer.lacks {
            0 => "has all".to_owned(),
            lacks => format!("is not known to have {lacks} writes"),
        };
        context.say(format!("copy      {} {lacks}", peer.replica.short()))?;
    }
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
