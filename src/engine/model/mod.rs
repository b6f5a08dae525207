//! The words of leakscope: what the goroutines of one process look like at one time, decoded.
//!
//! A [`Snapshot`] is one process at one time. It holds its goroutine [`Profile`]s in one or several forms.
//!
//! **Invariant:** plain values. Nothing here reads, prints or serialises, and nothing knows where the bytes came from.

mod ancestor;
mod arguments;
mod death;
mod fact;
mod form;
mod goroutine;
mod heap_profile;
mod label;
mod profile;
mod snapshot;
mod stack;
mod state;
mod symbols;
mod warning;

pub use ancestor::Ancestor;
pub use arguments::Arguments;
pub use arguments::Passed;
pub use arguments::Receiver;
pub use death::Death;
pub use death::DeathKind;
pub use fact::Basis;
pub use fact::Fact;
pub use form::Form;
pub(crate) use form::FormFacts;
pub use form::RowKind;
pub use goroutine::Goroutine;
pub use goroutine::Goroutines;
pub use heap_profile::Allocation;
pub use heap_profile::HeapProfile;
pub use label::LabelSetId;
pub use label::LabelTable;
pub use label::TextId;
pub use profile::Kind;
pub use profile::Profile;
pub use profile::Sample;
pub use profile::SampleDetail;
pub use profile::SampleRef;
pub use snapshot::Snapshot;
pub use stack::Frame;
pub use stack::FrameId;
pub use stack::LocationId;
pub use stack::StackId;
pub use stack::StackTable;
pub use stack::Truncation;
pub use state::BlockedOn;
pub use state::State;
pub use state::StateId;
pub use symbols::FileId;
pub use symbols::FunctionId;
pub use symbols::Symbols;
pub use warning::Warning;
