//! Annotations of GitHub Actions: one line a finding, at the `go` statement in the repository.

use std::io;

use crate::report::FindingLine;
use crate::report::Report;

use crate::text::escape;

/// Writes the workflow commands.
pub(super) fn render(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    for finding in &report.findings {
        let command = match finding.level {
            "deny" => "error",
            "warn" => "warning",
            _ => "notice",
        };
        let place = place(finding)
            .map_or(String::new(), |(file, line)| format!(" file={},line={line},", property(&file)));
        let space = if place.is_empty() { " " } else { "" };
        let title = property(&format!("leakscope: {}", finding.rule));
        let mut text = finding.message.clone();
        for part in finding.evidence.iter().chain(Some(&finding.advice)).filter(|it| !it.is_empty()) {
            text.push('\n');
            text.push_str(part);
        }
        writeln!(out, "::{command}{place}{space}title={title}::{}", data(&text))?;
    }
    Ok(())
}

/// The file relative to the repository, as far as it is known, and the line: of the `go` statement, else of the line that
/// blocks.
pub(super) fn place(finding: &FindingLine) -> Option<(String, u32)> {
    let by_source = ["started", "blocked"].iter().find_map(|what| {
        finding.excerpts.iter().find(|it| it.what == *what).map(|it| (it.file.clone(), it.line))
    });
    let spawn = finding.lead.spawn_site.as_ref().map(|(frame, _)| frame);
    let frame = spawn.filter(|it| it.line > 0).or(finding.lead.name.as_ref())?;
    by_source.or_else(|| (frame.line > 0).then(|| (frame.file.clone(), frame.line)))
}

/// What stands behind the last colons: percent, line ends.
fn data(text: &str) -> String {
    let lines: Vec<String> = text.split('\n').map(|line| escape(line).replace('%', "%25")).collect();
    lines.join("%0A")
}

/// What stands in a property: also colons and commas.
fn property(text: &str) -> String {
    escape(text).replace('%', "%25").replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_ends_a_command_early() {
        assert_eq!(data("a%b\n::error::c\r"), "a%25b%0A\\x3a:error::c\\x0d");
        assert_eq!(property("a:b,c%\n"), "a%3Ab%2Cc%25\\x0a");
    }
}
