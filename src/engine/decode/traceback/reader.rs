//! Classifies the lines of a traceback: a state machine that passes them to the [`Assembler`].

mod frames;
mod outside;

use std::sync::atomic::AtomicUsize;

use super::assemble::Assembler;
use super::ending::Ending;
use super::ending::TextEnd;
use super::frame;
use super::header;
use super::header::Header;
use super::line_cache::LineCache;
use super::marker::indentation;
use super::marker::marker;
use super::one_line;
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

/// What the lines that are being read belong to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Section {
    /// To no goroutine.
    Outside,
    /// To a goroutine, up to its `created by`.
    Frames,
    /// To a goroutine, from its `created by` on.
    Created,
    /// To a goroutine only if the next line plainly continues it: after an empty line.
    Gap,
    /// To something that has frames and is no goroutine: goroutine 0, the report of a race.
    Foreign,
    /// To the message of a panic, as long as they are indented more than its first line.
    Panic { indent: usize, empty_lines: u32 },
    /// To a list of goroutines that are printed again, if it begins as Go begins it.
    Rule,
}

/// The spacing of the lines of a goroutine.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Spacing {
    Single,
    /// An empty line is after each line.
    Double,
}

pub(super) struct Reader<'l> {
    pub(super) assembler: Assembler<'l>,
    headers: Headers,
    section: Section,
    spacing: Spacing,
    /// How far the last function is indented, in bytes.
    call_indent: usize,
    cache: LineCache,
}

impl<'l> Reader<'l> {
    pub(super) fn new(limits: &'l Limits, headers: Headers, goroutines: &'l AtomicUsize) -> Self {
        Reader {
            assembler: Assembler::new(limits, goroutines),
            headers,
            section: Section::Outside,
            spacing: Spacing::Single,
            call_indent: 0,
            cache: LineCache::default(),
        }
    }

    pub(super) fn finish(self, end: &TextEnd) -> Result<Profile, DecodeError> {
        let cut_header = end.cut_header();
        let mut profile = self.assembler.finish()?;
        if let Some(line) = cut_header {
            let read = profile.total();
            let text = format!(
                "the input is truncated: a goroutine is cut inside its header; the {read} before it are shown"
            );
            profile.warnings.push(Warning::loss(text).at(line));
        }
        if end.states_cut() {
            let text =
                "the text ends in a mark that says it was cut: there may be more goroutines than are shown";
            profile.warnings.push(Warning::loss(text));
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
        match (*section, line.text.as_bytes().first()) {
            (_, Some(b'g')) if line.text.starts_with("goroutine ") => {
                let is_header = cache.read_header(line, assembler)?;
                if is_header {
                    self.begin_frames(0);
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
        if text.is_empty() {
            self.read_empty();
            return Ok(());
        }
        let header = header_in(text);
        if self.is_in_panic_message(line.text) {
            self.assembler.faults.history += u64::from(header.is_some());
            return Ok(());
        }
        if let Some(header) = header {
            self.assembler.open(header, None, line.number)?;
            self.begin_frames(indentation(line.text).len());
            // A line end was lost.
            let call = text.rsplit_once("]:").map(|(_, rest)| rest).filter(|rest| one_line::is_call(rest));
            call.into_iter().for_each(|call| self.read_frame_line(call, line));
            return Ok(());
        }
        match self.section {
            Section::Frames => self.read_frame_line(text, line),
            Section::Created => self.read_after_creator(text, line),
            Section::Gap => self.read_after_gap(text, line),
            Section::Outside | Section::Foreign | Section::Panic { .. } | Section::Rule => {
                self.read_outside(text, line);
            }
        }
        Ok(())
    }

    /// Expects the frames of a goroutine whose header, with its indentation in bytes, was read.
    fn begin_frames(&mut self, indent: usize) {
        self.spacing = Spacing::Single;
        self.call_indent = indent;
        if matches!(self.section, Section::Panic { .. }) {
            self.assembler.mark_after_panic();
        }
        // Goroutine 0 is not opened.
        self.section = if self.assembler.is_open() { Section::Frames } else { Section::Foreign };
    }

    fn read_empty(&mut self) {
        match (&mut self.section, self.headers) {
            (_, Headers::Absent) if self.assembler.expects_location() => {}
            (_, Headers::Absent) => self.close(),
            (Section::Frames | Section::Created, Headers::Present) if self.assembler.has_frames() => {
                self.section = Section::Gap;
            }
            (Section::Panic { empty_lines, .. }, Headers::Present) => *empty_lines += 1,
            _ => {}
        }
    }
}

/// The header in a trimmed line; `None` if there is none.
pub(super) fn header_in(text: &str) -> Option<Header> {
    // Most lines are frames, so headers are parsed only where the first byte allows one.
    let first = text.as_bytes().first();
    let header = if matches!(first, Some(b'g' | b'G' | b'[' | b'*' | b'`' | b'>' | b'|' | b'0'..=b'9')) {
        header::parse(text)
    } else {
        None
    };
    // `panic: goroutine 5 [running]:` is a message.
    header.or_else(|| header::at_end(text).filter(|_| marker(text).is_none()))
}
