//! Reads files of source below a folder, and no other file, whatever a profile names.
#![expect(clippy::disallowed_methods, reason = "source files are read here, and nowhere else in the library")]

use std::ffi::OsStr;
use std::fs;
use std::path::Component;
use std::path::Path;
use std::path::PathBuf;

/// Maximum size of a source file. A larger one was not written by a person.
const MAX_FILE: u64 = 4 << 20;

/// Maximum number of files of a package.
const MAX_FILES: usize = 2000;

/// The elements of a path that a profile states, whatever system wrote it. `None` for a path that steps back, and for one that is too
/// long.
pub(super) fn elements(file: &str) -> Option<Vec<&str>> {
    const MAX_ELEMENTS: usize = 128;
    let elements: Vec<&str> = file.split(['/', '\\']).filter(|it| !it.is_empty() && *it != ".").collect();
    let fits = elements.len() <= MAX_ELEMENTS && !elements.contains(&"..");
    fits.then_some(elements)
}

/// A path from elements that a profile states, or that a `go.mod` does; `None` if it would not stay below the folder that it is joined
/// to.
pub(super) fn relative<'a>(elements: impl IntoIterator<Item = &'a str>) -> Option<PathBuf> {
    let mut path = PathBuf::new();
    for element in elements {
        let mut parts = Path::new(element).components();
        let is_name = matches!((parts.next(), parts.next()), (Some(Component::Normal(_)), None));
        if !is_name {
            return None;
        }
        path.push(element);
    }
    Some(path)
}

/// The real path of a folder below `root`, which is a real path itself; `None` if there is no such folder, and for a link that leaves
/// `root`.
pub(super) fn folder_inside(root: &Path, folder: &Path) -> Option<PathBuf> {
    let folder = root.join(folder).canonicalize().ok()?;
    (folder.starts_with(root) && folder.is_dir()).then_some(folder)
}

/// Whether a folder has a file of source with this name.
pub(super) fn has_source(folder: &Path, name: &str) -> bool {
    is_source(name.as_ref()) && folder.join(name).is_file()
}

/// The text of a file of source; `None` if it is not source, not readable, or not below `root`, which is a real path.
pub(super) fn text_inside(root: &Path, file: &Path) -> Option<String> {
    // A profile may name any file, but only source code may be shown.
    if !is_source(file) {
        return None;
    }
    let path = file.canonicalize().ok()?;
    let is_readable = fs::metadata(&path).is_ok_and(|it| it.is_file() && it.len() <= MAX_FILE);
    if !path.starts_with(root) || !is_readable {
        return None;
    }
    String::from_utf8(fs::read(&path).ok()?).ok()
}

/// As [`text_inside`], for a file whose folder is a real path below `root`: only if it is a link can the file be elsewhere.
fn text_in_folder(root: &Path, file: &Path) -> Option<String> {
    let named = fs::symlink_metadata(file).ok()?;
    if !named.is_file() {
        return text_inside(root, file);
    }
    if named.len() > MAX_FILE { None } else { fs::read_to_string(file).ok() }
}

fn is_source(file: &Path) -> bool {
    file.extension().is_some_and(|it| it == "go" || it == "s")
}

/// The text of a file that is no source, such as a `go.mod`; `None` if it is not there, not UTF-8 or too large.
pub(super) fn small_text(file: &Path) -> Option<String> {
    let is_readable = fs::metadata(file).is_ok_and(|it| it.is_file() && it.len() <= MAX_FILE);
    if is_readable { fs::read_to_string(file).ok() } else { None }
}

/// The names of a folder's Go files without tests, sorted. As for Go itself, names that begin with `.` or `_` do not count.
pub(super) fn go_files(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries.filter_map(|it| go_file(&it.file_name())).collect();
    names.sort_unstable();
    names
}

/// The name of a Go file of a package.
pub(super) fn go_file(name: &OsStr) -> Option<String> {
    let name = name.to_str()?;
    let counts = name.ends_with(".go") && !name.ends_with("_test.go") && !name.starts_with(['.', '_']);
    counts.then(|| name.to_owned())
}

/// The Go files of a folder below `root`.
#[derive(Debug, Default)]
pub(super) struct FolderTexts {
    /// Name and text of each, sorted.
    pub(super) texts: Vec<(String, String)>,
    /// The names of those that were not read.
    pub(super) left_out: Vec<String>,
}

/// The names of a folder's tests, sorted.
pub(super) fn test_files(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let names = entries.filter_map(|it| it.file_name().into_string().ok());
    let mut names: Vec<String> =
        names.filter(|it| it.ends_with("_test.go") && !it.starts_with(['.', '_'])).collect();
    names.sort_unstable();
    names
}

/// Reads files of a folder by their names. `root` is a real path that the files must be below, and `folder` a real path below it.
pub(super) fn read_folder(root: &Path, folder: &Path, names: Vec<String>) -> FolderTexts {
    let mut read = FolderTexts::default();
    for (index, name) in names.into_iter().enumerate() {
        let text = if index < MAX_FILES { text_in_folder(root, &folder.join(&name)) } else { None };
        match text {
            Some(text) => read.texts.push((name, text)),
            None => read.left_out.push(name),
        }
    }
    read
}
