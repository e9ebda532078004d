//! Checks of the product over several rows: what columns and keys cannot say, and a merge must not break.

use crate::StepFailure;
use lifeboat_domain::value::Value;
use std::sync::Arc;

/// The rows as a merge would leave them, before they count. Only to be read.
pub trait MergedRows {
    /// Runs one query; gives every row.
    ///
    /// # Errors
    /// The engine's refusal, also of a statement that would write.
    fn query(&self, statement: &str, parameters: &[Value]) -> Result<Vec<Vec<Value>>, StepFailure>;
}

/// A check in code.
pub trait Validator: Send + Sync {
    /// Gives how many things are wrong.
    ///
    /// # Errors
    /// Whatever keeps it from telling: the merge does not take place.
    fn check(&self, rows: &dyn MergedRows) -> Result<u64, StepFailure>;
}

impl<F: Fn(&dyn MergedRows) -> Result<u64, StepFailure> + Send + Sync> Validator for F {
    fn check(&self, rows: &dyn MergedRows) -> Result<u64, StepFailure> {
        self(rows)
    }
}

/// How a check is asked.
#[derive(Clone)]
pub enum CheckBody {
    /// A query that only reads: each row that it gives is a thing that is wrong.
    Query(String),
    /// Code.
    Code(Arc<dyn Validator>),
}

/// A check by name.
#[derive(Clone)]
pub struct Check {
    /// What it is called in messages.
    pub name: String,
    /// How it is asked.
    pub body: CheckBody,
}

impl std::fmt::Debug for Check {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Check").field("name", &self.name).finish_non_exhaustive()
    }
}
