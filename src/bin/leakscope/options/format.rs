//! Output formats by name.

use clap::ValueEnum;
use leakscope::render::Format;
use leakscope::render::TextOptions;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum FormatName {
    /// For people.
    Text,
    /// For programs.
    Json,
    /// A summary for a CI job or a comment.
    Markdown,
    /// GitHub Actions annotations.
    Github,
    /// JUnit XML.
    Junit,
    /// SARIF 2.1.0.
    Sarif,
}

impl From<FormatName> for Format {
    /// The format with the settings for a file: text is 100 columns wide.
    fn from(name: FormatName) -> Self {
        match name {
            FormatName::Text => Format::Text(TextOptions { width: 100, full: false, all: false }),
            FormatName::Json => Format::Json,
            FormatName::Markdown => Format::Markdown,
            FormatName::Github => Format::Github,
            FormatName::Junit => Format::Junit,
            FormatName::Sarif => Format::Sarif,
        }
    }
}
