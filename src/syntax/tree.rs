//! A parsed file: its text and its nodes in preorder.

use super::kind::Field;
use super::kind::Kind;
use super::kind::Operator;

/// One node. Its descendants follow it directly, up to `last`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub(super) kind: Kind,
    pub(super) field: Field,
    pub(super) operator: Operator,
    /// Byte offsets of its text.
    pub(super) start: u32,
    pub(super) end: u32,
    /// The index of its parent; of the root, its own.
    pub(super) parent: u32,
    /// The index after its last descendant.
    pub(super) last: u32,
    /// Whether the parser found an error in it or below it.
    pub(super) broken: bool,
}

/// A source file as nodes. Comments and punctuation are left out; the operator of an expression is a property of its node.
#[derive(Debug)]
pub(crate) struct Tree {
    path: String,
    text: String,
    line_starts: Vec<u32>,
    pub(super) entries: Vec<Entry>,
}

impl Tree {
    pub(super) fn new(path: String, text: String, entries: Vec<Entry>) -> Self {
        let after_line_end = |(at, _): (usize, _)| u32::try_from(at + 1).unwrap_or(u32::MAX);
        let line_starts = std::iter::once(0).chain(text.match_indices('\n').map(after_line_end)).collect();
        Tree { path, text, line_starts, entries }
    }

    /// The path of the file, as it is shown.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// The text of the whole file.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The line of a byte offset, from 1.
    pub(crate) fn line_of(&self, offset: u32) -> u32 {
        u32::try_from(self.line_starts.partition_point(|start| *start <= offset)).unwrap_or(u32::MAX)
    }

    /// The text of a line, from 1, without its end; empty if there is no such line.
    pub(crate) fn line_text(&self, line: u32) -> &str {
        let Some(index) = (line as usize).checked_sub(1) else { return "" };
        let Some(start) = self.line_starts.get(index) else { return "" };
        self.text.get(*start as usize..).and_then(|rest| rest.lines().next()).unwrap_or("")
    }
}
