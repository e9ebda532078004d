//! Gives refusals of the domain their codes and ways out.

use crate::error::Error;
use lifeboat_domain::code::Code;
use lifeboat_domain::migration::{InvalidStep, Refusal};

/// A set of steps that is none.
pub(super) fn invalid(error: &InvalidStep) -> Error {
    let (code, next) = match error {
        InvalidStep::Name(_) => (Code::MigrationInvalid, "rename the file, or move it out of the folder"),
        InvalidStep::Declaration { .. } => (
            Code::MigrationInvalid,
            "known are drops-rows, drops, moves-orphans, rebuilds and own-transaction: docs/guide/migrations.md",
        ),
        InvalidStep::Duplicate(..) => {
            (Code::MigrationDuplicate, "give the newer one the next number, if it was never shipped")
        }
        InvalidStep::Gap { .. } => {
            (Code::MigrationGap, "bring the missing step back, or number on without a gap")
        }
    };
    Error::new(code, error.to_string(), next)
}

/// A set of steps that does not fit the database.
pub(super) fn refused(refusal: &Refusal) -> Error {
    let (code, next) = match refusal {
        Refusal::Newer { .. } => (
            Code::SchemaNewer,
            "start the newer version of the application, or restore a point from before it: `lifeboat list`"
                .to_owned(),
        ),
        Refusal::OtherApplication { .. } => (
            Code::OtherApplication,
            "name this application's own database: `lifeboat --database FILE ...`".to_owned(),
        ),
        Refusal::NotAdopted => {
            (Code::AdoptionNeeded, "start from an empty database, or see docs/errors/LB0911.md".to_owned())
        }
        Refusal::LedgerBehind { .. } => (
            Code::MigrationMissing,
            "somebody changed the ledger or the header: restore a point from before that, `lifeboat list`"
                .to_owned(),
        ),
        Refusal::Edited(id) => (
            Code::MigrationEdited,
            format!("bring the shipped text of {id} back, and write a new step for the change"),
        ),
        Refusal::Renamed { applied, .. } => (Code::MigrationEdited, format!("bring the name {applied} back")),
        Refusal::Missing(id) => {
            (Code::MigrationMissing, format!("bring {id} back: an applied step stays in the set"))
        }
        Refusal::OutOfOrder { head, .. } => {
            (Code::MigrationOutOfOrder, format!("give it a number after {}", head.number))
        }
        Refusal::FailedBefore { restore_point, .. } => {
            let point =
                restore_point.map_or_else(String::new, |id| format!("; the state before is {}", id.short()));
            let next = format!("mend the step, or try it as it is: `lifeboat migrate apply --retry`{point}");
            (Code::MigrationFailedBefore, next)
        }
    };
    Error::new(code, refusal.to_string(), next)
}
