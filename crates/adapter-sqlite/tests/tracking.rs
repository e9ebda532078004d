//! Writes of every form are written down: each row is in its table, or whole in the trash, with a line that says so.
#![allow(clippy::unwrap_used, reason = "a failed step of a test is a failed test")]

use lifeboat_adapter_sqlite::SqliteTracker;
use lifeboat_domain::id::ReplicaId;
use lifeboat_domain::merge::{TableDraft, resolve};
use lifeboat_domain::tracking::{Genesis, TrackingFault};
use lifeboat_ports::{Beginning, PortErrorKind, TrackOrder, Tracked, Tracker};
use rusqlite::Connection;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;
use tempfile::TempDir;

const SCHEMA: &str = "
    CREATE TABLE customer (id INTEGER PRIMARY KEY AUTOINCREMENT, email TEXT UNIQUE COLLATE NOCASE, name TEXT, credit REAL);
    CREATE TABLE note (code TEXT PRIMARY KEY, body TEXT, rank INTEGER UNIQUE);
    CREATE TABLE line (invoice INTEGER, no INTEGER, what TEXT, PRIMARY KEY (invoice, no)) WITHOUT ROWID;
    CREATE TABLE plain (id INTEGER PRIMARY KEY, parent INTEGER REFERENCES plain (id) ON DELETE CASCADE, x);
    CREATE TABLE keyless (x);
    INSERT INTO customer (email, name) VALUES ('a@x', 'A'), ('b@x', 'B');
    INSERT INTO note VALUES ('n1', 'one', 1), ('n2', 'two', 2), ('n3', 'three', 3);
    INSERT INTO line VALUES (1, 1, 'p'), (1, 2, 'q');
    INSERT INTO plain VALUES (1, NULL, 'root'), (2, 1, 'leaf');";

struct Shop {
    folder: TempDir,
    tracker: SqliteTracker,
}

impl Shop {
    fn new(schema: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("shop.db");
        Connection::open(&path).unwrap().execute_batch(schema).unwrap();
        Self { tracker: SqliteTracker::new(&path), folder }
    }

    fn tracked(schema: &str) -> Self {
        let shop = Self::new(schema);
        shop.track();
        shop
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("shop.db")
    }

    fn order(&self) -> TrackOrder {
        let shapes = wait(self.tracker.survey()).unwrap();
        let drafts: Vec<TableDraft> = shapes.iter().map(TableDraft::suggested).collect();
        let rules = resolve(&drafts, &shapes).unwrap();
        let replica = ReplicaId::from_bytes([7; 16]);
        TrackOrder {
            rules,
            genesis: Genesis([9; 16]),
            replica,
            beginning: Beginning::Now,
            wait: Duration::from_secs(1),
        }
    }

    fn track(&self) -> Tracked {
        wait(self.tracker.track(self.order())).unwrap()
    }

    fn audit(&self) -> Vec<TrackingFault> {
        wait(self.tracker.audit(&self.order().rules)).unwrap()
    }

    fn open(&self) -> Connection {
        Connection::open(self.path()).unwrap()
    }

    fn run(&self, script: &str) {
        self.open().execute_batch(script).unwrap();
    }

    /// The lines from the first on, as `table:key:change`.
    fn lines(&self) -> Vec<String> {
        let connection = self.open();
        let composite = connection.prepare("SELECT key2 FROM lifeboat_journal").is_ok();
        let second = if composite { "coalesce('/' || key2, '')" } else { "''" };
        let text = format!(
            "SELECT t.name || ':' || j.key || {second} || ':' || coalesce(j.cells, 'insert')
             FROM lifeboat_journal j JOIN lifeboat_table t ON t.no = j.table_no ORDER BY j.seq"
        );
        let mut statement = connection.prepare(&text).unwrap();
        statement.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
    }

    fn ask(&self, question: &str) -> i64 {
        self.open().query_row(question, [], |row| row.get(0)).unwrap()
    }

    fn table_no(&self, name: &str) -> i64 {
        self.ask(&format!("SELECT no FROM lifeboat_table WHERE name = '{name}'"))
    }
}

fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

