//! Checks of the database itself: engine, condition, foreign keys, keys, secrets, migrations, log.

use super::{Check, DoctorOrder, Health, by_hand, check, not_checked, ok, run};
use crate::handle::name_all;
use crate::migrate::MigrateOrder;
use crate::{Diagnosis, Lifeboat};
use lifeboat_domain::advice::{EngineVersion, WAL_RESET_FIXED, looks_secret};
use lifeboat_domain::code::Code;
use lifeboat_domain::damage::{Condition, Mend};
use lifeboat_domain::id::TableName;
use lifeboat_domain::schema::{DatabaseFacts, JournalMode};
use lifeboat_ports::{Anatomy, Counting, Depth, Looking};

/// A log of this size means that something keeps checkpoints from finishing (64 MiB).
const WAL_LARGE_BYTES: u64 = 64 * 1024 * 1024;
/// Pages that are free are mentioned from this share of the file on (one in ...).
const FREE_SHARE: u64 = 4;
/// Names in one finding; the rest is counted.
const NAMES_MAX: usize = 5;

pub(super) fn own_engine() -> Check {
    let version = lifeboat_adapter_sqlite::engine_version();
    match EngineVersion::parse(version).is_some_and(EngineVersion::carries_wal_reset) {
        false => ok("engine", format!("SQLite {version}")),
        true => {
            let found = format!("SQLite {version} carries the WAL-reset bug (3.7.0 to 3.51.2)");
            let mend = by_hand(format!("build with SQLite {WAL_RESET_FIXED} or later"));
            check("engine", Health::Problem, found, mend)
        }
    }
}

impl Lifeboat {
    pub(super) async fn check_database(&self, order: &DoctorOrder) -> Vec<Check> {
        let mut checks = vec![self.check_pending().await];
        let condition = match self.diagnose(order.depth).await {
            Ok(diagnosis) => {
                checks.push(condition(&diagnosis, order.depth));
                checks.push(constraints(&diagnosis));
                diagnosis.condition
            }
            Err(error) => {
                // Not damage: moved away, a lock, a right, a part of the application that this process lacks.
                let moved = error.code() == Code::DatabaseMoved;
                let health = if moved { Health::Problem } else { Health::NotChecked };
                checks.push(check("database", health, error.cause(), by_hand(error.next_step())));
                Condition::Sound
            }
        };
        let facts = self.ports.snapshotter.inspect(Counting::HeaderOnly).await.ok();
        let journal = facts.as_ref().map(|facts| facts.journal);
        checks.extend(facts.as_ref().map(settings));
        if matches!(
            condition,
            Condition::Sound | Condition::IndexesHurt(_) | Condition::PagesUnused | Condition::LogHurt
        ) {
            checks.extend(self.check_foreign_keys().await);
        }
        match self.ports.medic.describe().await {
            Ok(anatomy) => {
                checks.extend(describe(&anatomy, journal, order));
                checks.extend(facts.map(|facts| free_pages(&anatomy, facts.page_count)));
            }
            Err(error) if condition == Condition::Sound => checks.push(not_checked("anatomy", error)),
            Err(_) => {}
        }
        checks.push(self.check_migrations(order).await);
        checks.push(self.check_log().await);
        checks
    }

    async fn check_pending(&self) -> Check {
        if self.is_arriving() {
            let found = "a move to here was begun and not ended: the old place still counts";
            return check(
                "interrupted-act",
                Health::Problem,
                found,
                run("lifeboat --database OLD relocate --to THIS"),
            );
        }
        match self.pending().await {
            Ok(None) => ok("interrupted-act", "none"),
            Ok(Some(act)) => {
                let found =
                    format!("a {} was interrupted; the next act ends it or takes it back", act.verb.as_str());
                check("interrupted-act", Health::Problem, found, run("lifeboat backup"))
            }
            Err(error) => {
                check("interrupted-act", Health::Problem, error.cause(), by_hand(error.next_step()))
            }
        }
    }

