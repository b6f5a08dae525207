//! Escapes outside text. Strings from a profile, a path or a server are hostile: they reach a terminal or a log only through here.

use std::borrow::Cow;
use std::fmt::Write;
use std::path::Path;

/// The maximum length in bytes of a text that is shown whole. Comparisons always use the whole text.
const MAX_SHOWN: usize = 1024;

/// Escapes a text for printing: control characters as `\x1b`, characters that reorder or hide text as `\u{202e}`, and the start of a
/// command to a CI runner. A text longer than 1 KiB is cut, with a mark that states its length.
pub fn escape(text: &str) -> Cow<'_, str> {
    let quiet = !text.contains("::") && !text.contains("##");
    if quiet && text.len() <= MAX_SHOWN && !text.chars().any(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len().min(MAX_SHOWN));
    for (at, c) in text.char_indices() {
        if out.len() > MAX_SHOWN {
            // Writing to a String cannot fail.
            let _ = write!(out, "… ({} bytes)", text.len());
            break;
        }
        if matches!(c, ':' | '#') && is_command(text, at) {
            let _ = write!(out, "\\x{:02x}", u32::from(c));
        } else {
            push_escaped(&mut out, c);
        }
    }
    Cow::Owned(out)
}

/// Like [`escape`], for bytes of any length; bytes that are not UTF-8 become `\xNN`.
pub fn escape_bytes(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            push_escaped(&mut text, c);
        }
        for byte in chunk.invalid() {
            // Writing to a String cannot fail.
            let _ = write!(text, "\\x{byte:02x}");
        }
    }
    text
}

/// A path, escaped as by [`escape_bytes`].
pub fn escape_path(path: &Path) -> String {
    escape_bytes(path.as_os_str().as_encoded_bytes())
}

fn push_escaped(out: &mut String, c: char) {
    // Writing to a String cannot fail.
    let _ = match c {
        '\0'..='\x1f' | '\x7f' => write!(out, "\\x{:02x}", u32::from(c)),
        c if is_unsafe(c) => write!(out, "\\u{{{:x}}}", u32::from(c)),
        c => {
            out.push(c);
            Ok(())
        }
    };
}

/// Whether a command to a CI runner starts at this character: `::error` at the start or after white space (GitHub), or the second `#` of
/// `##[` or `##vso[` (GitHub, Azure, TeamCity). Runners search all output for them.
pub(super) fn is_command(text: &str, at: usize) -> bool {
    let (before, after) = text.split_at(at);
    let mut next = after.chars().skip(1);
    match after.chars().next() {
        Some(':') if before.chars().next_back().is_none_or(char::is_whitespace) => {
            next.next() == Some(':') && next.next().is_some_and(|c| c.is_ascii_alphabetic())
        }
        Some('#') if before.ends_with('#') => {
            next.next().is_some_and(|c| c == '[' || c.is_ascii_alphabetic())
        }
        Some(_) | None => false,
    }
}

/// A string literal of Go or PromQL in printable ASCII, with its quotes.
pub fn quoted(text: &str) -> String {
    let mut out = "\"".to_owned();
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            ' '..='~' => out.push(c),
            c => {
                // Writing to a String cannot fail.
                let _ = write!(out, "\\U{:08x}", u32::from(c));
            }
        }
    }
    out.push('"');
    out
}

/// Control, bidirectional, zero-width, variation and tag characters: they change how the text around them looks.
#[doc(hidden)]
pub fn is_unsafe(c: char) -> bool {
    matches!(c,
        '\0'..='\x1f' | '\x7f'..='\u{9f}' | '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_of_go() {
        let check = |text: &str, expected: &str| assert_eq!(quoted(text), expected);
        check("api|web", "\"api|web\"");
        check("a\"} or vector(1) #", "\"a\\\"} or vector(1) #\"");
        check("a\\.b\n  - x: é\u{85}", "\"a\\\\.b\\U0000000a  - x: \\U000000e9\\U00000085\"");
    }

    #[test]
    fn bytes_from_outside() {
        let check = |bytes: &[u8], expected: &str| assert_eq!(escape_bytes(bytes), expected);
        check("Größe".as_bytes(), "Größe");
        check(b"a\x1b[31m\x07\r\n", "a\\x1b[31m\\x07\\x0d\\x0a");
        check("\u{9b}1m\u{202e}txt".as_bytes(), "\\u{9b}1m\\u{202e}txt");
        check(b"\xff\xfeok", "\\xff\\xfeok");
    }

    #[test]
    fn hostile_texts() {
        let check = |text: &str, expected: &str| assert_eq!(escape(text), expected);
        check("main.(*Écoute).attendre", "main.(*Écoute).attendre");
        check("a\x1b[31mb\r\n", "a\\x1b[31mb\\x0d\\x0a");
        check("a\u{202e}b\u{200b}\u{9b}", "a\\u{202e}b\\u{200b}\\u{9b}");
        check("::error file=a::b", "\\x3a:error file=a::b");
        check("a ::stop-commands::x", "a \\x3a:stop-commands::x");
        check("##vso[task.complete]", "#\\x23vso[task.complete]");
        check("x ##[error]y", "x #\\x23[error]y");
        check(
            "http://[::1]:6060 and ::1, std::mutex, ## a heading",
            "http://[::1]:6060 and ::1, std::mutex, ## a heading",
        );
        assert!(escape(&"x".repeat(5000)).ends_with("… (5000 bytes)"));
    }
}
