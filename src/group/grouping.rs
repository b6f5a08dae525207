//! The groups of a snapshot.

use crate::stacks::DisplayStack;

use super::facts::GroupFacts;
use super::key::Key;

/// The groups of a snapshot.
#[derive(Clone, Debug, Default)]
pub struct Grouping {
    /// Each group once, in no order.
    pub groups: Vec<Group>,
    /// The number of goroutines that the filters accepted.
    pub total: i128,
    /// The number of distinct stacks, by name, that the filters accepted.
    pub stacks_unique: usize,
}

/// Goroutines with the same key.
#[derive(Clone, Debug)]
pub struct Group {
    /// What they have in common.
    pub key: Key,
    /// The number of goroutines.
    pub count: i128,
    /// The stack of the largest sample; in a group by something other than stacks, the frame that names it. Empty if `facts` is
    /// `None`.
    pub stack: DisplayStack,
    /// What is known of them; `None` if it was not wanted.
    pub facts: Option<Box<GroupFacts>>,
}
