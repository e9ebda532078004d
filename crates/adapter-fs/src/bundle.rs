//! Texts as one zip file, for the owner alone, whole or not at all.

use crate::durable::publish_new;
use crate::durable::{remove_partial, with_suffix};
use crate::error::from_io;
use crate::os;
use lifeboat_domain::name::PARTIAL_ENDING;
use lifeboat_ports::PortError;
use std::io::{self, Write};
use std::path::Path;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// Writes the texts into a new zip file.
///
/// # Errors
/// `AlreadyExists`, `NoSpace`, `PermissionDenied`, `Io`; nothing stands under the name then.
pub fn write_bundle(to: &Path, files: &[(&str, String)]) -> Result<(), PortError> {
    let partial = with_suffix(to, &format!(".{}{PARTIAL_ENDING}", std::process::id()));
    let written = fill(&partial, files).map_err(|e| from_io("write", to, e));
    let published = written.and_then(|()| publish_new(&partial, to));
    if published.is_err() {
        remove_partial(&partial);
    }
    published
}

fn fill(partial: &Path, files: &[(&str, String)]) -> io::Result<()> {
    let mut zip = ZipWriter::new(os::create_new_private(partial)?);
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for (name, text) in files {
        zip.start_file(*name, options)?;
        zip.write_all(text.as_bytes())?;
    }
    zip.finish()?;
    Ok(())
}
