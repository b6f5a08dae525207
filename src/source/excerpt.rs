//! Lines of the user's own source, beside a stack that names them.
#![expect(clippy::disallowed_methods, reason = "source files are read here, at the door of the library")]

use std::fs;
use std::path::Component;
use std::path::Path;
use std::path::PathBuf;

/// A larger file is no source that a person wrote.
const MAX_FILE: u64 = 4 << 20;

/// Some lines of a file, with their numbers from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt {
    /// The file, relative to the folder it was looked for in.
    pub file: PathBuf,
    /// Lines around the one that was asked for. Empty if the file has fewer lines than that.
    pub lines: Vec<(u32, String)>,
}

/// The lines around a position that a profile names, from the file below `root` whose path ends most like it. `None` if
/// there is no such file. Nothing outside of `root` is opened, whatever the profile says.
pub fn excerpt(root: &Path, file: &str, line: u32, around: u32) -> Option<Excerpt> {
    let root = root.canonicalize().ok()?;
    let parts: Vec<&str> = file.split(['/', '\\']).filter(|part| !part.is_empty()).collect();
    for start in 0..parts.len() {
        let relative: PathBuf = parts.get(start..)?.iter().collect();
        if !relative.components().all(|part| matches!(part, Component::Normal(_))) {
            continue;
        }
        let Ok(path) = root.join(&relative).canonicalize() else { continue };
        let readable = fs::metadata(&path).is_ok_and(|it| it.is_file() && it.len() <= MAX_FILE);
        if !path.starts_with(&root) || !readable {
            continue;
        }
        let text = String::from_utf8(fs::read(&path).ok()?).ok()?;
        let first = line.saturating_sub(around).max(1);
        let last = line.saturating_add(around);
        let lines: Vec<(u32, String)> = (1u32..)
            .zip(text.lines())
            .filter(|(number, _)| (first..=last).contains(number))
            .map(|(number, text)| (number, text.to_owned()))
            .collect();
        let there = lines.iter().any(|(number, _)| *number == line);
        return Some(Excerpt { file: relative, lines: if there { lines } else { Vec::new() } });
    }
    None
}

/// The nearest folder upwards that holds a `go.mod`, and the module that it names. `None` if there is none.
pub fn nearest_module(from: &Path) -> Option<(PathBuf, String)> {
    from.ancestors().find_map(|folder| {
        let text = fs::read_to_string(folder.join("go.mod")).ok()?;
        let module = text.lines().find_map(|line| line.trim().strip_prefix("module "))?;
        Some((folder.to_owned(), module.trim().trim_matches('"').to_owned()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_by_the_end_of_the_path_and_stays_inside() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/programs");
        let found = |file: &str, line| excerpt(&root, file, line, 1);
        let page = found("/somewhere/else/shop/main.go", 2).expect("shop/main.go is there");
        assert_eq!(page.file, Path::new("shop/main.go"));
        assert_eq!(page.lines.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [1, 2, 3]);
        assert_eq!(
            found("example.com/leakscope/programs/shop/main.go", 90_000).map(|it| it.lines.len()),
            Some(0)
        );
        assert_eq!(found("../../Cargo.toml", 1), None);
        assert_eq!(found("/etc/nothing/of/ours.go", 1), None);
        let module = nearest_module(&root.join("shop")).expect("there is a go.mod");
        assert_eq!(module.1, "example.com/leakscope/programs");
    }
}
