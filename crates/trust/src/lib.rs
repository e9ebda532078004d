//! Signed release metadata: a fixed profile of The Update Framework (<https://theupdateframework.github.io/specification/>).
//!
//! Bytes in, verdict out. This crate reads no file, no clock and no network, and draws no randomness: time and seeds
//! come in as arguments. It never writes anew what it received: signatures are judged over the received document, and
//! what is remembered are the received bytes.

mod chain;
mod digest;
mod error;
mod freshness;
mod json;
mod key;
pub mod limits;
mod memory;
mod name;
mod profile;
mod release;
mod role;
pub mod sign;
mod signed;
mod time;

pub use chain::{News, RootChain, Trusted, Wanted};
pub use digest::{Sha256, Sha256Sum};
pub use error::TrustError;
pub use freshness::{DEFAULT_GRACE_DAYS, Freshness};
pub use key::{KeyId, PublicKey};
pub use memory::{Memory, MemoryError, Remembered};
pub use name::{NameFault, judge_name};
pub use profile::Profile;
pub use release::{Payload, Release};
pub use role::{MetaFile, Role, RoleKeys, Root, Snapshot, Target, Targets, Timestamp};
pub use time::UtcSeconds;
