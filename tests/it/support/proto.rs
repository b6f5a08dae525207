//! Writes protobuf messages.

/// A number in its shortest form.
fn varint(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// A field with a number.
pub(crate) fn number(field: u64, value: u64, out: &mut Vec<u8>) {
    varint(field << 3, out);
    varint(value, out);
}

/// A field with bytes.
pub(crate) fn message(field: u64, bytes: &[u8], out: &mut Vec<u8>) {
    varint(field << 3 | 2, out);
    varint(bytes.len() as u64, out);
    out.extend_from_slice(bytes);
}

/// A message of numbers: fields and values.
pub(crate) fn fields(pairs: &[(u64, u64)]) -> Vec<u8> {
    let mut out = Vec::new();
    pairs.iter().for_each(|(field, value)| number(*field, *value, &mut out));
    out
}
