//! Tables with commas: exports of CloudWatch, Splunk and spreadsheets. A quoted value may have several lines.

use super::records::Entry;
use super::records::Field;
use super::records::Paths;
use super::records::Piece;
use super::records::Sink;
use super::records::Value;
use crate::decode::lines::Lines;

/// A value that spans more lines is a quote that nothing closes.
const MAX_LINES: usize = 1 << 20;

/// The maximum number of columns.
const MAX_COLUMNS: usize = 64;

/// Whether a text may be a table: it has a quoted value.
pub(super) fn is_table(lines: &Lines<'_>) -> bool {
    lines.text().contains(",\"")
}

/// The rows that are looked at to know a table.
const MAX_LOOKED_AT: usize = 512;

/// Whether a text is a table from its start: each row has the same number of columns, and some value is quoted because of a comma.
pub(super) fn is_whole_table(lines: &Lines<'_>) -> bool {
    let mut rest = lines.text();
    if !rest.starts_with('"') && !rest.contains("\n\"") && !is_table(lines) {
        return false;
    }
    let (mut columns, mut rows, mut has_quotes) = (None, 0, false);
    while rows < MAX_LOOKED_AT && !rest.trim().is_empty() {
        let Some((values, after)) = row(rest) else { return false };
        if values.len() < 2 || *columns.get_or_insert(values.len()) != values.len() {
            return false;
        }
        // These escapes are not those of a table.
        if values.iter().any(|value| matches!(value, Value::Doubled(text) if text.starts_with("\\t"))) {
            return false;
        }
        has_quotes |= values.iter().any(|value| matches!(value, Value::Doubled(text) if text.contains(',')));
        (rest, rows) = (after, rows + 1);
    }
    has_quotes && rows > 2
}

/// Passes the rows of a table, and the lines that have another number of columns than the first row.
pub(super) fn scan<'t>(lines: &'t Lines<'_>, paths: &mut Paths, sink: Sink<'_, 't>) {
    let mut rest = lines.text();
    let (mut index, mut columns) = (0, None);
    // A quote that nothing closes is looked for 16 times.
    let mut budget = 16;
    while !rest.is_empty() {
        let number = lines.number(index);
        let row = if budget > 0 { row(rest) } else { None };
        let spans_lines = |(_, after): &(Vec<Value<'_>>, &str)| {
            rest.get(..rest.len() - after.len()).is_some_and(|row| row.trim_end().contains('\n'))
        };
        let is_long = row.as_ref().is_none_or(spans_lines);
        let same = row
            .filter(|(values, _)| values.len() > 1 && *columns.get_or_insert(values.len()) == values.len());
        budget -= usize::from(same.is_none() && is_long && budget > 0);
        let after = match same {
            Some((values, after)) => {
                let mut entry = Entry { parents: vec![0], ..Entry::default() };
                for (value, column) in values.into_iter().zip(1..) {
                    if let Some(path) = paths.id(&format!("column {column}")) {
                        entry.fields.push(Field { path, record: 0, value });
                    }
                }
                sink(paths, number, Piece::Entry(&entry));
                after
            }
            None => {
                let (line, after) = rest.split_once('\n').unwrap_or((rest, ""));
                sink(paths, number, Piece::Line(line.trim_end_matches('\r')));
                after
            }
        };
        let read = rest.len() - after.len();
        index += rest.get(..read).unwrap_or("").matches('\n').count();
        rest = after;
    }
}

/// The values of the row at the start of a text, and the text after it.
fn row(text: &str) -> Option<(Vec<Value<'_>>, &str)> {
    let mut values = Vec::new();
    let mut rest = text;
    loop {
        if values.len() >= MAX_COLUMNS {
            return None;
        }
        let (value, after) = match rest.strip_prefix('"') {
            Some(inner) => quoted(inner)?,
            None => {
                let end = rest.find([',', '\n']).unwrap_or(rest.len());
                let (value, after) = rest.split_at_checked(end)?;
                (Value::Plain(value.trim_end_matches('\r')), after)
            }
        };
        values.push(value);
        let after = after.trim_start_matches('\r');
        match after.strip_prefix(',') {
            Some(next) => rest = next,
            None if after.is_empty() => return Some((values, after)),
            None => return Some((values, after.strip_prefix('\n')?)),
        }
    }
}

/// The value up to the closing quote, and the text after it.
fn quoted(inner: &str) -> Option<(Value<'_>, &str)> {
    let mut at = 0;
    loop {
        at += inner.get(at..)?.find('"')?;
        match inner.get(at + 1..)? {
            after if after.starts_with('"') => at += 2,
            after => {
                let value = inner.get(..at)?;
                let is_short = value.matches('\n').take(MAX_LINES).count() < MAX_LINES;
                return is_short.then_some((Value::Doubled(value), after));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows() {
        let text = "time,message\n1,a b\n2,\"c, \"\"d\"\"\ne\"\nother\n3,f,g\n";
        let (lines, mut paths, mut found) = (Lines::of(text), Paths::default(), Vec::new());
        scan(&lines, &mut paths, &mut |_, number, piece| match piece {
            Piece::Line(line) | Piece::LineOrEntry(line, _) => found.push(format!("{number} {line}")),
            Piece::Entry(entry) => {
                let values: Vec<_> = entry.fields.iter().map(|it| it.value.text()).collect();
                found.push(format!("{number} {}", values.join("|")));
            }
        });
        assert_eq!(found, ["1 time|message", "2 1|a b", "3 2|c, \"d\"\ne", "5 other", "6 3,f,g"]);
    }
}
