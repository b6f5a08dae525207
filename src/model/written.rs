//! Stacks as they are written: how many bytes, and then the numbers of call sites, seven bits a byte, the low ones first, as the
//! protobuf form writes them. So those that lie in a profile can be left where they are.

use std::sync::Arc;

use super::Room;
use super::SiteId;

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
    starts: Vec<usize>,
}

impl Written {
    /// None yet, with room for so many; some may lie in the bytes of a profile.
    pub(super) fn within(profile: Arc<Room>, stacks: usize) -> Self {
        Written { profile, starts: Vec::with_capacity(stacks), ..Written::default() }
    }

    /// Takes in a stack.
    pub(super) fn push(&mut self, stack: &[u8]) {
        self.starts.push(self.profile.len() + self.bytes.len());
        write(stack.len(), &mut self.bytes);
        self.bytes.extend_from_slice(stack);
    }

    /// Takes in a stack that lies in the bytes of the profile, and takes so many.
    #[inline]
    pub(super) fn push_at(&mut self, start: usize, length: usize) {
        self.starts.push(start);
        self.in_profile += length;
    }

    /// Takes in the stacks of another. Those that lie in another profile are copied.
    pub(super) fn append(&mut self, other: Written) {
        if self.starts.is_empty() {
            *self = other;
            return;
        }
        if !Arc::ptr_eq(&self.profile, &other.profile) {
            (0..other.len()).for_each(|id| self.push(other.get(id)));
            return;
        }
        let (end, more) = (other.profile.len(), self.bytes.len());
        self.starts.extend(other.starts.iter().map(|start| if *start < end { *start } else { start + more }));
        self.bytes.extend_from_slice(&other.bytes);
        self.in_profile += other.in_profile;
    }

    /// Lets the profile go if it is for the most part something else than stacks.
    pub(super) fn settle(&mut self) {
        if self.in_profile < self.profile.len() / 2 {
            let mut moved = Written::default();
            self.starts.iter().for_each(|start| moved.push(self.at(*start)));
            *self = moved;
        }
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.starts.len()
    }

    /// A stack; empty for a number that is not there.
    #[inline]
    pub(super) fn get(&self, id: usize) -> &[u8] {
        self.starts.get(id).map_or(&[], |start| self.at(*start))
    }

    #[inline]
    fn at(&self, start: usize) -> &[u8] {
        let profile: &[u8] = &self.profile;
        let from = match start.checked_sub(profile.len()) {
            None => profile.get(start..),
            Some(start) => self.bytes.get(start..),
        };
        let read = |from| SiteId::read(from).and_then(|(length, stack)| stack.get(..length.0 as usize));
        from.and_then(read).unwrap_or(&[])
    }

    /// How many bytes it takes.
    pub(super) fn room(&self) -> usize {
        self.profile.len() + self.bytes.len() + size_of_val(self.starts.as_slice())
    }
}

/// Writes a number, the low bits first; all bytes but the last have their high bit set.
pub(super) fn write(mut rest: usize, out: &mut Vec<u8>) {
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
        one.push_at(1, 2);
        one.push(&[1; 200]);
        let mut other = Written::within(profile, 9);
        other.push(&[9]);
        other.push_at(5, 1);
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
}
