//! One row of a profile.

use super::BlockedOn;
use super::Frame;
use super::Goroutines;
use super::LabelSetId;
use super::StackId;
use super::StateId;

/// One row of a profile: a stack, its labels, and how many goroutines share them.
///
/// Whatever else a form states of the row is its [`SampleDetail`]. The two are kept apart because the forms with the most rows have no
/// details.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    /// The stack, leaf first.
    pub stack: StackId,
    /// The label set. In a traceback the empty set does not mean that the goroutines have no labels: Go prints them only from 1.27 on.
    pub labels: LabelSetId,
    /// How many goroutines. Negative only in a delta profile.
    pub count: i64,
}

/// What a form states of a row besides its stack, labels and count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SampleDetail {
    /// The state in the goroutine's header; `None` if the form has no states.
    pub state: Option<StateId>,
    /// The wait that is inferred from frames which the form hides; `None` if it shows them, or if they say nothing.
    pub inferred_wait: Option<BlockedOn>,
    /// The `go` statement (`created by`); `None` if the form does not record it, and for the main goroutine.
    pub spawn: Option<Frame>,
}

/// A row of a profile together with its detail and its goroutines.
#[derive(Clone, Copy, Debug)]
pub struct SampleRef<'a> {
    /// The row.
    pub sample: Sample,
    /// Its detail; `None` if the form only counts.
    pub detail: Option<&'a SampleDetail>,
    /// Its goroutines, in no order; `None` if the form only counts.
    pub goroutines: Option<&'a Goroutines>,
}

impl SampleRef<'_> {
    /// See [`SampleDetail::spawn`].
    pub fn spawn(&self) -> Option<Frame> {
        self.detail?.spawn
    }

    /// See [`SampleDetail::inferred_wait`].
    pub fn inferred_wait(&self) -> Option<BlockedOn> {
        self.detail?.inferred_wait
    }
}
