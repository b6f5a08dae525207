//! How a traceback ends, and what that says about its last goroutine.

use super::frame;
use super::header;
use super::header::Parsed;

/// The size of Go's buffer for `debug=2`. A longer traceback is cut there, in the middle of whatever was being written
/// (`runtime/pprof/pprof.go`, `writeGoroutineStacks`).
pub(super) const GO_LIMIT: usize = 64 << 20;

/// The end of a text.
pub(super) struct TextEnd {
    /// The last line that is not empty, trimmed, with its number.
    pub(super) last: Option<(String, u64)>,
    /// The number of the last line, which may be empty.
    pub(super) lines: u64,
    /// Whether the last line has no line end.
    pub(super) mid_line: bool,
    /// The size of the text in bytes.
    pub(super) input_len: usize,
}

impl TextEnd {
    /// The line number of the header that the text ends inside of; `None` if it does not.
    pub(super) fn cut_header(&self) -> Option<u64> {
        let (line, number) = self.last.as_ref()?;
        let is_cut = header::parse(line) == Parsed::Cut || (self.mid_line && "goroutine ".starts_with(line));
        is_cut.then_some(*number)
    }

    /// Whether Go itself cut the text.
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
    /// Inside a line.
    InsideLine,
    /// Inside a source position or a `created by` line.
    InsideLocation,
}

impl Ending {
    pub(super) fn of(end: &TextEnd) -> Self {
        let Some((line, number)) = &end.last else { return Ending::Clean };
        let is_location = frame::location(line).is_some();
        if end.mid_line && (line.starts_with("created by ") || (is_location && !frame::has_offset(line))) {
            return Ending::InsideLocation;
        }
        let is_frame = || end.mid_line || is_location || matches!(header::parse(line), Parsed::Header(_));
        let is_in_frames = *number >= end.lines && is_frame();
        let is_cut = end.mid_line || end.is_at_go_limit() || end.cut_header().is_some();
        match (is_in_frames, is_cut) {
            (true, true) => Ending::InsideLine,
            (true, false) => Ending::AfterFrame,
            (false, true) => Ending::AfterGoroutine,
            (false, false) => Ending::Clean,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endings() {
        let check = |text: &str, input_len: usize, expected: Ending| {
            let lines: Vec<&str> = text.lines().collect();
            let last = lines.iter().rposition(|line| !line.trim().is_empty());
            let end = TextEnd {
                last: last.map(|at| (lines[at].trim().to_owned(), at as u64 + 1)),
                lines: lines.len() as u64,
                mid_line: !text.ends_with('\n'),
                input_len,
            };
            assert_eq!(Ending::of(&end), expected, "{text:?}");
        };
        check("", 0, Ending::Clean);
        check("goroutine 7 [select]:\n", 0, Ending::AfterFrame);
        check("goroutine 7 [select]:", 0, Ending::InsideLine);
        check("goroutine 7 [sel", 0, Ending::InsideLine);
        check("goroutine 7 [sel\n", 0, Ending::AfterGoroutine);
        check("main.f(0x1)\n", 0, Ending::Clean);
        check("main.f(0x1)", 0, Ending::InsideLine);
        check("\t/f.go:3 +0x1\n", 0, Ending::AfterFrame);
        check("\t/f.go:3 +0x1\n\n", 0, Ending::Clean);
        check("\t/f.go:3 +0x1\n\n", GO_LIMIT, Ending::AfterGoroutine);
        check("\t/f.go:3 +0x1\n", GO_LIMIT, Ending::InsideLine);
        check("\t/f.go:3 +0x1", 0, Ending::InsideLine);
        check("\t/f.go:3", 0, Ending::InsideLocation);
        check("created by ma", 0, Ending::InsideLocation);
        check("created by main.g\n", 0, Ending::Clean);
        check("exit status 2\n", 0, Ending::Clean);
    }
}
