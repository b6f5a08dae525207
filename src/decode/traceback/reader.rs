//! Classifies the lines of a traceback: a state machine that passes them to the [`Assembler`].

use std::num::NonZeroU64;
use std::sync::atomic::AtomicUsize;

use super::assemble::Assembler;
use super::ending::Ending;
use super::ending::TextEnd;
use super::frame;
use super::header;
use super::header::Parsed;
use super::line_cache::LineCache;
use crate::decode::DecodeError;
use crate::decode::Limits;
use crate::decode::text::Line;
use crate::model::Profile;
use crate::model::Warning;

/// Whether the goroutines of a text have headers.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Headers {
    Present,
    /// The text is frames alone; an empty line or a `created by` ends a goroutine.
    Absent,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Section {
    Outside,
    Frames,
    /// After its `created by`.
    Created,
}

pub(super) struct Reader<'l> {
    pub(super) assembler: Assembler<'l>,
    headers: Headers,
    section: Section,
    cache: LineCache,
}

impl<'l> Reader<'l> {
    pub(super) fn new(limits: &'l Limits, headers: Headers, goroutines: &'l AtomicUsize) -> Self {
        let assembler = Assembler::new(limits, goroutines);
        Reader { assembler, headers, section: Section::Outside, cache: LineCache::default() }
    }

    pub(super) fn finish(self, end: &TextEnd) -> Result<Profile, DecodeError> {
        let mut profile = self.assembler.finish()?;
        if let Some(line) = end.cut_header() {
            let read = profile.total();
            let text = format!(
                "the input is truncated: a goroutine is cut inside its header; the {read} before it are shown"
            );
            profile.warnings.push(Warning::loss(text).at(line));
        }
        if end.is_at_go_limit() {
            let text = "the input is truncated at exactly 64 MiB: Go itself cuts a traceback there, so there are more \
                        goroutines than are shown; the counts of /debug/pprof/goroutine are complete";
            profile.warnings.push(Warning::loss(text));
        }
        Ok(profile)
    }

    pub(super) fn end(&mut self, end: &TextEnd) {
        self.assembler.end_of_input(Ending::of(end));
    }

    /// Closes the current goroutine: the next one may go to another reader.
    pub(super) fn close(&mut self) {
        self.assembler.close();
        self.section = Section::Outside;
    }

    /// Reads frames from the start of `rest` as long as the cache predicts them. Returns the text after them, and their
    /// number of lines.
    pub(super) fn read_predicted_frames<'t>(&mut self, mut rest: &'t str) -> (&'t str, u64) {
        let mut lines = 0;
        if self.section == Section::Frames && self.headers == Headers::Present {
            while let Some(after) = self.cache.read_predicted(rest, &mut self.assembler) {
                (rest, lines) = (after, lines + 2);
            }
        }
        (rest, lines)
    }

    /// Reads a line that is exactly as Go writes it; returns whether it is.
    fn read_cached(&mut self, line: Line<'_>) -> Result<bool, DecodeError> {
        if self.headers == Headers::Absent || line.text.len() > self.assembler.limits.max_line {
            return Ok(false);
        }
        let Reader { assembler, cache, section, .. } = self;
        match (&*section, line.text.as_bytes().first()) {
            (_, Some(b'g')) if line.text.starts_with("goroutine ") => {
                let is_header = cache.read_header(line, assembler)?;
                if is_header {
                    *section = Section::Frames;
                }
                Ok(is_header)
            }
            (Section::Created, Some(b'\t')) if !assembler.expects_location() => Ok(false),
            (Section::Frames | Section::Created, Some(b'\t')) => {
                Ok(cache.read_location(line.text, assembler))
            }
            (Section::Frames, Some(_)) => Ok(cache.read_call(line.text, assembler)),
            _ => Ok(false),
        }
    }

    pub(super) fn read(&mut self, line: Line<'_>) -> Result<(), DecodeError> {
        if self.read_cached(line)? {
            return Ok(());
        }
        let limits = self.assembler.limits;
        let text = line.trimmed(limits);
        let is_cut = line.text.len() > limits.max_line;
        if is_cut {
            self.assembler.faults.long_lines += 1;
        }
        // The arguments of a cut call are lost, but its name is complete.
        let call = if is_cut { frame::without_arguments(text) } else { None };
        let text = call.as_deref().unwrap_or(text);
        let is_headless = self.headers == Headers::Absent;
        if text.is_empty() {
            if is_headless && !self.assembler.expects_location() {
                self.close();
            }
            return Ok(());
        }
        // Most lines are frames, so headers are parsed only where the first byte allows one.
        let first = text.as_bytes().first();
        if matches!(first, Some(b'g' | b'G' | b'[' | b'*' | b'`' | b'>' | b'|' | b'0'..=b'9'))
            && let Parsed::Header(header) = header::parse(text)
        {
            self.section = Section::Frames;
            return self.assembler.open(header, None, line.number);
        }
        match self.section {
            Section::Outside if is_headless && frame::call(text).is_some() => {
                self.assembler.open_headless(line.number);
                self.section = Section::Frames;
                self.read_frame_line(text);
            }
            Section::Outside => {}
            Section::Frames => self.read_frame_line(text),
            Section::Created => {
                if let Some(id) = frame::originating_from(text) {
                    self.begin_ancestor(id);
                } else if self.assembler.expects_location() {
                    self.read_frame_line(text);
                    if is_headless {
                        self.close();
                    }
                }
            }
        }
        Ok(())
    }

    fn begin_ancestor(&mut self, id: Option<NonZeroU64>) {
        self.assembler.begin_ancestor(id);
        self.section = Section::Frames;
    }

    fn read_frame_line(&mut self, text: &str) {
        if let Some((function, parent)) = frame::created_by(text) {
            self.assembler.add_creator(function, parent);
            self.section = Section::Created;
        } else if text == "runtime stack:" {
            self.close();
        } else if let Some(id) = frame::originating_from(text) {
            self.begin_ancestor(id);
        } else if text.starts_with("...") && text.contains("frames elided") {
            self.assembler.add_elision(text);
        } else if text.starts_with("goroutine running on other thread") {
            self.assembler.mark_unavailable();
        } else if let Some((file, position)) = frame::location(text) {
            self.assembler.add_location(file, position);
        } else {
            self.assembler.add_text(text);
        }
    }
}
