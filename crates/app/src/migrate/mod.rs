//! Migrations: a set of steps, where a database stands, and the way to the newest one with a restore point first.

mod adopt;
mod apply;
pub(crate) use apply::{Stopped, again_when_overtaken};
mod create;
mod plan;
mod refusal;
mod set;

pub use adopt::{AdoptOrder, Adoption};
pub use apply::{MigrateOrder, MigrateReport};
pub use plan::{MigrationPlan, MigrationStatus};
pub use set::Migrations;
