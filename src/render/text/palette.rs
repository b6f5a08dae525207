//! Styles by meaning. Colour adds to words and never replaces them.

use anstyle::AnsiColor;
use anstyle::Style;

/// The first line of a page.
pub(super) const TITLE: Style = Style::new().bold();
/// The heading of a table.
pub(super) const HEADING: Style = Style::new().dimmed();
/// What grew or is new.
pub(super) const GREW: Style = AnsiColor::Red.on_default();
/// What shrank or is gone.
pub(super) const SHRANK: Style = AnsiColor::Green.on_default();
/// What explains and may be passed over.
pub(super) const ASIDE: Style = Style::new().dimmed();
/// What to do now.
pub(super) const NEXT: Style = Style::new().bold();

/// Lines in a style.
pub(super) fn paint_all(style: Style, lines: Vec<String>) -> impl Iterator<Item = String> {
    lines.into_iter().map(move |line| paint(style, &line))
}

/// A text in a style.
pub(super) fn paint(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}
