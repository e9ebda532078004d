//! `update`: looks, fetches, hands over, tells.

use crate::args::{UpdateAction, UpdateArgs};
use crate::context::Context;
use crate::exit::{Failure, Outcome};
use crate::json::update as documents;
use crate::updates::Needs;
use crate::{confirm, json, render, typed};
use lifeboat::domain::update::{Offer, Settled};
use lifeboat::{ApplyOrder, OldMetadata, UpdateStatus, Updates};

pub(crate) async fn run(
    context: &Context,
    of: &UpdateArgs,
    action: &UpdateAction,
) -> Result<Outcome, Failure> {
    let settings = &context.settings.update;
    let needs = match action {
        UpdateAction::Check | UpdateAction::Fetch | UpdateAction::Doctor { .. } => Needs::Share,
        UpdateAction::Apply { .. } => Needs::Root,
        UpdateAction::Status | UpdateAction::Repair => Needs::Nothing,
    };
    let share = match settings.share(of.from.as_deref()) {
        Err(failure) if needs == Needs::Share => return Err(failure),
        share => share.unwrap_or_default(),
    };
    let context = &Seat { context, of };
    let updates = context.boat.updates(&share, settings.client(of, needs)?);
    let old = if of.accept_old { OldMetadata::Accept } else { OldMetadata::Refuse };
    match action {
        UpdateAction::Check => check(context, &updates, old).await,
        UpdateAction::Fetch => fetch(context, &updates, old).await,
        UpdateAction::Apply { dry_run: true } => plan(context, &updates).await,
        UpdateAction::Apply { dry_run: false } => apply(context, &updates).await,
        UpdateAction::Status => status(context, &updates).await,
        UpdateAction::Repair => repair(context, &updates).await,
        UpdateAction::Doctor { .. } => unreachable!("because it needs no database and went another way"),
    }
}

/// A context, and the flags that a command to be typed repeats.
struct Seat<'a> {
    context: &'a Context,
    of: &'a UpdateArgs,
}

impl std::ops::Deref for Seat<'_> {
    type Target = Context;

    fn deref(&self) -> &Context {
        self.context
    }
}

impl Seat<'_> {
    /// A command as it can be typed where the reader stands.
    fn typed(&self, words: &str) -> String {
        let mut typed = self.context.typed(words);
        let version = self.of.app_version.as_ref().map(ToString::to_string);
        let paths = [("--from", &self.of.from), ("--root", &self.of.root)];
        let paths =
            paths.into_iter().filter_map(|(name, path)| Some((name, path.as_ref()?.display().to_string())));
        for (name, value) in paths.chain(version.map(|version| ("--app-version", version))) {
            if words.contains(" update ") {
                typed = format!("{typed} {name} {}", typed::quoted(&value));
            }
        }
        typed
    }
}

async fn check(context: &Seat<'_>, updates: &Updates, old: OldMetadata) -> Result<Outcome, Failure> {
    let report = updates.check(old).await?;
    context.document(&json::document("update-check", documents::Checked::from(&report)))?;
    tell_settled(context, report.settled)?;
    tell_offer(context, &report.offer)?;
    tell_stale(context, report.stale_since);
    if !report.clashing.is_empty() && !context.global.json {
        let versions: Vec<String> = report.clashing.iter().map(ToString::to_string).collect();
        render::warning(&format!(
            "not believed, because they stood for other bytes before: {}",
            versions.join(", ")
        ));
    }
    if report.memory_mended && !context.global.json {
        render::warning("one of the two copies of what was seen before was lost, and was written again");
    }
    Ok(Outcome::warned_if(report.has_warnings()))
}

async fn fetch(context: &Seat<'_>, updates: &Updates, old: OldMetadata) -> Result<Outcome, Failure> {
    let report = updates.fetch(old).await?;
    context.document(&json::document("update-fetch", documents::Brought::from(&report)))?;
    tell_stale(context, report.stale_since);
    let other_scope = matches!(report.offer, Offer::OtherScope { .. });
    let warned = Outcome::warned_if(report.stale_since.is_some() || other_scope);
    let Some(fetched) = &report.fetched else {
        tell_offer(context, &report.offer)?;
        return Ok(warned);
    };
    let how = match (report.was_here, report.resumed_from) {
        (true, _) => "was here already",
        (false, 0) => "fetched and verified",
        (false, _) => "fetched on from where it stopped, and verified",
    };
    context.say(format!("Release   {}  {}, {how}", fetched.version, render::size(fetched.size_bytes)))?;
    context.say(format!("Next      {}", context.typed("lifeboat update apply")))?;
    Ok(warned)
}

async fn plan(context: &Seat<'_>, updates: &Updates) -> Result<Outcome, Failure> {
    let plan = updates.plan_apply().await?;
    context.document(&json::document("update-plan", documents::Plan::from(&plan)))?;
    context.say(format!("Update    {} -> {}", plan.from, plan.fetched.version))?;
    context.say(format!("Proven    {} is the signed file", plan.fetched.file))?;
    let words = std::iter::once(&plan.launch.program).chain(&plan.launch.arguments).chain(&plan.launch.tail);
    context.say(format!("Would run {}", words.map(String::as_str).collect::<Vec<_>>().join(" ")))?;
    context.say("after a restore point. Nothing was started.")?;
    Ok(Outcome::Done)
}

