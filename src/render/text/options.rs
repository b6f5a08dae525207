//! How a page looks.

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
