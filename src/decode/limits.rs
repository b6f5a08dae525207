//! How much of an input is believed before it is refused.

/// Bounds on what one input may claim or unfold to. Each can be raised by a flag of the same name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes after unpacking, all layers and members together.
    pub max_inflated: u64,
    /// Unpacked bytes for each packed byte, looked at after the first 128 MiB.
    pub max_ratio: u64,
    /// Samples of a profile.
    pub max_samples: u64,
    /// Entries of any other table of a profile: strings, locations, functions.
    pub max_table: u64,
    /// Frames of one stack.
    pub max_depth: usize,
    /// Bytes of one string of a profile.
    pub max_string: usize,
    /// Bytes of one line of text; a longer line is cut.
    pub max_line: usize,
    /// Goroutines of a traceback.
    pub max_goroutines: usize,
    /// Frames of a whole file.
    pub max_frames: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            max_inflated: 1 << 30,
            max_ratio: 500,
            max_samples: 5_000_000,
            max_table: 8_000_000,
            max_depth: 131_072,
            max_string: 16 << 20,
            max_line: 1 << 20,
            max_goroutines: 10_000_000,
            max_frames: 64_000_000,
        }
    }
}
