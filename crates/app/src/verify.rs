//! Reads stored points again, byte for byte, and drills them on demand.

use crate::Lifeboat;
use crate::error::{About, Error};
use crate::handle::Explain;
use crate::points::find_in;
use lifeboat_domain::code::Code;
use lifeboat_domain::id::SnapshotId;
use lifeboat_domain::manifest::Manifest;
use lifeboat_domain::trust::{Trust, TrustLevel};
use lifeboat_ports::{PortErrorKind, VaultEntry, VaultListing};
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

impl Lifeboat {
    /// Verifies one point, by a word as in [`Self::find`], or all with `None`. Damage is a result: look at
    /// [`VerifyReport::damaged`].
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
        let damaged = |what: String| Damage { name: name.clone(), what, code: Code::PointDamaged };
        match self.ports.vault.hash(&point, &self.watch).await {
            Ok(sealed) if sealed.digest == point.digest && sealed.size_bytes == point.size_bytes => {
                report.bytes += sealed.size_bytes;
            }
            Ok(_) => {
                report.damaged.push(damaged("its bytes are not the ones that were verified".to_owned()));
                return Ok(());
            }
            Err(error) if error.kind() == PortErrorKind::Cancelled => return Err(error).about(About::Point),
            Err(error) => {
                report.damaged.push(damaged(error.to_string()));
                return Ok(());
            }
        }
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
        let wait = Duration::from_secs(5);
        let _guard = self.ports.vault.lock(wait, &self.watch).await.about(About::Lock)?;
        self.ports.vault.amend(&drilled).await.about(About::Vault)?;
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
        let sealed = self.ports.vault.hash(point, &self.watch).await.about(About::Point)?;
        if sealed.digest == point.digest && sealed.size_bytes == point.size_bytes {
            return Ok(());
        }
        Err(damaged_point(point.id))
    }
}

fn damaged_point(id: SnapshotId) -> Error {
    let cause = format!("the bytes of restore point {} are not the ones that were verified", id.short());
    Error::new(Code::PointDamaged, cause, "choose another: `lifeboat verify --all` says which are sound")
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
