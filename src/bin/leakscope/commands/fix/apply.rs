//! Writes the changed files: all of them, or none.

use std::path::Path;
use std::path::PathBuf;
use std::process::Command;

use anyhow::anyhow;
use leakscope::patch::MergedFile;
use leakscope::source::replace_all;
use leakscope::text::escape;

use crate::exit_code::Failure;
use crate::inputs;
use crate::signals;
use crate::terminal::Terminal;

/// Writes the files below a folder. A signal that arrives meanwhile ends the process afterwards.
pub(super) fn apply(files: &[MergedFile], folder: &Path, terminal: &Terminal) -> Result<(), Failure> {
    let all: Vec<(PathBuf, &str)> =
        files.iter().map(|it| (folder.join(&it.path), it.text.as_str())).collect();
    signals::with_signals_blocked(|| replace_all(&all))?;
    for (path, _) in &all {
        terminal.note(&format!("wrote {}", inputs::name(path)));
    }
    Ok(())
}

/// Refuses files that are read-only. Source is never read through a link, so none leads out of the folder.
pub(super) fn is_writable(files: &[MergedFile], folder: &Path) -> Result<(), Failure> {
    let mut paths = files.iter().map(|it| folder.join(&it.path));
    match paths.find(|path| path.metadata().is_ok_and(|it| it.permissions().readonly())) {
        None => Ok(()),
        Some(path) => {
            let error = anyhow!("--apply: {}: it is read-only", inputs::name(&path));
            Err(Failure::usage(error).with_hint("make it writable first: chmod u+w"))
        }
    }
}

/// Refuses unless Git stores each file as it is now, so that the change can be undone.
pub(super) fn is_stored(files: &[MergedFile], folder: &Path) -> Result<(), Failure> {
    let refuse =
        |why: String, hint: &'static str| Err(Failure::usage(anyhow!("--apply: {why}")).with_hint(hint));
    let name = inputs::name(folder);
    let status = match git(folder, &["status", "--porcelain", "--untracked-files=no"]) {
        Ok(status) => status,
        Err(why) => {
            let hint = "give --force to change files that Git cannot restore";
            return refuse(format!("Git does not answer for {name}: {why}"), hint);
        }
    };
    let hint = "commit or stash first, or give --force";
    if let Some(first) = status.lines().next() {
        let first = escape(first.get(3..).unwrap_or(first)).into_owned();
        return refuse(format!("{name} has changes that Git has not stored, such as {first}"), hint);
    }
    let unknown = |it: &&MergedFile| git(folder, &["ls-files", "--error-unmatch", "--", &it.path]).is_err();
    match files.iter().find(unknown) {
        Some(file) => refuse(format!("Git does not know {}", inputs::name(&folder.join(&file.path))), hint),
        None => Ok(()),
    }
}

/// What Git prints about a folder, or the first line of why it fails.
fn git(folder: &Path, arguments: &[&str]) -> Result<String, String> {
    let output = Command::new("git").arg("-C").arg(folder).args(arguments).output();
    let output = output.map_err(|error| error.to_string())?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() {
        return Ok(text(&output.stdout));
    }
    Err(escape(text(&output.stderr).lines().next().unwrap_or("it fails")).into_owned())
}
