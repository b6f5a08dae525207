//! The name of a function in a report, and what pprof writes around it.

use crate::model::FileId;
use crate::model::Frame;
use crate::model::Symbols;

/// `main.f`, `main.f (inline)`, with `-lines` `main.f /srv/main.go:12`, with `-addresses` also an address before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shown<'a> {
    pub(super) function: &'a str,
    /// The file; empty if it is not shown.
    pub(super) file: &'a str,
    /// The line; 0 if it is not shown.
    pub(super) line: u32,
}

impl Shown<'_> {
    pub(super) fn frame(&self, symbols: &mut Symbols) -> Frame {
        let file = if self.file.is_empty() { FileId::NONE } else { symbols.intern_file(self.file) };
        Frame { function: symbols.intern_function(self.function), file, line: self.line }
    }
}

pub(super) fn parse(text: &str) -> Shown<'_> {
    let mut rest = text.trim();
    for inlined in [" (inline)", " (partial-inline)"] {
        rest = rest.strip_suffix(inlined).unwrap_or(rest);
    }
    if let Some((address, name)) = rest.split_once(' ')
        && address.len() == 16
        && address.bytes().all(|byte| byte.is_ascii_hexdigit())
    {
        rest = name.trim_start();
    }
    let position = rest.rsplit_once(':').and_then(|(before, line)| {
        let (function, file) = before.split_at(before.find(" /").or_else(|| before.rfind(' '))?);
        Some(Shown { function, file: file.trim_start(), line: line.parse().ok()? })
    });
    position.unwrap_or(Shown { function: rest, file: "", line: 0 })
}

/// Whether a name at the end of a text is surely cut: it ends in its package's path, or in brackets that are open.
pub(super) fn is_cut(name: &str) -> bool {
    let open = |a: char, b: char| name.matches(a).count() != name.matches(b).count();
    let (_, rest) = name.rsplit_once('/').unwrap_or(("", name));
    let is_path = name.contains('/') && !rest.contains('.');
    name.is_empty() || is_path || name.ends_with('.') || open('(', ')') || open('[', ']')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        let check = |text: &str, function: &str, file: &str, line: u32| {
            assert_eq!(parse(text), Shown { function, file, line }, "{text}");
        };
        check("main.(*T).f (inline)", "main.(*T).f", "", 0);
        check(
            "main.f[go.shape.struct { A int }] (partial-inline)",
            "main.f[go.shape.struct { A int }]",
            "",
            0,
        );
        check("main.f /srv/a b/main.go:12", "main.f", "/srv/a b/main.go", 12);
        check("main.f main.go:12", "main.f", "main.go", 12);
        check(
            "0000000000467d4a runtime.gopark /usr/local/go/src/runtime/proc.go:435",
            "runtime.gopark",
            "/usr/local/go/src/runtime/proc.go",
            435,
        );
        check("line3002 (inline)", "line3002", "", 0);
    }

    #[test]
    fn cut_names() {
        for name in ["github.com/docker", "net/http.", "net/http.(*conn", "main.f[go.sh", ""] {
            assert!(is_cut(name), "{name}");
        }
        for name in ["net/http.(*conn).serve", "line1000", "main.f[...]", "crosscall_amd64"] {
            assert!(!is_cut(name), "{name}");
        }
    }
}
