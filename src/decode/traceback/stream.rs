//! A plain traceback piece by piece, so that memory is bounded by its distinct stacks and not by its length.

use super::End;
use super::Reader;
use super::header;
use super::header::Parsed;
use super::trimmed;
use super::wrapped_at;
use crate::decode::DecodeError;
use crate::decode::Limits;
use crate::decode::text::Line;
use crate::decode::text::Text;
use crate::decode::text::lossless;
use crate::decode::text::raw_lines;
use crate::model::Snapshot;

/// Reads a traceback that nothing stands before or between.
pub(in super::super) struct Stream<'l> {
    reader: Reader<'l>,
    limits: &'l Limits,
    lines: u64,
    input_len: usize,
    ends_mid_line: bool,
    /// The last line that is not empty, trimmed, with its number.
    last: Option<(String, u64)>,
}

impl<'l> Stream<'l> {
    /// A reader for an input that begins so; `None` if it has to be looked at as a whole. What begins with a goroutine's
    /// header and has no record of another form among its first lines is taken for what Go writes at `debug=2`.
    pub(in super::super) fn new(head: &[u8], limits: &'l Limits) -> Option<Self> {
        // A mark at the begin is none of the first line's.
        let end = memchr::memrchr(b'\n', head).filter(|_| !head.starts_with(&[0xef, 0xbb, 0xbf]))?;
        let text = Text::new(head.get(..end)?).ok().filter(Text::is_plain)?;
        let first = text.lines().find(|line| !line.text.trim().is_empty())?;
        let begins = matches!(header::parse(first.text), Parsed::Header(header) if header.id.is_some());
        let other = memchr::memmem::find(text.content().as_bytes(), b" @ ").is_some();
        if !begins || other || wrapped_at(&text, limits).is_some() {
            return None;
        }
        let reader = Reader::new(limits, false);
        Some(Stream { reader, limits, lines: 0, input_len: 0, ends_mid_line: false, last: None })
    }

    /// Takes whole lines; only the last piece may end within one.
    pub(in super::super) fn feed(&mut self, piece: &[u8]) -> Result<(), DecodeError> {
        let text = lossless(piece);
        let mut last = None;
        for line in raw_lines(&text) {
            self.lines += 1;
            let line = Line { number: self.lines, text: line };
            self.reader.read(line, self.limits)?;
            if !line.text.trim().is_empty() {
                last = Some(line);
            }
        }
        if let Some(line) = last {
            self.last = Some((trimmed(line, self.limits).to_owned(), line.number));
        }
        self.input_len += piece.len();
        if !piece.is_empty() {
            self.ends_mid_line = !piece.ends_with(b"\n");
        }
        Ok(())
    }

    /// The snapshot, once all is fed.
    pub(in super::super) fn finish(self) -> Result<Snapshot, DecodeError> {
        let last = self.last.as_ref().map(|(line, number)| (line.as_str(), *number));
        let (lines, mid_line, input_len) = (self.lines, self.ends_mid_line, self.input_len);
        self.reader.finish(&End { last, lines, mid_line, input_len })
    }
}
