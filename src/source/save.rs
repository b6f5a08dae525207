//! Writes captures and outputs atomically: under a temporary name, which is synced and then renamed.
#![expect(clippy::disallowed_methods, reason = "files are written here, and nowhere else in the library")]

use std::fs;
use std::fs::File;
use std::fs::OpenOptions;
use std::io;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;

use jiff::Timestamp;
use tempfile::Builder;
use tempfile::TempDir;

use crate::source::capture::CaptureFile;
use crate::source::capture::CaptureMeta;
use crate::source::capture::META_NAME;
use crate::source::error::SourceError;
use crate::text::escape_bytes;
use crate::text::escape_path;

/// Maximum captures with the same time, to the millisecond, in one folder.
const MAX_SAME_TIME: u32 = 99;

/// Saves a capture as a new folder in `parent` and returns its path. The name is the time, as in `20261123T154200.123Z`, with
/// `-2` and so on appended if it exists. `parent` is created if it is missing.
///
/// The folder is written under a hidden name and synced, then renamed. After an error nothing of it is left. Only the owner
/// can read the folder and its files.
pub fn save_folder(
    parent: &Path,
    taken_at: Timestamp,
    meta: &CaptureMeta,
    files: &[CaptureFile],
) -> Result<PathBuf, SourceError> {
    for file in files {
        if !is_plain(&file.name) || file.name == META_NAME {
            return Err(SourceError::FileName { name: escape_bytes(file.name.as_bytes()) });
        }
    }
    fs::create_dir_all(parent).map_err(failed("creating", parent))?;
    // On an early return, dropping this removes the folder.
    let mut builder = Builder::new();
    builder.prefix(".leakscope-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
    let aside = builder.tempdir_in(parent).map_err(failed("creating a folder in", parent))?;
    for file in files {
        write_synced(&aside.path().join(&file.name), &file.bytes)?;
    }
    let path = aside.path().join(META_NAME);
    let mut text =
        serde_json::to_vec_pretty(meta).map_err(|error| failed("writing", &path)(io::Error::other(error)))?;
    text.push(b'\n');
    write_synced(&path, &text)?;
    sync_folder(aside.path())?;
    let place = rename_into_place(&aside, parent, taken_at)?;
    // The folder was renamed, so there is nothing to remove.
    let _ = aside.keep();
    sync_folder(parent)?;
    Ok(place)
}

/// Whether a name is valid on every system and cannot lead out of its folder.
fn is_plain(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    !name.is_empty() && !name.starts_with('.') && name.bytes().all(plain)
}

fn write_synced(path: &Path, bytes: &[u8]) -> Result<(), SourceError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path).map_err(failed("creating", path))?;
    file.write_all(bytes).map_err(failed("writing", path))?;
    file.sync_all().map_err(failed("syncing", path))
}

/// Renames to the first free name. Never replaces a file, a symlink or a folder that is not empty.
fn rename_into_place(aside: &TempDir, parent: &Path, taken_at: Timestamp) -> Result<PathBuf, SourceError> {
    let name = taken_at.strftime("%Y%m%dT%H%M%S%.3fZ").to_string();
    let mut place = parent.join(&name);
    for count in 2..=MAX_SAME_TIME {
        // A dangling symlink occupies its name too, so this must not follow links.
        if place.symlink_metadata().is_err() {
            match fs::rename(aside.path(), &place) {
                Ok(()) => return Ok(place),
                // Another process has taken the name meanwhile.
                Err(_) if place.symlink_metadata().is_ok() => {}
                Err(error) => return Err(failed("renaming to", &place)(error)),
            }
        }
        place = parent.join(format!("{name}-{count}"));
    }
    Err(failed("renaming to", &place)(io::Error::from(io::ErrorKind::AlreadyExists)))
}

/// Links that are followed to a file descriptor.
const MAX_LINKS: usize = 8;

