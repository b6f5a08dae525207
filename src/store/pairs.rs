//! The packed form of a snapshot: for each stack, ascending, two varints: its ID minus the one before, and its count.

use crate::varint;

/// Packs pairs of stack ID and count. They must be sorted by ID, without duplicates.
pub(super) fn pack(pairs: &[(i64, u64)]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(pairs.len() * 3);
    let mut before = 0;
    for (stack, count) in pairs {
        varint::write(stack.wrapping_sub(before).unsigned_abs(), &mut bytes);
        varint::write(*count, &mut bytes);
        before = *stack;
    }
    bytes
}

/// Unpacks pairs; `None` if the bytes are no packed snapshot.
pub(super) fn unpack(mut bytes: &[u8]) -> Option<Vec<(i64, u64)>> {
    let mut pairs = Vec::new();
    let mut stack = 0i64;
    while !bytes.is_empty() {
        let (step, rest) = varint::read(bytes)?;
        let (count, rest) = varint::read(rest)?;
        stack = stack.checked_add_unsigned(step)?;
        pairs.push((stack, count));
        bytes = rest;
    }
    Some(pairs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_round_trip() {
        for pairs in [vec![], vec![(1, 1)], vec![(3, 200), (4, 1), (70_000, u64::MAX)]] {
            assert_eq!(unpack(&pack(&pairs)), Some(pairs));
        }
        assert_eq!(pack(&[(3, 200), (4, 1)]), [3, 0xc8, 0x01, 1, 1]);
    }

    #[test]
    fn damage_is_seen() {
        assert_eq!(unpack(&[3]), None);
        assert_eq!(unpack(&[3, 0x80]), None);
        assert_eq!(unpack(&[0xff; 11]), None);
    }
}
