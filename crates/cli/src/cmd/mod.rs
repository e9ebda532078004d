//! One file per verb: calls a use case and renders its result.

mod adopt;
mod backup;
mod bundle;
mod completions;
mod config;
mod demo;
mod doctor;
mod forget;
mod guard;
mod init;
mod list;
mod maintain;
mod man;
mod merge;
mod migrate;
mod paths;
mod prune;
mod publish;
mod quarantine;
mod relocate;
mod repair;
mod restore;
mod salvage;
mod show;
mod status;
mod track;
mod undo;
mod update;
mod verify;

use crate::args::{
    Args, ConfigAction, DedupeAction, MergeAction, MigrateAction, RulesAction, UpdateAction, Verb,
};
use crate::context::Context;
use crate::exit::{Failure, Outcome};
use crate::render;
use lifeboat::Recovery;
use lifeboat::ports::Choice;

/// Runs the verb.
pub(crate) async fn run(args: &Args) -> Result<Outcome, Failure> {
    let open = || Context::open(&args.global);
    match &args.verb {
        Verb::Init { file } => init::run(&args.global, file.as_deref()).await,
        Verb::Status => status::run(&open()?).await,
        Verb::Backup { note, app_version, scheduled } => {
            let order =
                backup::Order { note: note.clone(), app_version: app_version.clone(), scheduled: *scheduled };
            backup::run(&open()?, order).await
        }
        Verb::List => list::run(&open()?).await,
        Verb::Show { id } => show::run(&open()?, id).await,
        Verb::Verify { id, drill, .. } => verify::run(&open()?, id.as_deref(), *drill).await,
        Verb::Restore { id, to: Some(to), .. } => restore::to_file(&open()?, id, to).await,
        Verb::Restore { id, to: None, dry_run: true } => restore::plan(&open()?, id).await,
        Verb::Restore { id, to: None, dry_run: false } => restore::run(&open()?, id).await,
        Verb::Undo { dry_run } => undo::run(&open()?, *dry_run).await,
        Verb::Forget { ids, dry_run } => forget::run(&open()?, ids, *dry_run).await,
        Verb::Prune { dry_run } => prune::run(&open()?, *dry_run).await,
        Verb::Migrate { action, dir, app_version } => {
            let action = match action {
                MigrateAction::New { name } => return migrate::new(&args.global, dir.as_deref(), name),
                MigrateAction::Adopt { from, at, baseline, dry_run } => {
                    let asked = adopt::Asked {
                        from: from.clone(),
                        at: *at,
                        baseline: baseline.clone(),
                        dry_run: *dry_run,
                        app_version: app_version.clone(),
                    };
                    return adopt::run(&open()?, dir.as_deref(), asked).await;
                }
                MigrateAction::Status => migrate::Action::Status,
                MigrateAction::Plan { retry } => migrate::Action::Plan { retry: *retry },
                MigrateAction::Apply { retry } => migrate::Action::Apply { retry: *retry },
            };
            migrate::run(&open()?, action, dir.as_deref(), app_version.as_deref()).await
        }
        Verb::Guard { note, command } => guard::run(&open()?, note.clone(), command).await,
        Verb::Doctor { deep, bundle, with_names, application_sqlite } => {
            let names = if *with_names { bundle::Names::Kept } else { bundle::Names::Replaced };
            let (bundle, application_sqlite) = (bundle.clone(), application_sqlite.clone());
            let order = doctor::Order { deep: *deep, bundle, names, application_sqlite };
            doctor::run(&open()?, &order).await
        }
        Verb::Quarantine { dry_run } => quarantine::run(&open()?, *dry_run).await,
        Verb::Salvage { set, to, behind_damage } => {
            salvage::run(&open()?, set.clone(), *behind_damage, to).await
        }
        Verb::Repair { dry_run } => repair::run(&open()?, *dry_run).await,
        Verb::Publish(_) | Verb::Keys { .. } | Verb::Update { .. } => releases(args).await,
        Verb::Maintain => maintain::run(&open()?).await,
        Verb::Track { .. }
        | Verb::Untrack
        | Verb::Rules { .. }
        | Verb::Merge { .. }
        | Verb::Conflicts
        | Verb::Dedupe { .. }
        | Verb::Resolve { .. } => copies(&args.verb, &open()?).await,
        Verb::Relocate { to: Some(to), dry_run, .. } => relocate::run(&open()?, to, *dry_run).await,
        Verb::Relocate { to: None, .. } => relocate::confirm(&open()?).await,
        Verb::Paths { app } => paths::run(&open()?, app.as_deref()),
        Verb::Config { action: ConfigAction::Show } => config::show(&args.global),
        Verb::Demo { .. } => demonstrate(args).await,
        Verb::Completions { shell } => completions::run(*shell),
        Verb::Man { dir } => man::run(dir.as_deref()),
    }
}

