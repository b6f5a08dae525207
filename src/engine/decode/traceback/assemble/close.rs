//! Decides whether what was read is a goroutine that counts.

use super::Assembler;
use super::goroutine::Begun;
use super::goroutine::OpenGoroutine;
use crate::decode::traceback::header::Certainty;
use crate::model::Ancestor;
use crate::model::FileId;
use crate::model::FrameId;

impl Assembler<'_> {
    /// Ends the current goroutine, and adds it to its sample unless it is incomplete or no goroutine.
    pub(in super::super) fn close(&mut self) {
        self.finish_pending();
        self.wrapped.clear();
        self.candidate.clear();
        let Some(mut open) = self.open.take() else { return };
        let ancestors = self.end_ancestors(&mut open);
        let frames = std::mem::take(&mut self.frames);
        let has_ended = open.spawn.is_some() || self.is_main(&frames);
        match open.begun {
            Begun::AfterPanic if self.is_printed_by_itself(&frames) => {
                self.headers_total = self.headers_total.saturating_sub(u128::from(open.header.count));
                self.faults.history += 1;
            }
            Begun::Whole | Begun::AfterPanic => self.close_whole(open, &frames, ancestors, has_ended),
            Begun::Headless if !self.is_located(&frames) => {
                if open.torn || open.spawn.is_some() {
                    self.faults.without_header.add(open.line);
                }
            }
            Begun::Headless if has_ended && self.last_ended && open.strays == 0 => {
                self.headers_total += 1;
                self.faults.headless.add(open.line);
                self.add_to_sample(open, &frames, ancestors);
            }
            Begun::Headless => self.faults.without_header.add(open.line),
            Begun::Again => self.close_again(open, &frames, ancestors),
        }
        self.frames = frames;
        self.frames.clear();
        self.receivers.clear();
    }

    fn close_whole(
        &mut self,
        open: OpenGoroutine,
        frames: &[FrameId],
        ancestors: Box<[Ancestor]>,
        has_ended: bool,
    ) {
        if frames.is_empty() && !open.unavailable && open.header.certainty != Certainty::Sure {
            // Prose, or a summary without stacks.
            self.headers_total = self.headers_total.saturating_sub(u128::from(open.header.count));
            if open.header.certainty == Certainty::Cut {
                self.faults.unread_headers.add(open.line);
                self.headers_total += u128::from(open.header.count);
            }
            return;
        }
        self.last_ended = has_ended;
        self.faults.noise += open.noise;
        if !open.cut {
            self.faults.unlocated += open.unlocated;
        }
        self.faults.odd_headers += u64::from(open.header.certainty == Certainty::Cut);
        if has_ended {
            self.faults.ended += 1;
        } else if self.lacks_creator(&open, frames) {
            self.faults.unended += 1;
        }
        if open.strays > 0 {
            let why = "its lines are out of order or interleaved with others";
            self.faults.skip(open.line, open.header.id, open.header.count, why);
            return;
        }
        if frames.is_empty() && !open.unavailable {
            self.faults.frameless += open.header.count;
        }
        self.add_to_sample(open, frames, ancestors);
    }

    /// Whether Go writes who created a goroutine with this stack: it does not for the main goroutine, for those of the runtime, and for
    /// callbacks on threads of C.
    fn lacks_creator(&self, open: &OpenGoroutine, frames: &[FrameId]) -> bool {
        let has_no_end = open.cut || open.unavailable || open.lineage.is_some() || open.spawn.is_some();
        let state =
            open.state.and_then(|id| self.profile.states.get(id.0 as usize)).or(open.header.state.as_ref());
        let is_of_go = open.header.id.is_some_and(|id| id > 1) && state.is_none_or(|it| !it.locked);
        let entry = frames.last().map(|id| self.profile.stacks.frame(*id).function);
        let starts = entry.map_or("", |function| self.profile.symbols.function(function));
        let is_user = !starts.is_empty() && !starts.starts_with("runtime.") && !starts.starts_with("_cgoexp");
        open.begun == Begun::Whole && !has_no_end && is_of_go && is_user && !starts.contains(".init")
    }

    /// Whether a frame has a source position: a function alone may be a word of a log.
    fn is_located(&self, frames: &[FrameId]) -> bool {
        frames.iter().any(|id| self.profile.stacks.frame(*id).file != FileId::NONE)
    }

    /// Whether a goroutine took its own stack: what panicked is printed by the runtime.
    fn is_printed_by_itself(&self, frames: &[FrameId]) -> bool {
        let leaf = frames.first().map(|id| self.profile.stacks.frame(*id).function);
        leaf.is_some_and(|function| self.profile.symbols.function(function) == "runtime/debug.Stack")
    }

    /// Whether a stack ends with the entry of the main goroutine, which has no creator.
    pub(super) fn is_main(&self, frames: &[FrameId]) -> bool {
        let entry = frames.last().map(|id| self.profile.stacks.frame(*id).function);
        entry.is_some_and(|function| self.profile.symbols.function(function) == "main.main")
    }
}
