//! `SqliteMigrator` holds the contract of `Migrator` in both journal modes, and keeps what a rebuild may lose.
#![allow(clippy::unwrap_used, reason = "a failed step of a test is a failed test")]

use lifeboat_adapter_sqlite::{SqliteMigrator, SqliteSnapshotter, SqliteTracker};
use lifeboat_domain::id::ReplicaId;
use lifeboat_domain::merge::{TableDraft, resolve};
use lifeboat_domain::migration::{StepHeader, StepId, digest_of};
use lifeboat_domain::time::UtcMillis;
use lifeboat_domain::tracking::Genesis;
use lifeboat_domain::value::Value;
use lifeboat_ports::{
    Beginning, CodeStep, Follow, Mark, MigrationStep, Migrator, Ran, RunOrder, RunRecord, Snapshotter,
    StepBody, StepConnection, StepFailure, TrackOrder, Tracker, Watch, Writers,
};
use lifeboat_testkit::contract::migrator::{MigratorFixture, Script};
use lifeboat_testkit::migrator_contract;
use rusqlite::Connection;
use std::any::Any;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;

struct Numbered {
    folder: TempDir,
    migrator: SqliteMigrator,
}

impl Numbered {
    fn new(journal: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("app.db");
        let script = format!(
            "PRAGMA journal_mode = {journal}; CREATE TABLE numbered (id INTEGER PRIMARY KEY);
             INSERT INTO numbered VALUES (1), (2), (3);"
        );
        Connection::open(&path).unwrap().execute_batch(&script).unwrap();
        Self { migrator: SqliteMigrator::new(&path), folder }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("app.db")
    }
}

impl MigratorFixture for Numbered {
    fn migrator(&self) -> &dyn Migrator {
        &self.migrator
    }

    fn script(&self, script: Script) -> String {
        match script {
            Script::Create => "CREATE TABLE numbered (id INTEGER PRIMARY KEY);".to_owned(),
            Script::Insert(row) => format!("INSERT INTO numbered VALUES ({row});"),
            Script::Delete(row) => format!("DELETE FROM numbered WHERE id = {row};"),
            Script::Fail => "INSERT INTO nowhere VALUES (1);".to_owned(),
        }
    }

    fn table(&self) -> &'static str {
        "numbered"
    }

    fn rows(&self) -> BTreeSet<u64> {
        let connection = Connection::open(self.path()).unwrap();
        let mut statement = connection.prepare("SELECT id FROM numbered").unwrap();
        let rows = statement.query_map([], |row| row.get::<_, i64>(0)).unwrap();
        rows.map(|row| row.unwrap().cast_unsigned()).collect()
    }

    fn insert(&self, row: u64) {
        let connection = Connection::open(self.path()).unwrap();
        connection.execute("INSERT INTO numbered VALUES (?1)", [row.cast_signed()]).unwrap();
    }

    fn mark(&self) -> Mark {
        let snapshotter = SqliteSnapshotter::foreign(&self.path());
        // Clauses run on a runtime already: this one lives on a thread of its own.
        let mark = move || {
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            runtime.block_on(snapshotter.mark(Writers::MayCommit)).unwrap()
        };
        std::thread::spawn(mark).join().unwrap()
    }

    fn imprint(&self) -> Vec<u8> {
        std::fs::read(self.path()).unwrap()
    }

    fn absent_file(&self) -> PathBuf {
        self.folder.path().join("new.db")
    }

    fn exists(&self, file: &Path) -> bool {
        file.exists()
    }

    fn track(&self) -> Vec<TableDraft> {
        let tracker = SqliteTracker::new(&self.path());
        let track = async move {
            let shapes = tracker.survey().await.unwrap();
            let drafts: Vec<TableDraft> = shapes.iter().map(TableDraft::suggested).collect();
            let (rules, genesis) = (resolve(&drafts, &shapes).unwrap(), Genesis([1; 16]));
            let (replica, beginning) = (ReplicaId::from_bytes([1; 16]), Beginning::Now);
            tracker
                .track(TrackOrder { rules, genesis, replica, beginning, wait: Duration::ZERO })
                .await
                .unwrap();
            drafts
        };
        let run = || tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(track);
        std::thread::spawn(run).join().unwrap()
    }

    fn hold_write_lock(&self) -> Box<dyn Any> {
        let connection = Connection::open(self.path()).unwrap();
        connection.execute_batch("BEGIN IMMEDIATE").unwrap();
        Box::new(connection)
    }
}

