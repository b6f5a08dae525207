//! One sample, read into a buffer that is reused.
//!
//! Most of a profile is samples, so they are not decoded by prost: that takes ten times the instructions, and hides the packed bytes
//! by which a repeated stack is recognized. Fields that the fast path does not read are read here, in any order.

use super::super::DecodeError;
use super::fast_path::PackedIds;
use super::fast_path::SampleFields;
use super::fast_path::try_fast_sample;
use super::wire;
use super::wire_format::read_len;
use super::wire_format::read_tag;
use super::wire_format::read_varint;
use super::wire_format::skip_field;
use super::wire_format::wire_error;

/// A sample. Its ids and indexes were not looked up in the tables.
#[derive(Debug, Default)]
pub(super) struct RawSample<'a> {
    pub(super) fields: SampleFields<'a>,
    /// The location ids if they are not one packed field.
    location_ids: Vec<u64>,
}

impl<'a> RawSample<'a> {
    /// Reads the message in `bytes[start..end]`.
    pub(super) fn read(&mut self, bytes: &'a [u8], start: usize, end: usize) -> Result<(), DecodeError> {
        self.fields.clear();
        self.location_ids.clear();
        let message = bytes.get(..end).unwrap_or(bytes);
        let mut at = try_fast_sample(message, start, &mut self.fields);
        while at < message.len() {
            let field_at = at;
            match read_tag(message, &mut at)? {
                (1, 2) => {
                    let first = self.fields.packed_ids.is_none() && self.location_ids.is_empty();
                    self.unpack()?;
                    let length_at = at;
                    let body = read_len(message, &mut at, field_at, field)?;
                    let start = body.start;
                    self.fields.packed_ids =
                        message.get(body).map(|bytes| PackedIds { bytes, start, length_at });
                    if !first {
                        self.unpack()?;
                    }
                }
                (1, 0) => {
                    self.unpack()?;
                    self.location_ids.push(read_varint(message, &mut at, "location_id")?);
                }
                (2, 2) => {
                    let mut from = read_len(message, &mut at, field_at, field)?.start;
                    let values = message.get(..at).unwrap_or(&[]);
                    while from < values.len() {
                        self.fields.values.push(read_varint(values, &mut from, "value")?.cast_signed());
                    }
                }
                (2, 0) => self.fields.values.push(read_varint(message, &mut at, "value")?.cast_signed()),
                (3, 2) => {
                    let body = read_len(message, &mut at, field_at, field)?;
                    let label = read_label(message.get(..body.end).unwrap_or(&[]), body.start)?;
                    self.fields.push_label(label);
                }
                (1..=3, _) => return Err(wire_error(field_at, "field", "has the wrong wire type")),
                (_, wire_type) => skip_field(message, &mut at, field_at, wire_type, field)?,
            }
        }
        Ok(())
    }

    /// Whether it has no location.
    pub(super) fn is_stackless(&self) -> bool {
        self.fields.packed_ids.is_none_or(|ids| ids.bytes.is_empty()) && self.location_ids.is_empty()
    }

    /// The location ids, leaf first, in whatever way they are encoded.
    pub(super) fn ids(&self) -> impl Iterator<Item = Result<u64, DecodeError>> {
        let (packed, start) = self.fields.packed_ids.map_or((&[][..], 0), |ids| (ids.bytes, ids.start));
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
        self.location_ids.iter().copied().map(Ok).chain(unpacked)
    }

    /// Moves the packed ids behind those that are not packed.
    fn unpack(&mut self) -> Result<(), DecodeError> {
        if self.fields.packed_ids.is_some() {
            self.location_ids = self.ids().collect::<Result<_, _>>()?;
            self.fields.packed_ids = None;
        }
        Ok(())
    }
}

/// The place in an error.
fn field() -> String {
    "field".to_owned()
}

fn read_label(bytes: &[u8], mut at: usize) -> Result<wire::Label, DecodeError> {
    let mut label = wire::Label::default();
    while at < bytes.len() {
        let field_at = at;
        let number = match read_tag(bytes, &mut at)? {
            (1, 0) => &mut label.key,
            (2, 0) => &mut label.str,
            (3, 0) => &mut label.num,
            (4, 0) => &mut label.num_unit,
            (1..=4, _) => return Err(wire_error(field_at, "label", "has the wrong wire type")),
            (_, wire_type) => {
                skip_field(bytes, &mut at, field_at, wire_type, field)?;
                continue;
            }
        };
        *number = read_varint(bytes, &mut at, "label")?.cast_signed();
    }
    Ok(label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broken_samples_are_refused() {
        let check = |bytes: &[u8], expected: &str| {
            let mut sample = RawSample::default();
            let read =
                sample.read(bytes, 0, bytes.len()).and_then(|()| sample.ids().collect::<Result<Vec<_>, _>>());
            let shown = read.map_or_else(|error| error.to_string(), |ids| format!("{} locations", ids.len()));
            assert_eq!(shown, expected, "{bytes:x?}");
        };
        check(&[0x0a, 2, 1, 0x81, 0x10, 1], "location_id: ends early (truncated?), at offset 3");
        check(&[0x0a, 3, 1, 0x81, 0x01, 0x10, 1], "2 locations");
        check(&[0x08, 1, 0x0a, 2, 2, 3], "3 locations");
        check(&[0x0a, 9, 1], "field: claims 9 bytes where 1 are left (truncated?), at offset 0");
        check(&[0x00, 0], "field key: field number out of range, at offset 0");
        check(&[0x1a, 2, 0x00, 0], "field key: field number out of range, at offset 2");
        check(&[0x09, 0, 0, 0, 0, 0, 0, 0, 0], "field: has the wrong wire type, at offset 0");
        check(&[0x20, 7, 0x0a, 1, 5], "1 locations");
    }
}
