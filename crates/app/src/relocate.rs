//! Moves a database, its points included, to another place: a verified copy first, then one step after which the new
//! place counts. The old files are kept in quarantine until the move is confirmed.
//!
//! Killed before that step, the old place counts and a second call goes on; killed after it, the new one does.

use crate::Lifeboat;
use crate::error::{About, Error};
use crate::handle::Explain;
use crate::recover::Recovery;
use crate::restore::RestoreOrder;
use crate::wiring::{self, work_folder};
use lifeboat_domain::act::{Act, Verb, Way};
use lifeboat_domain::arrival::{self, Arrival};
use lifeboat_domain::code::Code;
use lifeboat_domain::damage::Condition;
use lifeboat_domain::id::{SnapshotId, TableName};
use lifeboat_domain::kind::PointKind;
use lifeboat_domain::manifest::Manifest;
use lifeboat_domain::schema::JournalMode;
use lifeboat_domain::swap::PartRecord;
use lifeboat_ports::{Counting, Depth};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// What a move would do, or did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relocation {
    /// The new place.
    pub to: PathBuf,
    /// The vault that serves there.
    pub vault: PathBuf,
    /// Bytes of the database.
    pub size_bytes: u64,
    /// Points that come along; 0 where the vault stays.
    pub points: usize,
    /// The state at the move; `None` in a plan.
    pub point: Option<Manifest>,
    /// Folder of the old files under `quarantine` of the old work folder; `None` in a plan.
    pub set: Option<String>,
    /// An interrupted act that was finished or taken back first.
    pub recovered: Option<Recovery>,
}

/// What a confirmation removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirmation {
    /// Where the database is.
    pub at: PathBuf,
    /// Bytes of the old files.
    pub freed_bytes: u64,
    /// Files of points that the new vault holds too.
    pub point_files: usize,
    /// Points that stay here, because the new vault holds them otherwise or not at all.
    pub differing: usize,
}

impl Lifeboat {
    /// Where the database went, if it was moved away from here.
    ///
    /// # Errors
    /// `LB0111`, `LB0112`.
    pub async fn moved_to(&self) -> Result<Option<PathBuf>, Error> {
        if self.places.database.symlink_metadata().is_ok() {
            return Ok(None);
        }
        let last = self.ports.workshop.last().await.about(About::ActRecord)?;
        Ok(last.and_then(|act| match act.way {
            Way::Swap(intent) => intent.moved_to.map(PathBuf::from),
            Way::InPlace { .. } | Way::Steps { .. } | Way::Guarded | Way::Marked | Way::Compared { .. } => {
                None
            }
        }))
    }

    /// A database that was moved away is not made again at its old place.
    pub(crate) async fn refuse_moved(&self) -> Result<(), Error> {
        match self.moved_to().await? {
            None => Ok(()),
            Some(to) => {
                let cause = format!("{} was moved to {}", self.name(), to.display());
                Err(Error::new(
                    Code::DatabaseMoved,
                    cause,
                    format!("use it there: `lifeboat --database \"{}\" ...`", to.display()),
                ))
            }
        }
    }

    /// What [`Self::relocate`] would do. Writes nothing.
    ///
    /// # Errors
    /// `LB0101`, `LB0114`, `LB0504`, `LB0505`, `LB0106` for the new place, `LB0109`.
    pub async fn plan_relocation(&self, to: &Path) -> Result<Relocation, Error> {
        let to = absolute(to);
        let there = self.at_new_place(&to).await?;
        let facts = self.on_database(self.ports.snapshotter.inspect(Counting::HeaderOnly).await).await?;
        let comes = self.vault_comes_along();
        let points = match self.list().await {
            Ok(listing) if comes => listing.points(),
            _ => Vec::new(),
        };
        let bytes = points.iter().map(|point| point.size_bytes).sum::<u64>();
        let need = self.need("moved copy", &to, bytes.saturating_add(facts.size_bytes())).await?;
        self.preflight(&[need])?;
        Ok(Relocation {
            to,
            vault: there.places.vault.clone(),
            size_bytes: facts.size_bytes(),
            points: points.len(),
            point: None,
            set: None,
            recovered: None,
        })
    }

