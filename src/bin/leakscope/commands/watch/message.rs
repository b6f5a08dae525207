//! What the view and the workers say to each other.

use std::sync::Arc;
use std::time::Duration;

use leakscope::report::Report;

/// What is fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// The goroutine profile alone, which is cheap.
    Counts,
    /// With a traceback.
    Traceback,
    /// With a goroutineleak profile.
    Proof,
}

impl Form {
    pub(super) fn word(self) -> &'static str {
        match self {
            Form::Counts => "snapshot",
            Form::Traceback => "traceback",
            Form::Proof => "goroutineleak profile",
        }
    }
}

/// What the view asks of the worker of one target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Request {
    /// Fetch as soon as the limit on the cost allows.
    Fetch(Form),
    /// Fetch nothing by itself.
    Pause,
    /// Go on.
    Resume,
    /// Save the first and the last snapshot as capture folders.
    Save,
    /// Write the HTML page.
    Page,
}

/// What the worker of one target reports.
#[derive(Clone, Debug)]
pub(super) enum Update {
    /// A snapshot was fetched and added.
    Fetched {
        /// The report on all snapshots so far.
        report: Arc<Report>,
        /// What was fetched.
        form: Form,
        /// What it cost.
        cost: Cost,
    },
    /// Nothing could be fetched.
    Failed {
        /// What was to be fetched.
        form: Form,
        /// Why, in a word or two: `refused`.
        word: String,
        /// Why; may contain outside text.
        why: String,
        /// What the user can do about it, if that is known.
        hint: Option<String>,
        /// When the next attempt is made, in time since the start of the view.
        next: Duration,
    },
    /// The answer to another request than to fetch; may contain outside text.
    Said(String),
}

/// What requests cost the target.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Cost {
    /// Snapshots so far.
    pub(super) fetched: u32,
    /// How long the target took for the last one, with the network.
    pub(super) took: Duration,
    /// The size of the last answers, in bytes.
    pub(super) bytes: u64,
    /// The share of the target's time that this takes.
    pub(super) share: f64,
    /// The time from the last request to the next.
    pub(super) interval: Duration,
    /// When the next request is due, in time since the start of the view.
    pub(super) next: Duration,
}
