//! Colours of terminals, which programs write into a list of goroutines.

use std::borrow::Cow;

/// A line without escape sequences such as `ESC[1m`, and without what copying from a web page leaves of them: `[1m`.
pub(super) fn without_colours(line: &str) -> Cow<'_, str> {
    if !line.contains('[') {
        return Cow::Borrowed(line);
    }
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.find('[') {
        let (before, from) = rest.split_at(at);
        let plain = before.strip_suffix('\u{1b}');
        match sequence(from, plain.is_some()) {
            Some(after) => {
                out.push_str(plain.unwrap_or(before));
                rest = after;
            }
            None => {
                let (bracket, after) = from.split_at(1);
                out.push_str(before);
                out.push_str(bracket);
                rest = after;
            }
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// The text after `[0;1m` or, if it was escaped, `[K`; `None` if it is something else, such as type arguments.
fn sequence(text: &str, is_escaped: bool) -> Option<&str> {
    let rest = text.strip_prefix('[')?;
    let after = rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';');
    if is_escaped {
        return after.strip_prefix(|c: char| c.is_ascii_alphabetic());
    }
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
