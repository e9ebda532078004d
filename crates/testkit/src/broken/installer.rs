//! An installer with one defect.

use crate::memory::MemoryInstaller;
use async_trait::async_trait;
use lifeboat_domain::update::{Launch, Scope};
use lifeboat_ports::{InstallRights, Installer, PortError, StartedProgram};

/// What is wrong with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InstallerDefect {
    /// Everything ends well.
    AlwaysWell,
    /// What is not there is started all the same.
    StartsNothing,
    /// A shell looks at the arguments first.
    ThroughAShell,
    /// Everybody has to be an administrator.
    AlwaysElevates,
}

/// The reference with a defect.
#[derive(Debug)]
pub struct BrokenInstaller {
    inner: MemoryInstaller,
    defect: InstallerDefect,
}

impl BrokenInstaller {
    /// Over the reference.
    #[must_use]
    pub fn new(inner: MemoryInstaller, defect: InstallerDefect) -> Self {
        Self { inner, defect }
    }
}

struct Well;

#[async_trait]
impl StartedProgram for Well {
    async fn wait(&self) -> Result<Option<i32>, PortError> {
        Ok(Some(0))
    }
}

#[async_trait]
impl Installer for BrokenInstaller {
    async fn rights(&self, scope: Scope) -> Result<InstallRights, PortError> {
        if self.defect == InstallerDefect::AlwaysElevates {
            return Ok(InstallRights::Elevation);
        }
        self.inner.rights(scope).await
    }

    async fn start(&self, launch: &Launch) -> Result<Box<dyn StartedProgram>, PortError> {
        let mut launch = launch.clone();
        if self.defect == InstallerDefect::ThroughAShell {
            launch.arguments = launch.arguments.join(" ").split_whitespace().map(str::to_owned).collect();
        }
        match (self.inner.start(&launch).await, self.defect) {
            (Err(_), InstallerDefect::StartsNothing) | (Ok(_), InstallerDefect::AlwaysWell) => {
                Ok(Box::new(Well))
            }
            (started, _) => started,
        }
    }
}
