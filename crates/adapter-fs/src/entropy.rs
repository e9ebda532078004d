//! The system's secure random source.

use lifeboat_ports::{Entropy, PortError, PortErrorKind};

/// Random bytes from the operating system.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), PortError> {
        getrandom::fill(bytes).map_err(|error| {
            PortError::new(PortErrorKind::Io, "draw random bytes", "the system")
                .with_source(error.to_string())
        })
    }
}
