//! Merge: another copy of a tracked database is staged, checked and taken over, with a restore point first; conflicts are
//! listed and decided.

mod apart;
mod dedupe;
mod refusal;
mod schema;

pub use dedupe::DedupeRequest;

use crate::Lifeboat;
use crate::backup::{BackupOrder, Limits};
use crate::error::{About, Error, explain};
use crate::handle::Explain;
use crate::migrate::{Migrations, Stopped, again_when_overtaken};
use crate::recover::Recovery;
use crate::wiring::same_database;
use lifeboat_domain::act::{Act, Verb, Way};
use lifeboat_domain::code::Code;
use lifeboat_domain::id::{ReplicaId, TableName};
use lifeboat_domain::kind::PointKind;
use lifeboat_domain::manifest::Manifest;
use lifeboat_domain::merge::{Rules, TableDraft};
use lifeboat_domain::restore::InPlaceOutcome;
use lifeboat_domain::tracking::TrackingFault;
use lifeboat_ports::{
    Beginning, CaptureLimits, CaptureOrder, Check, Choice, Duplicates, FutureClock, MergeOrder, MergeReport,
    MergeStop, Merged, OpenConflict, PortErrorKind, ResolveOrder, SourceChecks, TrackOrder, Writers,
};
use refusal::{stopped, unlike, unreadable};
use schema::Journal;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// One merge.
#[derive(Debug, Clone)]
pub struct MergeRequest {
    /// The other copy. It is only read, and only to be staged.
    pub other: PathBuf,
    /// The last state that both copies had, where no journal says it: a restore point of this database, or a file. Without one
    /// the newest is taken that both vaults hold.
    pub base: Option<String>,
    /// What becomes of rows here that are the same thing; [`Lifeboat::dedupe`] unites them, of this database alone.
    pub(crate) duplicates: Duplicates,
    /// The rules.
    pub drafts: Vec<TableDraft>,
    /// What has to hold afterwards besides keys and references: queries of the rules, or code.
    pub checks: Vec<Check>,
    /// The steps of the application: a copy that has not run all of them that ran here is brought up before it is compared.
    pub migrations: Option<Migrations>,
    /// Is a clock that is far ahead believed?
    pub clock: FutureClock,
    /// Longest wait for a lock of another process.
    pub wait: Duration,
}

impl MergeRequest {
    /// The merge of a copy by these rules: no base, no checks, no steps, no clock believed that is far ahead.
    #[must_use]
    pub fn of(other: PathBuf, drafts: Vec<TableDraft>, wait: Duration) -> Self {
        let (base, checks, migrations, clock) = (None, Vec::new(), None, FutureClock::Stop);
        Self { other, base, duplicates: Duplicates::Leave, drafts, checks, migrations, clock, wait }
    }
}

/// How it was found out who wrote what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Compared {
    /// Both wrote it down.
    ByJournals,
    /// Each was compared with the last state that both had.
    Since(String),
    /// The two were compared with each other: nothing was taken for deleted.
    Beside,
}

/// What a merge did, or would do.
#[derive(Debug, Clone, PartialEq)]
pub struct MergeOutcome {
    /// What came over, and what is to be told.
    pub report: MergeReport,
    /// How it was found out.
    pub compared: Compared,
    /// What was wrong with this database's tracking, and is mended (in a dry run: would be).
    pub mended: Vec<TrackingFault>,
    /// Tables that differ between two copies without journals and do not travel by the rules.
    pub left: Vec<TableName>,
    /// The state before; none in a dry run, and where nothing was new.
    pub restore_point: Option<Manifest>,
    /// An interrupted act that was settled first.
    pub recovered: Option<Recovery>,
}

/// A private copy, ready to be merged with.
struct Staged {
    rules: Rules,
    copy: PathBuf,
    mended: Vec<TrackingFault>,
}

impl Lifeboat {
    /// What a merge would do: carried out on a copy. Neither database is changed.
    ///
    /// # Errors
    /// As [`Self::merge`].
    pub async fn plan_merge(&self, request: &MergeRequest) -> Result<MergeOutcome, Error> {
        let _guard = self.lock(request.wait).await?;
        if self.is_apart(request).await? {
            return self.plan_apart(request).await;
        }
        let Staged { rules, copy, mended } = self.stage(request).await?;
        let planned = self.rehearse_merge(request, &rules, &copy).await;
        self.ports.workshop.clear_scratch(&copy).await.about(About::Target)?;
        let report = planned?;
        let compared = Compared::ByJournals;
        let left = Vec::new();
        Ok(MergeOutcome { report, compared, mended, left, restore_point: None, recovered: None })
    }

