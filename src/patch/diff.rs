//! The lines that edits change, and a unified diff of them that `git apply` and `patch -p1` take.

use std::fmt::Write as _;

use crate::diagnose::ChangedLines;
use crate::diagnose::SourceEdit;
use crate::sort;

use super::edit::edited;

/// Lines that a hunk shows before and after what changes.
const CONTEXT: usize = 3;

/// Lines of the old text that become other lines.
struct Change {
    /// The first old line, from 0, and the one after the last.
    from: usize,
    to: usize,
    new: Vec<String>,
}

/// The diff of one file; `None` if the edits overlap, are not in the text or change nothing. Paths with control characters, quotes or
/// backslashes have no diff: Git and patch read them differently.
pub(super) fn unified(path: &str, text: &str, edits: &[&SourceEdit]) -> Option<String> {
    if path.chars().any(|it| it.is_control() || matches!(it, '"' | '\\')) {
        return None;
    }
    let old: Vec<&str> = text.split_inclusive('\n').collect();
    let changes = changes(text, &old, edits)?;
    // A path with a space ends at a tab.
    let end = if path.contains(' ') { "\t" } else { "" };
    let mut diff = format!("--- a/{path}{end}\n+++ b/{path}{end}\n");
    let mut added = 0;
    let mut rest = changes.as_slice();
    while let Some(first) = rest.first() {
        let near = rest.windows(2).take_while(|pair| match pair {
            [before, after] => after.from - before.to <= 2 * CONTEXT,
            _ => false,
        });
        let (hunk, later) = rest.split_at(near.count() + 1);
        rest = later;
        let last = hunk.last().unwrap_or(first);
        added += write_hunk(&mut diff, &old, hunk, first.from, last.to, added);
    }
    Some(diff)
}

/// The lines of one file that change; `None` as for [`unified`].
pub(super) fn changed_lines(path: &str, text: &str, edits: &[&SourceEdit]) -> Option<Vec<ChangedLines>> {
    let old: Vec<&str> = text.split_inclusive('\n').collect();
    let number = |lines: usize| u32::try_from(lines).unwrap_or(u32::MAX);
    let shown = |it: Change| ChangedLines {
        file: path.to_owned(),
        line: number(it.from + 1),
        gone: number(it.to - it.from),
        text: it.new.concat(),
        next: old.get(it.to).map(|it| (*it).to_owned()),
        ends_file: it.to > it.from && old.get(it.to - 1).is_some_and(|it| !it.ends_with('\n')),
    };
    Some(changes(text, &old, edits)?.into_iter().map(shown).collect())
}

/// The changes of the edits, in order, without lines that stay.
fn changes(text: &str, old: &[&str], edits: &[&SourceEdit]) -> Option<Vec<Change>> {
    let starts: Vec<usize> = old
        .iter()
        .scan(0, |at, line| {
            let start = *at;
            *at += line.len();
            Some(start)
        })
        .collect();
    let line_of = |at: usize| starts.partition_point(|it| *it <= at).saturating_sub(1);
    let mut sorted = edits.to_vec();
    sort::by_key(&mut sorted, |it| (it.start, it.end));
    // Lines that edits touch; edits of the same or the next line belong together.
    let mut touched: Vec<(usize, usize, Vec<&SourceEdit>)> = Vec::new();
    for edit in sorted {
        let (from, to) = (line_of(edit.start), line_of(edit.end) + 1);
        match touched.last_mut() {
            Some((_, end, all)) if from <= *end => {
                *end = to.max(*end);
                all.push(edit);
            }
            _ => touched.push((from, to, vec![edit])),
        }
    }
    let mut changes = Vec::new();
    for (mut from, mut to, edits) in touched {
        let start = *starts.get(from)?;
        let end = starts.get(to).copied().unwrap_or(text.len());
        let inside: Vec<SourceEdit> = edits
            .iter()
            .map(|it| {
                Some(SourceEdit { start: it.start - start, end: it.end.checked_sub(start)?, ..(*it).clone() })
            })
            .collect::<Option<_>>()?;
        let new = edited(text.get(start..end)?, &inside.iter().collect::<Vec<_>>())?;
        let mut new: Vec<String> = new.split_inclusive('\n').map(str::to_owned).collect();
        while new.last().is_some_and(|it| to > from && old.get(to - 1) == Some(&it.as_str())) {
            new.pop();
            to -= 1;
        }
        let same = new.iter().zip(old.get(from..to)?).take_while(|(new, old)| new == *old).count();
        new.drain(..same);
        from += same;
        if from < to || !new.is_empty() {
            changes.push(Change { from, to, new });
        }
    }
    (!changes.is_empty()).then_some(changes)
}

/// Writes one hunk, and returns how many lines it adds.
fn write_hunk(diff: &mut String, old: &[&str], hunk: &[Change], from: usize, to: usize, added: i64) -> i64 {
    let start = from.saturating_sub(CONTEXT);
    let end = (to + CONTEXT).min(old.len());
    let grows: i64 = hunk.iter().map(|it| it.new.len() as i64 - (it.to - it.from) as i64).sum();
    let (length, new_length) = (end - start, (end - start) as i64 + grows);
    let first = |length: i64, start: i64| if length == 0 { start } else { start + 1 };
    writeln!(
        diff,
        "@@ -{},{length} +{},{new_length} @@",
        first(length as i64, start as i64),
        first(new_length, start as i64 + added)
    )
    .expect("writes to a string");
    let mut line = |mark: char, text: &str| {
        diff.push(mark);
        diff.push_str(text);
        if !text.ends_with('\n') {
            diff.push_str("\n\\ No newline at end of file\n");
        }
    };
    let mut at = start;
    for change in hunk {
        for kept in old.get(at..change.from).unwrap_or_default() {
            line(' ', kept);
        }
        for gone in old.get(change.from..change.to).unwrap_or_default() {
            line('-', gone);
        }
        for new in &change.new {
            line('+', new);
        }
        at = change.to;
    }
    for kept in old.get(at..end).unwrap_or_default() {
        line(' ', kept);
    }
    grows
}
