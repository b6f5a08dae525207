//! Records in JSON: one in a line, also after a prefix; spread over lines; in an array; inside of one another.

use super::records::Entry;
use super::records::Field;
use super::records::Paths;
use super::records::Piece;
use super::records::Sink;
use super::records::Value;
use super::source_fields::PREFIX;
use crate::decode::lines::Lines;

/// Nothing that is deeper is a record of a log.
const MAX_DEPTH: usize = 64;

/// The maximum number of fields in a record.
const MAX_FIELDS: usize = 1 << 20;

/// Whether a line is a record of its own, and no part of one.
pub(super) fn is_record(line: &str) -> bool {
    line.starts_with('{') && line.ends_with('}')
}

/// Passes the records of a log, and the lines that are none.
pub(super) fn scan<'t>(lines: &'t Lines<'_>, paths: &mut Paths, sink: Sink<'_, 't>) {
    let text = lines.text();
    let (mut at, mut index) = (0, 0);
    // What is read in vain: a text full of opening brackets must not be read once for each of them.
    let mut budget = text.len().saturating_mul(4).saturating_add(1 << 16);
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let number = lines.number(index);
        let start = at + rest.len() - rest.trim_start_matches([' ', '\t']).len();
        if budget > 0 && text.get(start..).is_some_and(|it| it.starts_with(['{', '['])) {
            let mut parser = Parser { text, at: start, paths };
            let end = parser.top(number, sink);
            budget = budget.saturating_sub(if end.is_none() { parser.at - start } else { 0 });
            if let Some(end) = end {
                let end = end_of_line(text, end);
                index += text.get(at..end).unwrap_or("").matches('\n').count();
                at = end;
                continue;
            }
        }
        let line = rest.split('\n').next().unwrap_or("");
        let mut entry = Entry::default();
        let piece = match after_prefix(line, paths, &mut entry) {
            Some(()) => Piece::Entry(&entry),
            None => Piece::Line(line.trim_end_matches('\r')),
        };
        sink(paths, number, piece);
        at += line.len() + 1;
        index += 1;
    }
}

/// The offset after a record, and after the line if nothing else is in it.
fn end_of_line(text: &str, at: usize) -> usize {
    let rest = text.get(at..).unwrap_or("");
    let after = rest.trim_start_matches([' ', '\t', '\r', ',', ']', '$']);
    let after = after.strip_prefix('\n').unwrap_or(after);
    text.len() - after.len()
}

/// Reads the record that ends a line.
fn after_prefix<'t>(line: &'t str, paths: &mut Paths, entry: &mut Entry<'t>) -> Option<()> {
    let is_start = |at: &usize| line.get(at + 1..).is_some_and(|rest| rest.trim_start().starts_with('"'));
    for start in memchr::memchr_iter(b'{', line.as_bytes()).filter(is_start).take(3) {
        let mut parser = Parser { text: line, at: start, paths };
        let is_whole = parser.record(entry).is_some();
        let rest = line.get(parser.at..).unwrap_or("");
        if is_whole && rest.trim_matches(['\r', ' ', '\t', ',', '\'', '"', '|', '$']).is_empty() {
            let path = paths.id(PREFIX)?;
            entry.fields.push(Field { path, record: 0, value: Value::Prefix(line.get(..start)?) });
            return Some(());
        }
        (entry.parents, entry.fields) = (Vec::new(), Vec::new());
    }
    None
}

struct Parser<'t, 'p> {
    text: &'t str,
    at: usize,
    paths: &'p mut Paths,
}

