//! One goroutine of Delve's lists: what its lines say together.

use super::line::Place;
use super::line::Wait;
use crate::decode::DecodeError;
use crate::decode::Limits;
use crate::model::Frame;
use crate::model::FrameId;
use crate::model::LabelSetId;
use crate::model::StackTable;
use crate::model::StateId;
use crate::model::Symbols;
use crate::model::Truncation;

/// One goroutine, or those of a group that Delve counts without listing them.
#[derive(Clone, Debug, Default)]
pub(super) struct Listed {
    /// `None` for several, and for one that Delve could not read.
    pub(super) id: Option<u64>,
    pub(super) count: u64,
    /// The number of the list that mentions it last.
    pub(super) list: usize,
    pub(super) runtime: Option<Frame>,
    pub(super) user: Option<Frame>,
    pub(super) go: Option<Frame>,
    pub(super) start: Option<Frame>,
    /// The places that a line states, even if Delve does not know the function.
    stated: Vec<Place>,
    pub(super) state: Option<StateId>,
    pub(super) labels: LabelSetId,
    frames: Vec<FrameId>,
    end: StackEnd,
    next_frame: usize,
}

/// How the stack of `-t` ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum StackEnd {
    /// Delve shows no more than the depth that was asked for; older versions do not say that there is more.
    #[default]
    AtDepth,
    Outermost,
}

impl Listed {
    pub(super) fn new(id: Option<u64>, count: u64, list: usize) -> Self {
        Listed { id, count, list, ..Listed::default() }
    }

    pub(super) fn states(&self, place: Place) -> bool {
        self.stated.contains(&place)
    }

    pub(super) fn set_place(&mut self, place: Place, frame: Option<Frame>) {
        self.stated.push(place);
        let slot = match place {
            Place::Runtime => &mut self.runtime,
            Place::User => &mut self.user,
            Place::Go => &mut self.go,
            Place::Start => &mut self.start,
        };
        *slot = frame.or(*slot);
    }

    pub(super) fn at(&self, place: Place) -> Option<Frame> {
        match place {
            Place::Runtime => self.runtime,
            Place::User => self.user,
            Place::Go => self.go,
            Place::Start => self.start,
        }
    }

    /// Whether the frame with this number is the next one. Another stack of the same goroutine starts at 0 again.
    pub(super) fn expects_frame(&self, number: usize) -> bool {
        number >= self.next_frame && self.end == StackEnd::AtDepth
    }

    pub(super) fn add_frame(
        &mut self,
        number: usize,
        frame: Frame,
        (symbols, stacks): (&Symbols, &mut StackTable),
        limits: &Limits,
    ) -> Result<(), DecodeError> {
        self.next_frame = number.saturating_add(1);
        // No other form shows the outermost frame of the runtime.
        if symbols.function(frame.function) == "runtime.goexit" {
            self.end = StackEnd::Outermost;
            return Ok(());
        }
        limits.check_depth(self.frames.len() + 1, || "frames of a goroutine".to_owned())?;
        self.frames.push(stacks.intern_frame(frame));
        Ok(())
    }

    pub(super) fn has_stack(&self) -> bool {
        !self.frames.is_empty()
    }

    /// What is known of its stack, leaf first.
    pub(super) fn stack(&self, stacks: &mut StackTable) -> (Vec<FrameId>, Truncation) {
        let mut truncation = Truncation::default();
        let mut frames = self.frames.clone();
        if frames.is_empty() {
            frames.extend(self.runtime.map(|frame| stacks.intern_frame(frame)));
            if let Some(user) = self.user.map(|frame| stacks.intern_frame(frame))
                && frames.last() != Some(&user)
            {
                truncation.elided_after = (!frames.is_empty()).then_some(1);
                frames.push(user);
            }
        } else if self.end == StackEnd::Outermost {
            return (frames, truncation);
        }
        let Some(start) = self.start else {
            truncation.cut = true;
            return (frames, truncation);
        };
        let is_shown = frames.last().is_some_and(|last| stacks.frame(*last).function == start.function);
        if !is_shown {
            let before = u32::try_from(frames.len()).unwrap_or(u32::MAX);
            truncation.elided_after = truncation.elided_after.or(Some(before));
            // Delve states the line at which the function begins, not the line that the goroutine has reached.
            frames.push(stacks.intern_frame(Frame { line: 0, ..start }));
        }
        (frames, truncation)
    }
}

/// What is remarkable about the waits of all goroutines.
#[derive(Debug, Default)]
pub(super) struct Waits {
    /// Whether a number says when a wait began.
    pub(super) has_since: bool,
}

impl Waits {
    pub(super) fn add(&mut self, wait: &Wait<'_>) {
        self.has_since |= wait.has_since;
    }
}
