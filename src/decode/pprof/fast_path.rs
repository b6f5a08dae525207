//! The fast path: samples, labels, functions and locations exactly as Go writes them (`runtime/pprof/proto.go`).
//!
//! It does not read fields in another order, unknown fields, labels with a number, more than two values in a sample (Go packs
//! those), or numbers of more than four bytes (except addresses). For a sample, `sample.rs` reads the remaining fields; every other message
//! goes to prost.

use prost::Message;

use super::super::limits::LABELS;
use super::wire;
use super::wire_format::read_varint;
use super::wire_format::read_varint_u32;

/// The packed location ids of a sample, leaf first.
#[derive(Clone, Copy, Debug)]
pub(super) struct PackedIds<'a> {
    pub(super) bytes: &'a [u8],
    /// The offset of the first id in the profile.
    pub(super) start: usize,
    /// The offset of the length prefix.
    pub(super) length_at: usize,
}

/// The fields of a sample.
#[derive(Debug, Default)]
pub(super) struct SampleFields<'a> {
    /// The location ids if they are one packed field. They were not checked yet.
    pub(super) packed_ids: Option<PackedIds<'a>>,
    /// The values, one for each sample type.
    pub(super) values: Vec<i64>,
    /// The labels, at most one more than are kept.
    pub(super) labels: Vec<wire::Label>,
}

impl SampleFields<'_> {
    pub(super) fn clear(&mut self) {
        self.packed_ids = None;
        self.values.clear();
        self.labels.clear();
    }

    /// Keeps a label. One above the limit shows that there were too many; keeping all would use 20 times the size of the input.
    #[inline]
    pub(super) fn push_label(&mut self, label: wire::Label) {
        if self.labels.len() <= LABELS {
            self.labels.push(label);
        }
    }
}

/// Reads the first fields of a sample (`pbSample`). Returns the offset of the first field that it did not read.
#[inline]
pub(super) fn try_fast_sample<'a>(message: &'a [u8], start: usize, sample: &mut SampleFields<'a>) -> usize {
    let mut rest = message.get(start..).unwrap_or(&[]);
    while let [0x10, after @ ..] = rest
        && let Some((value, after)) = read_varint_u32(after)
    {
        sample.values.push(i64::from(value));
        rest = after;
    }
    if let [0x0a, length_and @ ..] = rest
        && let Some((length, ids_and)) = read_varint_u32(length_and)
        && let Some((bytes, after)) = ids_and.split_at_checked(length as usize)
    {
        let (start, length_at) = (message.len() - ids_and.len(), message.len() - length_and.len());
        sample.packed_ids = Some(PackedIds { bytes, start, length_at });
        rest = after;
    }
    while let [0x1a, after @ ..] = rest
        && let Some((length, after)) = read_varint_u32(after)
        && let Some((label, after)) = after.split_at_checked(length as usize)
        && let Some(label) = try_fast_label(label)
    {
        sample.push_label(label);
        rest = after;
    }
    message.len() - rest.len()
}

/// Reads a label with a text (`pbLabel`).
#[inline]
fn try_fast_label(bytes: &[u8]) -> Option<wire::Label> {
    let [0x08, key_and @ ..] = bytes else { return None };
    let (key, [0x10, str_and @ ..]) = read_varint_u32(key_and)? else { return None };
    let (str, []) = read_varint_u32(str_and)? else { return None };
    Some(wire::Label { key: i64::from(key), str: i64::from(str), ..wire::Label::default() })
}

/// Reads the field with this tag, and the bytes after it; 0 if another field follows. `None` if the number is too long.
#[inline(always)]
fn optional(tag: u8, bytes: &[u8]) -> Option<(u32, &[u8])> {
    match bytes {
        [first, after @ ..] if *first == tag => read_varint_u32(after),
        _ => Some((0, bytes)),
    }
}

/// Reads a function (`emitLocation`).
pub(super) fn try_fast_function(body: &[u8]) -> Option<wire::Function> {
    let (id, rest) = optional(0x08, body)?;
    let (name, rest) = optional(0x10, rest)?;
    let (system_name, rest) = optional(0x18, rest)?;
    let (filename, rest) = optional(0x20, rest)?;
    let (start_line, rest) = optional(0x28, rest)?;
    rest.is_empty().then(|| wire::Function {
        id: id.into(),
        name: name.into(),
        system_name: system_name.into(),
        filename: filename.into(),
        start_line: start_line.into(),
    })
}

/// Reads a location into `message` (`emitLocation`, `pbLine`). Returns whether it could; if not, `message` holds only a part.
pub(super) fn try_fast_location(body: &[u8], message: &mut wire::Location) -> bool {
    message.clear();
    read_location(body, message).is_some_and(<[u8]>::is_empty)
}

fn read_location<'b>(body: &'b [u8], message: &mut wire::Location) -> Option<&'b [u8]> {
    let (id, mut rest) = optional(0x08, body)?;
    message.id = id.into();
    if let [0x18, after @ ..] = rest {
        let mut at = 0;
        message.address = read_varint(after, &mut at, "address").ok()?;
        rest = after.get(at..)?;
    }
    while let [0x22, after @ ..] = rest {
        let (length, after) = read_varint_u32(after)?;
        let (line, after) = after.split_at_checked(length as usize)?;
        let (function_id, line) = optional(0x08, line)?;
        let (number, []) = optional(0x10, line)? else { return None };
        message.line.push(wire::Line { function_id: function_id.into(), line: number.into(), column: 0 });
        rest = after;
    }
    let (mapping_id, rest) = optional(0x10, rest)?;
    message.mapping_id = mapping_id.into();
    Some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equals_prost() {
        let line = |function_id, line| wire::Line { function_id, line, column: 0 };
        let lines = [vec![], vec![line(1, 0)], vec![line(300, 12), line(0, 7)]];
        let numbers = [0, 1, 127, 128, 16_383, 16_384, (1 << 28) - 1, 1 << 28, u64::MAX];
        let mut fast = 0;
        for number in numbers {
            for lines in &lines {
                let id = number / 3;
                let (mapping_id, address, line) = (number % 2, number, lines.clone());
                let whole = wire::Location { id, mapping_id, address, line, is_folded: false };
                // Go writes the mapping last.
                let mapping = wire::Location { mapping_id, ..wire::Location::default() };
                let others = wire::Location { mapping_id: 0, ..whole.clone() };
                let bytes = [others.encode_to_vec(), mapping.encode_to_vec()].concat();
                let mut read = wire::Location::default();
                if try_fast_location(&bytes, &mut read) {
                    assert_eq!(read, whole);
                    fast += 1;
                }
                for cut in 1..bytes.len() {
                    let mut read = wire::Location::default();
                    if try_fast_location(&bytes[..cut], &mut read) {
                        assert_eq!(Ok(read), wire::Location::decode(&bytes[..cut]));
                    }
                }
            }
            let (name, filename, start_line) = (number as i64 / 2, 3, number as i64 / 5);
            let whole = wire::Function { id: number / 7, name, system_name: name, filename, start_line };
            if let Some(read) = try_fast_function(&whole.encode_to_vec()) {
                assert_eq!(read, whole);
                fast += 1;
            }
        }
        assert_eq!(fast, 8 * lines.len() + 8);
        for unlike in [&[0x08, 1, 0x28, 1][..], &[0x08, 1, 0x08, 2], &[0x0a, 0], &[0x08], &[0x22, 3, 8, 1]] {
            assert!(!try_fast_location(unlike, &mut wire::Location::default()), "{unlike:x?}");
        }
        assert_eq!(try_fast_function(&[0x10, 1, 0x08, 1]), None);
    }
}