    /// Has this copy no journal? Where it has one, a base would say less.
    async fn is_apart(&self, request: &MergeRequest) -> Result<bool, Error> {
        let is_tracked = self.tracking().await?.is_some();
        if is_tracked && request.base.is_some() {
            let cause = "this database is tracked: its journal says what was written, and a base says less";
            let next = "leave `--base` out; where the other copy was never tracked: `lifeboat untrack` first";
            return Err(Error::new(Code::MergeUnsupported, cause, next));
        }
        Ok(!is_tracked)
    }

    /// Takes over all that the other copy knows. A verified restore point is taken first; [`Self::undo`] goes back to it. All or
    /// nothing: killed anywhere, the database is as before or merged, and the same merge again gives the same result.
    ///
    /// # Errors
    /// `LB1001`, `LB1004` to `LB1009`, `LB1012` where the two cannot be merged; `LB0101` to `LB0106` of either
    /// database, `LB0108`, `LB0109`, `LB0114`, `LB0203`; nothing was changed.
    pub async fn merge(&self, request: &MergeRequest) -> Result<MergeOutcome, Error> {
        let _guard = self.lock(request.wait).await?;
        let recovered = self.recover_locked().await?;
        self.refuse_network().await?;
        if self.is_apart(request).await? {
            let merged = self.merge_apart(request).await;
            let told = |error: Error| error.after(recovered.as_ref().map(Recovery::words));
            return merged
                .map(|outcome| MergeOutcome { recovered: recovered.clone(), ..outcome })
                .map_err(told);
        }
        let Staged { rules, copy, mended } = self.stage(request).await?;
        let tried =
            again_when_overtaken(async |writers| self.try_merge(request, (&rules, &copy), writers).await);
        let merged = tried.await;
        // A merge that took place is not told as an error for a file that the next one sweeps.
        if let Err(error) = self.ports.workshop.clear_scratch(&copy).await {
            tracing::warn!(%error, "the staged copy of the other database stays until the next act");
        }
        let (report, restore_point) =
            merged.map_err(|error| error.after(recovered.as_ref().map(Recovery::words)))?;
        let (compared, left) = (Compared::ByJournals, Vec::new());
        Ok(MergeOutcome { report, compared, mended, left, restore_point, recovered })
    }

    /// What somebody has to decide. Writes nothing.
    ///
    /// # Errors
    /// `LB1001`, `LB1002`, `LB0101` to `LB0106`.
    pub async fn conflicts(&self, drafts: &[TableDraft]) -> Result<Vec<OpenConflict>, Error> {
        let rules = self.tracked_rules(drafts).await?;
        self.on_database(self.ports.replica.conflicts(&rules).await).await
    }

    /// Decides a conflict. The decision is a write of this copy and closes the conflict on every copy that learns of it.
    ///
    /// # Errors
    /// `LB1010` where there is no such conflict, `LB1011` where the choice is not one, or the schema refuses the value;
    /// as [`Self::conflicts`], and `LB0108`, `LB0203`. Nothing was changed.
    pub async fn resolve(
        &self,
        id: &str,
        choice: Choice,
        drafts: &[TableDraft],
        wait: Duration,
    ) -> Result<OpenConflict, Error> {
        let _guard = self.lock(wait).await?;
        self.recover_locked().await?;
        let rules = self.tracked_rules(drafts).await?;
        let order = ResolveOrder { id: id.to_owned(), choice, rules, wait };
        match self.ports.replica.resolve(order).await {
            Ok(Some(conflict)) => Ok(conflict),
            Ok(None) => {
                let cause = format!("there is no open conflict {id}");
                Err(Error::new(Code::ConflictUnknown, cause, "see all: `lifeboat conflicts`"))
            }
            Err(error)
                if matches!(error.kind(), PortErrorKind::AlreadyExists | PortErrorKind::Unsupported) =>
            {
                let cause = explain(About::Database, error).cause().to_owned();
                let next = "say the value itself: `lifeboat resolve ID --value ...`";
                Err(Error::new(Code::ResolutionRefused, cause, next))
            }
            Err(error) => Err(self.explain_database(error).await),
        }
    }

    async fn tracked_rules(&self, drafts: &[TableDraft]) -> Result<Rules, Error> {
        if self.tracking().await?.is_none() {
            return Err(self.not_tracked());
        }
        self.settle_rules(drafts).await
    }

    async fn stage(&self, request: &MergeRequest) -> Result<Staged, Error> {
        match request.duplicates {
            Duplicates::Leave => self.stage_other(request).await,
            Duplicates::Unite => self.stage_itself(request).await,
        }
    }