async fn apply(context: &Seat<'_>, updates: &Updates) -> Result<Outcome, Failure> {
    let plan = updates.plan_apply().await?;
    let question = format!("Update {} to {}?", plan.from, plan.fetched.version);
    confirm::yes(&context.global, &question)?;
    let order = if context.settings.update.waits() { ApplyOrder::Wait } else { ApplyOrder::LetGo };
    let applied = updates.apply(order).await?;
    context.document(&json::document("update-apply", documents::HandedOver::from(&applied)))?;
    context.say(format!("Point     {}  taken before the update", applied.point.id.short()))?;
    context.say(match applied.ended {
        true => format!(
            "Installed {} -> {}; the next start of the application confirms it",
            applied.from, applied.to
        ),
        false => format!(
            "Handed    {} -> {}: the installer runs; the next start confirms it",
            applied.from, applied.to
        ),
    })?;
    Ok(Outcome::Done)
}

async fn status(context: &Seat<'_>, updates: &Updates) -> Result<Outcome, Failure> {
    // What the running version says of a hand-over is written down before it is shown.
    let settled = updates.confirm().await?;
    let status = updates.status().await?;
    context.document(&json::document("update-status", documents::Status::from(&status)))?;
    context.say(format!("Running   {}", status.running))?;
    match &status.last_check {
        None => context.say("Checked   never")?,
        Some(check) => context.say(format!("Checked   {}  {}", check.at, check.outcome))?,
    }
    if let Some(fetched) = &status.fetched {
        context.say(format!("Fetched   {}  {}", fetched.version, render::size(fetched.size_bytes)))?;
    }
    tell_settled(context, settled.or(status.hand_over.as_ref().map(|(_, settled)| *settled)))?;
    tell_way_back(context, &status)?;
    Ok(Outcome::warned_if(status.has_warnings()))
}

fn tell_way_back(context: &Seat<'_>, status: &UpdateStatus) -> Result<(), Failure> {
    if let Some((hand_over, settled)) = &status.hand_over
        && *settled != Settled::Confirmed
    {
        let restore = format!("lifeboat restore {}", hand_over.point.short());
        context.say(format!(
            "Point     {}  from before; if the data is not as it was: {}",
            hand_over.point.short(),
            context.typed(&restore)
        ))?;
    }
    let Some(back) = &status.way_back else { return Ok(()) };
    let installer = context.boat.work_folder().join("updates/artifacts").join(&back.installer);
    let restore = context.typed(&format!("lifeboat restore {}", back.point.short()));
    context.say(format!("Back      {}: run {}, then {restore}", back.version, installer.display()))
}

async fn repair(context: &Seat<'_>, updates: &Updates) -> Result<Outcome, Failure> {
    if !updates.is_in_need_of_repair().await? {
        let body = documents::Repaired { set_aside: Vec::new(), record_begun_anew: false };
        context.document(&json::document("update-repair", body))?;
        context.say("Nothing is to be repaired")?;
        return Ok(Outcome::Done);
    }
    let question = "Forget what was seen of the share? Until the next look, whoever can write there could offer an older release than the newest; \
                    nothing at or below the running version is ever offered.";
    confirm::yes(&context.global, question)?;
    let repaired = updates.repair().await?;
    let body = documents::Repaired {
        set_aside: repaired.set_aside.clone(),
        record_begun_anew: repaired.record_begun_anew,
    };
    context.document(&json::document("update-repair", body))?;
    context.say(format!("Repaired  set aside: {}", repaired.set_aside.join(", ")))?;
    context.say(format!("Next      {}", context.typed("lifeboat update check")))?;
    Ok(Outcome::Done)
}

fn tell_offer(context: &Seat<'_>, offer: &Offer) -> Result<(), Failure> {
    match offer {
        Offer::NothingNew => context.say("Nothing new"),
        Offer::HeldBack { release } => context.say(format!(
            "Release   {} is out for {} % of installations; it is not this one's turn yet",
            release.version, release.rollout_percent
        )),
        Offer::Available { release } => {
            context.say(format!("Release   {}  {}", release.version, render::size(release.size_bytes)))?;
            context.say(format!("Next      {}", context.typed("lifeboat update fetch")))
        }
        Offer::Required { release, minimum } => {
            context.say(format!("Release   {}  {}", release.version, render::size(release.size_bytes)))?;
            context.say(format!(
                "Required  versions below {minimum} must update: {}",
                context.typed("lifeboat update fetch")
            ))
        }
        Offer::OtherScope { version, scope } => {
            if !context.global.json {
                render::warning(&format!(
                    "release {version} installs {scope}; this application is installed otherwise, and an update never changes that"
                ));
            }
            Ok(())
        }
    }
}

fn tell_stale(context: &Seat<'_>, since: Option<lifeboat::trust::UtcSeconds>) {
    if let Some(since) = since
        && !context.global.json
    {
        render::warning(&format!(
            "that this is the newest is not proven since {since}: the share was not signed again"
        ));
    }
}

fn tell_settled(context: &Seat<'_>, settled: Option<Settled>) -> Result<(), Failure> {
    let Some(settled) = settled else { return Ok(()) };
    let again = context.typed("lifeboat update apply");
    let says = match settled {
        Settled::Confirmed => return context.say("Updated   the new version runs"),
        Settled::NotStarted => {
            format!("the last update was prepared and its installer not started; again: {again}")
        }
        Settled::Unfinished => format!(
            "the last update's installer did not tell how it ended, and the old version runs; again: {again}"
        ),
        Settled::Failed { status: Some(status) } => {
            format!(
                "the last update's installer ended with status {status}, and the old version runs; again: {again}"
            )
        }
        Settled::Failed { status: None } => {
            format!("the last update's installer was stopped, and the old version runs; again: {again}")
        }
        Settled::NoEffect => {
            format!("the last update's installer ended well, and the old version runs; again: {again}")
        }
        Settled::Elsewhere => "a version runs that the last update neither left nor led to".to_owned(),
    };
    if !context.global.json {
        render::warning(&says);
    }
    Ok(())
}
