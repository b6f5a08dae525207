//! How a traceback ends, and what that says about its last goroutine.

use super::frame;
use super::header;
use super::header::Certainty;
use crate::decode::Limits;
use crate::decode::text::Line;

/// The size of Go's buffer for `debug=2`. A longer traceback is cut there, in the middle of whatever was being written
/// (`runtime/pprof/pprof.go`, `writeGoroutineStacks`).
pub(super) const GO_LIMIT: usize = 64 << 20;

pub(super) struct TextEnd {
    /// The last line that is not empty, trimmed, with its number.
    pub(super) last: Option<(String, u64)>,
    pub(super) lines: u64,
    pub(super) mid_line: bool,
    /// Whether a position has an offset, if the text ends inside a line.
    has_offsets: bool,
    pub(super) input_len: usize,
}

impl TextEnd {
    pub(super) fn new<'t>(
        all: impl Iterator<Item = Line<'t>>,
        mid_line: bool,
        input_len: usize,
        limits: &Limits,
    ) -> Self {
        let (mut last, mut lines, mut has_offsets) = (None, 0, false);
        for line in all {
            has_offsets |= mid_line && frame::has_offset(line.text);
            lines = line.number;
            if !line.text.trim().is_empty() {
                last = Some(line);
            }
        }
        let last = last.map(|line| (line.trimmed(limits).to_owned(), line.number));
        TextEnd { last, lines, mid_line, has_offsets, input_len }
    }

    /// The line number of the header that the text ends inside of; `None` if it does not.
    pub(super) fn cut_header(&self) -> Option<u64> {
        let (line, number) = self.last.as_ref()?;
        let is_cut = match header::parse(line) {
            Some(header) => header.certainty == Certainty::Cut,
            None => header::is_start(line) && (self.mid_line || line.starts_with("goroutine ")),
        };
        is_cut.then_some(*number)
    }

    /// Whether the last line ends in the mark of what cut the text: `...(truncated)`.
    pub(super) fn states_cut(&self) -> bool {
        let Some((line, _)) = &self.last else { return false };
        let is_of_dump =
            frame::glued_location(line).is_some() || line.contains('(') || header::is_start(line);
        line.to_ascii_lowercase().contains("truncated") || (is_of_dump && line.ends_with(['\u{2026}']))
    }

    pub(super) fn is_at_go_limit(&self) -> bool {
        self.input_len == GO_LIMIT
    }
}

/// Where in its last goroutine a text ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// After an empty line, or after a line that is no frame.
    Clean,
    /// After a header or a source position: more frames may have followed.
    AfterFrame,
    /// After the goroutine, but the text is cut: inside the next header, or at Go's limit.
    AfterGoroutine,
    InsideLine,
    /// Inside a source position or a `created by` line.
    InsideLocation,
}

impl Ending {
    pub(super) fn of(end: &TextEnd) -> Self {
        let Some((line, number)) = &end.last else { return Ending::Clean };
        if end.cut_header().is_some() {
            return Ending::AfterGoroutine;
        }
        let is_location = frame::location(line).is_some() || frame::c_location(line).is_some();
        if end.mid_line
            && (line.starts_with("created by ")
                || (is_location && end.has_offsets && !frame::has_offset(line)))
        {
            return Ending::InsideLocation;
        }
        let is_frame = || end.mid_line || is_location || header::parse(line).is_some();
        // Of a last line that is cut, only the prefix of a log may be left.
        let last_line = end.lines - u64::from(end.mid_line);
        let is_in_frames = *number >= last_line && is_frame();
        let is_cut = end.mid_line || end.is_at_go_limit();
        match (is_in_frames, is_cut) {
            (true, true) => Ending::InsideLine,
            (true, false) => Ending::AfterFrame,
            (false, true) => Ending::AfterGoroutine,
            (false, false) => Ending::Clean,
        }
    }
}
