//! A header at the end of a line of words, as a log message that ends in `debug.Stack()` has it.

use super::evidence;
use super::time;
use crate::decode::lines::Builder;
use crate::decode::lines::Lines;
use crate::decode::lines::PlacedLine;

/// Puts such headers on lines of their own. The message of a panic is left as it is.
pub(super) fn split(lines: &Lines<'_>) -> Lines<'static> {
    let mut out = Builder::default();
    for PlacedLine { place, end, text: line } in lines.placed() {
        let number = lines.number(place.index);
        let header = evidence::header_at(line).and_then(|at| line.split_at_checked(at));
        let below = lines.text().get(end..).unwrap_or("").split('\n').filter(|line| !line.trim().is_empty());
        match header {
            Some((words, header))
                if !words.trim().is_empty()
                    && !words.trim_start().starts_with("panic: ")
                    && evidence::after_header(header).trim().is_empty()
                    && below.take(3).any(evidence::is_frame) =>
            {
                out.line(number, words.trim_end());
                out.line(number, header);
            }
            Some(_) | None => out.line(number, line),
        }
    }
    if !lines.text().ends_with('\n') {
        out.end_mid_line();
    }
    out.finish()
}

/// What Go writes first when a process dies.
const CAUSES: [&str; 4] = ["panic: ", "fatal error: ", "SIGQUIT: ", "SIGABRT: "];

/// The lines above the first header among which the cause is.
const REACH: usize = 64;

/// The offset of the cause of death in a line.
pub(super) fn cause_at(line: &str) -> Option<usize> {
    CAUSES.iter().find_map(|cause| line.find(cause))
}

/// Puts the cause of death at the start of its line, if only that line has the prefix of the log; `None` if it has none.
pub(super) fn unwrap_cause(lines: &Lines<'_>) -> Option<Lines<'static>> {
    let header = lines.placed().take(MAX_HEAD).position(|line| evidence::header_at(line.text).is_some())?;
    let first = header.saturating_sub(REACH);
    let above: Vec<&str> = lines.placed().take(header).skip(first).map(|line| line.text).collect();
    let has_cause = |line: &&str| CAUSES.iter().any(|cause| line.starts_with(cause));
    if above.iter().any(has_cause) {
        return None;
    }
    let (at, prefix) = above.iter().enumerate().rev().find_map(|(at, line)| {
        let start = cause_at(line)?;
        line.get(..start).filter(|prefix| is_prefix(prefix)).map(|prefix| (first + at, prefix.len()))
    })?;
    Some(lines.filter_map(|index, line| if index == at { line.get(prefix..) } else { Some(line) }))
}

/// The lines of a text that are looked at.
const MAX_HEAD: usize = 100_000;

/// Whether words are the prefix of a log, with a time or a process in it, and no words of a message.
fn is_prefix(prefix: &str) -> bool {
    let trimmed = prefix.trim_end();
    if trimmed.ends_with(['"', '\'', '`']) {
        return true;
    }
    if is_marked_word(trimmed) || is_mark_of_page(trimmed.trim_start()) {
        return true;
    }
    let mut times = prefix.char_indices().filter_map(|(at, _)| Some((at, time::length(prefix.get(at..)?)?)));
    let ends_in_time = times.clone().any(|(at, length)| at + length == trimmed.len());
    let ends = ends_in_time || trimmed.ends_with([':', ']', '|', '>', ',']);
    let is_of_log = times.next().is_some() || trimmed.ends_with("]:");
    is_of_log && ends && prefix.split_whitespace().count() <= 12
}

/// Whether a prefix is a tag (`<Data>`), the mark of a block in a wiki (`{noformat}`), fields of a Go value (`{ExitCode:2 Stderr:`), or what
/// `kubectl describe` writes before the last words of a container.
fn is_mark_of_page(prefix: &str) -> bool {
    let is_tag = prefix.starts_with('<') && prefix.ends_with('>');
    let is_block = prefix.starts_with('{') && prefix.ends_with(['}', ':']) && !prefix.contains('"');
    is_tag || is_block || prefix == "Message:" || prefix == "```"
}

/// Whether a prefix is one word with the marks of a log, and no word of prose: `main.go:12:`, `ERRO[0004]`, `##[error]`, `app.exe :`.
fn is_marked_word(prefix: &str) -> bool {
    let word = prefix.trim_start().trim_end_matches(':').trim_end();
    let is_position =
        word.rsplit_once(".go:").is_some_and(|(_, line)| line.bytes().all(|it| it.is_ascii_digit()));
    let is_program = prefix.ends_with(':') && word.ends_with(".exe");
    !word.contains(char::is_whitespace)
        && (is_position || is_program || (word.ends_with(']') && word.contains('[')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_after_a_prefix() {
        let check = |first: &str, expected: &str| {
            let text = format!("{first}\n\ngoroutine 1 [running]:\nmain.f()\n");
            let changed = unwrap_cause(&Lines::of(text.as_str()));
            let shown = changed.as_ref().map_or(&*text, Lines::text);
            assert_eq!(shown.lines().next(), Some(expected), "{text}");
        };
        check("Nov 29 20:00:00 host app[1]: panic: x", "panic: x");
        check("2026-11-29,\"fatal error: x", "fatal error: x");
        check(
            "E1129 20:00:00.000000 1 runtime.go:79] Observed a panic: x",
            "E1129 20:00:00.000000 1 runtime.go:79] Observed a panic: x",
        );
        check("output: b'panic: x", "panic: x");
        check("ERRO[0004] panic: x", "panic: x");
        check("2026-11-29T20:00:00.0000001Z ##[error]panic: x", "panic: x");
        check("    a_test.go:12: panic: x", "panic: x");
        check("app.exe : fatal error: x", "fatal error: x");
        check("recovered: panic: x", "recovered: panic: x");
        check("  <EventData><Data>panic: x", "panic: x");
        check("{noformat}fatal error: x", "fatal error: x");
        check("{Name:app Stderr:panic: x", "panic: x");
        check("      Message:      panic: x", "panic: x");
        check("panic: after panic: x", "panic: after panic: x");
    }

    #[test]
    fn headers_after_words() {
        let check = |text: &str, expected: &str| assert_eq!(split(&Lines::of(text)).text(), expected);
        check(
            "a failed: goroutine 1 [running]:\nmain.f()\n",
            "a failed:\ngoroutine 1 [running]:\nmain.f()\n",
        );
        check("see goroutine 1 [running]:\nand more", "see goroutine 1 [running]:\nand more");
        check("panic: x goroutine 1 [running]:\nmain.f()", "panic: x goroutine 1 [running]:\nmain.f()");
    }
}