impl<'t> Parser<'t, '_> {
    /// Reads an object, or the elements of an array one by one; returns the offset after what could be read.
    fn top(&mut self, number: u32, sink: Sink<'_, 't>) -> Option<usize> {
        if self.peek() == Some(b'{') {
            let mut entry = Entry::default();
            self.record(&mut entry)?;
            sink(self.paths, number, Piece::Entry(&entry));
            return Some(self.at);
        }
        self.at += 1;
        let mut end = None;
        loop {
            self.skip_blanks();
            if self.peek() == Some(b']') && end.is_some() {
                return Some(self.at + 1);
            }
            let mut entry = Entry { parents: vec![0], ..Entry::default() };
            let element = match self.peek() {
                Some(b'{') => {
                    entry.parents.clear();
                    self.record(&mut entry)
                }
                Some(b'"') => self.value(&mut "[]".to_owned(), 0, 1, &mut entry),
                Some(_) | None => None,
            };
            if element.is_none() {
                return end;
            }
            sink(self.paths, number, Piece::Entry(&entry));
            end = Some(self.at);
            self.skip_blanks();
            if self.peek() == Some(b',') {
                self.at += 1;
            }
        }
    }

    /// Reads an object that is a record.
    fn record(&mut self, entry: &mut Entry<'t>) -> Option<()> {
        entry.parents.push(0);
        self.object(&mut String::new(), 0, 0, entry)
    }

    fn value(&mut self, path: &mut String, record: usize, depth: usize, entry: &mut Entry<'t>) -> Option<()> {
        self.skip_blanks();
        let value = match self.peek()? {
            b'{' => return self.object(path, record, depth + 1, entry),
            b'[' => match self.bytes() {
                Some(bytes) => Value::Bytes(bytes),
                None => return self.array(path, record, depth + 1, entry),
            },
            b'"' => Value::Escaped(self.string()?),
            _ => Value::Plain(self.word()?),
        };
        if entry.fields.len() >= MAX_FIELDS {
            return None;
        }
        if let Some(path) = self.paths.id(path) {
            entry.fields.push(Field { path, record, value });
        }
        Some(())
    }

    fn object(
        &mut self,
        path: &mut String,
        record: usize,
        depth: usize,
        entry: &mut Entry<'t>,
    ) -> Option<()> {
        self.elements(b'}', depth, |parser| {
            let key = parser.string()?;
            parser.skip_blanks();
            (parser.peek()? == b':').then_some(())?;
            parser.at += 1;
            let outer = path.len();
            if outer > 0 {
                path.push('.');
            }
            path.push_str(key.get(..key.floor_char_boundary(128)).unwrap_or(key));
            parser.value(path, record, depth, entry)?;
            path.truncate(outer);
            Some(())
        })
    }

    fn array(&mut self, path: &mut String, record: usize, depth: usize, entry: &mut Entry<'t>) -> Option<()> {
        let outer = path.len();
        path.push_str("[]");
        self.elements(b']', depth, |parser| {
            let mut own = record;
            if parser.peek()? == b'{' {
                own = entry.parents.len();
                entry.parents.push(record);
            }
            parser.value(path, own, depth, entry)
        })?;
        path.truncate(outer);
        Some(())
    }

    /// Reads what is between two brackets.
    fn elements(
        &mut self,
        close: u8,
        depth: usize,
        mut element: impl FnMut(&mut Self) -> Option<()>,
    ) -> Option<()> {
        if depth > MAX_DEPTH {
            return None;
        }
        self.at += 1;
        self.skip_blanks();
        while self.peek()? != close {
            element(self)?;
            self.skip_blanks();
            match self.peek()? {
                b',' => self.at += 1,
                other if other == close => {}
                _ => return None,
            }
            self.skip_blanks();
        }
        self.at += 1;
        Some(())
    }

    /// A string without its quotes.
    fn string(&mut self) -> Option<&'t str> {
        (self.peek()? == b'"').then_some(())?;
        let start = self.at + 1;
        let mut end = start;
        loop {
            end += memchr::memchr3(b'"', b'\\', b'\n', self.text.as_bytes().get(end..)?)?;
            match self.text.as_bytes().get(end)? {
                b'"' => break,
                b'\\' => end += 2,
                _ => {
                    self.at = end;
                    return None;
                }
            }
        }
        self.at = end + 1;
        self.text.get(start..end)
    }

    /// An array of bytes as numbers, without its brackets: the journal writes a text so that is not UTF-8 or has colours.
    fn bytes(&mut self) -> Option<&'t str> {
        let rest = self.text.get(self.at + 1..)?;
        let is_number = |byte: u8| byte.is_ascii_digit() || byte == b',' || byte.is_ascii_whitespace();
        let length = rest.bytes().take_while(|byte| is_number(*byte)).count();
        let numbers = rest
            .get(..length)
            .filter(|it| !it.trim().is_empty() && rest.as_bytes().get(length) == Some(&b']'))?;
        numbers.split(',').all(|it| it.trim().parse::<u8>().is_ok()).then(|| {
            self.at += length + 2;
            numbers
        })
    }

    /// A number, `true`, `false` or `null`.
    fn word(&mut self) -> Option<&'t str> {
        let rest = self.text.get(self.at..)?;
        let length = rest.bytes().take_while(|it| it.is_ascii_alphanumeric() || b"+-.".contains(it)).count();
        self.at += length;
        rest.get(..length).filter(|word| {
            matches!(*word, "true" | "false" | "null")
                || word.starts_with(|c: char| c.is_ascii_digit() || c == '-')
        })
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_blanks(&mut self) {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or(&[]);
        self.at += rest.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&str]) {
        let (lines, mut paths, mut found) = (Lines::of(text), Paths::default(), Vec::new());
        scan(&lines, &mut paths, &mut |paths, number, piece| match piece {
            Piece::Line(line) | Piece::LineOrEntry(line, _) => found.push(format!("{number} {line}")),
            Piece::Entry(entry) => found.extend(entry.fields.iter().map(|it| {
                format!(
                    "{number} {}#{}={}",
                    paths.name(it.path).trim_start_matches('\0'),
                    it.record,
                    it.value.text()
                )
            })),
        });
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn records() {
        check("{\"a\":\"x\\ty\",\"b\":{\"c\":1}}\n{\"a\":\"z\"}\n", &["1 a#0=x\ty", "1 b.c#0=1", "2 a#0=z"]);
        check("app-1 | {\"a\":\"x\"}\nother {}\n", &["1 a#0=x", "1 prefix#0=app-1", "2 other {}"]);
        check("{\n\t\"a\" : [97, 98],\n\t\"b\" : \"y\"\n}\nz\n", &["1 a#0=ab", "1 b#0=y", "5 z"]);
        check("[{\"a\":\"x\"},\n{\"a\":\"y\"}]\n", &["1 a#0=x", "1 a#0=y"]);
        check(
            "{\"e\":[{\"m\":\"x\"},{\"m\":\"y\"}],\"h\":\"z\"}",
            &["1 e[].m#1=x", "1 e[].m#2=y", "1 h#0=z"],
        );
        check("{\"a\":\"x\"}{\"a\":\"y\"}\n", &["1 a#0=x", "1 a#0=y"]);
        check("[\n  {\"a\":\"x\"},\n  {\"a\":\"cut", &["1 a#0=x", "3   {\"a\":\"cut"]);
    }

    #[test]
    fn other_texts() {
        check("[pod/a] x\n{not json\n{\"a\":\n", &["1 [pod/a] x", "2 {not json", "3 {\"a\":"]);
        let deep = "[".repeat(100_000);
        check(&deep, &[&format!("1 {deep}")]);
    }
}
