//! Groups: the goroutines of one snapshot that have the same key, with their count and what is known of them.
//!
//! [`count`] makes the groups in one hash pass over the samples of the main profile, and [`GroupCounts::with_facts`] adds stacks and
//! facts from all profiles of the snapshot to those that are wanted. [`group`] does both.
//!
//! **Invariant:** keys consist of names, never of addresses, so that a group is the same in every form, build and Go version. Nothing
//! here compares snapshots, and nothing fails.

mod by;
mod collect;
mod count;
mod counter;
mod facts;
mod filtered;
mod heap;
mod key;
mod labels;
mod sample_facts;
#[cfg(test)]
mod tests;

use crate::model::Snapshot;
use crate::stacks::DisplayStack;
use crate::stacks::Filter;
use crate::stacks::SnapshotSymbols;
use crate::stacks::SymbolTable;

pub use by::By;
pub use by::Dimension;
pub use by::merge_symbols;
pub use count::GroupCount;
pub use count::GroupCounts;
pub use count::count;
pub use counter::Counter;
pub use facts::GroupFacts;
pub use facts::LabelFacts;
pub use facts::LabelKey;
pub use facts::StatedFacts;
pub use heap::ColumnHeap;
pub use heap::merge_heap;
pub use key::Key;
pub use key::KeyIndex;

/// The groups of a snapshot.
#[derive(Clone, Debug, Default)]
pub struct Grouping {
    /// Each group once, in no order.
    pub groups: Vec<Group>,
    /// The number of goroutines that the filters accepted.
    pub total: i128,
    /// The number of distinct stacks, by name, that the filters accepted.
    pub stacks_unique: usize,
}

/// Goroutines with the same key.
#[derive(Clone, Debug)]
pub struct Group {
    /// What they have in common.
    pub key: Key,
    /// The number of goroutines.
    pub count: i128,
    /// The stack of the largest sample; in a group by something other than stacks, the frame that names it. Empty if `facts` is
    /// `None`.
    pub stack: DisplayStack,
    /// What is known of them; `None` if it was not wanted.
    pub facts: Option<Box<GroupFacts>>,
}

/// Groups the goroutines of a snapshot. `merged` comes from [`merge_symbols`] with the same `symbols`.
pub fn group(
    snapshot: &Snapshot,
    merged: SnapshotSymbols,
    by: &By,
    filter: &Filter,
    symbols: &SymbolTable,
) -> Grouping {
    count(snapshot, merged, by, filter, symbols).with_facts(|_| true)
}
