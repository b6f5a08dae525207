//! The protobuf wire format: reads the fields of a message one by one. A reader takes the whole message and an offset, which it moves behind what it read, so that errors can name the
//! place.

use std::ops::Range;

use super::super::DecodeError;

pub(super) fn wire_error(at: usize, place: &str, fault: &str) -> DecodeError {
    DecodeError::Wire { at, place: place.to_owned(), fault: fault.to_owned() }
}

/// Reads a varint. `what` names it in an error.
#[inline(always)]
pub(super) fn read_varint(bytes: &[u8], at: &mut usize, what: &str) -> Result<u64, DecodeError> {
    match bytes.get(*at) {
        Some(&byte) if byte < 0x80 => {
            *at += 1;
            Ok(u64::from(byte))
        }
        _ => read_long_varint(bytes, at, what),
    }
}

#[inline(never)]
fn read_long_varint(bytes: &[u8], at: &mut usize, what: &str) -> Result<u64, DecodeError> {
    let start = *at;
    let mut value = 0u64;
    for shift in 0..10 {
        let Some(&byte) = bytes.get(*at) else {
            return Err(wire_error(start, what, "ends early (truncated?)"));
        };
        *at += 1;
        if shift == 9 && byte > 1 {
            return Err(wire_error(start, what, "number does not fit 64 bits"));
        }
        value |= u64::from(byte & 0x7f) << (7 * shift);
        if byte < 0x80 {
            return Ok(value);
        }
    }
    Err(wire_error(start, what, "number is longer than 10 bytes"))
}

/// Reads a varint of at most four bytes, and the bytes after it; `None` if it is longer, or if the bytes end. Unlike
/// `storage::varint`, which reads what leakscope wrote, it drops no bits.
#[inline(always)]
pub(super) fn read_varint_u32(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let (&first, mut rest) = bytes.split_first()?;
    let (mut value, mut shift, mut last) = (u32::from(first & 0x7f), 7, first);
    while last >= 0x80 && shift < 28 {
        let (&byte, after) = rest.split_first()?;
        value |= u32::from(byte & 0x7f) << shift;
        (last, rest, shift) = (byte, after, shift + 7);
    }
    (last < 0x80).then_some((value, rest))
}

/// Reads a field's tag: its number and its wire type.
#[inline(always)]
pub(super) fn read_tag(bytes: &[u8], at: &mut usize) -> Result<(u64, u64), DecodeError> {
    match bytes.get(*at) {
        Some(&byte @ 8..0x80) => {
            *at += 1;
            Ok((u64::from(byte >> 3), u64::from(byte & 7)))
        }
        _ => read_long_tag(bytes, at),
    }
}

#[cold]
fn read_long_tag(bytes: &[u8], at: &mut usize) -> Result<(u64, u64), DecodeError> {
    let field_at = *at;
    let tag = read_varint(bytes, at, "field key")?;
    let (field, wire_type) = (tag >> 3, tag & 7);
    if field == 0 || field > (1 << 29) - 1 {
        return Err(wire_error(field_at, "field key", "field number out of range"));
    }
    Ok((field, wire_type))
}

/// Reads the length prefix of a length-delimited field; returns the range of its body and moves `at` behind that.
/// `place` names the field, whose tag is at `field_at`, in an error.
#[inline(always)]
pub(super) fn read_len(
    bytes: &[u8],
    at: &mut usize,
    field_at: usize,
    place: impl FnOnce() -> String,
) -> Result<Range<usize>, DecodeError> {
    let length = read_varint(bytes, at, "length")?;
    let start = *at;
    let end = usize::try_from(length).ok().and_then(|length| start.checked_add(length));
    let Some(end) = end.filter(|&end| end <= bytes.len()) else {
        return Err(too_long(field_at, &place(), length, bytes.len() - start));
    };
    *at = end;
    Ok(start..end)
}

#[cold]
fn too_long(field_at: usize, place: &str, length: u64, left: usize) -> DecodeError {
    wire_error(field_at, place, &format!("claims {length} bytes where {left} are left (truncated?)"))
}

/// Moves behind the body of a field that is not used.
pub(super) fn skip_field(
    bytes: &[u8],
    at: &mut usize,
    field_at: usize,
    wire_type: u64,
    place: impl FnOnce() -> String,
) -> Result<(), DecodeError> {
    match wire_type {
        0 => return read_varint(bytes, at, "field").map(drop),
        1 => *at += 8,
        2 => return read_len(bytes, at, field_at, place).map(drop),
        5 => *at += 4,
        _ => return Err(wire_error(field_at, &place(), "has an unknown or deprecated wire type")),
    }
    if *at > bytes.len() {
        return Err(wire_error(field_at, &place(), "ends early (truncated?)"));
    }
    Ok(())
}
