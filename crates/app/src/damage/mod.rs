//! A damaged database: what is hurt, what is offered, and the ways out: set aside, built anew, brought out.

mod diagnose;
mod quarantine;
mod repair;
mod salvage;

pub use diagnose::Diagnosis;
pub use quarantine::{QuarantinePlan, QuarantineReport};
pub use repair::RepairReport;
pub use salvage::{SalvageOrder, SalvageReport, SalvageSource};
