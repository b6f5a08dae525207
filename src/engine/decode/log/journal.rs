//! The journal's forms with all fields: `journalctl -o export` and `-o verbose`.
//!
//! Source: systemd's documentation, "Journal Export Formats".

use super::records::Entry;
use super::records::Field;
use super::records::Paths;
use super::records::Piece;
use super::records::Sink;
use super::records::Value;
use crate::decode::lines::Lines;

/// Whether bytes start as an export does.
pub(super) fn is_export(bytes: &[u8]) -> bool {
    ["__CURSOR=", "__REALTIME_TIMESTAMP=", "__SEQNUM=", "__MONOTONIC_TIMESTAMP="]
        .iter()
        .any(|start| bytes.trim_ascii_start().starts_with(start.as_bytes()))
}

/// An export as lines of JSON, because the length of a field may be no text.
pub(super) fn export_to_json(bytes: &[u8]) -> String {
    let mut out = String::new();
    let mut rest = bytes;
    let mut is_open = false;
    while !rest.is_empty() {
        let (line, after) = split_line(rest);
        rest = after;
        if line.is_empty() {
            out.push_str(if is_open { "}\n" } else { "" });
            is_open = false;
            continue;
        }
        let mut parts = line.splitn(2, |byte| *byte == b'=');
        let (name, value) = (parts.next().unwrap_or(&[]), parts.next());
        let value = match value {
            Some(value) => value,
            None => {
                let Some((length, data)) = rest.split_first_chunk::<8>() else { break };
                let length = usize::try_from(u64::from_le_bytes(*length)).unwrap_or(usize::MAX);
                let (value, after) = data.split_at(length.min(data.len()));
                rest = after.strip_prefix(b"\n").unwrap_or(after);
                value
            }
        };
        out.push(if is_open { ',' } else { '{' });
        is_open = true;
        quote(&mut out, name);
        out.push(':');
        quote(&mut out, value);
    }
    if is_open {
        out.push_str("}\n");
    }
    out
}

fn split_line(bytes: &[u8]) -> (&[u8], &[u8]) {
    let end = memchr::memchr(b'\n', bytes).unwrap_or(bytes.len());
    let (line, rest) = bytes.split_at(end);
    (line, rest.get(1..).unwrap_or(&[]))
}

fn quote(out: &mut String, bytes: &[u8]) {
    out.push('"');
    for c in crate::decode::text::lossless(bytes).chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            c => out.push(c),
        }
    }
    out.push('"');
}

/// Passes the records of `journalctl -o verbose`: a line with a time and a cursor, and below it indented fields.
pub(super) fn scan<'t>(lines: &'t Lines<'_>, paths: &mut Paths, sink: Sink<'_, 't>) {
    let mut open: Option<(u32, Entry<'t>)> = None;
    for (number, line) in lines.iter() {
        if !line.starts_with(' ') {
            if let Some((number, entry)) = open.take() {
                sink(paths, number, Piece::Entry(&entry));
            }
            if line.contains(" [s=") && line.ends_with(']') {
                open = Some((number, Entry { parents: vec![0], ..Entry::default() }));
                continue;
            }
        }
        let Some((_, entry)) = &mut open else {
            sink(paths, number, Piece::Line(line));
            continue;
        };
        let field = line.trim_start().split_once('=').filter(|(name, _)| is_name(name));
        let last = entry.fields.last().copied();
        let (path, value) = match (field, last) {
            (Some((name, value)), _) => (paths.id(name), value),
            // The further lines of a value are indented by as much as its first line.
            (None, Some(last)) => (Some(last.path), line.trim_start_matches(' ')),
            (None, None) => continue,
        };
        if let Some(path) = path {
            entry.fields.push(Field { path, record: 0, value: Value::Plain(value) });
        }
    }
    if let Some((number, entry)) = open {
        sink(paths, number, Piece::Entry(&entry));
    }
}

fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exports() {
        let export = b"__CURSOR=s=1\nMESSAGE=a \"b\"\n_PID=1\n\n__CURSOR=s=2\nMESSAGE\n\x04\0\0\0\0\0\0\0\tx\ny\n_PID=1\n";
        assert!(is_export(export));
        let expected = concat!(
            "{\"__CURSOR\":\"s=1\",\"MESSAGE\":\"a \\\"b\\\"\",\"_PID\":\"1\"}\n",
            "{\"__CURSOR\":\"s=2\",\"MESSAGE\":\"\tx\\ny\",\"_PID\":\"1\"}\n",
        );
        assert_eq!(export_to_json(export), expected);
        assert_eq!(export_to_json(b"A\n\xff\xff\xff\xff\xff\xff\xff\xff"), "{\"A\":\"\"}\n");
    }

    #[test]
    fn verbose_records() {
        let text = "Sun 2026-11-29 20:00:00 UTC [s=1;i=2]\n    _PID=1\n    MESSAGE=a\n            b\nend\n";
        let (lines, mut paths, mut found) = (Lines::of(text), Paths::default(), Vec::new());
        scan(&lines, &mut paths, &mut |paths, number, piece| match piece {
            Piece::Line(line) | Piece::LineOrEntry(line, _) => found.push(format!("{number} {line}")),
            Piece::Entry(entry) => {
                let shown = |it: &Field<'_>| format!("{number} {}={}", paths.name(it.path), it.value.text());
                found.extend(entry.fields.iter().map(shown));
            }
        });
        assert_eq!(found, ["1 _PID=1", "1 MESSAGE=a", "1 MESSAGE=b", "5 end"]);
    }
}
