//! Copies that no journal connects: each is tracked on a copy of it, from the last state that both had or beside the other one,
//! and then they are merged like any two. The result is installed as a whole; no journal stays.

use super::refusal::{stopped, unlike, unreadable};
use super::schema::Journal;
use super::{Compared, MergeOutcome, MergeRequest};
use crate::Lifeboat;
use crate::error::{About, Error, explain};
use crate::handle::Explain;
use crate::migrate::{Stopped, again_when_overtaken};
use crate::wiring::{digest_of, same_database, work_folder};
use lifeboat_domain::act::{Act, Verb, Way};
use lifeboat_domain::code::Code;
use lifeboat_domain::digest::Digest;
use lifeboat_domain::id::{ReplicaId, TableName};
use lifeboat_domain::kind::PointKind;
use lifeboat_domain::manifest::Manifest;
use lifeboat_domain::merge::{Apart, MergePolicy, Rules};
use lifeboat_domain::restore::InPlaceOutcome;
use lifeboat_domain::row_difference::TableChange;
use lifeboat_domain::tracking::Genesis;
use lifeboat_ports::{
    Absence, Beginning, Counting, Duplicates, Earlier, InstallOrder, MergeReport, Merged, PageSize,
    PortErrorKind, TrackOrder, Writers,
};
use std::path::{Path, PathBuf};

/// Ours counts as the later of two writes of which nobody knows when they were made.
const OUR_RANK: u16 = 1;
const THEIR_RANK: u16 = 0;

pub(super) fn digest(file: &Path) -> Result<Digest, Error> {
    let digest = digest_of(file).about(About::Target)?;
    Ok(digest.expect("because the file was just written or found"))
}

/// Rows that came over with a merge have other numbers here, which no state of the other copy knows.
fn merged_before(cause: &str) -> Error {
    let cause = format!("{cause}: no state is the last one that both had, and rows would come twice");
    let next = "go on with one of the two as a copy of the other, and track both; or go back before that merge (`lifeboat undo`) and merge once";
    Error::new(Code::MergeUnsupported, cause, next)
}

/// Files of one comparison, in the work folder.
pub(super) struct Bench {
    pub(super) ours: PathBuf,
    pub(super) theirs: PathBuf,
    base: PathBuf,
}

/// What came of it; the merged copy is no longer tracked.
pub(super) struct Comparison {
    pub(super) report: MergeReport,
    pub(super) compared: Compared,
    pub(super) other: Digest,
    /// Tables that differ and do not travel.
    pub(super) left: Vec<TableName>,
}

impl Lifeboat {
    /// What a merge of copies without journals would do. Neither is changed.
    pub(super) async fn plan_apart(&self, request: &MergeRequest) -> Result<MergeOutcome, Error> {
        let bench = self.bench().await?;
        let compared = self.compare_copies(request, &bench).await;
        self.clear_bench(&bench).await?;
        let Comparison { report, compared, left, .. } = compared?;
        Ok(MergeOutcome { report, compared, mended: Vec::new(), left, restore_point: None, recovered: None })
    }

    /// Merges copies without journals: all or nothing, with a restore point first.
    pub(super) async fn merge_apart(&self, request: &MergeRequest) -> Result<MergeOutcome, Error> {
        again_when_overtaken(async |writers| {
            let bench = self.bench().await.map_err(Stopped::For)?;
            let merged = self.try_apart(request, &bench, writers).await;
            if let Err(error) = self.clear_bench(&bench).await {
                tracing::warn!(%error, "copies of a comparison stay until the next act");
            }
            merged
        })
        .await
    }

    async fn bench(&self) -> Result<Bench, Error> {
        let id = self.draw_id(self.ports.clock.utc_now())?;
        let file = async |name: &str| {
            self.ports.workshop.scratch(&format!("{name}-{id}.db")).await.about(About::Target)
        };
        Ok(Bench { ours: file("ours").await?, theirs: file("other").await?, base: file("base").await? })
    }

