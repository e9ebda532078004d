//! Lifeboat's rules as pure values: what a restore point is, what may be trusted, kept, restored.
//!
//! This crate never does I/O, reads no clock, draws no randomness and is not async:
//! time and ids come in as arguments, decisions go out as closed enums.

pub mod act;
pub mod advice;
pub mod arrival;
pub mod catalogue;
pub mod code;
pub mod damage;
pub mod digest;
pub mod dot;
pub mod event;
pub mod findings;
pub mod hlc;
pub mod id;
pub mod kind;
pub mod manifest;
pub mod merge;
pub mod migration;
pub mod name;
pub mod preflight;
pub mod restore;
pub mod retention;
pub mod row_difference;
pub mod schema;
mod sealed;
pub mod swap;
pub mod time;
pub mod tracking;
pub mod trust;
pub mod update;
pub mod value;
