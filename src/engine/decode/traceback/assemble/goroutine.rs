//! The goroutine whose lines are being read, and its ancestors.

use std::collections::HashMap;
use std::num::NonZeroU64;

use foldhash::fast::RandomState;

use crate::decode::traceback::header::Header;
use crate::model::Ancestor;
use crate::model::Frame;
use crate::model::FrameId;
use crate::model::FunctionId;
use crate::model::Passed;
use crate::model::StackTable;
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
    /// Whether a path without a line number is below the pending function: what follows is the rest of it.
    pub(super) has_cut_path: bool,
    /// Functions without a position.
    pub(super) unlocated: u64,
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

/// By id: the sample of each goroutine that is printed without its stack, `None` for all others.
pub(super) type Printed = HashMap<u64, Option<usize>, RandomState>;

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

/// What was read of a goroutine and of its ancestors, while an ancestor is being read.
pub(super) struct Lineage {
    /// What was read of the goroutine itself.
    pub(super) own: StackPart,
    pub(super) ancestors: Vec<Ancestor>,
    /// The id of the ancestor that is being read.
    pub(super) id: Option<NonZeroU64>,
}

/// The parts of an [`OpenGoroutine`] that an ancestor has too.
pub(super) struct StackPart {
    pub(super) frames: Vec<FrameId>,
    pub(super) spawn: Option<Frame>,
    pub(super) cut: bool,
    pub(super) elided_after: Option<u32>,
}

impl StackPart {
    pub(super) fn take(open: &mut OpenGoroutine, frames: &mut Vec<FrameId>) -> Self {
        StackPart {
            frames: std::mem::take(frames),
            spawn: open.spawn.take(),
            cut: std::mem::take(&mut open.cut),
            elided_after: open.elided_after.take(),
        }
    }

    pub(super) fn into_ancestor(self, id: Option<NonZeroU64>, stacks: &StackTable) -> Ancestor {
        let frames = self.frames.iter().map(|id| stacks.frame(*id)).collect();
        Ancestor { id, frames, cut: self.cut, spawn: self.spawn }
    }
}
