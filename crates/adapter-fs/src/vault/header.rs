//! `vault.json`: says that a folder is a vault, in which format, and the highest sequence it ever pruned
//! (docs/formats/vault.md).

use crate::durable::{Standing, publish_bytes};
use crate::error::{from_io, if_there, name_of};
use lifeboat_ports::{PortError, PortErrorKind};
use serde::{Deserialize, Serialize};
use std::path::Path;

const FORMAT: &str = "lifeboat-vault";
const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Wire {
    format: String,
    version: u32,
    sequence_floor: u64,
}

/// Makes the header where it is absent; refuses a format that this build does not know.
pub(crate) fn ensure(path: &Path) -> Result<(), PortError> {
    match read(path)? {
        Some(_) => Ok(()),
        None => write(path, 0),
    }
}

/// The highest sequence that was ever pruned; `None` where the folder is no vault.
pub(crate) fn read(path: &Path) -> Result<Option<u64>, PortError> {
    let bytes = if_there(std::fs::read(path)).map_err(|e| from_io("read", path, e))?;
    let Some(bytes) = bytes else { return Ok(None) };
    let refuse = |kind| PortError::new(kind, "read", name_of(path));
    let wire: Wire =
        serde_json::from_slice(&bytes).map_err(|e| refuse(PortErrorKind::Damaged).with_source(e))?;
    if wire.format != FORMAT || wire.version != VERSION {
        return Err(refuse(PortErrorKind::UnknownFormat));
    }
    Ok(Some(wire.sequence_floor))
}

/// Raises the floor; never lowers it.
pub(crate) fn raise_floor(path: &Path, sequence: u64) -> Result<(), PortError> {
    let floor = read(path)?.unwrap_or(0);
    if sequence > floor { write(path, sequence) } else { Ok(()) }
}

fn write(path: &Path, sequence_floor: u64) -> Result<(), PortError> {
    let wire = Wire { format: FORMAT.to_owned(), version: VERSION, sequence_floor };
    let mut bytes = serde_json::to_vec_pretty(&wire).expect("because the wire type holds only plain values");
    bytes.push(b'\n');
    publish_bytes(path, &bytes, Standing::Older).map_err(|e| from_io("write", path, e))
}
