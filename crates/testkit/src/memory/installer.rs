//! An installer that only writes down what it was asked to start.

use async_trait::async_trait;
use lifeboat_domain::update::{Launch, Scope};
use lifeboat_ports::{InstallRights, Installer, PortError, PortErrorKind, StartedProgram};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

#[derive(Debug, Default)]
struct State {
    programs: BTreeMap<String, Option<i32>>,
    any: Option<Option<i32>>,
    started: Vec<Launch>,
    needs_elevation: bool,
}

/// Programs by name, each with the status that it ends with. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct MemoryInstaller(Arc<Mutex<State>>);

impl MemoryInstaller {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// There is a program of this name, and it ends so.
    pub fn add(&self, program: &str, status: Option<i32>) {
        self.state().programs.insert(program.to_owned(), status);
    }

    /// Every program is there, and ends so.
    pub fn add_all(&self, status: Option<i32>) {
        self.state().any = Some(status);
    }

    /// Machine-wide installations take an administrator.
    pub fn set_needs_elevation(&self) {
        self.state().needs_elevation = true;
    }

    /// What was started.
    #[must_use]
    pub fn started(&self) -> Vec<Launch> {
        self.state().started.clone()
    }
}

struct Ended(Option<i32>);

#[async_trait]
impl StartedProgram for Ended {
    async fn wait(&self) -> Result<Option<i32>, PortError> {
        Ok(self.0)
    }
}

#[async_trait]
impl Installer for MemoryInstaller {
    async fn rights(&self, scope: Scope) -> Result<InstallRights, PortError> {
        let needs = scope == Scope::PerMachine && self.state().needs_elevation;
        Ok(if needs { InstallRights::Elevation } else { InstallRights::Enough })
    }

    async fn start(&self, launch: &Launch) -> Result<Box<dyn StartedProgram>, PortError> {
        let mut state = self.state();
        let status = state.programs.get(&launch.program).copied().or(state.any);
        let absent = || PortError::new(PortErrorKind::NotFound, "start", &launch.program);
        let status = status.ok_or_else(absent)?;
        state.started.push(launch.clone());
        Ok(Box::new(Ended(status)))
    }
}
