//! A dump in one line, with `\n` for its line ends: in quotes, or as the rest of the line.

use super::escapes;
use super::evidence;
use crate::decode::lines::Builder;
use crate::decode::lines::Lines;

/// Restores the lines; `None` if no line holds several.
pub(super) fn unwrap(lines: &Lines<'_>) -> Option<Lines<'static>> {
    let is_header =
        |line: &str| evidence::header_at(line) == Some(0) && !evidence::after_header(line).starts_with('\\');
    let is_go =
        |line: &str| (line.trim_start().starts_with("panic: ") && !is_whole_crash(line)) || is_header(line);
    let holds_lines = |line: &str| is_escaped(line) && !is_go(line);
    if !lines.iter().any(|(_, line)| holds_lines(line)) {
        return None;
    }
    let mut out = Builder::default();
    // What the previous line ends with, if the dump in it may go on in this one.
    let mut open: Option<String> = None;
    for (number, line) in lines.iter() {
        if !holds_lines(line) {
            open.into_iter().for_each(|rest| out.line(number, &rest));
            open = None;
            out.line(number, line);
            continue;
        }
        let (words, text) = content(line);
        if !words.trim().is_empty() {
            out.line(number, words.trim_end());
        }
        let mut text = text;
        if let Some(before) = open.take() {
            let first = text.split('\n').next().unwrap_or("");
            let goes_on = words.is_empty() && evidence::is_frame(&format!("{before}{first}"));
            if goes_on { text.insert_str(0, &before) } else { out.line(number, &before) }
        }
        let (whole, last) = text.rsplit_once('\n').unwrap_or(("", &text));
        out.text(number, whole);
        open = Some(last.to_owned()).filter(|last| !last.is_empty());
    }
    if let Some(last) = open {
        out.piece(lines.number(lines.iter().count().saturating_sub(1)), &last);
    }
    Some(out.finish())
}

/// Whether a line that starts as a panic has also the goroutines below its message, with the empty line before them. In a quoted message
/// they are history.
fn is_whole_crash(line: &str) -> bool {
    let message = line.find("\\n\\ngoroutine ").and_then(|at| line.get(..at));
    message.is_some_and(|message| !message.contains('"'))
}

/// Whether a line holds a header or a position that an escaped line end follows.
fn is_escaped(line: &str) -> bool {
    let ends = ["]:\\n", "]:\\\\n", "]:\\r\\n", "\\n\\t/"];
    let has_ends = ends.iter().any(|end| line.contains(end)) || line.matches("\\n").take(3).count() == 3;
    has_ends && (evidence::header_at(line).is_some() || line.contains(".go:"))
}

/// The words before the dump in a line, and the dump: the quoted text around it, or the rest of the line.
fn content(line: &str) -> (&str, String) {
    let at = line.find("\\n").unwrap_or(0);
    let at = evidence::header_at(line).map_or(at, |header| header.min(at));
    let mut start = None;
    let mut is_escape = false;
    for (offset, c) in line.char_indices() {
        let closes = c == '"' && !is_escape && start.is_some();
        if closes && offset > at && start.is_some_and(|start| start < at) {
            let (words, text) = line.split_at_checked(start.unwrap_or(0)).unwrap_or(("", line));
            return (words, escapes::resolve(text.get(1..offset - words.len()).unwrap_or("")).into_owned());
        }
        if c == '"' && !is_escape {
            start = if closes { None } else { Some(offset) };
        }
        is_escape = c == '\\' && !is_escape;
    }
    // A quote that nothing closes before the end of the line, or none.
    let (words, text) =
        line.split_at_checked(start.filter(|start| *start < at).unwrap_or(0)).unwrap_or(("", line));
    // It may end inside an escape.
    let text = text.strip_suffix('\\').unwrap_or(text);
    let text = escapes::resolve(text.strip_prefix('"').unwrap_or(text)).into_owned();
    if start.is_some() || evidence::header_at(line).is_none() {
        return (words, text);
    }
    // Without quotes the words before the header are of the log.
    let first = text.split('\n').next().unwrap_or("");
    match evidence::header_at(first) {
        Some(header) => (line.get(..header).unwrap_or(""), text.get(header..).unwrap_or("").to_owned()),
        None => (words, text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dumps_in_a_line() {
        let check = |text: &str, expected: &str| {
            let changed = unwrap(&Lines::of(text));
            assert_eq!(changed.as_ref().map_or(text, Lines::text), expected, "{text}");
        };
        let lines = "goroutine 7 [select]:\nmain.f(\"x\")\n\t/f.go:3 +0x1";
        let escaped = r#"goroutine 7 [select]:\nmain.f(\"x\")\n\t/f.go:3 +0x1"#;
        check(&format!("{escaped}\\n"), &format!("{lines}\n"));
        check(
            &format!("a=\"b\" stack=\"{escaped}\" c=\"d\"\nnext\n"),
            &format!("a=\"b\" stack=\n{lines}\nnext\n"),
        );
        check(&format!("{{\"a\":1,\"stack\":\"{escaped}"), &format!("{{\"a\":1,\"stack\":\n{lines}"));
        check("x.go:1\\nf()\\n\\t/a/do\ncker/f.go:3\\nb\\n\\t/c", "x.go:1\nf()\n\t/a/docker/f.go:3\nb\n\t/c");
        check("panic: goroutine 7 [select]:\\nf()", "panic: goroutine 7 [select]:\\nf()");
        check("panic: x\\n\\ngoroutine 7 [select]:\\nf()\\n", "panic: x\n\ngoroutine 7 [select]:\nf()\n");
        check(
            "b'goroutine 7 [select] {k: \"v w\"}:\\nf()\\n\\t/f.go:3\\n'",
            "b'\ngoroutine 7 [select] {k: \"v w\"}:\nf()\n\t/f.go:3\n'",
        );
    }
}
