//! Carries out the steps of an exchange of files and of its recovery. It decides nothing: the order and the
//! direction are `lifeboat_domain::swap`'s.

use super::stage::{self, copy_synced};
use super::{Places, records};
use crate::durable::{Standing, folder_of, make_folder, publish_file, rename_new, with_suffix};
use crate::error::{from_io, if_there, name_of};
use crate::os;
use lifeboat_domain::act::{Act, Way};
use lifeboat_domain::swap::{LiveMain, Observed, Part, SwapIntent, SwapStep, plan_recovery};
use lifeboat_ports::{PortError, PortErrorKind, Recovered};
use std::io;
use std::path::{Path, PathBuf};

/// A foreign process may put a file where ours goes, again and again; after so many tries we give up.
const PLACE_TRIES: usize = 20;

pub(super) fn install(places: &Places, act: &Act) -> Result<Vec<String>, PortError> {
    let mut exchange = Exchange::new(places, act)?;
    exchange.intent.steps().iter().try_for_each(|step| exchange.carry_out(*step))?;
    Ok(exchange.set_aside)
}

pub(super) fn recover(places: &Places, act: &Act) -> Result<Recovered, PortError> {
    let mut exchange = Exchange::new(places, act)?;
    let seen = exchange.observe().map_err(|e| from_io("recover", &places.database, e))?;
    let outcome = plan_recovery(exchange.intent, seen);
    outcome.steps().iter().try_for_each(|step| exchange.carry_out(*step))?;
    Ok(Recovered { outcome, set_aside: exchange.set_aside })
}

/// Who removed the name of a sidecar that the set keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum GoneName {
    /// Somebody else, since it was kept.
    ByOthers,
    /// A first run of this very exchange.
    ByUs,
}

struct Exchange<'a> {
    places: &'a Places,
    act: &'a Act,
    intent: &'a SwapIntent,
    stage: PathBuf,
    set: PathBuf,
    set_aside: Vec<String>,
}

impl<'a> Exchange<'a> {
    fn new(places: &'a Places, act: &'a Act) -> Result<Self, PortError> {
        let Way::Swap(intent) = &act.way else {
            return Err(PortError::new(PortErrorKind::Unsupported, "exchange files", "an act in place"));
        };
        let (stage, set) = (places.staging(&intent.set), places.quarantine(&intent.set));
        Ok(Self { places, act, intent, stage, set, set_aside: Vec::new() })
    }

    fn observe(&self) -> io::Result<Observed> {
        let staged = self.places.in_folder(&self.stage, Part::Main);
        let live = self.places.live(Part::Main);
        let id = |path: &Path| if_there(os::file_id(path));
        let (staged_id, live_id) = (id(&staged)?, id(&live)?);
        let live = match (live_id, staged_id) {
            (None, _) => LiveMain::Absent,
            (live, staged) if live == staged => LiveMain::Staged,
            _ => LiveMain::Other,
        };
        let set_has_main = exists(&self.places.in_folder(&self.set, Part::Main));
        Ok(Observed { stage_has_main: staged_id.is_some(), set_has_main, live })
    }

    fn carry_out(&mut self, step: SwapStep) -> Result<(), PortError> {
        let done = match step {
            SwapStep::KeepSidecars => self.keep_sidecars(),
            SwapStep::WriteIntent => return records::write(&self.places.intent(), self.act),
            SwapStep::MoveMainAside => self.move_main_aside(),
            SwapStep::ClearSidecars => self.clear_sidecars(GoneName::ByOthers),
            SwapStep::GoOnClearingSidecars => self.clear_sidecars(GoneName::ByUs),
            SwapStep::SetIntrudersAside => self.set_intruders_aside(),
            SwapStep::PlaceIncoming => self.place_incoming(),
            SwapStep::ReturnSidecars => self.return_sidecars(),
            SwapStep::ReturnMain => self.return_main(),
            SwapStep::DropSet => self.drop_set(),
            SwapStep::RemoveStage => self.remove_stage(),
            SwapStep::RecordAct => return records::write_last(self.places, self.act),
            SwapStep::RemoveIntent => {
                records::remove(&self.places.intent())?;
                // Where there was nothing to keep. The exchange is done: an empty folder that stays harms nobody.
                let _ = remove_if_empty(&self.set);
                return Ok(());
            }
        };
        done.map_err(|e| from_io("exchange the files of", &self.places.database, e))
    }

