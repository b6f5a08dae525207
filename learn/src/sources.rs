//! The packages of a module in a folder.

use std::fs;
use std::io;
use std::path::Path;
use std::path::PathBuf;

/// A package: its import path and its files without tests, as paths and texts.
pub(crate) struct Package {
    /// Its import path.
    pub(crate) path: String,
    /// Its files, sorted by name.
    pub(crate) files: Vec<(PathBuf, String)>,
}

/// The maximum size of a file in bytes; larger ones are generated tables.
const MAX_FILE: u64 = 4 << 20;

/// All packages below the folder of a module, without programs (`main`), test data and nested modules; sorted by path.
pub(crate) fn packages(module: &str, folder: &Path) -> io::Result<Vec<Package>> {
    let mut packages = Vec::new();
    let mut todo = vec![(module.to_owned(), folder.to_path_buf())];
    while let Some((path, folder)) = todo.pop() {
        let mut entries = fs::read_dir(&folder)?.collect::<io::Result<Vec<_>>>()?;
        entries.sort_by_key(fs::DirEntry::file_name);
        let mut files = Vec::new();
        for entry in entries {
            let name = entry.file_name().to_string_lossy().into_owned();
            if entry.file_type()?.is_dir() {
                let left_out = name.starts_with(['.', '_']) || matches!(name.as_str(), "testdata" | "vendor");
                if !left_out && !entry.path().join("go.mod").exists() {
                    todo.push((format!("{path}/{name}"), entry.path()));
                }
            } else if name.ends_with(".go")
                && !name.ends_with("_test.go")
                && entry.metadata()?.len() <= MAX_FILE
            {
                files.push((entry.path(), String::from_utf8_lossy(&fs::read(entry.path())?).into_owned()));
            }
        }
        files.retain(|(_, text)| text.lines().any(|line| line.starts_with("package ")));
        let is_program = |(_, text): &(PathBuf, String)| {
            text.lines().any(|line| line.split_whitespace().take(2).eq(["package", "main"]))
        };
        if !files.is_empty() && !files.iter().all(is_program) {
            files.retain(|file| !is_program(file));
            packages.push(Package { path, files });
        }
    }
    packages.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(packages)
}

/// Whether a text has a `go` statement, by a scan of its lines.
pub(crate) fn starts_goroutines(text: &str) -> bool {
    text.lines().any(|line| {
        let rest = line.trim_start().strip_prefix("go ");
        rest.is_some_and(|rest| rest.contains('('))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn go_statements() {
        let check = |text: &str, expected: bool| assert_eq!(starts_goroutines(text), expected, "{text}");
        check("func f() {\n\tgo w.run(ctx)\n}", true);
        check("\tgo func() {", true);
        check("// go on", false);
        check("\tgoing(1)", false);
        check("text = `\ngo run`", false);
    }
}