/// Every form of writing, and the lines that it gives after the schema above. Bits count columns from 0.
const FORMS: &[(&str, &[&str])] = &[
    ("INSERT INTO note VALUES ('n4', 'four', 4)", &["note:n4:insert"]),
    ("UPDATE note SET body = 'ONE' WHERE code = 'n1'", &["note:n1:2"]),
    ("UPDATE note SET body = 'x', rank = 9 WHERE code = 'n1'", &["note:n1:6"]),
    ("UPDATE note SET body = body WHERE code = 'n1'", &["note:n1:0"]),
    ("DELETE FROM note WHERE code = 'n1'", &["note:n1:-1"]),
    (
        "DELETE FROM note WHERE code = 'n1'; INSERT INTO note VALUES ('n1', 'again', 1)",
        &["note:n1:-1", "note:n1:insert"],
    ),
    ("UPDATE note SET code = 'm1' WHERE code = 'n1'", &["note:n1:-1", "note:m1:insert"]),
    ("UPDATE note SET code = 'N1' WHERE code = 'n1'", &["note:n1:-1", "note:N1:insert"]),
    ("INSERT OR REPLACE INTO note VALUES ('n1', 'new', 1)", &["note:n1:insert"]),
    ("INSERT OR REPLACE INTO note VALUES ('n9', 'new', 2)", &["note:n2:-1", "note:n9:insert"]),
    ("INSERT OR REPLACE INTO note VALUES ('n1', 'new', 2)", &["note:n1:insert", "note:n2:-1"]),
    ("UPDATE OR REPLACE note SET rank = 3 WHERE code = 'n1'", &["note:n1:4", "note:n3:-1"]),
    ("UPDATE OR REPLACE note SET code = 'n2' WHERE code = 'n1'", &["note:n1:-1", "note:n2:insert"]),
    ("INSERT OR IGNORE INTO note VALUES ('n9', 'new', 2)", &[]),
    ("INSERT INTO note VALUES ('n1', 'x', 7) ON CONFLICT (code) DO UPDATE SET rank = 7", &["note:n1:4"]),
    ("INSERT INTO note VALUES ('n9', 'x', 2) ON CONFLICT (rank) DO UPDATE SET body = 'y'", &["note:n2:2"]),
    ("INSERT INTO customer (email, name) VALUES ('c@x', 'C')", &["customer:3:insert"]),
    (
        "INSERT OR REPLACE INTO customer (email, name) VALUES ('A@X', 'new')",
        &["customer:1:-1", "customer:3:insert"],
    ),
    ("UPDATE customer SET email = 'A@X' WHERE id = 1", &["customer:1:2"]),
    ("UPDATE customer SET credit = 0 WHERE id = 1", &["customer:1:8"]),
    ("REPLACE INTO customer (id, email) VALUES (2, 'z@x')", &["customer:2:insert"]),
    ("UPDATE customer SET id = 50 WHERE id = 1", &["customer:1:-1", "customer:50:insert"]),
    ("INSERT INTO line VALUES (2, 1, 'r')", &["line:2/1:insert"]),
    ("UPDATE line SET what = 'P' WHERE no = 1", &["line:1/1:4"]),
    ("UPDATE line SET no = 7 WHERE no = 1", &["line:1/1:-1", "line:1/7:insert"]),
    ("DELETE FROM line", &["line:1/1:-1", "line:1/2:-1"]),
    (
        "UPDATE plain SET x = 1 WHERE id = 1; UPDATE plain SET x = 1.0 WHERE id = 1",
        &["plain:1:4", "plain:1:4"],
    ),
    ("PRAGMA foreign_keys = ON; DELETE FROM plain WHERE id = 1", &["plain:2:-1", "plain:1:-1"]),
    ("INSERT INTO keyless VALUES (1)", &[]),
    ("BEGIN; INSERT INTO note VALUES ('n4', 'four', 4); ROLLBACK", &[]),
    ("INSERT INTO note (body) VALUES ('nobody')", &[]),
];

fn sorted(lines: &[impl ToString]) -> Vec<String> {
    let mut lines: Vec<String> = lines.iter().map(ToString::to_string).collect();
    lines.sort();
    lines
}

