//! Lines of the user's own source, beside a stack that names them.
#![expect(clippy::disallowed_methods, reason = "source files are read here, at the door of the library")]

use std::fs;
use std::path::Component;
use std::path::Path;
use std::path::PathBuf;

/// A larger file is no source that a person wrote.
const MAX_FILE: u64 = 4 << 20;

/// Modules of one repository are not deeper, nor among more folders.
const MAX_LEVELS: usize = 5;
const MAX_FOLDERS: usize = 4096;

/// Some lines of a file, with their numbers from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt {
    /// The file, relative to the folder it was looked for in.
    pub file: PathBuf,
    /// Lines around the one that was asked for. Empty if the file has fewer lines than that.
    pub lines: Vec<(u32, String)>,
}

/// The lines around a position that a profile names, from the file below `root` that the name of one of its modules
/// leads to (builds with `-trimpath`), else from the one whose path ends most like it. `None` if there is no such file.
/// Nothing outside of `root` is opened, whatever the profile says.
pub fn excerpt(root: &Path, modules: &[Module], file: &str, line: u32, around: u32) -> Option<Excerpt> {
    let root = root.canonicalize().ok()?;
    let by_module = modules.iter().filter_map(|it| {
        let inside = file.strip_prefix(it.path.as_str())?.strip_prefix('/')?;
        Some(it.folder.join(inside))
    });
    let parts: Vec<&str> = file.split(['/', '\\']).filter(|part| !part.is_empty()).collect();
    let by_end = (0..parts.len()).map(|start| parts.iter().skip(start).collect());
    let (file, text) = by_module.chain(by_end).find_map(|relative| {
        let text = read_inside(&root, &relative)?;
        Some((relative, text))
    })?;
    let first = line.saturating_sub(around).max(1);
    let last = line.saturating_add(around);
    let lines: Vec<(u32, String)> = (1u32..)
        .zip(text.lines())
        .filter(|(number, _)| (first..=last).contains(number))
        .map(|(number, text)| (number, text.to_owned()))
        .collect();
    let there = lines.iter().any(|(number, _)| *number == line);
    Some(Excerpt { file, lines: if there { lines } else { Vec::new() } })
}

/// A source file below a folder; `None` if it is none, or not below it.
fn read_inside(root: &Path, relative: &Path) -> Option<String> {
    // A profile may name any file; only source is shown.
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
    /// Where its `go.mod` stands, relative to the folder.
    pub folder: PathBuf,
    /// Its path: `example.com/shop`.
    pub path: String,
}

/// The modules below a folder, the outermost first. Links, hidden folders, and those of other tools are not entered.
pub fn modules_below(root: &Path) -> Vec<Module> {
    let mut modules = Vec::new();
    let mut level = vec![PathBuf::new()];
    let mut looked_at = 0;
    for _ in 0..MAX_LEVELS {
        let mut next = Vec::new();
        for folder in level {
            looked_at += 1;
            if looked_at > MAX_FOLDERS {
                return modules;
            }
            let here = root.join(&folder);
            modules.extend(module_in(&here).map(|path| Module { folder: folder.clone(), path }));
            let Ok(entries) = fs::read_dir(&here) else { continue };
            for entry in entries.flatten().filter(|it| it.file_type().is_ok_and(|kind| kind.is_dir())) {
                let name = entry.file_name();
                let passed_over = name.to_string_lossy().starts_with(['.', '_'])
                    || name == "node_modules"
                    || name == "vendor";
                if !passed_over {
                    next.push(folder.join(name));
                }
            }
        }
        next.sort_unstable();
        level = next;
    }
    modules
}

/// The module of the `go.mod` in a folder.
fn module_in(folder: &Path) -> Option<String> {
    let text = fs::read_to_string(folder.join("go.mod")).ok()?;
    let module = text.lines().find_map(|line| line.trim().strip_prefix("module "))?;
    Some(module.trim().trim_matches('"').to_owned())
}

/// The nearest folder upwards that holds a `go.mod`, and the module that it names. `None` if there is none.
pub fn nearest_module(from: &Path) -> Option<(PathBuf, String)> {
    from.ancestors().find_map(|folder| Some((folder.to_owned(), module_in(folder)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_by_the_end_of_the_path_and_stays_inside() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/programs");
        let found = |file: &str, line| excerpt(&root, &modules_below(&root), file, line, 1);
        let page = found("/somewhere/else/shop/main.go", 2).expect("shop/main.go is there");
        assert_eq!(page.file, Path::new("shop/main.go"));
        assert_eq!(page.lines.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [1, 2, 3]);
        assert_eq!(
            found("example.com/leakscope/programs/shop/main.go", 90_000).map(|it| it.lines.len()),
            Some(0)
        );
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