    async fn clear_bench(&self, bench: &Bench) -> Result<(), Error> {
        for file in [&bench.ours, &bench.theirs, &bench.base] {
            self.ports.workshop.clear_scratch(file).await.about(About::Target)?;
        }
        Ok(())
    }

    async fn compare_copies(&self, request: &MergeRequest, bench: &Bench) -> Result<Comparison, Error> {
        match request.duplicates {
            Duplicates::Leave => self.compare_apart(request, bench).await,
            Duplicates::Unite => self.compare_with_itself(request, bench).await,
        }
    }

    /// Leaves the merged state in `bench.ours`.
    async fn compare_apart(&self, request: &MergeRequest, bench: &Bench) -> Result<Comparison, Error> {
        let apart = self.settle_rules(&request.drafts).await?.without_journals();
        let other = self.other(&request.other)?;
        let (base, compared) = self.find_base(&other, request, bench).await?;
        self.copy_to(&bench.ours, request.wait).await?;
        let copied = other.copy_to(&bench.theirs, request.wait).await;
        copied.map_err(|error| unreadable(error, &request.other))?;
        self.refuse_damaged_copy(&bench.theirs, &request.other).await?;
        let digest = digest(&bench.theirs)?;
        if self.has_merged(&other, &digest).await? {
            let report = MergeReport::default();
            return Ok(Comparison { report, compared, other: digest, left: Vec::new() });
        }
        let theirs = self.sibling(&bench.theirs)?;
        theirs.ports.tracker.untrack(request.wait).await.map_err(unlike)?;
        self.bring_to_schema(&bench.theirs, Journal::None, request).await?;
        let ours = self.sibling(&bench.ours)?;
        let left = ours.left_alone(&apart.rules, bench).await?;
        let since = |beside: &Path| match &base {
            Some(base) => (base.clone(), Absence::Deleted),
            None => (beside.to_path_buf(), Absence::Unknown),
        };
        let begin = |(file, absence), rank| {
            let earlier = Earlier { file, absence, whole: apart.whole.clone(), rank };
            let replica = ReplicaId::from_bytes([u8::try_from(rank).unwrap_or(0) + 1; 16]);
            let (rules, genesis, wait) = (apart.rules.clone(), Genesis([1; 16]), request.wait);
            TrackOrder { rules, genesis, replica, beginning: Beginning::Earlier(earlier), wait }
        };
        // A file is only compared with while nobody writes it: theirs is read before it is written.
        ours.ports.tracker.track(begin(since(&bench.theirs), OUR_RANK)).await.map_err(unlike)?;
        theirs.ports.tracker.track(begin(since(&bench.ours), THEIR_RANK)).await.map_err(unlike)?;
        let report = self.merge_copies(request, &apart, bench, base).await?;
        ours.ports.tracker.untrack(request.wait).await.map_err(unlike)?;
        Ok(Comparison { report, compared, other: digest, left })
    }

    /// Tables that do not travel and are not the same in both: their rows stay where they are.
    async fn left_alone(&self, rules: &Rules, bench: &Bench) -> Result<Vec<TableName>, Error> {
        let local = |name: &TableName| {
            rules.tables.iter().any(|table| table.policy == MergePolicy::LocalOnly && table.name == *name)
        };
        let compared = self.ports.snapshotter.row_differences(&bench.theirs, &self.watch).await;
        let differences = compared.map_err(unlike)?.into_iter();
        let differ = differences.filter(|one| one.change != TableChange::Equal && local(&one.table));
        let differ = differ.filter(|one| match one.change {
            TableChange::CountOnly { live, point } => live != point,
            _ => true,
        });
        Ok(differ.map(|one| one.table).collect())
    }

