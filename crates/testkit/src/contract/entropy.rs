//! The contract of `Entropy`.

use super::clauses;
use lifeboat_ports::Entropy;

/// A source to look at.
pub trait EntropyFixture {
    /// The source.
    fn entropy(&self) -> &dyn Entropy;
}

clauses! { dyn EntropyFixture: the_whole_slice_is_filled, two_draws_differ, }

async fn the_whole_slice_is_filled(f: &dyn EntropyFixture) {
    let mut seen = [0u8; 64];
    for _ in 0..64 {
        let mut bytes = [0; 64];
        f.entropy().fill(&mut bytes).unwrap();
        seen.iter_mut().zip(bytes).for_each(|(s, b)| *s |= b);
    }
    assert!(seen.iter().all(|byte| *byte != 0), "some byte is never written");
}

async fn two_draws_differ(f: &dyn EntropyFixture) {
    let (mut a, mut b) = ([0; 10], [0; 10]);
    f.entropy().fill(&mut a).unwrap();
    f.entropy().fill(&mut b).unwrap();
    assert_ne!(a, b);
}
