//! One decoded form of a snapshot, and its rows.

use crate::text::words;

use super::Ancestor;
use super::Arguments;
use super::BlockedOn;
use super::Death;
use super::Form;
use super::Frame;
use super::Goroutines;
use super::LabelSetId;
use super::LabelTable;
use super::StackId;
use super::StackTable;
use super::State;
use super::StateId;
use super::Symbols;
use super::Warning;

words! {
    /// Which of Go's profiles it is.
    #[derive(Default)]
    pub enum Kind {
        /// All goroutines.
        #[default]
        Goroutine = "goroutine",
        /// The goroutines that Go's garbage collector proved leaked (Go 1.27; in 1.26 an experiment).
        GoroutineLeak = "goroutineleak",
    }
}

/// All goroutines of one process at one time, as one form records them.
#[derive(Clone, Debug, Default)]
pub struct Profile {
    /// The form that it was read from.
    pub form: Form,
    /// Which of Go's profiles it is.
    pub kind: Kind,
    /// Whether it is the difference of two snapshots (`?seconds=N`): then counts may be negative, and they are no totals.
    pub is_delta: bool,
    /// Whether values have another unit than `count`; then they cannot be compared with other profiles.
    pub unexpected_unit: bool,
    /// Whether goroutine IDs occur more than once: the text contains several dumps, and their goroutines are counted together.
    pub has_repeats: bool,
    /// When it was taken, in nanoseconds since 1970; `None` if the form does not record it.
    pub taken_at: Option<i64>,
    /// The total number of goroutines that the input declares; `None` if it declares none.
    pub declared_total: Option<i128>,
    /// The number of goroutines, if one may be counted in several rows; `None` if each is in one row.
    pub total_of_overlapping: Option<i64>,
    /// The path of the program, from its main mapping; `None` if the form does not record it.
    pub program: Option<String>,
    /// The build id of the program's main mapping; `None` if the form does not record it.
    pub build_id: Option<String>,
    /// Names of functions and files.
    pub symbols: Symbols,
    /// The distinct stacks.
    pub stacks: StackTable,
    /// The distinct label sets. Boxed because most profiles have none.
    pub labels: Box<LabelTable>,
    /// The distinct states.
    pub states: Vec<State>,
    /// The rows. Several rows may have the same stack.
    pub samples: Vec<Sample>,
    /// The detail of each row; empty if the form only counts.
    pub details: Vec<SampleDetail>,
    /// The goroutines of each row, in no order; empty if the form only counts.
    pub goroutines: Vec<Goroutines>,
    /// Whether the sender set `drop_frames` or `keep_frames`, which leakscope does not obey.
    pub has_frame_filters: bool,
    /// Why the process died; `None` unless the text says it. Boxed because most profiles are of a live process.
    pub death: Option<Box<Death>>,
    /// What could not be read, and other remarks.
    pub warnings: Vec<Warning>,
}

impl Profile {
    /// An empty profile of this form and kind.
    pub fn new(form: Form, kind: Kind) -> Self {
        Profile { form, kind, ..Profile::default() }
    }

    /// The number of goroutines that were read: the sum of all counts, unless rows overlap.
    pub fn total(&self) -> i128 {
        let sum = || self.samples.iter().map(|sample| i128::from(sample.count)).sum();
        self.total_of_overlapping.map_or_else(sum, i128::from)
    }

    /// The rows with their details and goroutines.
    pub fn samples_with_details(&self) -> impl ExactSizeIterator<Item = SampleRef<'_>> {
        self.samples.iter().enumerate().map(|(row, sample)| SampleRef {
            sample: *sample,
            detail: self.details.get(row).filter(|detail| **detail != SampleDetail::default()),
            goroutines: self.goroutines.get(row),
        })
    }

    /// The state of a row; `None` if the form has no states.
    pub fn state(&self, sample: &SampleRef<'_>) -> Option<&State> {
        self.states.get(sample.detail?.state?.0 as usize)
    }

    /// Whether a part of the input was lost, so that counts may be too low.
    pub fn is_incomplete(&self) -> bool {
        self.warnings.iter().any(|warning| warning.incomplete)
    }
}

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
    /// The arguments on its stacks; empty if the form prints none.
    pub arguments: Arguments,
    /// The goroutines from which it descends, its parent first; empty if the form does not record them.
    pub ancestors: Box<[Ancestor]>,
    /// The shortest and the longest wait in whole minutes, if the form states them for the row and not for each goroutine.
    pub minutes: Option<(u32, u32)>,
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

impl<'a> SampleRef<'a> {
    /// See [`SampleDetail::spawn`].
    pub fn spawn(&self) -> Option<Frame> {
        self.detail?.spawn
    }

    /// See [`SampleDetail::ancestors`].
    pub fn ancestors(&self) -> &'a [Ancestor] {
        self.detail.map_or(&[], |detail| &detail.ancestors)
    }

    /// See [`SampleDetail::inferred_wait`].
    pub fn inferred_wait(&self) -> Option<BlockedOn> {
        self.detail?.inferred_wait
    }
}
