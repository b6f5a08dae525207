//! What Go writes into the lines of a dump, at whatever place in a line: it decides whether a layer is accepted.

use memchr::memmem;

use crate::decode::header_start::header_start;
use crate::decode::quoted::closing_bracket;
use crate::decode::text::split_digits;

/// The offset of the first header in a line; `None` if it has none. The bracket of goleak's header belongs to it.
pub(super) fn header_at(line: &str) -> Option<usize> {
    for at in memmem::find_iter(line.as_bytes(), b"oroutine") {
        let start = at.checked_sub(1)?;
        let (before, rest) = line.split_at_checked(start)?;
        if header_start(rest).is_some() && !is_in_panic(before) {
            let is_goleak = line.as_bytes().get(start) == Some(&b'G');
            let bracket = is_goleak && line.get(..start).is_some_and(|before| before.ends_with('['));
            return Some(start - usize::from(bracket));
        }
    }
    None
}

/// What follows the header at the start of a text in the same line; empty after a whole header.
pub(super) fn after_header(text: &str) -> &str {
    let Some(close) = closing_bracket(text) else { return "" };
    let mut rest = text.get(close + 1..).unwrap_or("");
    if rest.starts_with(" {")
        && let Some(end) = rest.find("}:")
    {
        rest = rest.get(end + 1..).unwrap_or("");
    }
    rest.strip_prefix(':').unwrap_or(rest)
}

/// Whether a header is in the message of a panic, as the text in its line before it shows: that is history.
fn is_in_panic(before: &str) -> bool {
    let message = before.rfind("panic: ").and_then(|at| before.get(at..));
    // What ends a line or a value, in whatever layer.
    let ends = ["\\n", "#012", "<br", "\\\"", "\",", "\"]", "\"}"];
    message.is_some_and(|message| !ends.iter().any(|end| message.contains(end)))
}

/// What is further from the start of a header is not looked at.
const MAX_HEADER: usize = 4096;

/// The headers of a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Headers {
    /// Those that are a line of their own, as Go writes them.
    pub(super) clean: usize,
    /// Those after or before something else.
    pub(super) wrapped: usize,
}

impl Headers {
    pub(super) fn of(text: &str) -> Self {
        let mut found = Headers::default();
        let mut clean_until = 0;
        for at in memmem::find_iter(text.as_bytes(), b"oroutine") {
            let Some((before, rest)) = at.checked_sub(1).and_then(|at| text.split_at_checked(at)) else {
                continue;
            };
            // The value of a label may look like a header.
            if at < clean_until || header_start(rest).is_none() {
                continue;
            }
            let near = before.ceil_char_boundary(before.len().saturating_sub(MAX_HEADER));
            let line_before = before.get(near..).and_then(|near| near.rsplit('\n').next());
            if line_before.is_some_and(is_in_panic) {
                continue;
            }
            let mark = before.trim_end_matches([' ', '\t', '*', '`', '[', '\u{a0}', '\u{feff}']);
            // An asterisk and a blank are before each line of a comment.
            let starts = (mark.is_empty() || mark.ends_with(['\n', '\r'])) && !before.ends_with("* ");
            let near = rest.get(..rest.floor_char_boundary(MAX_HEADER)).unwrap_or(rest);
            let line = near.split('\n').next().unwrap_or("");
            if starts && !after_header(line).starts_with(['\\', '"', '\'', '<']) {
                found.clean += 1;
                clean_until = at + line.len();
            } else {
                found.wrapped += 1;
            }
        }
        found
    }

    pub(super) fn total(self) -> usize {
        self.clean + self.wrapped
    }
}

/// Whether bytes contain a header anywhere. Unlike [`Headers::of`] it stops at the first one.
pub(crate) fn has_header(bytes: &[u8]) -> bool {
    memmem::find_iter(bytes, b"oroutine").any(|at| {
        let start = at.saturating_sub(1);
        let end = bytes.len().min(start + 64);
        let near = bytes.get(start..end).unwrap_or(&[]);
        let text = near.utf8_chunks().next().map_or("", |chunk| chunk.valid());
        header_start(text).is_some()
    })
}

/// Whether a text has source positions.
pub(super) fn has_positions(text: &str) -> bool {
    memmem::find(text.as_bytes(), b".go:").is_some()
}

