//! What one stack and one header tell by themselves: what blocks a goroutine, whose code it is in, who started it.
//!
//! **Invariant:** every answer is stated, inferred or absent. Nothing here counts or compares.

mod blocked_on;
mod detail;
mod fold;
mod library;
mod plumbing;
mod spawn_site;

pub use blocked_on::Leaf;
pub use blocked_on::in_library as blocked_on_in_library;
pub use blocked_on::inferred as blocked_on_inferred;
pub use blocked_on::leaf;
pub use blocked_on::stated as blocked_on_stated;
pub use blocked_on::stated_by_words as blocked_on_by_words;
pub use detail::detail;
pub use fold::Folded;
pub use fold::Folds;
#[cfg(test)]
pub(crate) use fold::tests::reference as folded_plainly;
pub use plumbing::Plumbing;
pub use plumbing::plumbing;
pub use spawn_site::is_spawn_helper;
