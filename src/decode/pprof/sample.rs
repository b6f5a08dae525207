//! One sample, read into room that is used again. Profiles are samples for the most part, so that this message alone is
//! never left to prost: a tenth of the instructions, and stacks that were seen before are known by their bytes.

use super::super::DecodeError;
use super::super::limits::LABELS;
use super::fast_path;
use super::wire;
use super::wire_format::body;
use super::wire_format::fault;
use super::wire_format::key;
use super::wire_format::short;
use super::wire_format::skip;
use super::wire_format::varint;

/// What a sample says.
#[derive(Debug, Default)]
pub(super) struct RawSample<'a> {
    /// The location ids, leaf first, as they stand in the profile: one packed field, not looked at yet. `None` if they are
    /// written in another way; then they are in `location_id`.
    packed: Option<&'a [u8]>,
    /// Where the packed ids begin, and where the number of their bytes does.
    packed_at: usize,
    length_at: usize,
    /// The location ids, where they are no single packed field.
    location_id: Vec<u64>,
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
        let mut at = self.read_plain(whole, start);
        while at < whole.len() {
            let field_at = at;
            match key(whole, &mut at)? {
                (1, 2) => {
                    let first = self.packed.is_none() && self.location_id.is_empty();
                    self.unpack()?;
                    self.length_at = at;
                    self.packed_at = body(whole, &mut at, field_at, field)?;
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
                    let mut from = body(whole, &mut at, field_at, field)?;
                    let values = whole.get(..at).unwrap_or(&[]);
                    while from < values.len() {
                        self.value.push(varint(values, &mut from, "value")?.cast_signed());
                    }
                }
                (2, 0) => self.value.push(varint(whole, &mut at, "value")?.cast_signed()),
                (3, 2) => {
                    let from = body(whole, &mut at, field_at, field)?;
                    let label = label(whole.get(..at).unwrap_or(&[]), from)?;
                    self.keep(label);
                }
                (1..=3, _) => return Err(fault(field_at, "field", "has the wrong wire type")),
                (_, wire_type) => skip(whole, &mut at, field_at, wire_type, field)?,
            }
        }
        Ok(())
    }

    /// Reads what is as Go writes it, which packs more than two numbers: one or two values, ids, labels, and no long number
    /// among them (`runtime/pprof/proto.go`, `pbSample`). Where the first field begins that is not.
    #[inline]
    fn read_plain(&mut self, whole: &'a [u8], start: usize) -> usize {
        let mut rest = whole.get(start..).unwrap_or(&[]);
        while let [0x10, after @ ..] = rest
            && let Some((value, after)) = short(after)
        {
            self.value.push(i64::from(value));
            rest = after;
        }
        if let [0x0a, length_and @ ..] = rest
            && let Some((length, ids_and)) = short(length_and)
            && let Some((ids, after)) = ids_and.split_at_checked(length as usize)
        {
            self.length_at = whole.len() - length_and.len();
            self.packed_at = whole.len() - ids_and.len();
            self.packed = Some(ids);
            rest = after;
        }
        while let [0x1a, after @ ..] = rest
            && let Some((length, after)) = short(after)
            && let Some((label, after)) = after.split_at_checked(length as usize)
            && let Some(label) = fast_path::label(label)
        {
            self.keep(label);
            rest = after;
        }
        whole.len() - rest.len()
    }

    /// One more than are kept tells that there are more; a label takes 20 times the room of its bytes.
    #[inline]
    fn keep(&mut self, label: wire::Label) {
        if self.label.len() <= LABELS {
            self.label.push(label);
        }
    }

    /// The bytes of the location ids, by which a stack can be known again; `None` if they are no single packed field.
    pub(super) fn packed(&self) -> Option<&'a [u8]> {
        self.packed
    }

    /// Whether it has no location at all.
    pub(super) fn is_stackless(&self) -> bool {
        self.packed.is_none_or(<[u8]>::is_empty) && self.location_id.is_empty()
    }

    /// Where the number of their bytes stands, which is right before them; `None` if it takes more than two bytes.
    pub(super) fn length_at(&self) -> Option<usize> {
        (self.packed_at - self.length_at <= 2).then_some(self.length_at)
    }

    /// An error inside of the packed ids, said of its place in the profile.
    fn in_packed(&self, mut error: DecodeError) -> DecodeError {
        if let DecodeError::Wire { at, .. } = &mut error {
            *at += self.packed_at;
        }
        error
    }

    /// The location ids, however they are written.
    pub(super) fn ids(&self) -> impl Iterator<Item = Result<u64, DecodeError>> {
        let (packed, mut at) = (self.packed.unwrap_or(&[]), 0);
        let unpacked = std::iter::from_fn(move || {
            (at < packed.len())
                .then(|| varint(packed, &mut at, "location_id").map_err(|error| self.in_packed(error)))
        });
        self.location_id.iter().copied().map(Ok).chain(unpacked)
    }

    /// Puts packed ids to those that are not.
    fn unpack(&mut self) -> Result<(), DecodeError> {
        if self.packed.is_some() {
            self.location_id = self.ids().collect::<Result<_, _>>()?;
            self.packed = None;
        }
        Ok(())
    }
}

/// What an error names a field that is not one of many.
fn field() -> String {
    "field".to_owned()
}

fn label(bytes: &[u8], mut at: usize) -> Result<wire::Label, DecodeError> {
    let mut label = wire::Label::default();
    while at < bytes.len() {
        let field_at = at;
        let place = match key(bytes, &mut at)? {
            (1, 0) => &mut label.key,
            (2, 0) => &mut label.str,
            (3, 0) => &mut label.num,
            (4, 0) => &mut label.num_unit,
            (1..=4, _) => return Err(fault(field_at, "label", "has the wrong wire type")),
            (_, wire_type) => {
                skip(bytes, &mut at, field_at, wire_type, field)?;
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
            let read =
                sample.read(bytes, 0, bytes.len()).and_then(|()| sample.ids().collect::<Result<Vec<_>, _>>());
            let told = read.map_or_else(|error| error.to_string(), |ids| format!("{} locations", ids.len()));
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
