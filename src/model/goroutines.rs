//! Goroutines one by one, told apart by their numbers. There may be millions of them, so each is written in a few bytes: by how
//! its numbers differ from those of the one before.

use std::num::NonZeroU64;

use super::Goroutine;
use super::written::write;

/// Goroutines, in the order in which they came.
///
/// ```
/// use leakscope::model::{Goroutine, Goroutines};
/// let one = Goroutine { id: 18, parent: None, minutes: Some(3), waits_for: None };
/// let all: Goroutines = [one].into_iter().collect();
/// assert_eq!((all.len(), all.iter().next()), (1, Some(one)));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Goroutines {
    bytes: Vec<u8>,
    len: usize,
    last: Goroutine,
}

/// What the first one is held against.
const FIRST: Goroutine = Goroutine { id: 0, parent: None, minutes: None, waits_for: None };

/// Room for the first of them: the least that an allocator gives.
const FEW: usize = 24;

/// What differs from the one before, beside the number.
const PARENT: u64 = 1;
const MINUTES: u64 = 2;
const WAITS_FOR: u64 = 4;
/// The number is too far away to be told beside these.
const FAR: u64 = 8;
const FLAGS: u32 = 4;
/// The most that is told beside them.
const NEAR: u64 = u64::MAX >> FLAGS;

impl Goroutines {
    /// None.
    pub const fn new() -> Self {
        Goroutines { bytes: Vec::new(), len: 0, last: FIRST }
    }

    /// Takes in one.
    pub fn push(&mut self, next: Goroutine) {
        let Goroutines { bytes, len, last } = self;
        if bytes.capacity() == 0 {
            bytes.reserve_exact(FEW);
        }
        let flag = |differs: bool, flag: u64| if differs { flag } else { 0 };
        let (parent, minutes) = (next.parent != last.parent, next.minutes != last.minutes);
        let waits_for = next.waits_for != last.waits_for;
        let flags = flag(parent, PARENT) | flag(minutes, MINUTES) | flag(waits_for, WAITS_FOR);
        match step(last.id, next.id) {
            near @ ..=NEAR => write(near << FLAGS | flags, bytes),
            far => {
                write(FAR | flags, bytes);
                write(far, bytes);
            }
        }
        if parent {
            write(step(number(last.parent), number(next.parent)), bytes);
        }
        if minutes {
            write(next.minutes.map_or(0, |minutes| u64::from(minutes) + 1), bytes);
        }
        if waits_for {
            write(step(number(last.waits_for), number(next.waits_for)), bytes);
        }
        *len += 1;
        *last = next;
    }

    /// Takes in those of another, behind its own.
    pub fn append(&mut self, other: &Goroutines) {
        if self.is_empty() {
            self.clone_from(other);
            return;
        }
        let mut theirs = other.iter();
        let Some(first) = theirs.next() else { return };
        self.push(first);
        // From here on they differ from those before as they did there.
        self.bytes.extend_from_slice(theirs.bytes);
        self.len += theirs.left;
        self.last = other.last;
    }

    /// All of them, in their order.
    pub fn iter(&self) -> Iter<'_> {
        Iter { bytes: &self.bytes, left: self.len, last: FIRST }
    }

    /// All of them, in the order of their numbers, and of what else is told where a number is there twice.
    pub fn sorted(&self) -> Vec<Goroutine> {
        let mut all: Vec<Goroutine> = self.iter().collect();
        all.sort_unstable_by_key(|it| (it.id, it.minutes, it.parent, it.waits_for));
        all
    }

    /// Their numbers, in order.
    pub fn ids(&self) -> Vec<u64> {
        let mut ids: Vec<u64> = self.iter().map(|it| it.id).collect();
        ids.sort_unstable();
        ids
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// How many bytes they take.
    pub(crate) fn room(&self) -> usize {
        size_of::<Self>() + self.bytes.capacity()
    }
}

impl Default for Goroutines {
    fn default() -> Self {
        Goroutines::new()
    }
}

impl FromIterator<Goroutine> for Goroutines {
    fn from_iter<I: IntoIterator<Item = Goroutine>>(goroutines: I) -> Self {
        let mut all = Goroutines::new();
        goroutines.into_iter().for_each(|it| all.push(it));
        all
    }
}

impl<'a> IntoIterator for &'a Goroutines {
    type Item = Goroutine;
    type IntoIter = Iter<'a>;