    async fn check_foreign_keys(&self) -> Vec<Check> {
        let examined = match self.ports.snapshotter.examine_live(&self.watch).await {
            Ok(examined) => examined,
            Err(error) => return vec![not_checked("foreign-keys", error)],
        };
        let foreign_keys = match examined.findings.orphan_rows() {
            0 => ok("foreign-keys", "no orphans"),
            n => check(
                "foreign-keys",
                Health::Advice,
                format!(
                    "{n} rows without a parent; a step with `-- lifeboat: moves-orphans TABLE` sets them aside"
                ),
                run("lifeboat migrate new NAME"),
            ),
        };
        let gaps = examined.not_checked.iter();
        let gaps =
            gaps.map(|n| not_checked("not-checked", format!("{}: {} ({})", n.check, n.subject, n.reason)));
        std::iter::once(foreign_keys).chain(gaps).collect()
    }

    async fn check_migrations(&self, order: &DoctorOrder) -> Check {
        let ledger = match self.ports.migrator.read_ledger().await {
            Ok(ledger) => ledger,
            Err(error) => return not_checked("migrations", error),
        };
        let Some(migrations) = &order.migrations else {
            return match ledger.exists {
                true => ok("migrations", format!("at step {}", ledger.head())),
                false => ok("migrations", "no ledger of Lifeboat's"),
            };
        };
        match self.migration_status(migrations, &MigrateOrder::default()).await.map(|status| status.pending) {
            Ok(Ok(pending)) if pending.is_empty() => ok("migrations", format!("at step {}", ledger.head())),
            Ok(Ok(pending)) => {
                let found = format!("at step {}, {} pending", ledger.head(), pending.len());
                check("migrations", Health::Advice, found, run("lifeboat migrate apply"))
            }
            // The error's own words may hold what a trigger or a step said about a row.
            Ok(Err(error)) | Err(error) => {
                let found = format!("at step {}: {}", ledger.head(), error.code());
                check("migrations", Health::Problem, found, run("lifeboat migrate status"))
            }
        }
    }

    async fn check_log(&self) -> Check {
        let bytes = crate::wiring::wal_bytes(&self.places.database);
        let found = format!("{bytes} bytes");
        if bytes < WAL_LARGE_BYTES {
            return ok("write-ahead-log", found);
        }
        let holders = self.ports.workshop.holders(Looking::AtNames).await.unwrap_or_default();
        let found = match holders.as_slice() {
            [] => found,
            holders => format!("{found}; open in {}, which has to let go first", name_all(holders)),
        };
        check("write-ahead-log", Health::Advice, found, run("lifeboat maintain"))
    }
}

fn condition(diagnosis: &Diagnosis, depth: Depth) -> Check {
    let mend = match diagnosis.command() {
        Some(command) => run(command),
        None => by_hand(diagnosis.way_out()),
    };
    let found = diagnosis.condition.to_string();
    match diagnosis.condition.mend() {
        Mend::Nothing => {
            let how = if depth == Depth::Deep { "every index entry too" } else { "every page and row" };
            ok("database", format!("sound ({how})"))
        }
        Mend::Wait => not_checked("database", found),
        Mend::LookBehind => check("database", Health::Advice, found, mend),
        Mend::NewerBuild | Mend::NameAnother | Mend::Repair | Mend::RestoreOrSalvage => {
            check("database", Health::Problem, found, mend)
        }
    }
}

/// A row that breaks a rule was let in once; the next change of it will be refused.
fn constraints(diagnosis: &Diagnosis) -> Check {
    let every_row_was_read = match diagnosis.condition {
        Condition::Sound
        | Condition::IndexesHurt(_)
        | Condition::PagesUnused
        | Condition::FreeListHurt
        | Condition::LogHurt => true,
        Condition::Absent
        | Condition::NotADatabase
        | Condition::Newer
        | Condition::Locked
        | Condition::HeaderHurt
        | Condition::SchemaHurt
        | Condition::TablesHurt(_) => false,
    };
    match diagnosis.refused_rows {
        0 if !every_row_was_read => not_checked("constraints", "not every row could be read"),
        0 => ok("constraints", "every row keeps CHECK, NOT NULL and the types of strict tables"),
        n => check(
            "constraints",
            Health::Advice,
            format!("{n} findings: rows break a CHECK, a NOT NULL or a strict type; a step can mend them"),
            run("lifeboat migrate new NAME"),
        ),
    }
}