/// Where recursive triggers are on, a row that is replaced where it stands is deleted first, and that is written down too.
fn net(lines: &[impl ToString]) -> Vec<String> {
    let lines = sorted(lines);
    let is_back = |line: &&String| {
        !line.strip_suffix(":-1").is_some_and(|row| lines.contains(&format!("{row}:insert")))
    };
    lines.iter().filter(is_back).cloned().collect()
}

/// Every row that ever had a line, or stood there, is in its table or in the trash and nowhere twice.
fn nothing_is_lost(shop: &Shop, form: &str) {
    for (table, key) in [("note", "code"), ("customer", "id"), ("plain", "id")] {
        let no = shop.table_no(table);
        let bit =
            shop.ask(&format!("SELECT bit FROM lifeboat_column WHERE table_no = {no} AND name = '{key}'"));
        let twice = shop.ask(&format!(
            "SELECT count(*) FROM lifeboat_trash_{no} x JOIN {table} t ON t.{key} = +x.c{bit}"
        ));
        let nowhere = shop.ask(&format!(
            "SELECT count(*) FROM lifeboat_journal l WHERE table_no = {no}
             AND NOT EXISTS (SELECT 1 FROM {table} t WHERE t.{key} = +l.key)
             AND NOT EXISTS (SELECT 1 FROM lifeboat_trash_{no} x WHERE x.c{bit} = +l.key)"
        ));
        assert_eq!((twice, nowhere), (0, 0), "{form}: {table}");
    }
}

#[test]
fn every_form_of_writing_is_written_down() {
    for recursive in ["OFF", "ON"] {
        for (form, expected) in FORMS {
            let shop = Shop::tracked(SCHEMA);
            shop.run(&format!("PRAGMA recursive_triggers = {recursive}; {form}"));
            assert_eq!(net(&shop.lines()), net(expected), "{form} (recursive {recursive})");
            nothing_is_lost(&shop, form);
        }
    }
}

#[test]
fn the_oldest_shell_writes_what_our_engine_writes() {
    let shell = Command::new("sqlite3").arg("--version").output();
    assert!(shell.is_ok_and(|out| out.status.success()), "the shell is missing: apt-get install sqlite3");
    for (form, expected) in FORMS {
        let shop = Shop::tracked(SCHEMA);
        let out = Command::new("sqlite3").arg(shop.path()).arg(form).output().unwrap();
        assert!(out.status.success(), "{form}: {}", String::from_utf8_lossy(&out.stderr));
        assert_eq!(sorted(&shop.lines()), sorted(expected), "{form}");
        nothing_is_lost(&shop, form);
    }
}

#[test]
fn clocks_rise_line_by_line_and_follow_the_wall() {
    let shop = Shop::tracked(SCHEMA);
    for rank in 10..60 {
        shop.run(&format!("INSERT INTO note VALUES ('c{rank}', '', {rank})"));
    }
    assert_eq!(shop.ask("SELECT count(*) FROM lifeboat_journal a JOIN lifeboat_journal b ON b.seq = a.seq + 1 WHERE b.hlc <= a.hlc"), 0);
    let age = shop.ask("SELECT CAST((julianday('now') - 2440587.5) * 86400000.0 AS INTEGER) - (max(hlc) / 1024) FROM lifeboat_journal");
    assert!((0..10_000).contains(&age), "{age} ms");
}