migrator_contract!(a_wal_database_holds_the_contract, Numbered::new("wal"));
migrator_contract!(a_rollback_database_holds_the_contract, Numbered::new("delete"));

fn step(number: u32, text: &str) -> MigrationStep {
    let id = StepId { number, name: format!("s{number}") };
    let header = StepHeader::read(&id, text).unwrap();
    MigrationStep { header, digest: digest_of(text), body: StepBody::Script(text.to_owned()), id }
}

fn order(steps: Vec<MigrationStep>) -> RunOrder {
    let record =
        RunRecord { at: UtcMillis(0), app_version: None, lifeboat_version: "0".into(), restore_point: None };
    RunOrder {
        steps,
        head: 0,
        application_id: Some(7),
        record,
        follow: Follow::Nothing,
        wait: Duration::ZERO,
    }
}

fn run(path: &Path, steps: Vec<MigrationStep>) -> Ran {
    let order = order(steps);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(SqliteMigrator::new(path).run(order, None, &Watch::silent())).unwrap()
}

fn database(script: &str) -> (TempDir, PathBuf, Connection) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.db");
    let connection = Connection::open(&path).unwrap();
    connection.execute_batch(script).unwrap();
    (folder, path, connection)
}

fn one<T: rusqlite::types::FromSql>(connection: &Connection, query: &str) -> T {
    connection.query_row(query, [], |row| row.get(0)).unwrap()
}

const FAMILY: &str = "
    CREATE TABLE parent (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT, old TEXT, twice AS (id * 2));
    CREATE TABLE child (id INTEGER PRIMARY KEY, parent_id INTEGER REFERENCES parent (id) ON DELETE CASCADE);
    CREATE INDEX parent_name ON parent (name);
    CREATE TABLE log (what TEXT);
    CREATE TRIGGER parent_added AFTER INSERT ON parent BEGIN INSERT INTO log VALUES (new.name); END;
    CREATE VIEW names AS SELECT name FROM parent;
    INSERT INTO parent (id, name, old) VALUES (1, 'a', 'x'), (2, 'b', 'y'), (9, 'c', 'z');
    DELETE FROM parent WHERE id = 9;
    DELETE FROM log;
    CREATE TABLE lifeboat_notes (of_the_application);
    INSERT INTO child VALUES (10, 1), (11, 2);";

#[test]
fn a_rebuild_keeps_rows_children_indexes_triggers_views_and_numbers() {
    let (_folder, path, connection) = database(FAMILY);
    let text = "-- lifeboat: rebuilds parent\n-- lifeboat: drops parent.old\n\
                CREATE TABLE parent (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, city TEXT DEFAULT 'here');";
    let ran = run(&path, vec![step(1, text)]);
    assert_eq!(ran.failed, None);
    assert_eq!(one::<String>(&connection, "SELECT group_concat(name || city) FROM parent"), "ahere,bhere");
    assert_eq!(one::<i64>(&connection, "SELECT count(*) FROM child"), 2, "no cascade ran");
    assert_eq!(one::<i64>(&connection, "SELECT count(*) FROM log"), 0, "no trigger ran");
    assert_eq!(one::<i64>(&connection, "SELECT count(*) FROM names"), 2);
    let left = "SELECT group_concat(name) FROM (SELECT name FROM sqlite_schema
                WHERE type IN ('index', 'trigger') AND sql IS NOT NULL ORDER BY name)";
    assert_eq!(one::<String>(&connection, left), "parent_added,parent_name");
    assert_eq!(one::<i64>(&connection, "SELECT count(*) FROM pragma_foreign_key_check"), 0);
    let references: String = one(&connection, "SELECT sql FROM sqlite_schema WHERE name = 'child'");
    assert!(references.contains("REFERENCES parent"), "{references}");
    connection.execute_batch("INSERT INTO parent (name) VALUES ('d')").unwrap();
    assert_eq!(connection.last_insert_rowid(), 10, "a number that was given is not given again");
    assert_eq!(one::<i64>(&connection, "SELECT application_id FROM pragma_application_id"), 7);
}

