//! Takes a restore point: capture, seal, examine, compare, publish. The manifest comes last.

use crate::Lifeboat;
use crate::error::{About, Error};
use crate::handle::Explain;
use crate::recover::Recovery;
use lifeboat_domain::code::Code;
use lifeboat_domain::event::Event;
use lifeboat_domain::findings::{self, Examination};
use lifeboat_domain::id::SnapshotId;
use lifeboat_domain::kind::PointKind;
use lifeboat_domain::manifest::Manifest;
use lifeboat_domain::time::UtcMillis;
use lifeboat_domain::trust::{Trust, TrustLevel};
use lifeboat_domain::{catalogue, schema::DatabaseFacts};
use lifeboat_ports::{
    CaptureLimits, CaptureOrder, Captured, Counting, Draft, Sealed, SourceChecks, VaultListing,
};
use std::time::Duration;

/// What a backup may cost the application.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Longest wait for a lock of another process.
    pub wait: Duration,
    /// Longest time that the source stays pinned.
    pub pin_max: Duration,
    /// Furthest growth of the write-ahead log meanwhile, in bytes.
    pub wal_growth_bytes_max: u64,
}

impl Default for Limits {
    /// 5 seconds, 30 minutes, 4 GiB.
    fn default() -> Self {
        Self {
            wait: Duration::from_secs(5),
            pin_max: Duration::from_secs(30 * 60),
            wal_growth_bytes_max: 4 * 1024 * 1024 * 1024,
        }
    }
}

/// One backup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupOrder {
    /// Why.
    pub kind: PointKind,
    /// Words to find it again by.
    pub note: Option<String>,
    /// Version of the application, where it is known.
    pub app_version: Option<String>,
    /// Bounds.
    pub limits: Limits,
}

impl BackupOrder {
    /// A point that a person asks for.
    pub fn manual(note: impl Into<String>) -> Self {
        Self { note: Some(note.into()), ..Self::of_kind(PointKind::Manual) }
    }

    /// A point without a note.
    #[must_use]
    pub fn of_kind(kind: PointKind) -> Self {
        Self { kind, note: None, app_version: None, limits: Limits::default() }
    }
}

/// What a backup made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupReport {
    /// The new point.
    pub point: Manifest,
    /// How long it took.
    pub took: Duration,
    /// Growth of the write-ahead log while the source was pinned, in bytes.
    pub wal_growth_bytes: u64,
    /// An interrupted act that was finished or taken back first.
    pub recovered: Option<Recovery>,
}

impl BackupReport {
    /// Something the user should read: gaps in the proof, or a damaged source.
    #[must_use]
    pub fn has_warnings(&self) -> bool {
        self.point.suspect || !self.point.not_checked.is_empty() || self.recovered.is_some()
    }
}

impl Lifeboat {
    /// Takes a verified restore point. The database is only read.
    ///
    /// On any error there is no new point, what was written is removed, and older points are untouched; killed
    /// anywhere, the next backup tidies up.
    ///
    /// # Errors
    /// `LB0101` to `LB0106`, `LB0108` to `LB0112`, `LB0115`, `LB0201` to `LB0203`, `LB0305`.
    pub async fn backup(&self, order: BackupOrder) -> Result<BackupReport, Error> {
        let begun = self.ports.clock.monotonic();
        refuse_long(order.note.as_deref())?;
        let recovered = self.recover_pending(order.limits.wait).await?;
        let taken = match self.refuse_network().await {
            Ok(()) => self.take_point(&order).await,
            Err(error) => Err(error),
        };
        let settled = || recovered.as_ref().map(Recovery::words);
        let (point, wal_growth_bytes) = taken.map_err(|error| error.leaving(NO_POINT).after(settled()))?;
        let took = self.ports.clock.monotonic().saturating_sub(begun);
        Ok(BackupReport { point, took, wal_growth_bytes, recovered })
    }

    /// The part of a backup that restores share: everything under the vault's lock.
    pub(crate) async fn take_point(&self, order: &BackupOrder) -> Result<(Manifest, u64), Error> {
        let facts = self.on_database(self.ports.snapshotter.inspect(Counting::HeaderOnly).await).await?;
        let need = self.need("restore point", &self.places.vault, facts.size_bytes()).await?;
        self.preflight(&[need])?;
        let vault = &self.ports.vault;
        let _guard = vault.lock(order.limits.wait, &self.watch).await.about(About::Lock)?;
        vault.sweep().await.about(About::Vault)?;
        let listing = vault.list().await.about(About::Vault)?;
        let now = self.ports.clock.utc_now();
        let id = self.draw_id(now)?;
        let draft = vault.begin(id).await.about(About::Vault)?;
        let published = self.fill_draft(&draft, order, &listing, (id, now)).await;
        let discarded = vault.discard(&draft).await;
        let done = published?;
        if let Err(error) = discarded {
            tracing::info!(%error, "a draft is left to the next sweep");
        }
        self.watch.events.emit(&Event::PointTaken { id });
        Ok(done)
    }

