//! Snapshots of databases of every shape, made with the `sqlite3` shell's statements through the driver.
#![allow(clippy::unwrap_used, reason = "a failed step of a test is a failed test")]

use lifeboat_adapter_sqlite::SqliteSnapshotter;
use lifeboat_domain::findings::{Examination, compare};
use lifeboat_domain::restore::{InPlaceOutcome, judge_in_place};
use lifeboat_domain::row_difference::TableChange;
use lifeboat_domain::schema::JournalMode;
use lifeboat_ports::{
    CaptureLimits, CaptureOrder, Captured, Counting, InstallOrder, PageSize, Snapshotter, SourceChecks, Watch,
};
use rusqlite::Connection;
use std::path::{Path, PathBuf};
use std::time::Duration;

fn order(source: SourceChecks) -> CaptureOrder {
    let limits = CaptureLimits {
        pin_max: Duration::from_secs(60),
        wal_growth_bytes_max: u64::MAX,
        wait: Duration::from_millis(200),
    };
    CaptureOrder { source, limits }
}

fn database(folder: &Path, name: &str, script: &str) -> PathBuf {
    let path = folder.join(name);
    Connection::open(&path).unwrap().execute_batch(script).unwrap();
    path
}

async fn capture(path: &Path) -> (PathBuf, Captured, Examination) {
    let copy = path.with_extension("copy");
    std::fs::write(&copy, b"").unwrap();
    let snapshotter = SqliteSnapshotter::foreign(path);
    let captured = snapshotter.capture(&copy, order(SourceChecks::Full), &Watch::silent()).await.unwrap();
    let examined = snapshotter.examine(&copy, &Watch::silent()).await.unwrap();
    compare(&captured.facts, captured.source.as_ref(), &examined).unwrap();
    assert_eq!(std::fs::read(&copy).unwrap()[18..20], [1, 1], "the copy is in rollback-journal mode");
    (copy, captured, examined)
}

#[tokio::test]
async fn databases_of_every_shape_are_captured_and_restored_in_place() {
    let folder = tempfile::tempdir().unwrap();
    let body = "CREATE TABLE t (id INTEGER PRIMARY KEY, x); INSERT INTO t VALUES (1, 'ä'), (2, x'00');";
    let shapes = [
        ("plain.db", String::new()),
        ("wal.db", "PRAGMA journal_mode = wal;".into()),
        ("small.db", "PRAGMA page_size = 512;".into()),
        ("large wal.db", "PRAGMA page_size = 65536; PRAGMA journal_mode = wal;".into()),
        ("utf16.db", "PRAGMA encoding = 'UTF-16le';".into()),
        ("vacuum.db", "PRAGMA auto_vacuum = full;".into()),
        ("incremental.db", "PRAGMA auto_vacuum = incremental;".into()),
        ("it's 100% #1? \"ü\" ;.db", "CREATE TABLE \"a \"\"b\"\" {c}\" (x); ".into()),
        (
            "without.db",
            "CREATE TABLE w (k TEXT PRIMARY KEY, v) WITHOUT ROWID; INSERT INTO w VALUES ('a', 1);".into(),
        ),
        (
            "strict.db",
            "CREATE TABLE s (k INTEGER PRIMARY KEY, v ANY) STRICT; INSERT INTO s VALUES (1, 2);".into(),
        ),
        ("fts.db", "CREATE VIRTUAL TABLE f USING fts5(body); INSERT INTO f VALUES ('hello');".into()),
        (
            "generated.db",
            "CREATE TABLE g (a, b AS (a + 1), c AS (a * 2) STORED); INSERT INTO g VALUES (1);".into(),
        ),
        ("ids.db", "PRAGMA user_version = -7; PRAGMA application_id = 252006673;".into()),
    ];
    for (name, prefix) in shapes {
        let path = database(folder.path(), name, &format!("{prefix}{body}"));
        let (copy, captured, examined) = capture(&path).await;
        assert!(examined.is_plain(), "{name}: {examined:?}");
        let change = "UPDATE t SET x = 'changed' WHERE id = 1; DELETE FROM t WHERE id = 2; \
                      INSERT INTO t VALUES (9, 'new')";
        Connection::open(&path).unwrap().execute_batch(change).unwrap();
        let snapshotter = SqliteSnapshotter::foreign(&path);
        let differences = snapshotter.row_differences(&copy, &Watch::silent()).await.unwrap();
        let of_t = differences.iter().find(|d| d.table.as_str() == "t").unwrap().change;
        assert_eq!(of_t, TableChange::Rows { added: 1, removed: 1, changed: 1 }, "{name}");
        assert!(differences.iter().all(|d| d.table.as_str() == "t" || d.change.is_equal()), "{name}");
        let before = snapshotter.inspect(Counting::HeaderOnly).await.unwrap();
        let order = InstallOrder { wait: Duration::ZERO, page_size: PageSize::AsPoint };
        let installed = snapshotter.install(&copy, None, order, &Watch::silent()).await.unwrap();
        assert_eq!(installed.facts.tables, captured.facts.tables, "{name}");
        assert_eq!(installed.facts.fingerprint, captured.facts.fingerprint, "{name}");
        assert_eq!(installed.facts.journal, captured.facts.journal, "{name}: the live journal mode stays");
        assert!(!installed.others_wrote);
        let outcome = judge_in_place(before.schema_cookie, installed.facts.schema_cookie);
        assert_eq!(outcome, InPlaceOutcome::New, "{name}");
        let rest = snapshotter.row_differences(&copy, &Watch::silent()).await.unwrap();
        assert!(rest.iter().all(|d| d.change.is_equal()), "{name}");
    }
}

