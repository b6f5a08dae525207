//! Groups: the goroutines of one snapshot that have the same key, with their count and what is known of them.
//!
//! [`count`] makes the groups in one hash pass over the samples of the main profile, and [`GroupCounts::with_facts`] adds stacks and
//! facts from all profiles of the snapshot to those that are wanted. [`group`] does both.
//!
//! **Invariant:** keys consist of names, never of addresses, so that a group is the same in every form, build and Go version. Nothing
//! here compares snapshots, and nothing fails.

mod ancestor_call;
mod by;
mod collect;
mod count;
mod counter;
mod facts;
mod filtered;
mod heap;
mod key;
mod label_counts;
mod labels;
mod sample_facts;
mod wait;

use crate::model::Snapshot;
use crate::stacks::Filter;
use crate::stacks::SnapshotSymbols;
use crate::stacks::SymbolTable;

pub use ancestor_call::AncestorCall;
pub use by::By;
pub use by::Dimension;
pub use by::merge_symbols;
pub use count::GroupCount;
pub use count::GroupCounts;
pub use count::count;
pub use counter::Counter;
pub use facts::Group;
pub use facts::GroupFacts;
pub use facts::Grouping;
pub use facts::LabelFacts;
pub use facts::LabelKey;
pub use facts::StatedFacts;
pub use heap::ColumnHeap;
pub use heap::HeapCalls;
pub use heap::merge_heap;
pub use key::Key;
pub use key::KeyIndex;
pub use label_counts::EarlierLabels;
pub use label_counts::LabelCounts;
pub use label_counts::LabelValue;
pub use label_counts::LabelValues;

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

#[cfg(test)]
mod tests;
