//! For tests of Lifeboat and of adapters that others write: the reference of every port in memory, the suite
//! that binds every implementation, and broken adapters each of which some named clause catches.
//!
//! It never reaches a release build. The suites are not a stable part of the public interface.
#![allow(clippy::unwrap_used, reason = "a failed step of a clause is a failed clause")]

pub mod broken;
pub mod contract;
pub mod memory;