/// Whether the journal wrote messages as arrays of bytes, in which no header can be seen.
pub(super) fn has_byte_messages(text: &str) -> bool {
    let mut names = memmem::find_iter(text.as_bytes(), b"\"MESSAGE\"");
    names.any(|at| {
        let value = text.get(at + "\"MESSAGE\"".len()..).unwrap_or("");
        value.trim_start().strip_prefix(':').is_some_and(|value| value.trim_start().starts_with('['))
    })
}

/// Whether a line is one that Go writes below a header, with nothing before it but blanks.
pub(super) fn is_frame(line: &str) -> bool {
    let line = line.trim();
    is_call(line) || is_location(line) || is_creator(line) || is_count(line)
}

fn is_creator(line: &str) -> bool {
    line.strip_prefix("created by ")
        .is_some_and(|rest| rest.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
}

/// `main.(*T).run(0xc000012345)`
pub(super) fn is_call(line: &str) -> bool {
    let Some((name, _)) = line.strip_suffix(')').and_then(|_| line.split_once('(')) else { return false };
    let is_plain = |c: char| c.is_alphanumeric() || "_./-~@%*$·".contains(c);
    let name = name.split('[').next().unwrap_or(name);
    name.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && name.chars().all(is_plain)
        && (name.contains('.') || name == "panic" || name.starts_with("_cgo"))
}

/// `/srv/main.go:12 +0x1d`, with blanks in the path only below a root.
pub(super) fn is_location(line: &str) -> bool {
    let known = [".go:", ".s:", ".c:", "<autogenerated>:", "?:"];
    let Some((file, number)) =
        known.iter().find_map(|end| line.split_at_checked(line.find(end)? + end.len()))
    else {
        return false;
    };
    let rooted = file.starts_with(['/', '\\']) || file.get(1..3).is_some_and(|it| matches!(it, ":\\" | ":/"));
    let starts = file.starts_with(|c: char| c.is_alphanumeric() || "_./\\<@?~".contains(c));
    let is_path =
        starts && !file.contains(['"', '\t']) && (rooted || !file.contains(' ')) && !file.contains(": ");
    let rest = split_digits(number).map(|(_, rest)| rest);
    is_path && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(" +") || rest.starts_with(" fp="))
}

/// `4 @ 0x48b70a`, `#\t0x7364d0\tmain.f+0x30`: the lines of `debug=1`.
fn is_count(line: &str) -> bool {
    if let Some(rest) = line.strip_prefix('#') {
        return rest.trim_start().starts_with("0x");
    }
    split_digits(line).is_some_and(|(_, rest)| rest.starts_with(" @ 0x"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers() {
        let check = |text: &str, clean: usize, wrapped: usize| {
            assert_eq!(Headers::of(text), Headers { clean, wrapped }, "{text}");
            assert_eq!(has_header(text.as_bytes()), clean + wrapped > 0, "{text}");
        };
        check("goroutine 7 [select]:\nmain.f()\n", 1, 0);
        check("  **goroutine 7 [select]:**\n", 1, 0);
        check("app | goroutine 7 gp=0xc1 m=0 [select]:\n", 0, 1);
        check(" * goroutine 7 [select]:\n", 0, 1);
        check("goroutine 7 [select]:\\nmain.f()", 0, 1);
        check("{\"a\":\"goroutine 7 [select]:\"}", 0, 1);
        check("> goroutine profile: total 8\n1 @ 0x1\ngoroutine profile: total 8", 1, 1);
        check("[Goroutine 9 in state select, with a.B on top of the stack:\n", 1, 0);
        check("goroutine 7 [select] {k: \"\\\"]:\\ngoroutine 8 [select]:\"}:\n", 1, 0);
        check("created by main.main in goroutine 1\nstarted goroutine 7 at noon", 0, 0);
    }

    #[test]
    fn frames() {
        let check = |line: &str, expected: bool| assert_eq!(is_frame(line), expected, "{line}");
        check("main.(*T).run(0xc1, {0x1, 0x2})", true);
        check("github.com/a/b.G[...](0x1)", true);
        check("\t/srv/my programs/main.go:12 +0x1d", true);
        check("        C:/srv/main.go:12", true);
        check("\t<autogenerated>:1 +0x3", true);
        check("created by main.main in goroutine 1", true);
        check("#\t0x7364d0\tmain.f+0x30\t/srv/main.go:37", true);
        check("4 @ 0x48b70a 0x41816e", true);
        check("host app: main.f()", false);
        check("host /srv/main.go:12", false);
        check("handled request in main.go:12", false);
        check("main.f()\"", false);
        check("done (3 s)", false);
    }
}
