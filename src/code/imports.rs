//! The imports of a file, read from its text without parsing it.

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

#[cfg(test)]
mod tests {
    use super::import_paths;

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
