//! What the end-to-end tests share: the built command, the `sqlite3` shell, other users, small volumes.
#![allow(clippy::unwrap_used, reason = "a failed step of a test is a failed test")]

pub mod command;
pub mod ledgers;
pub mod many;
pub mod pages;
pub mod releases;
pub mod shell;
pub mod sweep;
