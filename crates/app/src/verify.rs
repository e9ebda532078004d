//! Reads stored points again, byte for byte, and drills them on demand.

use crate::Lifeboat;
use crate::error::{About, Error, explain};
use crate::handle::Explain;
use crate::points::find_in;
use lifeboat_domain::catalogue;
use lifeboat_domain::code::Code;
use lifeboat_domain::manifest::Manifest;
use lifeboat_domain::trust::{Reading, Trust, TrustLevel};
use lifeboat_ports::{PortError, PortErrorKind, VaultEntry, VaultListing};
use std::time::Duration;

/// How far to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VerifyDepth {
    /// Read every byte and compare the digest.
    Bytes,
    /// And restore to scratch, open, and count.
    Drill,
}

/// Something that is not what it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    /// File name in the vault.
    pub name: String,
    /// What is wrong with it.
    pub what: String,
    /// The code of the error.
    pub code: Code,
}

/// What a verification found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct VerifyReport {
    /// Points whose every byte is the one that was written.
    pub sound: Vec<Manifest>,
    /// What is damaged.
    pub damaged: Vec<Damage>,
    /// Files that belong to no point.
    pub strays: Vec<String>,
    /// Bytes read.
    pub bytes: u64,
}

/// How long the vault is waited for, to keep what a reading showed.
const AMEND_WAIT: Duration = Duration::from_secs(5);
/// Longest wait for the stage.
const DRILL_WAIT: Duration = Duration::from_secs(5);

impl Lifeboat {
    /// Verifies one point, by a word as in [`Self::find`], or all with `None`. Damage is a result: look at
    /// [`VerifyReport::damaged`]. A point whose bytes changed loses its trust until they are back
    /// (docs/adr/0012-reading-changes-trust.md); the database is not looked at.
    ///
    /// # Errors
    /// As [`Self::find`]; `LB0110`; for a drill also `LB0108`, `LB0109`.
    pub async fn verify(&self, word: Option<&str>, depth: VerifyDepth) -> Result<VerifyReport, Error> {
        let listing = self.list().await?;
        let mut report = VerifyReport::default();
        let points = match word {
            Some(word) => vec![find_in(&listing, word)?],
            None => {
                note_damage(&listing, &mut report);
                listing.points()
            }
        };
        for point in points {
            self.verify_point(point, depth, &mut report).await?;
        }
        Ok(report)
    }

    async fn verify_point(
        &self,
        point: Manifest,
        depth: VerifyDepth,
        report: &mut VerifyReport,
    ) -> Result<(), Error> {
        let name = point.stem().point_file();
        let reading = match self.read_again(&point).await {
            Ok(reading) => reading,
            Err(error) if error.kind() == PortErrorKind::Cancelled => return Err(error).about(About::Point),
            Err(error) => {
                let what = error.to_string();
                let code = explain(About::Point, error).code();
                report.damaged.push(Damage { name, what, code });
                return Ok(());
            }
        };
        let point = self.record(point, reading).await;
        if reading == Reading::Other {
            let what = "its bytes are not the ones that were verified; it is no longer offered".to_owned();
            report.damaged.push(Damage { name, what, code: Code::PointDamaged });
            return Ok(());
        }
        report.bytes += point.size_bytes;
        if depth == VerifyDepth::Bytes {
            report.sound.push(point);
            return Ok(());
        }
        match self.drill(&point).await? {
            Ok(drilled) => report.sound.push(drilled),
            Err(what) => report.damaged.push(Damage { name, what, code: Code::DrillFailed }),
        }
        Ok(())
    }

    /// Restores to scratch, opens, counts; on success the point's trust rises. The inner error says in words
    /// what did not agree.
    async fn drill(&self, point: &Manifest) -> Result<Result<Manifest, String>, Error> {
        let workshop = &self.ports.workshop;
        // What lies on the stage under the lock is not swept.
        let _guard = self.lock(DRILL_WAIT).await?;
        let need = self.need("drill", &self.places.database, point.size_bytes).await?;
        self.preflight(&[need])?;
        let scratch = workshop.scratch(&format!("drill-{}.db", point.id)).await.about(About::Target)?;
        let outcome = self.drill_at(point, &scratch).await;
        workshop.clear_scratch(&scratch).await.about(About::Target)?;
        if let Err(what) = outcome? {
            return Ok(Err(what));
        }
        let mut drilled = point.clone();
        drilled.trust = Trust { level: TrustLevel::Drilled, at: self.ports.clock.utc_now() };
        // A vault that cannot be written keeps what it says; that the drill went well is told in any case.
        if let Err(error) = self.amend(&drilled).await {
            tracing::info!(%error, "that a restore point was drilled is not kept");
            return Ok(Ok(point.clone()));
        }
        Ok(Ok(drilled))
    }

