//! A frame of a report.

/// A frame, with its names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrameLine {
    /// The canonical name of the function.
    pub function: String,
    /// The file as in the profile; empty if it is not known.
    pub file: String,
    /// The line from 1; 0 if it is not known.
    pub line: u32,
}