#[test]
fn a_rebuild_that_cannot_hold_the_rows_changes_nothing() {
    let (_folder, path, connection) = database(FAMILY);
    let before: String = one(&connection, "SELECT group_concat(sql) FROM sqlite_schema");
    let text =
        "-- lifeboat: rebuilds parent\nCREATE TABLE parent (id INTEGER PRIMARY KEY, city TEXT NOT NULL);";
    let ran = run(&path, vec![step(1, text)]);
    assert!(ran.failed.is_some(), "{ran:?}");
    assert_eq!(one::<String>(&connection, "SELECT group_concat(sql) FROM sqlite_schema"), before);
    assert_eq!(one::<i64>(&connection, "SELECT count(*) FROM parent"), 2);
}

#[test]
fn a_rebuild_by_hand_that_drops_a_trigger_is_caught() {
    let (_folder, path, _connection) = database(FAMILY);
    let by_hand = "CREATE TABLE new (id INTEGER PRIMARY KEY, name TEXT, old TEXT);
                   INSERT INTO new SELECT id, name, old FROM parent;
                   DROP VIEW names; DROP TABLE parent; ALTER TABLE new RENAME TO parent;
                   CREATE VIEW names AS SELECT name FROM parent;";
    let (_, reason) = run(&path, vec![step(1, by_hand)]).failed.unwrap();
    assert!(reason.contains("trigger parent_added") && reason.contains("index parent_name"), "{reason}");
    let declared = format!("-- lifeboat: drops parent_added, parent_name\n{by_hand}");
    assert_eq!(run(&path, vec![step(1, &declared)]).failed, None);
}

#[test]
fn a_step_can_neither_commit_nor_attach_nor_leave_new_orphans() {
    for (text, word) in [
        ("INSERT INTO parent (name) VALUES ('x'); COMMIT; BEGIN;", "transaction"),
        ("ROLLBACK", "transaction"),
        ("ATTACH 'other.db' AS other", "transaction"),
        ("INSERT INTO child VALUES (12, 77)", "no parent"),
        ("DELETE FROM parent WHERE id = 1", "lost 1 rows"),
        ("DROP TABLE log", "table log vanished"),
        ("SAVEPOINT s; ROLLBACK TO s;", "transaction"),
        ("UPDATE parent SET id = id + 1000", "no parent"),
        ("CREATE TEMP TABLE log AS SELECT 1; DELETE FROM main.parent WHERE id = 2", "lost 1 rows"),
        ("DELETE FROM lifeboat_migrations", "ledger"),
        ("DROP TABLE lifeboat_migrations", "ledger"),
        ("PRAGMA schema_version = 1", "ledger"),
        ("PRAGMA writable_schema = ON", "ledger"),
        ("PRAGMA journal_mode = off; UPDATE parent SET name = 'x'; SELECT nonsense()", "pragma"),
        ("PRAGMA Journal_Mode(memory)", "pragma"),
        ("PRAGMA synchronous = off", "pragma"),
        ("PRAGMA locking_mode = exclusive", "pragma"),
        ("PRAGMA query_only = on", "pragma"),
        ("PRAGMA ignore_check_constraints = on", "pragma"),
        ("PRAGMA wal_checkpoint", "pragma"),
        ("PRAGMA incremental_vacuum", "pragma"),
        ("CREATE TEMP TABLE lifeboat_migrations (x)", "ledger"),
        ("CREATE UNIQUE INDEX u ON lifeboat_migrations (outcome)", "ledger"),
        ("CREATE TEMP TABLE pragma_table_list (name)", "ledger"),
        (
            "CREATE TABLE grandchild (x REFERENCES parent (name)); INSERT INTO grandchild VALUES ('n')",
            "cannot be checked",
        ),
        ("CREATE TRIGGER t AFTER INSERT ON lifeboat_migrations BEGIN DELETE FROM parent; END", "ledger"),
        ("CREATE TEMP TRIGGER t AFTER INSERT ON lifeboat_migrations BEGIN DELETE FROM parent; END", "ledger"),
        ("DROP VIEW names; DROP TABLE lifeboat_notes", "lifeboat_notes vanished"),
        ("INSERT OR ROLLBACK INTO child VALUES (10, 1)", "UNIQUE"),
        ("SELECT nonsense FROM parent", "no such column"),
    ] {
        let (_folder, path, connection) = database(FAMILY);
        let (_, reason) = run(&path, vec![step(1, text)]).failed.unwrap_or_else(|| panic!("{text} ran"));
        assert!(reason.contains(word), "{text}: {reason}");
        assert_eq!(one::<i64>(&connection, "SELECT count(*) FROM parent"), 2, "{text}");
        assert_eq!(one::<i64>(&connection, "SELECT count(*) FROM child"), 2, "{text}");
    }
}

