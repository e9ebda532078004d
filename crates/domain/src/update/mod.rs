//! Updates: which release is for whom, where things lie on a share, and how far a hand-over to an installer got.
//!
//! What may be believed at all is judged by `lifeboat-trust`; this decides what to do with it.

mod cohort;
mod hand_over;
mod launch;
mod offer;
mod place;
mod record;
mod release;

pub use cohort::{InstallId, takes_part};
pub use hand_over::{HandOver, HandOverStage, Settled};
pub use launch::{HandOverCommand, Launch, Shown};
pub use offer::{Offer, offer};
pub use place::{Document, Place};
pub use record::{Fetched, LastCheck, RecordError, Refused, UpdateRecord};
pub use release::{Installed, Release, Scope, Version, VersionError, clashes};
