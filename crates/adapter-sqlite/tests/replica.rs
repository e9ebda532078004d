//! `SqliteReplica` holds the contract of `Replica`.
#![allow(clippy::unwrap_used, reason = "a failed step of a test is a failed test")]

use lifeboat_adapter_sqlite::{SqliteReplica, SqliteSnapshotter, SqliteTracker};
use lifeboat_domain::id::ReplicaId;
use lifeboat_domain::merge::{MergePolicy, Rules, TableDraft, resolve};
use lifeboat_domain::tracking::Genesis;
use lifeboat_ports::{Beginning, Mark, Replica, Snapshotter, TrackOrder, Tracker, Writers};
use lifeboat_testkit::contract::replica::ReplicaFixture;
use lifeboat_testkit::replica_contract;
use rusqlite::Connection;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::TempDir;

struct Pair {
    folder: TempDir,
    rules: Rules,
    replicas: [SqliteReplica; 2],
}

/// Clauses run on a runtime already: what waits lives on a thread of its own.
fn wait<T: Send + 'static>(future: impl Future<Output = T> + Send + 'static) -> T {
    let run = || tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future);
    std::thread::spawn(run).join().unwrap()
}

fn track(path: &Path, name: u8, genesis: u8) -> Rules {
    let script =
        "CREATE TABLE numbered (id INT PRIMARY KEY NOT NULL, value INT); INSERT INTO numbered VALUES (7, 0)";
    Connection::open(path).unwrap().execute_batch(script).unwrap();
    let tracker = SqliteTracker::new(path);
    wait(async move {
        let shapes = tracker.survey().await.unwrap();
        let manual = |shape| TableDraft { policy: MergePolicy::Manual, ..TableDraft::suggested(shape) };
        let rules = resolve(&shapes.iter().map(manual).collect::<Vec<_>>(), &shapes).unwrap();
        let (genesis, replica) = (Genesis([genesis; 16]), ReplicaId::from_bytes([name; 16]));
        let order = TrackOrder {
            rules: rules.clone(),
            genesis,
            replica,
            beginning: Beginning::Now,
            wait: Duration::ZERO,
        };
        tracker.track(order).await.unwrap();
        rules
    })
}

fn pair() -> Pair {
    let folder = tempfile::tempdir().unwrap();
    let path = |at: usize| folder.path().join(format!("{at}.db"));
    let rules = track(&path(0), 1, 1);
    track(&path(1), 2, 1);
    let replicas = [0, 1].map(|at| SqliteReplica::new(&path(at)));
    Pair { folder, rules, replicas }
}

impl Pair {
    fn path(&self, at: usize) -> PathBuf {
        self.folder.path().join(format!("{at}.db"))
    }
}

impl ReplicaFixture for Pair {
    fn replica(&self, at: usize) -> &dyn Replica {
        &self.replicas[at]
    }

    fn rules(&self) -> Rules {
        self.rules.clone()
    }

    fn write(&self, at: usize, key: i64, value: Option<i64>) {
        std::thread::sleep(Duration::from_millis(2));
        let connection = Connection::open(self.path(at)).unwrap();
        match value {
            None => connection.execute("DELETE FROM numbered WHERE id = ?1", [key]),
            Some(value) => connection.execute(
                "INSERT INTO numbered VALUES (?1, ?2) ON CONFLICT (id) DO UPDATE SET value = excluded.value",
                [key, value],
            ),
        }
        .unwrap();
    }

    fn rows(&self, at: usize) -> BTreeMap<i64, i64> {
        let connection = Connection::open(self.path(at)).unwrap();
        let mut statement = connection.prepare("SELECT id, value FROM numbered").unwrap();
        statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(Result::unwrap).collect()
    }

    fn stage(&self, at: usize) -> PathBuf {
        let copies = std::fs::read_dir(self.folder.path()).unwrap().count();
        let copy = self.folder.path().join(format!("stage-{at}-{copies}.db"));
        std::fs::copy(self.path(at), &copy).unwrap();
        copy
    }

    fn stranger(&self) -> PathBuf {
        let path = self.folder.path().join("stranger.db");
        track(&path, 9, 9);
        path
    }

    fn mark(&self, at: usize) -> Mark {
        let snapshotter = SqliteSnapshotter::foreign(&self.path(at));
        wait(async move { snapshotter.mark(Writers::MayCommit).await.unwrap() })
    }

    fn imprint(&self, at: usize) -> String {
        format!("{:?}", std::fs::read(self.path(at)).unwrap())
    }
}

replica_contract!(sqlite_replicas_hold_the_contract, pair());