    async fn drill_at(
        &self,
        point: &Manifest,
        scratch: &std::path::Path,
    ) -> Result<Result<(), String>, Error> {
        self.ports.workshop.clear_scratch(scratch).await.about(About::Target)?;
        self.ports.vault.export(point, scratch, &self.watch).await.about(About::Point)?;
        let examined = self.ports.snapshotter.examine(scratch, &self.watch).await.about(About::Point)?;
        Ok(if examined.facts.tables != point.facts.tables {
            Err("the restored copy has other row counts than the manifest says".to_owned())
        } else if examined.facts.fingerprint != point.facts.fingerprint {
            Err("the restored copy has another schema than the manifest says".to_owned())
        } else if examined.findings != point.findings {
            Err("the restored copy shows other findings than the manifest says".to_owned())
        } else {
            Ok(())
        })
    }

    /// Fails unless every byte of the point is the one that was verified.
    pub(crate) async fn prove_bytes(&self, point: &Manifest) -> Result<(), Error> {
        let reading = self.read_again(point).await.about(About::Point)?;
        self.record(point.clone(), reading).await;
        match reading {
            Reading::AsProven => Ok(()),
            Reading::Other => Err(self.damaged_point(point).await),
        }
    }

    /// The error for a point whose bytes changed; it names the newest other one that is offered.
    pub(crate) async fn damaged_point(&self, point: &Manifest) -> Error {
        let cause =
            format!("the bytes of restore point {} are not the ones that were verified", point.id.short());
        let mut others = self.list().await.map(|listing| listing.points()).unwrap_or_default();
        others.retain(|other| other.id != point.id);
        let next = match catalogue::latest(&others) {
            Some(other) => format!("the newest other one: `lifeboat restore {}`", other.id.short()),
            None => "see what else is there: `lifeboat verify --all`".to_owned(),
        };
        Error::new(Code::PointDamaged, cause, next)
    }

    async fn read_again(&self, point: &Manifest) -> Result<Reading, PortError> {
        let sealed = self.ports.vault.hash(point, &self.watch).await?;
        let same = sealed.digest == point.digest && sealed.size_bytes == point.size_bytes;
        Ok(if same { Reading::AsProven } else { Reading::Other })
    }

    /// Keeps what a reading showed, where it is news: a damaged point is no longer offered, and retention does not
    /// count on it. A vault that cannot be written keeps what it says; the finding is told in any case.
    pub(crate) async fn record(&self, point: Manifest, reading: Reading) -> Manifest {
        let level = point.trust.level.after(reading);
        if level == point.trust.level {
            return point;
        }
        let amended = Manifest { trust: Trust { level, at: self.ports.clock.utc_now() }, ..point.clone() };
        match self.amend(&amended).await {
            Ok(()) => amended,
            Err(error) => {
                tracing::info!(%error, "what a reading showed of a restore point is not kept");
                point
            }
        }
    }

    async fn amend(&self, manifest: &Manifest) -> Result<(), Error> {
        let _guard = self.ports.vault.lock(AMEND_WAIT, &self.watch).await.about(About::Lock)?;
        self.ports.vault.amend(manifest).await.about(About::Vault)
    }
}

fn note_damage(listing: &VaultListing, report: &mut VerifyReport) {
    for entry in &listing.entries {
        match entry {
            VaultEntry::Point(_) => {}
            VaultEntry::BadManifest { name, error } => {
                let code = match error {
                    lifeboat_domain::manifest::ManifestError::UnknownVersion(_) => Code::UnknownFormat,
                    _ => Code::ManifestDamaged,
                };
                report.damaged.push(Damage { name: name.clone(), what: error.to_string(), code });
            }
            VaultEntry::BadFile { name, .. } => report.damaged.push(Damage {
                name: name.clone(),
                what: "the file is missing or has another size than its manifest says".to_owned(),
                code: Code::PointDamaged,
            }),
            VaultEntry::Stray { name } => report.strays.push(name.clone()),
        }
    }
}
