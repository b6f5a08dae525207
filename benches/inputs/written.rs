//! Writes protobuf profiles as Go does.

use std::collections::HashMap;
use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;

/// A protobuf message that is being written.
#[derive(Default)]
struct Message(Vec<u8>);

impl Message {
    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }

    fn number(&mut self, field: u64, value: u64) {
        self.varint(field << 3);
        self.varint(value);
    }

    fn bytes(&mut self, field: u64, bytes: &[u8]) {
        self.varint(field << 3 | 2);
        self.varint(bytes.len() as u64);
        self.0.extend_from_slice(bytes);
    }

    fn packed(&mut self, field: u64, values: impl Iterator<Item = u64>) {
        let mut inner = Message::default();
        values.for_each(|value| inner.varint(value));
        self.bytes(field, &inner.0);
    }
}

/// A function: its name, its file, and the line where it begins.
pub(crate) type Function = (String, String, u64);

/// A profile that is written as Go writes it (`runtime/pprof/pprof.go`, `printCountProfile`; `proto.go`): each location and
/// function right before the first sample that has it, the values of a sample before its locations, strings last.
pub(crate) struct Profile<'f> {
    functions: &'f [Function],
    out: Message,
    strings: Strings,
    /// By function and line.
    locations: HashMap<(usize, u64), u64>,
    functions_written: HashMap<usize, u64>,
}

impl<'f> Profile<'f> {
    pub(crate) fn new(functions: &'f [Function]) -> Self {
        let mut profile = Profile {
            functions,
            out: Message::default(),
            strings: Strings::default(),
            locations: HashMap::new(),
            functions_written: HashMap::new(),
        };
        let mut goroutines = Message::default();
        goroutines.number(1, profile.strings.number("goroutine"));
        goroutines.number(2, profile.strings.number("count"));
        profile.out.bytes(11, &goroutines.0);
        profile.out.number(12, 1);
        profile.out.bytes(1, &goroutines.0);
        profile
    }

    /// Adds goroutines of one stack, leaf first: functions and lines.
    pub(crate) fn sample(&mut self, count: u64, stack: &[(usize, u64)], labels: &[(&str, &str)]) {
        let ids: Vec<u64> = stack.iter().map(|(function, line)| self.location(*function, *line)).collect();
        let mut sample = Message::default();
        sample.number(2, count);
        sample.packed(1, ids.into_iter());
        for (key, value) in labels {
            let mut label = Message::default();
            label.number(1, self.strings.number(key));
            label.number(2, self.strings.number(value));
            sample.bytes(3, &label.0);
        }
        self.out.bytes(2, &sample.0);
    }

    fn location(&mut self, function: usize, line: u64) -> u64 {
        if let Some(known) = self.locations.get(&(function, line)) {
            return *known;
        }
        let (functions_len, id) = (self.functions_written.len() as u64, self.locations.len() as u64 + 1);
        let function_id = *self.functions_written.entry(function).or_insert(functions_len + 1);
        let mut line_of = Message::default();
        line_of.number(1, function_id);
        line_of.number(2, line);
        let mut location = Message::default();
        location.number(1, id);
        location.number(3, 0x40_0000 + (function as u64) * 0x340 + line);
        location.bytes(4, &line_of.0);
        location.number(2, 1);
        self.out.bytes(4, &location.0);
        if function_id > functions_len {
            let (name, file, start) = &self.functions[function];
            let name = self.strings.number(name);
            let mut function = Message::default();
            function.number(1, function_id);
            function.number(2, name);
            function.number(3, name);
            function.number(4, self.strings.number(file));
            function.number(5, *start);
            self.out.bytes(5, &function.0);
        }
        self.locations.insert((function, line), id);
        id
    }

    /// The whole, with the time when it was taken, in seconds after a fixed one.
    pub(crate) fn finish(mut self, seconds: u64) -> Vec<u8> {
        self.out.number(9, (1_790_000_000 + seconds) * 1_000_000_000);
        let mut mapping = Message::default();
        mapping.number(1, 1);
        mapping.number(2, 0x40_0000);
        mapping.number(3, 0x5e_e000);
        mapping.number(5, self.strings.number("/srv/app"));
        mapping.number(6, self.strings.number("1be5983d2fc8059acc513b0b09fc58c81937c395"));
        mapping.number(7, 1);
        self.out.bytes(3, &mapping.0);
        for text in &self.strings.0 {
            self.out.bytes(6, text.as_bytes());
        }
        self.out.0
    }
}

/// The string table; the empty string is first.
struct Strings(Vec<String>, HashMap<String, u64>);

impl Default for Strings {
    fn default() -> Self {
        Strings(vec![String::new()], HashMap::new())
    }
}

impl Strings {
    fn number(&mut self, text: &str) -> u64 {
        if let Some(known) = self.1.get(text) {
            return *known;
        }
        let number = self.0.len() as u64;
        self.0.push(text.to_owned());
        self.1.insert(text.to_owned(), number);
        number
    }
}

/// Packs as Go does.
pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).expect("a vector takes all bytes");
    encoder.finish().expect("a vector takes all bytes")
}
