//! What each stack of a profile says by itself: its leaf, the first frame of the program's code, its entry, its wait, and the key
//! that groups it.
//!
//! [`SymbolTable`] maps the symbols of all profiles of a series to common ids. Each distinct stack is analyzed once: a state machine
//! selects the frames that count (`visible.rs`), recursion is collapsed (`recursion.rs`), and the result is a summary
//! (`summary.rs`). A trie caches the state after each location (`trie.rs`), because most stacks share a prefix with others.
//!
//! **Invariant:** nothing here knows of groups, of other snapshots, or of the input files.

mod analyzed;
mod analyzer;
mod calls;
mod display;
mod filter;
pub(crate) mod fingerprint;
mod frame_info;
mod pattern;
mod recursion;
mod summary;
mod symbol_table;
mod trie;
mod visible;
mod wait_filter;

use crate::model::Profile;
use analyzer::StackAnalyzer;
use frame_info::FrameTable;

#[doc(hidden)]
pub use analyzed::AnalyzedStacks;
#[doc(hidden)]
pub use calls::called;
#[doc(hidden)]
pub use calls::calls_of_user;
#[doc(hidden)]
pub use calls::is_written_by_user;
pub use display::DisplayStack;
pub(crate) use display::DisplayStacks;
pub use filter::Filter;
pub use filter::FilterPatterns;
pub use fingerprint::Fingerprint;
pub use frame_info::Granularity;
pub use pattern::FilterError;
pub use symbol_table::SnapshotSymbols;
pub(crate) use symbol_table::SymbolMap;
pub use symbol_table::SymbolTable;
pub(crate) use wait_filter::WaitFilter;

/// Analyzes the stacks of a profile whose symbols were merged into `symbols` as `symbol_map`.
pub(crate) fn analyze(
    profile: &Profile,
    symbol_map: SymbolMap,
    granularity: Granularity,
    filter: &Filter,
    symbols: &SymbolTable,
) -> AnalyzedStacks {
    let frames = FrameTable::new(profile, &symbol_map, granularity, symbols);
    let filter = filter.frames(profile);
    let (class_of, classes, summaries) = StackAnalyzer::new(profile, &frames, symbols, &filter).run();
    AnalyzedStacks { symbol_map, frames, filter, class_of, classes, summaries }
}

#[cfg(test)]
pub(crate) use recursion::tests::reference as collapsed_by_reference;
