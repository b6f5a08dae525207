//! Input text: UTF-8 or UTF-16, with any line ends.

use std::borrow::Cow;
use std::fmt::Write;

use super::DecodeError;
use super::Limits;
use super::lines::Lines;
use crate::model::Warning;

/// A text, line by line.
#[derive(Debug)]
pub(super) struct Text<'a> {
    lines: Lines<'a>,
    /// Bytes of the input: Go cuts a traceback at exactly 64 MiB.
    pub(super) input_len: usize,
    /// Remarks on the encoding.
    pub(super) warnings: Vec<Warning>,
}

/// One line: its number in the input, from 1, and its text without its end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line<'a> {
    pub(super) number: u64,
    pub(super) text: &'a str,
}

impl<'a> Line<'a> {
    /// The text, cut at the limit, without surrounding blanks.
    pub(super) fn trimmed(&self, limits: &Limits) -> &'a str {
        self.text.get(..self.text.floor_char_boundary(limits.max_line)).unwrap_or(self.text).trim()
    }
}

impl<'a> Text<'a> {
    /// Reads bytes as text. UTF-16 is recognized by its byte order mark; without one it is an error.
    pub(super) fn new(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        let input_len = bytes.len();
        let mut warnings = Vec::new();
        let content = match without_hole(bytes) {
            [0xff, 0xfe, rest @ ..] => Cow::Owned(utf16(rest, u16::from_le_bytes, &mut warnings)),
            [0xfe, 0xff, rest @ ..] => Cow::Owned(utf16(rest, u16::from_be_bytes, &mut warnings)),
            [0xef, 0xbb, 0xbf, rest @ ..] => lossless(rest),
            bytes if is_utf16_without_mark(bytes) => {
                let hint = "convert it: iconv -f UTF-16LE -t UTF-8";
                return Err(DecodeError::other_kind("UTF-16 text without a byte order mark", Some(hint)));
            }
            bytes => lossless(bytes),
        };
        Ok(Text { lines: Lines::of(content), input_len, warnings })
    }

    /// The same text with other lines, and remarks on them.
    pub(super) fn with_lines<'l>(&self, lines: Lines<'l>, notes: &[Warning]) -> Text<'l> {
        let warnings = self.warnings.iter().chain(notes).cloned().collect();
        Text { lines, input_len: self.input_len, warnings }
    }

    /// The lines, and a text without lines that has the same remarks.
    pub(super) fn into_lines(self) -> (Lines<'a>, Text<'static>) {
        (self.lines, Text::without_lines(self.input_len, self.warnings))
    }

    /// A text without lines. It has the remarks on an input whose parts are other texts.
    pub(super) fn without_lines(input_len: usize, warnings: Vec<Warning>) -> Text<'static> {
        Text { lines: Lines::default(), input_len, warnings }
    }

    /// Whether the text is the input as it is.
    pub(super) fn is_input(&self) -> bool {
        self.warnings.is_empty() && self.lines.is_input()
    }

    pub(super) fn content(&self) -> &str {
        self.lines.text()
    }

    pub(super) fn lines(&self) -> impl Iterator<Item = Line<'_>> {
        self.lines.iter().map(|(number, text)| Line { number: u64::from(number), text })
    }

    pub(super) fn ends_mid_line(&self) -> bool {
        !self.content().ends_with('\n')
    }
}

pub(super) fn raw_lines(content: &str) -> impl Iterator<Item = &str> {
    let mut rest = content;
    std::iter::from_fn(move || {
        let (line, after) = first_line(rest)?;
        rest = after;
        Some(line)
    })
}

/// The first line without its end, and the text after it; `None` if the text is empty.
#[inline]
pub(super) fn first_line(content: &str) -> Option<(&str, &str)> {
    let (line, rest) = match memchr::memchr(b'\n', content.as_bytes()) {
        Some(end) => (content.get(..end)?, content.get(end + 1..)?),
        None if content.is_empty() => return None,
        None => (content, ""),
    };
    Some((line.strip_suffix('\r').unwrap_or(line), rest))
}

/// The digits at the start, and the text after them; `None` if there are none.
pub(super) fn split_digits(text: &str) -> Option<(&str, &str)> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    (digits > 0).then(|| text.split_at(digits))
}

/// Bytes as text. Those that are not UTF-8 become `\xNN`, so that different bytes stay different.
pub(super) fn lossless(bytes: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        out.push_str(chunk.valid());
        for byte in chunk.invalid() {
            // Writing to a String cannot fail.
            let _ = write!(out, "\\x{byte:02x}");
        }
    }
    Cow::Owned(out)
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16, warnings: &mut Vec<Warning>) -> String {
    warnings.push(Warning::note("the text is UTF-16; it was converted"));
    let units = bytes.as_chunks::<2>().0.iter().map(|pair| unit(*pair));
    char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

/// Whether every other byte is null, which is one half of a letter in UTF-16.
fn is_utf16_without_mark(bytes: &[u8]) -> bool {
    let pairs = bytes.get(..bytes.len().min(512)).unwrap_or(bytes).as_chunks::<2>().0;
    let zeros = |at: usize| pairs.iter().filter(|pair| pair.get(at) == Some(&0)).count();
    let (fewer, more) = (zeros(0).min(zeros(1)), zeros(0).max(zeros(1)));
    pairs.len() >= 8 && more * 5 > pairs.len() * 4 && fewer * 5 < pairs.len()
}

/// The bytes after the null bytes at the start: a log that was truncated while a process wrote to it starts with a hole.
fn without_hole(bytes: &[u8]) -> &[u8] {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    if zeros > 1 { bytes.get(zeros..).unwrap_or(bytes) } else { bytes }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(input: &str, expected: &[&str]) {
        let text = Text::new(input.as_bytes()).expect("plain text is read");
        let lines: Vec<&str> = text.lines().map(|line| line.text).collect();
        assert_eq!(lines, expected, "{input:?}");
    }

    #[test]
    fn line_ends() {
        check("a\nb", &["a", "b"]);
        check("a\r\nb\r\n", &["a", "b"]);
        check("a\n\nb\n", &["a", "", "b"]);
    }

    #[test]
    fn encodings() {
        let wide = b"\xff\xfea\0b\0\n\0";
        assert_eq!(Text::new(wide).expect("it has its mark").content(), "ab\n");
        assert_eq!(lossless(b"a\xffb"), "a\\xffb");
        check("\0\0\0a\n", &["a"]);
    }
}
