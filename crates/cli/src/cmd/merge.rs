//! `merge plan`, `merge apply`, `dedupe plan`, `dedupe apply`, `conflicts`, `resolve`.

use super::say_recovered;
use crate::context::Context;
use crate::exit::{Failure, Outcome};
use crate::json::merge as documents;
use crate::rules::MergeFile;
use crate::{confirm, json, render};
use lifeboat::Migrations;
use lifeboat::domain::code::Code;
use lifeboat::domain::merge::TableDraft;
use lifeboat::domain::value::Value;
use lifeboat::ports::{Choice, FutureClock, OpenConflict, Told};
use lifeboat::{Compared, DedupeRequest, MergeOutcome, MergeRequest};
use std::path::Path;

/// Lines of a report that are printed; all of them are in the document.
const LINES: usize = 20;

fn drafts(context: &Context) -> Result<Vec<TableDraft>, Failure> {
    match &context.settings.merge {
        Some(merge) => merge.drafts(),
        None => Err(Failure::refused(
            Code::NotTracked,
            "there are no rules of merging in lifeboat.toml",
            "begin to track, which writes them: `lifeboat track`",
        )),
    }
}

/// Which copy, and what is known of the two.
pub(crate) struct Other<'a> {
    pub(crate) file: &'a Path,
    pub(crate) base: Option<&'a str>,
    pub(crate) believe_clock: bool,
}

/// Without rules those count that the schema proposes; a tracked database has some.
async fn request(context: &Context, other: Other<'_>) -> Result<MergeRequest, Failure> {
    let clock = if other.believe_clock { FutureClock::Believe } else { FutureClock::Stop };
    let (drafts, _) = super::track::rules(context).await?;
    let base = other.base.map(str::to_owned);
    let checks = context.settings.merge.as_ref().map(MergeFile::checks).unwrap_or_default();
    let (other, wait) = (other.file.to_path_buf(), context.wait());
    let mut request = MergeRequest::of(other, drafts, wait);
    (request.base, request.checks, request.clock) = (base, checks, clock);
    let folder = context.settings.migrations.as_ref().filter(|folder| folder.value.is_dir());
    request.migrations = folder.map(|folder| Migrations::from_dir(&folder.value)).transpose()?;
    Ok(request)
}

pub(crate) async fn plan(context: &Context, other: Other<'_>) -> Result<Outcome, Failure> {
    let outcome = context.boat.plan_merge(&request(context, other).await?).await?;
    context.document(&json::document("merge-plan", documents::Merge::new(&outcome, true)))?;
    tell(context, &outcome, "Would write")?;
    context.say("Nothing was changed.")?;
    Ok(judge(&outcome))
}

pub(crate) async fn apply(context: &Context, other: Other<'_>) -> Result<Outcome, Failure> {
    let outcome = context.boat.merge(&request(context, other).await?).await?;
    context.document(&json::document("merge", documents::Merge::new(&outcome, false)))?;
    say_recovered(context, outcome.recovered.as_ref());
    tell(context, &outcome, "Wrote")?;
    say_way_back(context, &outcome)?;
    Ok(judge(&outcome))
}

async fn duplicates(context: &Context) -> Result<DedupeRequest, Failure> {
    let (drafts, _) = super::track::rules(context).await?;
    let checks = context.settings.merge.as_ref().map(MergeFile::checks).unwrap_or_default();
    Ok(DedupeRequest { drafts, checks, wait: context.wait() })
}

pub(crate) async fn plan_dedupe(context: &Context) -> Result<Outcome, Failure> {
    let outcome = context.boat.plan_dedupe(&duplicates(context).await?).await?;
    context.document(&json::document("dedupe-plan", documents::Merge::new(&outcome, true)))?;
    tell_united(context, &outcome)?;
    context.say("Nothing was changed.")?;
    Ok(judge(&outcome))
}

pub(crate) async fn dedupe(context: &Context) -> Result<Outcome, Failure> {
    let request = duplicates(context).await?;
    confirm::yes(&context.global, "Unite the rows that `lifeboat dedupe plan` shows?")?;
    let outcome = context.boat.dedupe(&request).await?;
    context.document(&json::document("dedupe", documents::Merge::new(&outcome, false)))?;
    say_recovered(context, outcome.recovered.as_ref());
    tell_united(context, &outcome)?;
    say_way_back(context, &outcome)?;
    Ok(judge(&outcome))
}

