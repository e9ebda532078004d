//! From what is published now to what clients see next: one edition, the pointer last.

use super::keys::KeyRing;
use super::release::Published;
use super::shelf::UNSEEN;
use super::{Publishing, unsigned};
use crate::error::Error;
use crate::update::{Looked, Pace, look, of_share, recollect, refused};
use lifeboat_domain::code::Code;
use lifeboat_domain::update::{Document, Place};
use lifeboat_ports::{Content, PortErrorKind, PublishGuard};
use lifeboat_trust::sign::{self, Change, Edition, NewRoot, Numbered, Terms};
use lifeboat_trust::{Profile, Remembered, Role, RootChain, Sha256Sum, Trusted, limits};
use std::time::Duration;

/// How far the pointer on the share may be ahead of what was published from here. Further on, somebody else used its key.
const AHEAD: u64 = 1_000_000;

/// What an edition may rest on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Basis {
    /// What the share offers, and nothing less than was published from here.
    #[default]
    Share,
    /// What was published from here, where the share is not as it was left: somebody looked, and said so.
    Memory,
}

impl Publishing {
    /// What is published now: as a client sees it that knows what was published from here. Where the share offers less, or
    /// nothing that is signed, and somebody said so: what was published from here.
    pub(super) async fn standing(&self, ring: &KeyRing) -> Result<Trusted, Error> {
        let pace = Pace { patience: Duration::ZERO };
        let looked = look(&*self.ports.source, &ring.root, &ring.published(), pace).await?;
        let Looked { trusted, outcome } = looked;
        let known = recollect(&ring.root, &ring.published()).filter(|known| known.releases().is_some());
        let Some(known) = known else {
            return match outcome {
                Err(error) if error.code() != Code::NothingPublished => Err(error.state(UNSEEN)),
                _ => Ok(trusted),
            };
        };
        let ahead = |role| trusted.version(role) > known.version(role) + AHEAD;
        let ran_away = Role::ALL.into_iter().any(ahead);
        match (outcome, self.basis) {
            (Ok(()), _) if !ran_away => Ok(trusted),
            (Err(error), _) if !is_about_content(&error) => Err(error.state(UNSEEN)),
            (_, Basis::Memory) => Ok(known),
            (outcome, Basis::Share) => {
                let why = outcome
                    .err()
                    .map_or_else(|| "its numbers ran away".to_owned(), |error| error.cause().to_owned());
                let cause = format!("the share is not as it was left: {why}");
                let next = match ran_away {
                    true => {
                        "a key is in other hands: replace it (`lifeboat keys rotate`), then `lifeboat publish --root ROOT --from-memory`"
                    }
                    false => {
                        "bring back what is missing, or publish again what was published from here: `lifeboat publish --resign --from-memory`"
                    }
                };
                Err(Error::new(Code::RollbackRefused, cause, next).state(UNSEEN))
            }
        }
    }

    /// Makes the next edition, rehearses it, puts it on the share, and remembers it.
    pub(super) async fn publish(
        &self,
        ring: &KeyRing,
        published: &Trusted,
        change: Change,
        guard: &dyn PublishGuard,
    ) -> Result<Published, Error> {
        let before = self.pointer().await?;
        let terms = Terms { taken: self.taken(published).await?, ..Terms::default() };
        let edition = sign::edition(published, change, &ring.keys, self.now(), terms).map_err(unsigned)?;
        let after = rehearse(published, &edition)?;
        if published.releases().is_some() {
            // What a stopped publication goes on from; and proof that the memory can be written, before anybody sees a thing.
            ring.remember(published)?;
        }
        self.put_roots(ring, published).await?;
        self.put_edition(&edition, before.as_deref(), guard).await?;
        ring.remember(&after).map_err(|error| error.state(SEEN))?;
        self.look_as_new_client(ring, &after).await?;
        Ok(Published {
            release: None,
            was_there: false,
            timestamp: after.version(Role::Timestamp),
            root: after.version(Role::Root),
        })
    }

    /// Every root from the shipped one to the one that counts: a server that was restored may lack some.
    async fn put_roots(&self, ring: &KeyRing, published: &Trusted) -> Result<(), Error> {
        let told = |error| refused("the root of the keys", error).state(UNSEEN);
        let first = sign::version_of_root(&ring.root).map_err(told)?;
        self.put_document(Document::Root, first, &ring.root).await?;
        for number in first + 1..=published.version(Role::Root) {
            if self.is_there(&Place::Document(Document::Root, number)).await? {
                continue;
            }
            let newest =
                (number == published.version(Role::Root)).then(|| published.remember().root).flatten();
            let Some(root) = ring.root_file(number).or(newest) else {
                let cause = format!("the share lacks root {number}, and it is not among the keys");
                let next = format!("bring {number}.root.json to the folder of keys, then publish again");
                return Err(Error::new(Code::RootIncomplete, cause, next).state(UNSEEN));
            };
            self.put_document(Document::Root, number, &root).await?;
        }
        Ok(())
    }

    /// The last proof: a client that has only the shipped root sees what was published.
    async fn look_as_new_client(&self, ring: &KeyRing, after: &Trusted) -> Result<(), Error> {
        if after.version(Role::Timestamp) == 0 {
            return Ok(());
        }
        let pace = Pace { patience: Duration::ZERO };
        let looked = look(&*self.ports.source, &ring.root, &Remembered::default(), pace).await?;
        looked.outcome.map_err(|error| error.state(SEEN))?;
        if looked.trusted.version(Role::Timestamp) == after.version(Role::Timestamp) {
            return Ok(());
        }
        let cause = "a client that knows nothing yet sees another state than was published";
        Err(Error::new(Code::PublishOvertaken, cause, "see what is published: `lifeboat update doctor`")
            .state(SEEN))
    }

