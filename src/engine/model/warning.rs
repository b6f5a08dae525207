//! Problems of an input that do not prevent its use.

use std::fmt;

/// Something that was skipped, doubtful or truncated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// The line of the text, from 1; `None` if the warning belongs to no line.
    pub line: Option<u64>,
    /// A lower-case fragment: what happened, and what was done about it.
    pub text: String,
    /// Whether part of the input could not be read, or the input contradicts itself, so that counts may be wrong.
    pub incomplete: bool,
}

impl Warning {
    /// A remark that does not affect the counts.
    pub fn note(text: impl Into<String>) -> Self {
        Warning { line: None, text: text.into(), incomplete: false }
    }

    /// A part of the input was lost, or states another total than it has: counts may be wrong.
    pub fn loss(text: impl Into<String>) -> Self {
        Warning { line: None, text: text.into(), incomplete: true }
    }

    /// Sets the line.
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