/// The number of the process's own file descriptor that a path names, such as 1 for `/dev/stdout`; `None` if it names another file.
/// Links are followed one by one, because the last step leads to the file behind the descriptor, which must not be replaced.
pub fn descriptor_of(path: &Path) -> Option<u32> {
    let mut path = path.to_owned();
    for _ in 0..MAX_LINKS {
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let folder = parent.canonicalize().ok()?;
        if folder == Path::new("/dev/fd") || (folder.starts_with("/proc") && folder.ends_with("fd")) {
            return path.file_name()?.to_str()?.parse().ok();
        }
        path = folder.join(fs::read_link(&path).ok()?);
    }
    None
}

/// Writes a file atomically. After an error, an existing file is unchanged and no temporary file is left. A path that
/// exists and is not a regular file (a pipe, a device) or names a file descriptor is written to directly.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), SourceError> {
    let error = |source| SourceError::Save { step: "writing", path: escape_path(path), source };
    let is_descriptor = descriptor_of(path).is_some();
    if is_descriptor || fs::metadata(path).is_ok_and(|it| !it.is_file() && !it.is_dir()) {
        // What is behind a descriptor may be a file that others write to as well.
        let mut sink = OpenOptions::new().write(true).append(is_descriptor).open(path).map_err(error)?;
        return sink.write_all(bytes).map_err(error);
    }
    // A link stays a link: its target is replaced.
    let real = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let folder = real.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = Builder::new();
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

#[cfg(unix)]
fn sync_folder(path: &Path) -> Result<(), SourceError> {
    File::open(path).and_then(|folder| folder.sync_all()).map_err(failed("syncing", path))
}

/// Other systems cannot sync a folder; their rename is ordered.
#[cfg(not(unix))]
fn sync_folder(_path: &Path) -> Result<(), SourceError> {
    Ok(())
}

