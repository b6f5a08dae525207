//! Files that are whole or not there: written aside, synced, renamed.
#![expect(clippy::disallowed_methods, reason = "outputs are written here, at the door of the library")]

use std::fs::File;
use std::io::Write;
use std::path::Path;

use super::SourceError;

/// Writes a file as a whole. On any error the old file is as it was, and nothing is left beside it.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), SourceError> {
    let error = |cause: std::io::Error| SourceError::Save {
        step: "writing",
        path: super::escape::escaped(path.display().to_string().as_bytes()),
        source: cause,
    };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut aside = tempfile::Builder::new().prefix(".leakscope-").tempfile_in(folder).map_err(error)?;
    aside.write_all(bytes).map_err(error)?;
    aside.as_file().sync_all().map_err(error)?;
    aside.persist(path).map_err(|failed| error(failed.error))?;
    // The name itself is on disk only once its folder is.
    if let Ok(folder) = File::open(folder) {
        folder.sync_all().map_err(error)?;
    }
    Ok(())
}
