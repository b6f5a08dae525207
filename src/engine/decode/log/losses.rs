//! What a log says of lines that it lost.

use super::evidence;
use crate::decode::lines::Lines;
use crate::model::Warning;

/// What log systems write when they drop lines: the journal, rsyslog, log libraries of Go.
const DROPPED: [&str; 4] = [
    "Suppressed ",
    "messages suppressed",
    "messages lost due to rate-limiting",
    "begin to drop messages due to rate-limiting",
];

/// A warning for a record that is cut, and for the first lines that were dropped.
pub(crate) fn losses(lines: &Lines<'_>) -> Vec<Warning> {
    let mut found = Vec::new();
    if let Some(line) = cut_record(lines) {
        let text = "a record of the log is cut inside the dump: there may be more goroutines than are shown";
        found.push(Warning::loss(text).at(line.into()));
    }
    let is_dropped =
        |line: &str| DROPPED.iter().any(|words| line.contains(words)) && line.contains("essages");
    let has_words = |words: &str| memchr::memmem::find(lines.text().as_bytes(), words.as_bytes()).is_some();
    if DROPPED.iter().any(|words| has_words(words))
        && let Some((line, _)) = lines.iter().find(|(_, line)| is_dropped(line))
    {
        let text = "the log says that messages were dropped: frames or goroutines may be missing";
        found.push(Warning::note(text).at(line.into()));
    }
    found
}

/// The line of a record with a dump whose quote nothing closes, neither in the line nor in a later one.
fn cut_record(lines: &Lines<'_>) -> Option<u32> {
    memchr::memmem::find(lines.text().as_bytes(), b"\\n")?;
    let mut open = None;
    for (number, line) in lines.iter().filter(|(_, line)| line.contains("\\n")) {
        let mut quotes = 0;
        let mut is_escaped = false;
        for byte in line.bytes() {
            quotes += usize::from(byte == b'"' && !is_escaped);
            is_escaped = byte == b'\\' && !is_escaped;
        }
        if quotes % 2 == 1 {
            open = if open.is_some() { None } else { Some((number, evidence::header_at(line).is_some())) };
        }
    }
    open.filter(|(_, has_header)| *has_header).map(|(number, _)| number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lost_lines() {
        let check = |text: &str, expected: &[(u64, bool)]| {
            let found = losses(&Lines::of(text));
            let found: Vec<_> = found.iter().map(|it| (it.line.unwrap_or(0), it.incomplete)).collect();
            assert_eq!(found, expected, "{text}");
        };
        check("a\n{\"s\":\"goroutine 7 [select]:\\nmain.f(\\\"x\\\")\\n\"}\n", &[]);
        check("a\n{\"s\":\"goroutine 7 [select]:\\nmain.f()\\n\n", &[(2, true)]);
        check("{\"s\":\"goroutine 7 [select]:\\nmain\n.f()\\n\"}\n", &[]);
        check("h systemd-journald[1]: Suppressed 5 messages from app.service\n", &[(1, false)]);
        check("Suppressed 5 errors\n", &[]);
    }
}
