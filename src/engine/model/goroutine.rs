//! Single goroutines, as a traceback lists them.

use std::num::NonZeroU64;

use crate::storage::varint;

/// What a traceback states of one goroutine alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Goroutine {
    /// Its id. Go assigns ids in increasing order over the life of a process and never reuses one (`runtime/proc.go`, `newproc1`).
    pub id: u64,
    /// The id of the goroutine that started it (Go 1.21 and later); `None` if it is not printed.
    pub parent: Option<NonZeroU64>,
    /// Whole minutes waited; `None` if not printed, which is not the same as zero.
    pub minutes: Option<u32>,
    /// The address of the lock, wait group or condition it waits for: the receiver of the `sync` method. `None` if not printed.
    pub waits_for: Option<NonZeroU64>,
}

/// A list of goroutines in the order in which they were pushed.
///
/// A traceback may list millions. Each is stored as varints of its differences from the previous one (delta encoding), in
/// five to ten bytes instead of 40.
///
/// ```
/// # use leakscope_engine as leakscope;
/// use leakscope::model::{Goroutine, Goroutines};
/// let one = Goroutine { id: 18, parent: None, minutes: Some(3), waits_for: None };
/// let all: Goroutines = [one].into_iter().collect();
/// assert_eq!((all.len(), all.iter().next()), (1, Some(one)));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Goroutines {
    bytes: Vec<u8>,
    len: usize,
    last: Goroutine,
}

/// The predecessor of the first one.
const FIRST: Goroutine = Goroutine { id: 0, parent: None, minutes: None, waits_for: None };

/// The first capacity in bytes: the smallest block that glibc's allocator gives.
const FIRST_CAPACITY: usize = 24;

/// Flags in the low bits of the first varint: which fields besides the id differ from the previous one.
const PARENT: u64 = 1;
const MINUTES: u64 = 2;
const WAITS_FOR: u64 = 4;
/// The difference of the ids does not fit beside the flags and follows as a varint of its own.
const FAR: u64 = 8;
const FLAGS: u32 = 4;
/// The largest difference that fits beside the flags.
const MAX_NEAR: u64 = u64::MAX >> FLAGS;

impl Goroutines {
    /// An empty list.
    pub const fn new() -> Self {
        Goroutines { bytes: Vec::new(), len: 0, last: FIRST }
    }

    /// Appends a goroutine.
    pub fn push(&mut self, next: Goroutine) {
        let Goroutines { bytes, len, last } = self;
        if bytes.capacity() == 0 {
            bytes.reserve_exact(FIRST_CAPACITY);
        }
        let flag = |differs: bool, flag: u64| if differs { flag } else { 0 };
        let (parent, minutes) = (next.parent != last.parent, next.minutes != last.minutes);
        let waits_for = next.waits_for != last.waits_for;
        let flags = flag(parent, PARENT) | flag(minutes, MINUTES) | flag(waits_for, WAITS_FOR);
        match difference(last.id, next.id) {
            near @ ..=MAX_NEAR => varint::write(near << FLAGS | flags, bytes),
            far => {
                varint::write(FAR | flags, bytes);
                varint::write(far, bytes);
            }
        }
        if parent {
            varint::write(difference(number(last.parent), number(next.parent)), bytes);
        }
        if minutes {
            varint::write(next.minutes.map_or(0, |minutes| u64::from(minutes) + 1), bytes);
        }
        if waits_for {
            varint::write(difference(number(last.waits_for), number(next.waits_for)), bytes);
        }
        *len += 1;
        *last = next;
    }

    /// Appends all goroutines of another list.
    pub fn append(&mut self, other: &Goroutines) {
        if self.is_empty() {
            self.clone_from(other);
            return;
        }
        let mut theirs = other.iter();
        let Some(first) = theirs.next() else { return };
        self.push(first);
        // The encoded differences after the first one are the same here.
        self.bytes.extend_from_slice(theirs.bytes);
        self.len += theirs.left;
        self.last = other.last;
    }

    /// Iterates in the order of pushing.
    pub fn iter(&self) -> Iter<'_> {
        Iter { bytes: &self.bytes, left: self.len, last: FIRST }
    }

    /// All goroutines, sorted by id; equal ids by their other fields.
    pub fn sorted(&self) -> Vec<Goroutine> {
        let mut all: Vec<Goroutine> = self.iter().collect();
        all.sort_unstable_by_key(|it| (it.id, it.minutes, it.parent, it.waits_for));
        all
    }

    /// The ids, sorted.
    pub fn ids(&self) -> Vec<u64> {
        let mut ids: Vec<u64> = self.iter().map(|it| it.id).collect();
        ids.sort_unstable();
        ids
    }

    /// The number of goroutines.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether the list is empty.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The memory that the list uses, in bytes.
    pub(crate) fn heap_size(&self) -> usize {
        size_of::<Self>() + self.bytes.capacity()
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

/// An iterator over [`Goroutines`].
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
            self.last.id = add(self.last.id, head >> FLAGS);
        } else {
            self.decode(head);
        }
        Some(self.last)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl Iter<'_> {
    /// Decodes a goroutine that differs from the previous one in more than its id.
    fn decode(&mut self, head: u64) {
        let Iter { bytes, last, .. } = self;
        let step = if head & FAR == 0 { head >> FLAGS } else { read(bytes) };
        last.id = add(last.id, step);
        if head & PARENT != 0 {
            last.parent = NonZeroU64::new(add(number(last.parent), read(bytes)));
        }
        if head & MINUTES != 0 {
            last.minutes = read(bytes).checked_sub(1).and_then(|minutes| u32::try_from(minutes).ok());
        }
        if head & WAITS_FOR != 0 {
            last.waits_for = NonZeroU64::new(add(number(last.waits_for), read(bytes)));
        }
    }
}

fn number(it: Option<NonZeroU64>) -> u64 {
    it.map_or(0, NonZeroU64::get)
}

/// The zigzag-encoded difference of two numbers: small differences of either sign become small numbers.
fn difference(from: u64, to: u64) -> u64 {
    let way = to.wrapping_sub(from).cast_signed();
    (way << 1 ^ way >> 63).cast_unsigned()
}

/// Adds a zigzag-encoded difference.
fn add(from: u64, step: u64) -> u64 {
    from.wrapping_add(step >> 1 ^ (step & 1).wrapping_neg())
}

/// Reads a varint and moves `bytes` behind it; 0 at the end.
#[inline]
fn read(bytes: &mut &[u8]) -> u64 {
    let Some((value, rest)) = varint::read(bytes) else { return 0 };
    *bytes = rest;
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trip() {
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
        assert_eq!((all.len(), all.is_empty()), (expected.len(), false));
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
    fn consecutive_ids_take_two_bytes() {
        let parent = NonZeroU64::new(1);
        let all: Goroutines = (0..1000)
            .map(|id| Goroutine { id: id * 100, parent, minutes: Some(7), waits_for: None })
            .collect();
        assert!(all.bytes.len() < 2010, "{}", all.bytes.len());
    }
}
