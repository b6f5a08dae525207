//! All goroutines of one process at one moment, as one form tells of them.

use std::num::NonZeroU64;

use super::BlockedOn;
use super::Frame;
use super::Goroutines;
use super::LabelSetId;
use super::LabelTable;
use super::Samples;
use super::StackId;
use super::StackTable;
use super::Symbols;
use super::Warning;

/// The form that a snapshot was read from. It decides what can be known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Form {
    /// `debug=0`: the protobuf profile.
    Pprof,
    /// `debug=1`: counts and stacks as text.
    CountText,
    /// `debug=2`, and whatever else prints Go's tracebacks: panics, SIGQUIT, goleak.
    Traceback,
    /// `go tool pprof -traces`.
    PprofTraces,
    /// `go tool pprof -top`: functions, not stacks.
    PprofTop,
    /// Delve's list of goroutines.
    DelveList,
}

impl Form {
    /// The word for people and for JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Form::Pprof => "pprof",
            Form::CountText => "debug1",
            Form::Traceback => "debug2",
            Form::PprofTraces => "pprof-traces",
            Form::PprofTop => "pprof-top",
            Form::DelveList => "delve",
        }
    }
}

/// Which of Go's profiles it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// All goroutines.
    Goroutine,
    /// Those that Go's garbage collector proved leaked (Go 1.27, in 1.26 as an experiment).
    GoroutineLeak,
}

impl Kind {
    /// Go's own name of the profile.
    pub const fn as_str(self) -> &'static str {
        match self {
            Kind::Goroutine => "goroutine",
            Kind::GoroutineLeak => "goroutineleak",
        }
    }
}

/// The number of a state in its snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StateId(pub u32);

/// What a traceback's header says in its brackets, minutes and labels aside.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct State {
    /// Go's wait reason or status, in its own words: `chan receive`, `IO wait`, `running`.
    pub reason: String,
    /// `(leaked)`: proven by the last leak collection.
    pub leaked: bool,
    /// `(scan)`: the collector was scanning its stack.
    pub scan: bool,
    /// `(durable)`: idle inside a test bubble.
    pub durable: bool,
    /// The test bubble (`synctest bubble N`, in Go 1.24 `synctest group N`), if any.
    pub bubble: Option<u64>,
    /// `locked to thread`.
    pub locked: bool,
}

impl State {
    /// Go's words for it.
    pub fn words(&self) -> String {
        if self.durable { format!("{} (durable)", self.reason) } else { self.reason.clone() }
    }
}

/// One row of a snapshot: a stack, its labels, and how many goroutines share them. What else a form tells of them is a
/// [`Detail`]: forms that only count have the most rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    /// The stack, leaf first.
    pub stack: StackId,
    /// The labels; a traceback without labels has the empty set, which does not mean that there are none.
    pub labels: LabelSetId,
    /// How many goroutines. Negative only in a delta.
    pub count: i64,
}

impl Sample {
    /// No goroutine.
    pub(super) const NONE: Sample = Sample { stack: StackId(0), labels: LabelSetId::EMPTY, count: 0 };
}

/// What a row tells beside its stack, labels and count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Detail {
    /// What the header says; `None` where the form has no states.
    pub state: Option<StateId>,
    /// What frames that the form hides tell all the same; `None` where they are shown, or tell nothing.
    pub hidden_leaf: Option<BlockedOn>,
    /// The `go` statement (`created by`); `None` where the form does not say, and for main.
    pub spawn: Option<Frame>,
}

/// A row of a snapshot with all that is told of it.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    /// The row.
    pub sample: Sample,
    /// What else the form tells; `None` where it only counts.
    pub detail: Option<&'a Detail>,
    /// The goroutines one by one, in no order; `None` where the form only counts.
    pub goroutines: Option<&'a Goroutines>,
}

