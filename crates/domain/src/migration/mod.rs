//! Migrations as values: steps and what they declare, the ledger, what is pending, what a step may change.
//! Nothing here runs a statement; the order of checks is argued in docs/adr/0014-migrations.md.

pub mod adoption;
mod difference;
pub mod foreign;
mod ledger;
mod step;

pub use difference::{
    Census, Change, Definition, ObjectKind, SchemaObject, Violation, changes, judge, new_orphans,
};
pub use ledger::{Entry, Ledger, Outcome, Refusal, Retry, Runner, plan};
pub use step::{Beginning, Declared, InvalidStep, StepHeader, StepId, StepTransaction, digest_of, order};
