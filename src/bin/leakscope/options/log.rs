//! Options of logs: which source is read, and what is before each line.

use clap::Args;
use leakscope::decode::LinePrefix;
use leakscope::decode::LogOptions;

use super::LimitArgs;

/// How to read an input that is a log.
#[derive(Debug, Args)]
#[command(next_help_heading = "Logs")]
pub(crate) struct LogArgs {
    /// Read only the source of a log (pod, container, process, package) whose name contains TEXT.
    #[arg(long, value_name = "TEXT")]
    pub(crate) source_prefix: Option<String>,
    /// What is before each line of a log [default: found out]. The first group of REGEX names the source.
    #[arg(long, value_name = "REGEX", value_parser = LinePrefix::new)]
    pub(crate) line_prefix: Option<LinePrefix>,
}

impl LogArgs {
    pub(crate) fn options(&self) -> LogOptions {
        LogOptions { source: self.source_prefix.clone(), line_prefix: self.line_prefix.clone() }
    }

    /// Whether the defaults are used.
    pub(crate) fn is_default(&self) -> bool {
        self.source_prefix.is_none() && self.line_prefix.is_none()
    }
}

/// How a command reads its files.
#[derive(Clone, Debug)]
pub(crate) struct Reading {
    /// Maximum size of an input.
    pub(crate) max_input: u64,
    pub(crate) log: LogOptions,
}

impl Reading {
    pub(crate) fn new(limits: &LimitArgs, log: &LogArgs) -> Self {
        Reading { max_input: limits.max_input, log: log.options() }
    }
}
