//! Logs of records with fields: which field has the text of the dump is decided by its content, and which fields name the
//! source by what they are called.

use std::borrow::Cow;
use std::collections::HashMap;
use std::collections::HashSet;

use foldhash::fast::RandomState;

use super::escapes;
use super::evidence;
use super::evidence::Headers;
use super::part::Part;
use super::pattern::Pattern;
use super::source_fields;
use crate::decode::lines::Builder;
use crate::decode::lines::Lines;
use crate::decode::text::lossless;

/// The number of a field's path in [`Paths`].
pub(super) type PathId = u32;

/// The paths of fields: `kubernetes.pod_name`, `events[].message`.
#[derive(Debug, Default)]
pub(super) struct Paths {
    ids: HashMap<Box<str>, PathId, RandomState>,
    names: Vec<Box<str>>,
}

/// Records with more different paths have keys that are data.
const MAX_PATHS: usize = 4096;

impl Paths {
    pub(super) fn id(&mut self, path: &str) -> Option<PathId> {
        if let Some(id) = self.ids.get(path) {
            return Some(*id);
        }
        let id = PathId::try_from(self.names.len()).ok().filter(|_| self.names.len() < MAX_PATHS)?;
        self.ids.insert(path.into(), id);
        self.names.push(path.into());
        Some(id)
    }

    pub(super) fn name(&self, id: PathId) -> &str {
        self.names.get(id as usize).map_or("", |name| name)
    }
}

