//! `leakscope alerts`: prints a rule file for Prometheus.

use std::time::Duration;

use anyhow::anyhow;
use clap::Args;
use leakscope::render::AlertOptions;
use leakscope::render::alerts;

use crate::exit_code::Failure;
use crate::exit_code::Outcome;
use crate::options::duration;
use crate::terminal::Terminal;

pub(super) const HELP: &str = "\
The file has three rules per instance, none of them on the absolute number of goroutines: it grows over 3 h; at this rate \
it doubles within a day; its minimum rises for 18 h.

Examples:
  leakscope alerts > goroutines.rules.yml
  leakscope alerts --job 'api|worker' --growth 200 --for 1h";

#[derive(Debug, Args)]
pub(crate) struct AlertsArgs {
    /// Only jobs whose whole name matches.
    #[arg(long, value_name = "REGEX")]
    job: Option<String>,
    /// Goroutines that an instance may gain in an hour, and its minimum in six hours.
    #[arg(long, value_name = "N", default_value_t = 50)]
    growth: u64,
    /// How long the condition must hold before the alert fires.
    #[arg(long = "for", id = "alerts_for", value_name = "DURATION", default_value = "30m", value_parser = duration)]
    lasts: Duration,
}

pub(super) fn run(args: &AlertsArgs, terminal: &Terminal) -> Result<Outcome, Failure> {
    if let Some(job) = &args.job {
        // Prometheus uses nearly the same syntax (RE2); few expressions are valid there and not here.
        regex_lite::Regex::new(job).map_err(|error| Failure::usage(anyhow!("--job: {error}")))?;
    }
    let options = AlertOptions { job: args.job.clone(), growth: args.growth, lasts: args.lasts };
    terminal.print(&alerts(&options))
}
