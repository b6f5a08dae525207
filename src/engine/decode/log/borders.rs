//! What is at the end of each line: the border of a table or of a box (`psql`, `mysql`), the tag of `logcat -v process`.

use super::evidence;
use crate::decode::lines::Lines;

/// A longer end of a line is no border.
const MAX_BORDER: usize = 64;

/// What is further from the end of a header is not looked at.
const MAX_HEADER: usize = 4096;

/// Removes the end that most lines have, with the blanks before it; `None` if a header has none.
pub(super) fn unwrap(lines: &Lines<'_>) -> Option<Lines<'static>> {
    let border = find(lines.text())?;
    let (mut with, mut all) = (0, 0);
    for (_, line) in lines.iter().filter(|(_, line)| line.contains(|c: char| c.is_alphanumeric())) {
        (with, all) = (with + usize::from(line.trim_end().ends_with(border)), all + 1);
    }
    let cut = |line: &str| line.trim_end().strip_suffix(border).map(|line| line.trim_end().to_owned());
    (with > 1 && with * 10 >= all * 8).then(|| lines.map(cut))
}

/// What is after a header, and blanks before it.
pub(super) fn find(text: &str) -> Option<&str> {
    memchr::memmem::find_iter(text.as_bytes(), b"]:").find_map(|at| {
        let after = text.get(at + 2..).filter(|after| after.starts_with([' ', '|', '\u{2502}']))?;
        let near = after.get(..after.floor_char_boundary(4096))?.split('\n').next()?;
        let border = near.trim();
        let before = text.get(..at + 2)?;
        let line =
            before.get(before.ceil_char_boundary(at.saturating_sub(MAX_HEADER))..)?.rsplit('\n').next()?;
        let header = line.get(evidence::header_at(line)?..)?;
        let is_border = !border.is_empty() && border.len() <= MAX_BORDER;
        (is_border && evidence::after_header(header).is_empty()).then_some(border)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn borders() {
        let check = |text: &str, expected: Option<&str>| {
            assert_eq!(unwrap(&Lines::of(text)).as_ref().map(Lines::text), expected, "{text}");
        };
        let dump = "goroutine 7 [select]:\nmain.f()\n\t/f.go:3\n";
        check("goroutine 7 [select]:  |\nmain.f()   |\n\t/f.go:3 | \n", Some(dump));
        check("goroutine 7 [select]:  (Go)\nmain.f()  (Go)\n\t/f.go:3  (Go)\n", Some(dump));
        check(
            "\u{2500}\n| goroutine 7 [select]: \u{2502}\n| main.f() \u{2502}",
            Some("\u{2500}\n| goroutine 7 [select]:\n| main.f()"),
        );
        check("goroutine 7 [select]: |\nmain.f()\n\t/f.go:3\n", None);
        check("goroutine 7 [select]: was stuck\nmain.f()\n", None);
        check("goroutine 7 [select]:\nmain.f() |\n", None);
        check("[\"app[1]: goroutine 7 [select]:\",\"app[1]: main.f()\"]\n", None);
    }
}
