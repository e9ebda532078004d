//! First checks of a database's health. Each has an id, a verdict and what mends it. Looking changes nothing.

use crate::Lifeboat;
use crate::status::Status;
use lifeboat_domain::time::{DAY_MS, HOUR_MS};
use lifeboat_domain::trust::TrustLevel;
use lifeboat_ports::{VaultEntry, VolumeKind};

/// Verdict of one check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Health {
    /// As it should be.
    Ok,
    /// Could not be looked at.
    NotChecked,
    /// Works, and could be better.
    Advice,
    /// Data is or may be at risk.
    Problem,
}

impl Health {
    /// The stable word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::NotChecked => "not checked",
            Self::Advice => "advice",
            Self::Problem => "problem",
        }
    }
}

/// One check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// Stable id.
    pub id: &'static str,
    /// Verdict.
    pub health: Health,
    /// What was found, as counts and names.
    pub finding: String,
    /// What mends it, where something is to be mended.
    pub mend: Option<String>,
}

/// First version in which the WAL-reset bug (3.7.0 to 3.51.2) is fixed (sqlite.org, release 3.51.3).
const ENGINE_FIXED: [u32; 3] = [3, 51, 3];
/// A log of this size means that something keeps checkpoints from finishing (64 MiB).
const WAL_LARGE_BYTES: u64 = 64 * 1024 * 1024;

fn check(id: &'static str, health: Health, finding: impl Into<String>, mend: &str) -> Check {
    let mend = (!mend.is_empty()).then(|| mend.to_owned());
    Check { id, health, finding: finding.into(), mend }
}

impl Lifeboat {
    /// Runs every check. Works on a damaged database and without a vault.
    pub async fn doctor(&self) -> Vec<Check> {
        let mut checks = vec![engine()];
        match self.status().await {
            Ok(status) => checks.extend(self.check_status(&status).await),
            Err(error) => checks.push(check("status", Health::Problem, error.cause(), error.next_step())),
        }
        checks.push(self.volume().await);
        checks.push(self.log_size());
        checks.push(self.permissions());
        checks.push(self.quarantine());
        checks
    }

    async fn check_status(&self, status: &Status) -> Vec<Check> {
        let mut checks = vec![interrupted(status)];
        match &status.database {
            Err(error) => checks.push(check("database", Health::Problem, error.cause(), error.next_step())),
            Ok(facts) => {
                let found = format!(
                    "{} tables, {} rows, journal {}",
                    facts.tables.len(),
                    facts.rows(),
                    facts.journal
                );
                checks.push(check("database", Health::Ok, found, ""));
                checks.extend(self.integrity().await);
            }
        }
        checks.push(self.newest_point(status));
        checks.push(vault_contents(status));
        checks
    }

    async fn integrity(&self) -> Vec<Check> {
        let examined = match self.ports.snapshotter.examine_live(&self.watch).await {
            Ok(examined) => examined,
            Err(error) => return vec![check("structure", Health::NotChecked, error.to_string(), "")],
        };
        let structure = match examined.findings.structure {
            0 => check("structure", Health::Ok, format!("{} pages", examined.facts.page_count), ""),
            n => check("structure", Health::Problem, format!("{n} findings"), "lifeboat restore latest"),
        };
        let foreign_keys = match examined.findings.orphan_rows() {
            0 => check("foreign-keys", Health::Ok, "no orphans", ""),
            n => check(
                "foreign-keys",
                Health::Advice,
                format!("{n} rows without a parent"),
                "mend them in the application",
            ),
        };
        let gaps = examined.not_checked.iter().map(|n| {
            check("not-checked", Health::NotChecked, format!("{}: {} ({})", n.check, n.subject, n.reason), "")
        });
        [structure, foreign_keys].into_iter().chain(gaps).collect()
    }