    async fn fill_draft(
        &self,
        draft: &Draft,
        order: &BackupOrder,
        listing: &VaultListing,
        (id, now): (SnapshotId, UtcMillis),
    ) -> Result<(Manifest, u64), Error> {
        let points = listing.points();
        let parent = points.last();
        let plain_before = parent.is_none_or(|p| p.findings.is_clean() && p.not_checked.is_empty());
        let first = if plain_before { SourceChecks::FactsOnly } else { SourceChecks::Full };
        let mut taken = self.capture_and_prove(draft, order.limits, first).await?;
        if first == SourceChecks::FactsOnly && !taken.examined.is_plain() {
            // A finding counts only when the pinned source shows the same one: capture again and look there too.
            taken = self.capture_and_prove(draft, order.limits, SourceChecks::Full).await?;
        }
        let (captured, examined) = (taken.captured, taken.examined);
        findings::compare(&captured.facts, captured.source.as_ref(), &examined).map_err(|disagreement| {
            let next = "run it again; if it stays, look at the disk: `lifeboat doctor`";
            Error::new(Code::CaptureDisagrees, disagreement.to_string(), next).state(NO_POINT)
        })?;
        let manifest = Manifest {
            id,
            kind: order.kind,
            note: order.note.clone(),
            sequence: catalogue::next_sequence(&points, floor(listing)),
            created: now,
            database: self.name(),
            app_version: order.app_version.clone(),
            lifeboat_version: env!("CARGO_PKG_VERSION").to_owned(),
            facts: stored_facts(captured.facts, &examined),
            size_bytes: taken.sealed.size_bytes,
            digest: taken.sealed.digest,
            parent: parent.map(|p| p.id),
            trust: Trust { level: TrustLevel::Checked, at: self.ports.clock.utc_now() },
            suspect: examined.findings.is_damaged(),
            findings: examined.findings,
            not_checked: examined.not_checked,
        };
        self.ports.vault.publish(draft, &manifest).await.about(About::Vault)?;
        Ok((manifest, captured.wal_growth_bytes))
    }

    async fn capture_and_prove(
        &self,
        draft: &Draft,
        limits: Limits,
        source: SourceChecks,
    ) -> Result<Taken, Error> {
        let limits = CaptureLimits {
            pin_max: limits.pin_max,
            wal_growth_bytes_max: limits.wal_growth_bytes_max,
            wait: limits.wait,
        };
        let (snapshotter, vault) = (&self.ports.snapshotter, &self.ports.vault);
        let order = CaptureOrder { source, limits };
        let captured = self.on_database(snapshotter.capture(&draft.path, order, &self.watch).await).await?;
        let (sealed, examined) =
            tokio::join!(vault.seal(draft, &self.watch), snapshotter.examine(&draft.path, &self.watch));
        let sealed = sealed.about(About::Vault)?;
        let examined = examined.about(About::Vault)?;
        Ok(Taken { captured, sealed, examined })
    }
}

/// Longest note, in characters: words to find a point by, not a document.
const NOTE_CHARS_MAX: usize = 1_000;
/// What a backup that failed leaves.
const NO_POINT: &str = "no restore point was made; the database and older points are as they were";

fn refuse_long(note: Option<&str>) -> Result<(), Error> {
    let chars = note.map_or(0, |note| note.chars().count());
    if chars <= NOTE_CHARS_MAX {
        return Ok(());
    }
    let cause = format!("the note has {chars} characters, more than {NOTE_CHARS_MAX}");
    Err(Error::new(Code::OutOfBounds, cause, "say it shorter"))
}

struct Taken {
    captured: Captured,
    sealed: Sealed,
    examined: Examination,
}

/// Sequences of damaged manifests and of strays count too, or a number would be given twice.
fn floor(listing: &VaultListing) -> u64 {
    use lifeboat_domain::name::PointStem;
    use lifeboat_ports::VaultEntry;
    let of = |entry: &VaultEntry| match entry {
        VaultEntry::BadManifest { name, .. } => PointStem::from_manifest_file(name)?.sequence(),
        VaultEntry::BadFile { manifest, .. } => Some(manifest.sequence),
        VaultEntry::Stray { name } => PointStem::from_point_file(name)?.sequence(),
        VaultEntry::Point(_) => None,
    };
    listing.entries.iter().filter_map(of).max().unwrap_or(0).max(listing.sequence_floor)
}

/// The manifest describes the source; what only the copy's reader knows is the engine's version.
fn stored_facts(source: DatabaseFacts, examined: &Examination) -> DatabaseFacts {
    DatabaseFacts { engine_version: examined.facts.engine_version.clone(), ..source }
}
