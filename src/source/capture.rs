//! Reads capture folders: those that `fetch --save` writes, or any folder with profiles in it.

use std::fs;
use std::path::Path;
use std::path::PathBuf;

use jiff::Timestamp;
use serde::Deserialize;
use serde::Serialize;

use crate::parallel::par_map;
use crate::source::error::SourceError;
use crate::source::files::read_input;
use crate::text::escape_bytes;
use crate::text::escape_path;

pub(crate) const META_NAME: &str = "capture.json";

/// Suffixes of files that are never profiles.
const SKIPPED_SUFFIXES: [&str; 3] = [".json", ".md", ".go"];

/// One snapshot of a process: the profiles in one folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaptureFolder {
    /// The folder.
    pub path: PathBuf,
    /// The contents of its `capture.json`; `None` if it has none.
    pub meta: Option<CaptureMeta>,
    /// The profiles, sorted by name; at least one.
    pub files: Vec<CaptureFile>,
}

/// One profile of a capture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaptureFile {
    /// The file's name without the folder. It is escaped if it was read from a folder.
    pub name: String,
    /// The bytes as the server sent them.
    pub bytes: Vec<u8>,
}

/// The contents of `capture.json`. Unknown keys are ignored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaptureMeta {
    /// The version of leakscope that took the capture.
    pub leakscope: String,
    /// The target it was fetched from, without credentials.
    pub target: String,
    /// The Go version of the process, such as `go1.27.3`; `None` if it is not known.
    #[serde(default)]
    pub go_version: Option<String>,
    /// The files, in the order they were fetched.
    pub files: Vec<CaptureFileMeta>,
}

/// What `capture.json` records about one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaptureFileMeta {
    /// The file's name without the folder.
    pub name: String,
    /// The URL it was fetched from, without credentials.
    pub url: String,
    /// When the request was sent, by the clock of the fetching machine.
    pub requested_at: Timestamp,
    /// When the response was complete, by the same clock.
    pub answered_at: Timestamp,
    /// The time from request to complete response in milliseconds, by a monotonic clock.
    pub elapsed_ms: u64,
    /// The file's length in bytes.
    pub bytes: u64,
    /// The HTTP status.
    pub status: u16,
}

/// Whether the path is a folder of capture folders: it contains folders, and no profile of its own.
///
/// `false` if it cannot be listed; [`read_folder`] then returns the error.
pub fn is_capture_series(path: &Path) -> bool {
    list(path).is_ok_and(|listing| listing.files.is_empty() && !listing.folders.is_empty())
}

/// A capture folder that was found but not read yet.
#[derive(Debug)]
pub struct CaptureEntry {
    /// The folder.
    pub path: PathBuf,
    files: Vec<PathBuf>,
    folders: Vec<PathBuf>,
    meta: Option<PathBuf>,
}

/// The captures in a folder: one if the folder contains profiles, otherwise one for each of its folders, sorted by name.
///
/// Hidden entries and files that end in `.json`, `.md` or `.go` are ignored.
pub fn list_folder(path: &Path) -> Result<Vec<CaptureEntry>, SourceError> {
    let entry = list(path)?;
    if !entry.files.is_empty() {
        return Ok(vec![entry]);
    }
    let empty = |path: &Path| SourceError::EmptyFolder { path: escape_path(path) };
    if entry.folders.is_empty() {
        return Err(empty(path));
    }
    let capture = |path: PathBuf| match list(&path)? {
        entry if entry.files.is_empty() => Err(empty(&path)),
        entry => Ok(entry),
    };
    par_map(entry.folders, capture).into_iter().collect()
}

/// Reads the captures that [`list_folder`] finds. The files of one capture may have at most `max_input` bytes together.
pub fn read_folder(path: &Path, max_input: u64) -> Result<Vec<CaptureFolder>, SourceError> {
    list_folder(path)?.into_iter().map(|capture| capture.read(max_input)).collect()
}

/// The entries of one folder, sorted by name.
fn list(path: &Path) -> Result<CaptureEntry, SourceError> {
    let unread = |source| SourceError::Read { path: escape_path(path), source };
    let mut listing =
        CaptureEntry { path: path.to_owned(), files: Vec::new(), folders: Vec::new(), meta: None };
    for entry in fs::read_dir(path).map_err(unread)? {
        let entry = entry.map_err(unread)?;
        let name = entry.file_name();
        let name = name.as_encoded_bytes();
        if name.starts_with(b".") {
            continue;
        }
        let kind = entry.file_type();
        let entry = entry.path();
        // The listing includes the type of each entry; only a link needs a system call of its own.
        let is_folder = match kind {
            Ok(kind) if !kind.is_symlink() => kind.is_dir(),
            _ => entry.is_dir(),
        };
        if is_folder {
            listing.folders.push(entry);
        } else if name == META_NAME.as_bytes() {
            listing.meta = Some(entry);
        } else if !SKIPPED_SUFFIXES.iter().any(|suffix| name.ends_with(suffix.as_bytes())) {
            listing.files.push(entry);
        }
    }
    listing.files.sort();
    listing.folders.sort();
    Ok(listing)
}

