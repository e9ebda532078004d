//! `demo`: a shop's database, a second process that sells, a mistake, the way back, and back again.

use super::{backup, list, restore, status, undo};
use crate::args::Global;
use crate::context::Context;
use crate::exit::{Failure, Outcome};
use lifeboat::demo::{Size, build, delete_by_mistake};
use lifeboat::domain::code::Code;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

const SEED: u64 = 20;
const PAUSE: Duration = Duration::from_millis(20);
/// So that the seller has sold before the backup begins, and a reader can follow.
const HEAD_START: Duration = Duration::from_millis(700);

/// The second process: sells until its standard input closes, then tells how long its commits took.
pub(crate) fn sell(database: &Path) -> Result<Outcome, Failure> {
    let open = Arc::new(AtomicBool::new(true));
    let watched = Arc::clone(&open);
    std::thread::spawn(move || {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        watched.store(false, Ordering::Relaxed);
    });
    let mut commits = Vec::new();
    lifeboat::demo::sell(database, SEED, PAUSE, |took| {
        commits.push(took);
        open.load(Ordering::Relaxed)
    })?;
    commits.sort_unstable();
    let p99 = commits[(commits.len() - 1) * 99 / 100];
    let document = serde_json::json!({ "commits": commits.len(), "commit_p99_us": p99.as_micros() });
    writeln!(std::io::stdout(), "{document}")?;
    Ok(Outcome::Done)
}

/// Only the database, for benchmarks.
pub(crate) fn build_shop(database: &Path, mib: u64) -> Result<Outcome, Failure> {
    build(database, SEED, Size::of_bytes(mib * 1024 * 1024))?;
    Ok(Outcome::Done)
}

/// Milliseconds of a plain open and of `Lifeboat::open`, on one line.
pub(crate) async fn time_open(database: &Path, steps: &Path) -> Result<Outcome, Failure> {
    const ROUNDS: usize = 50;
    let steps = lifeboat::Migrations::from_dir(steps)?;
    let (plain, ours) = lifeboat::demo::time_opening(database, &steps, ROUNDS).await?;
    let millis = |took: Duration| took.as_secs_f64() * 1000.0;
    writeln!(anstream::stdout(), "{:.3} {:.3}", millis(plain), millis(ours))?;
    Ok(Outcome::Done)
}

pub(crate) async fn run(global: &Global, dir: Option<&Path>) -> Result<Outcome, Failure> {
    let folder = Folder::make(dir)?;
    let database = folder.path.join("shop.db");
    build(&database, SEED, Size::DEMO)?;
    let global = Global { database: Some(database.clone()), yes: true, ..global.clone() };
    let context = Context::open(&global)?.for_database(database.clone())?;
    context.say(format!("A shop's database: {}", database.display()))?;
    let seller = Seller::start(&database)?;
    std::thread::sleep(HEAD_START);
    context.say("\nA second process sells, one invoice every 20 ms. Meanwhile:\n$ lifeboat backup -m \"before the clean-up\"")?;
    let note = Some("before the clean-up".to_owned());
    backup::run(&context, backup::Order { note, app_version: None, scheduled: false }).await?;
    seller.stop()?;
    let gone = delete_by_mistake(&database)?;
    context.say(format!("\nThen somebody deletes {gone} invoices by mistake.\n$ lifeboat status"))?;
    status::run(&context).await?;
    context.say("\n$ lifeboat restore latest --dry-run")?;
    restore::plan(&context, "latest").await?;
    context.say("\n$ lifeboat restore latest")?;
    restore::run(&context, "latest").await?;
    context.say("\nThat was the wrong idea after all?\n$ lifeboat undo")?;
    undo::run(&context, false).await?;
    context.say("\nOr was it? An undo can be undone.\n$ lifeboat undo")?;
    undo::run(&context, false).await?;
    context.say("\n$ lifeboat list")?;
    list::run(&context).await?;
    folder.finish(&context)
}

/// The folder of a demonstration: removed at the end unless the user named it.
struct Folder {
    path: PathBuf,
    keep: bool,
}

impl Folder {
    fn make(dir: Option<&Path>) -> Result<Self, Failure> {
        let path = dir.map_or_else(
            || std::env::temp_dir().join(format!("lifeboat-demo-{}", std::process::id())),
            Path::to_path_buf,
        );
        std::fs::create_dir(&path).map_err(|error| {
            let cause = format!("cannot make the folder {} ({error})", path.display());
            Failure::refused(Code::TargetExists, cause, "name a new folder: `lifeboat demo --dir DIR`")
        })?;
        Ok(Self { path, keep: dir.is_some() })
    }

    fn finish(&self, context: &Context) -> Result<Outcome, Failure> {
        if self.keep {
            context.say(format!("\nKept in {}", self.path.display()))?;
        }
        Ok(Outcome::Done)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if !self.keep
            && let Err(error) = std::fs::remove_dir_all(&self.path)
        {
            tracing::warn!(%error, "the demonstration's folder stays");
        }
    }
}

struct Seller(Child);

impl Seller {
    fn start(database: &Path) -> Result<Self, Failure> {
        let program = std::env::current_exe()?;
        let child = Command::new(program)
            .args(["demo", "--seller"])
            .arg(database)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()?;
        Ok(Self(child))
    }

    /// Closes its standard input and waits.
    fn stop(mut self) -> Result<(), Failure> {
        drop(self.0.stdin.take());
        self.0.wait()?;
        Ok(())
    }
}

impl Drop for Seller {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}
