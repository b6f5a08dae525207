//! Writes reports in different formats to any `io::Write`.
//!
//! **Invariant:** renderers see a report and nothing else. Each escapes text from outside as its format needs.

mod alerts;
mod explain;
mod forecast;
mod github;
mod goleak;
mod json;
mod junit;
mod markdown;
mod raw;
mod sarif;
mod text;

use std::io;

use crate::report::Report;

pub use alerts::AlertOptions;
pub use alerts::alerts;
pub use explain::rule_list;
pub use explain::rule_prose;
pub use goleak::goleak_file;
pub use json::ReportError;
pub use json::looks_like_report;
pub use json::read_testable_stacks;
pub use raw::raw;
pub use text::TextOptions;
pub use text::heap_alone;

/// The formats of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For people.
    Text(TextOptions),
    /// For programs: see docs/json.md.
    Json,
    /// A summary for a job or a comment.
    Markdown,
    /// Annotations of GitHub Actions.
    Github,
    /// JUnit XML.
    Junit,
    /// SARIF 2.1.0.
    Sarif,
}

/// Writes a report.
pub fn render(report: &Report, format: Format, out: &mut dyn io::Write) -> io::Result<()> {
    match format {
        Format::Text(options) => text::render(report, options, out),
        Format::Json => json::render(report, out),
        Format::Markdown => markdown::render(report, out),
        Format::Github => github::render(report, out),
        Format::Junit => junit::render(report, out),
        Format::Sarif => sarif::render(report, out),
    }
}
