//! Writes reports in different formats to any `io::Write`.
//!
//! **Invariant:** renderers see a report and nothing else. Each escapes text from outside as its format needs.

mod alerts;
mod explain;
mod forecast;
mod github;
mod goleak;
mod html;
mod json;
mod junit;
mod key;
mod markdown;
mod object;
mod place;
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

/// An output format: a row of [`FORMATS`].
#[derive(Clone, Copy, Debug)]
pub struct Format {
    /// The name for `--format`.
    pub name: &'static str,
    /// The purpose, in a few words.
    pub about: &'static str,
    /// How the text page looks, and whether Markdown shows all; other formats ignore it.
    pub text: TextOptions,
    write: Write,
}

type Write = fn(&Report, TextOptions, &mut dyn io::Write) -> io::Result<()>;

/// All output formats. A new format is a row here and a file with its function.
pub const FORMATS: [Format; 7] = [
    row("text", "For people", text::render),
    row("html", "A page to send on, in one file", |report, _, out| html::render(report, out)),
    row("json", "For programs", |report, _, out| json::render(report, out)),
    row("markdown", "A summary for a CI job or a comment", markdown::render),
    row("github", "GitHub Actions annotations", |report, _, out| github::render(report, out)),
    row("junit", "JUnit XML", |report, _, out| junit::render(report, out)),
    row("sarif", "SARIF 2.1.0", |report, _, out| sarif::render(report, out)),
];

const fn row(name: &'static str, about: &'static str, write: Write) -> Format {
    Format { name, about, text: TextOptions { width: 100, full: false, all: false }, write }
}

impl Format {
    /// The page for people, 100 columns wide.
    pub const TEXT: Format = FORMATS[0];
    /// The document for programs: see docs/json.md.
    pub const JSON: Format = FORMATS[2];
    /// The page in one file: see docs/html.md.
    pub const HTML: Format = FORMATS[1];

    /// The same format with another look of the text page.
    pub fn with_text(self, text: TextOptions) -> Self {
        Format { text, ..self }
    }

    /// The format with this name; `None` if there is none.
    pub fn named(name: &str) -> Option<Format> {
        FORMATS.into_iter().find(|format| format.name == name)
    }
}

/// Writes a report.
pub fn render(report: &Report, format: Format, out: &mut dyn io::Write) -> io::Result<()> {
    (format.write)(report, format.text, out)
}
