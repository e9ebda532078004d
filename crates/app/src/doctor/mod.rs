//! Checks of a database's health and of everything around it. Each has an id, a verdict and what mends it. Looking
//! changes nothing, and works on a damaged database, without a vault and on a full disk.

mod database;
mod place;
mod vault;

use crate::{Lifeboat, Migrations};
use lifeboat_ports::Depth;

/// Verdict of one check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Health {
    /// As it should be.
    Ok,
    /// Could not be looked at.
    NotChecked,
    /// Works, and could be better.
    Advice,
    /// Data is or may be at risk.
    Problem,
}

impl Health {
    /// The stable word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::NotChecked => "not checked",
            Self::Advice => "advice",
            Self::Problem => "problem",
        }
    }
}

/// One check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// Stable id.
    pub id: &'static str,
    /// Verdict.
    pub health: Health,
    /// What was found, as counts and names.
    pub finding: String,
    /// What mends it, where something is to be mended.
    pub mend: Option<Remedy>,
}

/// What mends a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remedy {
    /// A command line; a word in capitals stands for what only a person knows.
    Command(String),
    /// What no command does.
    ByHand(String),
}

impl Remedy {
    /// Either of them, as it is read.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Command(words) | Self::ByHand(words) => words,
        }
    }
}

/// One visit of the doctor.
#[derive(Debug, Clone)]
pub struct DoctorOrder {
    /// How closely the database is looked at.
    pub depth: Depth,
    /// The application's steps, to compare the schema with.
    pub migrations: Option<Migrations>,
    /// The engine that the application itself brings, where that is known.
    pub application_engine: Option<String>,
}

impl Default for DoctorOrder {
    /// A quick look without steps.
    fn default() -> Self {
        Self { depth: Depth::Quick, migrations: None, application_engine: None }
    }
}

fn check(id: &'static str, health: Health, finding: impl Into<String>, mend: Remedy) -> Check {
    Check { id, health, finding: finding.into(), mend: Some(mend) }
}

fn run(command: impl Into<String>) -> Remedy {
    Remedy::Command(command.into())
}

fn by_hand(words: impl Into<String>) -> Remedy {
    Remedy::ByHand(words.into())
}

fn ok(id: &'static str, finding: impl Into<String>) -> Check {
    Check { id, health: Health::Ok, finding: finding.into(), mend: None }
}

fn not_checked(id: &'static str, why: impl std::fmt::Display) -> Check {
    Check { id, health: Health::NotChecked, finding: why.to_string(), mend: None }
}

impl Lifeboat {
    /// Runs every check.
    pub async fn doctor(&self, order: &DoctorOrder) -> Vec<Check> {
        let mut checks = vec![database::own_engine()];
        checks.extend(self.check_database(order).await);
        checks.extend(self.check_vault().await);
        checks.extend(self.check_places().await);
        checks
    }
}
