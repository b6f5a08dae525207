//! The limits of the process for which a forecast is made.

use std::num::NonZeroU64;

use clap::Args;
use leakscope::diagnose::OutlookLimits;

use super::values::size;

#[derive(Debug, Args)]
#[command(next_help_heading = "Forecast (inferred: assumes that growth continues at the measured rate)")]
pub(crate) struct ForecastArgs {
    /// Estimate when the process reaches N goroutines.
    #[arg(long, value_name = "N")]
    pub(crate) limit_goroutines: Option<NonZeroU64>,
    /// Estimate when its live heap and stacks reach this size, such as 4GiB. Needs heap profiles.
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub(crate) limit_memory: Option<u64>,
}

impl ForecastArgs {
    pub(crate) fn limits(&self) -> OutlookLimits {
        OutlookLimits { goroutines: self.limit_goroutines.map(NonZeroU64::get), memory: self.limit_memory }
    }
}
