//! What all parts of a page need.

use super::names::ShortNames;
use crate::report::Report;

/// How the page looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextOptions {
    /// Cells in a line.
    pub width: usize,
    /// Whether whole stacks and whole names are shown.
    pub full: bool,
    /// Whether background goroutines have rows of their own.
    pub all: bool,
}

/// A report, the short names of its functions, and the look of its page.
pub(super) struct Page<'a> {
    pub(super) report: &'a Report,
    pub(super) names: ShortNames<'a>,
    pub(super) options: TextOptions,
}
