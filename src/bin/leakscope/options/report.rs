//! Options of reports: format, labels, grouping, filters, diagnosis, forecast.

use std::num::NonZeroU64;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use clap_complete::engine::ArgValueCompleter;
use leakscope::diagnose::ForecastLimits;
use leakscope::render::FORMATS;
use leakscope::render::Format;
use leakscope::report::Sort;
use leakscope::stacks::Granularity;
use leakscope::text::ShownLabels;

use crate::completion;

use super::LimitArgs;
use super::LogArgs;
use super::log::Reading;
use super::values::duration;
use super::values::one_of;
use super::values::size;

/// Options that every report has.
#[derive(Debug, Args)]
pub(crate) struct ReportArgs {
    /// Output format.
    #[arg(
        long,
        value_name = "FORMAT",
        default_value = "text",
        value_parser = one_of(FORMATS.map(|it| (it.name, it.about, it))),
        help_heading = "Report"
    )]
    pub(crate) format: Format,
    /// Maximum rows to show; 0 shows all [default: 20; html: all].
    #[arg(long, short = 'n', value_name = "N", help_heading = "Report")]
    pub(crate) limit: Option<usize>,
    /// In folded and pprof: count the goroutines that came since the first snapshot, not those of the last one.
    #[arg(long, help_heading = "Report")]
    pub(crate) gain: bool,
    /// Order of the rows.
    #[arg(
        long,
        value_name = "BY",
        default_value = "gain",
        value_parser = one_of(SORTS),
        help_heading = "Report"
    )]
    pub(crate) sort: Sort,
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
        add = ArgValueCompleter::new(completion::dimensions),
        help_heading = "Grouping"
    )]
    pub(crate) by: Vec<String>,
    /// Part of each frame to compare when stacks are grouped.
    #[arg(
        long,
        value_name = "WHAT",
        default_value = "functions",
        value_parser = one_of(GRANULARITIES),
        help_heading = "Grouping"
    )]
    pub(crate) granularity: Granularity,
    /// Module path of the program, as in its go.mod; code outside it counts as a library [default: inferred].
    #[arg(long, value_name = "PATH", help_heading = "Diagnosis")]
    pub(crate) module: Option<String>,
    /// File with rules of your own, used besides the built-in ones. May be given several times.
    #[arg(long, value_name = "FILE", help_heading = "Diagnosis")]
    pub(crate) rules: Vec<PathBuf>,
    /// Read the program's Go source in DIR, and show lines of it. May be given several times [default: the module of the nearest
    /// go.mod, if it is the program's].
    #[arg(long, value_name = "DIR", help_heading = "Diagnosis")]
    pub(crate) source: Vec<PathBuf>,
    /// Read no Go source.
    #[arg(long, conflicts_with = "source", help_heading = "Diagnosis")]
    pub(crate) no_source: bool,
    /// Explain the group with this fingerprint (or prefix of one) in full.
    #[arg(
        long,
        value_name = "FINGERPRINT",
        help_heading = "Diagnosis",
        add = ArgValueCompleter::new(completion::fingerprints)
    )]
    pub(crate) explain: Option<String>,
    #[command(flatten)]
    pub(crate) labels: LabelArgs,
    #[command(flatten)]
    pub(crate) filters: FilterArgs,
    #[command(flatten)]
    pub(crate) waits: WaitArgs,
    #[command(flatten)]
    pub(crate) log: LogArgs,
    #[command(flatten)]
    pub(crate) limits: LimitArgs,
}

impl ReportArgs {
    /// Maximum rows of the page on the terminal; 0 means all.
    pub(crate) fn rows(&self) -> usize {
        Format::TEXT.max_rows(self.limit)
    }

    /// How files are read.
    pub(crate) fn reading(&self) -> Reading {
        Reading::new(&self.limits, &self.log)
    }
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

#[derive(Debug, Args)]
#[command(next_help_heading = "Filters by state and wait")]
pub(crate) struct WaitArgs {
    /// Keep only goroutines whose state matches, such as 'chan receive', select or runnable.
    #[arg(long, value_name = "REGEX")]
    pub(crate) state: Option<String>,
    /// Keep only goroutines that have waited at least this long, such as 10m. Needs a traceback.
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub(crate) min_wait: Option<Duration>,
}

#[derive(Debug, Args)]
pub(crate) struct LabelArgs {
    /// How to show label values that look like secrets or addresses, or are several words.
    #[arg(
        long,
        value_name = "HOW",
        default_value = "masked",
        value_parser = one_of([("masked", "Secrets as `***`, several words by their length", ShownLabels::Masked), ("raw", "In full", ShownLabels::Raw)]),
        help_heading = "Report"
    )]
    pub(crate) show_labels: ShownLabels,
}

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
    pub(crate) fn limits(&self) -> ForecastLimits {
        ForecastLimits { goroutines: self.limit_goroutines.map(NonZeroU64::get), memory: self.limit_memory }
    }
}

const SORTS: [(&str, &str, Sort); 3] = [
    ("gain", "Largest gain first, then largest count", Sort::Gain),
    ("count", "Largest count first", Sort::Count),
    ("wait", "Longest wait first; needs a traceback", Sort::Wait),
];

const GRANULARITIES: [(&str, &str, Granularity); 3] = [
    ("functions", "The function: stable when edits move lines", Granularity::Functions),
    ("lines", "The function and the line", Granularity::Lines),
    ("files", "Only the file", Granularity::Files),
];
