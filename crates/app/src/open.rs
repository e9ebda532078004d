//! What an application does before its first query, in one call: settle what was interrupted, look whose database it is
//! and how new, apply the posture, look at it, bring it to the newest step. Each step is an event.

use crate::error::Error;
use crate::migrate::{MigrateOrder, MigrateReport, Migrations};
use crate::recover::Recovery;
use crate::wiring::{Config, Use};
use crate::{Lifeboat, Watch};
use lifeboat_domain::code::Code;
use lifeboat_domain::event::{Event, OpeningStep};
use lifeboat_ports::{Counting, Depth, PortErrorKind};

/// What an application brings along.
#[derive(Debug, Clone, Default)]
pub struct OpenOrder {
    /// Its steps; without any the schema stays as it is.
    pub migrations: Option<Migrations>,
    /// Version of the application, for the ledger, and the wait for locks.
    pub migrate: MigrateOrder,
}

/// A database that is ready.
#[derive(Debug)]
pub struct Opened {
    /// The handle.
    pub boat: Lifeboat,
    /// An interrupted act that was finished or taken back.
    pub recovered: Option<Recovery>,
    /// What the migration did, where there were steps.
    pub migrated: Option<MigrateReport>,
}

impl Lifeboat {
    /// Makes a database ready for an application: recovers an interrupted act; refuses a share, a database that was moved
    /// away, another application's and a newer one before any write; applies the posture; looks at header and schema, and
    /// where these are damaged names the newest checked point; runs pending steps with a restore point first. A look at
    /// every page would cost seconds at each start: [`Self::diagnose`] and every backup take it.
    ///
    /// A database that does not exist is made where there are steps.
    ///
    /// # Errors
    /// `LB0101` to `LB0106`, `LB0117`, `LB0111`; as [`Self::migrate`]. The database is as it was, or as the error says.
    pub async fn open(config: Config, order: &OpenOrder, watch: Watch) -> Result<Opened, Error> {
        let application = match config.used {
            Use::Embedded(posture) => posture.application_id,
            Use::Foreign => None,
        };
        let boat = Self::at(config)?.watched(watch);
        boat.enter(OpeningStep::Recover);
        let recovered = boat.recover_pending(order.migrate.wait).await?;
        boat.enter(OpeningStep::Guard);
        boat.refuse_moved().await?;
        boat.refuse_network().await?;
        let pending = boat.guard_opening(order, application).await?;
        let there = boat.places.database.symlink_metadata().is_ok();
        if there {
            boat.enter(OpeningStep::Posture);
            boat.look_through_pool().await?;
        }
        let migrated = match (&order.migrations, pending) {
            (Some(migrations), true) => {
                boat.enter(OpeningStep::Migrate);
                Some(boat.migrate(migrations, &order.migrate).await?)
            }
            _ => None,
        };
        boat.enter(OpeningStep::Ready);
        Ok(Opened { boat, recovered, migrated })
    }

    fn enter(&self, step: OpeningStep) {
        self.watch.events.emit(&Event::Opening { step });
    }

    /// Reads the ledger and compares it with the steps, before anything is written. Tells whether any are pending.
    async fn guard_opening(&self, order: &OpenOrder, application: Option<i32>) -> Result<bool, Error> {
        let ledger = match self.ports.migrator.read_ledger().await {
            Ok(ledger) => Some(ledger),
            Err(error) if error.kind() == PortErrorKind::NotFound && order.migrations.is_some() => None,
            Err(error) => return Err(self.explain_opening(error).await),
        };
        let known = ledger.unwrap_or_default();
        if let Some(expected) = application.filter(|id| ![0, *id].contains(&known.application_id)) {
            let cause = format!(
                "{} carries application id {:#x}, not {expected:#x}",
                self.name(),
                known.application_id
            );
            return Err(Error::new(Code::OtherApplication, cause, "name this application's own database"));
        }
        let Some(migrations) = &order.migrations else { return Ok(false) };
        Ok(!self.pending_steps(&known, migrations, &order.migrate)?.is_empty())
    }

    /// The first connection of the pool applies the posture; a look through it reads header and schema.
    async fn look_through_pool(&self) -> Result<(), Error> {
        match self.ports.snapshotter.inspect(Counting::HeaderOnly).await {
            Ok(_) => {
                self.enter(OpeningStep::Look);
                Ok(())
            }
            Err(error) => Err(self.explain_opening(error).await),
        }
    }

    /// A database that does not read is classified, and the newest checked point is offered.
    async fn explain_opening(&self, error: lifeboat_ports::PortError) -> Error {
        let is_damage = matches!(error.kind(), PortErrorKind::Damaged | PortErrorKind::NotADatabase);
        if is_damage
            && let Ok(diagnosis) = self.diagnose(Depth::Quick).await
            && let Some(refusal) = diagnosis.refusal(&self.name())
        {
            return refusal.because(error);
        }
        self.explain_database(error).await
    }
}
