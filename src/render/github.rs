//! Annotations of GitHub Actions: one workflow command for each finding, at its `go` statement.

use std::io;

use crate::report::Report;
use crate::rules::Level;
use crate::text::escape;
use crate::text::word_of;

use super::place::MAX_PATH;
use super::place::message_and_source;
use super::place::place;

/// Writes the workflow commands.
pub(super) fn render(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    for finding in &report.findings {
        let command = match finding.level {
            Level::Deny => "error",
            Level::Warn => "warning",
            Level::Allow => "notice",
        };
        let place = place(report, finding).map_or(String::new(), |(file, line)| {
            format!(" file={},line={line},", property(&word_of(&file, MAX_PATH)))
        });
        let space = if place.is_empty() { " " } else { "" };
        let title = property(&format!("leakscope: {}", finding.rule));
        let (message, said) = message_and_source(report, finding);
        let mut text = escape(&message).into_owned();
        let patch = finding.finding.source.patch().map(|it| format!("patch: {}", it.in_short()));
        let parts = said.iter().chain(&finding.evidence).chain(Some(&finding.advice)).chain(&patch);
        for part in parts.filter(|it| !it.is_empty()) {
            text.push('\n');
            text.push_str(&escape(part));
        }
        writeln!(out, "::{command}{place}{space}title={title}::{}", data(&text))?;
    }
    Ok(())
}

/// Escapes the message of a workflow command: percent signs and line ends.
fn data(text: &str) -> String {
    let lines: Vec<String> = text.split('\n').map(|line| escape(line).replace('%', "%25")).collect();
    lines.join("%0A")
}

/// Escapes a property of a workflow command: colons and commas too.
fn property(text: &str) -> String {
    escape(text).replace('%', "%25").replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_outside_ends_a_command() {
        assert_eq!(data("a%b\n::error::c\r"), "a%25b%0A\\x3a:error::c\\x0d");
        assert_eq!(property("a:b,c%\n"), "a%3Ab%2Cc%25\\x0a");
    }
}
