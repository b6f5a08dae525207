//! What a stack has in common with the one before it. Go writes stacks sorted, leaf first, so that it is most of it.

/// Looks at one written stack after the other, and only at those call sites that the stack before did not begin with. What
/// came of each site is kept beside it.
#[derive(Debug)]
pub(crate) struct Neighbours<'a, T> {
    /// The stack that is looked at.
    stack: &'a [u8],
    /// Where each of its sites ends, as far as they were looked at, and what came of it.
    sites: Vec<(usize, T)>,
}

impl<T> Default for Neighbours<'_, T> {
    fn default() -> Self {
        Neighbours { stack: &[], sites: Vec::new() }
    }
}

impl<'a, T: Copy> Neighbours<'a, T> {
    /// Goes on to the next stack: with how many sites that were looked at, from the leaf, both it and the one before begin.
    #[inline]
    pub(crate) fn follow(&mut self, stack: &'a [u8]) -> usize {
        let common = common_prefix(self.stack, stack);
        self.stack = stack;
        while self.sites.last().is_some_and(|(end, _)| *end > common) {
            self.sites.pop();
        }
        self.sites.len()
    }

    /// As [`Neighbours::follow`], of a stack of which it may be known with how many sites at the least it begins as the one before
    /// does; fewer of them may have been looked at.
    #[inline]
    pub(crate) fn follow_known(&mut self, stack: &'a [u8], common: Option<usize>) -> usize {
        let Some(common) = common else { return self.follow(stack) };
        self.stack = stack;
        self.sites.truncate(common);
        common
    }

    /// How many sites of the stack were looked at.
    #[inline]
    pub(crate) fn depth(&self) -> usize {
        self.sites.len()
    }

    /// What came of the last site that was looked at; `None` before the first.
    #[inline]
    pub(crate) fn last(&self) -> Option<T> {
        self.sites.last().map(|(_, came)| *came)
    }

    /// The bytes of the stack that were not looked at.
    #[inline]
    pub(crate) fn rest(&self) -> &'a [u8] {
        let at = self.sites.last().map_or(0, |(end, _)| *end);
        self.stack.get(at..).unwrap_or(&[])
    }

    /// Goes on behind a site, after which this is the rest, and keeps what came of it.
    #[inline]
    pub(crate) fn pass(&mut self, rest: &'a [u8], came: T) {
        self.sites.push((self.stack.len() - rest.len(), came));
    }
}

/// Two written stacks without the sites, from the leaf, with which both begin.
pub(super) fn apart<'a>(one: &'a [u8], other: &'a [u8]) -> (&'a [u8], &'a [u8]) {
    let mut common = common_prefix(one, other);
    // The last byte of each site is below 0x80.
    while common.checked_sub(1).and_then(|last| one.get(last)).is_some_and(|last| *last >= 0x80) {
        common -= 1;
    }
    (one.get(common..).unwrap_or(&[]), other.get(common..).unwrap_or(&[]))
}

/// With how many sites, from the leaf, two written stacks begin alike.
pub(super) fn common_sites(one: &[u8], other: &[u8]) -> usize {
    let common = one.get(..common_prefix(one, other)).unwrap_or(&[]);
    // The last byte of each site, and only that, is below 0x80.
    common.iter().filter(|byte| **byte < 0x80).count()
}

/// How many bytes two slices have in common at their begin.
fn common_prefix(one: &[u8], other: &[u8]) -> usize {
    let (ones, others) = (one.as_chunks::<8>().0, other.as_chunks::<8>().0);
    for (at, (a, b)) in ones.iter().zip(others).enumerate() {
        if let Some(same) = same_bytes(*a, *b) {
            return at * 8 + same;
        }
    }
    let least = one.len().min(other.len());
    // The last eight of them: those that were looked at before are the same.
    let last = |bytes: &[u8]| bytes.get(..least).and_then(|bytes| bytes.last_chunk().copied());
    if let (Some(a), Some(b)) = (last(one), last(other)) {
        return same_bytes(a, b).map_or(least, |same| least - 8 + same);
    }
    one.iter().zip(other).take_while(|(a, b)| a == b).count()
}

/// How many bytes are the same before the first that differs; `None` if none does.
fn same_bytes(one: [u8; 8], other: [u8; 8]) -> Option<usize> {
    let differs = u64::from_le_bytes(one) ^ u64::from_le_bytes(other);
    (differs != 0).then(|| differs.trailing_zeros() as usize / 8)
}

#[cfg(test)]
mod tests {
    use super::super::SiteId;
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
    fn only_what_is_new_is_looked_at() {
        let mut neighbours = Neighbours::default();
        let mut check = |stack: &'static [u8], common: usize, new: &[u32]| {
            assert_eq!(neighbours.follow(stack), common, "{stack:x?}");
            let before = neighbours.last().unwrap_or(0);
            let (mut rest, mut sites) = (neighbours.rest(), Vec::new());
            while let Some((site, after)) = SiteId::read(rest) {
                sites.push(site.0);
                rest = after;
                neighbours.pass(rest, before + sites.len());
            }
            assert_eq!(sites, new, "{stack:x?}");
            assert_eq!(
                (neighbours.last().unwrap_or(0), neighbours.depth()),
                (common + new.len(), common + new.len())
            );
        };
        check(&[1, 2, 3], 0, &[1, 2, 3]);
        check(&[1, 2, 4, 5], 2, &[4, 5]);
        check(&[1, 2], 2, &[]);
        check(&[1, 2, 0x83, 1], 2, &[131]);
        // Half of a site is none.
        check(&[1, 2, 0x83, 2], 2, &[259]);
        check(&[1, 2, 0x83, 2, 7], 3, &[7]);
        check(&[], 0, &[]);
        check(&[7], 0, &[7]);
    }

    #[test]
    fn stacks_apart() {
        assert_eq!(apart(&[1, 2, 0x83, 1], &[1, 2, 0x83, 2, 7]), (&[0x83, 1][..], &[0x83, 2, 7][..]));
        assert_eq!(apart(&[1, 2], &[1, 2, 3]), (&[][..], &[3][..]));
        assert_eq!(apart(&[0x83, 1], &[4]), (&[0x83, 1][..], &[4][..]));
    }
}
