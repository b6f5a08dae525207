//! Edits of one file that keep the shape that gofmt gives it: indentation, line ends, and comments at the end of lines.

use super::refusal::Refusal;
use crate::diagnose::SourceEdit;
use crate::sort;
use crate::syntax::Tree;

/// Edits while they are collected.
#[derive(Clone, Debug, Default)]
pub(super) struct Edits {
    pub(super) list: Vec<SourceEdit>,
}

impl Edits {
    /// Replaces bytes of one line. A comment at its end stays where it is, if gofmt aligns it with others.
    pub(super) fn replace_range(
        &mut self,
        tree: &Tree,
        start: usize,
        end: usize,
        text: &str,
    ) -> Result<(), Refusal> {
        let all = tree.text();
        let line = line_at(all, end);
        if line.start > start || text.contains('\n') {
            return Err(Refusal::Shape { line: number_of(tree, start) });
        }
        self.push(tree, start, end, text);
        let Some(comment) = comment_in(all, line).filter(|_| is_aligned(all, line)) else { return Ok(()) };
        let code = all.get(line.start..comment).unwrap_or("");
        let spaces = code.len() - code.trim_end_matches(' ').len();
        let grown = text.len() as i64 - (end - start) as i64;
        // The longest line of those that are aligned has one space, and moves all others.
        let is_widest = spaces <= 1;
        if spaces as i64 - grown < 1 || is_widest {
            return Err(Refusal::Comments { line: number_of(tree, start) });
        }
        match usize::try_from(grown) {
            Ok(grown) => self.push(tree, comment - grown, comment, ""),
            Err(_) => self.push(tree, comment, comment, &" ".repeat(grown.unsigned_abs() as usize)),
        }
        Ok(())
    }

    pub(super) fn push(&mut self, tree: &Tree, start: usize, end: usize, text: &str) {
        let edit = SourceEdit { file: tree.path().to_owned(), start, end, text: text.to_owned() };
        if !self.list.contains(&edit) {
            self.list.push(edit);
        }
    }
}

/// A line of a text, as byte offsets.
#[derive(Clone, Copy)]
pub(super) struct Line {
    pub(super) start: usize,
    /// After its last byte that belongs to no line end.
    pub(super) code_end: usize,
    /// Where its line feed is, or the end of the text.
    pub(super) end: usize,
}

pub(super) fn line_at(text: &str, at: usize) -> Line {
    let start = text.get(..at).and_then(|it| it.rfind('\n')).map_or(0, |it| it + 1);
    let end = text.get(at..).and_then(|it| it.find('\n')).map_or(text.len(), |it| at + it);
    let is_crlf = end > start && text.as_bytes().get(end - 1) == Some(&b'\r');
    Line { start, code_end: if is_crlf { end - 1 } else { end }, end }
}

pub(super) fn number_of(tree: &Tree, at: usize) -> u32 {
    tree.line_of(u32::try_from(at).unwrap_or(u32::MAX))
}

/// Where the comment at the end of a line begins, if code is before it. A `//` in a string is taken for one, which only makes edits
/// more careful.
pub(super) fn comment_in(text: &str, line: Line) -> Option<usize> {
    let code = text.get(line.start..line.code_end)?;
    let at = code.find("//")?;
    (!code.get(..at)?.trim().is_empty()).then_some(line.start + at)
}

/// Whether gofmt aligns the comment at the end of a line with those of its neighbours.
pub(super) fn is_aligned(text: &str, line: Line) -> bool {
    let before = line.start.checked_sub(1).map(|it| line_at(text, it));
    let after = (line.end < text.len()).then(|| line_at(text, line.end + 1));
    [before, after].into_iter().flatten().any(|it| comment_in(text, it).is_some())
}

/// A text with edits; `None` if they overlap or are not in it.
pub(super) fn edited(text: &str, edits: &[&SourceEdit]) -> Option<String> {
    let mut sorted = edits.to_vec();
    sort::by_key(&mut sorted, |it| (it.start, it.end));
    let mut new = String::with_capacity(text.len());
    let mut at = 0;
    for edit in sorted {
        new.push_str(text.get(at..edit.start)?);
        new.push_str(&edit.text);
        at = edit.end;
        text.get(edit.start..edit.end)?;
    }
    new.push_str(text.get(at..)?);
    Some(new)
}

/// How far a line of a text moves down by edits. `line` is from 1.
pub(super) fn moved_by(text: &str, edits: &[&SourceEdit], line: u32) -> i64 {
    let before = (line as usize).saturating_sub(1);
    let start = text.split_inclusive('\n').take(before).map(str::len).sum::<usize>();
    let feeds = |text: &str| text.bytes().filter(|it| *it == b'\n').count() as i64;
    let is_before = |it: &&&SourceEdit| it.end <= start && (it.start < start || it.text.ends_with('\n'));
    let ended = edits.iter().filter(is_before);
    ended.map(|it| feeds(&it.text) - feeds(text.get(it.start..it.end).unwrap_or(""))).sum()
}
