//! What a program is made of: the imports of its files, read from their text without parsing it.

use std::collections::BTreeSet;
use std::collections::HashMap;

use memchr::memmem;

/// For each of the user's packages, by its import path: whether it is a command, and what it imports.
pub(super) type Imports = HashMap<String, Imported>;

/// What is read of a package without parsing it.
#[derive(Debug, Default)]
pub(super) struct Imported {
    /// Whether a file of it is in package `main`.
    pub(super) is_main: bool,
    /// The import paths.
    pub(super) paths: BTreeSet<String>,
}

/// What a profile names of its program.
#[derive(Clone, Debug, Default)]
pub(crate) struct ProgramNames<'n> {
    /// The import path of its package `main`; `None` if the file of a frame does not tell.
    pub(crate) main: Option<&'n str>,
    /// The functions of package `main`, as they are declared.
    pub(crate) functions: BTreeSet<&'n str>,
    /// The other packages.
    pub(crate) packages: BTreeSet<&'n str>,
}

impl ProgramNames<'_> {
    /// The user's packages that the program imports, its package `main` among them; `None` if several commands could be the program.
    /// `declares` says whether a command declares a function.
    pub(super) fn reached<'i>(
        &self,
        imports: &'i Imports,
        declares: impl Fn(&str, &str) -> bool,
    ) -> Option<BTreeSet<&'i str>> {
        if let Some((root, _)) = self.main.and_then(|it| imports.get_key_value(it)) {
            return Some(reached(imports, root));
        }
        let named = || self.packages.iter().filter(|it| imports.contains_key(**it));
        let mains = imports.iter().filter(|(_, it)| it.is_main).map(|(path, _)| path.as_str());
        let mut fitting = mains
            .filter(|main| self.functions.iter().all(|it| declares(main, it)))
            .map(|main| reached(imports, main))
            .filter(|reached| named().all(|it| reached.contains(*it)));
        match (fitting.next(), fitting.next()) {
            (Some(only), None) => Some(only),
            _ => None,
        }
    }
}

fn reached<'i>(imports: &'i Imports, root: &'i str) -> BTreeSet<&'i str> {
    let mut reached = BTreeSet::from([root]);
    let mut todo = vec![root];
    while let Some(path) = todo.pop() {
        let imported = imports.get(path).into_iter().flat_map(|it| &it.paths);
        for path in imported.filter(|it| imports.contains_key(*it)) {
            if reached.insert(path) {
                todo.push(path);
            }
        }
    }
    reached
}

/// The import paths of a Go file, in order. Only its head is read: imports come before all other declarations.
pub(super) fn import_paths(text: &str) -> impl Iterator<Item = &str> {
    let mut is_in_list = false;
    let mut is_in_comment = false;
    let mut paths = Vec::new();
    for line in text.lines() {
        let line = line.trim();
        if is_in_comment {
            is_in_comment = !line.contains("*/");
            continue;
        }
        if line.starts_with("/*") {
            is_in_comment = !line.contains("*/");
            continue;
        }
        if line.is_empty() || line.starts_with("//") {
            continue;
        }
        if is_in_list {
            is_in_list = !line.starts_with(')');
            paths.extend(quoted(line));
        } else if let Some(rest) = line.strip_prefix("import") {
            is_in_list = rest.trim_start().starts_with('(') && !rest.contains(')');
            paths.extend(quoted(rest));
        } else if !line.starts_with("package") {
            break;
        }
    }
    paths.into_iter()
}

fn quoted(line: &str) -> Option<&str> {
    let start = line.find(['"', '`'])?;
    let quote = line.get(start..)?.chars().next()?;
    let rest = line.get(start + 1..)?;
    rest.find(quote).and_then(|end| rest.get(..end))
}

/// Whether a file may name a function of another package: it imports the package, and has the name as a word of its own.
pub(crate) fn may_name(text: &str, package: &str, name: &str) -> bool {
    let is_import = |at: usize| matches!(text.as_bytes().get(at + package.len()), Some(b'"' | b'`'));
    let in_word = |byte: Option<&u8>| {
        byte.is_some_and(|it| it.is_ascii_alphanumeric() || *it == b'_' || !it.is_ascii())
    };
    let is_word = |at: usize| {
        let bytes = text.as_bytes();
        let before = at.checked_sub(1).and_then(|it| bytes.get(it));
        !in_word(before) && !in_word(bytes.get(at + name.len()))
    };
    memmem::find_iter(text.as_bytes(), package).any(is_import)
        && memmem::find_iter(text.as_bytes(), name).any(is_word)
}

#[cfg(test)]
mod tests {
    use super::import_paths;
    use super::may_name;

    #[test]
    fn names_are_whole_words() {
        let check = |text: &str, expected: bool| assert_eq!(may_name(text, "a/b", "Run"), expected, "{text}");
        check("import \"a/b\"\nvar x = b.Run", true);
        check("import . `x/a/b`\nvar x = Run(1)", true);
        check("import \"a/b\"\nvar x = b.RunAll + b.ReRun + Run_", false);
        check("import \"a/bc\"\nvar x = b.Run", false);
        check("import \"a/bc\"\nimport \"a/b\"\nvar x = b.RunAll(b.Run)", true);
        check("", false);
    }

    fn check(text: &str, expected: &[&str]) {
        assert_eq!(import_paths(text).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn imports_are_read_from_the_head_of_a_file() {
        check("package a\n\nimport \"fmt\"\n\nfunc f() { g(\"x\") }\n", &["fmt"]);
        check(
            "// Package a.\npackage a\nimport (\n\t\"fmt\" // \"no\"\n\n\tx `a/b`\n\t// \"c\"\n)\nvar s = \"t\"",
            &["fmt", "a/b"],
        );
        check("/*\nimport \"no\"\n*/\npackage a\nimport _ \"net/http/pprof\"\n", &["net/http/pprof"]);
        check("package a\n", &[]);
        check("", &[]);
        check("import (\"fmt\")\n", &["fmt"]);
        check("import \"", &[]);
    }
}
