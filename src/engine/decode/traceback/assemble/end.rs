//! What the end of the input says about the last goroutine.

use super::Assembler;
use super::goroutine::Begun;
use super::goroutine::Pending;
use crate::decode::traceback::ending::Ending;
use crate::decode::traceback::frame;
use crate::decode::traceback::header::Certainty;
use crate::model::FileId;
use crate::model::Frame;
use crate::model::Warning;

impl Assembler<'_> {
    /// Closes the last goroutine. If the input is truncated inside it, its last frame loses what is not known for sure: its
    /// position, or all if its name is cut.
    pub(in super::super) fn end_of_input(&mut self, ending: Ending) {
        let can_end = self.can_end_here() || (ending == Ending::AfterFrame && self.is_in_callback());
        let is_cut_header =
            self.open.as_ref().is_some_and(|it| it.header.certainty == Certainty::Cut) && !self.has_frames();
        if is_cut_header && ending == Ending::AfterGoroutine {
            // What the end of the text says of it is said elsewhere.
            let cut = self.open.take().map_or(0, |it| it.header.count);
            self.headers_total = self.headers_total.saturating_sub(u128::from(cut));
        }
        let wrapped = std::mem::take(&mut self.wrapped);
        if let Some(open) = &mut self.open {
            let is_named = open.header.id.is_some();
            let is_half = open.pending.is_some() || !wrapped.is_empty();
            let is_header_only =
                is_named && self.frames.is_empty() && !open.unavailable && open.lineage.is_none();
            let lacks_frames = !can_end
                && matches!(ending, Ending::AfterFrame | Ending::InsideLine | Ending::InsideLocation);
            // A last function without a position is incomplete, unless the text has no positions at all.
            let expects_position =
                self.has_positions || is_header_only || matches!(open.pending, Some(Pending::Creator(_)));
            let is_cut = match ending {
                Ending::Clean | Ending::AfterFrame => {
                    (is_half && expects_position) || (is_named && lacks_frames)
                }
                Ending::AfterGoroutine | Ending::InsideLine => {
                    is_half || is_header_only || (is_named && lacks_frames)
                }
                Ending::InsideLocation => is_half || is_named,
            };
            if is_cut {
                // A path without a function is a part of a name.
                let symbols = &self.profile.symbols;
                open.pending.take_if(|it| {
                    matches!(it, Pending::Creator(function) if !frame::is_name(symbols.function(*function)))
                });
                if ending == Ending::InsideLocation {
                    match (open.pending, &mut open.spawn, self.frames.last_mut()) {
                        // The text ends inside the creator's name, or inside the id after it.
                        (Some(Pending::Creator(_)), ..) if open.parent.take().is_none() => {
                            open.pending = None
                        }
                        (Some(_), ..) | (None, None, None) => {}
                        // The line number may be cut.
                        (None, Some(spawn), _) => *spawn = without_position(*spawn),
                        (None, None, Some(last)) => {
                            let frame = without_position(self.profile.stacks.frame(*last));
                            *last = self.profile.stacks.intern_frame(frame);
                        }
                    }
                }
                if ending == Ending::InsideLine && open.pending.is_some() && wrapped.is_empty() {
                    // The last line is a cut position.
                    open.noise = open.noise.saturating_sub(1);
                }
                // More frames may have followed, so the last one is not the entry.
                open.cut |= open.spawn.is_none() && (is_half || lacks_frames);
                let text = "the input is truncated inside this goroutine; the missing part is not shown";
                self.profile.warnings.push(Warning::loss(text).at(open.line));
                if ending == Ending::InsideLine
                    && let Some(line) = frame::without_arguments(&wrapped)
                    && let Some(call) = frame::call(&line)
                {
                    self.add_call(call);
                }
            }
        }
        self.close();
    }

    /// Whether the current goroutine panicked in a callback, on a thread that C made: it has no `go` statement.
    fn is_in_callback(&self) -> bool {
        let Some(open) = self.open.as_ref().filter(|it| it.begun == Begun::AfterPanic) else { return false };
        let cached = open.state.and_then(|id| self.profile.states.get(id.0 as usize));
        let state = open.header.state.as_ref().or(cached);
        !self.frames.is_empty() && state.is_some_and(|it| it.locked && &*it.reason == "running")
    }

    /// Whether the current goroutine may be complete: after the entry function Go writes only the creator, which the
    /// main goroutine and those of the runtime do not have.
    fn can_end_here(&self) -> bool {
        let Some(open) = &self.open else { return true };
        if open.spawn.is_some()
            || open.pending.is_some()
            || open.cut
            || open.unavailable
            || open.lineage.is_some()
        {
            return true;
        }
        let Some(frame) = self.frames.last().map(|id| self.profile.stacks.frame(*id)) else { return false };
        match self.profile.symbols.function(frame.function) {
            "main.main" => true,
            // A creator follows, except for the main goroutine, and for those of the runtime up to Go 1.4 (proc.c).
            "runtime.goexit" => {
                open.header.id == Some(1) || self.profile.symbols.file(frame.file).ends_with(".c")
            }
            function => function.starts_with("runtime.") || function.contains(".init"),
        }
    }
}

fn without_position(frame: Frame) -> Frame {
    Frame { file: FileId::NONE, line: 0, ..frame }
}
