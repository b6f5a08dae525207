//! Limits on inputs, and the flags that raise them.

use super::DecodeError;

/// Limits on what one input may contain or expand to. Each can be raised by a flag of the same name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Maximum size in bytes after decompression, all layers and members together.
    pub max_inflated: u64,
    /// Maximum compression ratio, checked after the first 128 MiB of decompressed data.
    pub max_ratio: u64,
    /// Maximum nested gzip layers. A proxy that compresses a compressed profile produces two.
    pub max_layers: usize,
    /// Maximum samples in a profile.
    pub max_samples: u64,
    /// Maximum strings in a profile. The limits of its other tables are fractions of it.
    pub max_table: u64,
    /// Maximum frames in a stack.
    pub max_depth: usize,
    /// Maximum size of a string in a profile, in bytes.
    pub max_string: usize,
    /// Maximum size of a line of text, in bytes. A longer line is cut.
    pub max_line: usize,
    /// Maximum goroutines in a traceback. The flag is `--max-traceback-goroutines`.
    pub max_goroutines: usize,
    /// Maximum frames in all stacks of an input together.
    pub max_frames: usize,
    /// Maximum memory for an input, in bytes: the decompressed data and all tables.
    pub max_memory: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            max_inflated: 1 << 30,
            max_ratio: 500,
            max_layers: 2,
            max_samples: 5_000_000,
            max_table: 8_000_000,
            max_depth: 131_072,
            max_string: 16 << 20,
            max_line: 1 << 20,
            max_goroutines: 10_000_000,
            max_frames: 64_000_000,
            max_memory: 1 << 30,
        }
    }
}

/// Decompressed bytes after which the compression ratio is checked; small inputs may compress extremely well.
pub(super) const RATIO_FROM: u64 = 128 << 20;

/// Maximum labels kept of a sample. Further ones cause a warning and change no count.
pub(super) const LABELS: usize = 1024;

/// Approximate bytes of memory for one row of a text: a sample with its details.
const ROW: u64 = 160;

/// The tables of a profile whose size is limited: by default 8,000,000 strings, half as many locations, a quarter as many
/// functions, 64,000 mappings, 1,000 comments, 1,000 lines in a location, 64 sample types.
#[derive(Clone, Copy, Debug)]
pub(super) enum Table {
    Strings,
    Locations,
    Functions,
    Mappings,
    Comments,
    Lines,
    SampleTypes,
}

impl Limits {
    /// Fails if a table has more entries than its fraction of `max_table`. `what` names them, in the plural.
    pub(super) fn check_table(
        &self,
        table: Table,
        entries: usize,
        what: impl FnOnce() -> String,
    ) -> Result<(), DecodeError> {
        let divisor = match table {
            Table::Strings => 1,
            Table::Locations => 2,
            Table::Functions => 4,
            Table::Mappings => 125,
            Table::Comments | Table::Lines => 8_000,
            Table::SampleTypes => 125_000,
        };
        let limit = (self.max_table / divisor).max(1);
        if entries as u64 <= limit {
            return Ok(());
        }
        Err(DecodeError::Limit { what: what(), limit, flag: "--max-table" })
    }

    /// Fails if a stack has more than `max_depth` frames. `what` names them, in the plural.
    pub(super) fn check_depth(&self, depth: usize, what: impl FnOnce() -> String) -> Result<(), DecodeError> {
        if depth <= self.max_depth {
            return Ok(());
        }
        Err(DecodeError::Limit { what: what(), limit: self.max_depth as u64, flag: "--max-depth" })
    }

    /// Fails if a text has more than `max_samples` rows, or they need more than `max_memory`.
    pub(super) fn check_rows(&self, rows: usize) -> Result<(), DecodeError> {
        if rows as u64 > self.max_samples {
            let what = "rows of counts".to_owned();
            return Err(DecodeError::Limit { what, limit: self.max_samples, flag: "--max-samples" });
        }
        self.check_memory(rows as u64 * ROW)
    }

    /// Fails if `bytes` is more than `max_memory`.
    pub(super) fn check_memory(&self, bytes: u64) -> Result<(), DecodeError> {
        if bytes <= self.max_memory {
            return Ok(());
        }
        let what = "bytes of memory for this input".to_owned();
        Err(DecodeError::Limit { what, limit: self.max_memory, flag: "--max-memory" })
    }
}
