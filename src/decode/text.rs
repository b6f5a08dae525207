//! Input text: UTF-8 or UTF-16, any line ends, and possibly a log's prefix on each line.

use std::borrow::Cow;
use std::fmt::Write;

use memchr::memmem;

use super::DecodeError;
use super::Limits;
use crate::model::Warning;

/// A text whose lines are given without the prefix that a log wrote before them.
#[derive(Debug)]
pub(super) struct Text<'a> {
    content: Cow<'a, str>,
    prefix: Vec<Token>,
    /// Bytes of the input: Go cuts a traceback at exactly 64 MiB.
    pub(super) input_len: usize,
    /// Remarks on the encoding and the prefixes.
    pub(super) warnings: Vec<Warning>,
}

/// A part of a prefix: a number of any length and value, or a fixed character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token {
    Digits,
    Exactly(char),
}

/// One line: its number from 1, and its text without prefix and line end.
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
        let content = match bytes {
            [0xff, 0xfe, rest @ ..] => Cow::Owned(utf16(rest, u16::from_le_bytes, &mut warnings)),
            [0xfe, 0xff, rest @ ..] => Cow::Owned(utf16(rest, u16::from_be_bytes, &mut warnings)),
            [0xef, 0xbb, 0xbf, rest @ ..] => lossless(rest),
            _ if is_utf16_without_mark(bytes) => {
                let hint = "convert it: iconv -f UTF-16LE -t UTF-8";
                return Err(DecodeError::other_kind("UTF-16 text without a byte order mark", Some(hint)));
            }
            _ => lossless(bytes),
        };
        let content = unescaped(content, &mut warnings);
        let prefix = find_prefix(&content);
        let is_word = |it: &Token| matches!(it, Token::Digits | Token::Exactly('a'..='z' | 'A'..='Z'));
        if !prefix.is_empty() && !prefix.iter().any(is_word) {
            warnings.push(Warning::note("the lines are quoted; the marks before them were removed"));
        }
        Ok(Text { content, prefix, input_len, warnings })
    }

    /// Whether the text is used as it is: UTF-8 without prefixes.
    pub(super) fn is_plain(&self) -> bool {
        self.prefix.is_empty() && self.warnings.is_empty() && matches!(self.content, Cow::Borrowed(_))
    }

    pub(super) fn content(&self) -> &str {
        &self.content
    }

    pub(super) fn lines(&self) -> impl Iterator<Item = Line<'_>> {
        let lines = raw_lines(&self.content).zip(1..);
        lines.map(|(line, number)| Line { number, text: self.without_prefix(line) })
    }

    pub(super) fn ends_mid_line(&self) -> bool {
        !self.content.ends_with('\n')
    }

    fn without_prefix<'l>(&self, line: &'l str) -> &'l str {
        without(&self.prefix, line).unwrap_or(line)
    }
}

/// The rest of a line after a prefix; `None` if the line has another prefix.
fn without<'l>(prefix: &[Token], line: &'l str) -> Option<&'l str> {
    let mut rest = line;
    for token in prefix {
        let next = match token {
            Token::Digits => split_digits(rest).map(|(_, after)| after),
            Token::Exactly(c) => rest.strip_prefix(*c),
        };
        match next {
            Some(next) => rest = next,
            // Editors remove the blank at the end of an empty line.
            None if rest.is_empty() && token == &Token::Exactly(' ') => return Some(""),
            None => return None,
        }
    }
    Some(rest)
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

fn is_utf16_without_mark(bytes: &[u8]) -> bool {
    let head = bytes.get(..bytes.len().min(512)).unwrap_or(bytes);
    let zeros = head.iter().filter(|&&byte| byte == 0).count();
    head.len() >= 16 && zeros * 5 > head.len() * 2
}

/// Restores the lines of a dump that a logger wrote into one line, with `\n` and `\t` as two characters each.
fn unescaped<'a>(content: Cow<'a, str>, warnings: &mut Vec<Warning>) -> Cow<'a, str> {
    let head = content.get(..content.len().min(1 << 20)).unwrap_or(&content);
    // The value of a label may look like that.
    let is_escaped = |line: &str| line.contains("]:\\n") && !is_in_label(line);
    if memmem::find(head.as_bytes(), b"]:\\n").is_none() || !raw_lines(head).any(is_escaped) {
        return content;
    }
    warnings.push(Warning::note("the dump is one line with \\n for line ends; the lines were restored"));
    Cow::Owned(content.replace("\\n", "\n").replace("\\t", "\t").replace("\\\"", "\""))
}

