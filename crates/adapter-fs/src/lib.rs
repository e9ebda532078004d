//! Everything that touches files, locks, the clock, randomness and volumes, behind ports.
//!
//! One file per operating system (`os/`), one durable-publish routine (`durable`). This crate never opens a
//! live database file (a plain open and close inside the process would drop the engine's POSIX locks) unless
//! the database is quiesced, and it holds no SQL.

mod arrival;
mod blocking;
mod bundle;
mod clock;
mod depot;
mod disk_space;
mod durable;
mod entropy;
mod error;
mod hash;
mod installer;
mod lock;
mod os;
mod paths;
mod surroundings;
mod texts;
mod vault;
mod workshop;

pub use arrival::{
    copy_points, digest_of, publish_like, read_arrival, remove_arrival, remove_copied_point,
    remove_copied_points, write_arrival,
};
pub use bundle::write_bundle;
pub use clock::SystemClock;
pub use depot::FolderDepot;
pub use disk_space::SystemDiskSpace;
pub use durable::{make_private, make_private_folder, publish_new, remove_partial, write_new};
pub use entropy::SystemEntropy;
pub use error::from_io;
pub use installer::SystemInstaller;
pub use paths::{
    DatabasePath, Resolved, Target, Wider, file_bytes, is_no_folder, judge_target, same_file, staged,
    work_folder,
};
pub use surroundings::{Scope, cloud_marker, data_folder, other_copies};
pub use texts::{append_text, read_file, read_pieces, read_texts, read_tree, replace_file, write_new_text};
pub use vault::PlainVault;
pub use workshop::FolderWorkshop;