    /// A private copy of the other database: examined, its triggers and books brought in line.
    async fn stage_other(&self, request: &MergeRequest) -> Result<Staged, Error> {
        let (rules, mended) = self.audited_rules(request).await?;
        let other = self.other(&request.other)?;
        let name = format!("other-{}.db", self.draw_id(self.ports.clock.utc_now())?);
        let copy = self.ports.workshop.scratch(&name).await.about(About::Target)?;
        match self.fill_stage(&other, &copy, &rules, request).await {
            Ok(()) => Ok(Staged { rules, copy, mended }),
            Err(error) => {
                self.ports.workshop.clear_scratch(&copy).await.about(About::Target)?;
                Err(error)
            }
        }
    }

    /// The rules that this database follows, and what is wrong with its tracking otherwise.
    async fn audited_rules(&self, request: &MergeRequest) -> Result<(Rules, Vec<TrackingFault>), Error> {
        let rules = match self.tracked_rules(&request.drafts).await {
            Err(error) if error.code() == Code::RulesInvalid => {
                return Err(self.behind_rules(error, request).await);
            }
            rules => rules?,
        };
        let faults = self.on_database(self.ports.tracker.audit(&rules).await).await?;
        for fault in &faults {
            if let TrackingFault::RuleChanged(table) = fault {
                let cause = format!("the rule of {table} has changed since the database was tracked");
                let next = "take it over on every copy, so that all follow the same: `lifeboat track`";
                return Err(Error::new(Code::RulesDiffer, cause, next));
            }
        }
        Ok((rules, faults.into_iter().filter(TrackingFault::is_mended).collect()))
    }

    fn other(&self, path: &Path) -> Result<Self, Error> {
        if same_database(&self.places.database, path)? {
            let cause = "the other database is this one";
            return Err(Error::new(
                Code::DestinationIsSource,
                cause,
                "name the other copy: `lifeboat merge plan FILE`",
            ));
        }
        self.sibling(path)
    }

    async fn fill_stage(
        &self,
        other: &Self,
        copy: &Path,
        rules: &Rules,
        request: &MergeRequest,
    ) -> Result<(), Error> {
        other.copy_to(copy, request.wait).await.map_err(|error| unreadable(error, &request.other))?;
        self.refuse_damaged_copy(copy, &request.other).await?;
        let staged = self.sibling(copy)?;
        if staged.tracking().await?.is_none() {
            return Err(stopped(&MergeStop::OtherNotTracked));
        }
        self.bring_to_schema(copy, Journal::Kept, request).await?;
        // What the other side follows is not ours to change: its rules are compared before its books are mended.
        for fault in staged.ports.tracker.audit(rules).await.map_err(unlike)? {
            if let TrackingFault::RuleChanged(table) = fault {
                return Err(stopped(&MergeStop::RulesDiffer(table)));
            }
            if fault.is_gap() {
                let cause = format!("of {}: {fault}", request.other.display());
                let next = "mend it there first: `lifeboat --database FILE track`";
                return Err(Error::new(Code::MergeUnsupported, cause, next));
            }
        }
        staged.ports.tracker.track(self.mending(rules, request.wait)).await.map_err(unlike)?;
        Ok(())
    }

    /// Brings triggers and books in line; the names are written down already.
    fn mending(&self, rules: &Rules, wait: Duration) -> TrackOrder {
        let genesis = lifeboat_domain::tracking::Genesis([0; 16]);
        TrackOrder { rules: rules.clone(), genesis, replica: ReplicaId::NIL, beginning: Beginning::Now, wait }
    }

    async fn copy_to(&self, copy: &Path, wait: Duration) -> Result<(), Error> {
        let facts = self.ports.snapshotter.inspect(lifeboat_ports::Counting::HeaderOnly).await;
        let bytes = self.on_database(facts).await?.size_bytes();
        let need = self.need("copy to merge", copy, bytes).await?;
        self.preflight(&[need])?;
        crate::wiring::make_private(copy).about(About::Target)?;
        let limits = Limits::default();
        let limits = CaptureLimits {
            pin_max: limits.pin_max,
            wal_growth_bytes_max: limits.wal_growth_bytes_max,
            wait,
        };
        let capture = CaptureOrder { source: SourceChecks::FactsOnly, limits };
        self.on_database(self.ports.snapshotter.capture(copy, capture, &self.watch).await).await?;
        Ok(())
    }