    fn newest_point(&self, status: &Status) -> Check {
        let Some(point) = &status.newest else {
            return check(
                "newest-point",
                Health::Problem,
                "there is no verified restore point",
                "lifeboat backup",
            );
        };
        let age_ms = self.ports.clock.utc_now().since(point.created);
        let found = format!("{}, {} h old, {}", point.id.short(), age_ms / HOUR_MS, point.trust.level);
        if age_ms > 7 * DAY_MS {
            return check("newest-point", Health::Advice, found, "lifeboat backup");
        }
        check("newest-point", Health::Ok, found, "")
    }

    async fn volume(&self) -> Check {
        let volume = match self.ports.disk.volume(&self.places.database).await {
            Ok(volume) => volume,
            Err(error) => return check("volume", Health::NotChecked, error.to_string(), ""),
        };
        if let VolumeKind::Network { protocol } = volume.kind {
            let found = format!("the database lies on a network file system ({protocol})");
            return check("volume", Health::Problem, found, "move the database to a local disk");
        }
        let free_mib = volume.space.free_bytes / (1024 * 1024);
        if volume.space.free_bytes < volume.space.total_bytes / 20 {
            return check(
                "volume",
                Health::Advice,
                format!("{free_mib} MiB free, less than a twentieth"),
                "free space",
            );
        }
        check("volume", Health::Ok, format!("{free_mib} MiB free"), "")
    }

    fn log_size(&self) -> Check {
        let bytes = crate::wiring::wal_bytes(&self.places.database);
        let found = format!("{bytes} bytes");
        if bytes >= WAL_LARGE_BYTES {
            return check(
                "write-ahead-log",
                Health::Advice,
                found,
                "close what keeps a read transaction open",
            );
        }
        check("write-ahead-log", Health::Ok, found, "")
    }

    fn permissions(&self) -> Check {
        match crate::wiring::open_to_others(&self.places.vault).as_slice() {
            [] => check("vault-permissions", Health::Ok, "for the owner alone", ""),
            [first, ..] => {
                let found =
                    format!("others may read {}", first.file_name().unwrap_or_default().to_string_lossy());
                check("vault-permissions", Health::Problem, found, "chmod -R go-rwx on the vault's folder")
            }
        }
    }

    fn quarantine(&self) -> Check {
        match crate::wiring::quarantined(&self.places.database) {
            0 => check("quarantine", Health::Ok, "empty", ""),
            n => check(
                "quarantine",
                Health::Advice,
                format!("{n} sets of files were set aside"),
                "look at them, then move them away",
            ),
        }
    }
}

fn engine() -> Check {
    let version = lifeboat_adapter_sqlite::engine_version();
    let numbers: Vec<u32> = version.split('.').filter_map(|part| part.parse().ok()).collect();
    if numbers.as_slice() >= ENGINE_FIXED.as_slice() {
        return check("engine", Health::Ok, format!("SQLite {version}"), "");
    }
    let found = format!("SQLite {version} carries the WAL-reset bug (3.7.0 to 3.51.2)");
    check("engine", Health::Problem, found, "build with SQLite 3.51.3 or later")
}

fn interrupted(status: &Status) -> Check {
    match &status.pending {
        None => check("interrupted-act", Health::Ok, "none", ""),
        Some(act) => {
            let found = format!("a {} was interrupted", act.verb.as_str());
            check(
                "interrupted-act",
                Health::Problem,
                found,
                "lifeboat backup (finishes or takes it back first)",
            )
        }
    }
}

fn vault_contents(status: &Status) -> Check {
    let points = status.vault.points().len();
    let strays = status.vault.entries.iter().filter(|e| matches!(e, VaultEntry::Stray { .. })).count();
    let unproven = status.vault.points().iter().any(|point| point.trust.level < TrustLevel::Checked);
    if unproven || !status.vault.is_complete() {
        return check("vault", Health::Problem, "a restore point is damaged", "lifeboat verify --all");
    }
    if strays > 0 {
        return check(
            "vault",
            Health::Advice,
            format!("{strays} files belong to no point"),
            "lifeboat verify --all",
        );
    }
    check("vault", Health::Ok, format!("{points} restore points"), "")
}
