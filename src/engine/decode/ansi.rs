//! Escape sequences of terminals (ECMA-48), and what copying from a web page leaves of them.

use std::borrow::Cow;

/// The text after a sequence whose escape character is before `text`.
pub(super) fn after_escape(text: &str) -> &str {
    let mut chars = text.chars();
    match chars.next() {
        Some('[') => after_sequence(chars.as_str()),
        // The title of a window or a link ends in a bell or in another escape.
        Some(']') => {
            let rest = chars.as_str();
            rest.find(['\u{7}', '\u{1b}']).map_or("", |end| {
                let after = rest.get(end + 1..).unwrap_or("");
                after.strip_prefix('\\').unwrap_or(after)
            })
        }
        Some('(' | ')' | '#' | '%') => {
            chars.next();
            chars.as_str()
        }
        Some('0'..='~') => chars.as_str(),
        Some(_) | None => text,
    }
}

/// The text after the parameters of a control sequence and the letter that ends it.
pub(super) fn after_sequence(text: &str) -> &str {
    let rest = text.trim_start_matches(|c: char| (' '..='?').contains(&c));
    let mut chars = rest.chars();
    if chars.next().is_some_and(|c| ('@'..='~').contains(&c)) { chars.as_str() } else { rest }
}

/// A line without escape sequences, and without what copying leaves of colours: `[1m`. The log layer removes the sequences of a whole
/// text; the remnants are looked for only in forms that programs write in colour, because `[1m` may be something else elsewhere.
pub(super) fn without_colours(line: &str) -> Cow<'_, str> {
    if !line.contains(['\u{1b}', '[']) {
        return Cow::Borrowed(line);
    }
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some((before, from)) = rest.find(['\u{1b}', '[']).and_then(|at| rest.split_at_checked(at)) {
        out.push_str(before);
        let after =
            from.strip_prefix('\u{1b}').map_or_else(|| after_remnant(from), |it| Some(after_escape(it)));
        rest = after.unwrap_or_else(|| {
            out.push('[');
            from.get(1..).unwrap_or("")
        });
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// The text after `[0;1m`; `None` if it is something else, such as type arguments.
fn after_remnant(text: &str) -> Option<&str> {
    let rest = text.strip_prefix('[')?;
    let after = rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';');
    after.strip_prefix('m').filter(|_| after.len() < rest.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours() {
        let check = |line: &str, expected: &str| assert_eq!(without_colours(line), expected, "{line:?}");
        check("at ./\u{1b}[1mmain.go:22\u{1b}[0m", "at ./main.go:22");
        check("at ./[1mmain.go:22[0m", "at ./main.go:22");
        check("\u{1b}[0;31;1m3: select\u{1b}[K", "3: select");
        check("main.(*Map[K,V]).f[m](...) [select]", "main.(*Map[K,V]).f[m](...) [select]");
        check("[chan send] é", "[chan send] é");
        check("a [", "a [");
    }
}
