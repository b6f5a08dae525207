//! The lines that are in no goroutine.

use super::Headers;
use super::Reader;
use super::Section;
use crate::decode::text::Line;
use crate::decode::traceback::frame;
use crate::decode::traceback::marker::Marker;
use crate::decode::traceback::marker::indentation;
use crate::decode::traceback::marker::marker;
use crate::decode::traceback::one_line::is_call;

impl Reader<'_> {
    pub(super) fn read_outside(&mut self, text: &str, line: Line<'_>) {
        if let Some(marker) = marker(text) {
            return self.read_marker(marker, line);
        }
        if text.starts_with("created by") && frame::created_by(text).is_none() {
            self.assembler.faults.noise += 1;
        }
        let is_foreign = match self.section {
            Section::Foreign => true,
            // The message may hold a stack.
            Section::Panic { .. } => self.headers == Headers::Present,
            Section::Outside | Section::Frames | Section::Created | Section::Gap | Section::Rule => false,
        };
        if is_foreign || !(is_call(text) || self.is_remnant(text)) {
            return;
        }
        match self.headers {
            Headers::Present => self.assembler.open_headless(line.number),
            Headers::Absent => self.assembler.open_without_header(line.number),
        }
        self.begin_frames(indentation(line.text).len());
        self.read_frame_line(text, line);
    }

    /// Whether a line is a part of a goroutine whose lines before are missing. Other stacks in logs have no offsets.
    fn is_remnant(&self, text: &str) -> bool {
        let is_position = frame::has_offset(text) && frame::location(text).is_some();
        self.headers == Headers::Present && (is_position || frame::created_by(text).is_some())
    }

    /// Ends the current goroutine at a line that says so.
    pub(super) fn read_marker(&mut self, marker: Marker, line: Line<'_>) {
        let is_listed_again = self.section == Section::Rule && marker == Marker::Signal;
        if marker == Marker::End && matches!(self.section, Section::Panic { .. }) {
            // The signal that made it.
            return;
        }
        self.close();
        match marker {
            Marker::End => {}
            Marker::Signal if is_listed_again => self.assembler.begin_repeats(),
            Marker::Signal => {}
            // A text of frames alone has nothing that ends such a section.
            Marker::Foreign if self.headers == Headers::Present => self.section = Section::Foreign,
            Marker::Foreign => {}
            Marker::Panic => {
                self.section = Section::Panic { indent: indentation(line.text).len(), empty_lines: 0 };
                let is_stack = line.text.ends_with("]:") && line.text.contains("goroutine ");
                self.assembler.faults.history += u64::from(is_stack);
            }
            Marker::Rule => self.section = Section::Rule,
            Marker::Total(total) => self.assembler.claim(total),
        }
    }

    /// Whether a line belongs to the message of a panic, which Go indents by a tab from its second line on
    /// (`runtime/panic.go`, `printindented`, since Go 1.23).
    pub(super) fn is_in_panic_message(&self, line: &str) -> bool {
        let Section::Panic { indent, empty_lines } = self.section else { return false };
        let own = indentation(line);
        own.get(indent..).is_some_and(|more| more.starts_with('\t') || (!more.is_empty() && empty_lines == 0))
    }
}
