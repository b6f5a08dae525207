//! The arguments of `leakscope gate`.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use clap::ValueEnum;

use crate::options::ForecastArgs;
use crate::options::HttpArgs;
use crate::options::OutputArgs;
use crate::options::ReportArgs;
use crate::options::WhatArgs;
use crate::options::duration;

#[derive(Debug, Args)]
pub(crate) struct GateArgs {
    /// Files or capture folders, oldest first.
    #[arg(value_name = "INPUT", conflicts_with = "target")]
    pub(super) inputs: Vec<PathBuf>,
    /// Command that puts load on the target.
    #[arg(last = true, value_name = "COMMAND", requires = "target")]
    pub(super) command: Vec<String>,
    /// Baseline file written by `leakscope baseline write`.
    #[arg(long, value_name = "FILE")]
    pub(super) baseline: Option<PathBuf>,
    /// Process to watch, or to snapshot while COMMAND puts load on it.
    #[arg(long, value_name = "TARGET")]
    pub(super) target: Option<String>,
    /// Start this program before the first snapshot and stop it at the end (split like a shell command; no shell is run).
    #[arg(long, value_name = "COMMAND", requires = "target")]
    pub(super) server: Option<String>,
    /// Time limit until the program of --server answers.
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = duration)]
    pub(super) server_wait: Duration,
    /// Interval between the snapshots of a watched process [default: 10s].
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub(super) every: Option<Duration>,
    /// How long to watch the process [default: 6 snapshots].
    #[arg(long = "for", id = "gate_for", value_name = "DURATION", value_parser = duration)]
    pub(super) lasts: Option<Duration>,
    /// Number of runs of COMMAND after the warm-up.
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) cycles: u32,
    /// Time to let goroutines exit after each cycle.
    #[arg(long, value_name = "DURATION", default_value = "10s", value_parser = duration)]
    pub(super) settle: Duration,
    /// What to do if the gate cannot decide whether something grows.
    #[arg(long, value_name = "WHAT", default_value = "exit4")]
    pub(super) inconclusive: OnInconclusive,
    /// Policy file [default: the nearest leakscope.toml in this folder or its parents].
    #[arg(long, value_name = "FILE", help_heading = "Policy")]
    pub(super) policy: Option<PathBuf>,
    /// Do not use a policy file.
    #[arg(long, help_heading = "Policy")]
    pub(super) isolated: bool,
    /// Maximum goroutines that a stack may gain.
    #[arg(long, value_name = "N", help_heading = "Policy")]
    pub(super) max_growth: Option<u64>,
    /// Maximum goroutines in total.
    #[arg(long, value_name = "N", help_heading = "Policy")]
    pub(super) max_goroutines: Option<u64>,
    #[command(flatten)]
    pub(super) forecast: ForecastArgs,
    #[command(flatten)]
    pub(super) what: WhatArgs,
    #[command(flatten)]
    pub(super) http: HttpArgs,
    #[command(flatten)]
    pub(super) report: ReportArgs,
    #[command(flatten)]
    pub(super) output: OutputArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum OnInconclusive {
    /// Exit with code 4.
    Exit4,
    /// Exit with code 0.
    Pass,
    /// Exit with code 1.
    Fail,
}
