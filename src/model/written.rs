//! Stacks as they are written: how many bytes, and then the numbers of call sites, seven bits a byte, the low ones first, as the
//! protobuf form writes them. So those that lie in a profile can be left where they are.

use std::sync::Arc;

use super::Places;
use super::Room;
use super::SiteId;
use super::neighbours::common_sites;

/// So many sites or more.
const MANY: u8 = u8::MAX;

/// Written stacks, numbered.
#[derive(Clone, Debug, Default)]
pub(super) struct Written {
    /// The bytes of a profile in which stacks lie.
    profile: Arc<Room>,
    /// How many of these bytes are stacks.
    in_profile: usize,
    /// Other stacks, behind those bytes.
    bytes: Vec<u8>,
    /// Where each stack begins.
    starts: Places,
    /// With how many call sites at the least, from the leaf, each begins as the one before it does, or [`MANY`].
    common: Vec<u8>,
}

impl Written {
    /// None yet, with room for so many; some may lie in the bytes of a profile.
    pub(super) fn within(profile: Arc<Room>, stacks: usize) -> Self {
        let (starts, common) = (Places::with_capacity(stacks), Vec::with_capacity(stacks));
        Written { profile, starts, common, ..Written::default() }
    }

    /// Takes in a stack.
    pub(super) fn push(&mut self, stack: &[u8]) {
        let common = self.len().checked_sub(1).map_or(0, |last| common_sites(self.get(last), stack));
        self.push_start(self.profile.len() + self.bytes.len(), common);
        write(stack.len() as u64, &mut self.bytes);
        self.bytes.extend_from_slice(stack);
    }

    /// Takes in a stack that lies in the bytes of the profile, takes so many, and begins with so many sites, if not more, as the
    /// one before.
    #[inline]
    pub(super) fn push_at(&mut self, start: usize, length: usize, common: usize) {
        self.push_start(start, common);
        self.in_profile += length;
    }

    #[inline]
    fn push_start(&mut self, start: usize, common: usize) {
        self.starts.push(start);
        self.common.push(u8::try_from(common).unwrap_or(MANY));
    }

    /// Takes in the stacks of another. Those that lie in another profile are copied.
    pub(super) fn append(&mut self, other: Written) {
        if self.len() == 0 {
            *self = other;
            return;
        }
        if !Arc::ptr_eq(&self.profile, &other.profile) {
            (0..other.len()).for_each(|id| self.push(other.get(id)));
            return;
        }
        let (end, more) = (other.profile.len(), self.bytes.len());
        for start in (0..other.len()).filter_map(|id| other.starts.get(id)) {
            self.starts.push(if start < end { start } else { start + more });
        }
        self.common.extend_from_slice(&other.common);
        self.bytes.extend_from_slice(&other.bytes);
        self.in_profile += other.in_profile;
    }

    /// Lets the profile go if it is for the most part something else than stacks.
    pub(super) fn settle(&mut self) {
        if self.in_profile < self.profile.len() / 2 {
            let mut moved = Written::default();
            (0..self.len()).for_each(|id| moved.push(self.get(id)));
            *self = moved;
        }
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.starts.len()
    }

    /// With how many call sites at the least, from the leaf, a stack begins as the one before it does; `None` where they are
    /// many.
    #[inline]
    pub(super) fn common(&self, id: usize) -> Option<usize> {
        self.common.get(id).filter(|common| **common < MANY).map(|common| usize::from(*common))
    }

    /// A stack; empty for a number that is not there.
    pub(super) fn get(&self, id: usize) -> &[u8] {
        self.reader().get(id)
    }

    /// For whoever reads many of them.
    #[inline]
    pub(super) fn reader(&self) -> WrittenReader<'_> {
        WrittenReader { profile: &self.profile, bytes: &self.bytes, starts: &self.starts }
    }

    /// How many bytes it takes.
    pub(super) fn room(&self) -> usize {
        let each = size_of::<u32>() + size_of::<u8>();
        self.profile.takes() + self.bytes.len() + each * self.len()
    }
}

/// Reads written stacks.
#[derive(Clone, Copy)]
pub(crate) struct WrittenReader<'a> {
    profile: &'a [u8],
    bytes: &'a [u8],
    starts: &'a Places,
}

impl<'a> WrittenReader<'a> {
    /// A stack; empty for a number that is not there.
    #[inline]
    pub(crate) fn get(&self, id: usize) -> &'a [u8] {
        self.starts.get(id).and_then(|start| self.at(start)).unwrap_or(&[])
    }

    #[inline]
    fn at(&self, start: usize) -> Option<&'a [u8]> {
        let from = match start.checked_sub(self.profile.len()) {
            None => self.profile.get(start..),
            Some(start) => self.bytes.get(start..),
        };
        let (length, stack) = SiteId::read(from?)?;
        stack.get(..length.0 as usize)
    }
}

/// Writes a number, the low bits first; all bytes but the last have their high bit set.
#[inline]
pub(super) fn write(mut rest: u64, out: &mut Vec<u8>) {
    while rest >= 0x80 {
        out.push(rest as u8 | 0x80);
        rest >>= 7;
    }
    out.push(rest as u8);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stacks_lie_in_a_profile_or_beside_it() {
        let profile = Arc::new(Room::from(vec![0x0a, 2, 5, 6, 0x0a, 1, 7, 0x0a, 1, 8]));
        let mut one = Written::within(profile.clone(), 0);
        one.push_at(1, 2, 0);
        one.push(&[1; 200]);
        let mut other = Written::within(profile, 9);
        other.push(&[9]);
        other.push_at(5, 1, 0);
        one.append(other);
        let mut third = Written::default();
        third.push(&[3]);
        third.append(one.clone());
        assert!((0..one.len()).all(|id| third.get(id + 1) == one.get(id)));
        let check = |written: &Written| {
            let all: Vec<&[u8]> = (0..written.len() + 1).map(|id| written.get(id)).collect();
            assert_eq!(all, [&[5, 6][..], &[1; 200], &[9], &[7], &[]]);
        };
        check(&one);
        one.settle();
        assert_eq!(one.profile.len(), 0);
        check(&one);
    }

    #[test]
    fn what_a_stack_has_in_common_with_the_one_before() {
        let mut written = Written::within(Arc::new(Room::from(vec![0x0a, 3, 5, 6, 8])), 0);
        written.push(&[5, 6, 7]);
        written.push_at(1, 3, 2);
        written.push(&[5, 6, 0x81, 1]);
        written.push(&[5, 6, 0x81, 2]);
        written.push(&[5, 6]);
        written.push(&[1; 300]);
        written.push(&[1; 301]);
        let check = |written: &Written| {
            let common: Vec<_> = (0..written.len()).map(|id| written.common(id)).collect();
            assert_eq!(common, [Some(0), Some(2), Some(2), Some(2), Some(2), Some(0), None]);
        };
        check(&written);
        let mut other = Written::default();
        other.append(written.clone());
        check(&other);
        let mut third = Written::within(Arc::default(), 0);
        third.push(&[9]);
        third.append(written.clone());
        assert_eq!((third.common(1), third.common(2), third.common(7)), (Some(0), Some(2), None));
        written.settle();
        check(&written);
    }
}