#[test]
fn a_number_that_is_given_again_is_another_row_and_one_that_is_given_in_full_is_the_old_one() {
    let shop = Shop::tracked(SCHEMA);
    let origin = |number: i64| {
        let no = shop.table_no("plain");
        shop.ask(&format!(
            "SELECT coalesce((SELECT origin FROM lifeboat_number WHERE table_no = {no} AND number = {number}), {number})"
        ))
    };
    shop.run("INSERT INTO plain (x) VALUES ('three'); DELETE FROM plain WHERE id = 3");
    shop.run("INSERT INTO plain (id, x) VALUES (3, 'three again')");
    assert_eq!((origin(3), shop.ask("SELECT count(*) FROM lifeboat_reuse")), (3, 0));
    shop.run("DELETE FROM plain WHERE id = 3; INSERT INTO plain (x) VALUES ('another')");
    assert_eq!(shop.ask("SELECT max(id) FROM plain"), 3);
    assert_eq!(shop.ask("SELECT count(*) FROM lifeboat_reuse"), 1);
    let line = shop.ask("SELECT max(seq) FROM lifeboat_journal");
    assert_eq!(origin(3), -line);
    let no = shop.table_no("plain");
    let buried = i64::MIN + 1 + line;
    assert_eq!(
        shop.ask(&format!("SELECT c0 FROM lifeboat_trash_{no}")),
        buried,
        "the old one keeps its image"
    );
    assert_eq!(origin(buried), 3);
    // A gap of the time before tracking is nobody's number.
    shop.run("INSERT INTO customer (id, email) VALUES (-4, 'gap')");
    assert_eq!(shop.ask("SELECT count(*) FROM lifeboat_reuse"), 2);
    // A row that is replaced where it stands is the same row, also where REPLACE sets triggers off.
    for recursive in ["OFF", "ON"] {
        shop.run(&format!(
            "PRAGMA recursive_triggers = {recursive}; REPLACE INTO plain (id, x) VALUES (1, 'new')"
        ));
        shop.run(&format!(
            "PRAGMA recursive_triggers = {recursive}; REPLACE INTO plain (id, x) VALUES (3, 'new')"
        ));
        assert_eq!(shop.ask("SELECT count(*) FROM lifeboat_reuse"), 2, "{recursive}");
    }
    // What an earlier statement said of the number does not count any more.
    shop.run("INSERT OR IGNORE INTO plain (id, x) VALUES (3, 'ignored'); DELETE FROM plain WHERE id = 3");
    std::thread::sleep(Duration::from_millis(3));
    shop.run("INSERT INTO plain (x) VALUES ('a third one')");
    assert_eq!(shop.ask("SELECT count(*) FROM lifeboat_reuse"), 3);
}

#[test]
fn triggers_of_the_user_that_write_tracked_tables_are_tracked() {
    let shop = Shop::tracked(SCHEMA);
    shop.run(
        "CREATE TRIGGER t AFTER UPDATE ON customer BEGIN INSERT INTO note VALUES ('log', NEW.name, 77); END;
         UPDATE customer SET name = 'Z' WHERE id = 2",
    );
    assert_eq!(sorted(&shop.lines()), ["customer:2:4", "note:log:insert"]);
}

#[test]
fn values_are_compared_bit_by_bit_and_kept_whole() {
    let shop = Shop::tracked("CREATE TABLE v (id INTEGER PRIMARY KEY, x BLOB)");
    let values = [
        "NULL",
        "''",
        "x''",
        "1",
        "1.0",
        "'1'",
        "9223372036854775807",
        "9e999",
        "-9e999",
        "CAST(x'610062' AS TEXT)",
        "CAST(x'ff' AS TEXT)",
        "'ABC'",
        "'abc'",
    ];
    shop.run("INSERT INTO v VALUES (1, 'first')");
    for value in values {
        shop.run(&format!("UPDATE v SET x = {value} WHERE id = 1"));
    }
    assert_eq!(shop.lines().len(), 1 + values.len());
    assert_eq!(shop.lines().iter().filter(|line| line.ends_with(":0")).count(), 0);
    for (at, value) in values.iter().enumerate() {
        shop.run(&format!(
            "INSERT INTO v VALUES ({}, {value}); DELETE FROM v WHERE id = {}",
            at + 10,
            at + 10
        ));
        let same = shop.ask(&format!(
            "SELECT c1 IS {value} COLLATE BINARY AND typeof(c1) = typeof({value}) FROM lifeboat_trash_1 WHERE c0 = {}",
            at + 10
        ));
        assert_eq!(same, 1, "{value}");
    }
}

