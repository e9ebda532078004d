//! A database of one table, written by plain SQL and merged by the adapter.

use crate::Outcome;
use lifeboat_adapter_sqlite::{SqliteReplica, SqliteTracker};
use lifeboat_domain::id::ReplicaId;
use lifeboat_domain::merge::{MergePolicy, Rules, TableDraft, resolve};
use lifeboat_domain::time::UtcMillis;
use lifeboat_domain::tracking::Genesis;
use lifeboat_ports::{Duplicates, Beginning, FutureClock, MergeOrder, Merged, Replica, TrackOrder, Tracker, Watch};
use rusqlite::Connection;
use rusqlite::session::{Changeset, ConflictAction, Session};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// How rows get their keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Random text of 36 characters.
    Text,
    /// The engine counts.
    Counted,
}

/// One copy.
pub(crate) struct Shop {
    path: PathBuf,
    kind: Kind,
}

const ROW: &str = "'customer name ' || x, x, x * 0.5, 'a note of some forty characters, no ' || x";

impl Shop {
    /// A new database with so many rows.
    pub(crate) fn new(path: &Path, kind: Kind, rows: i64) -> Outcome<Self> {
        remove(path)?;
        let shop = Self { path: path.to_path_buf(), kind };
        let key = match kind {
            Kind::Text => "id TEXT PRIMARY KEY NOT NULL",
            Kind::Counted => "id INTEGER PRIMARY KEY",
        };
        let table = format!("CREATE TABLE item ({key}, name TEXT, number INTEGER, price REAL, note TEXT)");
        shop.open()?.execute(&table, [])?;
        if rows > 0 {
            shop.insert(0, rows, rows)?;
        }
        Ok(shop)
    }

    fn open(&self) -> Outcome<Connection> {
        let connection = Connection::open(&self.path)?;
        connection.pragma_update(None, "temp_store", "memory")?;
        connection.pragma_update(None, "cache_size", -65536)?;
        Ok(connection)
    }

