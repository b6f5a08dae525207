//! Text in quotes, as Go's `strconv.Quote` and the runtime write it.

use super::text::lossless;

/// The offset of the bracket that closes the state in a header; one inside a quoted label does not count.
pub(super) fn closing_bracket(text: &str) -> Option<usize> {
    let (mut is_quoted, mut is_escaped) = (false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = is_quoted,
            b'"' => is_quoted = !is_quoted,
            b']' if !is_quoted => return Some(at),
            _ => {}
        }
    }
    None
}

/// Unquotes the quoted text at the start of `text`. Returns also the text after it; `None` if no quote closes it.
pub(super) fn unquote(text: &str) -> Option<(String, &str)> {
    let body = text.strip_prefix('"')?;
    let mut out = Vec::new();
    let mut chars = body.char_indices();
    while let Some((at, c)) = chars.next() {
        let mut buffer = [0; 4];
        match c {
            '"' => {
                return Some((lossless(&out).into_owned(), body.get(at + 1..)?));
            }
            '\\' => {
                let (_, escape) = chars.next()?;
                let mut code =
                    |width| (0..width).try_fold(0, |code, _| Some(code << 4 | chars.next()?.1.to_digit(16)?));
                let plain = match escape {
                    'x' => {
                        out.push(u8::try_from(code(2)?).ok()?);
                        continue;
                    }
                    'u' => char::from_u32(code(4)?)?,
                    'U' => char::from_u32(code(8)?)?,
                    'n' => '\n',
                    't' => '\t',
                    'r' => '\r',
                    'a' => '\u{7}',
                    'b' => '\u{8}',
                    'f' => '\u{c}',
                    'v' => '\u{b}',
                    other => other,
                };
                out.extend(plain.encode_utf8(&mut buffer).bytes());
            }
            c => out.extend(c.encode_utf8(&mut buffer).bytes()),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_texts() {
        let check = |text: &str, expected: Option<(&str, &str)>| {
            let outcome = unquote(text);
            assert_eq!(outcome.as_ref().map(|(text, rest)| (text.as_str(), *rest)), expected, "{text}");
        };
        check(r#""a b": 1"#, Some(("a b", ": 1")));
        check(r#""a\"b\\""#, Some((r#"a"b\"#, "")));
        check(r#""\u043f\xd0\xbf\t""#, Some(("пп\t", "")));
        check(r#""\xff""#, Some((r"\xff", "")));
        check(r#""open"#, None);
        check(r#""\u04""#, None);
        check("bare", None);
    }
}
