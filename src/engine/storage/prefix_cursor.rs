//! Walks over neighbouring stacks that share long prefixes (front coding).

use crate::switches::Mechanism;

/// Visits encoded stacks one after the other, and of each only the locations that differ from the previous stack.
///
/// Go sorts the samples of a profile by stack, leaf first, so neighbours usually share most of their locations. The cursor keeps a stack of states, one
/// for each location of the current stack that was visited: [`PrefixCursor::advance`] pops the states that the next
/// stack does not share, and the caller pushes one for each location of [`PrefixCursor::remaining`].
#[derive(Debug)]
pub(crate) struct PrefixCursor<'a, T> {
    stack: &'a [u8],
    /// The end offset of each visited location, and the state after it.
    states: Vec<(usize, T)>,
}

impl<T> Default for PrefixCursor<'_, T> {
    fn default() -> Self {
        PrefixCursor { stack: &[], states: Vec::new() }
    }
}

impl<'a, T: Copy> PrefixCursor<'a, T> {
    /// Moves on to the next stack. Returns the number of visited locations that it shares with the previous one.
    #[inline]
    pub(crate) fn advance(&mut self, stack: &'a [u8]) -> usize {
        let common = if Mechanism::FrontCoding.is_on() { common_prefix(self.stack, stack) } else { 0 };
        self.stack = stack;
        while self.states.last().is_some_and(|(end, _)| *end > common) {
            self.states.pop();
        }
        self.states.len()
    }

    /// Like [`PrefixCursor::advance`], but `common`, a lower bound of the shared locations, saves the comparison if it is known. Returns
    /// the bound; fewer locations than that may have been visited.
    #[inline]
    pub(crate) fn advance_with_hint(&mut self, stack: &'a [u8], common: Option<usize>) -> usize {
        let Some(common) = common.filter(|_| Mechanism::FrontCoding.is_on()) else {
            return self.advance(stack);
        };
        self.stack = stack;
        self.states.truncate(common);
        common
    }

    #[inline]
    pub(crate) fn depth(&self) -> usize {
        self.states.len()
    }

    /// The state after the last visited location; `None` at the leaf end of the stack.
    #[inline]
    pub(crate) fn top(&self) -> Option<T> {
        self.states.last().map(|(_, state)| *state)
    }

    /// The bytes of the stack that were not visited yet.
    #[inline]
    pub(crate) fn remaining(&self) -> &'a [u8] {
        let end = self.states.last().map_or(0, |(end, _)| *end);
        self.stack.get(end..).unwrap_or(&[])
    }

    /// Marks one more location as visited: `remaining` is what follows it, and `state` the state after it.
    #[inline]
    pub(crate) fn push(&mut self, remaining: &'a [u8], state: T) {
        self.states.push((self.stack.len() - remaining.len(), state));
    }
}

/// Two encoded stacks without the locations, counted from the leaf, that both start with.
pub(crate) fn split_common_prefix<'a>(one: &'a [u8], other: &'a [u8]) -> (&'a [u8], &'a [u8]) {
    let mut common = common_prefix(one, other);
    // Do not split a varint: its last byte is below 0x80.
    while common.checked_sub(1).and_then(|last| one.get(last)).is_some_and(|last| *last >= 0x80) {
        common -= 1;
    }
    (one.get(common..).unwrap_or(&[]), other.get(common..).unwrap_or(&[]))
}

/// The number of locations, counted from the leaf, that two encoded stacks share.
pub(super) fn common_locations(one: &[u8], other: &[u8]) -> usize {
    let common = one.get(..common_prefix(one, other)).unwrap_or(&[]);
    // Only the last byte of a varint is below 0x80.
    common.iter().filter(|byte| **byte < 0x80).count()
}

/// The length of the longest common prefix in bytes, compared eight bytes at a time.
fn common_prefix(one: &[u8], other: &[u8]) -> usize {
    let (ones, others) = (one.as_chunks::<8>().0, other.as_chunks::<8>().0);
    for (at, (a, b)) in ones.iter().zip(others).enumerate() {
        if let Some(same) = same_bytes(*a, *b) {
            return at * 8 + same;
        }
    }
    let shorter = one.len().min(other.len());
    // The last eight bytes overlap bytes that are known to be equal.
    let last = |bytes: &[u8]| bytes.get(..shorter).and_then(|bytes| bytes.last_chunk().copied());
    if let (Some(a), Some(b)) = (last(one), last(other)) {
        return same_bytes(a, b).map_or(shorter, |same| shorter - 8 + same);
    }
    one.iter().zip(other).take_while(|(a, b)| a == b).count()
}

/// The number of equal bytes before the first that differs; `None` if all are equal.
fn same_bytes(one: [u8; 8], other: [u8; 8]) -> Option<usize> {
    let differs = u64::from_le_bytes(one) ^ u64::from_le_bytes(other);
    (differs != 0).then(|| differs.trailing_zeros() as usize / 8)
}

#[cfg(test)]
mod tests {
    use super::super::varint;
    use super::*;

    #[test]
    fn prefixes() {
        let long: Vec<u8> = (0..40).collect();
        for same in 0..40 {
            let mut other = long.clone();
            other[same] = 99;
            assert_eq!(common_prefix(&long, &other), same);
            assert_eq!(common_prefix(&long, &long[..same]), same);
        }
        assert_eq!(common_prefix(&long, &long), 40);
    }

    #[test]
    fn only_the_differing_suffix_is_visited() {
        let mut cursor = PrefixCursor::default();
        let mut check = |stack: &'static [u8], common: usize, new: &[u32]| {
            assert_eq!(cursor.advance(stack), common, "{stack:x?}");
            let before = cursor.top().unwrap_or(0);
            let (mut remaining, mut locations) = (cursor.remaining(), Vec::new());
            while let Some((location, after)) = varint::read_u32(remaining) {
                locations.push(location);
                remaining = after;
                cursor.push(remaining, before + locations.len());
            }
            assert_eq!(locations, new, "{stack:x?}");
            let depth = common + new.len();
            assert_eq!((cursor.top().unwrap_or(0), cursor.depth()), (depth, depth));
        };
        check(&[1, 2, 3], 0, &[1, 2, 3]);
        check(&[1, 2, 4, 5], 2, &[4, 5]);
        check(&[1, 2], 2, &[]);
        check(&[1, 2, 0x83, 1], 2, &[131]);
        // Half of a varint is not shared.
        check(&[1, 2, 0x83, 2], 2, &[259]);
        check(&[1, 2, 0x83, 2, 7], 3, &[7]);
        check(&[], 0, &[]);
        check(&[7], 0, &[7]);
    }

    #[test]
    fn split_never_cuts_a_varint() {
        assert_eq!(
            split_common_prefix(&[1, 2, 0x83, 1], &[1, 2, 0x83, 2, 7]),
            (&[0x83, 1][..], &[0x83, 2, 7][..])
        );
        assert_eq!(split_common_prefix(&[1, 2], &[1, 2, 3]), (&[][..], &[3][..]));
        assert_eq!(split_common_prefix(&[0x83, 1], &[4]), (&[0x83, 1][..], &[4][..]));
    }
}