    /// A key that looks random and is the same in every run; where the engine counts, none is given.
    fn key(&self) -> &'static str {
        match self.kind {
            Kind::Text => "printf('%08x-%08x-%018d', x * 2654435761 % 4294967296, x * 40503 % 4294967291, x)",
            Kind::Counted => "NULL",
        }
    }

    /// Rows from one number on, in transactions of so many; gives seconds.
    pub(crate) fn insert(&self, from: i64, count: i64, batch: i64) -> Outcome<f64> {
        let connection = self.open()?;
        let statement = format!(
            "WITH RECURSIVE n (x) AS (SELECT ?1 UNION ALL SELECT x + 1 FROM n WHERE x + 1 < ?2)
             SELECT {}, {ROW} FROM n",
            self.key()
        );
        // What is written is made before, so that only writing is measured.
        let mut rows = Vec::new();
        let keep = count <= 1_000_000;
        if keep {
            let mut read = connection.prepare(&statement)?;
            let mut found = read.query([from, from + count])?;
            while let Some(row) = found.next()? {
                let values: Vec<rusqlite::types::Value> =
                    (0..5).map(|at| row.get(at)).collect::<Result<_, _>>()?;
                rows.push(values);
            }
        }
        let begun = Instant::now();
        if keep {
            for batch in rows.chunks(usize::try_from(batch)?) {
                connection.execute("BEGIN", [])?;
                let mut insert = connection.prepare_cached("INSERT INTO item VALUES (?, ?, ?, ?, ?)")?;
                for row in batch {
                    insert.execute(rusqlite::params_from_iter(row))?;
                }
                connection.execute("COMMIT", [])?;
            }
        } else {
            connection.execute(&format!("INSERT INTO item {statement}"), [from, from + count])?;
        }
        Ok(begun.elapsed().as_secs_f64())
    }

    /// Updates, each a transaction of its own; gives seconds.
    pub(crate) fn update_singly(&self, count: i64) -> Outcome<f64> {
        let connection = self.open()?;
        let mut update = connection.prepare("UPDATE item SET number = number + 1 WHERE rowid = ?")?;
        let begun = Instant::now();
        for at in 0..count {
            update.execute([at * 97 % 100_000 + 1])?;
        }
        Ok(begun.elapsed().as_secs_f64())
    }

    /// Updates and deletions spread over the table, and new rows, in one transaction.
    pub(crate) fn edit(&self, updates: i64, deletions: i64, inserts: i64) -> Outcome {
        self.edit_on(&self.open()?, updates, deletions, inserts)
    }

    fn edit_on(&self, connection: &Connection, updates: i64, deletions: i64, inserts: i64) -> Outcome {
        let rows: i64 = connection.query_row("SELECT max(rowid) FROM item", [], |row| row.get(0))?;
        let step = (rows / (updates + deletions).max(1)).max(1);
        connection.execute("BEGIN", [])?;
        {
            let mut update = connection
                .prepare("UPDATE item SET number = number + 7, name = name || '!' WHERE rowid = ?")?;
            for at in 0..updates {
                update.execute([at * step + 1])?;
            }
            let mut delete = connection.prepare("DELETE FROM item WHERE rowid = ?")?;
            for at in updates..updates + deletions {
                delete.execute([at * step + 1])?;
            }
            let insert = format!(
                "WITH RECURSIVE n (x) AS (SELECT ?1 UNION ALL SELECT x + 1 FROM n WHERE x + 1 < ?2)
                 INSERT INTO item SELECT {}, {ROW} FROM n",
                self.key()
            );
            if inserts > 0 {
                connection.execute(&insert, [rows, rows + inserts])?;
            }
        }
        connection.execute("COMMIT", [])?;
        Ok(())
    }

    /// Edits under a session, and what it saw.
    pub(crate) fn captured(&self, edit: impl FnOnce(&Edited<'_>) -> Outcome) -> Outcome<(Changeset, f64)> {
        let connection = self.open()?;
        let begun = Instant::now();
        let mut session = Session::new(&connection)?;
        session.attach::<&str>(None)?;
        edit(&Edited { shop: self, connection: &connection })?;
        let changes = session.changeset()?;
        Ok((changes, begun.elapsed().as_secs_f64()))
    }

    /// Applies a changeset in one transaction.
    pub(crate) fn apply(&self, changes: &Changeset) -> Outcome {
        let connection = self.open()?;
        connection.apply(changes, None::<fn(&str) -> bool>, |_, _| ConflictAction::SQLITE_CHANGESET_ABORT)?;
        Ok(())
    }

    fn rules(&self) -> Outcome<Rules> {
        let shapes = wait(SqliteTracker::new(&self.path).survey())??;
        let mut drafts: Vec<TableDraft> = shapes.iter().map(TableDraft::suggested).collect();
        for draft in &mut drafts {
            draft.policy = MergePolicy::LastWriteWinsPerField;
        }
        Ok(resolve(&drafts, &shapes).map_err(|faults| format!("{faults:?}"))?)
    }

    pub(crate) fn track(&self) -> Outcome {
        let rules = self.rules()?;
        let (genesis, replica) = (Genesis([9; 16]), ReplicaId::from_bytes([1; 16]));
        let order = TrackOrder { rules, genesis, replica, beginning: Beginning::Now, wait: Duration::ZERO };
        wait(SqliteTracker::new(&self.path).track(order))??;
        Ok(())
    }

    /// Takes over what the other copy knows.
    pub(crate) fn merge(&self, other: &Self) -> Outcome {
        let now = UtcMillis(i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis())?);
        let order = MergeOrder {
            other: other.path.clone(),
            rules: self.rules()?,
            now,
            id: "bench".to_owned(),
            clock: FutureClock::Stop,
            base: None,
            duplicates: Duplicates::Leave,
            checks: Vec::new(),
            wait: Duration::ZERO,
        };
        match wait(SqliteReplica::new(&self.path).merge(order, None, &Watch::silent()))?? {
            Merged::Done(report) if report.rows > 0 => Ok(()),
            other => Err(format!("the merge: {other:?}").into()),
        }
    }

    /// Both copies hold the same rows.
    pub(crate) fn agree(&self, other: &Self) -> Outcome {
        let connection = self.open()?;
        connection.execute("ATTACH ? AS other", [other.path.to_string_lossy()])?;
        let differ: i64 = connection.query_row(
            "SELECT (SELECT count(*) FROM (SELECT * FROM main.item EXCEPT SELECT * FROM other.item))
                  + (SELECT count(*) FROM (SELECT * FROM other.item EXCEPT SELECT * FROM main.item))",
            [],
            |row| row.get(0),
        )?;
        if differ == 0 { Ok(()) } else { Err(format!("{differ} rows differ").into()) }
    }

    pub(crate) fn bytes(&self) -> Outcome<u64> {
        Ok(std::fs::metadata(&self.path)?.len())
    }
}

/// A shop on one connection.
pub(crate) struct Edited<'a> {
    shop: &'a Shop,
    connection: &'a Connection,
}

impl Edited<'_> {
    pub(crate) fn edit(&self, updates: i64, deletions: i64, inserts: i64) -> Outcome {
        self.shop.edit_on(self.connection, updates, deletions, inserts)
    }
}

fn remove(path: &Path) -> Outcome {
    for ending in ["", "-wal", "-shm", "-journal"] {
        let mut file = path.as_os_str().to_owned();
        file.push(ending);
        match std::fs::remove_file(&file) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
    }
    Ok(())
}

/// Another file with the same content.
pub(crate) fn copy(shop: &Shop, to: &Path) -> Outcome<Shop> {
    remove(to)?;
    std::fs::copy(&shop.path, to)?;
    std::fs::File::open(to)?.sync_all()?;
    Ok(Shop { path: to.to_path_buf(), kind: shop.kind })
}

pub(crate) fn seconds(act: impl FnOnce() -> Outcome) -> Outcome<f64> {
    let begun = Instant::now();
    act()?;
    Ok(begun.elapsed().as_secs_f64())
}

fn wait<T>(future: impl Future<Output = T>) -> Outcome<T> {
    Ok(tokio::runtime::Builder::new_current_thread().build()?.block_on(future))
}

/// Peaks of resident memory are counted from here on (proc(5), clear_refs).
pub(crate) fn forget_peak() -> Outcome {
    Ok(std::fs::write("/proc/self/clear_refs", "5")?)
}

/// The peak of resident memory in bytes.
pub(crate) fn peak_bytes() -> Outcome<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no VmHWM")?;
    Ok(line.trim().trim_end_matches(" kB").parse::<u64>()? * 1024)
}
