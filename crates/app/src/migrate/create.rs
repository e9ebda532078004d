//! A database that does not exist yet: made on the stage, then given its name like a restored one.

use super::{MigrateOrder, Migrations};
use crate::Lifeboat;
use crate::error::{About, Error};
use crate::handle::Explain;
use lifeboat_domain::act::{Act, Verb, Way};
use lifeboat_domain::code::Code;
use lifeboat_domain::migration::StepId;
use lifeboat_ports::{StageSource, StepReport};
use std::path::Path;

impl Lifeboat {
    /// Killed anywhere, there is no database or a whole one.
    pub(super) async fn create(
        &self,
        migrations: &Migrations,
        pending: &[StepId],
        order: &MigrateOrder,
    ) -> Result<Vec<StepReport>, Error> {
        self.refuse_moved().await?;
        self.refuse_network().await?;
        let workshop = &self.ports.workshop;
        let set = self.set_name()?;
        let scratch = workshop.scratch(&format!("new-{set}.db")).await.about(About::Target)?;
        let made = self.make_at(&scratch, migrations, pending, order).await;
        let staged = match made {
            Ok(reports) => self.place(&scratch, &set).await.map(|()| reports),
            Err(error) => Err(error),
        };
        workshop.clear_scratch(&scratch).await.about(About::Target)?;
        staged
    }

    async fn make_at(
        &self,
        scratch: &Path,
        migrations: &Migrations,
        pending: &[StepId],
        order: &MigrateOrder,
    ) -> Result<Vec<StepReport>, Error> {
        let run = self.run_order(migrations, pending, 0, (order, None));
        let ran = self.ports.migrator.run_on(scratch, run, &self.watch).await.about(About::Target)?;
        match ran.failed {
            None => Ok(ran.done),
            Some((id, reason)) => {
                let cause = format!("step {id} failed: {reason}");
                Err(Error::new(Code::MigrationFailed, cause, "mend the step, then run the command again")
                    .state("there is no database, as before"))
            }
        }
    }

    async fn place(&self, scratch: &Path, set: &str) -> Result<(), Error> {
        let incoming =
            self.ports.workshop.stage(set, StageSource::Point(scratch)).await.about(About::Target)?;
        let intent = self.swap_intent(set.to_owned(), incoming).await;
        let intent = self.or_unstage(intent, set).await?;
        let begun = self.ports.clock.utc_now();
        let id = self.draw_id(begun)?;
        let way = Way::Swap(intent);
        let act = Act { id, verb: Verb::Migrate, begun, point: None, safety: None, way };
        self.exchange(&act).await.map(drop)
    }
}