fn tell_united(context: &Context, outcome: &MergeOutcome) -> Result<(), Failure> {
    let told = &outcome.report.told;
    let united = told.iter().filter(|one| matches!(one, Told::United { .. })).count();
    context.say(match united {
        0 => "No two rows share a natural key.".to_owned(),
        _ => format!("{united} rows are one thing with another; {} rows are written", outcome.report.rows),
    })?;
    tell_lines(context, outcome)
}

fn say_way_back(context: &Context, outcome: &MergeOutcome) -> Result<(), Failure> {
    let Some(point) = &outcome.restore_point else { return Ok(()) };
    let undo = context.typed("lifeboat undo");
    context.say(format!("Before    restore point {}; to go back: {undo}", point.id.short()))
}

fn tell(context: &Context, outcome: &MergeOutcome, verb: &str) -> Result<(), Failure> {
    let report = &outcome.report;
    match &outcome.compared {
        _ if report.rows == 0 && (report.lines == 0 || outcome.compared != Compared::ByJournals) => {
            context.say("Nothing new: of what travels this database has all that the other one has.")?;
        }
        Compared::ByJournals => {
            context
                .say(format!("{verb} {} rows; {} writes of others are known", report.rows, report.lines))?;
        }
        Compared::Since(base) => {
            context.say(format!("{verb} {} rows, by what changed since {base}", report.rows))?;
        }
        Compared::Beside => {
            context.say(format!(
                "{verb} {} rows; no common state is known, so nothing was taken for deleted",
                report.rows
            ))?;
        }
    }
    tell_lines(context, outcome)?;
    let open = report.told.iter().filter(|told| matches!(told, Told::Conflict(_))).count();
    if open > 0 && !context.global.json {
        let next = match outcome.compared {
            Compared::ByJournals => context.typed("lifeboat conflicts"),
            Compared::Since(_) | Compared::Beside => "ours stays until you write something else".to_owned(),
        };
        render::warning(&format!("{open} conflicts await a decision: {next}"));
    }
    Ok(())
}

fn tell_lines(context: &Context, outcome: &MergeOutcome) -> Result<(), Failure> {
    let report = &outcome.report;
    for fault in outcome.mended.iter().filter(|_| !context.global.json) {
        render::warning(&format!("mended: {fault}"));
    }
    for table in outcome.left.iter().filter(|_| !context.global.json) {
        render::warning(&format!(
            "{table} is not the same in both, and its rows do not travel: `lifeboat rules suggest` says why"
        ));
    }
    for told in report.told.iter().take(LINES) {
        context.say(format!("  {}", documents::detail(told)))?;
    }
    if report.told.len() > LINES {
        context.say(format!("  and {} more: `--json` has all", report.told.len() - LINES))?;
    }
    Ok(())
}

fn judge(outcome: &MergeOutcome) -> Outcome {
    let told = &outcome.report.told;
    match told.iter().any(|one| matches!(one, Told::Conflict(_))) {
        true => Outcome::Undecided,
        false => Outcome::warned_if(
            !outcome.mended.is_empty()
                || !outcome.left.is_empty()
                || told.iter().any(|one| !matches!(one, Told::Renumbered { .. })),
        ),
    }
}

pub(crate) async fn conflicts(context: &Context) -> Result<Outcome, Failure> {
    let open = context.boat.conflicts(&drafts(context)?).await?;
    let body = documents::Conflicts { conflicts: open.iter().map(Into::into).collect() };
    context.document(&json::document("conflicts", body))?;
    for conflict in &open {
        say_conflict(context, conflict)?;
    }
    context.say(match open.len() {
        0 => "Nothing is to be decided.".to_owned(),
        _ => format!("Decide: {}", context.typed("lifeboat resolve ID --ours | --theirs | --value JSON")),
    })?;
    Ok(if open.is_empty() { Outcome::Done } else { Outcome::Undecided })
}

fn say_conflict(context: &Context, conflict: &OpenConflict) -> Result<(), Failure> {
    let what = conflict.field.as_ref().map_or_else(|| "whether it is there".to_owned(), ToString::to_string);
    context.say(format!("{}  {}: {what}", conflict.id, documents::name(&conflict.row)))?;
    for (at, version) in conflict.versions.iter().enumerate() {
        let side = if version.ours { "ours  " } else { "theirs" };
        let shown = if at == 0 { "  (shown)" } else { "" };
        let when = documents::when(version.clock.hlc.millis()).unwrap_or_default();
        context.say(format!("          {side}  {}  {when}{shown}", documents::value(&version.value)))?;
    }
    Ok(())
}

/// What is asked for.
pub(crate) struct Asked<'a> {
    pub(crate) ids: &'a [String],
    pub(crate) all_like: Option<&'a str>,
    /// `column=ours|theirs|JSON`, of the row that the one id is about.
    pub(crate) fields: &'a [String],
    pub(crate) choice: Choice,
}