/// Whether each escaped line end in a header is inside a quoted label.
fn is_in_label(line: &str) -> bool {
    let is_quoted = |at: usize| {
        let mut escaped = false;
        let quotes = line.bytes().take(at).filter(|byte| {
            let is_quote = *byte == b'"' && !escaped;
            escaped = *byte == b'\\' && !escaped;
            is_quote
        });
        quotes.count() % 2 == 1
    };
    line.trim_start().starts_with("goroutine ") && line.match_indices("\\n").all(|(at, _)| is_quoted(at))
}

/// The pattern of the prefix that a log wrote before the first line of a dump, and before all others.
fn find_prefix(content: &str) -> Vec<Token> {
    let (mut seen, mut numbered) = (0, 0);
    let mut rest = content;
    while let Some((line, below)) = first_line(rest) {
        rest = below;
        if let Some(at) = marker(line) {
            let prefix = shape(line.split_at(at).0);
            // What no line below shares is other text before the header.
            let has_none_below = below.trim().is_empty();
            if prefix.is_empty()
                || has_none_below
                || raw_lines(below).take(64).any(|it| without(&prefix, it).is_some())
            {
                return prefix;
            }
        }
        if seen < 200 && !line.trim().is_empty() {
            seen += 1;
            numbered += usize::from(after_number(line).is_some());
        }
    }
    // The output of grep -n and -b (`76427-1290315079-`) need not contain a header.
    let first = raw_lines(content).find_map(|line| Some((line, after_number(line)?)));
    match first {
        Some((line, rest)) if seen > 1 && numbered * 10 >= seen * 9 => {
            let rest = after_number(rest).unwrap_or(rest);
            shape(line.split_at(line.len() - rest.len()).0)
        }
        Some(_) | None => Vec::new(),
    }
}

/// The text after the number and the separator at the start of a line of grep; `None` without them.
fn after_number(line: &str) -> Option<&str> {
    split_digits(line)?.1.strip_prefix(['-', ':'])
}

/// The offset at which a dump starts in a line; `None` if it does not.
fn marker(line: &str) -> Option<usize> {
    for at in memmem::find_iter(line.as_bytes(), b"goroutine ") {
        let rest = line.get(at + "goroutine ".len()..)?;
        let starts_state = |after: &str| after.starts_with(" [") || after.starts_with(" gp=");
        if split_digits(rest).is_some_and(|(_, after)| starts_state(after))
            || rest.starts_with("profile: total ")
        {
            return Some(at);
        }
    }
    let (before, rest) = line.split_once("Goroutine ")?;
    let is_goleak = split_digits(rest)?.1.starts_with(" in state ");
    // The bracket belongs to goleak, not to the prefix.
    is_goleak.then(|| before.strip_suffix('[').unwrap_or(before).len())
}

fn shape(prefix: &str) -> Vec<Token> {
    if prefix.trim().is_empty() {
        return Vec::new();
    }
    let mut tokens: Vec<Token> = Vec::new();
    for c in prefix.chars() {
        match c {
            '0'..='9' if tokens.last() == Some(&Token::Digits) => {}
            '0'..='9' => tokens.push(Token::Digits),
            c => tokens.push(Token::Exactly(c)),
        }
    }
    tokens
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
    fn prefixes() {
        check(
            "1.5Z p goroutine 7 [select]:\n2.11Z p main.f()\n3.0Z p \tf.go:1\n4.1Z p\n",
            &["goroutine 7 [select]:", "main.f()", "\tf.go:1", ""],
        );
        check("| goroutine 7 [select]:\n| f()\nother\n", &["goroutine 7 [select]:", "f()", "other"]);
        check("76-129-\t/a.go:3 +0x1\n77-130-a.B()\n", &["\t/a.go:3 +0x1", "a.B()"]);
        check("    goroutine 7 [select]:\n    main.f()\n", &["    goroutine 7 [select]:", "    main.f()"]);
        check("x: [Goroutine 9 in state select, with a.B\n", &["[Goroutine 9 in state select, with a.B"]);
    }

    #[test]
    fn encodings() {
        let wide = b"\xff\xfea\0b\0\n\0";
        assert_eq!(Text::new(wide).expect("it has its mark").content(), "ab\n");
        assert_eq!(lossless(b"a\xffb"), "a\\xffb");
        check("goroutine 7 [select]:\\nf()\\n\\tf.go:1", &["goroutine 7 [select]:", "f()", "\tf.go:1"]);
        let label = "goroutine 7 [select] {k: \"\\\"]:\\ngoroutine 8 [select]:\"}:";
        check(label, &[label]);
    }
}
