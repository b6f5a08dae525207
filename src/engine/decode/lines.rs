//! The lines of a text, each with the number of the line of the input that it was made from.

mod numbers;

use std::borrow::Cow;

use numbers::Numbers;

/// Lines without what a log put around them.
#[derive(Clone, Debug, Default)]
pub(super) struct Lines<'a> {
    text: Cow<'a, str>,
    numbers: Numbers,
}

/// A line without its end, and its place in the text.
#[derive(Clone, Copy, Debug)]
pub(super) struct PlacedLine<'t> {
    pub(super) place: Place,
    /// The offset after its end, in bytes.
    pub(super) end: usize,
    pub(super) text: &'t str,
}

/// Where a line starts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    /// In bytes.
    pub(super) offset: usize,
    /// The lines before it.
    pub(super) index: usize,
}

impl<'a> Lines<'a> {
    /// The lines of the input itself.
    pub(super) fn of(text: impl Into<Cow<'a, str>>) -> Self {
        Lines { text: text.into(), numbers: Numbers::default() }
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Whether they are the input, unchanged.
    pub(super) fn is_input(&self) -> bool {
        self.numbers.are_own() && matches!(self.text, Cow::Borrowed(_))
    }

    /// Each line without its end, and its number.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, &str)> {
        self.placed().map(|line| (self.number(line.place.index), line.text))
    }

    /// Each line with its place.
    pub(super) fn placed(&self) -> impl Iterator<Item = PlacedLine<'_>> {
        let text = self.text();
        let mut place = Place::default();
        std::iter::from_fn(move || {
            let rest = text.get(place.offset..).filter(|rest| !rest.is_empty())?;
            let length = memchr::memchr(b'\n', rest.as_bytes()).unwrap_or(rest.len());
            let line = rest.get(..length).unwrap_or(rest).trim_end_matches('\r');
            let end = (place.offset + length + 1).min(text.len());
            let placed = PlacedLine { place, end, text: line };
            place = Place { offset: end, index: place.index + 1 };
            Some(placed)
        })
    }

    /// The number of the line at an index.
    pub(super) fn number(&self, at: usize) -> u32 {
        self.numbers.of_line(at)
    }

    /// The lines from one place up to another; up to the end if that is `None`. They are not copied.
    pub(super) fn range(&self, from: Place, to: Option<Place>) -> Lines<'_> {
        let end = to.map_or(self.text.len(), |to| to.offset);
        let text = self.text().get(from.offset..end).unwrap_or("");
        Lines { text: Cow::Borrowed(text), numbers: self.numbers.after(from.index) }
    }

    /// The same lines, as those of a longer text that has some lines before them.
    pub(super) fn numbered_after(self, lines: usize) -> Self {
        Lines { numbers: self.numbers.after(lines), ..self }
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

    /// The offset and the text of each line without its end, the last one first.
    pub(super) fn offsets_backwards(&self) -> impl Iterator<Item = (usize, &str)> {
        let mut rest = self.text();
        std::iter::from_fn(move || {
            let content = rest.strip_suffix('\n').unwrap_or(rest);
            let start = memchr::memrchr(b'\n', content.as_bytes()).map_or(0, |end| end + 1);
            let line = content.get(start..).filter(|_| !rest.is_empty())?;
            rest = rest.get(..start).unwrap_or("");
            Some((start, line.trim_end_matches('\r')))
        })
    }

    /// The lines that a predicate keeps.
    pub(super) fn filter(&self, mut keep: impl FnMut(&PlacedLine<'_>) -> bool) -> Lines<'static> {
        let mut out = Builder::default();
        for line in self.placed() {
            if keep(&line) {
                out.line(self.number(line.place.index), line.text);
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
    numbers: numbers::Builder,
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

    /// The last line, without its end.
    pub(super) fn last_line(&self) -> &str {
        let text = self.text.strip_suffix('\n').unwrap_or(&self.text);
        text.rsplit('\n').next().unwrap_or(text)
    }

    /// Adds a piece of a text: its last line may go on in the next piece.
    pub(super) fn piece(&mut self, number: u32, piece: &str) {
        if piece.is_empty() {
            return;
        }
        let begun = usize::from(!self.is_at_line_start());
        let lines = piece.strip_suffix('\n').unwrap_or(piece).split('\n').count();
        (begun..lines).for_each(|_| self.numbers.push(number));
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

    /// Takes the text so far, which ends with a line. The numbers stay.
    pub(super) fn take_text(&mut self) -> String {
        std::mem::take(&mut self.text)
    }

    pub(super) fn finish(self) -> Lines<'static> {
        Lines { text: Cow::Owned(self.text), numbers: self.numbers.finish() }
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
