//! A vault with very many points: one real point, described again and again.

use lifeboat::domain::id::SnapshotId;
use lifeboat::domain::kind::PointKind;
use lifeboat::domain::manifest::{Manifest, encode};
use lifeboat::domain::time::{HOUR_MS, UtcMillis};
use lifeboat::{BackupOrder, Config, Lifeboat};
use std::path::Path;

/// Takes one real point, then publishes its manifest and a hard link of its file under `count` sequences.
///
/// # Panics
/// Where a step fails.
pub fn make_points(database: &Path, count: u64) {
    let boat = Lifeboat::at(Config::foreign(database)).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let first = runtime.block_on(boat.backup(BackupOrder::manual("the first of many"))).unwrap().point;
    let file = boat.point_path(&first);
    for number in 2..=count {
        let point = again(&first, number);
        let path = boat.point_path(&point);
        std::fs::hard_link(&file, &path).unwrap();
        std::fs::write(path.with_file_name(point.stem().manifest_file()), encode(&point)).unwrap();
    }
}

fn again(first: &Manifest, number: u64) -> Manifest {
    let mut random = [0; 10];
    random[2..].copy_from_slice(&number.to_be_bytes());
    let created = UtcMillis(first.created.0 + i64::try_from(number).unwrap() * HOUR_MS);
    Manifest {
        id: SnapshotId::from_parts(u64::try_from(created.0).unwrap(), random),
        kind: PointKind::Scheduled,
        sequence: number,
        created,
        note: None,
        parent: Some(first.id),
        ..first.clone()
    }
}
