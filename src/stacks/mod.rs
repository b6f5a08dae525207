//! What each stack of a profile tells by itself: its leaf, the user's frame, the entry, the wait, and the key that groups it.
//!
//! [`SymbolTable`] gives the names of all profiles of a series common ids. Stacks are analyzed once each, by walking a trie of call
//! sites, with recursion collapsed and the frames of Go's runtime hidden.
//!
//! **Invariant:** nothing here knows of groups, snapshots before or after, or files.

mod analyze;
mod analyzed;
mod display;
mod filter;
pub(crate) mod fingerprint;
mod frame_info;
mod recursion;
mod stack_class;
mod symbol_table;
mod trie;

pub(crate) use analyzed::AnalyzedStacks;
pub use analyzed::DisplayStack;
pub(crate) use display::DisplayStacks;
pub use filter::Filter;
pub use filter::FilterError;
pub use filter::FilterPatterns;
pub use fingerprint::Fingerprint;
pub use frame_info::Granularity;
pub use recursion::CollapsedId;
pub use recursion::RecursionCollapser;
#[cfg(test)]
pub(crate) use recursion::tests::reference as collapsed_by_reference;
pub use symbol_table::SnapshotSymbols;
pub(crate) use symbol_table::SymbolMap;
pub use symbol_table::SymbolTable;
