//! Records of keys and values: `time=... level=error msg="..."`, also after a prefix.

use super::records::Entry;
use super::records::Field;
use super::records::Paths;
use super::records::Piece;
use super::records::Sink;
use super::records::Value;
use super::source_fields::PREFIX;
use crate::decode::lines::Lines;

/// Passes the records of a log, and the lines that are none.
pub(super) fn scan<'t>(lines: &'t Lines<'_>, paths: &mut Paths, sink: Sink<'_, 't>) {
    for (number, line) in lines.iter() {
        let entry = record(line, paths);
        sink(
            paths,
            number,
            entry.as_ref().map_or(Piece::Line(line), |entry| Piece::LineOrEntry(line, entry)),
        );
    }
}

/// The record in a line; `None` if it has no key, or is a line of a dump: those of a crash have registers (`fp=0xc1 sp=0xc2`).
fn record<'t>(line: &'t str, paths: &mut Paths) -> Option<Entry<'t>> {
    let start = first_key(line)?;
    let (prefix, mut rest) = line.split_at_checked(start)?;
    let mut entry = Entry { parents: vec![0], ..Entry::default() };
    let prefix_path = paths.id(PREFIX)?;
    entry.fields.push(Field { path: prefix_path, record: 0, value: Value::Prefix(prefix) });
    while let Some(length) = key(rest) {
        let name = rest.get(..length)?;
        let (value, after) = value(rest.get(length + 1..)?);
        if matches!(name, "gp" | "mp" | "fp" | "sp" | "pc") {
            return None;
        }
        if let Some(path) = paths.id(name) {
            entry.fields.push(Field { path, record: 0, value });
        }
        rest = after.trim_start_matches([' ', '\t', ',']);
        // Words between the pairs.
        while !rest.is_empty() && key(rest).is_none() {
            rest = rest.split_once([' ', '\t']).map_or("", |(_, after)| after.trim_start());
        }
    }
    Some(entry)
}

/// The offset of the first key in a line.
fn first_key(line: &str) -> Option<usize> {
    memchr::memchr_iter(b'=', line.as_bytes()).take(8).find_map(|equals| {
        let start =
            line.get(..equals)?.rfind([' ', '\t', '|', ']', ',', '{', '(']).map_or(0, |before| before + 1);
        key(line.get(start..)?).map(|_| start)
    })
}

/// The length of the key at the start of a text, which an equals sign follows.
fn key(text: &str) -> Option<usize> {
    let length = text.bytes().take_while(|it| it.is_ascii_alphanumeric() || b"_.-@/".contains(it)).count();
    let starts = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_' || c == '@');
    (starts && text.as_bytes().get(length) == Some(&b'=')).then_some(length)
}

/// A quoted or bare value, and the text after it. A quote that nothing closes goes to the end of the line.
fn value(text: &str) -> (Value<'_>, &str) {
    let Some(quote) = text.chars().next().filter(|c| matches!(c, '"' | '\'' | '`')) else {
        let (value, rest) =
            text.split_at_checked(text.find([' ', '\t']).unwrap_or(text.len())).unwrap_or((text, ""));
        return (Value::Plain(value), rest);
    };
    let inner = text.get(1..).unwrap_or("");
    let mut is_escaped = false;
    let end = inner.char_indices().find(|(_, c)| {
        let closes = *c == quote && !is_escaped;
        is_escaped = *c == '\\' && !is_escaped;
        closes
    });
    let (value, rest) = inner.split_at_checked(end.map_or(inner.len(), |(at, _)| at)).unwrap_or((inner, ""));
    (Value::Escaped(value), rest.get(1..).unwrap_or(""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, expected: &[&str]) {
        let mut paths = Paths::default();
        let found = record(line, &mut paths).map(|entry| entry.fields).unwrap_or_default();
        let found: Vec<String> =
            found.iter().skip(1).map(|it| format!("{}={}", paths.name(it.path), it.value.text())).collect();
        assert_eq!(found, expected, "{line}");
    }

    #[test]
    fn keys_and_values() {
        check("a=1 b=\"x \\\"y\\\"\\n\" c=", &["a=1", "b=x \"y\"\n", "c="]);
        check("8:00PM ERR panic stack=\"x\\ny\"", &["stack=x\ny"]);
        check("app | time=\"2026\" msg=main.main()", &["time=2026", "msg=main.main()"]);
        check("a=\"cut", &["a=cut"]);
        check("\t/f.go:3 +0x1 fp=0xc1 sp=0xc2 pc=0xc3", &[]);
        check("no pairs here", &[]);
    }
}
