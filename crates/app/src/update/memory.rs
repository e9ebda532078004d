//! What was seen of the share, in two copies.

use super::Updates;
use super::refusal::forgotten;
use crate::error::{About, Error};
use crate::handle::Explain;
use lifeboat_domain::update::UpdateRecord;
use lifeboat_trust::{Memory, MemoryError, Remembered, Trusted};

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
    /// What was seen before; nothing where this is the first look. The record knows how often the memory was written: one that is
    /// gone, or was put back, is no first look.
    ///
    /// # Errors
    /// `LB1109` where no copy can be believed, `LB0305`.
    pub(super) async fn recall(&self, record: Option<&UpdateRecord>) -> Result<Recalled, Error> {
        let copies = self.ports.depot.memory().await.about(About::Depot)?;
        let read = |copy: &Option<Vec<u8>>| Memory::choose([copy.as_deref(), None]).ok().flatten();
        let [first, second] = copies.each_ref().map(read);
        let [a, b] = &copies;
        let chosen = Memory::choose([a.as_deref(), b.as_deref()]).map_err(forgotten)?;
        let memory = chosen.unwrap_or(Memory { counter: 0, remembered: Remembered::default() });
        if memory.counter < record.map_or(0, |record| record.memory_counter) {
            return Err(forgotten(MemoryError::Damaged));
        }
        let is_doubled = match (first, second) {
            (Some(first), Some(second)) => first.remembered == second.remembered,
            _ => false,
        };
        Ok(Recalled { memory, is_doubled })
    }

    /// Remembers what is trusted now: twice, one copy after the other.
    pub(super) async fn remember(
        &self,
        recalled: Recalled,
        trusted: &Trusted,
        record: &mut UpdateRecord,
    ) -> Result<(), Error> {
        let remembered = trusted.remember();
        let mut memory = recalled.memory;
        if recalled.is_doubled && memory.remembered == remembered {
            return Ok(());
        }
        let counter = memory.counter + 1;
        for _ in 0..2 {
            memory = memory.next(remembered.clone());
            self.ports.depot.remember(memory.slot(), &memory.bytes()).await.about(About::Depot)?;
        }
        // Either of both copies is enough.
        record.memory_counter = counter;
        Ok(())
    }
}
