//! What was seen of the share, in two copies.

use super::Updates;
use super::refusal::forgotten;
use crate::error::{About, Error};
use crate::handle::Explain;
use lifeboat_trust::{Memory, Remembered, Trusted};

/// What is remembered, and whether it stands twice.
pub(super) struct Recalled {
    memory: Memory,
    is_doubled: bool,
}

impl Recalled {
    pub(super) const fn remembered(&self) -> &Remembered {
        &self.memory.remembered
    }

    pub(super) const fn is_doubled(&self) -> bool {
        self.is_doubled
    }
}

impl Updates {
    /// What was seen before; nothing where this is the first look.
    ///
    /// # Errors
    /// `LB1109` where no copy can be believed, `LB0305`.
    pub(super) async fn recall(&self) -> Result<Recalled, Error> {
        let copies = self.ports.depot.memory().await.about(About::Depot)?;
        let [first, second] = &copies;
        let chosen = Memory::choose([first.as_deref(), second.as_deref()]).map_err(forgotten)?;
        let whole = |copy: &Option<Vec<u8>>| matches!(Memory::choose([copy.as_deref(), None]), Ok(Some(_)));
        let is_doubled = copies.iter().all(whole);
        let memory = chosen.unwrap_or(Memory { counter: 0, remembered: Remembered::default() });
        Ok(Recalled { memory, is_doubled })
    }

    /// Remembers what is trusted now: twice, one copy after the other.
    pub(super) async fn remember(&self, recalled: Recalled, trusted: &Trusted) -> Result<(), Error> {
        let remembered = trusted.remember();
        let mut memory = recalled.memory;
        if recalled.is_doubled && memory.remembered == remembered {
            return Ok(());
        }
        for _ in 0..2 {
            memory = memory.next(remembered.clone());
            self.ports.depot.remember(memory.slot(), &memory.bytes()).await.about(About::Depot)?;
        }
        Ok(())
    }
}
