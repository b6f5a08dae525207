//! Limits of the process whose time is to be told.

use std::num::NonZeroU64;

use clap::Args;
use leakscope::diagnose::ForecastLimits;

use super::size::size;

#[derive(Debug, Args)]
#[command(next_help_heading = "Outlook (inferred: if what grows goes on at this rate)")]
pub(crate) struct OutlookArgs {
    /// Tell when the process reaches so many goroutines.
    #[arg(long, value_name = "N")]
    pub(crate) limit_goroutines: Option<NonZeroU64>,
    /// Tell when its live heap and stacks reach this size, like 4GiB; needs heap profiles.
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub(crate) limit_memory: Option<u64>,
}

impl OutlookArgs {
    pub(crate) fn limits(&self) -> ForecastLimits {
        ForecastLimits { goroutines: self.limit_goroutines.map(NonZeroU64::get), memory: self.limit_memory }
    }
}
