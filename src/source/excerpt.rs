//! Reads lines of the user's source files for a position in a profile.
#![expect(clippy::disallowed_methods, reason = "source files are read here, and nowhere else in the library")]

use std::fs;
use std::path::Component;
use std::path::Path;
use std::path::PathBuf;

/// Maximum size of a source file. A larger one was not written by a person.
const MAX_FILE: u64 = 4 << 20;

/// Bounds of the search for modules: depth and number of folders.
const MAX_LEVELS: usize = 5;
const MAX_FOLDERS: usize = 4096;

/// Some lines of a file, numbered from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt {
    /// The file's path relative to the searched folder.
    pub file: PathBuf,
    /// The lines around the requested one; empty if the file does not have that line.
    pub lines: Vec<(u32, String)>,
}

/// The lines around a position in a profile. The file is searched below `root`: by module path (builds with
/// `-trimpath`), then by the longest matching suffix of its path. `None` if there is no such file. No file outside
/// `root` is opened, whatever the profile contains.
pub fn excerpt(root: &Path, modules: &[Module], file: &str, line: u32, around: u32) -> Option<Excerpt> {
    let root = root.canonicalize().ok()?;
    let by_module = modules.iter().filter_map(|it| {
        let inside = file.strip_prefix(it.path.as_str())?.strip_prefix('/')?;
        Some(it.folder.join(inside))
    });
    let parts: Vec<&str> = file.split(['/', '\\']).filter(|part| !part.is_empty()).collect();
    let by_suffix = (0..parts.len()).map(|start| parts.iter().skip(start).collect());
    let (file, text) = by_module.chain(by_suffix).find_map(|relative| {
        let text = read_inside(&root, &relative)?;
        Some((relative, text))
    })?;
    let first = line.saturating_sub(around).max(1);
    let last = line.saturating_add(around);
    let numbered = (1u32..).zip(text.lines()).filter(|(number, _)| (first..=last).contains(number));
    let mut lines: Vec<_> = numbered.map(|(number, text)| (number, text.to_owned())).collect();
    if !lines.iter().any(|(number, _)| *number == line) {
        lines.clear();
    }
    Some(Excerpt { file, lines })
}

/// A folder relative to the root of its git repository, with `/` between names; empty for the root itself. `None` outside a repository.
pub fn in_repository(folder: &Path) -> Option<String> {
    let folder = folder.canonicalize().ok()?;
    // In a worktree or a submodule, `.git` is a file.
    let root = folder.ancestors().find(|it| it.join(".git").exists())?;
    let names = folder.strip_prefix(root).ok()?.components().map(|it| it.as_os_str().to_string_lossy());
    Some(names.collect::<Vec<_>>().join("/"))
}

/// The text of a source file below `root`; `None` if it is not a source file, not readable, or not below `root`.
fn read_inside(root: &Path, relative: &Path) -> Option<String> {
    // A profile may name any file, but only source code may be shown.
    let source = relative.extension().is_some_and(|it| it == "go" || it == "s");
    if !source || !relative.components().all(|part| matches!(part, Component::Normal(_))) {
        return None;
    }
    let path = root.join(relative).canonicalize().ok()?;
    let readable = fs::metadata(&path).is_ok_and(|it| it.is_file() && it.len() <= MAX_FILE);
    if !path.starts_with(root) || !readable {
        return None;
    }
    String::from_utf8(fs::read(&path).ok()?).ok()
}

/// A Go module below a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Module {
    /// The folder of its `go.mod`, relative to the searched folder.
    pub folder: PathBuf,
    /// Its module path: `example.com/shop`.
    pub path: String,
}

/// The modules below a folder, the outermost first. Links, hidden folders, `vendor` and `node_modules` are not searched.
pub fn modules_below(root: &Path) -> Vec<Module> {
    let mut modules = Vec::new();
    let mut level = vec![PathBuf::new()];
    let mut visited = 0;
    for _ in 0..MAX_LEVELS {
        let mut next = Vec::new();
        for folder in level {
            visited += 1;
            if visited > MAX_FOLDERS {
                return modules;
            }
            let here = root.join(&folder);
            modules.extend(module_in(&here).map(|path| Module { folder: folder.clone(), path }));
            let Ok(entries) = fs::read_dir(&here) else { continue };
            for entry in entries.flatten().filter(|it| it.file_type().is_ok_and(|kind| kind.is_dir())) {
                let name = entry.file_name();
                if !name.to_string_lossy().starts_with(['.', '_'])
                    && name != "node_modules"
                    && name != "vendor"
                {
                    next.push(folder.join(name));
                }
            }
        }
        next.sort_unstable();
        level = next;
    }
    modules
}

/// The module path in the `go.mod` of a folder; `None` without one.
fn module_in(folder: &Path) -> Option<String> {
    let text = fs::read_to_string(folder.join("go.mod")).ok()?;
    let module = text.lines().find_map(|line| line.trim().strip_prefix("module "))?;
    Some(module.trim().trim_matches('"').to_owned())
}

/// The nearest folder with a `go.mod`, from `from` upwards, and its module path. `None` if there is none.
pub fn nearest_module(from: &Path) -> Option<(PathBuf, String)> {
    from.ancestors().find_map(|folder| Some((folder.to_owned(), module_in(folder)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_by_path_suffix_and_stays_inside() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/programs");
        let found = |file: &str, line| excerpt(&root, &modules_below(&root), file, line, 1);
        let page = found("/somewhere/else/shop/main.go", 2).expect("shop/main.go is there");
        assert_eq!(page.file, Path::new("shop/main.go"));
        assert_eq!(page.lines.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [1, 2, 3]);
        let beyond = found("example.com/leakscope/programs/shop/main.go", 90_000);
        assert_eq!(beyond.map(|it| it.lines.len()), Some(0));
        assert_eq!(found("../../Cargo.toml", 1), None);
        assert_eq!(found("/etc/nothing/of/ours.go", 1), None);
        let above = Path::new(env!("CARGO_MANIFEST_DIR"));
        let modules = modules_below(above);
        let page = excerpt(above, &modules, "example.com/leakscope/programs/shop/main.go", 2, 0);
        assert_eq!(page.map(|it| it.file), Some(PathBuf::from("testdata/programs/shop/main.go")));
        assert_eq!(excerpt(above, &modules, "example.com/leakscope/programs/../../Cargo.toml", 2, 0), None);
        let module = nearest_module(&root.join("shop")).expect("there is a go.mod");
        assert_eq!(module.1, "example.com/leakscope/programs");
    }
}
