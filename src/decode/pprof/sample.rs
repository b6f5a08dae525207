//! One sample, read into room that is used again. Profiles are samples for the most part, so that this message alone is
//! not left to prost: a tenth of the instructions, and stacks that were seen before are known by their bytes.

use super::super::DecodeError;
use super::super::limits::LABELS;
use super::walk::fault;
use super::walk::varint;
use super::wire;

/// What a sample says.
#[derive(Debug, Default)]
pub(super) struct RawSample<'a> {
    /// The location ids, leaf first, as they stand in the profile: one packed field, not looked at yet. `None` if they are
    /// written in another way; then they are in `location_id`.
    packed: Option<&'a [u8]>,
    /// Where the packed ids begin.
    packed_at: usize,
    /// The location ids, where they are no single packed field.
    pub(super) location_id: Vec<u64>,
    /// The values, one for each sample type.
    pub(super) value: Vec<i64>,
    /// The labels, as many as are kept and one more.
    pub(super) label: Vec<wire::Label>,
}

impl<'a> RawSample<'a> {
    /// Reads the message in `bytes[start..end]`. What it names and the profile does not have is not looked at here.
    pub(super) fn read(&mut self, bytes: &'a [u8], start: usize, end: usize) -> Result<(), DecodeError> {
        self.packed = None;
        self.location_id.clear();
        self.value.clear();
        self.label.clear();
        let whole = bytes.get(..end).unwrap_or(bytes);
        let mut at = start;
        while at < whole.len() {
            let field_at = at;
            let key = varint(whole, &mut at, "field key")?;
            match (key >> 3, key & 7) {
                (1, 2) => {
                    let first = self.packed.is_none() && self.location_id.is_empty();
                    self.unpack()?;
                    self.packed_at = at_body(whole, &mut at, field_at)?;
                    self.packed = whole.get(self.packed_at..at);
                    if !first {
                        self.unpack()?;
                    }
                }
                (1, 0) => {
                    self.unpack()?;
                    self.location_id.push(varint(whole, &mut at, "location_id")?);
                }
                (2, 2) => {
                    let mut from = at_body(whole, &mut at, field_at)?;
                    let body = whole.get(..at).unwrap_or(&[]);
                    while from < body.len() {
                        self.value.push(varint(body, &mut from, "value")?.cast_signed());
                    }
                }
                (2, 0) => self.value.push(varint(whole, &mut at, "value")?.cast_signed()),
                (3, 2) => {
                    let from = at_body(whole, &mut at, field_at)?;
                    let label = label(whole.get(..at).unwrap_or(&[]), from)?;
                    // One more than are kept tells that there are more; a label takes 20 times the room of its bytes.
                    if self.label.len() <= LABELS {
                        self.label.push(label);
                    }
                }
                (1..=3, _) => return Err(fault(field_at, "field", "has the wrong wire type")),
                (0 | TOO_LARGE.., _) => return Err(out_of_range(field_at)),
                (_, wire_type) => skip(whole, &mut at, field_at, wire_type)?,
            }
        }
        Ok(())
    }

    /// The bytes of the location ids, by which a stack can be known again; `None` if they are no single packed field.
    pub(super) fn packed(&self) -> Option<&'a [u8]> {
        self.packed
    }

    /// An error inside of the packed ids, said of its place in the profile.
    pub(super) fn in_packed(&self, mut error: DecodeError) -> DecodeError {
        if let DecodeError::Wire { at, .. } = &mut error {
            *at += self.packed_at;
        }
        error
    }

    /// Looks at the location ids of a sample that is not wanted: how many there are.
    pub(super) fn depth(&self) -> Result<usize, DecodeError> {
        let Some(body) = self.packed else { return Ok(self.location_id.len()) };
        let (mut at, mut depth) = (0, 0);
        while at < body.len() {
            varint(body, &mut at, "location_id").map_err(|error| self.in_packed(error))?;
            depth += 1;
        }
        Ok(depth)
    }

    /// Reads packed ids one by one.
    fn unpack(&mut self) -> Result<(), DecodeError> {
        let Some(body) = self.packed.take() else { return Ok(()) };
        let mut at = 0;
        while at < body.len() {
            let id = varint(body, &mut at, "location_id").map_err(|error| self.in_packed(error))?;
            self.location_id.push(id);
        }
        Ok(())
    }
}

/// The begin of a field's body, whose length is read; `at` is moved behind it.
fn at_body(bytes: &[u8], at: &mut usize, field_at: usize) -> Result<usize, DecodeError> {
    let length = varint(bytes, at, "length")?;
    let from = *at;
    let end = usize::try_from(length).ok().and_then(|length| from.checked_add(length));
    let Some(end) = end.filter(|&end| end <= bytes.len()) else {
        let left = bytes.len() - from;
        let text = format!("claims {length} bytes where {left} are left (truncated?)");
        return Err(fault(field_at, "field", &text));
    };
    *at = end;
    Ok(from)
}

/// Numbers of fields end before this.
const TOO_LARGE: u64 = 1 << 29;

fn out_of_range(at: usize) -> DecodeError {
    fault(at, "field key", "field number out of range")
}

fn skip(bytes: &[u8], at: &mut usize, field_at: usize, wire_type: u64) -> Result<(), DecodeError> {
    match wire_type {
        0 => drop(varint(bytes, at, "field")?),
        1 => *at += 8,
        2 => drop(at_body(bytes, at, field_at)?),
        5 => *at += 4,
        _ => return Err(fault(field_at, "field", "has an unknown or deprecated wire type")),
    }
    if *at > bytes.len() {
        return Err(fault(field_at, "field", "ends early (truncated?)"));
    }
    Ok(())
}

fn label(bytes: &[u8], mut at: usize) -> Result<wire::Label, DecodeError> {
    let mut label = wire::Label::default();
    while at < bytes.len() {
        let field_at = at;
        let key = varint(bytes, &mut at, "field key")?;
        let place = match (key >> 3, key & 7) {
            (1, 0) => &mut label.key,
            (2, 0) => &mut label.str,
            (3, 0) => &mut label.num,
            (4, 0) => &mut label.num_unit,
            (1..=4, _) => return Err(fault(field_at, "label", "has the wrong wire type")),
            (0 | TOO_LARGE.., _) => return Err(out_of_range(field_at)),
            (_, wire_type) => {
                skip(bytes, &mut at, field_at, wire_type)?;
                continue;
            }
        };
        *place = varint(bytes, &mut at, "label")?.cast_signed();
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
            let read = sample.read(bytes, 0, bytes.len()).and_then(|()| sample.depth());
            let told = read.map_or_else(|error| error.to_string(), |depth| format!("{depth} locations"));
            assert_eq!(told, expected, "{bytes:x?}");
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
