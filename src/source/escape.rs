//! Escapes text from outside, so that it is safe in an error message.

use std::fmt::Write as _;
use std::path::Path;

/// Escapes control, bidi and zero-width characters as `\n`, `\x1b` or `\u{202e}`, and bytes that are not UTF-8 as
/// `\xNN`.
pub(crate) fn escaped(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            push_escaped(&mut text, character);
        }
        for byte in chunk.invalid() {
            push_hex(&mut text, u32::from(*byte));
        }
    }
    text
}

/// Escapes a path, see [`escaped`].
pub(crate) fn escaped_path(path: &Path) -> String {
    escaped(path.as_os_str().as_encoded_bytes())
}

fn push_escaped(text: &mut String, character: char) {
    match character {
        '\n' => text.push_str("\\n"),
        '\r' => text.push_str("\\r"),
        '\t' => text.push_str("\\t"),
        _ if character.is_control() => push_hex(text, u32::from(character)),
        _ if is_invisible(character) => text.extend(character.escape_unicode()),
        _ => text.push(character),
    }
}

fn push_hex(text: &mut String, value: u32) {
    write!(text, "\\x{value:02x}").expect("writing to a String cannot fail");
}

/// Whether a character changes how the text around it looks: bidi, zero-width, line and tag characters.
fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{ad}'
            | '\u{61c}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_terminal_controls() {
        let cases: [(&[u8], &str); 6] = [
            (b"plain text", "plain text"),
            ("Größe".as_bytes(), "Größe"),
            (b"a\x1b[31m\x07\r\n", "a\\x1b[31m\\x07\\r\\n"),
            ("\u{9b}1m".as_bytes(), "\\x9b1m"),
            ("\u{202e}txt".as_bytes(), "\\u{202e}txt"),
            (b"\xff\xfeok", "\\xff\\xfeok"),
        ];
        for (bytes, expected) in cases {
            assert_eq!(escaped(bytes), expected);
        }
    }
}
