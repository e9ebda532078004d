//! `SqliteTracker` holds the contract of `Tracker` in both journal modes.
#![allow(clippy::unwrap_used, reason = "a failed step of a test is a failed test")]

use lifeboat_adapter_sqlite::SqliteTracker;
use lifeboat_ports::Tracker;
use lifeboat_testkit::contract::tracker::TrackerFixture;
use lifeboat_testkit::tracker_contract;
use rusqlite::Connection;
use std::collections::BTreeSet;
use std::path::PathBuf;
use tempfile::TempDir;

struct Shop {
    folder: TempDir,
    tracker: SqliteTracker,
}

impl Shop {
    fn new(journal: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("app.db");
        let script = format!(
            "PRAGMA journal_mode = {journal}; CREATE TABLE numbered (id INTEGER PRIMARY KEY, x INTEGER UNIQUE);
             INSERT INTO numbered VALUES (1, 1), (2, 2), (3, 3);"
        );
        Connection::open(&path).unwrap().execute_batch(&script).unwrap();
        Self { tracker: SqliteTracker::new(&path), folder }
    }

    fn open(&self) -> Connection {
        Connection::open(self.folder.path().join("app.db")).unwrap()
    }

    fn run(&self, script: &str) {
        self.open().execute_batch(script).unwrap();
    }

    fn strings(&self, question: &str) -> Vec<String> {
        let connection = self.open();
        let mut statement = connection.prepare(question).unwrap();
        statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    }
}

impl TrackerFixture for Shop {
    fn tracker(&self) -> &dyn Tracker {
        &self.tracker
    }

    fn insert(&self, row: u64) {
        self.run(&format!("INSERT INTO numbered VALUES ({row}, {row})"));
    }

    fn change(&self, row: u64) {
        self.run(&format!("UPDATE numbered SET x = x + 100 WHERE id = {row}"));
    }

    fn delete(&self, row: u64) {
        self.run(&format!("DELETE FROM numbered WHERE id = {row}"));
    }

    fn insert_and_roll_back(&self, row: u64) {
        self.run(&format!("BEGIN; INSERT INTO numbered VALUES ({row}, {row}); ROLLBACK"));
    }

    fn lose_triggers(&self) {
        for name in self.strings("SELECT name FROM sqlite_schema WHERE type = 'trigger'") {
            self.run(&format!("DROP TRIGGER \"{name}\""));
        }
    }

    fn take_a_name(&self) {
        self.run("CREATE TABLE Lifeboat_Vector (mine)");
    }

    fn file_with(&self, rows: &[u64]) -> PathBuf {
        let file = self.folder.path().join("earlier.db");
        let _ = std::fs::remove_file(&file);
        let values: Vec<String> = rows.iter().map(|row| format!("({row}, {row})")).collect();
        let script = format!(
            "CREATE TABLE numbered (id INTEGER PRIMARY KEY, x INTEGER UNIQUE); INSERT INTO numbered VALUES {}",
            values.join(", ")
        );
        Connection::open(&file).unwrap().execute_batch(&script).unwrap();
        file
    }

    fn rows(&self) -> BTreeSet<u64> {
        self.strings("SELECT CAST(id AS TEXT) FROM numbered").iter().map(|id| id.parse().unwrap()).collect()
    }

    fn imprint(&self) -> String {
        let mut all = self.strings("SELECT name || coalesce(sql, '') FROM sqlite_schema ORDER BY 1");
        for table in self.strings("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY 1") {
            let connection = self.open();
            let mut statement = connection.prepare(&format!("SELECT * FROM \"{table}\"")).unwrap();
            let columns = statement.column_count();
            let mut rows = statement.query([]).unwrap();
            while let Some(row) = rows.next().unwrap() {
                all.extend((0..columns).map(|at| format!("{:?}", row.get_ref(at).unwrap())));
            }
        }
        all.join("\n")
    }
}

tracker_contract!(a_wal_database_is_tracked, Shop::new("wal"));
tracker_contract!(a_rollback_database_is_tracked, Shop::new("delete"));