impl Record<'_> {
    /// The `go` statement (`created by`); `None` where the form does not say, and for main.
    pub fn spawn(&self) -> Option<Frame> {
        self.detail?.spawn
    }

    /// What frames that the form hides tell all the same; `None` where they are shown, or tell nothing.
    pub fn hidden_leaf(&self) -> Option<BlockedOn> {
        self.detail?.hidden_leaf
    }
}

/// What a traceback says of one goroutine alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Goroutine {
    /// Its number. Numbers grow over a process's life and are never used again.
    pub id: u64,
    /// The goroutine that started it (Go 1.21 and later); `None` if not said.
    pub parent: Option<NonZeroU64>,
    /// Whole minutes waited; `None` if not said, which is not the same as none.
    pub minutes: Option<u32>,
    /// The address of what it blocks on, by the receiver of the `sync` method that it waits in. `None` if not printed.
    pub waits_for: Option<NonZeroU64>,
}

/// All goroutines of one process at one moment, as one form tells of them.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// The form it was read from.
    pub form: Form,
    /// Which profile it is.
    pub kind: Kind,
    /// Whether it is the difference of two moments (`?seconds=N`): its counts may be negative and are no totals.
    pub delta: bool,
    /// Whether the values are in another unit than `count`; then they compare with nothing.
    pub odd_unit: bool,
    /// When it was taken, in nanoseconds since 1970; `None` if the form does not say.
    pub taken_at: Option<i64>,
    /// The total that the input claims; `None` if it claims none.
    pub claimed: Option<i128>,
    /// The path of the program, as its main mapping names it; `None` if the form does not say.
    pub program: Option<String>,
    /// The build id of the program's main mapping; `None` if the form does not say.
    pub build_id: Option<String>,
    /// Names of functions and files.
    pub symbols: Symbols,
    /// Each stack once.
    pub stacks: StackTable,
    /// Each label set once. Boxed, as most snapshots have none.
    pub labels: Box<LabelTable>,
    /// Each state once.
    pub states: Vec<State>,
    /// The rows. Several may have the same stack.
    pub samples: Samples,
    /// What else is told of each row; empty where the form only counts.
    pub details: Vec<Detail>,
    /// The goroutines of each row one by one, in no order; empty where the form only counts.
    pub goroutines: Vec<Goroutines>,
    /// Whether the sender asked to hide frames (`drop_frames`), which is not obeyed.
    pub asks_to_hide: bool,
    /// What could not be read, and other remarks.
    pub warnings: Vec<Warning>,
}

impl Snapshot {
    /// An empty snapshot of a form and a kind.
    pub fn new(form: Form, kind: Kind) -> Self {
        Snapshot {
            form,
            kind,
            delta: false,
            odd_unit: false,
            taken_at: None,
            claimed: None,
            program: None,
            build_id: None,
            symbols: Symbols::default(),
            stacks: StackTable::default(),
            labels: Box::default(),
            states: Vec::new(),
            samples: Samples::default(),
            details: Vec::new(),
            goroutines: Vec::new(),
            asks_to_hide: false,
            warnings: Vec::new(),
        }
    }

    /// How many goroutines were read: the sum of the counts.
    pub fn total(&self) -> i128 {
        self.samples.total()
    }

    /// The rows with all that is told of them.
    pub fn records(&self) -> impl ExactSizeIterator<Item = Record<'_>> {
        let record =
            |(at, sample)| Record { sample, detail: self.detail(at), goroutines: self.goroutines.get(at) };
        self.samples.iter().enumerate().map(record)
    }

    /// What is told of a row beside its stack, labels and count; `None` if nothing is.
    fn detail(&self, row: usize) -> Option<&Detail> {
        self.details.get(row).filter(|detail| **detail != Detail::default())
    }

    /// The state of a row; `None` where the form has none.
    pub fn state(&self, record: &Record<'_>) -> Option<&State> {
        self.states.get(record.detail?.state?.0 as usize)
    }

    /// Whether something of the input was lost, so that counts may be too low.
    pub fn is_incomplete(&self) -> bool {
        self.warnings.iter().any(|warning| warning.incomplete)
    }
}