/// The value of a field, as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Value<'t> {
    /// As it is.
    Plain(&'t str),
    /// With the escapes of JSON or of Go.
    Escaped(&'t str),
    /// With each quote written twice.
    Doubled(&'t str),
    /// The bytes of a text as numbers: `103,111`.
    Bytes(&'t str),
    /// What is before the record in its line.
    Prefix(&'t str),
}

impl<'t> Value<'t> {
    pub(super) fn text(self) -> Cow<'t, str> {
        match self {
            Value::Plain(text) => Cow::Borrowed(text),
            Value::Escaped(text) => escapes::resolve(text),
            Value::Doubled(text) => escapes::single_quotes(text),
            Value::Bytes(numbers) => {
                let bytes: Vec<u8> = numbers.split(',').filter_map(|it| it.trim().parse().ok()).collect();
                Cow::Owned(lossless(&bytes).into_owned())
            }
            Value::Prefix(text) if !names_source(text) => Cow::Borrowed(""),
            Value::Prefix(text) => {
                let pattern = Pattern::of(text);
                let words = pattern.matches(text).map(|it| it.words).unwrap_or_default();
                Cow::Owned(pattern.source(&words, |_| true))
            }
        }
    }
}

/// Whether what is before a record is of the log, and no message of the program.
fn names_source(prefix: &str) -> bool {
    let text = prefix.trim();
    text.ends_with(['|', ']', ':', '>', ')']) || text.split_whitespace().count() <= 3
}

/// A field of a record.
#[derive(Clone, Copy, Debug)]
pub(super) struct Field<'t> {
    pub(super) path: PathId,
    /// The index of its record in [`Entry::parents`].
    pub(super) record: usize,
    pub(super) value: Value<'t>,
}

/// A record of a log, and those inside of it.
#[derive(Debug, Default)]
pub(super) struct Entry<'t> {
    /// The record around each record. The first one is the outermost; the others are elements of arrays.
    pub(super) parents: Vec<usize>,
    pub(super) fields: Vec<Field<'t>>,
}

/// A piece of a log.
pub(super) enum Piece<'p, 't> {
    /// A line that is no record.
    Line(&'t str),
    Entry(&'p Entry<'t>),
    /// A line that may be a record: without the field that has the dump it is kept.
    LineOrEntry(&'t str, &'p Entry<'t>),
}

/// Receives the pieces of a log, each with the number of its line.
pub(super) type Sink<'s, 't> = &'s mut dyn FnMut(&Paths, u32, Piece<'_, 't>);

/// Finds the records of a log.
pub(super) type Scan = for<'t> fn(&'t Lines<'_>, &mut Paths, Sink<'_, 't>);

/// How much of a dump the values of a field have.
#[derive(Clone, Copy, Debug, Default)]
struct Score {
    headers: usize,
    calls: usize,
    positions: usize,
    /// Lines of dumps.
    lines: usize,
    /// Values that are a line with its end, and others.
    ended: usize,
    open: usize,
}

impl Score {
    fn of(text: &str) -> Self {
        let headers = Headers::of(text).total();
        let line = text.trim();
        let lines = match headers {
            0 => usize::from(evidence::is_frame(line)),
            _ => text.matches('\n').count() + text.matches("\\n").count() + 1,
        };
        let ended = usize::from(text.find('\n').is_some_and(|end| end + 1 == text.len()));
        Score {
            headers,
            calls: usize::from(lines > 0 && evidence::is_call(line)),
            positions: usize::from(lines > 0 && evidence::is_location(line)),
            lines,
            ended,
            open: 1 - ended,
        }
    }

    fn add(&mut self, other: Score) {
        self.headers += other.headers;
        self.calls += other.calls;
        self.positions += other.positions;
        self.lines += other.lines;
        self.ended += other.ended;
        self.open += other.open;
    }

    /// Whether the values of a field are pieces of a stream, in which a line may go on in the next value: Docker writes long
    /// lines so, in its field `log`.
    fn is_stream(self, path: &str) -> bool {
        (self.ended > 1 && self.ended >= self.open) || (self.ended > 0 && path == "log")
    }
}

/// More values than these name no sources.
const MAX_SOURCES: usize = 256;

/// The values of a field that may name the source, in the records of dumps.
#[derive(Debug, Default)]
struct Values {
    seen: HashSet<String, RandomState>,
    lines: usize,
}

impl Values {
    /// Whether several sources are named. A source has at least a goroutine, which has at least three lines.
    fn differ(&self) -> bool {
        (2..=MAX_SOURCES).contains(&self.seen.len()) && self.seen.len() * 3 <= self.lines
    }
}

/// Takes the dumps from the records of a log; `None` if no field has one.
pub(super) fn unwrap(lines: &Lines<'_>, scan: Scan) -> Option<Vec<Part<'static>>> {
    let mut paths = Paths::default();
    let mut scores: HashMap<PathId, Score, RandomState> = HashMap::default();
    let mut values: HashMap<PathId, Values, RandomState> = HashMap::default();
    scan(lines, &mut paths, &mut |paths, _, piece| {
        let (Piece::Entry(entry) | Piece::LineOrEntry(_, entry)) = piece else { return };
        let mut dump_lines = vec![0; entry.parents.len()];
        for field in &entry.fields {
            let score = Score::of(&field.value.text());
            scores.entry(field.path).or_default().add(score);
            if let Some(lines) = dump_lines.get_mut(field.record) {
                *lines = (*lines).max(score.lines);
            }
        }
        for field in entry.fields.iter().filter(|field| source_fields::is_source(paths.name(field.path))) {
            let inside = |record: usize| entry.is_inside(record, field.record);
            let lines: usize = dump_lines.iter().enumerate().filter(|it| inside(it.0)).map(|it| it.1).sum();
            let known = values.entry(field.path).or_default();
            if lines > 0 && known.seen.len() <= MAX_SOURCES {
                known.lines += lines;
                known.seen.insert(field.value.text().into_owned());
            }
        }
    });
    let any_header = scores.values().any(|score| score.headers > 0);
    let is_dump = |it: &Score| it.headers > 0 || (!any_header && it.calls > 0 && it.positions > 0);
    let mut texts: Vec<(PathId, Score)> = scores.into_iter().filter(|(_, score)| is_dump(score)).collect();
    texts.sort_by_key(|(path, score)| (std::cmp::Reverse((score.headers, score.lines)), *path));
    let mut sources: Vec<PathId> = values.iter().filter(|it| it.1.differ()).map(|it| *it.0).collect();
    sources.sort_unstable();
    if texts.is_empty() {
        return None;
    }
    let texts =
        texts.into_iter().map(|(path, score)| Text { path, is_stream: score.is_stream(paths.name(path)) });
    let mut out = Out { texts: texts.collect(), sources, parts: Vec::new(), index: HashMap::default() };
    scan(lines, &mut paths, &mut |_, number, piece| match piece {
        Piece::Entry(entry) => out.entry(number, entry),
        Piece::LineOrEntry(_, entry) if out.has_text(entry) => out.entry(number, entry),
        Piece::Line(line) | Piece::LineOrEntry(line, _) => {
            if let Some(part) = out.part(String::new()) {
                part.lines.line(number, line);
            }
        }
    });
    Some(out.parts.into_iter().map(OutPart::finish).collect())
}

impl Entry<'_> {
    /// Whether a record is another one, or inside of it.
    fn is_inside(&self, record: usize, outer: usize) -> bool {
        let mut at = record;
        while at > outer {
            at = self.parents.get(at).copied().unwrap_or(0);
        }
        at == outer
    }
}

/// A field with dumps.
#[derive(Clone, Copy)]
struct Text {
    path: PathId,
    is_stream: bool,
}

/// The parts that are written.
struct Out {
    /// The fields with dumps, those with most first.
    texts: Vec<Text>,
    /// The fields that name the source.
    sources: Vec<PathId>,
    parts: Vec<OutPart>,
    index: HashMap<String, usize, RandomState>,
}

#[derive(Default)]
struct OutPart {
    source: String,
    lines: Builder,
    /// Whether the last text ends inside a line.
    is_cut: bool,
}

impl OutPart {
    fn finish(mut self) -> Part<'static> {
        if self.is_cut {
            self.lines.end_mid_line();
        }
        Part::new(self.source, self.lines.finish())
    }
}

impl Out {
    fn part(&mut self, source: String) -> Option<&mut OutPart> {
        let Out { parts, index, .. } = self;
        let at = *index.entry(source).or_insert_with_key(|source| {
            parts.push(OutPart { source: source.clone(), ..OutPart::default() });
            parts.len() - 1
        });
        parts.get_mut(at)
    }

    fn has_text(&self, entry: &Entry<'_>) -> bool {
        entry.fields.iter().any(|field| self.texts.iter().any(|text| text.path == field.path))
    }

    fn entry(&mut self, number: u32, entry: &Entry<'_>) {
        for record in 0..entry.parents.len() {
            let Some((text, values)) = self.values(entry, record) else { continue };
            let source = self.source(entry, record);
            let Some(part) = self.part(source) else { continue };
            for value in values {
                // Loki's pairs of a time and a line.
                let is_time = value.len() >= 10 && value.bytes().all(|byte| byte.is_ascii_digit());
                if !is_time {
                    part.add(number, &value, text);
                }
            }
        }
    }

    /// The values of the first field that has lines of a dump in this record; without one, those of the first field.
    fn values<'t>(&self, entry: &Entry<'t>, record: usize) -> Option<(Text, Vec<Cow<'t, str>>)> {
        let of_text = |text: &Text| -> Vec<Cow<'t, str>> {
            let fields = entry.fields.iter().filter(|it| it.record == record && it.path == text.path);
            fields.map(|field| field.value.text()).collect()
        };
        let has_lines =
            |(_, values): &(Text, Vec<Cow<'t, str>>)| values.iter().any(|it| Score::of(it).lines > 0);
        let mut all =
            self.texts.iter().map(|text| (*text, of_text(text))).filter(|(_, values)| !values.is_empty());
        let first = all.next()?;
        if self.texts.len() == 1 || has_lines(&first) {
            return Some(first);
        }
        Some(all.find(has_lines).unwrap_or(first))
    }

    fn source(&self, entry: &Entry<'_>, record: usize) -> String {
        let mut name = String::new();
        for path in &self.sources {
            let around = |field: &&Field<'_>| field.path == *path && entry.is_inside(record, field.record);
            if let Some(field) = entry.fields.iter().rfind(around) {
                if !name.is_empty() {
                    name.push(' ');
                }
                name.push_str(&field.value.text());
            }
        }
        name
    }
}

impl OutPart {
    fn add(&mut self, number: u32, text: &str, field: Text) {
        if field.is_stream {
            return self.lines.piece(number, text);
        }
        let first = text.split('\n').next().unwrap_or("");
        if self.is_cut && goes_on(self.lines.last_line(), first) {
            self.lines.end_mid_line();
            self.lines.piece(number, text);
        } else {
            self.lines.text(number, text);
        }
        let last = text.rsplit('\n').next().unwrap_or("").trim();
        let is_whole =
            !text.contains('\n') || last.is_empty() || (evidence::is_frame(last) && !ends_in_position(last));
        self.is_cut = !is_whole;
        if text.contains('\n') && is_whole {
            self.lines.line(number, "");
        }
    }
}

/// Whether a line that a record cuts goes on in the next record.
fn goes_on(last: &str, first: &str) -> bool {
    let is_cut = !evidence::is_frame(last) || ends_in_position(last);
    let whole = format!("{last}{first}");
    is_cut && (evidence::is_frame(&whole) || evidence::header_at(&whole) == Some(0))
}

/// Whether a line is a position that may go on: Go writes an offset after the line number.
fn ends_in_position(line: &str) -> bool {
    evidence::is_location(line) && !line.contains(" +0x")
}
