//! Files that are whole or not there: written aside, synced, renamed.
#![expect(clippy::disallowed_methods, reason = "outputs are written here, at the door of the library")]

use std::fs::File;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

use super::SourceError;

/// Writes a file as a whole. On any error the old file is as it was, and nothing is left beside it. What is there and
/// no regular file (`/dev/stdout`, a pipe) is written to as it is.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), SourceError> {
    let error = |cause: std::io::Error| SourceError::Save {
        step: "writing",
        path: crate::text::escape_bytes(path.display().to_string().as_bytes()),
        source: cause,
    };
    // A link stays one: what it leads to is written.
    let real = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    if std::fs::metadata(path).is_ok_and(|it| !it.is_file() && !it.is_dir()) {
        let mut sink = OpenOptions::new().write(true).open(path).map_err(error)?;
        return sink.write_all(bytes).map_err(error);
    }
    let folder = real.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    builder.prefix(".leakscope-");
    // As open(2) would make it, less what the umask takes: the next step of a job may be another user.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut aside = builder.tempfile_in(folder).map_err(error)?;
    aside.write_all(bytes).map_err(error)?;
    aside.as_file().sync_all().map_err(error)?;
    aside.persist(&real).map_err(|failed| error(failed.error))?;
    // The name itself is on disk only once its folder is.
    if let Ok(folder) = File::open(folder) {
        folder.sync_all().map_err(error)?;
    }
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn links_stay_and_devices_are_written_to() {
        let folder = tempfile::tempdir().expect("a folder is made");
        let (file, link, device) =
            (folder.path().join("report"), folder.path().join("link"), folder.path().join("null"));
        write_whole(&file, b"old").expect("a new file is written");
        symlink(&file, &link).expect("links are to be had");
        symlink("/dev/null", &device).expect("links are to be had");
        write_whole(&link, b"new").expect("a link is followed");
        write_whole(&device, b"gone").expect("a device is written to");
        assert_eq!(std::fs::read(&file).expect("it is there"), b"new");
        assert!(link.is_symlink() && device.is_symlink());
        let mode = std::fs::metadata(&file).expect("it is there").permissions().mode();
        assert_eq!(mode & 0o400, 0o400);
        assert_eq!(std::fs::read_dir(folder.path()).expect("it is read").count(), 3);
    }
}
