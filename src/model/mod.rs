//! The words of leakscope: what a process's goroutines looked like at one moment, decoded.
//!
//! **Invariant:** plain values. Nothing here reads, prints or serialises, and nothing knows where the bytes came from.

mod bytes;
mod counted;
mod fact;
mod heap;
mod label;
mod moment;
mod name;
mod neighbours;
mod slices;
mod snapshot;
mod stack;
mod texts;
mod wait;
mod warning;
mod written;

pub use bytes::parse_bytes;
pub use counted::counted;
pub use counted::grouped;
pub use fact::Basis;
pub use fact::Fact;
pub use heap::Allocation;
pub use heap::HeapProfile;
pub use label::LabelSetId;
pub use label::LabelTable;
pub use label::TextId;
pub use moment::Moment;
pub use name::Owner;
pub use name::canonical;
pub use name::closure_parent;
pub use name::identity;
pub use name::owner;
pub use name::package;
pub use name::package_and_rest;
pub(crate) use neighbours::Neighbours;
pub use snapshot::Detail;
pub use snapshot::Form;
pub use snapshot::Goroutine;
pub use snapshot::Kind;
pub use snapshot::Sample;
pub use snapshot::Snapshot;
pub use snapshot::State;
pub use snapshot::StateId;
pub use stack::FileId;
pub use stack::Frame;
pub use stack::FrameId;
pub use stack::FunctionId;
pub use stack::Gap;
pub use stack::SiteId;
pub use stack::StackId;
pub use stack::StackTable;
pub use stack::Symbols;
pub(crate) use texts::Texts;
pub use wait::BlockedOn;
pub use warning::Warning;
