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

/// Writes a file atomically. After an error, an existing file is unchanged and no temporary file is left. A path that
/// exists and is not a regular file (`/dev/stdout`, a pipe) is written to directly.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), SourceError> {
    let error = |source| SourceError::Save { step: "writing", path: escape_path(path), source };
    // A link stays a link: its target is replaced.
    let real = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    if fs::metadata(path).is_ok_and(|it| !it.is_file() && !it.is_dir()) {
        let mut sink = OpenOptions::new().write(true).open(path).map_err(error)?;
        return sink.write_all(bytes).map_err(error);
    }
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

fn failed(step: &'static str, path: &Path) -> impl FnOnce(io::Error) -> SourceError {
    let path = escape_path(path);
    move |source| SourceError::Save { step, path, source }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::capture::CaptureFileMeta;
    use crate::source::capture::is_capture_series;
    use crate::source::capture::read_folder;

    fn capture(names: &[&str]) -> (CaptureMeta, Vec<CaptureFile>) {
        let at = "2026-11-23T15:42:00.123Z".parse().expect("a time");
        let describe = |name: &&str| CaptureFileMeta {
            name: (*name).to_owned(),
            url: "http://localhost:6060/debug/pprof/goroutine".to_owned(),
            requested_at: at,
            answered_at: at,
            elapsed_ms: 12,
            bytes: 4,
            status: 200,
        };
        let meta = CaptureMeta {
            leakscope: "0.1.0".to_owned(),
            target: "http://localhost:6060".to_owned(),
            go_version: None,
            files: names.iter().map(describe).collect(),
        };
        let file = |name: &&str| CaptureFile { name: (*name).to_owned(), bytes: b"\x1f\x8b\0\xff".to_vec() };
        (meta, names.iter().map(file).collect())
    }

    /// The names in a folder, hidden ones too, sorted.
    fn names_in(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).expect("the folder is there").flatten();
        let mut names: Vec<String> =
            entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    #[test]
    fn reads_back_what_it_saved() {
        let root = tempfile::tempdir().expect("a temporary folder");
        let parent = root.path().join("made/on/the/way");
        let (meta, files) = capture(&["goroutine.debug2.txt", "goroutine.pb.gz"]);
        let at = "2026-11-23T15:42:00.123456Z".parse().expect("a time");
        let first = save_folder(&parent, at, &meta, &files).expect("the capture is saved");
        assert_eq!(first, parent.join("20261123T154200.123Z"));
        let second = save_folder(&parent, at, &meta, &files).expect("the capture is saved");
        assert_eq!(second, parent.join("20261123T154200.123Z-2"));
        assert_eq!(names_in(&parent), ["20261123T154200.123Z", "20261123T154200.123Z-2"]);
        assert_eq!(names_in(&first), ["capture.json", "goroutine.debug2.txt", "goroutine.pb.gz"]);

        assert!(is_capture_series(&parent));
        assert!(!is_capture_series(&first));
        let captures = read_folder(&parent, 10_000).expect("the captures are read");
        assert_eq!(captures.len(), 2);
        for (capture, path) in captures.iter().zip([&first, &second]) {
            assert_eq!(&capture.path, path);
            assert_eq!(capture.meta.as_ref(), Some(&meta));
            assert_eq!(capture.files, files);
        }
        let one = read_folder(&first, 10_000).expect("the capture is read");
        assert_eq!(one, captures[..1]);
        let error = read_folder(&first, 6).expect_err("the limit holds for all files together");
        assert!(error.to_string().contains("larger than the limit of 6 bytes"), "{error}");
    }

    #[test]
    fn leaves_nothing_after_an_error() {
        let root = tempfile::tempdir().expect("a temporary folder");
        let parent = root.path().join("captures");
        let at = "2026-11-23T15:42:00Z".parse().expect("a time");
        for name in ["../out", "a/b", ".hidden", "", "capture.json", "nul\0", "x\x1b[2J"] {
            let (meta, files) = capture(&["goroutine.pb.gz", name]);
            let error = save_folder(&parent, at, &meta, &files).expect_err(name);
            assert!(error.to_string().contains("cannot save a file named"), "{error}");
        }
        assert!(!parent.exists());
        // The second file of one name fails once the first is written.
        let (meta, files) = capture(&["goroutine.pb.gz", "goroutine.pb.gz"]);
        save_folder(&parent, at, &meta, &files).expect_err("one name twice");
        assert!(names_in(&parent).is_empty());
    }

    #[test]
    #[cfg(unix)]
    fn follows_no_symlink_and_is_private() {
        use std::os::unix::fs::PermissionsExt;
        use std::os::unix::fs::symlink;

        let root = tempfile::tempdir().expect("a temporary folder");
        let elsewhere = root.path().join("elsewhere");
        let parent = root.path().join("captures");
        fs::create_dir(&parent).expect("a folder is made");
        symlink(&elsewhere, parent.join("20261123T154200.000Z")).expect("a symlink is made");
        let (meta, files) = capture(&["goroutine.pb.gz"]);
        let at = "2026-11-23T15:42:00Z".parse().expect("a time");
        let place = save_folder(&parent, at, &meta, &files).expect("the capture is saved");
        assert_eq!(place, parent.join("20261123T154200.000Z-2"));
        assert!(!elsewhere.exists());
        let mode = |path: &Path| fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
        assert_eq!(mode(&place), 0o700);
        assert_eq!(mode(&place.join("goroutine.pb.gz")), 0o600);
        assert_eq!(mode(&place.join("capture.json")), 0o600);
    }

    #[test]
    #[cfg(unix)]
    fn links_stay_and_devices_are_written_to() {
        use std::os::unix::fs::PermissionsExt;
        use std::os::unix::fs::symlink;

        let folder = tempfile::tempdir().expect("a folder is made");
        let (file, link, device) =
            (folder.path().join("report"), folder.path().join("link"), folder.path().join("null"));
        write_whole(&file, b"old").expect("a new file is written");
        symlink(&file, &link).expect("the link is created");
        symlink("/dev/null", &device).expect("the link is created");
        write_whole(&link, b"new").expect("a link is followed");
        write_whole(&device, b"gone").expect("a device is written to");
        assert_eq!(fs::read(&file).expect("it is there"), b"new");
        assert!(link.is_symlink() && device.is_symlink());
        let mode = fs::metadata(&file).expect("it is there").permissions().mode();
        assert_eq!(mode & 0o400, 0o400);
        assert_eq!(fs::read_dir(folder.path()).expect("it is read").count(), 3);
    }
    #[test]
    fn reads_folders_that_others_made() {
        let root = tempfile::tempdir().expect("a temporary folder");
        let folder = root.path();
        let error = read_folder(folder, 100).expect_err("an empty folder");
        assert!(error.to_string().starts_with("no profile in the folder"), "{error}");
        for name in ["b.txt", "a.pb.gz", ".hidden", "truth.json", "README.md", "main.go"] {
            fs::write(folder.join(name), name).expect("a file is written");
        }
        fs::create_dir(folder.join("sub")).expect("a folder is made");
        let captures = read_folder(folder, 100).expect("the folder is read");
        assert_eq!(captures.len(), 1);
        assert_eq!(captures[0].meta, None);
        let names: Vec<&str> = captures[0].files.iter().map(|file| file.name.as_str()).collect();
        assert_eq!(names, ["a.pb.gz", "b.txt"]);
        assert!(!is_capture_series(folder));

        fs::write(folder.join("capture.json"), "{\"leakscope\": 1}").expect("a file is written");
        let error = read_folder(folder, 100).expect_err("a broken capture.json");
        assert!(error.to_string().ends_with("capture.json"), "{error}");
    }
}