pub(crate) async fn resolve(context: &Context, asked: Asked<'_>) -> Result<Outcome, Failure> {
    let drafts = drafts(context)?;
    if !asked.fields.is_empty() {
        return resolve_fields(context, &asked, &drafts).await;
    }
    let mut ids = asked.ids.to_vec();
    if let Some(like) = asked.all_like {
        let open = context.boat.conflicts(&drafts).await?;
        let is_like = |conflict: &&OpenConflict| kind_of(conflict).eq_ignore_ascii_case(like);
        ids.extend(open.iter().filter(is_like).map(|conflict| conflict.id.clone()));
        if ids.is_empty() {
            let cause = format!("no open conflict is of the kind {like}");
            return Err(Failure::refused(Code::ConflictUnknown, cause, "see all: `lifeboat conflicts`"));
        }
        confirm::yes(&context.global, &format!("Decide {} conflicts of {like} alike?", ids.len()))?;
    }
    let mut resolved = Vec::new();
    for id in &ids {
        let conflict = context.boat.resolve(id, asked.choice.clone(), &drafts, context.wait()).await?;
        context.say(format!("Decided   {}  {}", conflict.id, documents::name(&conflict.row)))?;
        resolved.push(documents::Conflict::from(&conflict));
    }
    context.document(&json::document("resolve", documents::Resolved { resolved }))?;
    if ids.is_empty() {
        context.say("Nothing is to be decided.")?;
    }
    Ok(Outcome::Done)
}

/// Columns of one row, each in its way.
async fn resolve_fields(
    context: &Context,
    asked: &Asked<'_>,
    drafts: &[TableDraft],
) -> Result<Outcome, Failure> {
    let open = context.boat.conflicts(drafts).await?;
    let unknown = |cause| Failure::refused(Code::ConflictUnknown, cause, "see all: `lifeboat conflicts`");
    let id = &asked.ids[0];
    let about = open.iter().find(|conflict| conflict.id == *id);
    let about = about.ok_or_else(|| unknown(format!("there is no open conflict {id}")))?;
    let mut chosen = Vec::new();
    for field in asked.fields {
        let (column, word) = field.split_once('=').unwrap_or((field, ""));
        let is_it = |one: &&OpenConflict| {
            one.row == about.row
                && one.field.as_ref().is_some_and(|f| f.as_str().eq_ignore_ascii_case(column))
        };
        let found = open.iter().find(is_it);
        let cause = || format!("{} of {} is not to be decided", column, documents::name(&about.row));
        let choice = match word {
            "ours" => Choice::Ours,
            "theirs" => Choice::Theirs,
            json => Choice::Value(value(json)),
        };
        let found = found.ok_or_else(|| unknown(cause()))?;
        if chosen.iter().any(|(known, _): &(&OpenConflict, Choice)| known.id == found.id) {
            let cause = format!("{column} is decided twice");
            return Err(Failure::refused(Code::ResolutionRefused, cause, "say once what it is to be"));
        }
        chosen.push((found, choice));
    }
    let mut resolved = Vec::new();
    for (conflict, choice) in chosen {
        let conflict = context.boat.resolve(&conflict.id, choice, drafts, context.wait()).await?;
        context.say(format!("Decided   {}  {}", conflict.id, documents::name(&conflict.row)))?;
        resolved.push(documents::Conflict::from(&conflict));
    }
    context.document(&json::document("resolve", documents::Resolved { resolved }))?;
    Ok(Outcome::Done)
}

/// `table.column`, or `table` where it is about rows as a whole.
fn kind_of(conflict: &OpenConflict) -> String {
    let table = &conflict.row.table;
    conflict.field.as_ref().map_or_else(|| table.to_string(), |field| format!("{table}.{field}"))
}

/// A value as JSON spells it: `12`, `1.5`, `"text"`, `null`; what is no JSON is text.
pub(crate) fn value(text: &str) -> Value {
    match serde_json::from_str::<serde_json::Value>(text) {
        Ok(serde_json::Value::Null) => Value::Null,
        Ok(serde_json::Value::Number(number)) => match number.as_i64() {
            Some(whole) => Value::Integer(whole),
            None => Value::Real(number.as_f64().unwrap_or_default()),
        },
        Ok(serde_json::Value::Bool(yes)) => Value::Integer(i64::from(yes)),
        Ok(serde_json::Value::String(text)) => Value::Text(text),
        _ => Value::Text(text.to_owned()),
    }
}
