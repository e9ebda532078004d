//! Gives refusals of the domain their codes and ways out.

use crate::error::Error;
use lifeboat_domain::code::Code;
use lifeboat_domain::migration::adoption::Misfit;
use lifeboat_domain::migration::foreign::Unsound;
use lifeboat_domain::migration::{InvalidStep, Refusal};

/// A set of steps that is none.
pub(super) fn invalid(error: &InvalidStep) -> Error {
    let (code, next) = match error {
        InvalidStep::Name(_) => (Code::MigrationInvalid, "rename the file, or move it out of the folder"),
        InvalidStep::Declaration { .. } => (
            Code::MigrationInvalid,
            "known are drops-rows, drops, moves-orphans, rebuilds, own-transaction and baseline: docs/guide/migrations.md",
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
        Refusal::NotAdopted => (
            Code::AdoptionNeeded,
            "tell which steps it already has: `lifeboat migrate adopt --dry-run`".to_owned(),
        ),
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

/// A foreign ledger that cannot be believed.
pub(super) fn unsound(error: &Unsound) -> Error {
    let next = match error {
        Unsound::Dirty { tool, .. } | Unsound::Locked { tool } => {
            format!("bring it to an end with {tool} itself, or restore the state before: `lifeboat list`")
        }
        Unsound::Gap { tool, .. } => {
            format!("apply it with {tool}, or name its folder, which knows better: `--from FOLDER`")
        }
        Unsound::Doubled { .. } => "look into that ledger: a step cannot be applied twice".to_owned(),
        Unsound::None => {
            "leave `--from` away; a ledger under a name of its own is not known to Lifeboat".to_owned()
        }
        Unsound::Edited { .. } => "bring the text back that was applied, then adopt again".to_owned(),
        Unsound::Missing { .. } => "name the folder with all of its steps: `--from FOLDER`".to_owned(),
        Unsound::Several(..) => {
            "remove the table of the one that is not used any more, after a restore point: `lifeboat backup`"
                .to_owned()
        }
    };
    Error::new(Code::ForeignLedgerUnsound, error.to_string(), next)
}

/// Differences that are named; the rest is counted.
const DIFFERENCES_MAX: usize = 5;

/// A schema that is of no step, or of several.
pub(super) fn misfit(misfit: &Misfit) -> Error {
    match misfit {
        Misfit::None { nearest, differences } => {
            let shown = differences.iter().take(DIFFERENCES_MAX).map(ToString::to_string);
            let mut words = shown.collect::<Vec<_>>().join("; ");
            if differences.len() > DIFFERENCES_MAX {
                words.push_str(&format!("; and {} more", differences.len() - DIFFERENCES_MAX));
            }
            let cause = format!("the schema is that of no step; nearest is {nearest}: {words}");
            let next =
                "mend the steps, or begin with the schema as it is: `lifeboat migrate adopt --baseline NAME`";
            Error::new(Code::AdoptionDiffers, cause, next)
        }
        Misfit::NoSuchStep(number) => {
            let cause = format!("there is no step {number}");
            Error::new(Code::AdoptionAmbiguous, cause, "see the steps: `lifeboat migrate status`")
        }
        Misfit::NoSteps => {
            let next = "begin with the schema as it is: `lifeboat migrate adopt --baseline NAME`";
            Error::new(Code::AdoptionDiffers, "there are no steps to compare with", next)
        }
        Misfit::Several(ids) => {
            let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
            let cause = format!("the schema is that of several steps: {}", ids.join(", "));
            let next = "say which one the database stands at: `lifeboat migrate adopt --at NUMBER`";
            Error::new(Code::AdoptionAmbiguous, cause, next)
        }
        Misfit::BehindHeader { header, fits } => {
            let cause = format!(
                "the header says {header} and the steps end at {fits}: an older build of the application would run its own again"
            );
            let next = "begin with the schema as it is, under the header's number: `lifeboat migrate adopt --baseline NAME`";
            Error::new(Code::AdoptionBehindHeader, cause, next)
        }
    }
}
