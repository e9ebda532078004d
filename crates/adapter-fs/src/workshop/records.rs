//! `intent.json` and `last-act.json`: durable, atomic, and never guessed from when damaged.

use super::Places;
use crate::durable::{Standing, folder_of, make_folder, publish_bytes, publish_file};
use crate::error::{from_io, if_there, name_of};
use crate::os;
use lifeboat_domain::act::{self, Act, ActError};
use lifeboat_ports::{PortError, PortErrorKind};
use std::path::Path;

pub(super) fn read(path: &Path) -> Result<Option<Act>, PortError> {
    let bytes = if_there(std::fs::read(path)).map_err(|e| from_io("read", path, e))?;
    let Some(bytes) = bytes else { return Ok(None) };
    let refuse = |kind, error: ActError| PortError::new(kind, "read", name_of(path)).with_source(error);
    match act::decode(&bytes) {
        Ok(act) => Ok(Some(act)),
        Err(error @ ActError::Damaged) => Err(refuse(PortErrorKind::Damaged, error)),
        Err(error @ ActError::UnknownVersion(_)) => Err(refuse(PortErrorKind::UnknownFormat, error)),
    }
}

/// Makes an act the last one. A record that cannot be read is no reason to lose it: it is set aside first.
pub(super) fn write_last(places: &Places, act: &Act) -> Result<(), PortError> {
    let path = places.last_act();
    let unreadable = |kind| matches!(kind, PortErrorKind::Damaged | PortErrorKind::UnknownFormat);
    if read(&path).is_err_and(|error| unreadable(error.kind())) {
        set_aside(&path, &places.root.join("quarantine"))?;
    }
    write(&path, act)
}

pub(super) fn write(path: &Path, act: &Act) -> Result<(), PortError> {
    publish_bytes(path, &act::encode(act), Standing::Older).map_err(|e| from_io("write", path, e))
}

/// Moves a record into `folder` under the first free name, and gives that name.
pub(super) fn set_aside(path: &Path, folder: &Path) -> Result<String, PortError> {
    let fail = |e| from_io("set aside", path, e);
    make_folder(folder).map_err(fail)?;
    let mut number = 1;
    loop {
        let to = folder.join(format!("{}.damaged-{number}", name_of(path)));
        match publish_file(path, &to, Standing::Nothing) {
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => number += 1,
            done => return done.map(|()| name_of(&to)).map_err(fail),
        }
    }
}

pub(super) fn remove(path: &Path) -> Result<(), PortError> {
    if_there(std::fs::remove_file(path))
        .and_then(|_| os::sync_folder(folder_of(path)))
        .map_err(|e| from_io("remove", path, e))
}
