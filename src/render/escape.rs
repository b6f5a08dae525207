//! The one way by which outside text reaches a terminal or a log.

use std::borrow::Cow;
use std::fmt::Write;

/// Longest text that is shown in one piece, in bytes. Identity is always by the whole text.
const LONGEST: usize = 1024;

/// Makes a text safe to show: control characters as `\x1b`, characters that turn or hide text as `\u{202e}`, and a mark
/// where a very long text is cut.
pub fn escape(text: &str) -> Cow<'_, str> {
    let quiet = !text.contains("::") && !text.contains("##");
    if quiet && text.len() <= LONGEST && !text.chars().any(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len().min(LONGEST));
    for (at, c) in text.char_indices() {
        if out.len() > LONGEST {
            // Writing to a String cannot fail.
            let _ = write!(out, "… ({} bytes)", text.len());
            break;
        }
        match c {
            '\0'..='\x1f' | '\x7f' => {
                let _ = write!(out, "\\x{:02x}", u32::from(c));
            }
            ':' | '#' if is_command(text, at) => {
                let _ = write!(out, "\\x{:02x}", u32::from(c));
            }
            c if is_unsafe(c) => {
                let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// Whether a command to a runner of CI begins here: `::error` after nothing or a blank (GitHub), `##[` or `##vso[`
/// anywhere (GitHub, Azure, TeamCity), of which it is the second sign. They are looked for in all that is printed.
fn is_command(text: &str, at: usize) -> bool {
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

/// A string of Go or of PromQL, with its quotes, in printable ASCII.
pub(super) fn quoted(text: &str) -> String {
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

/// Control characters, those that change the direction of text, those without width, and tags.
fn is_unsafe(c: char) -> bool {
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
