//! What went not quite well while reading, and yet left something worth reading.

use std::fmt;

/// One thing that was skipped, doubted or cut, in words, with its place where there is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// Line of the text, from 1; `None` where lines have no meaning.
    pub line: Option<u64>,
    /// A lower-case fragment: what happened, and what was done about it.
    pub text: String,
    /// Whether part of the input could not be read, so that counts may be too low.
    pub incomplete: bool,
}

impl Warning {
    /// A remark that leaves the counts whole.
    pub fn note(text: impl Into<String>) -> Self {
        Warning { line: None, text: text.into(), incomplete: false }
    }

    /// Something was lost: counts may be too low.
    pub fn loss(text: impl Into<String>) -> Self {
        Warning { line: None, text: text.into(), incomplete: true }
    }

    /// The same, with its line.
    pub fn at(mut self, line: u64) -> Self {
        self.line = Some(line);
        self
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "line {line}: {}", self.text),
            None => f.write_str(&self.text),
        }
    }
}