pub(super) fn failed(step: &'static str, path: &Path) -> impl FnOnce(io::Error) -> SourceError {
    let path = escape_path(path);
    move |source| SourceError::Save { step, path, source }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::capture::is_capture_series;
    use crate::source::capture::read_folder;

    fn capture(names: &[&str]) -> (CaptureMeta, Vec<CaptureFile>) {
        let described = serde_json::json!({
            "leakscope": "0.1.0", "target": "http://localhost:6060", "go_version": null,
            "files": names.iter().map(|name| serde_json::json!({
                "name": name, "url": "http://localhost:6060/debug/pprof/goroutine",
                "requested_at": "2026-11-23T15:42:00.123Z", "answered_at": "2026-11-23T15:42:00.135Z",
                "elapsed_ms": 12, "bytes": 4, "status": 200,
            })).collect::<Vec<_>>(),
        });
        let file = |name: &&str| CaptureFile { name: (*name).to_owned(), bytes: b"\x1f\x8b\0\xff".to_vec() };
        (serde_json::from_value(described).expect("it is complete"), names.iter().map(file).collect())
    }

    /// Saves files of these names.
    fn save(parent: &Path, names: &[&str]) -> Result<PathBuf, SourceError> {
        let (meta, files) = capture(names);
        save_folder(parent, "2026-11-23T15:42:00.123456Z".parse().expect("a time"), &meta, &files)
    }

    #[test]
    fn reads_back_what_it_saved() {
        let root = tempfile::tempdir().expect("a temporary folder");
        let parent = root.path().join("made/on/the/way");
        let names = ["goroutine.debug2.txt", "goroutine.pb.gz"];
        let places = ["20261123T154200.123Z", "20261123T154200.123Z-2"].map(|name| parent.join(name));
        for place in &places {
            assert_eq!(&save(&parent, &names).expect("the capture is saved"), place);
        }
        assert_eq!(fs::read_dir(&parent).expect("it is read").count(), 2);
        assert!(is_capture_series(&parent) && !is_capture_series(&places[0]));
        let captures = read_folder(&parent, 10_000).expect("the captures are read");
        let (meta, files) = capture(&names);
        let expected = places.clone().map(|path| (path, Some(meta.clone()), files.clone()));
        assert!(captures.iter().map(|it| (it.path.clone(), it.meta.clone(), it.files.clone())).eq(expected));
        assert_eq!(read_folder(&places[0], 10_000).expect("the capture is read"), captures[..1]);
        let error = read_folder(&places[0], 6).expect_err("the limit holds for all files together");
        assert!(error.to_string().contains("larger than the limit of 6 bytes"), "{error}");
    }

    #[test]
    fn leaves_nothing_after_an_error() {
        let root = tempfile::tempdir().expect("a temporary folder");
        let parent = root.path().join("captures");
        for name in ["../out", "a/b", ".hidden", "", "capture.json", "nul\0", "x\x1b[2J"] {
            let error = save(&parent, &["goroutine.pb.gz", name]).expect_err(name);
            assert!(error.to_string().contains("cannot save a file named"), "{error}");
        }
        assert!(!parent.exists());
        // The second file of one name fails once the first is written.
        save(&parent, &["goroutine.pb.gz", "goroutine.pb.gz"]).expect_err("one name twice");
        assert_eq!(fs::read_dir(&parent).expect("it is read").count(), 0);
    }

    #[test]
    #[cfg(unix)]
    fn follows_no_symlink_and_is_private() {
        use std::os::unix::fs::PermissionsExt;

        let root = tempfile::tempdir().expect("a temporary folder");
        let (parent, elsewhere) = (root.path().join("captures"), root.path().join("elsewhere"));
        fs::create_dir(&parent).expect("a folder is made");
        std::os::unix::fs::symlink(&elsewhere, parent.join("20261123T154200.123Z")).expect("a link is made");
        let place = save(&parent, &["goroutine.pb.gz"]).expect("the capture is saved");
        assert_eq!(place, parent.join("20261123T154200.123Z-2"));
        assert!(!elsewhere.exists());
        let mode = |path: &Path| fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
        let modes = ["", "goroutine.pb.gz", "capture.json"].map(|name| mode(&place.join(name)));
        assert_eq!(modes, [0o700, 0o600, 0o600]);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn files_behind_descriptors_are_not_replaced() {
        use std::os::fd::AsRawFd;
        use std::os::unix::fs::MetadataExt;

        let folder = tempfile::tempdir().expect("a folder is made");
        let [name, link] = ["out", "link"].map(|name| folder.path().join(name));
        let mut file = File::create(&name).expect("the file is created");
        file.write_all(b"first ").expect("it is written");
        let number = file.as_raw_fd();
        std::os::unix::fs::symlink(format!("/dev/fd/{number}"), &link).expect("the link is created");
        let before = fs::metadata(&name).expect("it is there").ino();
        write_whole(&link, b"second ").expect("it is written");
        write_whole(Path::new(&format!("/proc/self/fd/{number}")), b"third").expect("it is written");
        assert_eq!(fs::read_to_string(&name).expect("it is there"), "first second third");
        assert_eq!(fs::metadata(&name).expect("it is there").ino(), before);
        assert_eq!(descriptor_of(Path::new("/dev/stdout")), Some(1));
        assert_eq!(descriptor_of(&name), None);
        assert_eq!(descriptor_of(Path::new("/dev/null")), None);
    }

    #[test]
    #[cfg(unix)]
    fn links_stay_and_devices_are_written_to() {
        use std::os::unix::fs::PermissionsExt;
        use std::os::unix::fs::symlink;

        let folder = tempfile::tempdir().expect("a folder is made");
        let [file, link, device] = ["report", "link", "null"].map(|name| folder.path().join(name));
        symlink(&file, &link).expect("the link is created");
        symlink("/dev/null", &device).expect("the link is created");
        for (path, text) in [(&file, "old"), (&link, "new"), (&device, "gone")] {
            write_whole(path, text.as_bytes()).expect("it is written");
        }
        assert_eq!(fs::read_to_string(&file).expect("it is there"), "new");
        assert!(link.is_symlink() && device.is_symlink());
        assert_eq!(fs::metadata(&file).expect("it is there").permissions().mode() & 0o400, 0o400);
        assert_eq!(fs::read_dir(folder.path()).expect("it is read").count(), 3);
    }
}
