//! What a layer gives: the lines of each source.

use crate::decode::lines::Lines;

/// The lines of one source of a log: of a pod, of a process, of a package.
#[derive(Clone, Debug)]
pub(crate) struct Part<'a> {
    /// The part of the prefix or of the record that names it; empty if nothing does.
    pub(crate) source: String,
    pub(crate) lines: Lines<'a>,
    /// Remarks on the layers that were removed.
    pub(crate) notes: Vec<&'static str>,
}

impl<'a> Part<'a> {
    pub(crate) fn new(source: impl Into<String>, lines: Lines<'a>) -> Self {
        Part { source: source.into(), lines, notes: Vec::new() }
    }

    pub(crate) fn with_note(mut self, note: &'static str) -> Self {
        self.notes.push(note);
        self
    }
}