fn describe(anatomy: &Anatomy, journal: Option<JournalMode>, order: &DoctorOrder) -> Vec<Check> {
    vec![
        writers_engine(anatomy.last_writer, journal, order),
        keys(&anatomy.without_key),
        secrets(&anatomy.columns),
    ]
}

/// The bug is in the engine of whoever writes, which need not be ours.
fn writers_engine(last: Option<EngineVersion>, journal: Option<JournalMode>, order: &DoctorOrder) -> Check {
    let id = "application-engine";
    let told = order.application_engine.as_deref().map(EngineVersion::parse);
    let (version, whose) = match (told, last) {
        (Some(Some(version)), _) => (version, "the application's engine is"),
        (Some(None), _) => return not_checked(id, "a version of SQLite looks like 3.51.3"),
        (None, Some(version)) => (version, "the last writer was"),
        (None, None) => return not_checked(id, "nothing tells which engine writes"),
    };
    let found = format!("{whose} SQLite {version}");
    if !version.carries_wal_reset() {
        return ok(id, found);
    }
    let found = format!("{found}, which carries the WAL-reset bug (3.7.0 to 3.51.2)");
    let mend = format!("ship the application with SQLite {WAL_RESET_FIXED} or later");
    let health = if journal == Some(JournalMode::Wal) { Health::Problem } else { Health::Advice };
    check(id, health, found, by_hand(mend))
}

fn keys(without: &[TableName]) -> Check {
    if without.is_empty() {
        return ok("primary-keys", "every table has one");
    }
    let names = shortened(without.iter().map(TableName::as_str));
    let found = format!("without one, so that they cannot be merged: {names}");
    check("primary-keys", Health::Advice, found, run("lifeboat migrate new NAME"))
}

fn secrets(columns: &[(TableName, String)]) -> Check {
    let suspects: Vec<String> =
        columns.iter().filter(|(_, c)| looks_secret(c)).map(|(t, c)| format!("{}.{c}", t.as_str())).collect();
    if suspects.is_empty() {
        return ok("secrets", "no column sounds like one");
    }
    let found = format!("sound like secrets: {}", shortened(suspects.iter().map(String::as_str)));
    check(
        "secrets",
        Health::Advice,
        found,
        by_hand("keep them in the system's own store: docs/security/README.md"),
    )
}

fn shortened<'a>(names: impl ExactSizeIterator<Item = &'a str>) -> String {
    let more = names.len().saturating_sub(NAMES_MAX);
    let shown = names.take(NAMES_MAX).collect::<Vec<_>>().join(", ");
    if more == 0 { shown } else { format!("{shown} and {more} more") }
}

/// What the file itself keeps. `synchronous`, `mmap_size` and `foreign_keys` are each connection's own.
fn settings(facts: &DatabaseFacts) -> Check {
    let found = format!(
        "journal {}, page size {}, {}, user_version {}, application_id {:#x}",
        facts.journal, facts.page_size, facts.encoding, facts.user_version, facts.application_id
    );
    ok("settings", found)
}

/// Free pages are no fault; a file that is mostly free is worth a word.
fn free_pages(anatomy: &Anatomy, page_count: u64) -> Check {
    let found = format!("{} of {page_count} pages are free", anatomy.free_pages);
    if anatomy.free_pages.saturating_mul(FREE_SHARE) < page_count.max(1) {
        return ok("free-pages", found);
    }
    check("free-pages", Health::Advice, found, run("lifeboat maintain"))
}
