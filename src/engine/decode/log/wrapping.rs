//! Finds what a log writes before and after each line.

use super::evidence;
use super::pattern::Match;
use super::pattern::Pattern;
use super::time;
use crate::decode::text::first_line;
use crate::decode::text::raw_lines;

/// The number of lines below a header among which its frames are.
const REACH: usize = 64;

/// The number of headers of which no prefix is found, after which no more are looked at.
const MAX_FAILURES: usize = 256;

/// The maximum number of different prefixes.
const MAX_PATTERNS: usize = 256;

/// What is before and after the lines of a dump.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Wrapping {
    pub(super) pattern: Pattern,
    pub(super) suffix: Suffix,
}

/// What follows each line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Suffix {
    /// A closing quote, the border of a table; or nothing.
    Text(String),
    /// Further columns of a table, each after a tab.
    Columns(usize),
}

impl Suffix {
    fn of(text: &str) -> Self {
        match text.matches('\t').count() {
            0 => Suffix::Text(text.to_owned()),
            columns => Suffix::Columns(columns),
        }
    }

    pub(super) fn is_quote(&self) -> bool {
        matches!(self, Suffix::Text(text) if text.starts_with('"'))
    }

    fn none() -> Self {
        Suffix::Text(String::new())
    }

    /// The line before it; `None` if the line has none.
    fn cut<'t>(&self, line: &'t str) -> Option<&'t str> {
        match self {
            Suffix::Text(text) => line.strip_suffix(&**text),
            Suffix::Columns(columns) => line.rsplitn(columns + 1, '\t').nth(*columns),
        }
    }
}

impl Wrapping {
    pub(super) fn unwrap<'t>(&self, line: &'t str) -> Option<Match<'t>> {
        let mut found = self.pattern.matches(line)?;
        if self.suffix != Suffix::none() {
            found.rest = self.suffix.cut(found.rest).unwrap_or(found.rest).trim_end_matches(' ');
        }
        Some(found)
    }
}

/// The wrappings of the lines of a dump; those that say more come first.
pub(super) fn find(text: &str) -> Vec<Wrapping> {
    let hides_record = |line: &str| {
        let prefix = evidence::header_at(line).and_then(|at| line.get(..at));
        // A quote may belong to a record, and a line of CRI may go on in the next: further layers know.
        prefix.is_some_and(|prefix| prefix.contains('"') || before_stream(prefix).len() < prefix.len())
    };
    let outer = if lines_of(text).any(hides_record) { of_most_lines(text, 80) } else { None };
    let mut found = outer.map_or_else(|| of_headers(text), |outer| vec![outer]);
    if found.is_empty() {
        found.extend(of_frames(text));
    }
    if found.is_empty() {
        found.extend(of_most_lines(text, 80));
    }
    found.sort_by_key(|it| std::cmp::Reverse(it.pattern.len()));
    found
}

/// A prefix up to the time and the stream of CRI (`2026-11-29T20:00:00Z stderr F `), if it has them inside.
fn before_stream(prefix: &str) -> &str {
    for stream in [" stderr ", " stdout "] {
        let Some(before) = prefix.find(stream).and_then(|at| prefix.get(..at)) else { continue };
        let starts = before.char_indices().map(|(at, _)| at).filter(|at| *at > 0);
        let mut outer = starts.filter_map(|at| before.split_at_checked(at));
        if let Some((outer, _)) = outer.find(|(_, rest)| time::length(rest) == Some(rest.len())) {
            return outer;
        }
    }
    prefix
}

/// The wrappings of the headers that the lines below them share.
fn of_headers(text: &str) -> Vec<Wrapping> {
    let mut found: Vec<Wrapping> = Vec::new();
    let (mut failures, mut rest) = (0, text);
    while let Some((line, below)) = first_line(rest) {
        rest = below;
        if failures >= MAX_FAILURES || found.len() >= MAX_PATTERNS {
            break;
        }
        let Some(header) = evidence::header_at(line) else { continue };
        let (prefix, header) = line.split_at_checked(header).unwrap_or(("", line));
        let is_known =
            |it: &Wrapping| it.unwrap(line).is_some_and(|it| evidence::header_at(it.rest) == Some(0));
        if prefix.trim().is_empty() || found.iter().any(is_known) {
            continue;
        }
        match of_header(prefix, evidence::after_header(header).trim_end(), below) {
            Some(wrapping) if found.contains(&wrapping) => {}
            Some(wrapping) => found.push(wrapping),
            None => failures += 1,
        }
    }
    found
}

