//! A depot in memory.

use super::share::piece;
use async_trait::async_trait;
use lifeboat_domain::name::is_plain_file;
use lifeboat_ports::{Depot, DepotGuard, HeldArtifact, PortError, PortErrorKind, Watch};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

#[derive(Debug, Default)]
struct State {
    memory: [Option<Vec<u8>>; 2],
    record: Option<Vec<u8>>,
    partial: BTreeMap<String, Vec<u8>>,
    kept: BTreeMap<String, Arc<Vec<u8>>>,
    aside: BTreeMap<String, Vec<u8>>,
    locked: bool,
    made: bool,
}

/// A depot. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct MemoryDepot(Arc<Mutex<State>>);

impl MemoryDepot {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts other bytes in the place of a kept artifact.
    pub fn swap(&self, file: &str, bytes: &[u8]) {
        self.state().kept.insert(file.to_owned(), Arc::new(bytes.to_vec()));
    }

    /// Puts other bytes in the place of a copy of the memory.
    pub fn hurt_memory(&self, slot: usize, bytes: &[u8]) {
        self.state().memory[slot] = Some(bytes.to_vec());
    }

    /// Was it ever made?
    #[must_use]
    pub fn is_there(&self) -> bool {
        self.state().made
    }

    fn set_aside(&self, name: &str, bytes: Vec<u8>) -> String {
        let mut state = self.state();
        let name = format!("{name}.{}", state.aside.len() + 1);
        state.aside.insert(name.clone(), bytes);
        name
    }
}

/// File names without folders, drives or devices.
fn plain(op: &'static str, file: &str) -> Result<(), PortError> {
    if is_plain_file(file) { Ok(()) } else { Err(PortError::new(PortErrorKind::Unsupported, op, file)) }
}

fn absent(op: &'static str, file: &str) -> PortError {
    PortError::new(PortErrorKind::NotFound, op, file)
}

struct Guard(MemoryDepot);

impl DepotGuard for Guard {}

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.state().locked = false;
    }
}

struct Held {
    depot: MemoryDepot,
    path: PathBuf,
    file: String,
    bytes: Arc<Vec<u8>>,
}

#[async_trait]
impl HeldArtifact for Held {
    fn path(&self) -> &Path {
        &self.path
    }

    async fn read_at(&self, offset: u64, most: usize) -> Result<Vec<u8>, PortError> {
        Ok(piece(&self.bytes, offset, most))
    }

    async fn is_in_place(&self) -> Result<bool, PortError> {
        let there = self.depot.state().kept.get(&self.file).cloned();
        Ok(there.is_some_and(|bytes| Arc::ptr_eq(&bytes, &self.bytes)))
    }
}

#[async_trait]
impl Depot for MemoryDepot {
    async fn lock(&self, _: Duration, _: &Watch) -> Result<Box<dyn DepotGuard>, PortError> {
        let mut state = self.state();
        if std::mem::replace(&mut state.locked, true) {
            return Err(PortError::new(PortErrorKind::Busy, "lock", "the depot"));
        }
        state.made = true;
        Ok(Box::new(Guard(self.clone())))
    }

    async fn memory(&self) -> Result<[Option<Vec<u8>>; 2], PortError> {
        Ok(self.state().memory.clone())
    }

    async fn remember(&self, slot: usize, bytes: &[u8]) -> Result<(), PortError> {
        self.state().memory[slot] = Some(bytes.to_vec());
        Ok(())
    }

    async fn set_memory_aside(&self) -> Result<Vec<String>, PortError> {
        let copies = std::mem::take(&mut self.state().memory);
        Ok(copies.into_iter().flatten().map(|bytes| self.set_aside("memory", bytes)).collect())
    }

    async fn record(&self) -> Result<Option<Vec<u8>>, PortError> {
        Ok(self.state().record.clone())
    }

    async fn write_record(&self, bytes: &[u8]) -> Result<(), PortError> {
        self.state().record = Some(bytes.to_vec());
        Ok(())
    }

    async fn set_record_aside(&self) -> Result<Option<String>, PortError> {
        let record = self.state().record.take();
        Ok(record.map(|bytes| self.set_aside("record", bytes)))
    }

    async fn begin(&self, file: &str) -> Result<u64, PortError> {
        plain("begin", file)?;
        let length = self.state().partial.entry(file.to_owned()).or_default().len();
        Ok(u64::try_from(length).unwrap_or(u64::MAX))
    }

    async fn read_partial(&self, file: &str, offset: u64, most: usize) -> Result<Vec<u8>, PortError> {
        let state = self.state();
        Ok(piece(state.partial.get(file).ok_or_else(|| absent("read", file))?, offset, most))
    }

    async fn append(&self, file: &str, offset: u64, bytes: &[u8]) -> Result<(), PortError> {
        let mut state = self.state();
        let partial = state.partial.get_mut(file).ok_or_else(|| absent("append", file))?;
        if u64::try_from(partial.len()) != Ok(offset) {
            return Err(PortError::new(PortErrorKind::Changed, "append", file));
        }
        partial.extend_from_slice(bytes);
        Ok(())
    }

    async fn restart(&self, file: &str) -> Result<(), PortError> {
        self.state().partial.remove(file);
        Ok(())
    }

    async fn keep(&self, file: &str) -> Result<(), PortError> {
        let mut state = self.state();
        let bytes = state.partial.remove(file).ok_or_else(|| absent("keep", file))?;
        state.kept.insert(file.to_owned(), Arc::new(bytes));
        Ok(())
    }

    async fn hold(&self, file: &str) -> Result<Box<dyn HeldArtifact>, PortError> {
        plain("hold", file)?;
        let bytes = self.state().kept.get(file).cloned().ok_or_else(|| absent("hold", file))?;
        let path = Path::new("/depot").join(file);
        Ok(Box::new(Held { depot: self.clone(), path, file: file.to_owned(), bytes }))
    }

    async fn quarantine(&self, file: &str) -> Result<String, PortError> {
        let bytes = self.state().kept.remove(file).ok_or_else(|| absent("quarantine", file))?;
        Ok(self.set_aside(file, bytes.to_vec()))
    }

    async fn tidy(&self, but: &[String]) -> Result<Vec<String>, PortError> {
        let mut state = self.state();
        let mut gone: Vec<String> = state.partial.keys().map(|file| format!("{file}.partial")).collect();
        state.partial.clear();
        gone.extend(state.kept.keys().filter(|file| !but.contains(file)).cloned());
        state.kept.retain(|file, _| but.contains(file));
        Ok(gone)
    }
}