impl CaptureEntry {
    /// The size of its files in bytes. A file whose size cannot be read counts as 0.
    pub fn bytes(&self) -> u64 {
        let sizes = self.files.iter().filter_map(|file| Some(fs::metadata(file).ok()?.len()));
        sizes.fold(0, u64::saturating_add)
    }

    /// Reads the capture. Its files may have at most `max_input` bytes together.
    pub fn read(self, max_input: u64) -> Result<CaptureFolder, SourceError> {
        let mut left = max_input;
        let mut take = |file: &Path| match read_input(file, left) {
            // The error states the caller's limit, not the rest of it that is left for this file.
            Err(SourceError::TooLarge { input, .. }) => {
                Err(SourceError::TooLarge { input, promised: None, limit: max_input })
            }
            read => {
                left = left.saturating_sub(read.as_ref().map_or(0, |bytes| bytes.len() as u64));
                read
            }
        };
        let mut meta = None;
        if let Some(file) = &self.meta {
            let error = |source| SourceError::Meta { path: escape_path(file), source };
            meta = Some(serde_json::from_slice(&take(file)?).map_err(error)?);
        }
        let mut files = Vec::new();
        for file in &self.files {
            let name = file.file_name().unwrap_or_default();
            files.push(CaptureFile { name: escape_bytes(name.as_encoded_bytes()), bytes: take(file)? });
        }
        Ok(CaptureFolder { path: self.path, meta, files })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_that_others_made() {
        let folder = tempfile::tempdir().expect("a folder");
        let folder = folder.path();
        let error = read_folder(folder, 100).expect_err("an empty folder");
        assert!(error.to_string().starts_with("no profile in the folder"), "{error}");
        for name in ["b.txt", "a.pb.gz", ".hidden", "truth.json", "README.md", "main.go"] {
            fs::write(folder.join(name), name).expect("it is written");
        }
        fs::create_dir(folder.join("sub")).expect("it is created");
        assert!(!is_capture_series(folder));
        let captures = list_folder(folder).expect("a capture");
        assert_eq!((captures.len(), captures[0].bytes()), (1, 12));
        let captures = read_folder(folder, 100).expect("the folder is read");
        let names: Vec<&str> = captures[0].files.iter().map(|file| file.name.as_str()).collect();
        assert_eq!((captures.len(), &captures[0].meta, names), (1, &None, vec!["a.pb.gz", "b.txt"]));
        fs::write(folder.join("capture.json"), "{\"leakscope\": 1}").expect("it is written");
        let error = read_folder(folder, 100).expect_err("a broken capture.json");
        assert!(error.to_string().ends_with("capture.json"), "{error}");
    }

    #[test]
    fn many_captures_are_listed_in_order() {
        let folder = tempfile::tempdir().expect("a folder");
        let paths: Vec<PathBuf> = (100..400).map(|name| folder.path().join(name.to_string())).collect();
        for path in &paths {
            fs::create_dir(path).expect("it is created");
            fs::write(path.join("goroutine.pb.gz"), "x").expect("it is written");
        }
        let listed = list_folder(folder.path()).expect("captures");
        assert!(listed.iter().map(|capture| &capture.path).eq(&paths));
        for emptied in [&paths[250], &paths[90]] {
            fs::remove_file(emptied.join("goroutine.pb.gz")).expect("it is removed");
            let error = list_folder(folder.path()).expect_err("one is empty").to_string();
            assert!(error.contains(&escape_path(emptied)), "the error names the first: {error}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed() {
        use std::os::unix::fs::symlink;

        let folder = tempfile::tempdir().expect("a folder");
        let [real, captures] = ["real", "captures"].map(|name| folder.path().join(name));
        for path in [&real, &captures] {
            fs::create_dir(path).expect("it is created");
        }
        fs::write(real.join("goroutine.pb.gz"), "x").expect("it is written");
        symlink(&real, captures.join("to-a-folder")).expect("the link is created");
        assert!(is_capture_series(&captures));
        let listed = list_folder(&captures).expect("a capture");
        assert_eq!((listed.len(), listed[0].bytes()), (1, 1));
        symlink(real.join("goroutine.pb.gz"), captures.join("to-a-file")).expect("the link is created");
        symlink("nowhere", captures.join("to-nothing")).expect("the link is created");
        let listed = list_folder(&captures).expect("a capture");
        let [listed] = &listed[..] else { panic!("{listed:?}") };
        assert_eq!(listed.files, ["to-a-file", "to-nothing"].map(|name| captures.join(name)));
    }
}
