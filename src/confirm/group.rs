//! What the analysis of source reads of a profile: groups of goroutines with their stacks.

use crate::model::BlockedOn;
use crate::stacks::Fingerprint;

/// A frame of a stack, as the profile names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ObservedFrame {
    /// The function, in its canonical name.
    pub(crate) function: String,
    /// The path of its file; empty if it is not known.
    pub(crate) file: String,
    /// The line, from 1; 0 if it is not known.
    pub(crate) line: u32,
}

/// A group of goroutines with one stack.
#[derive(Clone, Debug)]
pub(crate) struct ObservedGroup {
    /// Its row in the series.
    pub(crate) row: usize,
    /// Its fingerprint.
    pub(crate) fingerprint: Fingerprint,
    /// Its stack, leaf first, without frames of the runtime that all forms leave out.
    pub(crate) stack: Vec<ObservedFrame>,
    /// Its goroutines in the last snapshot.
    pub(crate) count: i128,
    /// What they wait for; `None` if it is not known.
    pub(crate) blocked_on: Option<BlockedOn>,
    /// Whether they wait for a nil channel or in a select without cases.
    pub(crate) is_nil_channel: bool,
    /// The `go` statement that started them; its line is 0 if only the function is known.
    pub(crate) spawn_site: Option<ObservedFrame>,
    /// Whether they are background goroutines in a normal number.
    pub(crate) is_background: bool,
}
