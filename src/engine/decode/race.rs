//! Reports of Go's race detector. Their goroutines may be gone, so they are reported and never counted.
//!
//! Source: LLVM's `compiler-rt/lib/tsan/rtl/tsan_report.cpp` (`PrintReport` for Go).

use std::fmt::Write;

use super::DecodeError;
use super::text::Text;
use crate::model::Warning;
use crate::text::pluralize;

const HEADING: &str = "WARNING: DATA RACE";

/// The number of reports in one text that are reported one by one.
const MAX_SHOWN: usize = 3;

/// The number of reports that are read.
const MAX_READ: usize = 1000;

/// A warning for each report, after the goroutines of the same text were read.
pub(super) fn warnings(text: &Text<'_>) -> Vec<Warning> {
    let reports = reports(text);
    let shown = reports.iter().take(MAX_SHOWN).map(|(line, it)| Warning::note(it.clone()).at(*line));
    let mut warnings: Vec<Warning> = shown.collect();
    if reports.len() > MAX_SHOWN {
        let more = pluralize((reports.len() - MAX_SHOWN) as i128, "more data race");
        warnings.push(Warning::note(format!("the race detector reports {more}")));
    }
    warnings
}

/// The error for a text that has reports and no goroutine; `None` without reports.
pub(super) fn error(text: &Text<'_>) -> Option<DecodeError> {
    let reports: Vec<String> = reports(text).into_iter().map(|(_, report)| report).collect();
    (!reports.is_empty()).then_some(DecodeError::Race { reports })
}

/// Each report in one sentence, with its line.
fn reports(text: &Text<'_>) -> Vec<(u64, String)> {
    if !text.content().contains(HEADING) {
        return Vec::new();
    }
    let mut reports: Vec<(u64, Report)> = Vec::new();
    let mut is_open = false;
    for line in text.lines() {
        let trimmed = line.text.trim();
        if trimmed.ends_with(HEADING) {
            if reports.len() == MAX_READ {
                break;
            }
            reports.push((line.number, Report::default()));
            is_open = true;
        } else if trimmed.starts_with("=====") {
            is_open = false;
        } else if let Some((_, report)) = reports.last_mut().filter(|_| is_open) {
            report.read(trimmed);
        }
    }
    reports.into_iter().map(|(line, report)| (line, report.sentence())).collect()
}

#[derive(Debug, Default)]
struct Report {
    /// The two accesses, then where their goroutines were created.
    parts: Vec<Part>,
}

#[derive(Debug)]
struct Part {
    /// `write by goroutine 7`, `goroutine 7 (running) created`
    what: String,
    function: Option<String>,
    position: Option<String>,
    /// Whether the lines below belong to it.
    is_open: bool,
}

impl Report {
    fn read(&mut self, line: &str) {
        if let Some(what) = access(line).or_else(|| creation(line)) {
            self.parts.push(Part { what, function: None, position: None, is_open: true });
            return;
        }
        let Some(part) = self.parts.last_mut().filter(|part| part.is_open) else { return };
        if line.is_empty() || line.ends_with(':') {
            part.is_open = false;
        } else if part.function.is_none() {
            // `main.f()`, or why there is no stack: `[failed to restore the stack]`
            part.function = Some(line.strip_suffix("()").unwrap_or(line).to_owned());
        } else if part.position.is_none() {
            part.position = Some(line.split(" +0x").next().unwrap_or(line).to_owned());
        }
    }

    fn sentence(&self) -> String {
        let mut out = "data race".to_owned();
        for (part, at) in self.parts.iter().zip(0..) {
            let separator = if at == 0 { ": " } else { ", " };
            let place = part.function.as_deref().unwrap_or("an unknown place");
            // Writing to a String cannot fail.
            let _ = write!(out, "{separator}{} at {}", part.what, place.escape_debug());
            if let Some(position) = &part.position {
                let _ = write!(out, " ({})", position.escape_debug());
            }
        }
        out
    }
}

/// `Previous write at 0x00c000014100 by goroutine 7:` as `previous write by goroutine 7`
fn access(line: &str) -> Option<String> {
    let (kind, rest) = line.strip_suffix(':')?.split_once(" at 0x")?;
    let (_, by) = rest.split_once(" by ")?;
    let lower = kind.to_ascii_lowercase();
    let known = lower.strip_prefix("previous ").unwrap_or(&lower);
    let known = known.strip_prefix("atomic ").unwrap_or(known);
    let is_known = matches!(known, "read" | "write" | "racy read" | "racy write");
    is_known.then(|| format!("{lower} by {}", who(by)))
}

/// `Goroutine 8 (running) created at:` as `goroutine 8 (running) created`
fn creation(line: &str) -> Option<String> {
    let rest = line.strip_prefix("Goroutine ")?.strip_suffix(" created at:")?;
    Some(format!("goroutine {} created", rest.escape_debug()))
}

fn who(by: &str) -> String {
    if by.starts_with("main goroutine") {
        "the main goroutine".to_owned()
    } else {
        by.escape_debug().to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPORT: &str = "==================\nWARNING: DATA RACE\nRead at 0x00c000014100 by goroutine 8:\n  main.read()\n      /srv/a b/race.go:137 +0x3a\n  main.run.func2()\n      /srv/race.go:154 +0x38\n\nPrevious write at 0x00c000014100 by main goroutine:\n  main.(*T).write()\n      /srv/race.go:12 +0x3a\n\nGoroutine 8 (running) created at:\n  main.run()\n      /srv/race.go:153 +0x11\n==================\n";
    const SENTENCE: &str = "data race: read by goroutine 8 at main.read (/srv/a b/race.go:137), previous write by the main goroutine at main.(*T).write (/srv/race.go:12), goroutine 8 (running) created at main.run (/srv/race.go:153)";

    #[test]
    fn reports_in_a_sentence() {
        let check = |text: &str, expected: &[&str]| {
            let text = Text::new(text.as_bytes()).expect("it is text");
            let found: Vec<String> = reports(&text).into_iter().map(|(_, it)| it).collect();
            assert_eq!(found, expected);
        };
        check(REPORT, &[SENTENCE]);
        check(&format!("ok\n{REPORT}{REPORT}"), &[SENTENCE, SENTENCE]);
        check(
            "WARNING: DATA RACE\nWrite at 0x00c0 by goroutine 8:\n  [failed to restore the stack]\n\n",
            &["data race: write by goroutine 8 at [failed to restore the stack]"],
        );
        check("no race\n", &[]);
    }

    #[test]
    fn more_reports_are_counted() {
        let many = REPORT.repeat(5);
        let text = Text::new(many.as_bytes()).expect("it is text");
        assert_eq!(
            warnings(&text).last().map(|it| it.text.as_str()),
            Some("the race detector reports 2 more data races")
        );
        let error = error(&text).expect("it has reports").to_string();
        assert!(error.ends_with("created at main.run (/srv/race.go:153) (and 2 more)"), "{error}");
    }
}
