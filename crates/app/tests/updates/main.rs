//! Updates over the references in memory: every state of a share that a client meets, and that nothing changed where nothing
//! may.
#![allow(clippy::unwrap_used, reason = "a failed step of a test is a failed test")]

mod hand_over;
mod publish;
mod trust;
mod world;