    async fn put_edition(
        &self,
        edition: &Edition,
        before: Option<&[u8]>,
        guard: &dyn PublishGuard,
    ) -> Result<(), Error> {
        let (first, last) = match &edition.root {
            Some(NewRoot::First(root)) => (Some(root), None),
            Some(NewRoot::Last(root)) => (None, Some(root)),
            None => (None, None),
        };
        for (document, numbered) in [
            (Document::Root, first),
            (Document::Targets, edition.targets.as_ref()),
            (Document::Snapshot, edition.snapshot.as_ref()),
        ] {
            if let Some((number, bytes)) = numbered {
                self.put_document(document, *number, bytes).await?;
            }
        }
        if let Some(pointer) = &edition.timestamp {
            self.point(pointer, before, guard).await?;
        }
        match last {
            Some((number, bytes)) => self.put_document(Document::Root, *number, bytes).await,
            None => Ok(()),
        }
    }

    async fn pointer(&self) -> Result<Option<Vec<u8>>, Error> {
        match self.ports.source.document(&Place::Pointer, limits::bytes_of(Role::Timestamp)).await {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == PortErrorKind::NotFound => Ok(None),
            // Whatever it is, it is no pointer: it is only looked at to see whether it changes.
            Err(error) if error.kind() == PortErrorKind::LimitExceeded => Ok(Some(Vec::new())),
            Err(error) => Err(of_share(&self.share(), error).state(UNSEEN)),
        }
    }

    /// Numbers above the published ones that a publisher took who was stopped before the pointer.
    async fn taken(&self, published: &Trusted) -> Result<(u64, u64), Error> {
        let mut taken = [published.version(Role::Targets), published.version(Role::Snapshot)];
        for (number, document) in taken.iter_mut().zip([Document::Targets, Document::Snapshot]) {
            while self.is_there(&Place::Document(document, *number + 1)).await? {
                *number += 1;
            }
        }
        Ok((taken[0], taken[1]))
    }

    /// Replaces the pointer, if nobody else did meanwhile, and reads it back.
    async fn point(
        &self,
        pointer: &Numbered,
        before: Option<&[u8]>,
        guard: &dyn PublishGuard,
    ) -> Result<(), Error> {
        let (_, bytes) = pointer;
        let staged = self.stage(Content::Bytes(bytes)).await?;
        let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        self.prove_staged(&staged, &Place::Pointer, size, Sha256Sum::of(bytes)).await?;
        guard.renew().await.map_err(|e| self.explain(e))?;
        if self.pointer().await?.as_deref() != before {
            self.discard(&staged).await;
            let cause = format!("{}: another publisher was faster", self.share());
            return Err(Error::new(
                Code::PublishOvertaken,
                cause,
                "see what is published now, then publish again",
            )
            .state(UNSEEN));
        }
        self.ports.publisher.replace_pointer(&staged).await.map_err(|e| self.explain(e))?;
        if self.pointer().await?.as_ref() == Some(bytes) {
            return Ok(());
        }
        let cause = format!("{}: the pointer does not read back as it was written", self.share());
        let state = "the new release may be visible; nothing that was visible before is lost";
        Err(Error::new(Code::ArtifactDamaged, cause, "look at the server's disk, then publish again")
            .state(state))
    }
}

/// The words for what cannot be taken back.
const SEEN: &str = "the pointer was replaced: clients see what was published";

/// The share answers, and what lies there is not what was published.
fn is_about_content(error: &Error) -> bool {
    matches!(
        error.code(),
        Code::NothingPublished | Code::ReleaseIncomplete | Code::RollbackRefused | Code::MetadataRefused
    )
}

/// What a client will make of it, before anything is brought; gives what is published afterwards.
fn rehearse(published: &Trusted, edition: &Edition) -> Result<Trusted, Error> {
    let told = |error| refused("what would be published", error).state(UNSEEN);
    let with_root = |trusted: &Trusted, root: &[u8]| {
        let known = trusted.remember();
        let mut chain = RootChain::begin(known.root.as_deref().unwrap_or_default(), None, Profile::Lifeboat)?;
        chain.next(root)?;
        Ok(chain.settle(&known))
    };
    let mut trusted = match &edition.root {
        Some(NewRoot::First((_, root))) => with_root(published, root).map_err(told)?,
        Some(NewRoot::Last(_)) | None => published.clone(),
    };
    if let Some((_, pointer)) = &edition.timestamp {
        trusted.timestamp(pointer).map_err(told)?;
    }
    if let Some((_, snapshot)) = &edition.snapshot {
        trusted.snapshot(snapshot).map_err(told)?;
    }
    if let Some((_, targets)) = &edition.targets {
        trusted.targets(targets).map_err(told)?;
    }
    if let Some(NewRoot::Last((_, root))) = &edition.root {
        trusted = with_root(&trusted, root).map_err(told)?;
    }
    if edition.timestamp.is_some() && trusted.releases().is_none() {
        return Err(unsigned(sign::SignError::Incomplete));
    }
    Ok(trusted)
}
