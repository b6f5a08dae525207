//! Who holds the locks that goroutines wait for, as `locks.rs` found out.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use crate::model::FunctionId;

/// Who has the lock that a row waits for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum HeldBy {
    /// The row waits for no lock, or nothing says who has it.
    #[default]
    Unknown,
    /// Most likely a goroutine of another row.
    Other(Holder),
    /// Most likely the goroutine itself, in the method that called this one.
    Itself(FunctionId),
    /// No goroutine of the process is inside a method of the object.
    Nobody,
}

/// The row and the method that most likely hold a lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Holder {
    pub(super) row: usize,
    pub(super) function: FunctionId,
    /// The goroutine; `None` if addresses do not tell.
    pub(super) goroutine: Option<u64>,
}

/// For each row, who has the lock that it waits for, and which lock that is.
#[derive(Default)]
pub(super) struct Locks {
    held_by: Vec<HeldBy>,
    addresses: Vec<Option<u64>>,
}

impl Locks {
    /// Nothing is known of the rows of a series, of which there are `rows`.
    pub(super) fn unknown(rows: usize) -> Self {
        Locks { held_by: vec![HeldBy::Unknown; rows], addresses: vec![None; rows] }
    }

    pub(super) fn set_address(&mut self, row: usize, address: Option<u64>) {
        if let Some(place) = self.addresses.get_mut(row) {
            *place = address;
        }
    }

    pub(super) fn set_held_by(&mut self, row: usize, held_by: HeldBy) {
        if let Some(place) = self.held_by.get_mut(row) {
            *place = held_by;
        }
    }

    /// A goroutine that waits for a lock which it holds itself holds it for all others, too.
    pub(super) fn add_waiters_for_themselves(&mut self) {
        let itself = |(row, held_by): (usize, &HeldBy)| match held_by {
            HeldBy::Itself(function) => {
                Some((self.addresses[row]?, Holder { row, function: *function, goroutine: None }))
            }
            HeldBy::Unknown | HeldBy::Other(_) | HeldBy::Nobody => None,
        };
        let by_lock: HashMap<u64, Holder, RandomState> =
            self.held_by.iter().enumerate().filter_map(itself).collect();
        for (held_by, address) in self.held_by.iter_mut().zip(&self.addresses) {
            if matches!(held_by, HeldBy::Unknown | HeldBy::Nobody)
                && let Some(holder) = address.and_then(|it| by_lock.get(&it))
            {
                *held_by = HeldBy::Other(*holder);
            }
        }
    }

    pub(super) fn held_by(&self, row: usize) -> HeldBy {
        self.held_by.get(row).copied().unwrap_or_default()
    }

    /// The lock that most goroutines of a row wait for; `None` if no address is known.
    pub(super) fn address(&self, row: usize) -> Option<u64> {
        *self.addresses.get(row)?
    }

    /// The row that waits for a lock and is, by holding another, what this row waits for in the end; `None` if there is no such circle.
    pub(super) fn circle(&self, row: usize) -> Option<usize> {
        let mut at = row;
        // A longer circle is not looked for.
        for _ in 0..4 {
            let HeldBy::Other(holder) = self.held_by(at) else { return None };
            if matches!(self.held_by(holder.row), HeldBy::Other(next) if next.row == row) && holder.row != row
            {
                return Some(holder.row);
            }
            at = holder.row;
        }
        None
    }

    /// The row whose goroutine holds the lock of this row while it waits in a circle, or for the lock itself; `None` if it does neither.
    pub(super) fn holder_that_never_ends(&self, row: usize) -> Option<usize> {
        let HeldBy::Other(holder) = self.held_by(row) else { return None };
        let waits_for_itself = matches!(self.held_by(holder.row), HeldBy::Itself(_));
        (waits_for_itself || self.circle(holder.row).is_some()).then_some(holder.row)
    }

    /// Whether some row waits for a lock that this row most likely holds.
    pub(super) fn holds_one(&self, row: usize) -> bool {
        self.held_by.iter().any(|it| matches!(it, HeldBy::Other(holder) if holder.row == row))
    }
}
