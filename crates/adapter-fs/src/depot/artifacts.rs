//! Artifacts in a depot: partial while they are fetched, then under their own name.

use super::held::HeldFile;
use super::{make_new, partial, plain_length};
use crate::durable::{Standing, make_folder, publish_file, sync_file};
use crate::error::{from_io, if_there, name_of};
use crate::os;
use lifeboat_domain::name::is_plain_file;
use lifeboat_ports::{PortError, PortErrorKind};
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

pub(super) struct Artifacts {
    folder: PathBuf,
}

impl Artifacts {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// The path of an artifact by a name that leads nowhere else.
    pub(super) fn kept(&self, op: &'static str, file: &str) -> Result<PathBuf, PortError> {
        if is_plain_file(file) {
            return Ok(self.folder.join(file));
        }
        Err(PortError::new(PortErrorKind::Unsupported, op, file))
    }

    fn partial(&self, op: &'static str, file: &str) -> Result<PathBuf, PortError> {
        self.kept(op, file).map(|path| partial(&path))
    }

    pub(super) fn begin(&self, file: &str) -> Result<u64, PortError> {
        let path = self.partial("begin", file)?;
        let begun = make_folder(&self.folder).and_then(|()| match plain_length(&path)? {
            Some(length) => Ok(length),
            None => make_new(&path).map(|()| 0),
        });
        begun.map_err(|e| from_io("begin", &path, e))
    }

    pub(super) fn read_partial(&self, file: &str, offset: u64, most: usize) -> Result<Vec<u8>, PortError> {
        let path = self.partial("read", file)?;
        let mut file = File::open(&path).map_err(|e| from_io("read", &path, e))?;
        read_at(&mut file, offset, most).map_err(|e| from_io("read", &path, e))
    }

    pub(super) fn append(&self, file: &str, offset: u64, bytes: &[u8]) -> Result<(), PortError> {
        let path = self.partial("write", file)?;
        let fail = |e| from_io("write", &path, e);
        let mut file = OpenOptions::new().append(true).open(&path).map_err(fail)?;
        if file.metadata().map_err(fail)?.len() != offset {
            return Err(PortError::new(PortErrorKind::Changed, "write", name_of(&path)));
        }
        file.write_all(bytes).map_err(fail)
    }

    pub(super) fn restart(&self, file: &str) -> Result<(), PortError> {
        let path = self.partial("remove", file)?;
        if_there(std::fs::remove_file(&path)).map(drop).map_err(|e| from_io("remove", &path, e))
    }

    pub(super) fn keep(&self, file: &str) -> Result<(), PortError> {
        let (from, to) = (self.partial("keep", file)?, self.kept("keep", file)?);
        let kept = sync_file(&from)
            .and_then(|()| os::make_runnable(&from))
            .and_then(|()| publish_file(&from, &to, Standing::Older));
        kept.map_err(|e| from_io("keep", &to, e))
    }

    pub(super) fn hold(&self, file: &str) -> Result<HeldFile, PortError> {
        let path = self.kept("open", file)?;
        let fail = |e| from_io("open", &path, e);
        if plain_length(&path).map_err(fail)?.is_none() {
            return Err(PortError::new(PortErrorKind::NotFound, "open", file));
        }
        let open = os::open_held(&path).map_err(fail)?;
        Ok(HeldFile::new(path, open))
    }

    pub(super) fn tidy(&self, but: &[String]) -> Result<Vec<String>, PortError> {
        let fail = |e| from_io("tidy", &self.folder, e);
        let Some(entries) = if_there(self.folder.read_dir()).map_err(fail)? else { return Ok(Vec::new()) };
        let mut gone = Vec::new();
        for entry in entries {
            let name = entry.map_err(fail)?.file_name().to_string_lossy().into_owned();
            if !but.contains(&name) {
                remove(&self.folder.join(&name))?;
                gone.push(name);
            }
        }
        Ok(gone)
    }
}

fn remove(path: &Path) -> Result<(), PortError> {
    std::fs::remove_file(path).map_err(|e| from_io("remove", path, e))
}

/// At most so many bytes from an offset; fewer only at the end.
pub(super) fn read_at(file: &mut File, offset: u64, most: usize) -> std::io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(offset))?;
    let mut bytes = Vec::with_capacity(most.min(1 << 20));
    file.take(u64::try_from(most).unwrap_or(u64::MAX)).read_to_end(&mut bytes)?;
    Ok(bytes)
}
