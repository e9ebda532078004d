//! `SqliteSnapshotter` holds the contract of `Snapshotter`, foreign and embedded, in both journal modes.
#![allow(clippy::unwrap_used, reason = "a failed step of a test is a failed test")]

use lifeboat_adapter_sqlite::{Posture, SqliteSnapshotter};
use lifeboat_ports::Snapshotter;
use lifeboat_testkit::contract::snapshotter::SnapshotterFixture;
use lifeboat_testkit::snapshotter_contract;
use rusqlite::Connection;
use std::any::Any;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use tempfile::TempDir;

struct Snapshots {
    folder: TempDir,
    snapshotter: SqliteSnapshotter,
    copies: AtomicU32,
}

impl Snapshots {
    fn new(journal: &str, open: impl Fn(&Path) -> SqliteSnapshotter) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("app.db");
        let script =
            format!("PRAGMA journal_mode = {journal}; CREATE TABLE numbered (id INTEGER PRIMARY KEY);");
        Connection::open(&path).unwrap().execute_batch(&script).unwrap();
        std::fs::create_dir(folder.path().join("copies")).unwrap();
        Self { snapshotter: open(&path), folder, copies: AtomicU32::new(0) }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("app.db")
    }

    fn connection(&self) -> Connection {
        Connection::open(self.path()).unwrap()
    }
}

impl SnapshotterFixture for Snapshots {
    fn snapshotter(&self) -> &dyn Snapshotter {
        &self.snapshotter
    }

    fn insert(&self, row: u64) {
        self.connection().execute("INSERT INTO numbered VALUES (?1)", [row.cast_signed()]).unwrap();
    }

    fn rows(&self) -> BTreeSet<u64> {
        let connection = self.connection();
        let mut statement = connection.prepare("SELECT id FROM numbered").unwrap();
        let rows = statement.query_map([], |row| row.get::<_, i64>(0)).unwrap();
        rows.map(|row| row.unwrap().cast_unsigned()).collect()
    }

    fn imprint(&self) -> Vec<u8> {
        std::fs::read(self.path()).unwrap()
    }

    fn new_copy(&self) -> PathBuf {
        let number = self.copies.fetch_add(1, Ordering::Relaxed);
        let path = self.folder.path().join("copies").join(format!("{number}.db"));
        std::fs::write(&path, b"").unwrap();
        path
    }

    fn beside(&self, copy: &Path) -> usize {
        copy.parent().unwrap().read_dir().unwrap().count()
    }

    fn hold_write_lock(&self) -> Box<dyn Any> {
        let connection = self.connection();
        connection.execute_batch("BEGIN IMMEDIATE; INSERT INTO numbered VALUES (1000000)").unwrap();
        Box::new(connection)
    }

    fn damage(&self) {
        let mut bytes = std::fs::read(self.path()).unwrap();
        bytes[..100].fill(0x5a);
        std::fs::write(self.path(), bytes).unwrap();
    }
}

snapshotter_contract!(
    a_foreign_wal_database_holds_the_contract,
    Snapshots::new("wal", SqliteSnapshotter::foreign)
);
snapshotter_contract!(
    a_foreign_rollback_database_holds_the_contract,
    Snapshots::new("delete", SqliteSnapshotter::foreign)
);
snapshotter_contract!(
    an_embedded_database_holds_the_contract,
    Snapshots::new("wal", |path| SqliteSnapshotter::embedded(path, Posture::default()))
);
