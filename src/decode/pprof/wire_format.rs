//! The fields of a protobuf message, one by one: what the walks over profiles and samples have in common.

use super::super::DecodeError;

pub(super) fn fault(at: usize, place: &str, fault: &str) -> DecodeError {
    DecodeError::Wire { at, place: place.to_owned(), fault: fault.to_owned() }
}

/// Reads one number at `at` and moves behind it.
#[inline(always)]
pub(super) fn varint(bytes: &[u8], at: &mut usize, what: &str) -> Result<u64, DecodeError> {
    match bytes.get(*at) {
        Some(&byte) if byte < 0x80 => {
            *at += 1;
            Ok(u64::from(byte))
        }
        _ => long_varint(bytes, at, what),
    }
}

#[inline(never)]
fn long_varint(bytes: &[u8], at: &mut usize, what: &str) -> Result<u64, DecodeError> {
    let begun = *at;
    let mut value = 0u64;
    for shift in 0..10 {
        let Some(&byte) = bytes.get(*at) else {
            return Err(fault(begun, what, "ends early (truncated?)"));
        };
        *at += 1;
        if shift == 9 && byte > 1 {
            return Err(fault(begun, what, "number does not fit 64 bits"));
        }
        value |= u64::from(byte & 0x7f) << (7 * shift);
        if byte < 0x80 {
            return Ok(value);
        }
    }
    Err(fault(begun, what, "number is longer than 10 bytes"))
}

/// Reads a number that takes no more than four bytes, and what stands behind it; `None` of any other.
#[inline(always)]
pub(super) fn short(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let (&first, mut rest) = bytes.split_first()?;
    let (mut value, mut shift, mut last) = (u32::from(first & 0x7f), 7, first);
    while last >= 0x80 && shift < 28 {
        let (&byte, after) = rest.split_first()?;
        value |= u32::from(byte & 0x7f) << shift;
        (last, rest, shift) = (byte, after, shift + 7);
    }
    (last < 0x80).then_some((value, rest))
}

/// Reads the number of a field and its wire type.
#[inline(always)]
pub(super) fn key(bytes: &[u8], at: &mut usize) -> Result<(u64, u64), DecodeError> {
    match bytes.get(*at) {
        Some(&byte @ 8..0x80) => {
            *at += 1;
            Ok((u64::from(byte >> 3), u64::from(byte & 7)))
        }
        _ => long_key(bytes, at),
    }
}

#[cold]
fn long_key(bytes: &[u8], at: &mut usize) -> Result<(u64, u64), DecodeError> {
    let field_at = *at;
    let key = varint(bytes, at, "field key")?;
    let (field, wire_type) = (key >> 3, key & 7);
    if field == 0 || field > (1 << 29) - 1 {
        return Err(fault(field_at, "field key", "field number out of range"));
    }
    Ok((field, wire_type))
}

/// The begin of a field's body, whose length is read; `at` is moved behind it. `place` names the field, which begins at
/// `field_at`.
#[inline(always)]
pub(super) fn body(
    bytes: &[u8],
    at: &mut usize,
    field_at: usize,
    place: impl FnOnce() -> String,
) -> Result<usize, DecodeError> {
    let length = varint(bytes, at, "length")?;
    let from = *at;
    let end = usize::try_from(length).ok().and_then(|length| from.checked_add(length));
    let Some(end) = end.filter(|&end| end <= bytes.len()) else {
        return Err(too_long(field_at, &place(), length, bytes.len() - from));
    };
    *at = end;
    Ok(from)
}

#[cold]
fn too_long(field_at: usize, place: &str, length: u64, left: usize) -> DecodeError {
    fault(field_at, place, &format!("claims {length} bytes where {left} are left (truncated?)"))
}

/// Moves behind a field that means nothing here.
pub(super) fn skip(
    bytes: &[u8],
    at: &mut usize,
    field_at: usize,
    wire_type: u64,
    place: impl FnOnce() -> String,
) -> Result<(), DecodeError> {
    match wire_type {
        0 => return varint(bytes, at, "field").map(drop),
        1 => *at += 8,
        2 => return body(bytes, at, field_at, place).map(drop),
        5 => *at += 4,
        _ => return Err(fault(field_at, &place(), "has an unknown or deprecated wire type")),
    }
    if *at > bytes.len() {
        return Err(fault(field_at, &place(), "ends early (truncated?)"));
    }
    Ok(())
}
