//! Writes the changed files: all of them, or none.

use std::path::Path;
use std::process::Command;

use anyhow::anyhow;
use leakscope::patch::MergedFile;

use crate::exit_code::Failure;
use crate::exit_code::Outcome;
use crate::inputs;
use crate::show;
use crate::terminal::Terminal;

/// Writes the files below a folder. If one cannot be written, those before it get their old text back.
pub(super) fn apply(files: &[MergedFile], folder: &Path, terminal: &Terminal) -> Result<Outcome, Failure> {
    let mut before = Vec::new();
    for file in files {
        let path = folder.join(&file.path);
        before.push((path.clone(), inputs::text(&path)?));
    }
    for (index, (file, (path, _))) in files.iter().zip(&before).enumerate() {
        let Err(failure) = show::write_file(path, file.text.as_bytes(), "", terminal) else { continue };
        for (path, text) in before.iter().take(index) {
            show::write_file(path, text.as_bytes(), " as it was", terminal)?;
        }
        return Err(failure);
    }
    Ok(Outcome::Done)
}

/// Refuses unless Git stores each file as it is now, so that the change can be undone.
pub(super) fn is_stored(files: &[MergedFile], folder: &Path) -> Result<(), Failure> {
    let hint = "commit or stash first, or give --force";
    let mut git = Command::new("git");
    git.arg("-C").arg(folder).args(["status", "--porcelain", "--untracked-files=no"]);
    let refuse = |why: String| Err(Failure::usage(anyhow!("--apply: {why}")).with_hint(hint));
    match git.output() {
        Ok(output) if output.status.success() => {
            if !output.stdout.is_empty() {
                return refuse(format!("{} has changes that Git has not stored", inputs::name(folder)));
            }
            let mut listed = Command::new("git");
            listed.arg("-C").arg(folder).args(["ls-files", "--error-unmatch", "--"]);
            listed.args(files.iter().map(|it| &it.path));
            match listed.output() {
                Ok(output) if output.status.success() => Ok(()),
                Ok(_) | Err(_) => refuse("Git does not know all files that would change".to_owned()),
            }
        }
        Ok(_) | Err(_) => refuse(format!("{} is in no repository of Git", inputs::name(folder))),
    }
}