    async fn rehearse_merge(
        &self,
        request: &MergeRequest,
        rules: &Rules,
        staged: &Path,
    ) -> Result<MergeReport, Error> {
        let name = format!("ours-{}.db", self.draw_id(self.ports.clock.utc_now())?);
        let copy = self.ports.workshop.scratch(&name).await.about(About::Target)?;
        let rehearsed = async {
            self.copy_to(&copy, request.wait).await?;
            let ours = self.sibling(&copy)?;
            ours.ports.tracker.track(self.mending(rules, request.wait)).await.map_err(unlike)?;
            let order = self.merge_order(request, rules, staged, "plan".to_owned());
            self.ports.replica.merge_on(&copy, order, &self.watch).await.map_err(unlike)
        };
        let rehearsed = rehearsed.await;
        self.ports.workshop.clear_scratch(&copy).await.about(About::Target)?;
        match rehearsed? {
            Merged::Done(report) => Ok(report),
            Merged::Stopped(stop) => Err(stopped(&stop)),
        }
    }

    fn merge_order(&self, request: &MergeRequest, rules: &Rules, staged: &Path, id: String) -> MergeOrder {
        MergeOrder {
            other: staged.to_path_buf(),
            rules: rules.clone(),
            now: self.ports.clock.utc_now(),
            id,
            clock: request.clock,
            base: None,
            duplicates: request.duplicates,
            checks: request.checks.clone(),
            wait: request.wait,
        }
    }

    async fn try_merge(
        &self,
        request: &MergeRequest,
        (rules, staged): (&Rules, &Path),
        writers: Writers,
    ) -> Result<(MergeReport, Option<Manifest>), Stopped> {
        let mended = self.ports.tracker.track(self.mending(rules, request.wait)).await;
        self.on_database(mended).await?;
        let quiet = self.ports.snapshotter.quiesce(request.wait).await.about(About::Database)?;
        let mark = self.on_database(self.ports.snapshotter.mark(writers).await).await?;
        let point = self.point_before_merge(request).await?;
        let begun = self.ports.clock.utc_now();
        let (id, safety) = (self.draw_id(begun)?, Some(point.id));
        let act = Act { id, verb: Verb::Merge, begun, point: None, safety, way: Way::Marked };
        self.ports.workshop.begin(&act).await.about(About::ActRecord)?;
        let order = self.merge_order(request, rules, staged, act.id.to_string());
        let merged = self.ports.replica.merge(order, Some(mark), &self.watch).await;
        drop(quiet);
        match merged {
            Ok(Merged::Done(report)) if report.lines == 0 && report.rows == 0 => {
                self.close(&act, InPlaceOutcome::Old).await?;
                self.withdraw(&point).await;
                Ok((report, None))
            }
            Ok(Merged::Done(report)) => {
                self.close(&act, InPlaceOutcome::New).await?;
                Ok((report, Some(point)))
            }
            Ok(Merged::Stopped(stop)) => {
                self.close(&act, InPlaceOutcome::Old).await?;
                self.withdraw(&point).await;
                Err(Stopped::For(stopped(&stop)))
            }
            Err(error) => {
                let overtaken = error.kind() == PortErrorKind::Changed;
                let error = if error.kind() == PortErrorKind::Unsupported {
                    unlike(error)
                } else {
                    self.explain_database(error).await
                };
                match self.recover_locked().await {
                    Ok(Some(recovery)) if recovery.outcome == InPlaceOutcome::Old => {
                        self.withdraw(&point).await;
                    }
                    Ok(Some(recovery)) if recovery.outcome == InPlaceOutcome::New => {
                        let id = point.id.short();
                        let state = format!("the merge took place; the state before is restore point {id}");
                        return Err(Stopped::For(error.state(state)));
                    }
                    Ok(_) | Err(_) => return Err(Stopped::For(error.unsettled())),
                }
                Err(if overtaken { Stopped::Overtaken(error) } else { Stopped::For(error) })
            }
        }
    }

    async fn point_before_merge(&self, request: &MergeRequest) -> Result<Manifest, Error> {
        let name = request.other.file_name().unwrap_or_default().to_string_lossy();
        let note = match request.duplicates {
            Duplicates::Leave => format!("before the merge of {name}"),
            Duplicates::Unite => "before duplicates were united".to_owned(),
        };
        let backup = BackupOrder {
            note: Some(note),
            limits: Limits { wait: request.wait, ..Limits::default() },
            ..BackupOrder::of_kind(PointKind::PreMerge)
        };
        let (point, _) = self.take_point(&backup).await.map_err(|e| e.leaving("nothing was merged"))?;
        Ok(point)
    }
}
