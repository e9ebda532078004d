//! `SqliteMedic` holds the contract of `Medic` in both journal modes.
#![allow(clippy::unwrap_used, reason = "a failed step of a test is a failed test")]

use lifeboat_adapter_sqlite::{SqliteMedic, SqliteSnapshotter};
use lifeboat_ports::{Mark, Medic, Snapshotter, Writers};
use lifeboat_testkit::contract::medic::MedicFixture;
use lifeboat_testkit::medic_contract;
use rusqlite::Connection;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

struct Ward {
    folder: TempDir,
    medic: SqliteMedic,
}

impl Ward {
    fn new(journal: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("app.db");
        let script = format!(
            "PRAGMA journal_mode = {journal}; CREATE TABLE numbered (id INTEGER PRIMARY KEY, half INTEGER);
             CREATE INDEX by_half ON numbered (half); INSERT INTO numbered VALUES (1, 0), (2, 1), (3, 1);"
        );
        Connection::open(&path).unwrap().execute_batch(&script).unwrap();
        Self { medic: SqliteMedic::foreign(&path), folder }
    }
}

impl MedicFixture for Ward {
    fn medic(&self) -> &dyn Medic {
        &self.medic
    }

    fn database(&self) -> PathBuf {
        self.folder.path().join("app.db")
    }

    fn insert(&self, row: u64) {
        let connection = Connection::open(self.database()).unwrap();
        connection.execute("INSERT INTO numbered VALUES (?1, 0)", [row.cast_signed()]).unwrap();
    }

    fn rows(&self, file: &Path) -> BTreeSet<u64> {
        let connection = Connection::open(file).unwrap();
        let mut statement = connection.prepare("SELECT id FROM numbered NOT INDEXED").unwrap();
        let rows = statement.query_map([], |row| row.get::<_, i64>(0)).unwrap();
        rows.map(|row| row.unwrap().cast_unsigned()).collect()
    }

    fn mark(&self) -> Mark {
        let snapshotter = SqliteSnapshotter::foreign(&self.database());
        // Clauses run on a runtime already: this one lives on a thread of its own.
        let mark = move || {
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            runtime.block_on(snapshotter.mark(Writers::MayCommit)).unwrap()
        };
        std::thread::spawn(mark).join().unwrap()
    }

    fn hurt_index(&self) {
        let connection = Connection::open(self.database()).unwrap();
        let script = "PRAGMA writable_schema = ON;
            UPDATE sqlite_schema SET sql = 'CREATE INDEX by_half ON numbered (half) WHERE id < 0' WHERE name = 'by_half';
            PRAGMA writable_schema = RESET; INSERT INTO numbered VALUES (4, 2), (5, 2);
            PRAGMA writable_schema = ON;
            UPDATE sqlite_schema SET sql = 'CREATE INDEX by_half ON numbered (half)' WHERE name = 'by_half';
            PRAGMA writable_schema = RESET;";
        connection.execute_batch(script).unwrap();
    }

    fn damage(&self) {
        let mut bytes = std::fs::read(self.database()).unwrap();
        bytes[..100].fill(0x5a);
        std::fs::write(self.database(), bytes).unwrap();
    }

    fn imprint(&self) -> Vec<u8> {
        std::fs::read(self.database()).unwrap()
    }

    fn new_file(&self) -> PathBuf {
        self.folder.path().join("salvaged.db")
    }
}

medic_contract!(a_wal_database_holds_the_contract, Ward::new("wal"));
medic_contract!(a_rollback_database_holds_the_contract, Ward::new("delete"));
