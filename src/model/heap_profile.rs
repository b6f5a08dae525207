//! Live memory by the stack that allocated it.

use super::StackId;
use super::StackTable;
use super::Symbols;
use super::Warning;

/// A heap profile: allocation stacks and the bytes they still hold, as Go's sampling estimates them.
#[derive(Clone, Debug, Default)]
pub struct HeapProfile {
    /// Names of functions and files.
    pub symbols: Symbols,
    /// Each stack once.
    pub stacks: StackTable,
    /// What is live, by stack.
    pub allocations: Vec<Allocation>,
    /// When the profile was made, in nanoseconds since 1970; `None` if it does not say.
    pub taken_at: Option<i64>,
    /// What could not be read.
    pub warnings: Vec<Warning>,
}

/// Live memory that one stack allocated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allocation {
    /// Who allocated, leaf first.
    pub stack: StackId,
    /// Bytes in use (`inuse_space`).
    pub bytes: i64,
    /// Objects in use (`inuse_objects`).
    pub objects: i64,
}
