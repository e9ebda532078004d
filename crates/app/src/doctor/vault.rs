//! Checks of the vault: what is in it, how old, who may read it, and whether it would outlive the disk.

use super::{Check, Health, by_hand, check, not_checked, ok, run};
use crate::Lifeboat;
use crate::status::Status;
use lifeboat_domain::time::{DAY_MS, HOUR_MS};
use lifeboat_domain::trust::TrustLevel;
use lifeboat_ports::VaultEntry;

/// A newest point that lies so far ahead means that a clock was wrong (5 minutes).
const CLOCK_SLACK_MS: i64 = 5 * 60 * 1000;

impl Lifeboat {
    pub(super) async fn check_vault(&self) -> Vec<Check> {
        let status = match self.status().await {
            Ok(status) => status,
            Err(error) => {
                return vec![check("vault", Health::Problem, error.cause(), by_hand(error.next_step()))];
            }
        };
        vec![
            self.newest_point(&status),
            self.clock(&status),
            contents(&status),
            self.permissions(),
            self.vault_volume().await,
        ]
    }

    fn newest_point(&self, status: &Status) -> Check {
        let id = "newest-point";
        let Some(point) = &status.newest else {
            return check(id, Health::Problem, "there is no verified restore point", run("lifeboat backup"));
        };
        let age_ms = self.ports.clock.utc_now().since(point.created);
        let found = format!("{}, {} h old, {}", point.id.short(), age_ms / HOUR_MS, point.trust.level);
        if age_ms > 7 * DAY_MS {
            return check(id, Health::Advice, found, run("lifeboat backup"));
        }
        ok(id, found)
    }

    fn clock(&self, status: &Status) -> Check {
        let ahead = status.newest.as_ref().map_or(0, |point| point.created.since(self.ports.clock.utc_now()));
        if ahead <= CLOCK_SLACK_MS {
            return ok("clock", "no restore point is of the future");
        }
        let found = format!("the newest restore point is {} min ahead of the clock", ahead / 60_000);
        let mend = by_hand("set the clock; the order of points does not depend on it");
        check("clock", Health::Advice, found, mend)
    }

    fn permissions(&self) -> Check {
        match crate::wiring::open_to_others(&self.places.vault).as_slice() {
            [] => ok("vault-permissions", "for the owner alone"),
            [first, ..] => {
                let name = first.file_name().unwrap_or_default().to_string_lossy();
                let found = format!("others may read {name}");
                let mend = by_hand("make the vault's folder private: `chmod -R go-rwx`");
                check("vault-permissions", Health::Problem, found, mend)
            }
        }
    }

    /// Points beside the database help against mistakes, not against a broken disk.
    async fn vault_volume(&self) -> Check {
        let id = "vault-volume";
        let here = self.ports.disk.volume(&self.places.database).await;
        let there = self.ports.disk.volume(&self.places.vault).await;
        match (here, there) {
            (Ok(here), Ok(there)) if here.space.volume == there.space.volume => check(
                id,
                Health::Advice,
                "the vault lies on the volume of the database",
                run("lifeboat --vault DIR backup"),
            ),
            (Ok(_), Ok(_)) => ok(id, "the vault lies on another volume"),
            (Err(error), _) | (_, Err(error)) => not_checked(id, error),
        }
    }
}

fn contents(status: &Status) -> Check {
    let points = status.vault.points().len();
    let strays = status.vault.entries.iter().filter(|e| matches!(e, VaultEntry::Stray { .. })).count();
    let unproven = status.vault.points().iter().any(|point| point.trust.level < TrustLevel::Checked);
    if unproven || !status.vault.is_complete() {
        return check("vault", Health::Problem, "a restore point is damaged", run("lifeboat verify --all"));
    }
    if strays > 0 {
        let found = format!("{strays} files belong to no point");
        return check("vault", Health::Advice, found, run("lifeboat verify --all"));
    }
    ok("vault", format!("{points} restore points"))
}
