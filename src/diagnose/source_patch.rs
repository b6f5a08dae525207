//! A change of the source that ends what a verdict proves.

use crate::text::words;

words! {
    /// How much a patch needs a person.
    pub enum PatchTier {
        /// Mechanical: runs that do not leak behave as before.
        Safe = "safe",
        /// It has the right shape, and one decision is the user's.
        Review = "review",
    }
}

/// A patch of Go source, checked again after the edit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourcePatch {
    /// How much it needs a person.
    pub tier: PatchTier,
    /// What it changes, in a few words: ``give `ch` a buffer for the one value``.
    pub title: String,
    /// Why runs that do not leak behave as before, or what is left to decide.
    pub because: String,
    /// The edits, sorted by file and place; none overlaps another.
    pub edits: Vec<SourceEdit>,
    /// The same as whole lines, in the same order; a line that stays is between any two of a file.
    pub changes: Vec<ChangedLines>,
    /// The same as a unified diff, with paths relative to the root of the source.
    pub diff: String,
}

impl SourcePatch {
    /// What it does, and how to get it: ``safe: give `ch` a buffer for the one value; leakscope fix writes it``.
    pub fn in_short(&self) -> String {
        format!("{}: {}; leakscope fix writes it", self.tier.as_str(), self.title)
    }
}

/// A range of a file that is replaced.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SourceEdit {
    /// The file, relative to the root of the source.
    pub file: String,
    /// The byte offset of the first byte that goes.
    pub start: usize,
    /// The byte offset after the last byte that goes; `start` if nothing goes.
    pub end: usize,
    /// The text that comes.
    pub text: String,
}

/// Lines of a file that become other lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangedLines {
    /// The file, relative to the root of the source.
    pub file: String,
    /// The first line that goes, from 1; the line that the new ones come before if none goes.
    pub line: u32,
    /// How many lines go.
    pub gone: u32,
    /// The lines that come, each with its end.
    pub text: String,
    /// The line that follows those that go, with its end; `None` at the end of the file.
    pub next: Option<String>,
    /// Whether the last line that goes has no end: it is the last of the file.
    pub ends_file: bool,
}