/// The longest start of a prefix that also a frame below the header has.
fn of_header(prefix: &str, suffix: &str, below: &str) -> Option<Wrapping> {
    let whole = Pattern::of(prefix);
    for len in (1..=whole.len()).rev() {
        let Some(pattern) = whole.cut(len) else { continue };
        for suffix in [suffix, ""] {
            let wrapping = Wrapping { pattern: pattern.clone(), suffix: Suffix::of(suffix) };
            let has_frame = |line: &str| {
                let ends = wrapping.suffix.cut(line.trim_end()).is_some();
                let is_frame = |it: Match<'_>| evidence::is_frame(it.rest.trim_matches('"'));
                ends && wrapping.unwrap(line).is_some_and(is_frame)
            };
            if lines_of(below).take(REACH).any(has_frame) {
                return Some(wrapping);
            }
            if suffix.is_empty() {
                break;
            }
        }
    }
    None
}

/// The prefix of a piece of a dump without a header: what a call and the position in the next line share.
fn of_frames(text: &str) -> Option<Wrapping> {
    let pairs = lines_of(text).zip(lines_of(text).skip(1));
    let has_position = |line: &str| line.contains(".go:") || line.contains(".s:");
    for (call, position) in pairs.filter(|(_, line)| has_position(line)).take(MAX_FAILURES) {
        let whole = Pattern::of(call.get(..call.floor_char_boundary(300)).unwrap_or(call));
        for len in (1..=whole.len()).rev() {
            let Some(pattern) = whole.cut(len) else { continue };
            let rest_of = |line| pattern.matches(line).map(|it: Match<'_>| it.rest.trim());
            if rest_of(call).is_some_and(evidence::is_call)
                && rest_of(position).is_some_and(evidence::is_location)
            {
                return Some(Wrapping { pattern, suffix: Suffix::none() });
            }
        }
    }
    None
}

/// The prefix of at least these percent of the lines, whatever follows it.
pub(super) fn of_most_lines(text: &str, percent: usize) -> Option<Wrapping> {
    let (at, prefix, after) = lines_of(text).enumerate().find_map(|(at, line)| {
        let (prefix, header) = line.split_at_checked(evidence::header_at(line)?)?;
        (!prefix.trim().is_empty()).then(|| (at, prefix, evidence::after_header(header).trim_end()))
    })?;
    let suffix = Some(Suffix::of(after)).filter(|it| matches!(it, Suffix::Columns(_)));
    let near = lines_of(text).skip(at.saturating_sub(REACH)).take(3 * REACH);
    let near: Vec<&str> = near.filter(|line| !line.trim().is_empty()).collect();
    // A record is no part of a prefix.
    let whole = Pattern::of(before_stream(prefix).split('{').next().unwrap_or(""));
    let mut found: Option<Pattern> = None;
    for len in (1..=whole.len()).rev() {
        let Some(mut pattern) = whole.cut(len).filter(|it| it.ends_column() && !it.is_in_quotes()) else {
            continue;
        };
        let rests_of = |pattern: &Pattern| -> Vec<&str> {
            near.iter().filter_map(|line| Some(pattern.matches(line)?.rest)).collect()
        };
        let mut rests = rests_of(&pattern);
        // The header may be indented.
        let one_blank = pattern.with_one_blank();
        let more = rests_of(&one_blank);
        if more.len() > rests.len() {
            (pattern, rests) = (one_blank, more);
        }
        let is_of_most = near.len() >= 3 && rests.len() * 100 >= near.len() * percent;
        // In a table of CSV a longer prefix misses the lines that are quoted.
        let has_quoted = pattern.ends_in(',') && rests.iter().any(|rest| rest.starts_with('"'));
        if is_of_most && (found.is_none() || has_quoted) {
            found = Some(pattern);
        }
    }
    let suffix = suffix.unwrap_or_else(Suffix::none);
    found.map(|pattern| Wrapping { pattern, suffix })
}

/// The lines without their ends, of whatever carriage returns they are.
fn lines_of(text: &str) -> impl Iterator<Item = &str> {
    raw_lines(text).map(|line| line.trim_end_matches('\r'))
}
