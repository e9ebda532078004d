//! One writer and a few readers for an embedded database, with a gate that can be closed.
//!
//! r2d2 cannot hand back all connections, so the gate counts the leases itself: closed, it hands out none,
//! waits for those that are out, interrupts what runs past the deadline, and drops the pools.

use crate::error::SqliteError;
use crate::posture::{Posture, apply};
use crate::sql;
use lifeboat_ports::PortErrorKind;
use r2d2::PooledConnection;
use r2d2_sqlite::SqliteConnectionManager;
use rusqlite::{Connection, InterruptHandle, OpenFlags};
use std::collections::BTreeMap;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Readers: more do not help a desktop application, and each costs a file handle and a page cache.
const READERS: u32 = 4;
/// After an interrupt a statement needs a moment to notice.
const AFTER_INTERRUPT: Duration = Duration::from_millis(500);

/// A pool whose gate is open or closed.
#[derive(Clone)]
pub(crate) struct Pool {
    path: PathBuf,
    posture: Posture,
    gate: Arc<Gate>,
}

struct Gate {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    closed: u32,
    pools: Option<Pools>,
    leases: BTreeMap<u64, InterruptHandle>,
    next_lease: u64,
}

#[derive(Clone)]
struct Pools {
    writer: r2d2::Pool<SqliteConnectionManager>,
    readers: r2d2::Pool<SqliteConnectionManager>,
}

/// What a lease is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// The one connection that writes.
    Write,
    /// One of those that only read.
    Read,
}

/// A connection on loan. It goes back when dropped.
pub(crate) struct Lease {
    connection: Option<PooledConnection<SqliteConnectionManager>>,
    number: u64,
    gate: Arc<Gate>,
}

impl Deref for Lease {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.connection.as_ref().expect("because only drop takes the connection out")
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        drop(self.connection.take());
        let mut state = self.gate.lock();
        state.leases.remove(&self.number);
        self.gate.changed.notify_all();
    }
}

impl Gate {
    /// A panic while the lock was held leaves plain counters, which stay true.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pool {
    /// Nothing is opened yet.
    pub(crate) fn new(path: &Path, posture: Posture) -> Self {
        let gate = Gate { state: Mutex::default(), changed: Condvar::new() };
        Self { path: path.to_path_buf(), posture, gate: Arc::new(gate) }
    }

    /// Borrows a connection; refuses while the gate is closed.
    pub(crate) fn lease(&self, purpose: Purpose) -> Result<Lease, SqliteError> {
        let pools = self.pools()?;
        let pool = match purpose {
            Purpose::Write => &pools.writer,
            Purpose::Read => &pools.readers,
        };
        let connection = pool.get().map_err(|_| busy("no connection came free"))?;
        let mut state = self.gate.lock();
        if state.closed > 0 {
            return Err(busy("the database is quiesced"));
        }
        let number = state.next_lease;
        state.next_lease += 1;
        state.leases.insert(number, connection.get_interrupt_handle());
        drop(state);
        Ok(Lease { connection: Some(connection), number, gate: Arc::clone(&self.gate) })
    }

    /// Is the gate shut?
    pub(crate) fn is_closed(&self) -> bool {
        self.gate.lock().closed > 0
    }

    fn pools(&self) -> Result<Pools, SqliteError> {
        let mut state = self.gate.lock();
        if state.closed > 0 {
            return Err(busy("the database is quiesced"));
        }
        if let Some(pools) = &state.pools {
            return Ok(pools.clone());
        }
        let pools = self.open_pools()?;
        state.pools = Some(pools.clone());
        Ok(pools)
    }

    fn open_pools(&self) -> Result<Pools, SqliteError> {
        // A first connection of our own, so that an error keeps its kind: r2d2 tells only that it timed out.
        apply(&crate::connection::writing(&self.path, self.posture.busy_timeout)?, self.posture)?;
        let build = |size, purpose| {
            let posture = self.posture;
            let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
                | OpenFlags::SQLITE_OPEN_NO_MUTEX
                | OpenFlags::SQLITE_OPEN_URI;
            let manager = SqliteConnectionManager::file(&self.path)
                .with_flags(flags)
                .with_init(move |connection| prepare(connection, posture, purpose));
            r2d2::Pool::builder()
                .max_size(size)
                .min_idle(Some(0))
                .connection_timeout(posture.busy_timeout)
                .build(manager)
                .map_err(|_| busy("the pool could not be opened"))
        };
        Ok(Pools { writer: build(1, Purpose::Write)?, readers: build(READERS, Purpose::Read)? })
    }

