//! LEB128 varints: seven bits a byte, low bits first, the high bit set on all bytes but the last. Protocol Buffers use the same.

/// Appends a number.
#[inline]
pub fn write(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Reads a number that [`write`] wrote, and the bytes after it. `None` at the end of the bytes.
///
/// Bits above 64 are dropped, so input from outside must be checked where it is decoded.
#[inline]
pub fn read(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let (&first, mut rest) = bytes.split_first()?;
    let (mut value, mut shift, mut last) = (u64::from(first & 0x7f), 7u32, first);
    while last >= 0x80 {
        let (&next, after) = rest.split_first()?;
        value |= u64::from(next & 0x7f).wrapping_shl(shift);
        (last, rest, shift) = (next, after, shift + 7);
    }
    Some((value, rest))
}

/// Like [`read`], for a number of at most 32 bits.
#[inline]
pub(crate) fn read_u32(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let (&first, mut rest) = bytes.split_first()?;
    let (mut value, mut shift, mut last) = (u32::from(first & 0x7f), 7u32, first);
    while last >= 0x80 {
        let (&next, after) = rest.split_first()?;
        value |= u32::from(next & 0x7f).wrapping_shl(shift);
        (last, rest, shift) = (next, after, shift + 7);
    }
    Some((value, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_round_trip() {
        for value in [0, 1, 0x7f, 0x80, 0x3fff, 0x4000, u64::from(u32::MAX), 1 << 35, u64::MAX] {
            let mut bytes = Vec::new();
            write(value, &mut bytes);
            bytes.push(9);
            assert_eq!(read(&bytes), Some((value, &[9][..])));
            if let Ok(small) = u32::try_from(value) {
                assert_eq!(read_u32(&bytes), Some((small, &[9][..])));
            }
        }
        assert_eq!((read(&[]), read(&[0x80]), read_u32(&[0xff, 0x80])), (None, None, None));
    }
}
