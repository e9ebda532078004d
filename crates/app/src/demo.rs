//! The demonstration shop, for `lifeboat demo`, tests and benchmarks.

use crate::error::{About, Error, explain};
use std::path::Path;
use std::time::Duration;

pub use lifeboat_shopdata::Size;

/// Builds the shop in a new file.
///
/// # Errors
/// `LB0504` where something stands there, `LB0203`, `LB0112`.
pub fn build(path: &Path, seed: u64, size: Size) -> Result<(), Error> {
    lifeboat_adapter_sqlite::demo::build(path, seed, size).map_err(|e| explain(About::Target, e))
}

/// Sells one invoice a transaction, `pause` apart; `sold` takes each commit's duration and says whether to go on.
///
/// # Errors
/// `LB0104`, `LB0203`, `LB0112`.
pub fn sell(
    path: &Path,
    seed: u64,
    pause: Duration,
    sold: impl FnMut(Duration) -> bool,
) -> Result<(), Error> {
    lifeboat_adapter_sqlite::demo::sell(path, seed, pause, sold).map_err(|e| explain(About::Database, e))
}

/// Deletes every third invoice, and tells how many went.
///
/// # Errors
/// `LB0104`, `LB0112`.
pub fn delete_by_mistake(path: &Path) -> Result<u64, Error> {
    lifeboat_adapter_sqlite::demo::delete_by_mistake(path).map_err(|e| explain(About::Database, e))
}