    /// Was this copy merged already, as the last act? Rows that came over then would come again.
    async fn has_merged(&self, other: &Self, digest: &Digest) -> Result<bool, Error> {
        let last = async |boat: &Self| boat.ports.workshop.last().await.about(About::ActRecord);
        let path = |boat: &Self| boat.places.database.display().to_string();
        if let Some(Way::Compared { other: merged, file, .. }) = last(self).await?.map(|act| act.way) {
            if merged == *digest {
                return Ok(true);
            }
            if file == path(other) {
                return Err(merged_before("that copy was merged into this one, and has been written since"));
            }
        }
        match last(other).await?.map(|act| act.way) {
            Some(Way::Compared { file, .. }) if file == path(self) => {
                Err(merged_before("that copy has taken this one over already"))
            }
            _ => Ok(false),
        }
    }

    pub(super) async fn merge_copies(
        &self,
        request: &MergeRequest,
        apart: &Apart,
        bench: &Bench,
        base: Option<PathBuf>,
    ) -> Result<MergeReport, Error> {
        let order = self.merge_order(request, &apart.rules, &bench.theirs, "apart".to_owned());
        let order = lifeboat_ports::MergeOrder { base, ..order };
        match self.ports.replica.merge_on(&bench.ours, order, &self.watch).await.map_err(unlike)? {
            Merged::Done(report) => Ok(report),
            Merged::Stopped(stop) => Err(stopped(&stop)),
        }
    }

    /// The last state that both had: the one that was named, or the newest that both vaults hold.
    async fn find_base(
        &self,
        other: &Self,
        request: &MergeRequest,
        bench: &Bench,
    ) -> Result<(Option<PathBuf>, Compared), Error> {
        let point = match &request.base {
            Some(word) if Path::new(word).is_file() => {
                if same_database(&self.places.database, Path::new(word))? {
                    let cause = "the base is this database itself";
                    let next = "name the last state that both copies had: `--base POINT|FILE`";
                    return Err(Error::new(Code::DestinationIsSource, cause, next));
                }
                let copied = self.sibling(Path::new(word))?.copy_to(&bench.base, request.wait).await;
                copied.map_err(|error| unreadable(error, Path::new(word)))?;
                self.refuse_damaged_copy(&bench.base, Path::new(word)).await?;
                self.bring_base(request, bench, word).await?;
                return Ok((Some(bench.base.clone()), Compared::Since(word.clone())));
            }
            Some(word) => self.find(word).await.map_err(|error| {
                let cause = format!("the base {word} is no file, and no restore point: {}", error.cause());
                let next = "name a file, or a restore point of `lifeboat list`: `--base POINT|FILE`";
                Error::new(error.code(), cause, next)
            })?,
            None => match self.common_point(other).await? {
                Some(point) => point,
                None => return Ok((None, Compared::Beside)),
            },
        };
        let all = self.list().await?.points();
        let since = all.iter().filter(|known| known.created > point.created);
        let acts = since.filter(|known| matches!(known.kind, PointKind::PreMerge | PointKind::PreRestore));
        if acts.max_by_key(|known| known.created).is_some_and(|last| last.kind == PointKind::PreMerge) {
            return Err(merged_before("a merge took place since that restore point"));
        }
        self.prove_bytes(&point).await?;
        let file = self.ports.vault.open(&point).await.about(About::Point)?.path;
        let compared = Compared::Since(format!("restore point {}", point.id.short()));
        if self.has_run_the_same(&self.sibling(&file)?).await? {
            return Ok((Some(file), compared));
        }
        self.sibling(&file)?.copy_to(&bench.base, request.wait).await?;
        self.bring_base(request, bench, point.id.short().as_ref()).await?;
        Ok((Some(bench.base.clone()), compared))
    }

    /// A base from before a migration is migrated on its copy.
    async fn bring_base(&self, request: &MergeRequest, bench: &Bench, word: &str) -> Result<(), Error> {
        self.sibling(&bench.base)?.ports.tracker.untrack(request.wait).await.map_err(unlike)?;
        self.bring_to_schema(&bench.base, Journal::None, request).await.map_err(|error| {
            let cause = format!("the base {word} does not serve: {}", error.cause());
            Error::new(error.code(), cause, "name another state that both copies had: `--base POINT|FILE`")
        })
    }

