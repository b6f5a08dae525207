//! The engine of leakscope: it decodes profiles, groups goroutines by stack, and decides which groups grow.
//!
//! It is a crate of its own, because it runs once for each sample or line and is compiled for speed, while the rest of leakscope runs
//! once for each finding and is compiled for size. Use it through [leakscope](https://docs.rs/leakscope), which exports the modules below.
//! What these pages do not show may change in any version.

pub mod decode;
pub mod golang;
pub mod group;
pub mod input;
pub mod model;
#[doc(hidden)]
pub mod parallel;
pub mod series;
#[doc(hidden)]
pub mod sort;
pub mod stacks;
mod storage;
mod switches;
pub mod text;

#[doc(hidden)]
pub use storage::varint;