    /// Moves the database to `to`. Nobody else may have it open. What was copied is compared before it counts; a call that
    /// was stopped is simply repeated.
    ///
    /// # Errors
    /// As [`Self::plan_relocation`] and [`Self::backup`]; `LB0104` where somebody has the database open or wrote
    /// meanwhile; the database is where it was.
    pub async fn relocate(&self, to: &Path, order: RestoreOrder) -> Result<Relocation, Error> {
        let to = absolute(to);
        let _guard = self.lock(order.wait).await?;
        let recovered = self.recover_locked().await?;
        if self.moved_to().await?.as_ref() == Some(&to) {
            return self.finish_move(to, recovered).await;
        }
        self.refuse_moved().await?;
        self.clear_arrival(&to)?;
        let plan = self.plan_relocation(&to).await?;
        let there = self.at_new_place(&to).await?;
        let _guard_there = there.lock_new(order.wait).await?;
        let quiet = self.ports.snapshotter.quiesce(order.wait).await.about(About::Database)?;
        self.refuse_holders().await?;
        let before = self.ports.workshop.standing().await.about(About::Database)?;
        let point = self.point_of_move(&to, order).await?;
        let moved = match self.copy_over(&there, &point).await {
            Ok(()) => self.leave(&there, &before, point.id).await,
            Err(error) => Err(error),
        };
        let set = match moved {
            Ok(set) => set,
            Err(error) => {
                // What is at the new place is taken back only while the old one is there.
                if !error.is_unsettled() && self.places.database.symlink_metadata().is_ok() {
                    self.clear_arrival(&to)?;
                    if self.vault_comes_along() {
                        wiring::remove_copied_point(&there.places.vault, &point);
                    }
                    self.withdraw(&point).await;
                }
                return Err(error.leaving("the database is where it was"));
            }
        };
        drop(quiet);
        there.settle_in(&point).await;
        Ok(Relocation { point: Some(point), set: Some(set), recovered, ..plan })
    }

    /// Removes what was kept at the old place of a database that was moved away from here, after a look at the new one.
    ///
    /// # Errors
    /// `LB0601` where nothing was moved, `LB0103` where the new database is not sound; nothing was removed then.
    pub async fn confirm_relocation(&self, order: RestoreOrder) -> Result<Confirmation, Error> {
        let _guard = self.lock(order.wait).await?;
        self.recover_locked().await?;
        let last = self.ports.workshop.last().await.about(About::ActRecord)?;
        let moved = last.as_ref().and_then(|act| act.point);
        let Some((set, Some(at))) = last.and_then(|act| match act.way {
            Way::Swap(intent) => Some((intent.set, intent.moved_to.map(PathBuf::from))),
            Way::InPlace { .. } | Way::Steps { .. } | Way::Guarded | Way::Marked | Way::Compared { .. } => {
                None
            }
        }) else {
            let cause = "no move away from here is to be confirmed";
            return Err(Error::new(
                Code::NothingToUndo,
                cause,
                "name the database's old place: `--database FILE`",
            ));
        };
        let there = self.sibling(&at)?;
        let found = there.diagnose(Depth::Quick).await?;
        if found.condition != Condition::Sound {
            let cause = format!("{}: {}", at.display(), found.condition);
            let next = "the old files stay: bring the new database in order first, `lifeboat doctor`";
            return Err(Error::new(Code::DatabaseDamaged, cause, next));
        }
        self.refuse_stranger(&there, moved).await?;
        let (point_files, differing) = if self.vault_comes_along() {
            wiring::remove_copied_points(&self.places.vault, &there.places.vault, &self.watch)
                .about(About::Vault)?
        } else {
            (0, 0)
        };
        let freed_bytes = self.ports.workshop.discard(&set).await.about(About::Target)?;
        Ok(Confirmation { at, freed_bytes, point_files, differing })
    }

