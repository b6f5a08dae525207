//! The fast path: samples, labels, functions and locations as Go writes them (`runtime/pprof/proto.go`).
//!
//! It does not read unknown fields, location ids that are not one packed field, fields of labels, functions and locations
//! in another order, or numbers of more than four bytes (except addresses). A message with any of those goes to prost as
//! a whole. Most of a profile is samples, and prost needs ten times the instructions for one.

use std::ops::Range;

use prost::Message;

use crate::switches::Mechanism;

use super::super::DecodeError;
use super::super::limits::LABELS;
use super::wire;
use super::wire_format::read_varint;
use super::wire_format::read_varint_u32;

/// A sample. Its ids and indexes were not looked up in the tables.
#[derive(Debug, Default)]
pub(super) struct RawSample<'a> {
    /// The location ids if they are one packed field: they stay packed, because a repeated stack is recognized by its
    /// bytes.
    pub(super) packed_ids: Option<PackedIds<'a>>,
    pub(super) message: wire::Sample,
}

/// The packed location ids of a sample, leaf first.
#[derive(Clone, Copy, Debug)]
pub(super) struct PackedIds<'a> {
    pub(super) bytes: &'a [u8],
    /// The offset of the first id in the profile.
    pub(super) start: usize,
    pub(super) length_at: usize,
}

impl RawSample<'_> {
    pub(super) fn clear(&mut self) {
        self.packed_ids = None;
        self.message.location_id.clear();
        self.message.value.clear();
        self.message.label.clear();
    }

    /// Keeps a label. One above the limit shows that there were too many.
    #[inline]
    pub(super) fn push_label(&mut self, label: wire::Label) {
        if self.message.label.len() <= LABELS {
            self.message.label.push(label);
        }
    }

    pub(super) fn is_stackless(&self) -> bool {
        self.packed_ids.is_none_or(|ids| ids.bytes.is_empty()) && self.message.location_id.is_empty()
    }

    pub(super) fn ids(&self) -> impl Iterator<Item = Result<u64, DecodeError>> {
        let (packed, start) = self.packed_ids.map_or((&[][..], 0), |ids| (ids.bytes, ids.start));
        let mut at = 0;
        let unpacked = std::iter::from_fn(move || {
            let id = (at < packed.len()).then(|| read_varint(packed, &mut at, "location_id"))?;
            Some(id.map_err(|mut error| {
                if let DecodeError::Wire { at, .. } = &mut error {
                    *at += start;
                }
                error
            }))
        });
        self.message.location_id.iter().copied().map(Ok).chain(unpacked)
    }
}

/// Reads the sample in this range of the profile (`pbSample`); returns whether it could. If not, `sample` holds only a part.
#[inline]
pub(super) fn try_fast_sample<'a>(bytes: &'a [u8], range: Range<usize>, sample: &mut RawSample<'a>) -> bool {
    if !Mechanism::FastPath.is_on() {
        return false;
    }
    sample.clear();
    let message = bytes.get(..range.end).unwrap_or(bytes);
    read_sample(message, message.get(range.start..).unwrap_or(&[]), sample).is_some()
}

#[inline(always)]
fn read_sample<'a>(message: &'a [u8], mut rest: &'a [u8], sample: &mut RawSample<'a>) -> Option<()> {
    loop {
        match rest {
            [] => return Some(()),
            [0x10, after @ ..] => {
                let (value, after) = read_varint_u32(after)?;
                sample.message.value.push(i64::from(value));
                rest = after;
            }
            [0x0a, length_and @ ..] if sample.packed_ids.is_none() => {
                let (length, ids_and) = read_varint_u32(length_and)?;
                let (bytes, after) = ids_and.split_at_checked(length as usize)?;
                let (start, length_at) = (message.len() - ids_and.len(), message.len() - length_and.len());
                sample.packed_ids = Some(PackedIds { bytes, start, length_at });
                rest = after;
            }
            [0x1a, after @ ..] => {
                let (length, after) = read_varint_u32(after)?;
                let (label, after) = after.split_at_checked(length as usize)?;
                sample.push_label(try_fast_label(label)?);
                rest = after;
            }
            // Go packs more than two values.
            [0x12, after @ ..] => {
                let (length, after) = read_varint_u32(after)?;
                let (mut values, after) = after.split_at_checked(length as usize)?;
                while !values.is_empty() {
                    let (value, others) = read_varint_u32(values)?;
                    sample.message.value.push(i64::from(value));
                    values = others;
                }
                rest = after;
            }
            _ => return None,
        }
    }
}