    /// Closes the gate, waits for the leases, interrupts them at the deadline, drops the connections.
    pub(crate) fn close(&self, wait: Duration) -> Result<Closed, SqliteError> {
        self.gate.lock().closed += 1;
        let closed = Closed { gate: Arc::clone(&self.gate) };
        if !self.wait_for_leases(wait) {
            self.gate.lock().leases.values().for_each(InterruptHandle::interrupt);
            if !self.wait_for_leases(AFTER_INTERRUPT) {
                return Err(busy("a connection of this process did not come back"));
            }
        }
        drop(self.gate.lock().pools.take());
        Ok(closed)
    }

    fn wait_for_leases(&self, wait: Duration) -> bool {
        let deadline = Instant::now() + wait;
        let mut state = self.gate.lock();
        while !state.leases.is_empty() {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            let waited = self.gate.changed.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }
}

/// The gate stays closed as long as this lives.
pub(crate) struct Closed {
    gate: Arc<Gate>,
}

impl Drop for Closed {
    fn drop(&mut self) {
        self.gate.lock().closed -= 1;
        self.gate.changed.notify_all();
    }
}

fn prepare(connection: &Connection, posture: Posture, purpose: Purpose) -> Result<(), rusqlite::Error> {
    apply(connection, posture).map_err(|error| match error {
        SqliteError::Engine(error) => error,
        _ => rusqlite::Error::InvalidQuery,
    })?;
    if purpose == Purpose::Read {
        connection.query_row(sql::look::FORBID_WRITES, [], |_| Ok(())).or_else(|error| match error {
            rusqlite::Error::QueryReturnedNoRows => Ok(()),
            error => Err(error),
        })?;
    }
    Ok(())
}

fn busy(what: &'static str) -> SqliteError {
    SqliteError::Found(PortErrorKind::Busy, what)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pool() -> (tempfile::TempDir, Pool) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.db");
        Connection::open(&path)
            .unwrap()
            .execute_batch("CREATE TABLE t (x); INSERT INTO t VALUES (1)")
            .unwrap();
        let pool = Pool::new(&path, Posture::default());
        (folder, pool)
    }

    #[test]
    fn readers_cannot_write_and_the_writer_can() {
        let (_folder, pool) = pool();
        let write = |purpose| pool.lease(purpose).unwrap().execute("INSERT INTO t VALUES (2)", []);
        assert!(write(Purpose::Read).is_err());
        assert_eq!(write(Purpose::Write).unwrap(), 1);
    }

    #[test]
    fn a_closed_gate_hands_out_nothing_and_reopens_on_drop() {
        let (_folder, pool) = pool();
        drop(pool.lease(Purpose::Read).unwrap());
        let closed = pool.close(Duration::ZERO).unwrap();
        assert_eq!(pool.lease(Purpose::Read).err().map(|e| e.kind()), Some(PortErrorKind::Busy));
        drop(closed);
        pool.lease(Purpose::Write).unwrap();
    }

    #[test]
    fn a_lease_that_stays_out_is_an_error_and_the_gate_reopens() {
        let (_folder, pool) = pool();
        let lease = pool.lease(Purpose::Read).unwrap();
        assert!(pool.close(Duration::from_millis(10)).is_err());
        drop(lease);
        pool.lease(Purpose::Read).unwrap();
    }

    #[test]
    fn another_applications_database_is_refused() {
        let (_folder, pool) = pool();
        let posture = Posture { application_id: Some(77), ..Posture::default() };
        let other = Pool::new(&pool.path, posture);
        assert_eq!(other.lease(Purpose::Read).err().map(|e| e.kind()), Some(PortErrorKind::Unsupported));
    }
}
