//! Numbers that never repeat and are the same in every run.

use lifeboat_ports::{Entropy, PortError};
use std::sync::atomic::{AtomicU64, Ordering};

/// A counter spread over the slice (splitmix64's finaliser, Steele et al. 2014).
#[derive(Debug, Default)]
pub struct MemoryEntropy(AtomicU64);

impl Entropy for MemoryEntropy {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), PortError> {
        for chunk in bytes.chunks_mut(8) {
            let mut z = self.0.fetch_add(1, Ordering::Relaxed).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            let drawn = (z ^ (z >> 31) ^ 0x5bd1).to_be_bytes();
            chunk.copy_from_slice(&drawn[..chunk.len()]);
        }
        Ok(())
    }
}
