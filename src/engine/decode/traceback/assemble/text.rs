//! Lines that are not exactly a function or a position: pieces of wrapped functions, names alone, and other text.

use super::Assembler;
use super::CachedLocation;
use super::MAX_PLAUSIBLE_NAME;
use super::goroutine::Begun;
use crate::decode::traceback::frame;
use crate::decode::traceback::frame::Call;
use crate::model::FileId;

impl Assembler<'_> {
    /// Adds a line that is a function, or completes a wrapped one; returns whether it is.
    pub(in super::super) fn add_function(&mut self, line: &str) -> bool {
        let call = frame::call(line).or_else(|| frame::call_without_package(line));
        if let Some(call) = call {
            self.add_call(call);
        } else if frame::is_c_frame(line) {
            self.add_call(Call { function: frame::C_FRAME, arguments: "(..." });
        } else if !self.wrapped.is_empty() && self.wrapped.len() + line.len() < MAX_PLAUSIBLE_NAME {
            let whole = std::mem::take(&mut self.wrapped) + line;
            match frame::call(&whole) {
                Some(call) => self.add_call(call),
                None => self.wrapped = whole,
            }
        } else {
            return false;
        }
        true
    }

    /// Adds a line that may be the first piece of a wrapped function, a name alone, or anything else.
    pub(in super::super) fn add_other(&mut self, line: &str) {
        let name = line.split('(').next().unwrap_or(line);
        let is_function = name.contains('.') && !name.contains(' ');
        if is_function && name.len() < line.len() && !line.ends_with(')') {
            line.clone_into(&mut self.wrapped);
            return;
        }
        if is_unreadable(line) {
            // The position that follows is not that of the function before.
            self.finish_pending();
        }
        if !self.expects_location() {
            line.clone_into(&mut self.candidate);
        }
        self.add_noise();
    }

    /// Remembers a line that may be the start of a position.
    pub(in super::super) fn look_for_path(&mut self, line: &str) {
        if let Some(open) = self.open.as_mut().filter(|open| open.pending.is_some()) {
            open.has_cut_path |= is_rooted(line);
        }
    }

    /// Whether a position is the end of one whose start is in a line before.
    pub(super) fn is_rest_of_path(&mut self, file: FileId) -> bool {
        let has_start = self.open.as_mut().is_some_and(|open| std::mem::take(&mut open.has_cut_path));
        has_start && !is_rooted(self.profile.symbols.file(file))
    }

    /// Counts a line that is no part of the goroutine.
    pub(in super::super) fn add_noise(&mut self) {
        if let Some(open) = &mut self.open {
            open.noise += 1;
        }
    }

    pub(in super::super) fn add_call(&mut self, call: Call<'_>) {
        let known = self.intern_call(call.function);
        self.add_cached_call(known, call.arguments);
    }

    /// Adds the position of a frame of C. Its function is whatever line a symbolizer wrote before it.
    pub(in super::super) fn add_c_location(&mut self, file: &str, line: u32) {
        if !self.expects_location() && !self.candidate.is_empty() {
            let function = std::mem::take(&mut self.candidate);
            self.add_candidate(&function);
        }
        if self.expects_location() {
            self.add_location(file, line);
        }
    }

    /// Adds a position without a function before it: it is that of the line before, if that can be a function.
    pub(super) fn add_location_of_candidate(&mut self, file: FileId, line: u32) {
        let candidate = std::mem::take(&mut self.candidate);
        let Some(open) = &mut self.open else { return };
        // Somebody removed the arguments of all its functions.
        if frame::is_name(&candidate) && open.bare == self.frames.len() {
            open.bare += 1;
            self.add_candidate(&candidate);
            self.add_cached_location(&mut CachedLocation::new(file, line));
        } else if is_unreadable(&candidate) {
            open.noise = open.noise.saturating_sub(1);
            self.faults.unread_frames += 1;
        } else if open.begun == Begun::Headless && self.frames.is_empty() {
            open.torn = true;
        } else {
            open.strays += 1;
        }
    }

    fn add_candidate(&mut self, function: &str) {
        if let Some(open) = &mut self.open {
            open.noise = open.noise.saturating_sub(1);
        }
        self.add_call(Call { function, arguments: "(..." });
    }

    /// Drops the position of a function whose pieces could not be joined.
    pub(super) fn skip_unreadable(&mut self) {
        self.finish_pending();
        self.wrapped.clear();
        self.faults.unread_frames += 1;
    }

    /// Whether a line that is no frame ends the current goroutine: nothing of the main goroutine follows its entry, and
    /// where the header is missing, nothing says that later lines belong to the same goroutine.
    pub(in super::super) fn ends_at_other_text(&self) -> bool {
        let Some(open) = self.open.as_ref().filter(|_| self.wrapped.is_empty()) else { return false };
        match open.begun {
            Begun::Headless => true,
            Begun::Whole | Begun::AfterPanic | Begun::Again => {
                open.header.id == Some(1) && open.pending.is_none() && self.is_main(&self.frames)
            }
        }
    }
}

fn is_rooted(path: &str) -> bool {
    path.starts_with('/') || path.get(1..).is_some_and(|it| it.starts_with(":/"))
}

/// Whether a line is where a function would be, but is none that can be read: `foo.bar`, `net/http.((*persist)`.
fn is_unreadable(line: &str) -> bool {
    let name = line.split('(').next().unwrap_or(line);
    let is_function = name.contains('.') && !name.contains([' ', ':', '=', '"']);
    is_function && (line.ends_with(')') || frame::is_name(line))
}
