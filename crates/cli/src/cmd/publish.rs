//! `publish`, `keys` and `update doctor`: a share from its publisher's side. No database is needed.

use crate::args::{Global, KeysAction, PublishArgs};
use crate::config::Settings;
use crate::exit::{Failure, Outcome};
use crate::json::update as documents;
use crate::updates::{scope, this_platform};
use crate::{json, render, typed, voice};
use lifeboat::domain::code::Code;
use lifeboat::trust::sign::Standing;
use lifeboat::{
    Basis, Ceremony, Health, KeyRing, Publishing, ReleaseOrder, Remedy, RootDraft, Rotation, Withdrawal,
};
use std::path::{Path, PathBuf};

/// What others read who find the share locked.
fn owner() -> String {
    let named = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let user = named("USER").or_else(|| named("USERNAME")).unwrap_or_else(|| "somebody".to_owned());
    let host = gethostname::gethostname().to_string_lossy().into_owned();
    format!("{user} on {host} (pid {})", std::process::id())
}

pub(crate) async fn publish(global: &Global, asked: &PublishArgs) -> Result<Outcome, Failure> {
    let settings = Settings::load(global)?.update;
    let ring = KeyRing::read(&settings.keys(asked.keys.as_deref())?)?;
    let share = settings.share(asked.share.as_deref())?;
    let publishing = Publishing::at(&share, &owner()).watched(voice::watch(global));
    let basis = if asked.from_memory { Basis::Memory } else { Basis::Share };
    let publishing = publishing.resting_on(basis);
    let publishing = if asked.take_over { publishing.taking_over() } else { publishing };
    let published = match (&asked.file, &asked.version) {
        (Some(file), Some(version)) => {
            let order = ReleaseOrder {
                file: file.clone(),
                version: version.clone(),
                channel: asked.channel.clone(),
                platform: asked.platform.clone().unwrap_or_else(this_platform),
                scope: scope(asked.scope),
                minimum: asked.minimum_version.clone(),
                rollout_percent: asked.rollout,
            };
            publishing.release(&ring, &order).await?
        }
        _ if asked.withdraw.is_some() => {
            let version = asked.withdraw.clone().expect("because it was just seen");
            let channel = asked.channel.clone();
            publishing
                .withdraw(&ring, &Withdrawal { version, channel, platform: asked.platform.clone() })
                .await?
        }
        _ if asked.refresh => publishing.refresh(&ring).await?,
        _ if asked.resign => publishing.resign(&ring).await?,
        _ => publishing.root(&ring, root_to_publish(asked)?).await?,
    };
    voice::document(global, &json::document("publish", documents::Publication::from(&published)))?;
    let what = match &published.release {
        Some(release) if published.was_there => {
            format!("{} again, {} %", release.version, release.rollout_percent)
        }
        Some(release) => format!(
            "{}  {}, {} %",
            release.version,
            render::size(release.size_bytes),
            release.rollout_percent
        ),
        None if asked.withdraw.is_some() => "without that version".to_owned(),
        None if asked.refresh => "signed again: nothing is new".to_owned(),
        None if asked.resign => "everything signed again".to_owned(),
        None => format!("root {}", published.root),
    };
    voice::say(global, &format!("Published {what}  (pointer {}, read back)", published.timestamp))?;
    Ok(Outcome::Done)
}

fn root_to_publish(asked: &PublishArgs) -> Result<Vec<u8>, Failure> {
    let path = asked.root.as_deref().expect("because the grammar demands one of the four");
    read(path)
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(path).map_err(|error| {
        let cause = format!("{} cannot be read ({error})", path.display());
        Failure::refused(Code::KeysMissing, cause, "name the root's file")
    })
}

