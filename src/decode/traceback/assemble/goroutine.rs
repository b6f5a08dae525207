//! The goroutine whose lines are being read.

use std::num::NonZeroU64;

use super::ancestors::Lineage;
use crate::decode::traceback::header::Header;
use crate::model::Frame;
use crate::model::FunctionId;
use crate::model::StateId;

#[derive(Default)]
pub(super) struct OpenGoroutine {
    pub(super) header: Header,
    /// The state of the header if it is cached.
    pub(super) state: Option<StateId>,
    pub(super) line: u64,
    /// A function without its source position, which is in the next line.
    pub(super) pending: Option<Pending>,
    pub(super) spawn: Option<Frame>,
    pub(super) parent: Option<NonZeroU64>,
    pub(super) waits_for: Option<NonZeroU64>,
    pub(super) elided_after: Option<u32>,
    pub(super) cut: bool,
    pub(super) unavailable: bool,
    /// Positions without a function before them: the lines are out of order.
    pub(super) strays: usize,
    /// Its ancestors. `None` until the first one begins.
    pub(super) lineage: Option<Box<Lineage>>,
}

/// A line whose source position follows.
#[derive(Clone, Copy)]
pub(super) enum Pending {
    Call(FunctionId),
    Creator(FunctionId),
}