#[tokio::test]
async fn an_empty_database_of_one_page_is_a_database() {
    let folder = tempfile::tempdir().unwrap();
    let path = database(folder.path(), "empty.db", "PRAGMA user_version = 1");
    let (_, captured, examined) = capture(&path).await;
    assert!(examined.is_plain() && captured.facts.tables.is_empty());
}

#[tokio::test]
async fn legacy_orphans_are_findings_that_agree_and_are_counted_by_constraint() {
    let folder = tempfile::tempdir().unwrap();
    let script = "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (id INTEGER PRIMARY KEY, \
                  p INTEGER REFERENCES p (id)); PRAGMA foreign_keys = OFF; INSERT INTO p VALUES (1); \
                  INSERT INTO c VALUES (1, 1), (2, 7), (3, 8), (4, NULL);";
    for (name, index) in [("a.db", ""), ("b.db", "CREATE INDEX i ON c (p);")] {
        let path = database(folder.path(), name, &format!("{script}{index}"));
        let (_, captured, examined) = capture(&path).await;
        assert_eq!(examined.findings.orphan_rows(), 2);
        assert!(!examined.findings.is_damaged());
        assert_eq!(captured.source.unwrap().findings, examined.findings);
    }
}

#[tokio::test]
async fn what_only_the_application_has_is_named_and_not_called_damage() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("anki.db");
    let connection = Connection::open(&path).unwrap();
    connection.create_collation("unicase", |a, b| a.to_lowercase().cmp(&b.to_lowercase())).unwrap();
    let script = "CREATE TABLE notes (id INTEGER PRIMARY KEY, tag TEXT COLLATE unicase); \
                  CREATE INDEX tags ON notes (tag); INSERT INTO notes VALUES (1, 'A'), (2, 'b'); \
                  CREATE TABLE plain (x); INSERT INTO plain VALUES (1);";
    connection.execute_batch(script).unwrap();
    drop(connection);
    let (copy, _, examined) = capture(&path).await;
    assert!(examined.findings.is_clean(), "{examined:?}");
    assert!(examined.not_checked.iter().all(|n| n.subject == "notes"), "{:?}", examined.not_checked);
    assert!(examined.not_checked.iter().any(|n| n.reason.contains("unicase")));
    let counts: Vec<_> = examined.facts.tables.iter().map(|t| t.rows).collect();
    assert_eq!(counts, [Some(2), Some(1)]);
    let order = InstallOrder { wait: Duration::ZERO, page_size: PageSize::AsPoint };
    SqliteSnapshotter::foreign(&path).install(&copy, None, order, &Watch::silent()).await.unwrap();
}

#[tokio::test]
async fn a_missing_virtual_table_module_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let script = "CREATE TABLE t (x); INSERT INTO t VALUES (1); PRAGMA writable_schema = ON; \
                  INSERT INTO sqlite_schema VALUES ('table', 'v', 'v', 0, 'CREATE VIRTUAL TABLE v USING absent(a)');";
    let path = database(folder.path(), "v.db", script);
    let (_, captured, examined) = capture(&path).await;
    assert!(examined.findings.is_clean(), "{examined:?}");
    assert_eq!(captured.facts.tables.len(), 1);
}

#[tokio::test]
async fn another_page_size_goes_through_rollback_mode_or_a_rebuild() {
    let folder = tempfile::tempdir().unwrap();
    let rows = "CREATE TABLE t (x); INSERT INTO t VALUES (1), (2);";
    let point = database(folder.path(), "point.db", &format!("PRAGMA page_size = 1024; {rows}"));
    let live = database(folder.path(), "live.db", "PRAGMA journal_mode = wal; CREATE TABLE t (x);");
    let snapshotter = SqliteSnapshotter::foreign(&live);
    let install = |page_size| InstallOrder { wait: Duration::ZERO, page_size };
    let through = install(PageSize::ThroughRollback);
    let installed = snapshotter.install(&point, None, through, &Watch::silent()).await.unwrap();
    assert_eq!((installed.facts.page_size, installed.facts.journal), (1024, JournalMode::Wal));

    let live = database(folder.path(), "live2.db", "PRAGMA journal_mode = wal; CREATE TABLE t (x);");
    let snapshotter = SqliteSnapshotter::foreign(&live);
    let rebuilt = folder.path().join("rebuilt.db");
    snapshotter.rebuild(&point, &rebuilt, 4096).await.unwrap();
    let installed =
        snapshotter.install(&rebuilt, None, install(PageSize::AsPoint), &Watch::silent()).await.unwrap();
    assert_eq!((installed.facts.page_size, installed.facts.rows()), (4096, 2));
}

#[tokio::test]
async fn looking_changes_no_byte_and_leaves_a_foreign_log_as_found() {
    let folder = tempfile::tempdir().unwrap();
    let path = database(folder.path(), "a.db", "PRAGMA journal_mode = wal; CREATE TABLE t (x);");
    let holder = Connection::open(&path).unwrap();
    holder.execute_batch("INSERT INTO t VALUES (1)").unwrap();
    // What a killed application leaves: a log with committed rows and nobody who holds it.
    let crashed = folder.path().join("crashed.db");
    for suffix in ["", "-wal"] {
        let name = |stem: &str| folder.path().join(format!("{stem}{suffix}"));
        std::fs::copy(name("a.db"), name("crashed.db")).unwrap();
    }
    let log = folder.path().join("crashed.db-wal");
    let bytes = || (std::fs::read(&crashed).unwrap(), std::fs::read(&log).unwrap());
    let before = bytes();
    let snapshotter = SqliteSnapshotter::foreign(&crashed);
    assert_eq!(snapshotter.inspect(Counting::Rows).await.unwrap().rows(), 1);
    capture(&crashed).await;
    assert!(before == bytes(), "the file and its log are as they were");
}
