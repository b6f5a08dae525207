//! The lines of a text, each with the number of the line of the input that it was made from.

use std::borrow::Cow;

/// Lines without what a log put around them.
#[derive(Clone, Debug, Default)]
pub(super) struct Lines<'a> {
    text: Cow<'a, str>,
    /// The numbers of the lines; empty if the lines are those of the input.
    numbers: Vec<u32>,
}

impl<'a> Lines<'a> {
    /// The lines of the input itself.
    pub(super) fn of(text: impl Into<Cow<'a, str>>) -> Self {
        Lines { text: text.into(), numbers: Vec::new() }
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Whether they are the input, unchanged.
    pub(super) fn is_input(&self) -> bool {
        self.numbers.is_empty() && matches!(self.text, Cow::Borrowed(_))
    }

    /// Each line without its end, and its number.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, &str)> {
        let mut rest = self.text();
        let mut at = 0usize;
        std::iter::from_fn(move || {
            if rest.is_empty() {
                return None;
            }
            let end = memchr::memchr(b'\n', rest.as_bytes()).unwrap_or(rest.len());
            let (line, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
            rest = after.get(1..).unwrap_or("");
            at += 1;
            Some((self.number(at - 1), line.trim_end_matches('\r')))
        })
    }

    /// The number of the line at an index.
    pub(super) fn number(&self, at: usize) -> u32 {
        let own = || u32::try_from(at + 1).unwrap_or(u32::MAX);
        self.numbers.get(at).or(self.numbers.last()).copied().unwrap_or_else(own)
    }

    /// The parts that start at these indices, which are in ascending order. Lines before the first are left out.
    pub(super) fn parts_from(&self, starts: &[usize]) -> Vec<Lines<'static>> {
        let mut parts = Vec::new();
        let mut out = Builder::default();
        let Some((&first, others)) = starts.split_first() else { return parts };
        let mut others = others.iter().copied().peekable();
        for (at, (number, line)) in self.iter().enumerate().skip(first) {
            if others.next_if_eq(&at).is_some() {
                parts.push(std::mem::take(&mut out).finish());
            }
            out.line(number, line);
        }
        if !self.text.ends_with('\n') {
            out.end_mid_line();
        }
        parts.push(out.finish());
        parts
    }

    /// The lines that a function of their index and text gives.
    pub(super) fn filter_map(&self, change: impl Fn(usize, &str) -> Option<&str>) -> Lines<'static> {
        let mut out = Builder::default();
        for (at, (number, line)) in self.iter().enumerate() {
            change(at, line).into_iter().for_each(|line| out.line(number, line));
        }
        if !self.text.ends_with('\n') {
            out.end_mid_line();
        }
        out.finish()
    }

    /// The lines that a predicate on their index and text keeps.
    pub(super) fn filter(&self, mut keep: impl FnMut(usize, &str) -> bool) -> Lines<'static> {
        let mut out = Builder::default();
        for (at, (number, line)) in self.iter().enumerate() {
            if keep(at, line) {
                out.line(number, line);
            }
        }
        out.finish()
    }

    /// The same lines, changed one by one; `None` from `change` keeps a line as it is.
    pub(super) fn map(&self, change: impl Fn(&str) -> Option<String>) -> Lines<'static> {
        let mut out = Builder::default();
        for (number, line) in self.iter() {
            match change(line) {
                Some(changed) => out.text(number, &changed),
                None => out.line(number, line),
            }
        }
        if !self.text.ends_with('\n') {
            out.end_mid_line();
        }
        out.finish()
    }
}

/// Collects lines.
#[derive(Debug, Default)]
pub(super) struct Builder {
    text: String,
    numbers: Vec<u32>,
}

impl Builder {
    pub(super) fn line(&mut self, number: u32, line: &str) {
        self.end_line();
        self.numbers.push(number);
        self.text.push_str(line);
        self.text.push('\n');
    }

    /// Adds a text of any number of lines. An empty text is an empty line.
    pub(super) fn text(&mut self, number: u32, text: &str) {
        let text = text.strip_suffix('\n').unwrap_or(text);
        text.split('\n').for_each(|line| self.line(number, line));
    }

    /// Adds a piece of a text: its last line may go on in the next piece.
    pub(super) fn piece(&mut self, number: u32, piece: &str) {
        if piece.is_empty() {
            return;
        }
        let begun = usize::from(!self.is_at_line_start());
        let lines = piece.strip_suffix('\n').unwrap_or(piece).split('\n').count();
        self.numbers.extend(std::iter::repeat_n(number, lines - begun));
        self.text.push_str(piece);
    }

    /// Ends the line that pieces began; without one, adds an empty line.
    pub(super) fn line_end(&mut self, number: u32) {
        if self.is_at_line_start() {
            self.numbers.push(number);
        }
        self.text.push('\n');
    }

    fn is_at_line_start(&self) -> bool {
        self.text.is_empty() || self.text.ends_with('\n')
    }

    fn end_line(&mut self) {
        if !self.is_at_line_start() {
            self.text.push('\n');
        }
    }

    /// Removes the last line end: the input ends inside its last line.
    pub(super) fn end_mid_line(&mut self) {
        if self.text.ends_with('\n') {
            self.text.pop();
        }
    }

    pub(super) fn finish(self) -> Lines<'static> {
        Lines { text: Cow::Owned(self.text), numbers: self.numbers }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_lines() {
        let mut out = Builder::default();
        out.line(3, "a");
        out.text(5, "b\nc\n");
        out.piece(7, "d\ne");
        out.piece(8, "f\n");
        out.text(9, "");
        let lines = out.finish();
        let shown: Vec<String> = lines.iter().map(|(number, line)| format!("{number}{line}")).collect();
        assert_eq!(shown, ["3a", "5b", "5c", "7d", "7ef", "9"]);
        let own: Vec<String> =
            Lines::of("x\r\ny").iter().map(|(number, line)| format!("{number}{line}")).collect();
        assert_eq!(own, ["1x", "2y"]);
    }
}
