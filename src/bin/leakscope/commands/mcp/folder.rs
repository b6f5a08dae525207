//! The folder where the server was started: nothing outside it is read.

use std::fs;
use std::path::Path;
use std::path::PathBuf;

use leakscope::render::mark;

use crate::exit_code::Failure;

/// How deep the folders of captures are, with a folder of their own above them.
const MAX_DEPTH: usize = 3;
/// Files and folders that are looked at below one path.
const MAX_ENTRIES: usize = 100_000;

/// The folder, with all links resolved.
pub(super) struct Folder(PathBuf);

impl Folder {
    /// The working folder.
    pub(super) fn here() -> Result<Self, Failure> {
        let here = std::env::current_dir().and_then(fs::canonicalize);
        here.map(Folder).map_err(|error| Failure::from(error).context("the working folder"))
    }

    /// The path of a file or folder inside, relative to the folder; says why if it is not inside.
    pub(super) fn inside(&self, path: &str) -> Result<PathBuf, String> {
        let whole = self.resolved(&self.0.join(path)).map_err(|why| format!("{} {why}", mark(path)))?;
        let mut left = MAX_ENTRIES;
        self.check_entries(&whole, MAX_DEPTH, &mut left)
            .map_err(|why| format!("{}: a file in it {why}", mark(path)))?;
        let relative = whole.strip_prefix(&self.0).map_err(|_| format!("{} is outside", mark(path)))?;
        // It is neither an option nor standard input.
        Ok(Path::new(".").join(relative))
    }

    /// A path without links, if it is inside, and a file or a folder.
    fn resolved(&self, path: &Path) -> Result<PathBuf, &'static str> {
        // Whether something outside exists is not said.
        let whole = fs::canonicalize(path)
            .map_err(|_| "is no file or folder below the one that this server was started in")?;
        if !whole.starts_with(&self.0) {
            return Err("is no file or folder below the one that this server was started in");
        }
        let kind = fs::metadata(&whole).map_err(|_| "cannot be read")?;
        if kind.is_file() || kind.is_dir() { Ok(whole) } else { Err("is neither a file nor a folder") }
    }

    /// Whether everything in a folder is inside, too: links may point elsewhere.
    fn check_entries(&self, path: &Path, depth: usize, left: &mut usize) -> Result<(), &'static str> {
        if depth == 0 || !path.is_dir() {
            return Ok(());
        }
        for entry in fs::read_dir(path).map_err(|_| "cannot be read")? {
            let entry = entry.map_err(|_| "cannot be read")?;
            *left = left.checked_sub(1).ok_or("is one of too many")?;
            let whole = self.resolved(&entry.path())?;
            self.check_entries(&whole, depth - 1, left)?;
        }
        Ok(())
    }
}