#[test]
fn names_with_everything_in_them_and_many_columns() {
    let columns: Vec<String> = (0..1200).map(|at| format!("\"c \"\"{at}'{{}}\"")).collect();
    let shop = Shop::tracked(&format!(
        "CREATE TABLE \"lifeboat crew; \"\"DROP\"\" ü\" (id TEXT PRIMARY KEY NOT NULL, {});
         CREATE TABLE lifeboat_crew (id INTEGER PRIMARY KEY, x);",
        columns.join(", ")
    ));
    shop.run("INSERT INTO \"lifeboat crew; \"\"DROP\"\" ü\" (id) VALUES ('a'); INSERT INTO lifeboat_crew VALUES (1, 2)");
    let update = |at: usize| {
        shop.run(&format!("UPDATE \"lifeboat crew; \"\"DROP\"\" ü\" SET {} = 1", columns[at]));
        shop.lines().last().unwrap().rsplit(':').next().unwrap().parse::<i64>().unwrap()
    };
    assert_eq!(update(0), 1 << 1);
    assert_eq!(update(60), 1 << 61);
    assert_eq!(update(61), i64::MAX);
    assert_eq!(update(1199), i64::MAX);
    assert_eq!(shop.audit(), []);
}

#[test]
fn what_the_schema_does_afterwards_is_found_and_followed() {
    let shop = Shop::tracked(SCHEMA);
    assert_eq!(shop.audit(), [], "nothing is wrong with what was just made");
    let name = lifeboat_domain::id::TableName::new;
    shop.run("ALTER TABLE note ADD COLUMN mood TEXT; UPDATE note SET mood = 'glad' WHERE code = 'n1'");
    assert_eq!(shop.lines(), ["note:n1:0"], "the line is there, though its column is not known yet");
    assert_eq!(shop.audit(), [TrackingFault::ColumnsChanged(name("note"))]);
    assert_eq!(shop.track().mended, [TrackingFault::ColumnsChanged(name("note"))]);
    assert_eq!(shop.lines(), ["note:n1:8"]);
    shop.run(
        "ALTER TABLE note RENAME COLUMN mood TO humour; UPDATE note SET humour = 'sad' WHERE code = 'n1'",
    );
    assert_eq!(shop.audit(), [TrackingFault::ColumnsChanged(name("note"))]);
    shop.track();
    assert_eq!(shop.lines(), ["note:n1:8", "note:n1:8"], "the bit is the column's, whatever it is called");
    shop.run("ALTER TABLE note RENAME TO remark; UPDATE remark SET humour = 'calm' WHERE code = 'n2'");
    let from = name("note");
    let renamed = TrackingFault::TableRenamed { from, to: name("remark") };
    assert_eq!(shop.audit(), [renamed, TrackingFault::RuleChanged(name("remark"))]);
    shop.track();
    assert_eq!(shop.audit(), []);
    assert_eq!(shop.lines().len(), 3);
    let refused = shop.open().execute_batch("ALTER TABLE remark DROP COLUMN humour");
    assert!(refused.is_err(), "a column that triggers name cannot go unseen");
}

#[test]
fn a_table_that_was_built_anew_is_written_down_whole() {
    let shop = Shop::tracked(SCHEMA);
    shop.run("DELETE FROM note WHERE code = 'n3'; INSERT INTO note VALUES ('n4', 'four', 4)");
    shop.run(
        "CREATE TABLE copy (code TEXT PRIMARY KEY, body TEXT, rank INTEGER UNIQUE);
         INSERT INTO copy SELECT * FROM note WHERE code <> 'n4'; INSERT INTO copy VALUES ('n3', 'back', 3);
         DROP TABLE note; ALTER TABLE copy RENAME TO note;",
    );
    let gone = TrackingFault::TriggersGone(lifeboat_domain::id::TableName::new("note"));
    assert_eq!(shop.audit(), std::slice::from_ref(&gone));
    let tracked = shop.track();
    assert_eq!((tracked.mended, tracked.rewritten), (vec![gone], 4));
    let all = i64::MAX;
    assert_eq!(
        sorted(&shop.lines()[2..]),
        [format!("note:n1:{all}"), format!("note:n2:{all}"), "note:n3:insert".into(), "note:n4:-1".into()]
    );
    nothing_is_lost(&shop, "a table built anew");
    assert_eq!(shop.audit(), []);
}

