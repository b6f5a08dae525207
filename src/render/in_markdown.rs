//! Outside text in Markdown: in code spans and fences that nothing in it can end.

use crate::text::escape;

use super::shown::shown;

/// A text as a code span that nothing in it can end, on one line of a table.
pub(super) fn code(text: &str) -> String {
    let text = escape(text).replace('|', "\\|");
    let fence = fence(&text, 1);
    let blank = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{fence}{blank}{text}{blank}{fence}")
}

/// A diff that is shown on a click, in at most `max` bytes or not at all.
pub(super) fn details(diff: &str, summary: &'static str, max: usize) -> String {
    let diff = shown(diff);
    if diff.len() > max {
        return format!("{summary} is too long to be shown here.\n\n");
    }
    format!("<details><summary>{summary}</summary>\n\n{}\n</details>\n\n", fenced("diff", &diff))
}

/// Whole lines in a fence that nothing in them can end.
pub(super) fn fenced(language: &'static str, lines: &str) -> String {
    let fence = fence(lines, 3);
    format!("{fence}{language}\n{lines}{fence}\n")
}

/// At least `min` backquotes, and more than any run of them in a text.
fn fence(text: &str, min: usize) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    "`".repeat((longest + 1).max(min))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_spans_cannot_be_left() {
        let check = |text: &str, expected: &str| assert_eq!(code(text), expected);
        check("main.f", "`main.f`");
        check("a`b", "``a`b``");
        check("`x`", "`` `x` ``");
        check("a|b\n<img>", "`a\\|b\\x0a<img>`");
    }
}
