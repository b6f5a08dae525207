//! A prefix before each line: of a log, of `kubectl logs --prefix`, of a quotation. No list of formats is needed: what
//! is before a header is a prefix if the frames below it have the same.

use std::borrow::Cow;
use std::collections::HashMap;
use std::collections::HashSet;

use foldhash::fast::RandomState;

use super::escapes;
use super::evidence;
use super::part::Part;
use super::pattern::Match;
use super::words;
use super::wrapping;
use super::wrapping::Wrapping;
use crate::decode::lines::Builder;
use crate::decode::lines::Lines;

/// Removes the prefixes. The lines of each source become a part; those without a known prefix are kept where they are in
/// a quotation, and are a part of their own in a log.
pub(super) fn unwrap(lines: &Lines<'_>) -> Option<Vec<Part<'static>>> {
    let wrappings = wrapping::find(lines.text());
    (!wrappings.is_empty()).then(|| parts(lines, &wrappings))
}

/// Removes the prefix that all lines have, whatever is inside of it.
pub(super) fn unwrap_common(lines: &Lines<'_>) -> Option<Vec<Part<'static>>> {
    // A spelled colour is no prefix.
    if lines.iter().any(|(_, line)| line.starts_with("#0")) {
        return None;
    }
    let common = wrapping::of_most_lines(lines.text(), 95).filter(|it| it.pattern.is_of_a_log())?;
    Some(parts(lines, &[common]))
}

/// A line with a known prefix.
struct Found<'t> {
    /// The index of its wrapping.
    at: usize,
    line: Match<'t>,
}

/// The maximum number of prefixes that are looked for inside of a line.
const MAX_INNER: usize = 4;

/// Finds the prefix of a line, which starts with that of the line before more often than not. A header or the cause of death
/// may have a further prefix: that of the only line of the outer log.
fn find<'t>(line: &'t str, wrappings: &[Wrapping], last: usize) -> Option<Found<'t>> {
    let order = || std::iter::once(last).chain((0..wrappings.len()).filter(|at| *at != last));
    let unwrapped = |text| order().find_map(|at| Some(Found { at, line: wrappings.get(at)?.unwrap(text)? }));
    if let Some(found) = unwrapped(line) {
        return Some(found);
    }
    // Many prefixes are those of many sources, and not of a log inside of a log.
    if wrappings.len() > MAX_INNER {
        return None;
    }
    let start = |line: &str| evidence::header_at(line).or_else(|| words::cause_at(line));
    let before = start(line).filter(|at| *at > 0).and_then(|at| line.get(..at))?;
    let edges = before.match_indices([' ', '"', '\'', '`', '>', '[', ',']).take(64);
    let mut starts = edges.flat_map(|(at, _)| [line.get(at + 1..), line.get(at..)]).flatten();
    starts.find_map(|rest| unwrapped(rest).filter(|found| start(found.line.rest) == Some(0)))
}

/// The values of a word of a prefix, over the lines of dumps.
#[derive(Default)]
struct Values<'t> {
    seen: HashSet<&'t str, RandomState>,
    lines: usize,
    /// Whether they never fall and are numbers, and change inside a goroutine.
    last: Option<u64>,
    falls: bool,
    starts_inside: bool,
}

/// More values than these name no sources.
const MAX_SOURCES: usize = 256;

impl<'t> Values<'t> {
    fn add(&mut self, value: &'t str, is_header: bool) {
        let number = value.parse().ok();
        self.falls |= number.is_none() || number < self.last;
        self.last = number;
        self.lines += 1;
        if self.seen.len() <= MAX_SOURCES && self.seen.insert(value) && !is_header && self.lines > 1 {
            self.starts_inside = true;
        }
    }

    /// Whether the values name sources. Numbers of lines and of seconds do not: they have few lines each, or grow inside
    /// a goroutine.
    fn names_sources(&self) -> bool {
        let counts = !self.falls && self.starts_inside;
        self.seen.len() <= MAX_SOURCES && self.seen.len() * 3 <= self.lines.max(3) && !counts
    }
}

fn parts(lines: &Lines<'_>, wrappings: &[Wrapping]) -> Vec<Part<'static>> {
    let mut last = 0;
    // Over the lines of dumps, and over all lines if further layers hide the dumps.
    let mut values: HashMap<(usize, usize), Values<'_>, RandomState> = HashMap::default();
    let mut others: HashMap<(usize, usize), Values<'_>, RandomState> = HashMap::default();
    for (_, line) in lines.iter() {
        let Some(Found { at, line }) = find(line, wrappings, last) else { continue };
        last = at;
        let is_header = evidence::header_at(line.rest).is_some();
        let is_of_dump = is_header || evidence::is_frame(line.rest);
        for (word, value) in line.words.into_iter().enumerate() {
            let values = if is_of_dump { &mut values } else { &mut others };
            values.entry((at, word)).or_default().add(value, is_header);
        }
    }
    let in_log = wrappings.iter().any(|it| it.pattern.is_of_a_log());
    let mut parts: Vec<(String, Builder)> = Vec::new();
    let mut index: HashMap<String, usize, RandomState> = HashMap::default();
    let mut last_place = 0;
    for (number, line) in lines.iter() {
        let found = find(line, wrappings, last);
        let mut source = String::new();
        let mut rest = Cow::Borrowed(line);
        if let Some(Found { at, line }) = found
            && let Some(wrapping) = wrappings.get(at)
        {
            last = at;
            if in_log {
                let named = |word| {
                    let values =
                        values.get(&(at, word)).filter(|it| it.lines > 2).or(others.get(&(at, word)));
                    values.is_some_and(Values::names_sources)
                };
                source = wrapping.pattern.source(&line.words, named);
            }
            rest = plain(line.rest, wrapping);
        }
        let place = *index.entry(source).or_insert_with_key(|source| {
            parts.push((source.clone(), Builder::default()));
            parts.len() - 1
        });
        if let Some((_, part)) = parts.get_mut(place) {
            part.text(number, &rest);
        }
        last_place = place;
    }
    if let (Some((_, part)), false) = (parts.get_mut(last_place), lines.text().ends_with('\n')) {
        part.end_mid_line();
    }
    let note = "the lines are quoted; the marks before them were removed";
    let parts = parts.into_iter().map(|(source, lines)| Part::new(source, lines.finish()));
    parts.map(|part| if in_log { part } else { part.with_note(note) }).collect()
}

/// A line without the quotes around it, and without what they escape.
fn plain<'t>(rest: &'t str, wrapping: &Wrapping) -> Cow<'t, str> {
    // A table in CSV quotes the lines that have commas or quotes.
    let in_csv = if wrapping.pattern.ends_in(',') { rest.strip_prefix('"') } else { None };
    if let Some(inner) = in_csv.and_then(|rest| rest.strip_suffix('"')) {
        return escapes::single_quotes(inner);
    }
    let is_quoted = wrapping.pattern.ends_in('"') && wrapping.suffix.is_quote();
    if is_quoted { escapes::resolve(rest) } else { Cow::Borrowed(rest) }
}
