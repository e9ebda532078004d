//! The default way: through the engine, in one transaction, beside other processes.

use super::{Job, Placed};
use crate::Lifeboat;
use crate::error::{About, Error};
use crate::handle::Explain;
use lifeboat_domain::act::{Act, Way};
use lifeboat_domain::code::Code;
use lifeboat_domain::event::Event;
use lifeboat_domain::manifest::Manifest;
use lifeboat_domain::restore::{InPlaceOutcome, RestoreMode};
use lifeboat_domain::schema::{DatabaseFacts, JournalMode};
use lifeboat_ports::{Counting, InstallOrder, Installed, Mark, PageSize, PortError, PortErrorKind};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Safety points that may be taken in vain because others keep committing.
const INSTALL_TRIES: usize = 6;
/// How long the vault is waited for, to forget what was taken in vain.
const FORGET_WAIT: Duration = Duration::from_secs(5);
/// What an install that failed leaves.
const OLD_AND_KEPT: &str = "the database is as it was; its state is also kept as a restore point";

/// Where an in-place restore ended.
pub(super) enum Landed {
    Placed(Placed),
    /// The file may not be written: it has to be exchanged. Its state is safe already.
    NotWritable {
        safety: Manifest,
    },
}

/// How one try ended.
enum Tried {
    Placed(Placed),
    /// Somebody committed after the safety point.
    Overtaken {
        safety: Manifest,
        error: Error,
    },
    NotWritable {
        safety: Manifest,
    },
}

/// How one install ended.
enum Installing {
    Done(Installed),
    Overtaken(Error),
    NotWritable,
}

impl Lifeboat {
    /// What others commit between the safety point and the install would be in neither: then the safety point is
    /// taken again, and the one that was taken in vain leaves the catalogue.
    pub(super) async fn put_in_place(&self, job: &Job<'_>, mode: RestoreMode) -> Result<Landed, Error> {
        self.prove_bytes(job.point).await?;
        let mut in_vain = Vec::new();
        loop {
            let landed = match self.try_in_place(job, mode).await? {
                Tried::Overtaken { safety, .. } if in_vain.len() + 1 < INSTALL_TRIES => {
                    in_vain.push(safety);
                    continue;
                }
                Tried::Overtaken { error, .. } => Err(error),
                Tried::NotWritable { safety } => Ok(Landed::NotWritable { safety }),
                Tried::Placed(placed) => Ok(Landed::Placed(placed)),
            };
            self.forget_in_vain(&in_vain).await;
            return landed;
        }
    }

    async fn try_in_place(&self, job: &Job<'_>, mode: RestoreMode) -> Result<Tried, Error> {
        let live = self.ports.snapshotter.inspect(Counting::HeaderOnly).await.about(About::Database)?;
        self.preflight_in_place(job, mode, &live).await?;
        let mark = self.on_database(self.ports.snapshotter.mark().await).await?;
        let safety = self.take_safety_point(Some(job.point), job.order).await?;
        let source = self.source_of(job, mode, live.page_size).await?;
        let way = Way::InPlace { cookie_before: live.schema_cookie };
        let act = self.act(job, Some(&safety), way)?;
        let begun = self.ports.clock.monotonic();
        let installed = self.install_recorded(&act, job, mode, (&source.path, mark)).await;
        let install_took = self.ports.clock.monotonic().saturating_sub(begun);
        let cleared = self.clear(&source).await;
        let installed = match installed? {
            Installing::Done(installed) => installed,
            Installing::Overtaken(error) => return Ok(Tried::Overtaken { safety, error }),
            Installing::NotWritable => return Ok(Tried::NotWritable { safety }),
        };
        cleared?;
        self.prove_or_put_back(&act, job, &safety, &installed).await?;
        self.ports.workshop.finish(&act).await.about(About::ActRecord).map_err(|error| {
            error.state(
                "the restore point is in place; its record for `lifeboat undo` is finished at the next start",
            )
        })?;
        let others_wrote = installed.others_wrote && !agrees(&installed, job.point);
        Ok(Tried::Placed(Placed { mode, safety: Some(safety), set_aside: None, others_wrote, install_took }))
    }

    /// Only tidies up: a point that stays is one too many and does no harm.
    async fn forget_in_vain(&self, points: &[Manifest]) {
        if points.is_empty() {
            return;
        }
        let forget = async {
            let _guard = self.ports.vault.lock(FORGET_WAIT, &self.watch).await?;
            for point in points {
                self.ports.vault.forget(point).await?;
            }
            Ok::<(), PortError>(())
        };
        if let Err(error) = forget.await {
            tracing::info!(%error, "restore points that were taken in vain stay");
        }
    }

    async fn preflight_in_place(
        &self,
        job: &Job<'_>,
        mode: RestoreMode,
        live: &DatabaseFacts,
    ) -> Result<(), Error> {
        let beside = in_place_bytes(live.journal, live.size_bytes(), job.point.size_bytes);
        // A rebuild needs the copy and the vacuum's own copy of it.
        let staged = if mode == RestoreMode::InPlaceRebuilt { 2 * job.point.size_bytes } else { 0 };
        let database = &self.places.database;
        self.preflight(&[
            self.need("safety point", &self.places.vault, live.size_bytes()).await?,
            self.need("log of the restore", database, beside).await?,
            self.need("staging", database, staged).await?,
        ])
    }

