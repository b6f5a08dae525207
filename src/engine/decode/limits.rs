//! Limits on inputs, and the flags that raise them.

use super::DecodeError;

/// Limits on what one input may contain or expand to. Each can be raised by a flag of the same name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Maximum size in bytes after decompression, all layers and members together.
    pub max_inflated: u64,
    /// Maximum compression ratio of what was read so far, checked after the first 128 MiB of decompressed data.
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

/// The tables of a profile whose size is limited, by the fraction of `max_table` that each may have: by default 8,000,000
/// strings, 1,000 comments, 1,000 lines in a location, 64 sample types.
#[derive(Clone, Copy, Debug)]
pub(super) enum Table {
    Strings = 1,
    Locations = 2,
    Functions = 4,
    Mappings = 125,
    CommentsOrLines = 8_000,
    SampleTypes = 125_000,
}

/// Fails if a value is above its limit. `what` names it, in the plural; `flag` raises the limit.
#[inline]
pub(super) fn check_limit<S: Into<String>>(
    value: u64,
    limit: u64,
    what: impl FnOnce() -> S,
    flag: &'static str,
) -> Result<(), DecodeError> {
    if value <= limit {
        return Ok(());
    }
    Err(DecodeError::Limit { what: what().into(), limit, flag: Some(flag) })
}

impl Limits {
    /// Fails if a table has more entries than its fraction of `max_table`. `what` names them, in the plural.
    pub(super) fn check_table(
        &self,
        table: Table,
        entries: usize,
        what: impl FnOnce() -> String,
    ) -> Result<(), DecodeError> {
        check_limit(entries as u64, (self.max_table / table as u64).max(1), what, "--max-table")
    }

    /// Fails if a stack has more than `max_depth` frames. `what` names them, in the plural.
    pub(super) fn check_depth(&self, depth: usize, what: impl FnOnce() -> String) -> Result<(), DecodeError> {
        check_limit(depth as u64, self.max_depth as u64, what, "--max-depth")
    }

    /// Fails if a text has more than `max_samples` rows, or they need more than `max_memory`.
    pub(super) fn check_rows(&self, rows: usize) -> Result<(), DecodeError> {
        check_limit(rows as u64, self.max_samples, || "rows of counts", "--max-samples")?;
        self.check_memory(rows as u64 * ROW)
    }

    pub(super) fn check_memory(&self, bytes: u64) -> Result<(), DecodeError> {
        check_limit(bytes, self.max_memory, || "bytes of memory for this input", "--max-memory")
    }
}

/// Maximum size of a protobuf profile in bytes: its stacks and strings are stored as 32-bit offsets. No flag raises it.
const MAX_PPROF_BYTES: u64 = u32::MAX as u64;

/// Fails if a protobuf profile has 4 GiB or more.
pub(super) fn check_pprof_size(bytes: u64) -> Result<(), DecodeError> {
    if bytes <= MAX_PPROF_BYTES {
        return Ok(());
    }
    Err(DecodeError::Limit {
        what: "bytes of a protobuf profile".to_owned(),
        limit: MAX_PPROF_BYTES,
        flag: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn protobuf_profiles_of_4_gib_are_refused() {
        assert!(check_pprof_size((4 << 30) - 1).is_ok());
        let error = check_pprof_size(4 << 30).expect_err("its offsets do not fit 32 bits");
        assert_eq!(error.to_string(), "bytes of a protobuf profile exceed the limit of 4294967295");
        assert_eq!(error.hint(), None, "no flag raises the limit");
    }
}