/// Full-text tables, an index over another table, and a table of the application whose name sounds like a part of one.
const WORDS: &str = "
    CREATE TABLE product_stat (id INTEGER PRIMARY KEY, sold);
    CREATE TABLE page (id INTEGER PRIMARY KEY, body);
    CREATE VIRTUAL TABLE product USING fts3 (body);
    CREATE VIRTUAL TABLE word USING fts5 (body);
    CREATE VIRTUAL TABLE found USING fts5 (body, content = 'page', content_rowid = 'id');
    INSERT INTO product_stat VALUES (1, 1), (2, 2);
    INSERT INTO page VALUES (1, 'SECRET');
    INSERT INTO word (body) VALUES ('a'), ('b');";

#[test]
fn rows_of_virtual_tables_count_and_so_do_those_of_tables_that_sound_like_parts_of_them() {
    for (text, word) in [
        ("DELETE FROM word", "table word lost 2 rows"),
        (
            "DROP TABLE word; CREATE VIRTUAL TABLE word USING fts5 (body, tokenize = porter)",
            "table word lost 2 rows",
        ),
        ("DELETE FROM product_stat WHERE id = 1", "table product_stat lost 1 rows"),
        ("INSERT INTO found (found, rank) VALUES ('integrity-check', 1)", "virtual table"),
        ("SELECT json_extract('{}', body) FROM page", "bad JSON path"),
        ("SELECT 1;   UPDATE page SET body = 'SECRET' WHERE nonsense = 1", "no such column: nonsense"),
    ] {
        let (_folder, path, connection) = database(WORDS);
        let (_, reason) = run(&path, vec![step(1, text)]).failed.unwrap_or_else(|| panic!("{text} ran"));
        assert!(reason.contains(word) && !reason.contains("SECRET"), "{text}: {reason}");
        assert_eq!(one::<i64>(&connection, "SELECT count(*) FROM word"), 2, "{text}");
        assert_eq!(one::<i64>(&connection, "SELECT count(*) FROM product_stat"), 2, "{text}");
    }
}

#[test]
fn what_goes_aside_is_kept_by_the_step_that_moves_it() {
    let orphans =
        "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (id INTEGER PRIMARY KEY, p REFERENCES p);
                   PRAGMA foreign_keys = OFF; INSERT INTO c VALUES (1, 7), (2, 8);";
    let replacing = "CREATE TABLE c_orphans (id PRIMARY KEY ON CONFLICT REPLACE, p); INSERT INTO c_orphans VALUES (1, 'old');";
    for (before, after, word) in [
        ("", "DROP TABLE c_orphans", "table c_orphans vanished"),
        ("", "DELETE FROM c_orphans", "table c_orphans lost 2 rows"),
        (replacing, "", "do not all stay"),
    ] {
        let (_folder, path, connection) = database(&format!("{orphans}{before}"));
        let text = format!("-- lifeboat: moves-orphans c\n{after}");
        let (_, reason) = run(&path, vec![step(1, &text)]).failed.unwrap_or_else(|| panic!("{after} ran"));
        assert!(reason.contains(word), "{after}: {reason}");
        assert_eq!(one::<i64>(&connection, "SELECT count(*) FROM c"), 2, "{after}");
    }
}

/// Goes on though its statement rolled the transaction back.
struct Heedless;

impl CodeStep for Heedless {
    fn run(&self, on: &mut dyn StepConnection) -> Result<(), StepFailure> {
        let _ = on.execute("INSERT OR ROLLBACK INTO child VALUES (10, 1)", &[]);
        for statement in ["DELETE FROM child", "DELETE FROM parent"] {
            let _ = on.execute(statement, &[]);
        }
        Ok(())
    }
}

