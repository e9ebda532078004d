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
use lifeboat_ports::{Counting, InstallOrder, Installed, Mark, PageSize, PortError, PortErrorKind, Writers};
use std::path::{Path, PathBuf};

/// Tries after which others have committed often enough in between.
const INSTALL_TRIES: usize = 6;
/// From this try on, writers have to wait while the safety point is taken.
const POLITE_TRIES: usize = 3;
/// What an install that failed leaves.
const AS_IT_WAS: &str = "the database is as it was";

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
    Overtaken(Error),
    NotWritable {
        safety: Manifest,
    },
}

/// How one install ended.
enum Installing {
    Done(Box<(Act, Installed)>),
    Overtaken(Error),
    NotWritable,
    /// The new state is in place, and what followed failed.
    Unproven(Error),
}

impl Lifeboat {
    /// What others commit between the safety point and the install would be in neither: then the safety point is
    /// taken again, and from the third try on writers have to wait meanwhile.
    pub(super) async fn put_in_place(&self, job: &Job<'_>, mode: RestoreMode) -> Result<Landed, Error> {
        self.prove_bytes(job.point).await?;
        for number in 1.. {
            let writers = if number < POLITE_TRIES { Writers::MayCommit } else { Writers::Wait };
            match self.try_in_place(job, mode, writers).await? {
                Tried::Placed(placed) => return Ok(Landed::Placed(placed)),
                Tried::NotWritable { safety } => return Ok(Landed::NotWritable { safety }),
                Tried::Overtaken(error) if number >= INSTALL_TRIES => return Err(error),
                Tried::Overtaken(_) => {}
            }
        }
        unreachable!("because the last try returns")
    }

    async fn try_in_place(&self, job: &Job<'_>, mode: RestoreMode, writers: Writers) -> Result<Tried, Error> {
        let live = self.ports.snapshotter.inspect(Counting::HeaderOnly).await.about(About::Database)?;
        self.preflight_in_place(job, mode, &live).await?;
        let mark = self.on_database(self.ports.snapshotter.mark(writers).await).await?;
        let safety = self.take_safety_point(Some(job.point), job.order).await?;
        let way = Way::InPlace { cookie_before: live.schema_cookie };
        let begun = self.ports.clock.monotonic();
        let installing = self.install_from(job, mode, (&safety, way, live.page_size), mark).await;
        let install_took = self.ports.clock.monotonic().saturating_sub(begun);
        let (act, installed) = match installing {
            Ok(Installing::Done(done)) => *done,
            Ok(Installing::Overtaken(error)) => {
                self.withdraw(&safety).await;
                return Ok(Tried::Overtaken(error));
            }
            Ok(Installing::NotWritable) => return Ok(Tried::NotWritable { safety }),
            Ok(Installing::Unproven(error)) => return Err(error),
            Err(error) => return Err(self.called_off(error, Some(&safety)).await),
        };
        self.prove_or_put_back(&act, job, &safety, &installed).await?;
        self.ports.workshop.finish(&act).await.about(About::ActRecord).map_err(|error| {
            error.state(
                "the restore point is in place; its record for `lifeboat undo` is finished at the next start",
            )
        })?;
        let others_wrote = installed.others_wrote && !agrees(&installed, job.point);
        Ok(Tried::Placed(Placed { mode, safety: Some(safety), set_aside: None, others_wrote, install_took }))
    }

    /// On an error the database is as it was.
    async fn install_from(
        &self,
        job: &Job<'_>,
        mode: RestoreMode,
        (safety, way, page_size): (&Manifest, Way, u32),
        mark: Mark,
    ) -> Result<Installing, Error> {
        let source = self.source_of(job, mode, page_size).await?;
        let act = self.act(job, Some(safety), way)?;
        let installed = self.install_recorded(act, job, mode, (&source.path, mark)).await;
        if let Err(error) = self.clear(&source).await {
            tracing::info!(%error, "the stage is cleared by a later restore");
        }
        installed
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
        act: Act,
        job: &Job<'_>,
        mode: RestoreMode,
        (source, mark): (&Path, Mark),
    ) -> Result<Installing, Error> {
        if self.watch.cancel.is_cancelled() {
            return Err(PortError::new(PortErrorKind::Cancelled, "restore", self.name()))
                .about(About::Database);
        }
        self.ports.workshop.begin(&act).await.about(About::ActRecord)?;
        let page_size = match mode {
            RestoreMode::InPlaceThroughRollback => PageSize::ThroughRollback,
            _ => PageSize::AsPoint,
        };
        let order = InstallOrder { wait: job.order.wait, page_size };
        let watch = self.watch.uncancellable();
        let error = match self.ports.snapshotter.install(source, Some(mark), order, &watch).await {
            Ok(installed) => return Ok(Installing::Done(Box::new((act, installed)))),
            Err(error) => error,
        };
        // The engine has rolled back or will at its next open; the cookie says which state it is.
        let Ok(recovered) = self.recover_locked().await else {
            return Err(self.explain_database(error).await.unsettled());
        };
        let kind = error.kind();
        let failed = self.explain_database(error).await;
        let is_old = matches!(recovered.map(|r| r.outcome), None | Some(InPlaceOutcome::Old));
        match (is_old, kind) {
            (true, PortErrorKind::Changed) => Ok(Installing::Overtaken(failed.state(AS_IT_WAS))),
            (true, PortErrorKind::PermissionDenied) => Ok(Installing::NotWritable),
            (true, _) => Err(failed.state(AS_IT_WAS)),
            (false, _) => {
                Ok(Installing::Unproven(failed.state(
                    "the restore point is in place, and could not be proven; `lifeboat undo` goes back",
                )))
            }
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
