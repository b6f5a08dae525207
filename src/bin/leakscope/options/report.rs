//! Options of every report: format, grouping, filters, diagnosis.

use std::path::PathBuf;

use clap::Args;
use clap::ValueEnum;
use leakscope::render::Format;

use super::LabelArgs;
use super::LimitArgs;
use super::format;

/// Options that every report has.
#[derive(Debug, Args)]
pub(crate) struct ReportArgs {
    /// Output format.
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = format(), help_heading = "Report")]
    pub(crate) format: Format,
    /// Maximum rows to show; 0 shows all.
    #[arg(long, short = 'n', value_name = "N", default_value_t = 20, help_heading = "Report")]
    pub(crate) limit: usize,
    /// Show complete stacks and names.
    #[arg(long, help_heading = "Report")]
    pub(crate) full: bool,
    /// Also show background goroutines (main, listeners, the request for this profile) as rows.
    #[arg(long, help_heading = "Report")]
    pub(crate) all: bool,
    /// Group by stack, function, package, site, entry, spawn, state or label:KEY; separate several with commas.
    #[arg(
        long,
        value_name = "WHAT",
        value_delimiter = ',',
        default_value = "stack",
        help_heading = "Grouping"
    )]
    pub(crate) by: Vec<String>,
    /// Part of each frame to compare when stacks are grouped.
    #[arg(long, value_name = "WHAT", default_value = "functions", help_heading = "Grouping")]
    pub(crate) granularity: GranularityName,
    /// Module path of the program, as in its go.mod; code outside it counts as a library [default: inferred].
    #[arg(long, value_name = "PATH", help_heading = "Diagnosis")]
    pub(crate) module: Option<String>,
    /// File with rules of your own, used besides the built-in ones. May be given several times.
    #[arg(long, value_name = "FILE", help_heading = "Diagnosis")]
    pub(crate) rules: Vec<PathBuf>,
    /// Show source excerpts from DIR [default: the module of the nearest go.mod, if it is the program's].
    #[arg(long, value_name = "DIR", help_heading = "Diagnosis")]
    pub(crate) source: Option<PathBuf>,
    /// Explain the group with this fingerprint (or prefix of one) in full.
    #[arg(long, value_name = "FINGERPRINT", help_heading = "Diagnosis")]
    pub(crate) explain: Option<String>,
    #[command(flatten)]
    pub(crate) labels: LabelArgs,
    #[command(flatten)]
    pub(crate) filters: FilterArgs,
    #[command(flatten)]
    pub(crate) limits: LimitArgs,
}

/// pprof's filters, with pprof's meaning. Each is a regular expression on function and file names.
#[derive(Debug, Args)]
#[command(next_help_heading = "Filters (regular expressions, as in pprof)")]
pub(crate) struct FilterArgs {
    /// Keep only goroutines with a matching frame.
    #[arg(long, value_name = "REGEX")]
    pub(crate) focus: Option<String>,
    /// Drop goroutines with a matching frame.
    #[arg(long, value_name = "REGEX")]
    pub(crate) ignore: Option<String>,
    /// Hide matching frames.
    #[arg(long, value_name = "REGEX")]
    pub(crate) hide: Option<String>,
    /// Hide frames that do not match.
    #[arg(long, value_name = "REGEX")]
    pub(crate) show: Option<String>,
    /// Hide the callers of the outermost matching frame.
    #[arg(long, value_name = "REGEX")]
    pub(crate) show_from: Option<String>,
    /// Hide the callees of the matching frame.
    #[arg(long, value_name = "REGEX")]
    pub(crate) prune_from: Option<String>,
    /// Keep only goroutines with a matching label: KEY=REGEX, or REGEX on key:value.
    #[arg(long, value_name = "TAG")]
    pub(crate) tagfocus: Option<String>,
    /// Drop goroutines with a matching label.
    #[arg(long, value_name = "TAG")]
    pub(crate) tagignore: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum GranularityName {
    /// The function: stable when edits move lines.
    Functions,
    /// The function and the line.
    Lines,
    /// Only the file.
    Files,
}
