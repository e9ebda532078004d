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

/// Medians of opening a healthy, current database: as any program does, and by [`crate::Lifeboat::open`].
///
/// # Errors
/// As [`crate::Lifeboat::open`].
pub async fn time_opening(
    path: &Path,
    migrations: &crate::Migrations,
    rounds: usize,
) -> Result<(Duration, Duration), Error> {
    let (mut plain, mut ours) = (Vec::new(), Vec::new());
    for _ in 0..rounds.max(1) {
        let begun = std::time::Instant::now();
        lifeboat_adapter_sqlite::demo::open_plainly(path).map_err(|e| explain(About::Database, e))?;
        plain.push(begun.elapsed());
        let order = crate::OpenOrder { migrations: Some(migrations.clone()), ..crate::OpenOrder::default() };
        let begun = std::time::Instant::now();
        let opened =
            crate::Lifeboat::open(crate::Config::embedded(path), &order, crate::Watch::silent()).await?;
        ours.push(begun.elapsed());
        drop(opened);
    }
    plain.sort();
    ours.sort();
    Ok((plain[plain.len() / 2], ours[ours.len() / 2]))
}