    fn beside(&self) -> &Path {
        folder_of(&self.places.database)
    }

    fn keep_sidecars(&self) -> io::Result<()> {
        make_folder(&self.set)?;
        for part in Part::SIDECARS {
            let (live, kept) = (self.places.live(part), self.places.in_folder(&self.set, part));
            if exists(&live) && !exists(&kept) {
                link_or_copy(&live, &kept)?;
            }
        }
        os::sync_folder(&self.set)
    }

    fn move_main_aside(&self) -> io::Result<()> {
        if !self.intent.had_main() {
            return Ok(());
        }
        let kept = self.places.in_folder(&self.set, Part::Main);
        publish_file(&self.places.live(Part::Main), &kept, Standing::Nothing)
    }

    /// The old main file is aside: whatever stands under a sidecar's name now is either the kept one, or it
    /// was made since by somebody who still had the old main file and is newer than the kept one, which then
    /// must not be taken for valid. A kept one whose name is gone was deleted by an intruder (and is valid),
    /// or by somebody who had moved its content into the main file (and is not).
    fn clear_sidecars(&mut self, gone: GoneName) -> io::Result<()> {
        let intruded = exists(&self.places.live(Part::Main));
        for part in Part::SIDECARS {
            let (live, kept) = (self.places.live(part), self.places.in_folder(&self.set, part));
            match (exists(&live), exists(&kept)) {
                (true, true) if same(&live, &kept)? => std::fs::remove_file(&live)?,
                (true, _) if intruded => {}
                (true, true) => {
                    self.supersede(&kept)?;
                    rename_new(&live, &kept)?;
                }
                (true, false) => rename_new(&live, &kept)?,
                (false, true) if gone == GoneName::ByOthers && !intruded && !self.saw_intruder() => {
                    self.supersede(&kept)?;
                }
                (false, _) => {}
            }
        }
        if !intruded {
            self.keep_shared_memory()?;
        }
        os::sync_folder(&self.set)?;
        os::sync_folder(self.beside())
    }

    fn saw_intruder(&self) -> bool {
        exists(&self.set.join("intruder-1"))
    }

