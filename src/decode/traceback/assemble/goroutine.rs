//! The goroutine whose lines are being read.

use std::num::NonZeroU64;

use super::ancestors::Lineage;
use crate::decode::traceback::header::Header;
use crate::model::Frame;
use crate::model::FunctionId;
use crate::model::Passed;
use crate::model::StateId;

#[derive(Default)]
pub(super) struct OpenGoroutine {
    pub(super) header: Header,
    pub(super) begun: Begun,
    /// The state of the header if it is cached.
    pub(super) state: Option<StateId>,
    pub(super) line: u64,
    /// A function without its source position, which is in the next line.
    pub(super) pending: Option<Pending>,
    pub(super) spawn: Option<Frame>,
    pub(super) parent: Option<NonZeroU64>,
    pub(super) waits_for: Option<NonZeroU64>,
    /// What the innermost function outside of the runtime was called with; `None` before it is read.
    pub(super) innermost: Option<Passed>,
    pub(super) elided_after: Option<u32>,
    pub(super) cut: bool,
    pub(super) unavailable: bool,
    /// Positions without a function before them: the lines are out of order.
    pub(super) strays: usize,
    /// Whether it starts with a position or a creator: the lines before are missing.
    pub(super) torn: bool,
    /// Lines between its frames that are none.
    pub(super) noise: u64,
    /// How many of its frames are names alone, without arguments.
    pub(super) bare: usize,
    /// Its ancestors. `None` until the first one begins.
    pub(super) lineage: Option<Box<Lineage>>,
}

/// A line whose source position follows.
#[derive(Clone, Copy)]
pub(super) enum Pending {
    Call(FunctionId),
    Creator(FunctionId),
}

/// How a goroutine began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Begun {
    /// With a header, or with its first frame in a text that has no headers.
    #[default]
    Whole,
    /// With a frame, in a text that has headers: its own is missing.
    Headless,
    /// With a header below the first line of a panic.
    AfterPanic,
    /// With a header that is printed for the second time.
    Again,
}