#[test]
fn tracking_twice_changes_nothing_and_untracking_leaves_nothing() {
    let shop = Shop::new(SCHEMA);
    let dump = |shop: &Shop| -> BTreeMap<String, Option<String>> {
        let connection = shop.open();
        let mut statement = connection.prepare("SELECT name, sql FROM sqlite_schema").unwrap();
        statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(Result::unwrap).collect()
    };
    let before = dump(&shop);
    assert!(wait(shop.tracker.tracking()).unwrap().is_none());
    assert!(shop.track().began);
    let tracked = dump(&shop);
    let again = shop.track();
    assert_eq!((again.began, again.mended.len(), again.rewritten), (false, 0, 0));
    assert_eq!(dump(&shop), tracked);
    shop.run("INSERT INTO note VALUES ('n4', 'four', 4)");
    let was = wait(shop.tracker.untrack(Duration::ZERO)).unwrap().unwrap();
    assert_eq!((was.writes, was.tables.len()), (1, 4));
    assert_eq!(dump(&shop), before);
    assert_eq!(shop.ask("SELECT count(*) FROM note"), 4);
    assert!(wait(shop.tracker.untrack(Duration::ZERO)).unwrap().is_none());
}

#[test]
fn a_table_that_has_one_of_our_names_is_not_touched() {
    let shop = Shop::new("CREATE TABLE lifeboat_journal (mine); INSERT INTO lifeboat_journal VALUES (1)");
    let order = TrackOrder {
        rules: lifeboat_domain::merge::Rules::default(),
        genesis: Genesis([1; 16]),
        replica: ReplicaId::from_bytes([1; 16]),
        beginning: Beginning::Now,
        wait: Duration::ZERO,
    };
    assert_eq!(wait(shop.tracker.track(order)).unwrap_err().kind(), PortErrorKind::AlreadyExists);
    assert_eq!(shop.ask("SELECT mine FROM lifeboat_journal"), 1);
}

#[test]
fn rows_without_a_key_are_told() {
    let shop = Shop::tracked(SCHEMA);
    shop.run("INSERT INTO note (body) VALUES ('nobody'), ('noone')");
    let name = lifeboat_domain::id::TableName::new("note");
    assert_eq!(shop.audit(), [TrackingFault::RowsWithoutKey(name, 2)]);
}

#[test]
fn rows_of_a_table_that_is_tracked_later_were_made_by_this_copy() {
    let shop = Shop::tracked(SCHEMA);
    shop.run("CREATE TABLE late (id INTEGER PRIMARY KEY, x); INSERT INTO late VALUES (1, 'a'), (2, 'b')");
    assert_eq!(shop.track().rewritten, 2);
    assert_eq!(sorted(&shop.lines()), ["late:1:insert", "late:2:insert"]);
    assert_eq!(shop.audit(), []);
}

#[test]
fn lines_of_a_gap_are_dated_back_and_the_clock_goes_on() {
    let shop = Shop::tracked(SCHEMA);
    shop.run("INSERT INTO note VALUES ('n4', 'four', 4)");
    shop.run("DROP TRIGGER lifeboat_update_3; DROP TRIGGER lifeboat_insert_3");
    shop.track();
    let gap = "SELECT max(hlc) FROM lifeboat_journal WHERE cells = 9223372036854775807";
    assert_eq!(shop.ask(gap), 0, "nothing was audited before");
    shop.run("INSERT INTO note VALUES ('n5', 'five', 5)");
    let rises = "SELECT (SELECT hlc FROM lifeboat_journal ORDER BY seq DESC LIMIT 1) = max(hlc) FROM lifeboat_journal";
    assert_eq!(shop.ask(rises), 1);
}

#[test]
fn a_table_that_is_no_more_is_told_once() {
    let shop = Shop::tracked(SCHEMA);
    shop.run("DROP TABLE line");
    let gone = TrackingFault::TableGone(lifeboat_domain::id::TableName::new("line"));
    assert_eq!(shop.audit(), std::slice::from_ref(&gone));
    assert_eq!(shop.track().mended, [gone]);
    assert_eq!((shop.audit(), shop.track().mended), (vec![], vec![]));
}
