//! Writes reports in different formats to any `io::Write`.
//!
//! **Invariant:** renderers see a report and nothing else. Each escapes text from outside as its format needs.

mod agent;
mod alerts;
mod explain;
mod fix;
#[cfg(feature = "fleet")]
mod fleet_page;
mod folded;
mod forecast;
mod github;
mod goleak;
mod html;
mod in_markdown;
mod json;
mod junit;
mod key;
mod markdown;
mod object;
mod place;
mod pprof;
mod raw;
mod sarif;
mod shown;
mod space;
mod text;
mod values;

use std::io;

use crate::report::Report;

pub use agent::agent_analysis;
pub use agent::agent_rule;
pub use agent::agent_stack;
pub use agent::mark;
pub use alerts::AlertOptions;
pub use alerts::alerts;
pub use explain::rule_list;
pub use explain::rule_prose;
pub use fix::FixDocument;
pub use fix::FixEntry;
pub use fix::RefusedFix;
pub use fix::fix_json;
pub use fix::fix_markdown;
#[cfg(feature = "fleet")]
pub use fleet_page::fleet_page;
#[cfg(feature = "fleet")]
pub use fleet_page::fleet_stack_page;
pub use goleak::COUNT_FILE;
pub use goleak::CountAt;
pub use goleak::LEFT_BEHIND;
pub use goleak::LeftIn;
pub use goleak::goleak_count_file;
pub use goleak::goleak_exercise_file;
pub use goleak::goleak_file;
pub use goleak::goleak_file_for;
pub use goleak::test_name as goleak_test_name;
pub use json::ReportError;
pub use json::looks_like_report;
pub use json::read_testable_stacks;
pub use raw::raw;
pub use text::TextOptions;
pub use text::heap_alone;
pub use values::Values;

/// An output format: a row of [`FORMATS`].
#[derive(Clone, Copy, Debug)]
pub struct Format {
    /// The name for `--format`.
    pub name: &'static str,
    /// The purpose, in a few words.
    pub about: &'static str,
    /// How the text page looks, and whether Markdown shows all; other formats ignore it.
    pub text: TextOptions,
    /// What stacks are counted by in formats for other programs' flame graphs; other formats ignore it.
    pub values: Values,
    kind: FormatKind,
    write: Write,
}

type Write = fn(&Report, &Format, &mut dyn io::Write) -> io::Result<()>;

/// What a format needs and makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FormatKind {
    /// A page or document with as many rows as are asked for.
    Rows,
    /// A page that has all rows unless fewer are asked for.
    Page,
    /// Text or a picture that has all rows.
    AllRows,
    /// Bytes that have all rows.
    Binary,
}

/// All output formats. A new format is a row here and a file with its function.
pub const FORMATS: [Format; 10] = [
    row("text", "For people", |report, it, out| text::render(report, it.text, out)),
    Format {
        kind: FormatKind::Page,
        ..row("html", "A page to send on, in one file", |report, _, out| html::render(report, out))
    },
    Format {
        kind: FormatKind::AllRows,
        ..row("svg", "The verdict as a picture", |report, _, out| html::card::render(report, out))
    },
    row("json", "For programs", |report, _, out| json::render(report, out)),
    row("markdown", "A summary for a CI job or a comment", |report, it, out| {
        markdown::render(report, it.text, out)
    }),
    row("github", "GitHub Actions annotations", |report, _, out| github::render(report, out)),
    row("junit", "JUnit XML", |report, _, out| junit::render(report, out)),
    row("sarif", "SARIF 2.1.0", |report, _, out| sarif::render(report, out)),
    Format {
        kind: FormatKind::AllRows,
        ..row("folded", "Folded stacks, for flame graphs", |report, it, out| {
            folded::render(report, it.values, out)
        })
    },
    Format {
        kind: FormatKind::Binary,
        ..row("pprof", "A pprof profile with labels of leakscope", |report, it, out| {
            pprof::render(report, it.values, out)
        })
    },
];

const fn row(name: &'static str, about: &'static str, write: Write) -> Format {
    Format {
        name,
        about,
        text: TextOptions { width: 100, full: false, all: false },
        values: Values::Last,
        kind: FormatKind::Rows,
        write,
    }
}

impl Format {
    /// The page for people, 100 columns wide.
    pub const TEXT: Format = FORMATS[0];
    /// The document for programs: see docs/json.md.
    pub const JSON: Format = FORMATS[3];
    /// The page in one file: see docs/html.md.
    pub const HTML: Format = FORMATS[1];

    /// The same format with another look of the text page.
    pub fn with_text(self, text: TextOptions) -> Self {
        Format { text, ..self }
    }

    /// The same format with other values of stacks.
    pub fn with_values(self, values: Values) -> Self {
        Format { values, ..self }
    }

    /// The maximum number of rows in it if the user asks for `limit`; 0 means all.
    pub fn max_rows(&self, limit: Option<usize>) -> usize {
        match self.kind {
            FormatKind::Rows => limit.unwrap_or(20),
            FormatKind::Page => limit.unwrap_or(0),
            FormatKind::AllRows | FormatKind::Binary => 0,
        }
    }

    /// Whether it is no text.
    pub fn is_binary(&self) -> bool {
        self.kind == FormatKind::Binary
    }

    /// Whether it shows patches of the source.
    pub fn shows_patches(&self) -> bool {
        matches!(self.name, "text" | "html" | "json" | "markdown" | "github" | "sarif")
    }

    /// The format with this name; `None` if there is none.
    pub fn named(name: &str) -> Option<Format> {
        FORMATS.into_iter().find(|format| format.name == name)
    }
}

/// Writes a report.
pub fn render(report: &Report, format: Format, out: &mut dyn io::Write) -> io::Result<()> {
    (format.write)(report, &format, out)
}