pub(crate) fn keys(global: &Global, action: &KeysAction) -> Result<Outcome, Failure> {
    match action {
        KeysAction::Init { dir, threshold, of } => {
            init(global, dir, Ceremony { threshold: *threshold, of: *of })
        }
        KeysAction::Rotate { dir, role: _, lost: _, sign: Some(draft), current } => {
            let before = current_root(dir, current.as_deref(), Some(draft))?;
            tell_draft(global, &Publishing::cosign(dir, draft, &before)?)
        }
        KeysAction::Rotate { dir, role, lost, sign: None, current } => {
            let role = role.expect("because the grammar demands a role or a root to sign");
            let rotation = Rotation { role: role.into(), lost: lost.clone() };
            tell_draft(
                global,
                &Publishing::rotate_here(dir, &current_root(dir, current.as_deref(), None)?, &rotation)?,
            )
        }
    }
}

fn init(global: &Global, dir: &Path, ceremony: Ceremony) -> Result<Outcome, Failure> {
    let made = Publishing::init_keys_here(dir, ceremony)?;
    voice::document(global, &json::document("keys-init", documents::Keys::from(&made)))?;
    for file in &made.files {
        voice::say(global, &format!("Key       {}", file.display()))?;
    }
    voice::say(global, &format!("Root      {}  goes into the application", made.root.display()))?;
    let Ceremony { threshold, of } = ceremony;
    voice::say(
        global,
        &format!(
            "Next      take the {of} root keys off this machine, each to another place; {threshold} of them make the next root"
        ),
    )?;
    Ok(Outcome::Done)
}

fn tell_draft(global: &Global, draft: &RootDraft) -> Result<Outcome, Failure> {
    voice::document(global, &json::document("keys-rotate", documents::Keys::from(draft)))?;
    for file in &draft.files {
        voice::say(global, &format!("Key       {}", file.display()))?;
    }
    let path = draft.path.display().to_string();
    match draft.standing {
        Standing::Complete => {
            voice::say(global, &format!("Root      {path}  is completely signed"))?;
            voice::say(
                global,
                &format!("Next      {}", typed::command(&format!("lifeboat publish --root {path}"), global)),
            )?;
            Ok(Outcome::Done)
        }
        Standing::Waits { valid, needed, of_predecessor } => {
            let whose = if of_predecessor { "the root before it" } else { "its own" };
            voice::say(
                global,
                &format!("Root      {path}  is signed by {valid} of {needed} keys of {whose}"),
            )?;
            voice::say(
                global,
                &format!(
                    "Next      whoever has another key: lifeboat keys rotate DIR --sign {path} --current ROOT"
                ),
            )?;
            Ok(Outcome::Warned)
        }
    }
}

/// The root before: named, or the newest in the folder that is not the draft.
fn current_root(dir: &Path, named: Option<&Path>, but: Option<&Path>) -> Result<Vec<u8>, Failure> {
    if let Some(path) = named {
        return read(path);
    }
    let number = |path: &PathBuf| path.file_name()?.to_str()?.strip_suffix(".root.json")?.parse::<u64>().ok();
    let files = dir.read_dir().into_iter().flatten().flatten().map(|entry| entry.path());
    let draft = but.and_then(|path| path.canonicalize().ok());
    let others = files.filter(|path| draft.is_none() || path.canonicalize().ok() != draft);
    let newest = others.filter_map(|path| Some((number(&path)?, path))).max();
    read(&newest.map_or_else(|| dir.join("root.json"), |(_, path)| path))
}

pub(crate) async fn doctor(
    global: &Global,
    share: Option<&Path>,
    root: Option<&Path>,
) -> Result<Outcome, Failure> {
    let settings = Settings::load(global)?.update;
    let publishing = Publishing::at(&settings.share(share)?, &owner()).watched(voice::watch(global));
    let checks = publishing.examine(&settings.root(root)?).await;
    let lines = checks.iter().map(Into::into).collect();
    voice::document(global, &json::document("update-doctor", json::Doctor { checks: lines, bundle: None }))?;
    for check in &checks {
        let line = format!("{:<12} {:<18} {}", check.health.as_str(), check.id, check.finding);
        voice::say(global, line.trim_end())?;
        if let Some(mend) = check.mend.as_ref().map(Remedy::as_str) {
            voice::say(global, &format!("{:<12} {:<18} mend: {mend}", "", ""))?;
        }
    }
    Ok(Outcome::warned_if(checks.iter().any(|check| check.health == Health::Problem)))
}
