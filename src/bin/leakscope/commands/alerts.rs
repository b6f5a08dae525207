//! `leakscope alerts`: a rule file for Prometheus.

use std::io::Write;

use anyhow::anyhow;
use leakscope::render::AlertOptions;
use leakscope::render::alerts;

use super::super::exit_code::Failure;
use super::super::exit_code::Outcome;
use super::super::options::AlertsArgs;
use super::super::terminal::Terminal;

pub(crate) fn run(args: &AlertsArgs, terminal: &Terminal) -> Result<Outcome, Failure> {
    if let Some(job) = &args.job {
        // Prometheus reads nearly the same language; what is refused here and not there is rare.
        regex_lite::Regex::new(job).map_err(|error| Failure::usage(anyhow!("--job: {error}")))?;
    }
    let options = AlertOptions { job: args.job.clone(), growth: args.growth, lasts: args.lasts };
    terminal
        .output()
        .write_all(alerts(&options).as_bytes())
        .map_err(|error| Failure::input(anyhow::Error::new(error)))?;
    Ok(Outcome::Done)
}
