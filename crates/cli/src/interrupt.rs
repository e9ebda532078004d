//! Ctrl-C asks the running act to stop at its next safe point. It never kills.

use lifeboat::CancelToken;

/// A token that an interrupt, a hang-up or a termination cancels.
pub(crate) fn token() -> CancelToken {
    let token = CancelToken::default();
    let ours = token.clone();
    // A second handler in one process cannot be set: then the system's own serves.
    if let Err(error) = ctrlc::set_handler(move || ours.cancel()) {
        tracing::debug!(%error, "interrupts are left to the system");
    }
    token
}
