//! A module in a temporary folder, so that nothing that is run changes the user's files.

use std::fs;
use std::io;
use std::path::Path;
use std::path::PathBuf;

use anyhow::Context;
use anyhow::anyhow;

use crate::exit_code::Failure;
use crate::inputs;

/// Bounds of a module that is copied.
const MAX_FILES: u64 = 200_000;
const MAX_BYTES: u64 = 4 << 30;

/// Folders that Go does not need.
const LEFT_OUT: [&str; 4] = [".git", ".hg", ".svn", ".jj"];

/// A temporary folder with a copy of a module. Everything in it goes when this value does.
pub(super) struct Copy {
    folder: tempfile::TempDir,
    /// The module's own folder, and the folder of the copy.
    pub(super) original: PathBuf,
    pub(super) module: PathBuf,
}

impl Copy {
    pub(super) fn of(original: &Path) -> Result<Self, Failure> {
        let original = original.canonicalize()?;
        let folder = tempfile::Builder::new().prefix("leakscope-").tempdir()?;
        // Go's own tools resolve links, and a path that differs from theirs is taken for another folder.
        let base = folder.path().canonicalize()?;
        let module = base.join("module");
        fs::create_dir(&module)?;
        for name in ["scratch", "tmp"] {
            fs::create_dir(base.join(name))?;
        }
        let mut left = (MAX_FILES, MAX_BYTES);
        copy_folder(&original, &module, &original, &mut left)?;
        Ok(Copy { folder, original, module })
    }

    /// A folder for output of programs.
    pub(super) fn scratch(&self) -> PathBuf {
        self.folder.path().join("scratch")
    }

    /// A folder for temporary files of programs.
    pub(super) fn temporary(&self) -> PathBuf {
        self.folder.path().join("tmp")
    }

    /// The folder of a file of the module, in the copy.
    pub(super) fn place_of(&self, original: &Path) -> Option<PathBuf> {
        let inside = original.strip_prefix(&self.original).ok()?;
        // Joined with nothing, a path ends in a slash, by which Go does not find it.
        Some(if inside.as_os_str().is_empty() { self.module.clone() } else { self.module.join(inside) })
    }

    /// Writes a file of the copy in place of the one there.
    pub(super) fn write(&self, path: &Path, text: &str) -> Result<(), Failure> {
        // It may be read-only, as the files of the module cache are.
        match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
            Err(_) | Ok(()) => {}
        }
        Ok(fs::write(path, text)?)
    }
}

fn copy_folder(from: &Path, to: &Path, root: &Path, left: &mut (u64, u64)) -> Result<(), Failure> {
    let unread = || inputs::name(from);
    for entry in fs::read_dir(from).with_context(unread).map_err(Failure::input)? {
        let entry = entry?;
        let (path, kind) = (entry.path(), entry.file_type()?);
        let target = to.join(entry.file_name());
        let name = entry.file_name();
        if kind.is_dir() {
            if LEFT_OUT.iter().any(|it| name == *it) {
                continue;
            }
            fs::create_dir(&target)?;
            copy_folder(&path, &target, root, left)?;
        } else if kind.is_file() {
            take(&entry.metadata()?, root, left)?;
            fs::copy(&path, &target).with_context(|| inputs::name(&path)).map_err(Failure::input)?;
            make_writable(&target)?;
        } else if kind.is_symlink() {
            link(&path, &target, root, left)?;
        }
        // A socket or a pipe is no source.
    }
    Ok(())
}

/// Counts a file; fails if the module is too large.
fn take(file: &fs::Metadata, root: &Path, left: &mut (u64, u64)) -> Result<(), Failure> {
    let (files, bytes) = *left;
    match (files.checked_sub(1), bytes.checked_sub(file.len())) {
        (Some(files), Some(bytes)) => {
            *left = (files, bytes);
            Ok(())
        }
        _ => {
            let error = anyhow!(
                "--verify: {} has more than {MAX_FILES} files or 4 GiB, which is too much to copy",
                inputs::name(root)
            );
            Err(Failure::usage(error).with_hint("omit --verify, and run your tests on the diff"))
        }
    }
}

/// Copies what a link names if that is a file. A link to a folder is left out: Go does not follow it, and a test could write through it.
fn link(path: &Path, target: &Path, root: &Path, left: &mut (u64, u64)) -> Result<(), Failure> {
    if let Ok(file) = fs::metadata(path)
        && file.is_file()
    {
        take(&file, root, left)?;
        fs::copy(path, target)?;
        make_writable(target)?;
    }
    Ok(())
}

/// Lets the copy be changed and removed by its owner.
fn make_writable(path: &Path) -> io::Result<()> {
    let mut rights = fs::metadata(path)?.permissions();
    if rights.readonly() {
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            rights.set_mode(rights.mode() | 0o200);
        }
        #[cfg(not(unix))]
        rights.set_readonly(false);
        fs::set_permissions(path, rights)?;
    }
    Ok(())
}