    /// The file to install: the point itself, or a copy of it at the live page size.
    async fn source_of(&self, job: &Job<'_>, mode: RestoreMode, page_size: u32) -> Result<Source, Error> {
        let point = self.ports.vault.open(job.point).await.about(About::Point)?;
        if mode != RestoreMode::InPlaceRebuilt {
            return Ok(Source { path: point.path, staged: false });
        }
        let name = format!("rebuilt-{}.db", job.point.id);
        let path = self.ports.workshop.scratch(&name).await.about(About::Target)?;
        self.ports.workshop.clear_scratch(&path).await.about(About::Target)?;
        let rebuilt = self.ports.snapshotter.rebuild(&point.path, &path, page_size).await;
        let source = Source { path, staged: true };
        if let Err(error) = rebuilt {
            self.clear(&source).await?;
            return Err(error).about(About::Target);
        }
        Ok(source)
    }

    async fn clear(&self, source: &Source) -> Result<(), Error> {
        if source.staged {
            self.ports.workshop.clear_scratch(&source.path).await.about(About::Target)?;
        }
        Ok(())
    }

    async fn install_recorded(
        &self,
        act: &Act,
        job: &Job<'_>,
        mode: RestoreMode,
        (source, mark): (&Path, Mark),
    ) -> Result<Installing, Error> {
        if self.watch.cancel.is_cancelled() {
            return Err(PortError::new(PortErrorKind::Cancelled, "restore", self.name()))
                .about(About::Database);
        }
        self.ports.workshop.begin(act).await.about(About::ActRecord)?;
        let page_size = match mode {
            RestoreMode::InPlaceThroughRollback => PageSize::ThroughRollback,
            _ => PageSize::AsPoint,
        };
        let order = InstallOrder { wait: job.order.wait, page_size };
        let watch = self.watch.uncancellable();
        let error = match self.ports.snapshotter.install(source, Some(mark), order, &watch).await {
            Ok(installed) => return Ok(Installing::Done(installed)),
            Err(error) => error,
        };
        // The engine has rolled back or will at its next open; the cookie says which state it is.
        let recovered = self.recover_locked().await?;
        let kind = error.kind();
        let failed = self.explain_database(error).await;
        let is_old = matches!(recovered.map(|r| r.outcome), None | Some(InPlaceOutcome::Old));
        match (is_old, kind) {
            (true, PortErrorKind::Changed) => Ok(Installing::Overtaken(failed.state(OLD_AND_KEPT))),
            (true, PortErrorKind::PermissionDenied) => Ok(Installing::NotWritable),
            (true, _) => Err(failed.state(OLD_AND_KEPT)),
            (false, _) => Err(failed
                .state("the restore point is in place, and could not be proven; `lifeboat undo` goes back")),
        }
    }

    /// Compares what is live with what the manifest says. Where another process has already written, its rows
    /// are no failure of ours; where nobody has, a difference is, and the state before goes back.
    async fn prove_or_put_back(
        &self,
        act: &Act,
        job: &Job<'_>,
        safety: &Manifest,
        installed: &Installed,
    ) -> Result<(), Error> {
        if agrees(installed, job.point) || installed.others_wrote {
            return Ok(());
        }
        let cause = "what is in place after the restore is not what the restore point holds";
        let next =
            format!("restore another point: `lifeboat list`; the state before is {}", safety.id.short());
        let file = self.ports.vault.open(safety).await.about(About::Point)?;
        let order = InstallOrder { wait: job.order.wait, page_size: PageSize::AsPoint };
        let back = self.ports.snapshotter.install(&file.path, None, order, &self.watch.uncancellable()).await;
        match back {
            Ok(_) => {
                self.ports.workshop.abandon().await.about(About::ActRecord)?;
                self.watch.events.emit(&Event::PutBack { point: safety.id });
                Err(Error::new(Code::ProofFailed, cause, next).state("the state before the restore is back"))
            }
            Err(error) => {
                self.ports.workshop.finish(act).await.about(About::ActRecord)?;
                let next = format!("put it back by hand: `lifeboat restore {}`", safety.id.short());
                Err(Error::new(Code::PutBackFailed, cause, next)
                    .state(format!("the state before is restore point {}", safety.id.short()))
                    .because(error))
            }
        }
    }
}

struct Source {
    path: PathBuf,
    staged: bool,
}

fn agrees(installed: &Installed, point: &Manifest) -> bool {
    installed.facts.tables == point.facts.tables && installed.facts.fingerprint == point.facts.fingerprint
}

/// Bytes that a database needs beside it while it is being overwritten in place: the log or the journal
/// takes up to 1.01 times the larger of old and new (measured: 1.006 in WAL, 1.002 otherwise).
fn in_place_bytes(journal: JournalMode, live: u64, point: u64) -> u64 {
    let larger = live.max(point);
    match journal {
        JournalMode::Wal => larger + larger / 100 + point.saturating_sub(live),
        JournalMode::Rollback => live + live / 100 + point.saturating_sub(live),
    }
}
