//! Inputs of known size, the same each time: what sick services write, without waiting for one.

use std::fmt::Write as _;
use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;

/// Functions that call each other on the way down: `a0` to `a3`, with `next` between them.
const WAYS: usize = 4;

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

/// A profile of goroutines, not packed: `distinct` stacks of recursing functions, each with one sample for every label set
/// of `labels_each` (0 means one without labels), `goroutines` in all.
pub(crate) fn profile(distinct: usize, labels_each: usize, goroutines: u64) -> Vec<u8> {
    let mut strings = Strings::default();
    let mut out = Message::default();
    let mut type_of = Message::default();
    type_of.number(1, strings.number("goroutine"));
    type_of.number(2, strings.number("count"));
    out.bytes(1, &type_of.0);
    // Locations from 1: three of the runtime, next at the leaf, then a call of next for each way and the ways themselves.
    let functions: Vec<String> = ["runtime.gopark", "runtime.chanrecv", "runtime.chanrecv1", "main.next"]
        .into_iter()
        .map(str::to_owned)
        .chain((0..WAYS).map(|way| format!("main.next.way{way}")))
        .chain((0..WAYS).map(|way| format!("main.a{way}")))
        .chain(["main.main.func1".to_owned()])
        .collect();
    let entry = functions.len() as u64;
    let samples = distinct * labels_each.max(1);
    let each = (goroutines / samples.max(1) as u64).max(1);
    for stack in 0..distinct {
        for set in 0..labels_each.max(1) {
            let mut sample = Message::default();
            let mut ids = vec![1, 2, 3, 4];
            for way in ways(stack, distinct) {
                ids.extend([9 + way as u64, 5 + way as u64]);
            }
            ids.push(entry);
            sample.packed(1, ids.into_iter());
            sample.packed(2, std::iter::once(each));
            if labels_each > 0 {
                let tenant = format!("t{}", stack * labels_each + set);
                for (key, value) in [("task", "fetch"), ("tenant", tenant.as_str())] {
                    let mut label = Message::default();
                    label.number(1, strings.number(key));
                    label.number(2, strings.number(value));
                    sample.bytes(3, &label.0);
                }
            }
            out.bytes(2, &sample.0);
        }
    }
    for (at, name) in (1u64..).zip(&functions) {
        let mut function = Message::default();
        function.number(1, at);
        let shown = if name.starts_with("main.next") { "main.next" } else { name };
        function.number(2, strings.number(shown));
        function.number(
            4,
            strings.number(if shown.starts_with("main") {
                "/srv/main.go"
            } else {
                "/go/src/runtime/proc.go"
            }),
        );
        let mut line = Message::default();
        line.number(1, at);
        line.number(2, 10 + at);
        let mut location = Message::default();
        location.number(1, at);
        location.number(3, 0x40_0000 + at * 16);
        location.bytes(4, &line.0);
        out.bytes(4, &location.0);
        out.bytes(5, &function.0);
    }
    for text in &strings.0 {
        out.bytes(6, text.as_bytes());
    }
    out.number(9, 1_790_000_000_000_000_000);
    out.0
}

/// The ways of a stack, leaf first: its number in the base of [`WAYS`], so that stacks differ in all their frames. Their numbers
/// are in the order of their frames, leaf first, as Go sorts those of one count (`runtime/pprof/pprof.go`, `keysByCount`).
fn ways(stack: usize, distinct: usize) -> impl Iterator<Item = usize> {
    let digits = (1..).take_while(|digit| WAYS.pow(*digit) < distinct).count() + 1;
    (0..digits).rev().map(move |digit| stack / WAYS.pow(digit as u32) % WAYS)
}

/// The string table; the empty string is first.
struct Strings(Vec<String>, std::collections::HashMap<String, u64>);

impl Default for Strings {
    fn default() -> Self {
        Strings(vec![String::new()], std::collections::HashMap::new())
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

/// A traceback of `bytes`, as `debug=2` writes it, of `distinct` stacks that come again and again.
pub(crate) fn traceback(bytes: usize, distinct: usize) -> String {
    let mut text = String::with_capacity(bytes + 4096);
    let mut goroutine = 7;
    while text.len() < bytes {
        let stack = goroutine % distinct;
        // Writing to a String cannot fail.
        let _ = write!(
            text,
            "goroutine {goroutine} [chan receive]:\nmain.next(0x0?, 0x0?, 0x{goroutine:x})\n\t/srv/main.go:32 +0x77\n"
        );
        for way in ways(stack, distinct) {
            let _ = write!(
                text,
                "main.a{way}(0x0?, 0x0?, 0xc{goroutine:011x})\n\t/srv/main.go:{} +0x13\nmain.next(0x0?, 0x0?, 0xc{goroutine:011x})\n\t/srv/main.go:{} +0x37\n",
                18 + way,
                37 + way
            );
        }
        text.push_str("created by main.main in goroutine 1\n\t/srv/main.go:69 +0x2c5\n\n");
        goroutine += 1;
    }
    text
}

/// Packs as Go does.
pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).expect("a vector takes all bytes");
    encoder.finish().expect("a vector takes all bytes")
}
