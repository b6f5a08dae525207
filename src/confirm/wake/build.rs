//! Which files of a package a build for Linux on amd64 takes: those for other systems declare the same functions again.

use crate::code::SourceText;

/// Systems and processors that a file name may end in (`internal/syslist` of Go).
const OTHER_SYSTEMS: [&str; 19] = [
    "aix",
    "android",
    "darwin",
    "dragonfly",
    "freebsd",
    "hurd",
    "illumos",
    "ios",
    "js",
    "nacl",
    "netbsd",
    "openbsd",
    "plan9",
    "solaris",
    "wasip1",
    "wasip2",
    "windows",
    "zos",
    "test",
];
const OTHER_PROCESSORS: [&str; 14] = [
    "386", "arm", "arm64", "loong64", "mips", "mips64", "mips64le", "mipsle", "ppc64", "ppc64le", "riscv64",
    "s390x", "sparc64", "wasm",
];

/// Whether the build takes a file, by its name and its `//go:build` line.
pub(super) fn is_built(file: &SourceText) -> bool {
    let name = file.path.rsplit('/').next().unwrap_or("");
    let name = name.strip_suffix(".go").unwrap_or(name);
    let mut parts = name.rsplit('_');
    let is_other = |part: &str| OTHER_SYSTEMS.contains(&part) || OTHER_PROCESSORS.contains(&part);
    // The first part is a name even if it is that of a system: `windows.go`.
    if name.contains('_') && parts.by_ref().take(2).any(is_other) {
        return false;
    }
    let before_package = file.text.lines().take_while(|line| !line.starts_with("package "));
    let mut lines = before_package.filter_map(|line| line.strip_prefix("//go:build "));
    lines.next().is_none_or(|line| Constraint { rest: line }.either(MAX_DEPTH))
}

/// Bound of the nesting of parentheses.
const MAX_DEPTH: u32 = 20;

/// A build constraint that is being read.
struct Constraint<'a> {
    rest: &'a str,
}

impl Constraint<'_> {
    fn eats(&mut self, token: &str) -> bool {
        self.rest = self.rest.trim_start();
        match self.rest.strip_prefix(token) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn either(&mut self, depth: u32) -> bool {
        let mut value = self.both(depth);
        while self.eats("||") {
            value |= self.both(depth);
        }
        value
    }

    fn both(&mut self, depth: u32) -> bool {
        let mut value = self.term(depth);
        while self.eats("&&") {
            value &= self.term(depth);
        }
        value
    }

    fn term(&mut self, depth: u32) -> bool {
        let Some(depth) = depth.checked_sub(1) else { return true };
        if self.eats("!") {
            return !self.term(depth);
        }
        if self.eats("(") {
            let value = self.either(depth);
            self.eats(")");
            return value;
        }
        let end =
            self.rest.find(|c: char| !c.is_alphanumeric() && c != '_' && c != '.').unwrap_or(self.rest.len());
        let (tag, rest) = self.rest.split_at(end);
        self.rest = rest;
        matches!(tag, "linux" | "amd64" | "unix" | "gc" | "cgo") || tag.starts_with("go1.")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_for_other_systems_are_left_out() {
        let check = |path: &str, line: &str, expected: bool| {
            let file = SourceText { path: path.to_owned(), text: format!("// about\n\n{line}\npackage a\n") };
            assert_eq!(is_built(&file), expected, "{path} {line}");
        };
        check("a/file.go", "", true);
        check("a/file_windows.go", "", false);
        check("a/file_linux_arm64.go", "", false);
        check("a/file_windows_amd64.go", "", false);
        check("a/file_linux.go", "", true);
        check("a/windows.go", "", true);
        check("a/file_posix.go", "//go:build !windows", true);
        check("a/file.go", "//go:build freebsd || (darwin && !cgo)", false);
        check("a/file.go", "//go:build linux && !appengine", true);
        check("a/file.go", "//go:build ignore", false);
        check("a/file.go", "//go:build go1.21 && !(windows || plan9)", true);
        check("a/file.go", "//go:build ((((", false);
    }
}
