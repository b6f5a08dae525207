//! Heap profiles: live memory by the stack that allocated it.

use super::StackId;
use super::StackTable;
use super::Symbols;
use super::Warning;

/// A heap profile: allocation stacks and the bytes they still hold, as Go's sampling estimates them. Stacks whose memory is all freed are
/// kept with 0 bytes: they still show who calls whom.
#[derive(Clone, Debug, Default)]
pub struct HeapProfile {
    /// Names of functions and files.
    pub symbols: Symbols,
    /// The distinct stacks.
    pub stacks: StackTable,
    /// The live memory of each stack.
    pub allocations: Vec<Allocation>,
    /// When the profile was taken, in nanoseconds since 1970; `None` if it does not record it.
    pub taken_at: Option<i64>,
    /// What could not be read, and other remarks.
    pub warnings: Vec<Warning>,
}

/// Live memory that one stack allocated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allocation {
    /// The stack that allocated, leaf first.
    pub stack: StackId,
    /// Bytes in use (`inuse_space`); 0 if all are freed.
    pub bytes: i64,
    /// Objects in use (`inuse_objects`).
    pub objects: i64,
}
