//! The last snapshot as a pprof profile, for `go tool pprof` and what else reads its form. What the report says of a stack is in labels, so
//! that `-tagfocus` and `-tagroot` group by it.

use std::collections::HashMap;
use std::io;

use flate2::Compression;
use flate2::write::GzEncoder;
use foldhash::fast::RandomState;

use crate::report::FrameLine;
use crate::report::GroupLine;
use crate::report::Report;

use super::values::Values;

/// Writes the profile, compressed as Go does it.
pub(super) fn render(report: &Report, values: Values, out: &mut dyn io::Write) -> io::Result<()> {
    let mut packed = GzEncoder::new(out, Compression::default());
    io::Write::write_all(&mut packed, &profile(report, values))?;
    packed.finish().map(|_| ())
}

/// The message `Profile` of `proto/profile.proto`.
fn profile(report: &Report, values: Values) -> Vec<u8> {
    let mut tables = Tables::default();
    // The first string is empty.
    tables.string("");
    let mut out = Message::default();
    let (goroutine, count) = (tables.string("goroutine"), tables.string("count"));
    let unit = Message::default().number(1, goroutine).number(2, count);
    out = out.message(1, &unit);
    for group in report.groups.iter().filter(|it| values.of(it) > 0) {
        let sample = sample(group, values, &mut tables);
        out = out.message(2, &sample);
    }
    let program = tables.string(report.program.as_deref().unwrap_or("unknown"));
    let mut mapping = Message::default().number(1, MAPPING).number(5, program);
    for flag in HAS_FUNCTIONS..=HAS_INLINE_FRAMES {
        mapping = mapping.number(flag, 1);
    }
    out = out.message(3, &mapping);
    let comment = tables.string(concat!("made by leakscope ", env!("CARGO_PKG_VERSION")));
    let last = report.snapshots.last();
    let time = last.and_then(|it| it.taken_at).and_then(|nanos| u64::try_from(nanos).ok()).unwrap_or(0);
    let Tables { locations, functions, strings, .. } = tables;
    for message in [locations, functions] {
        out.0.extend_from_slice(&message.0);
    }
    for text in &strings {
        out = out.bytes(6, text.as_bytes());
    }
    out.number(9, time).message(11, &unit).number(12, 1).number(13, comment).0
}

/// The ID of the one mapping.
const MAPPING: u64 = 1;
/// The flags of a mapping that say that nothing has to be looked up in the program: `has_functions` to `has_inline_frames`.
const HAS_FUNCTIONS: u64 = 7;
const HAS_INLINE_FRAMES: u64 = 10;

/// The message `Sample` of a group: its stack, its value, and its labels.
fn sample(group: &GroupLine, values: Values, tables: &mut Tables) -> Message {
    let mut sample = Message::default();
    for frame in &group.stack {
        sample = sample.number(1, tables.location(frame));
    }
    sample = sample.number(2, u64::try_from(values.of(group)).unwrap_or(u64::MAX));
    let by =
        group.key.iter().filter_map(|(key, value)| Some((key.strip_prefix("label:")?, value.as_deref()?)));
    let own = group.labels.iter().map(|(key, value)| (key.as_str(), value.as_str()));
    // A label by which goroutines are grouped is among those that all of them have, too.
    let own = own.filter(|(key, _)| !by.clone().any(|(it, _)| it == *key));
    let growth = group.growth.as_ref().map(|it| ("leakscope.growth", it.verdict.as_str()));
    let blocked_on = group.blocked_on.map(|(it, _)| ("leakscope.blocked_on", it.as_str()));
    let spawn = group.spawn_site.as_ref().map(|(it, _)| ("leakscope.spawn", it.function.as_str()));
    for (key, value) in own.chain(by.clone()).chain(growth).chain(blocked_on).chain(spawn) {
        let label = Message::default().number(1, tables.string(key)).number(2, tables.string(value));
        sample = sample.message(3, &label);
    }
    if group.growth.is_some() {
        let label = Message::default().number(1, tables.string("leakscope.gain"));
        // A negative number as a protobuf int64.
        let gain = i64::try_from(group.gain).unwrap_or(i64::MAX) as u64;
        sample = sample.message(3, &label.number(3, gain).number(4, tables.string("count")));
    }
    sample
}

/// What samples refer to by ID, each once.
#[derive(Default)]
struct Tables {
    strings: Vec<String>,
    string_ids: HashMap<String, u64, RandomState>,
    function_ids: HashMap<(u64, u64), u64, RandomState>,
    location_ids: HashMap<(u64, u32), u64, RandomState>,
    functions: Message,
    locations: Message,
}

impl Tables {
    fn string(&mut self, text: &str) -> u64 {
        if let Some(id) = self.string_ids.get(text) {
            return *id;
        }
        let id = self.strings.len() as u64;
        self.strings.push(text.to_owned());
        self.string_ids.insert(text.to_owned(), id);
        id
    }

    fn function(&mut self, frame: &FrameLine) -> u64 {
        let (name, file) = (self.string(&frame.function), self.string(&frame.file));
        let next = self.function_ids.len() as u64 + 1;
        let id = *self.function_ids.entry((name, file)).or_insert(next);
        if id == next {
            let function = Message::default().number(1, id).number(2, name).number(3, name).number(4, file);
            self.functions.push(5, &function);
        }
        id
    }

    fn location(&mut self, frame: &FrameLine) -> u64 {
        let function = self.function(frame);
        let next = self.location_ids.len() as u64 + 1;
        let id = *self.location_ids.entry((function, frame.line)).or_insert(next);
        if id == next {
            let line = Message::default().number(1, function).number(2, u64::from(frame.line));
            let location = Message::default().number(1, id).number(2, MAPPING).message(4, &line);
            self.locations.push(4, &location);
        }
        id
    }
}

/// A protobuf message that is being written.
#[derive(Default)]
struct Message(Vec<u8>);

impl Message {
    /// With a field of a number; 0 is what an absent field means.
    fn number(mut self, field: u64, value: u64) -> Self {
        if value != 0 {
            self.varint(field << 3);
            self.varint(value);
        }
        self
    }

    /// With a field of bytes or text.
    fn bytes(mut self, field: u64, bytes: &[u8]) -> Self {
        self.varint(field << 3 | 2);
        self.varint(bytes.len() as u64);
        self.0.extend_from_slice(bytes);
        self
    }

    fn message(self, field: u64, message: &Message) -> Self {
        self.bytes(field, &message.0)
    }

    fn push(&mut self, field: u64, message: &Message) {
        *self = std::mem::take(self).message(field, message);
    }

    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }
}
