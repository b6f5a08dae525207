//! A log of which only some lines are in memory at a time: the layer around each line is removed as it is read.

use std::io::Error;
use std::io::Read;
use std::io::Result;

use super::evidence::Headers;
use super::part::Part;
use crate::decode::lines::Builder;
use crate::decode::lines::Lines;
use crate::model::Profile;
use crate::model::Warning;

/// What a log puts around lines.
pub(crate) struct Layer {
    /// Removes it; `None` if the lines do not have it.
    pub(super) unwrap: fn(&Lines<'_>) -> Option<Vec<Part<'static>>>,
    /// Whether a line has it whatever is before and after the line. `None` if all lines must be known to remove it.
    pub(super) is_alone: Option<fn(&str) -> bool>,
}

impl Layer {
    pub(super) const fn whole(unwrap: fn(&Lines<'_>) -> Option<Vec<Part<'static>>>) -> Self {
        Layer { unwrap, is_alone: None }
    }

    pub(super) const fn by_line(
        unwrap: fn(&Lines<'_>) -> Option<Vec<Part<'static>>>,
        is_alone: fn(&str) -> bool,
    ) -> Self {
        Layer { unwrap, is_alone: Some(is_alone) }
    }
}

/// The number of bytes of a log that are unwrapped at a time, up to the end of a line.
const BLOCK: usize = 1 << 18;

/// Lines that are longer are no lines of a dump.
const MAX_LINE: usize = 1 << 24;

/// Reads what is inside of a layer. It fails at the first line that only the log as a whole can explain: one of another source,
/// or what is not plain inside.
pub(crate) struct LogReader<'r> {
    log: &'r mut (dyn Read + Send),
    layer: &'static Layer,
    is_plain: fn(&str) -> bool,
    /// What was read and is not unwrapped.
    rest: Vec<u8>,
    is_over: bool,
    /// The lines that were unwrapped.
    lines: usize,
    inner: Builder,
    /// What was unwrapped, and how much of it was passed on.
    unwrapped: (String, usize),
    /// The name of the source, and the remarks on the layer.
    named: Option<(String, Vec<&'static str>)>,
}

impl<'r> LogReader<'r> {
    /// A reader of a log whose first bytes were read. `is_plain` says whether lines without the layer can be read as they are.
    pub(crate) fn new(
        log: &'r mut (dyn Read + Send),
        head: Vec<u8>,
        layer: &'static Layer,
        is_plain: fn(&str) -> bool,
    ) -> Self {
        LogReader {
            log,
            layer,
            is_plain,
            rest: head,
            is_over: false,
            lines: 0,
            inner: Builder::default(),
            unwrapped: (String::new(), 0),
            named: None,
        }
    }

    /// Gives what was read its lines in the log, and the remarks on the layer. Returns the name of the source.
    pub(crate) fn finish(self, profile: &mut Profile) -> String {
        let lines = self.inner.finish();
        for warning in &mut profile.warnings {
            let index = warning.line.and_then(|line| usize::try_from(line).ok()?.checked_sub(1));
            warning.line = index.map(|index| lines.number(index).into()).or(warning.line);
        }
        let (source, notes) = self.named.unwrap_or_default();
        profile.warnings.splice(0..0, notes.into_iter().map(Warning::note));
        source
    }

    /// Reads whole lines.
    fn block(&mut self) -> Result<Vec<u8>> {
        let mut block = std::mem::take(&mut self.rest);
        loop {
            let read = (&mut *self.log).take(BLOCK as u64).read_to_end(&mut block)?;
            self.is_over = read < BLOCK;
            let end = memchr::memrchr(b'\n', &block).filter(|_| !self.is_over);
            if let Some(end) = end {
                self.rest = block.split_off(end + 1);
            }
            if end.is_some() || self.is_over {
                return Ok(block);
            }
            if block.len() > MAX_LINE {
                return Err(Error::other("a line is too long"));
            }
        }
    }

    /// Unwraps the next lines; `None` if they do not go on as the log began.
    fn unwrap(&mut self, block: &[u8]) -> Option<()> {
        let text = std::str::from_utf8(block).ok()?;
        let lines = Lines::of(text).numbered_after(self.lines);
        let mut parts = (self.layer.unwrap)(&lines)?;
        parts.retain(|part| !part.lines.text().is_empty());
        let [part] = parts.as_slice() else { return None };
        let inner = part.lines.text();
        let (named, before) = ((part.source.clone(), part.notes.clone()), self.lines);
        let is_alone = |(_, line): (u32, &str)| self.layer.is_alone.is_some_and(|is_alone| is_alone(line));
        let fits = lines.iter().all(is_alone)
            && *self.named.get_or_insert_with(|| named.clone()) == named
            && Headers::of(inner).total() == Headers::of(text).total()
            && (self.is_over || inner.ends_with('\n'))
            && (self.is_plain)(inner);
        for (number, line) in part.lines.iter().filter(|_| fits) {
            self.inner.line(number, line);
            self.lines += 1;
        }
        // No line is several.
        let own = lines.iter().count();
        let is_short = self.lines - before <= own;
        self.lines = before + own;
        if !inner.ends_with('\n') {
            self.inner.end_mid_line();
        }
        self.unwrapped = (self.inner.take_text(), 0);
        (fits && is_short).then_some(())
    }
}

impl Read for LogReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        while self.unwrapped.1 == self.unwrapped.0.len() {
            if self.is_over {
                return Ok(0);
            }
            let block = self.block()?;
            if block.is_empty() {
                return Ok(0);
            }
            self.unwrap(&block).ok_or_else(|| Error::other("the log does not go on as it began"))?;
        }
        let (text, read) = &mut self.unwrapped;
        let n = text.as_bytes().get(*read..).unwrap_or(&[]).read(buffer)?;
        *read += n;
        Ok(n)
    }
}
