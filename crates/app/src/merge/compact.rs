//! What every known copy has is forgotten: lines of the journal, and deleted rows. No row that a client sees changes.

use super::refusal::unlike;
use crate::Lifeboat;
use crate::error::Error;
use lifeboat_domain::code::Code;
use lifeboat_domain::id::ReplicaId;
use lifeboat_domain::merge::TableDraft;
use lifeboat_ports::{CompactOrder, Compacted, PortErrorKind, Trial};
use std::time::Duration;

/// What is to be forgotten.
#[derive(Debug, Clone)]
pub struct CompactRequest {
    /// The rules.
    pub drafts: Vec<TableDraft>,
    /// Copies that are no more, by name or by the beginning of it: nothing waits for them.
    pub forget: Vec<String>,
    /// Longest wait for a lock of another process.
    pub wait: Duration,
}

impl Lifeboat {
    /// What [`Self::compact`] would forget, and which copies it waits for. Nothing is changed.
    ///
    /// # Errors
    /// As [`Self::compact`].
    pub async fn plan_compaction(&self, request: &CompactRequest) -> Result<Compacted, Error> {
        let _guard = self.lock(request.wait).await?;
        self.forget_known(request, Trial::Rehearse).await
    }

    /// Forgets lines and deleted rows that every known copy has: all or nothing, and no row that a client sees is touched. A copy
    /// that lacks any of it, because nobody knew of it, is refused from then on (`LB1013`) and loses nothing.
    ///
    /// # Errors
    /// `LB1014` where a copy to be forgotten is not known; `LB1001`, `LB1002`, `LB0101` to `LB0106`, `LB0108`, `LB0203`; nothing
    /// was changed.
    pub async fn compact(&self, request: &CompactRequest) -> Result<Compacted, Error> {
        let _guard = self.lock(request.wait).await?;
        self.recover_locked().await?;
        self.refuse_network().await?;
        self.forget_known(request, Trial::CarryOut).await
    }

    async fn forget_known(&self, request: &CompactRequest, trial: Trial) -> Result<Compacted, Error> {
        let rules = self.tracked_rules(&request.drafts).await?;
        let order = |forget, trial| CompactOrder { rules: rules.clone(), forget, trial, wait: request.wait };
        let forget = match request.forget.as_slice() {
            [] => Vec::new(),
            words => {
                let known = self.run_compaction(order(Vec::new(), Trial::Rehearse)).await?;
                words.iter().map(|word| named(word, &known)).collect::<Result<_, _>>()?
            }
        };
        self.run_compaction(order(forget, trial)).await
    }

    async fn run_compaction(&self, order: CompactOrder) -> Result<Compacted, Error> {
        match self.ports.replica.compact(order).await {
            Err(error) if error.kind() == PortErrorKind::Unsupported => Err(unlike(error)),
            compacted => self.on_database(compacted).await,
        }
    }
}

/// The one copy whose name begins so.
fn named(word: &str, known: &Compacted) -> Result<ReplicaId, Error> {
    let begins = |peer: &&lifeboat_ports::PeerState| {
        !word.is_empty() && peer.replica.to_string().starts_with(&word.to_ascii_lowercase())
    };
    let mut found = known.peers.iter().filter(begins);
    let next = "see which are known: `lifeboat compact --dry-run`";
    match (found.next(), found.next()) {
        (Some(peer), None) => Ok(peer.replica),
        (Some(_), Some(_)) => Err(Error::new(
            Code::PeerUnknown,
            format!("several copies have a name that begins with {word}"),
            next,
        )),
        (None, _) => Err(Error::new(Code::PeerUnknown, format!("no copy is known by the name {word}"), next)),
    }
}