    /// What stands at the new place must have come from here: every table of the point of the move is in it.
    async fn refuse_stranger(&self, there: &Self, moved: Option<SnapshotId>) -> Result<(), Error> {
        let listed = [there.list().await, self.list().await];
        let mut points = listed.into_iter().flatten().flat_map(|listing| listing.points());
        let point = points.find(|point| Some(point.id) == moved);
        let facts = there.on_database(there.ports.snapshotter.inspect(Counting::Rows).await).await?;
        let came_from_here = point.as_ref().is_some_and(|point| {
            let has = |name: &TableName| facts.tables.iter().any(|count| count.table == *name);
            point.facts.tables.iter().all(|count| has(&count.table))
                && [0, facts.application_id].contains(&point.facts.application_id)
        });
        if came_from_here {
            return Ok(());
        }
        let cause =
            format!("{} is not the database that was moved, or its restore point is gone", there.name());
        let next = "look at it: `lifeboat status`; the old files stay in quarantine here";
        Err(Error::new(Code::CaptureDisagrees, cause, next))
    }

    /// A call that was killed after the step that counts: what it left to do is done.
    async fn finish_move(&self, to: PathBuf, recovered: Option<Recovery>) -> Result<Relocation, Error> {
        let there = self.sibling(&to)?;
        let facts = there.on_database(there.ports.snapshotter.inspect(Counting::HeaderOnly).await).await?;
        let points = there.list().await.map(|listing| listing.points()).unwrap_or_default();
        let point = points.iter().rev().find(|point| point.kind == PointKind::PreMove).cloned();
        if let Some(point) = &point {
            there.settle_in(point).await;
        }
        let last = self.ports.workshop.last().await.about(About::ActRecord)?;
        let set = last.and_then(|act| match act.way {
            Way::Swap(intent) => Some(intent.set),
            Way::InPlace { .. } | Way::Steps { .. } | Way::Guarded | Way::Marked | Way::Compared { .. } => {
                None
            }
        });
        let vault = there.places.vault.clone();
        let count = if self.vault_comes_along() { points.len() } else { 0 };
        Ok(Relocation { to, vault, size_bytes: facts.size_bytes(), points: count, point, set, recovered })
    }

    /// A move to here was begun, and the old place still counts.
    pub(crate) fn is_arriving(&self) -> bool {
        let record = wiring::read_arrival(&self.places.database).ok().flatten();
        let from =
            record.and_then(|bytes| arrival::decode(&bytes)).map(|arrival| PathBuf::from(arrival.from));
        from.is_some_and(|from| from.symlink_metadata().is_ok())
    }

    /// A vault beside the database moves with it; one elsewhere stays.
    fn vault_comes_along(&self) -> bool {
        self.places.vault == work_folder(&self.places.database)
    }

    async fn at_new_place(&self, to: &Path) -> Result<Self, Error> {
        self.refuse_reserved(to)?;
        if to.to_str().is_none() {
            let cause = "the name of the new place is not UTF-8";
            return Err(Error::new(
                Code::DestinationIsSource,
                cause,
                "name a file that every system can name",
            ));
        }
        if to.symlink_metadata().is_ok() {
            let cause = format!("{} is there already", to.display());
            return Err(Error::new(Code::TargetExists, cause, "name a file that does not exist yet"));
        }
        let there = self.sibling(to)?;
        there.refuse_network().await?;
        Ok(there)
    }

    /// What an earlier call left at the new place, as long as nobody has used it.
    fn clear_arrival(&self, to: &Path) -> Result<(), Error> {
        let Some(bytes) = wiring::read_arrival(to).about(About::Target)? else { return Ok(()) };
        let from = self.places.database.to_string_lossy();
        let unused = match arrival::decode(&bytes) {
            Some(arrival) if arrival.from == from => {
                wiring::digest_of(to).about(About::Target)?.is_none_or(|digest| digest == arrival.digest)
            }
            _ => false,
        };
        if !unused {
            let cause = format!("{} is there already, and was used since a move was begun", to.display());
            return Err(Error::new(Code::TargetExists, cause, "name another file, or move that one away"));
        }
        wiring::remove_partial(to);
        wiring::remove_arrival(to).about(About::Target)
    }