#[test]
fn a_step_in_code_does_nothing_more_once_its_transaction_is_gone() {
    let (_folder, path, connection) = database(FAMILY);
    let mut heedless = step(1, "");
    heedless.body = StepBody::Code(Arc::new(Heedless));
    let (_, reason) = run(&path, vec![heedless]).failed.unwrap();
    assert!(reason.contains("ended the transaction"), "{reason}");
    assert_eq!(one::<i64>(&connection, "SELECT count(*) FROM child"), 2);
    assert_eq!(one::<i64>(&connection, "SELECT count(*) FROM parent"), 2);
}

#[test]
fn a_computed_column_that_is_stored_from_now_on_keeps_its_values() {
    let (_folder, path, connection) =
        database("CREATE TABLE g (a INT, b INT AS (a * 2) STORED); INSERT INTO g (a) VALUES (1), (2);");
    let ran = run(&path, vec![step(1, "-- lifeboat: rebuilds g\nCREATE TABLE g (a INT, b INT)")]);
    assert_eq!(ran.failed, None);
    assert_eq!(one::<i64>(&connection, "SELECT sum(b) FROM g"), 6);
}

#[test]
fn old_orphans_do_not_stop_a_step_and_can_be_moved_aside() {
    let script = format!("{FAMILY} PRAGMA foreign_keys = OFF; INSERT INTO child VALUES (12, 77), (13, 78);");
    let (_folder, path, connection) = database(&script);
    let steps = vec![
        step(1, "CREATE INDEX child_parent ON child (parent_id);"),
        step(
            2,
            "-- lifeboat: moves-orphans child\n-- lifeboat: rebuilds child\nCREATE TABLE child (id INTEGER PRIMARY KEY, parent_id INTEGER NOT NULL REFERENCES parent (id));",
        ),
    ];
    let ran = run(&path, steps);
    assert_eq!(ran.failed, None);
    assert_eq!(ran.done[1].orphans_moved.len(), 1);
    assert_eq!(one::<i64>(&connection, "SELECT count(*) FROM child"), 2);
    assert_eq!(one::<String>(&connection, "SELECT group_concat(id) FROM child_orphans"), "12,13");
}

struct Fill;

impl CodeStep for Fill {
    fn run(&self, on: &mut dyn StepConnection) -> Result<(), StepFailure> {
        let rows = on.query("SELECT id, name FROM parent WHERE id > ?1", &[Value::Integer(1)])?;
        let [row] = rows.as_slice() else { return Err(StepFailure::Step(format!("{} rows", rows.len()))) };
        on.execute(
            "UPDATE parent SET old = ?2 WHERE id = ?1",
            &[row[0].clone(), Value::Text("code".into())],
        )?;
        Ok(())
    }
}

#[test]
fn a_step_in_code_works_in_the_same_transaction() {
    let (_folder, path, connection) = database(FAMILY);
    let code = MigrationStep { body: StepBody::Code(Arc::new(Fill)), ..step(2, "revision 1") };
    let ran = run(&path, vec![step(1, "UPDATE parent SET name = 'first' WHERE id = 1"), code]);
    assert_eq!(ran.failed, None);
    assert_eq!(one::<String>(&connection, "SELECT group_concat(name || old) FROM parent"), "firstx,bcode");
}

#[test]
fn a_rebuild_that_has_no_place_for_a_column_says_which() {
    let (_folder, path, _connection) = database(FAMILY);
    let text = "-- lifeboat: rebuilds parent\nCREATE TABLE parent (id INTEGER PRIMARY KEY, name TEXT);";
    let (_, reason) = run(&path, vec![step(1, text)]).failed.unwrap();
    assert!(reason.contains("drops parent.old"), "{reason}");
}

#[test]
fn a_rebuild_keeps_row_numbers_that_no_column_shows_and_sequences_of_any_spelling() {
    let script = "CREATE TABLE doc (title TEXT); INSERT INTO doc VALUES ('A'), ('B'), ('C'); DELETE FROM doc WHERE title = 'A';
        CREATE TABLE Items (id INTEGER PRIMARY KEY AUTOINCREMENT, n); INSERT INTO Items VALUES (100, 1); DELETE FROM Items;";
    let (_folder, path, connection) = database(script);
    let steps = vec![
        step(1, "-- lifeboat: rebuilds doc\nCREATE TABLE doc (title TEXT NOT NULL, lang TEXT);"),
        step(
            2,
            "-- lifeboat: rebuilds items\nCREATE TABLE Items (id INTEGER PRIMARY KEY AUTOINCREMENT, n, m);",
        ),
    ];
    assert_eq!(run(&path, steps).failed, None);
    assert_eq!(one::<String>(&connection, "SELECT group_concat(rowid || title) FROM doc"), "2B,3C");
    connection.execute_batch("INSERT INTO Items (n) VALUES (2)").unwrap();
    assert_eq!(connection.last_insert_rowid(), 101);
}

