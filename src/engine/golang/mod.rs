//! What we know of Go: names of functions, wait reasons, frames of the runtime, helpers that start goroutines.
//!
//! **Invariant:** every answer is stated, inferred or absent. Nothing here counts or compares.

mod blocked_on;
mod known_libraries;
mod library;
mod names;
mod origin;
mod runtime_frames;
mod wait_detail;

pub use blocked_on::Leaf;
pub(crate) use blocked_on::frames_that_decide;
pub use blocked_on::in_library as blocked_on_in_library;
pub use blocked_on::inferred as blocked_on_inferred;
pub use blocked_on::leaf;
pub use blocked_on::reasons;
pub use blocked_on::stated as blocked_on_stated;
pub use blocked_on::stated_by_words as blocked_on_by_words;
pub use names::Owner;
pub use names::canonical;
pub use names::closure_parent;
pub use names::identity;
pub use names::owner;
pub use names::package;
pub use names::package_and_rest;
pub use names::writes_profiles;
pub use origin::is_general_package;
pub use origin::is_generated;
pub use origin::is_wait_itself;
pub use origin::module;
pub use origin::module_version;
pub use origin::object;
pub use runtime_frames::FrameVisibility;
pub use runtime_frames::frame_visibility;
pub use runtime_frames::is_spawn_helper;
pub use wait_detail::detail as wait_detail;