/// Verbs about releases: what lies on a share, and what is made of it here.
async fn releases(args: &Args) -> Result<Outcome, Failure> {
    match &args.verb {
        Verb::Publish(asked) => publish::publish(&args.global, asked).await,
        Verb::Keys { action } => publish::keys(&args.global, action),
        Verb::Update { of, action: UpdateAction::Doctor { share } } => {
            let share = share.as_deref().or(of.from.as_deref());
            publish::doctor(&args.global, share, of.root.as_deref()).await
        }
        Verb::Update { of, action } => update::run(&Context::open(&args.global)?, of, action).await,
        _ => unreachable!("because only releases come here"),
    }
}

/// The demonstration, and the parts of it that it starts as processes of their own.
async fn demonstrate(args: &Args) -> Result<Outcome, Failure> {
    match &args.verb {
        Verb::Demo { seller: Some(database), .. } => demo::sell(database),
        Verb::Demo { build: Some(database), mib, .. } => demo::build_shop(database, mib.unwrap_or(1)),
        Verb::Demo { time_open: Some(database), dir: Some(dir), .. } => demo::time_open(database, dir).await,
        Verb::Demo { dir, .. } => demo::run(&args.global, dir.as_deref()).await,
        _ => unreachable!("because only the demonstration comes here"),
    }
}

/// Verbs about copies of one database: who writes what, and how they become one.
async fn copies(verb: &Verb, context: &Context) -> Result<Outcome, Failure> {
    match verb {
        Verb::Track { audit: true } => track::audit(context).await,
        Verb::Track { audit: false } => track::track(context).await,
        Verb::Untrack => track::untrack(context).await,
        Verb::Rules { action: RulesAction::Suggest } => track::suggest(context).await,
        Verb::Merge { action: MergeAction::Plan { other, base, believe_clock } } => {
            merge::plan(
                context,
                merge::Other { file: other, base: base.as_deref(), believe_clock: *believe_clock },
            )
            .await
        }
        Verb::Merge { action: MergeAction::Apply { other, base, believe_clock } } => {
            merge::apply(
                context,
                merge::Other { file: other, base: base.as_deref(), believe_clock: *believe_clock },
            )
            .await
        }
        Verb::Dedupe { action: DedupeAction::Plan } => merge::plan_dedupe(context).await,
        Verb::Dedupe { action: DedupeAction::Apply } => merge::dedupe(context).await,
        Verb::Conflicts => merge::conflicts(context).await,
        Verb::Resolve { ids, all_like, ours, value, fields, .. } => {
            let choice = match (value, ours) {
                (Some(text), _) => Choice::Value(merge::value(text)),
                (None, true) => Choice::Ours,
                (None, false) => Choice::Theirs,
            };
            let asked = merge::Asked { ids, all_like: all_like.as_deref(), fields, choice };
            merge::resolve(context, asked).await
        }
        _ => unreachable!("because the caller names the verbs about copies"),
    }
}

/// Says that an interrupted act was finished or taken back.
fn say_recovered(context: &Context, recovered: Option<&Recovery>) {
    let Some(recovery) = recovered.filter(|_| !context.global.json) else { return };
    render::warning(&recovery.words());
    for name in &recovery.set_aside {
        render::warning(&format!("set aside in quarantine: {name}"));
    }
}

fn millis(took: std::time::Duration) -> u64 {
    u64::try_from(took.as_millis()).unwrap_or(u64::MAX)
}
