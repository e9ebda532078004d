//! The reference implementations. They share a disk in memory, so that whole use cases run on them.

mod clock;
mod depot;
mod disk;
mod disk_space;
mod entropy;
mod events;
mod installer;
mod medic;
mod migrator;
mod replica;
mod share;
mod shops;
mod snapshotter;
mod stage;
mod tracker;
mod vault;
mod workshop;

pub use clock::MemoryClock;
pub use depot::MemoryDepot;
pub use disk::MemoryDisk;
pub use disk_space::MemoryDiskSpace;
pub use entropy::MemoryEntropy;
pub use events::RecordedEvents;
pub use installer::MemoryInstaller;
pub use medic::MemoryMedic;
pub use migrator::MemoryMigrator;
pub use replica::{MemoryReplica, Refused};
pub use share::MemoryShare;
pub use shops::{MemoryMerger, MemoryShop, MemoryShops, numbered};
pub use snapshotter::{MemoryDatabase, MemorySnapshotter};
pub use stage::MemoryStage;
pub use tracker::MemoryTracker;
pub use vault::MemoryVault;
pub use workshop::MemoryWorkshop;
