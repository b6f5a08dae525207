//! The lines of a goroutine.

use std::num::NonZeroU64;

use super::Headers;
use super::Reader;
use super::Section;
use super::Spacing;
use crate::decode::text::Line;
use crate::decode::traceback::frame;
use crate::decode::traceback::marker::indentation;
use crate::decode::traceback::marker::marker;
use crate::decode::traceback::one_line;
use crate::decode::traceback::one_line::is_call;

/// Whether a line starts with a position.
fn is_location(text: &str) -> bool {
    frame::location(text).is_some() || frame::glued_location(text).is_some()
}

impl Reader<'_> {
    pub(super) fn read_frame_line(&mut self, text: &str, line: Line<'_>) {
        if let Some((function, parent)) = frame::created_by(text) {
            self.assembler.add_creator(function, parent);
            self.section = Section::Created;
        } else if let Some(creator) = one_line::creator(text) {
            self.assembler.add_creator(creator.function, creator.parent);
            self.add_position(creator.position);
            self.section = Section::Created;
        } else if let Some(id) = frame::originating_from(text) {
            self.begin_ancestor(id);
        } else if text.starts_with("...") && text.contains("frames elided") {
            self.assembler.add_elision(text);
        } else if text.starts_with("goroutine running on other thread") {
            self.assembler.mark_unavailable();
        } else if let Some((file, position)) = frame::location(text) {
            self.assembler.add_location(file, position);
        } else if let Some((file, position)) = frame::c_location(text) {
            self.assembler.add_c_location(file, position);
        } else if let Some((call, position)) = one_line::call(text).or_else(|| one_line::name(text)) {
            self.assembler.add_call(call);
            self.add_position(position);
        } else if let Some(glued) = frame::glued_location(text).filter(|_| self.assembler.expects_location())
        {
            self.assembler.add_location(glued.file, glued.line);
            self.read_glued(&glued, line);
        } else if let Some(marker) = marker(text) {
            self.read_marker(marker, line);
        } else if self.assembler.add_function(text) {
            self.call_indent = indentation(line.text).len();
        } else {
            self.read_other_text(text, line);
        }
    }

    /// Reads what follows a position in its line. A name whose first letter is not known is not guessed.
    fn read_glued(&mut self, glued: &frame::Glued<'_>, line: Line<'_>) {
        let rest = glued.rest.trim_start();
        let creator =
            rest.find("created by ").filter(|at| *at <= glued.doubtful).and_then(|at| rest.get(at..));
        if self.section == Section::Created {
            self.read_after_creator(rest, line);
        } else if let Some(creator) = creator {
            self.read_frame_line(creator, line);
        } else if is_call(rest) && glued.doubtful > 0 {
            self.assembler.add_other(rest);
        } else if is_call(rest) || marker(rest).is_some() {
            self.read_frame_line(rest, line);
        }
    }

    fn read_other_text(&mut self, text: &str, line: Line<'_>) {
        self.assembler.look_for_path(text);
        // What is indented more than a function is none: it may be a cut position.
        if indentation(line.text).len() > self.call_indent {
            self.assembler.add_noise();
        } else {
            self.assembler.add_other(text);
        }
        if self.assembler.ends_at_other_text() {
            self.close();
        }
    }

    fn add_position(&mut self, position: one_line::Position<'_>) {
        match position {
            Some((file, line)) => self.assembler.add_location(file, line),
            None => self.assembler.end_frame(),
        }
    }

    fn begin_ancestor(&mut self, id: Option<NonZeroU64>) {
        self.assembler.begin_ancestor(id);
        self.section = Section::Frames;
    }

    /// Reads a line after a `created by`: its position, an ancestor, or what follows the goroutine.
    pub(super) fn read_after_creator(&mut self, text: &str, line: Line<'_>) {
        if let Some(id) = frame::originating_from(text) {
            self.begin_ancestor(id);
        } else if self.assembler.expects_location() && is_location(text) {
            self.read_frame_line(text, line);
            if self.headers == Headers::Absent {
                self.close();
            }
        } else if !self.assembler.expects_location() || is_call(text) || marker(text).is_some() {
            self.close();
            self.read_outside(text, line);
        } else {
            self.assembler.look_for_path(text);
        }
    }

    /// Reads a line after an empty one that may have ended the goroutine.
    pub(super) fn read_after_gap(&mut self, text: &str, line: Line<'_>) {
        let continues = if self.assembler.expects_location() && is_location(text) {
            self.spacing = Spacing::Double;
            true
        } else if self.spacing == Spacing::Double && !text.contains(' ') {
            // A function, or what is left of one at the end of the text.
            !self.assembler.has_creator()
        } else if is_call(text) {
            self.spacing == Spacing::Double && !self.assembler.has_creator()
        } else {
            let is_creator = frame::created_by(text).is_some() || one_line::creator(text).is_some();
            (is_creator && !self.assembler.has_creator())
                || frame::originating_from(text).is_some()
                || text.starts_with("...")
        };
        if continues {
            let has_creator = self.assembler.has_creator();
            self.section = if has_creator { Section::Created } else { Section::Frames };
            self.read_frame_line(text, line);
        } else {
            self.close();
            self.read_outside(text, line);
        }
    }
}