    /// It holds nothing that the log does not, but whoever looks into the damage wants all that was there.
    fn keep_shared_memory(&self) -> io::Result<()> {
        match if_there(rename_new(&self.shared_memory(), &self.kept_shared_memory())) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                if_there(std::fs::remove_file(self.shared_memory())).map(drop)
            }
            done => done.map(drop),
        }
    }

    fn kept_shared_memory(&self) -> PathBuf {
        with_suffix(&self.places.in_folder(&self.set, Part::Main), "-shm")
    }

    fn shared_memory(&self) -> PathBuf {
        with_suffix(&self.places.database, "-shm")
    }

    /// A kept sidecar that its own database outlived: stays for the record, under a name nobody replays.
    fn supersede(&mut self, kept: &Path) -> io::Result<()> {
        let name = with_suffix(kept, ".superseded");
        rename_new(kept, &name)?;
        self.set_aside.push(name_of(&name));
        Ok(())
    }

    /// Sets aside what no act of ours put there: a main file that is not the staged one, and sidecars that
    /// are not the kept ones. Sidecars of a staged main file that is in place belong to it and stay.
    fn set_intruders_aside(&mut self) -> io::Result<()> {
        let main = self.places.live(Part::Main);
        if same(&main, &self.places.in_folder(&self.stage, Part::Main))? {
            return Ok(());
        }
        let mut intruders = Vec::new();
        for part in Part::ALL {
            let (live, kept) = (self.places.live(part), self.places.in_folder(&self.set, part));
            let old_sidecar = part != Part::Main && same(&live, &kept)?;
            if part != Part::Main && same(&live, &self.places.in_folder(&self.stage, part))? {
                // Ours, placed before its main file: the stage has it still.
                std::fs::remove_file(&live)?;
            } else if exists(&live) && !old_sidecar {
                intruders.push(part);
            }
        }
        if intruders.is_empty() {
            return Ok(());
        }
        let folder = self.free_folder("intruder")?;
        // The main file first: a sidecar that lost its database harms nobody, the reverse loses rows.
        for part in intruders {
            let to = self.places.in_folder(&folder, part);
            if if_there(rename_new(&self.places.live(part), &to))?.is_some() {
                self.set_aside.push(format!("{}/{}", name_of(&folder), name_of(&to)));
            }
        }
        if_there(std::fs::remove_file(self.shared_memory()))?;
        os::sync_folder(&folder)?;
        os::sync_folder(self.beside())
    }

    fn free_folder(&self, stem: &str) -> io::Result<PathBuf> {
        for number in 1.. {
            let folder = self.set.join(format!("{stem}-{number}"));
            if !exists(&folder) {
                make_folder(&folder)?;
                return Ok(folder);
            }
        }
        unreachable!("because a folder holds fewer names than there are numbers")
    }

    fn place_incoming(&mut self) -> io::Result<()> {
        for _ in 0..PLACE_TRIES {
            match self.try_place() {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    self.set_intruders_aside()?;
                    self.clear_sidecars(GoneName::ByOthers)?;
                }
                done => return done,
            }
        }
        Err(io::ErrorKind::ResourceBusy.into())
    }

    fn try_place(&self) -> io::Result<()> {
        // Sidecars are linked, so that the stage still has them should the main file not find its place free.
        for part in Part::SIDECARS {
            let (staged, live) = (self.places.in_folder(&self.stage, part), self.places.live(part));
            if exists(&staged) && !same(&staged, &live)? {
                link_or_copy(&staged, &live)?;
            }
        }
        rename_new(&self.places.in_folder(&self.stage, Part::Main), &self.places.live(Part::Main))?;
        os::sync_folder(self.beside())?;
        os::sync_folder(&self.stage)
    }

    fn return_sidecars(&self) -> io::Result<()> {
        for part in Part::SIDECARS {
            let (live, kept) = (self.places.live(part), self.places.in_folder(&self.set, part));
            if exists(&kept) && !exists(&live) {
                link_or_copy(&kept, &live)?;
            }
        }
        os::sync_folder(self.beside())
    }

    fn return_main(&self) -> io::Result<()> {
        let (live, kept) = (self.places.live(Part::Main), self.places.in_folder(&self.set, Part::Main));
        if exists(&kept) { publish_file(&kept, &live, Standing::Nothing) } else { Ok(()) }
    }

    /// Removes only names whose file lives at its own place too, then the folder if nothing is left in it. A kept
    /// sidecar that somebody deleted meanwhile stays and is reported: it may be the only copy.
    fn drop_set(&mut self) -> io::Result<()> {
        if !exists(&self.set) {
            return Ok(());
        }
        for part in Part::SIDECARS {
            let (live, kept) = (self.places.live(part), self.places.in_folder(&self.set, part));
            if same(&live, &kept)? {
                if_there(std::fs::remove_file(&kept))?;
            } else if exists(&kept) {
                self.set_aside.push(name_of(&kept));
            }
        }
        if_there(std::fs::remove_file(self.kept_shared_memory()))?;
        remove_if_empty(&self.set)
    }

    fn remove_stage(&self) -> io::Result<()> {
        stage::remove(self.places, &self.stage)
    }
}

fn exists(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

fn same(a: &Path, b: &Path) -> io::Result<bool> {
    let id = |path: &Path| if_there(os::file_id(path));
    Ok(matches!((id(a)?, id(b)?), (Some(a), Some(b)) if a == b))
}

fn link_or_copy(from: &Path, to: &Path) -> io::Result<()> {
    match std::fs::hard_link(from, to) {
        Ok(()) => crate::durable::sync_file(to),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(error),
        Err(_) => {
            let partial = with_suffix(to, lifeboat_domain::name::PARTIAL_ENDING);
            copy_synced(from, &partial)?;
            publish_file(&partial, to, Standing::Nothing)
        }
    }
}

fn remove_if_empty(folder: &Path) -> io::Result<()> {
    match std::fs::remove_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => Ok(()),
        Err(error) => Err(error),
        Ok(()) => os::sync_folder(folder_of(folder)),
    }
}
