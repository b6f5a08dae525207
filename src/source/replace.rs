//! Replaces the texts of several files: of all of them, or of none.
#![expect(
    clippy::disallowed_methods,
    reason = "source files are written here, and nowhere else in the library"
)]

use std::fs;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;

use tempfile::Builder;
use tempfile::NamedTempFile;

use crate::source::error::SourceError;
use crate::source::save::failed;

/// A file whose new text is beside it.
struct Staged {
    path: PathBuf,
    before: Vec<u8>,
    aside: NamedTempFile,
}

/// Replaces the texts of files that are there, each with its permissions. All are written beside their places first, so that a full
/// disk changes none; if one cannot be put into its place, those before it get their old text back.
#[doc(hidden)]
pub fn replace_all(files: &[(PathBuf, &str)]) -> Result<(), SourceError> {
    let staged = files.iter().map(|(path, text)| stage(path, text)).collect::<Result<Vec<_>, _>>()?;
    let mut done: Vec<(PathBuf, Vec<u8>)> = Vec::new();
    for Staged { path, before, aside } in staged {
        if let Err(error) = aside.persist(&path) {
            for (path, before) in &done {
                fs::write(path, before).map_err(failed("writing", path))?;
            }
            return Err(failed("writing", &path)(error.error));
        }
        done.push((path, before));
    }
    Ok(())
}

fn stage(path: &Path, text: &str) -> Result<Staged, SourceError> {
    let before = fs::read(path).map_err(failed("reading", path))?;
    let permissions = fs::metadata(path).map_err(failed("reading", path))?.permissions();
    let folder = path.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut aside =
        Builder::new().prefix(".leakscope-").tempfile_in(folder).map_err(failed("writing", path))?;
    aside.write_all(text.as_bytes()).map_err(failed("writing", path))?;
    aside.as_file().set_permissions(permissions).map_err(failed("writing", path))?;
    aside.as_file().sync_all().map_err(failed("syncing", path))?;
    Ok(Staged { path: path.to_owned(), before, aside })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_are_replaced_or_none() {
        let folder = tempfile::tempdir().expect("the temporary folder can be written");
        let file = |name: &str| folder.path().join(name);
        for name in ["a", "b"] {
            fs::write(file(name), name).expect("the folder was made");
        }
        let texts = || ["a", "b"].map(|name| fs::read_to_string(file(name)).unwrap_or_default());
        assert!(replace_all(&[(file("a"), "c"), (file("none"), "d")]).is_err());
        assert_eq!(texts(), ["a", "b"]);
        assert_eq!(
            fs::read_dir(folder.path()).expect("it is there").count(),
            2,
            "nothing is left beside them"
        );
        #[cfg(unix)]
        let mode = {
            use std::os::unix::fs::PermissionsExt;
            fs::set_permissions(file("a"), fs::Permissions::from_mode(0o750)).expect("it is ours");
            || fs::metadata(file("a")).expect("it is there").permissions().mode() & 0o777
        };
        replace_all(&[(file("a"), "c"), (file("b"), "d")]).expect("they are there");
        assert_eq!(texts(), ["c", "d"]);
        #[cfg(unix)]
        assert_eq!(mode(), 0o750);
    }
}