#[inline]
fn try_fast_label(bytes: &[u8]) -> Option<wire::Label> {
    let (key, rest) = optional(0x08, bytes)?;
    let (str, rest) = optional(0x10, rest)?;
    let (num, rest) = optional(0x18, rest)?;
    let (num_unit, rest) = optional(0x20, rest)?;
    rest.is_empty().then(|| wire::Label {
        key: key.into(),
        str: str.into(),
        num: num.into(),
        num_unit: num_unit.into(),
    })
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
    if !Mechanism::FastPath.is_on() {
        return None;
    }
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

/// Reads a location into `message` (`emitLocation`, `pbLine`). Returns whether it could; if not, `message` holds only a
/// part.
pub(super) fn try_fast_location(body: &[u8], message: &mut wire::Location) -> bool {
    if !Mechanism::FastPath.is_on() {
        return false;
    }
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
    fn samples_equal_prost() {
        let check = |bytes: &[u8], expected: bool| {
            let mut sample = RawSample::default();
            let is_read = try_fast_sample(bytes, 0..bytes.len(), &mut sample);
            if is_read {
                let mut message = sample.message.clone();
                message.location_id.extend(sample.ids().map_while(Result::ok));
                assert_eq!(Ok(message), wire::Sample::decode(bytes));
            }
            assert_eq!(is_read, expected, "{bytes:x?}");
        };
        let label = |num| wire::Label { key: 3, str: 300 - num, num, num_unit: 0 };
        let (location_id, label) = (vec![1, 300, 2], vec![label(0), label(300)]);
        let bytes = wire::Sample { location_id, value: vec![70_000, 0, 2, 4], label }.encode_to_vec();
        check(&bytes, true);
        let is_read = |end: &usize| try_fast_sample(&bytes[..*end], 0..*end, &mut RawSample::default());
        let whole: Vec<usize> = (0..bytes.len()).filter(is_read).collect();
        whole.iter().for_each(|end| check(&bytes[..*end], true));
        assert_eq!(whole.len(), 4, "only cuts between fields are read");
        check(&[0x10, 1, 0x0a, 1, 1, 0x1a, 4, 0x08, 1, 0x10, 2], true);
        check(&[0x0a, 1, 1, 0x10, 1], true);
        check(&[0x0a, 1, 1, 0x0a, 1, 2], false);
        check(&[0x08, 1, 0x10, 1], false);
        check(&[0x10, 0x80, 0x80, 0x80, 0x80, 1], false);
        check(&[0x20, 7, 0x10, 1], false);
        check(&[0x0a, 9, 1], false);
    }

    #[test]
    fn equals_prost() {
        let read = |bytes: &[u8]| {
            let mut message = wire::Location::default();
            try_fast_location(bytes, &mut message).then_some(message)
        };
        let line = |function_id, line| wire::Line { function_id, line, column: 0 };
        let lines = [vec![], vec![line(1, 0)], vec![line(300, 12), line(0, 7)]];
        let mut fast = 0;
        for number in [0, 1, 127, 128, 16_383, 16_384, (1 << 28) - 1, 1 << 28, u64::MAX] {
            for lines in &lines {
                let id = number / 3;
                let (mapping_id, address, line) = (number % 2, number, lines.clone());
                let whole = wire::Location { id, mapping_id, address, line, is_folded: false };
                // Go writes the mapping last.
                let mapping = wire::Location { mapping_id, ..wire::Location::default() };
                let others = wire::Location { mapping_id: 0, ..whole.clone() };
                let bytes = [others.encode_to_vec(), mapping.encode_to_vec()].concat();
                for cut in 1..bytes.len() {
                    if let Some(read) = read(&bytes[..cut]) {
                        assert_eq!(Ok(read), wire::Location::decode(&bytes[..cut]));
                    }
                }
                if let Some(read) = read(&bytes) {
                    assert_eq!(read, whole);
                    fast += 1;
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
            assert_eq!(read(unlike), None, "{unlike:x?}");
        }
        assert_eq!(try_fast_function(&[0x10, 1, 0x08, 1]), None);
    }
    #[test]
    fn an_error_in_packed_ids_has_its_offset() {
        let packed_ids = Some(PackedIds { bytes: &[1, 0x81], start: 2, length_at: 1 });
        let sample = RawSample { packed_ids, ..RawSample::default() };
        let error = sample.ids().collect::<Result<Vec<_>, _>>().expect_err("the second id is cut");
        assert_eq!(error.to_string(), "location_id: ends early (truncated?), at offset 3");
    }
}
