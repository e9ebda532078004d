//! Starts installers as processes of their own.

use crate::error::from_io;
use crate::{blocking, os};
use async_trait::async_trait;
use lifeboat_domain::update::{Launch, Scope};
use lifeboat_ports::{InstallRights, Installer, PortError, StartedProgram};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

/// The operating system's processes.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemInstaller;

struct Process {
    program: String,
    child: Arc<Mutex<Child>>,
}

#[async_trait]
impl StartedProgram for Process {
    async fn wait(&self) -> Result<Option<i32>, PortError> {
        let (program, child) = (self.program.clone(), Arc::clone(&self.child));
        blocking::run("wait for", move || {
            let mut child = child.lock().unwrap_or_else(PoisonError::into_inner);
            let status = child.wait().map_err(|e| from_io("wait for", Path::new(&program), e))?;
            Ok(status.code())
        })
        .await
    }
}

#[async_trait]
impl Installer for SystemInstaller {
    async fn rights(&self, scope: Scope) -> Result<InstallRights, PortError> {
        if scope == Scope::PerUser {
            return Ok(InstallRights::Enough);
        }
        blocking::run("ask for rights", || {
            let enough = os::may_administer().map_err(|e| from_io("ask for", Path::new("rights"), e))?;
            Ok(if enough { InstallRights::Enough } else { InstallRights::Elevation })
        })
        .await
    }

    async fn start(&self, launch: &Launch) -> Result<Box<dyn StartedProgram>, PortError> {
        let launch = launch.clone();
        let process = blocking::run("start", move || {
            let mut command = Command::new(&launch.program);
            // What it prints is for people; standard output is for our own document.
            command.args(&launch.arguments).stdin(Stdio::null()).stdout(Stdio::from(std::io::stderr()));
            os::detach(&mut command);
            if let Some(tail) = &launch.tail {
                os::append_raw(&mut command, tail);
            }
            if let Some(folder) = Path::new(&launch.program).parent().filter(|folder| folder.is_dir()) {
                // Never a folder that the installer replaces.
                command.current_dir(folder);
            }
            let child = command.spawn().map_err(|e| from_io("start", Path::new(&launch.program), e))?;
            Ok(Process { program: launch.program, child: Arc::new(Mutex::new(child)) })
        });
        Ok(Box::new(process.await?))
    }
}