    async fn point_of_move(&self, to: &Path, order: RestoreOrder) -> Result<Manifest, Error> {
        let limits = crate::Limits { wait: order.wait, ..crate::Limits::default() };
        let note =
            Some(format!("before the move to {}", to.file_name().unwrap_or_default().to_string_lossy()));
        let backup = crate::BackupOrder { note, limits, ..crate::BackupOrder::of_kind(PointKind::PreMove) };
        let (point, _) =
            self.take_point(&backup).await.map_err(|error| error.leaving("the database is where it was"))?;
        if point.suspect {
            self.withdraw(&point).await;
            let cause = "the database is damaged, and a damaged database is not moved";
            let next = "see what is hurt: `lifeboat doctor --deep`";
            return Err(Error::new(Code::DatabaseDamaged, cause, next).state("the database is where it was"));
        }
        Ok(point)
    }

    /// Everything at the new place, compared with what it was copied from. The old place still counts.
    async fn copy_over(&self, there: &Self, point: &Manifest) -> Result<(), Error> {
        let to = &there.places.database;
        if self.vault_comes_along() {
            wiring::copy_points(&self.places.vault, &there.places.vault, &self.watch).about(About::Vault)?;
        }
        let from = self.places.database.to_string_lossy().into_owned();
        let record = Arrival { from, digest: point.digest, point: point.id };
        wiring::write_arrival(to, &arrival::encode(&record)).about(About::Target)?;
        let mut partial = OsString::from(to.as_os_str());
        partial.push(format!(".{}.arriving", point.id.short()));
        let partial = PathBuf::from(partial);
        let copied = match self.ports.vault.export(point, &partial, &self.watch).await {
            Ok(()) => wiring::publish_like(&partial, to, &self.places.database),
            Err(error) => Err(error),
        };
        if copied.is_err() {
            wiring::remove_partial(&partial);
        }
        copied.about(About::Target)
    }

    /// The one step after which the new place counts: the old files go aside, and the record says where to.
    async fn leave(&self, there: &Self, before: &[PartRecord], point: SnapshotId) -> Result<String, Error> {
        let mut intent = self.swap_intent(self.set_name()?, Vec::new()).await?;
        if !holds_the_same(&intent.outgoing, before) {
            let cause = format!("somebody wrote to {} meanwhile", self.name());
            return Err(Error::new(
                Code::DatabaseBusy,
                cause,
                "close that application, then run the command again",
            ));
        }
        intent.moved_to = Some(there.places.database.to_string_lossy().into_owned());
        let set = intent.set.clone();
        let begun = self.ports.clock.utc_now();
        let id = self.draw_id(begun)?;
        let way = Way::Swap(intent);
        let act = Act { id, verb: Verb::Relocate, begun, point: Some(point), safety: None, way };
        self.exchange(&act).await?;
        Ok(set)
    }

    /// What is left to do at the new place; whatever fails here does no harm.
    async fn settle_in(&self, point: &Manifest) {
        if let Err(error) = wiring::remove_arrival(&self.places.database) {
            tracing::warn!(%error, "the record of an arrival stays");
        }
        if point.facts.journal == JournalMode::Wal
            && let Err(error) = self.ports.snapshotter.use_journal(JournalMode::Wal).await
        {
            tracing::warn!(%error, "the moved database stays in rollback-journal mode");
        }
    }
}

/// An empty log is what looking at a database leaves.
fn holds_the_same(now: &[PartRecord], before: &[PartRecord]) -> bool {
    let filled = |records: &[PartRecord]| -> Vec<PartRecord> {
        records.iter().filter(|record| record.size_bytes > 0).cloned().collect()
    };
    filled(now) == filled(before)
}

fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf())
}