    fn into_iter(self) -> Iter<'a> {
        self.iter()
    }
}

/// Goroutines one after the other.
#[derive(Clone, Debug)]
pub struct Iter<'a> {
    bytes: &'a [u8],
    left: usize,
    last: Goroutine,
}

impl Iterator for Iter<'_> {
    type Item = Goroutine;

    #[inline]
    fn next(&mut self) -> Option<Goroutine> {
        self.left = self.left.checked_sub(1)?;
        let head = read(&mut self.bytes);
        if head & (FAR | PARENT | MINUTES | WAITS_FOR) == 0 {
            self.last.id = walk(self.last.id, head >> FLAGS);
        } else {
            self.walk(head);
        }
        Some(self.last)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl Iter<'_> {
    /// Goes on to one that differs from the one before in more than its number.
    fn walk(&mut self, head: u64) {
        let Iter { bytes, last, .. } = self;
        let step = if head & FAR == 0 { head >> FLAGS } else { read(bytes) };
        last.id = walk(last.id, step);
        if head & PARENT != 0 {
            last.parent = NonZeroU64::new(walk(number(last.parent), read(bytes)));
        }
        if head & MINUTES != 0 {
            last.minutes = read(bytes).checked_sub(1).and_then(|minutes| u32::try_from(minutes).ok());
        }
        if head & WAITS_FOR != 0 {
            last.waits_for = NonZeroU64::new(walk(number(last.waits_for), read(bytes)));
        }
    }
}

impl ExactSizeIterator for Iter<'_> {}

fn number(it: Option<NonZeroU64>) -> u64 {
    it.map_or(0, NonZeroU64::get)
}

/// The way from one number to another, short ones as small numbers, whichever way they go.
fn step(from: u64, to: u64) -> u64 {
    let way = to.wrapping_sub(from).cast_signed();
    (way << 1 ^ way >> 63).cast_unsigned()
}

/// Where such a way leads.
fn walk(from: u64, step: u64) -> u64 {
    from.wrapping_add(step >> 1 ^ (step & 1).wrapping_neg())
}

/// Reads a number that was written, from the begin.
#[inline]
fn read(bytes: &mut &[u8]) -> u64 {
    let (mut number, mut shift) = (0, 0);
    while let Some((byte, rest)) = bytes.split_first() {
        *bytes = rest;
        number |= u64::from(byte & 0x7f) << shift;
        shift += 7;
        if byte & 0x80 == 0 {
            break;
        }
    }
    number
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_come_back() {
        let numbers = [0, 1, 2, 63, 64, 1 << 32, u64::MAX - 1, u64::MAX];
        let minutes = [None, Some(0), Some(1), Some(u32::MAX)];
        let mut expected = Vec::new();
        for id in numbers {
            for other in numbers {
                for minutes in minutes {
                    let (parent, waits_for) = (NonZeroU64::new(other), NonZeroU64::new(other ^ id));
                    expected.push(Goroutine { id, parent, minutes, waits_for });
                    expected.push(Goroutine { id: other, parent: None, minutes, waits_for });
                }
            }
        }
        let all: Goroutines = expected.iter().copied().collect();
        assert_eq!((all.len(), all.iter().len(), all.is_empty()), (expected.len(), expected.len(), false));
        assert!(all.iter().eq(expected.iter().copied()));
        let mut twice = all.clone();
        twice.append(&all);
        twice.append(&Goroutines::new());
        twice.push(expected[0]);
        expected = [expected.as_slice(), &expected, &expected[..1]].concat();
        assert!(twice.iter().eq(expected.iter().copied()));
        let mut all = Goroutines::new();
        all.append(&twice);
        assert_eq!(all, twice);
        let mut ids: Vec<u64> = expected.iter().map(|it| it.id).collect();
        ids.sort_unstable();
        assert_eq!(all.ids(), ids);
        assert!(all.sorted().iter().map(|it| it.id).eq(ids));
        assert_eq!(Goroutines::new().iter().next(), None);
    }

    #[test]
    fn neighbours_take_a_byte_or_two() {
        let parent = NonZeroU64::new(1);
        let all: Goroutines = (0..1000)
            .map(|id| Goroutine { id: id * 100, parent, minutes: Some(7), waits_for: None })
            .collect();
        assert!(all.bytes.len() < 2010, "{}", all.bytes.len());
    }
}
