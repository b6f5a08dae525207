//! Writes files atomically: to a temporary file, which is synced and then renamed.
#![expect(clippy::disallowed_methods, reason = "outputs are written here, and nowhere else in the library")]

use std::fs::File;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

use crate::source::error::SourceError;
use crate::text::escape_path;

/// Writes a file atomically. After an error, an existing file is unchanged and no temporary file is left. A path that
/// exists and is not a regular file (`/dev/stdout`, a pipe) is written to directly.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), SourceError> {
    let error =
        |cause: std::io::Error| SourceError::Save { step: "writing", path: escape_path(path), source: cause };
    // A link stays a link: its target is replaced.
    let real = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    if std::fs::metadata(path).is_ok_and(|it| !it.is_file() && !it.is_dir()) {
        let mut sink = OpenOptions::new().write(true).open(path).map_err(error)?;
        return sink.write_all(bytes).map_err(error);
    }
    let folder = real.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    builder.prefix(".leakscope-");
    // The permissions that open(2) would give, less the umask: the next step of a CI job may run as another user.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut aside = builder.tempfile_in(folder).map_err(error)?;
    aside.write_all(bytes).map_err(error)?;
    aside.as_file().sync_all().map_err(error)?;
    aside.persist(&real).map_err(|failed| error(failed.error))?;
    // The rename is durable only after its folder was synced.
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
        symlink(&file, &link).expect("the link is created");
        symlink("/dev/null", &device).expect("the link is created");
        write_whole(&link, b"new").expect("a link is followed");
        write_whole(&device, b"gone").expect("a device is written to");
        assert_eq!(std::fs::read(&file).expect("it is there"), b"new");
        assert!(link.is_symlink() && device.is_symlink());
        let mode = std::fs::metadata(&file).expect("it is there").permissions().mode();
        assert_eq!(mode & 0o400, 0o400);
        assert_eq!(std::fs::read_dir(folder.path()).expect("it is read").count(), 3);
    }
}
