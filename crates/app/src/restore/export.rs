//! A point as a new plain file beside everything else. The live database is not touched.

use super::plan::refuse_unproven;
use crate::Lifeboat;
use crate::error::{About, Error};
use crate::handle::Explain;
use crate::points::find_in;
use crate::wiring::{Target, judge_target};
use lifeboat_domain::code::Code;
use lifeboat_domain::manifest::Manifest;
use lifeboat_domain::trust::Reading;
use lifeboat_ports::PortErrorKind;
use std::path::Path;

impl Lifeboat {
    /// Writes a point to a new file and leaves the live database alone.
    ///
    /// # Errors
    /// As [`Self::find`]; `LB0501`, `LB0504`, `LB0505`, `LB0109`, `LB0114` for a name that the engine or Lifeboat
    /// itself reads, `LB0203`; nothing stands under the name then.
    pub async fn restore_to(&self, word: &str, to: &Path) -> Result<Manifest, Error> {
        let point = find_in(&self.list().await?, word)?;
        refuse_unproven(&point)?;
        self.refuse_reserved(to)?;
        let need = self.need("restored copy", to, point.size_bytes).await?;
        self.preflight(&[need])?;
        match self.ports.vault.export(&point, to, &self.watch).await {
            Ok(()) => Ok(point),
            Err(error) if error.kind() == PortErrorKind::Damaged => {
                self.record(point.clone(), Reading::Other).await;
                Err(self.damaged_point(&point).await.because(error))
            }
            Err(error) => Err(error).about(About::Target),
        }
    }

    pub(crate) fn refuse_reserved(&self, to: &Path) -> Result<(), Error> {
        match judge_target(&self.places.database, &self.places.vault, to) {
            Ok(Target::Free) => Ok(()),
            Ok(Target::Haunted { by }) => {
                let cause = format!("{by} is there already and would be replayed into the copy");
                Err(Error::new(Code::TargetExists, cause, "move that file away, or name another one"))
            }
            Ok(Target::Reserved) => {
                let cause = format!("{} is a name of the database or of Lifeboat", to.display());
                Err(Error::new(Code::DestinationIsSource, cause, "name a file elsewhere"))
            }
            Err(error) if error.kind() == PortErrorKind::NotFound => {
                let cause = format!("the folder of {} is not there", to.display());
                Err(Error::new(
                    Code::TargetFolderAbsent,
                    cause,
                    "make the folder first, or name another file",
                ))
            }
            Err(error) => Err(error).about(About::Target),
        }
    }
}