#[test]
fn what_stands_on_another_table_is_not_covered_by_a_word_in_its_definition() {
    let script = "CREATE TABLE status (x); CREATE TABLE orders (status); CREATE INDEX os ON orders (status);
        CREATE INDEX ss ON status (x);";
    let (_folder, path, _connection) = database(script);
    let text = "-- lifeboat: drops status\nDROP TABLE status; DROP INDEX os;";
    let (_, reason) = run(&path, vec![step(1, text)]).failed.unwrap();
    assert!(reason.contains("index os") && !reason.contains("index ss"), "{reason}");
}

#[test]
fn orphans_that_do_not_go_aside_are_an_error_and_their_columns_keep_their_names() {
    let script = "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (rowid INTEGER, a, b, p INTEGER REFERENCES p (id));
        CREATE TABLE c_orphans (b, a, p, rowid); INSERT INTO p VALUES (1); PRAGMA foreign_keys = OFF;
        INSERT INTO c VALUES (2, 'A', 'B', 99), (1, 'good', 'good', 1);";
    let text = "-- lifeboat: moves-orphans c\nCREATE INDEX c_p ON c (p);";
    let (_folder, path, connection) = database(script);
    assert_eq!(run(&path, vec![step(1, text)]).failed, None);
    assert_eq!(one::<String>(&connection, "SELECT a || b || rowid FROM c_orphans"), "AB2");
    assert_eq!(one::<i64>(&connection, "SELECT count(*) FROM c"), 1);
    let kept = "CREATE TRIGGER s BEFORE DELETE ON c BEGIN SELECT RAISE(IGNORE); END;";
    let (_folder, path, _connection) = database(&format!("{script} {kept}"));
    let (_, reason) = run(&path, vec![step(1, text)]).failed.unwrap();
    assert!(reason.contains("does not go aside"), "{reason}");
}

#[test]
fn a_commit_between_the_mark_and_the_run_stops_it() {
    use lifeboat_adapter_sqlite::SqliteSnapshotter;
    use lifeboat_ports::{PortErrorKind, Snapshotter, Writers};
    for journal in ["PRAGMA journal_mode = wal;", ""] {
        let (_folder, path, connection) = database(&format!("{journal} {FAMILY}"));
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let snapshotter = SqliteSnapshotter::foreign(&path).waiting(Duration::ZERO);
        let mark = |writers| runtime.block_on(snapshotter.mark(writers)).unwrap();
        let go = |mark| {
            let order = RunOrder { wait: Duration::ZERO, ..order(vec![step(1, "CREATE TABLE n (x)")]) };
            runtime.block_on(SqliteMigrator::new(&path).run(order, Some(mark), &Watch::silent()))
        };
        let polite = mark(Writers::MayCommit);
        connection.execute_batch("INSERT INTO log VALUES ('late')").unwrap();
        assert_eq!(go(polite).unwrap_err().kind(), PortErrorKind::Changed);
        let firm = mark(Writers::Wait);
        connection.busy_timeout(Duration::ZERO).unwrap();
        assert!(connection.execute_batch("INSERT INTO log VALUES ('kept out')").is_err());
        assert_eq!(go(firm).unwrap().failed, None);
        connection.execute_batch("INSERT INTO log VALUES ('goes on')").unwrap();
    }
}

#[test]
fn a_virtual_table_may_move_its_own_rows_about() {
    let (_folder, path, connection) = database(
        "CREATE VIRTUAL TABLE note USING fts5(body); INSERT INTO note VALUES ('a b'); INSERT INTO note VALUES ('c d');
         INSERT INTO note VALUES ('e f');",
    );
    drop(connection);
    let ran = run(&path, vec![step(1, "INSERT INTO note (note) VALUES ('optimize');")]);
    assert_eq!(ran.failed, None);
}