    /// A state that both vaults hold is one that both copies had: unless a restore went back behind it
    /// since, or a merge has brought in what was written after it.
    async fn common_point(&self, other: &Self) -> Result<Option<Manifest>, Error> {
        if other.places.vault == self.places.vault || !work_folder(&other.places.database).is_dir() {
            return Ok(None);
        }
        let points = async |boat: &Self| match boat.list().await {
            Err(error) if error.code() == Code::VaultAbsent => Ok(Vec::new()),
            listed => listed.map(|listing| listing.points()),
        };
        let (ours, theirs) = (points(self).await?, points(other).await?);
        let turned = ours
            .iter()
            .chain(&theirs)
            .filter(|point| matches!(point.kind, PointKind::PreRestore | PointKind::PreMerge));
        let last_turn = turned.map(|point| point.created).max();
        let is_shared = |point: &&Manifest| {
            theirs.iter().any(|known| known.id == point.id && known.digest == point.digest)
        };
        let candidates = ours.iter().filter(is_shared).filter(|point| Some(point.created) > last_turn);
        Ok(candidates.filter(|point| !point.suspect).max_by_key(|point| point.created).cloned())
    }

    async fn try_apart(
        &self,
        request: &MergeRequest,
        bench: &Bench,
        writers: Writers,
    ) -> Result<MergeOutcome, Stopped> {
        let quiet = self.ports.snapshotter.quiesce(request.wait).await.about(About::Database)?;
        let mark = self.on_database(self.ports.snapshotter.mark(writers).await).await?;
        let Comparison { report, compared, other, left } = self.compare_copies(request, bench).await?;
        if report.rows == 0 {
            return Ok(MergeOutcome {
                report,
                compared,
                mended: Vec::new(),
                left,
                restore_point: None,
                recovered: None,
            });
        }
        self.refuse_damaged_copy(&bench.ours, &bench.ours).await?;
        let live = self.on_database(self.ports.snapshotter.inspect(Counting::HeaderOnly).await).await?;
        let point = self.point_before_merge(request).await?;
        let begun = self.ports.clock.utc_now();
        let file = self.sibling(&request.other)?.places.database.display().to_string();
        let way = Way::Compared { cookie_before: live.schema_cookie, other, file };
        let (id, safety) = (self.draw_id(begun)?, Some(point.id));
        let act = Act { id, verb: Verb::Merge, begun, point: None, safety, way };
        self.ports.workshop.begin(&act).await.about(About::ActRecord)?;
        let order = InstallOrder { wait: request.wait, page_size: PageSize::AsPoint };
        let watch = self.watch.uncancellable();
        let installed = self.ports.snapshotter.install(&bench.ours, Some(mark), order, &watch).await;
        drop(quiet);
        match installed {
            Ok(_) => {
                self.close(&act, InPlaceOutcome::New).await?;
                Ok(MergeOutcome {
                    report,
                    compared,
                    mended: Vec::new(),
                    left,
                    restore_point: Some(point),
                    recovered: None,
                })
            }
            Err(error) => {
                let overtaken = error.kind() == PortErrorKind::Changed;
                let error = self.explain_database(error).await;
                match self.recover_locked().await {
                    Ok(Some(recovery)) if recovery.outcome == InPlaceOutcome::Old => {
                        self.withdraw(&point).await;
                    }
                    Ok(_) | Err(_) => return Err(Stopped::For(error.unsettled())),
                }
                Err(if overtaken { Stopped::Overtaken(error) } else { Stopped::For(error) })
            }
        }
    }

    /// A damaged file is not merged.
    pub(super) async fn refuse_damaged_copy(&self, copy: &Path, of: &Path) -> Result<(), Error> {
        let examined = self.ports.snapshotter.examine(copy, &self.watch).await;
        let examined = examined.map_err(|error| explain(About::Database, error))?;
        if examined.findings.structure == 0 {
            return Ok(());
        }
        let cause = format!("{} is damaged, and a damaged database is not merged", of.display());
        let next = "repair or salvage it first: `lifeboat --database FILE doctor`";
        Err(Error::new(Code::DatabaseDamaged, cause, next))
    }
}
