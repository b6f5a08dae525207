//! Mail as it is sent (quoted-printable, RFC 2045): `=3D` for a character, and `=` at the end of a line that goes on.

use memchr::memmem;

use crate::decode::lines::Builder;
use crate::decode::lines::Lines;
use crate::decode::text::lossless;

/// The maximum length of an encoded line.
const MAX_LINE: usize = 76;

/// Decodes the lines; `None` if they are not encoded.
pub(super) fn unwrap(lines: &Lines<'_>) -> Option<Lines<'static>> {
    if !is_encoded(lines.text()) {
        return None;
    }
    let mut out = Builder::default();
    for (number, line) in lines.iter() {
        match line.strip_suffix('=') {
            Some(start) => out.piece(number, &decoded(start)),
            None => {
                out.piece(number, &decoded(line));
                out.line_end(number);
            }
        }
    }
    if !lines.text().ends_with('\n') {
        out.end_mid_line();
    }
    Some(out.finish())
}

/// Whether lines go on or start with a tab, and none is longer than in mail. Go writes no line that ends in `=`.
pub(super) fn is_encoded(text: &str) -> bool {
    let bytes = text.as_bytes();
    let goes_on = memmem::find_iter(bytes, b"=\n").chain(memmem::find_iter(bytes, b"=\r\n")).any(|at| {
        let line = bytes.get(..at).unwrap_or(&[]).rsplit(|byte| *byte == b'\n').next().unwrap_or(&[]);
        (MAX_LINE - 20..MAX_LINE).contains(&line.len())
    });
    let has_tab = memmem::find(bytes, b"\n=09").is_some();
    (goes_on || has_tab) && text.lines().all(|line| line.len() <= MAX_LINE)
}

/// A line with its characters decoded. What is no escape stays.
fn decoded(line: &str) -> String {
    let mut out = Vec::with_capacity(line.len());
    let mut rest = line.as_bytes();
    while let Some(at) = memchr::memchr(b'=', rest) {
        let (before, from) = rest.split_at(at);
        out.extend_from_slice(before);
        let code = from.get(1..3).and_then(|digits| std::str::from_utf8(digits).ok());
        match code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(byte) => {
                out.push(byte);
                rest = from.get(3..).unwrap_or(&[]);
            }
            None => {
                out.push(b'=');
                rest = from.get(1..).unwrap_or(&[]);
            }
        }
    }
    out.extend_from_slice(rest);
    lossless(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_go_on() {
        let start = "created by github.com/a/b/c/d/e/f.(*Service).start in goroutine 12345678";
        let check = |text: &str, expected: Option<&str>| {
            let lines = unwrap(&Lines::of(text));
            assert_eq!(lines.as_ref().map(Lines::text), expected, "{text}");
        };
        check(&format!("{start}=\n9\n=09/srv/a=3D/b.go:3\n"), Some(&format!("{start}9\n\t/srv/a=/b.go:3\n")));
        check(&format!("{start}=\r\n9\r\n=C3=A9=zz=20"), Some(&format!("{start}9\né=zz ")));
        check("a=\nb=3D\n", None);
        check(&format!("{start}=\n{start}{start}\n"), None);
        check(&format!("{start}\na=3D\n"), None);
    }
}
