//! What the end of the input says about the last goroutine.

use super::Assembler;
use super::goroutine::Pending;
use crate::decode::traceback::ending::Ending;
use crate::model::Warning;

impl Assembler<'_> {
    /// Closes the last goroutine. If the input is truncated inside it, an incomplete last frame is dropped.
    pub(in super::super) fn end_of_input(&mut self, ending: Ending) {
        let can_end = self.can_end_here();
        if let Some(open) = &mut self.open {
            let is_named = open.header.id.is_some();
            let is_half = open.pending.is_some() || !self.wrapped.is_empty();
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
                if is_half {
                    open.pending = None;
                }
                // More frames may have followed, so the last one is not the entry.
                open.cut |= open.spawn.is_none() && (is_half || lacks_frames);
                let text = "the input is truncated inside this goroutine; the missing part is not shown";
                self.profile.warnings.push(Warning::loss(text).at(open.line));
            }
        }
        self.close();
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
            // A creator follows, except for the main goroutine.
            "runtime.goexit" => open.header.id == Some(1),
            function => function.starts_with("runtime.") || function.contains(".init"),
        }
    }
}
