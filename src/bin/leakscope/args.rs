//! What can be typed. Nothing is done with it here.

mod deferred;
mod fetch;
mod labels;
mod outlook;
mod size;

use std::path::PathBuf;

use clap::Args;
use clap::Parser;
use clap::Subcommand;
use clap::ValueEnum;

use super::terminal::Color;
use deferred::Deferred;
pub(crate) use fetch::FetchArgs;
pub(crate) use fetch::HttpArgs;
pub(crate) use fetch::RepeatArgs;
pub(crate) use fetch::WhatArgs;
pub(crate) use labels::LabelArgs;
pub(crate) use outlook::OutlookArgs;
use size::limit;

/// Finds leaking goroutines: pulls Go's goroutine profiles, ranks the stacks, and says which ones grow.
#[derive(Debug, Parser)]
#[command(version, max_term_width = 100, after_help = AFTER_HELP)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,

    /// When to use colours. NO_COLOR, CLICOLOR and CLICOLOR_FORCE are obeyed.
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: Color,
}

const AFTER_HELP: &str = "\
Exit codes: 0 done, 1 the gate denies, 2 usage error, 3 an input or the way to it is unusable or incomplete,
4 the gate cannot tell, 101 a bug of ours, 130 and 143 interrupted by SIGINT and SIGTERM.

Examples:
  leakscope fetch localhost:6060                          what a live process does now
  leakscope fetch localhost:6060 --every 30s --count 6    which stacks grow
  leakscope diff before.pb.gz after.pb.gz                 the same from saved profiles";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Pull profiles from a live process and report on them.
    #[command(after_help = FETCH_HELP)]
    Fetch(Deferred<FetchArgs>),
    /// Report on one moment.
    #[command(after_help = TOP_HELP)]
    Top(Deferred<TopArgs>),
    /// Report on two or more moments: which stacks grew.
    #[command(after_help = DIFF_HELP)]
    Diff(Deferred<DiffArgs>),
    /// Report, judge, and end with an exit code for CI.
    #[command(after_help = GATE_HELP)]
    Gate(Deferred<GateArgs>),
    /// Keep what is accepted as a small text under review.
    Baseline(Deferred<BaselineArgs>),
    /// Print alert rules for Prometheus, on the trend of go_goroutines.
    #[command(after_help = ALERTS_HELP)]
    Alerts(Deferred<AlertsArgs>),
    /// Write a Go test that fails while one stack leaks.
    #[command(after_help = GOLEAK_TEST_HELP)]
    GoleakTest(Deferred<GoleakTestArgs>),
    /// What a rule knows; without a name, the list of rules.
    #[command(after_help = EXPLAIN_HELP)]
    Explain(Deferred<ExplainArgs>),
    /// Print a decoded snapshot in canonical text.
    #[command(after_help = RAW_HELP)]
    Raw(Deferred<RawArgs>),
}

const FETCH_HELP: &str = "\
What it costs the target: the goroutine profile stops the world twice, briefly, and takes about
0.14 s at 100,000 goroutines. A traceback (debug=2) stops the world while Go walks the stacks: it
takes about 0.18 s with stops of up to 47 ms at 10,000 goroutines, and 3.1 s with stops of up to
0.6 s at 100,000, where Go cuts it at 64 MiB. It is pulled only up to --traceback-limit goroutines.
A goroutineleak profile runs a garbage collection; in a series it is pulled once, at the end.

Examples:
  leakscope fetch localhost:6060
  leakscope fetch https://api.internal/debug/pprof --bearer-env TOKEN
  leakscope fetch :6060 --every 30s --for 5m --save captures";

const TOP_HELP: &str = "\
An INPUT is a pprof file, a text of counts (debug=1), a traceback (debug=2, a panic, a log), goleak's output, a capture
folder, or - for standard input. Several are one moment in several forms: each adds what it knows.

Examples:
  leakscope top goroutine.pb.gz
  leakscope top goroutine.pb.gz goroutine.debug2.txt --heap heap.pb.gz
  kubectl logs crashed-pod | leakscope top -";

const DIFF_HELP: &str = "\
Give the oldest first: files of any form, or capture folders. A folder of capture folders counts as several moments.

Examples:
  leakscope diff before.pb.gz after.pb.gz
  leakscope diff captures/";

const GATE_HELP: &str = "\
Four ways to feed it: two or more files or a folder of captures; --baseline FILE CURRENT; --target HOST:6060 --for 2m
--every 10s; and around a command, which is run once to warm up and then in --cycles, with a rest after each.

Exit codes: 0 nothing denied, 1 denied, 2 usage or a broken policy, 3 an input cannot be judged, 4 inconclusive.

Examples:
  leakscope gate captures/ --output junit=leaks.xml --output sarif=leaks.sarif
  leakscope gate --target localhost:6060 --cycles 5 -- ./load.sh
  leakscope gate --server './app -http :6060' --target localhost:6060 -- ./load.sh
  leakscope gate --baseline goroutines.baseline now.pb.gz";

const EXPLAIN_HELP: &str = "\
Examples:
  leakscope explain
  leakscope explain unclosed-body
  leakscope explain --rules mine.toml my-rule      also checks the file
  leakscope diff captures/ --explain 3f9c1b0e      all that is known of one group";

const ALERTS_HELP: &str = "\
Three rules an instance, none on the absolute number: it grows over 3 h, at this pace it doubles in a day, its floor rises
for 18 h.

Examples:
  leakscope alerts > goroutines.rules.yml
  leakscope alerts --job 'api|worker' --growth 200 --for 1h";

const GOLEAK_TEST_HELP: &str = "\
The file compiles as it is and needs go.uber.org/goleak. What its test runs is set in another _test.go:
func init() { exerciseNAME = func(t *testing.T) { ... } }

Examples:
  leakscope goleak-test --from goroutine.pb.gz --out pages_leak_test.go
  leakscope goleak-test --from report.json 3f9c1b0e       a report of --format json
  leakscope goleak-test --from goroutine.pb.gz --from goroutine.debug2.txt 3f9c1b0e";

const RAW_HELP: &str = "\
Example:
  leakscope raw goroutine.pb.gz";

/// What every report understands.
#[derive(Debug, Args)]
pub(crate) struct ReportArgs {
    /// Form of the report.
    #[arg(long, value_name = "FORMAT", default_value = "text", help_heading = "Report")]
    pub(crate) format: FormatName,
    /// Rows to show; 0 means all.
    #[arg(long, short = 'n', value_name = "N", default_value_t = 20, help_heading = "Report")]
    pub(crate) limit: usize,
    /// Show whole stacks and whole names.
    #[arg(long, help_heading = "Report")]
    pub(crate) full: bool,
    /// Give background goroutines (main, listeners, this request) rows of their own.
    #[arg(long, help_heading = "Report")]
    pub(crate) all: bool,
    /// Group by stack, function, package, site, entry, spawn, state or label:KEY; several with commas.
    #[arg(
        long,
        value_name = "WHAT",
        value_delimiter = ',',
        default_value = "stack",
        help_heading = "Grouping"
    )]
    pub(crate) by: Vec<String>,
    /// How much of a frame counts when stacks are compared.
    #[arg(long, value_name = "WHAT", default_value = "functions", help_heading = "Grouping")]
    pub(crate) granularity: GranularityName,
    /// The program's own module, as its go.mod names it: what is not in it is a library's.
    #[arg(long, value_name = "PATH", help_heading = "Diagnosis")]
    pub(crate) module: Option<String>,
    /// Rules of your own beside those that come with leakscope.
    #[arg(long, value_name = "FILE", help_heading = "Diagnosis")]
    pub(crate) rules: Vec<PathBuf>,
    /// Show the lines that block and the go statements from the source in this folder; by itself where the nearest go.mod
    /// is that of the program.
    #[arg(long, value_name = "DIR", help_heading = "Diagnosis")]
    pub(crate) source: Option<PathBuf>,
    /// Tell all that is known of the group whose fingerprint begins so.
    #[arg(long, value_name = "FINGERPRINT", help_heading = "Diagnosis")]
    pub(crate) explain: Option<String>,
    #[command(flatten)]
    pub(crate) labels: LabelArgs,
    #[command(flatten)]
    pub(crate) filters: FilterArgs,
    #[command(flatten)]
    pub(crate) limits: LimitArgs,
}

/// pprof's filters, in pprof's meaning. Each is a regular expression on function and file names.
#[derive(Debug, Args)]
#[command(next_help_heading = "Filters (regular expressions, as in pprof)")]
pub(crate) struct FilterArgs {
    /// Only goroutines with a frame that matches.
    #[arg(long, value_name = "REGEX")]
    pub(crate) focus: Option<String>,
    /// No goroutine with a frame that matches.
    #[arg(long, value_name = "REGEX")]
    pub(crate) ignore: Option<String>,
    /// Leave out frames that match.
    #[arg(long, value_name = "REGEX")]
    pub(crate) hide: Option<String>,
    /// Leave out frames that do not match.
    #[arg(long, value_name = "REGEX")]
    pub(crate) show: Option<String>,
    /// Leave out frames further out than the outermost that matches.
    #[arg(long, value_name = "REGEX")]
    pub(crate) show_from: Option<String>,
    /// Leave out frames further in than the one that matches.
    #[arg(long, value_name = "REGEX")]
    pub(crate) prune_from: Option<String>,
    /// Only goroutines with a label that matches: KEY=REGEX, or REGEX on key:value.
    #[arg(long, value_name = "TAG")]
    pub(crate) tagfocus: Option<String>,
    /// No goroutine with a label that matches.
    #[arg(long, value_name = "TAG")]
    pub(crate) tagignore: Option<String>,
}

/// How much of an input is believed.
#[derive(Debug, Args)]
#[command(next_help_heading = "Limits on inputs")]
pub(crate) struct LimitArgs {
    /// Bytes of one input.
    #[arg(long, value_name = "SIZE", default_value = "224MiB", value_parser = limit::<u64>, hide_short_help = true)]
    pub(crate) max_input: u64,
    /// Bytes of one input once unpacked.
    #[arg(long, value_name = "SIZE", value_parser = limit::<u64>, hide_short_help = true)]
    pub(crate) max_inflated: Option<u64>,
    /// Unpacked bytes for each packed byte.
    #[arg(long, value_name = "N", hide_short_help = true)]
    pub(crate) max_ratio: Option<u64>,
    /// Layers of gzip, one inside the other.
    #[arg(long, value_name = "N", hide_short_help = true)]
    pub(crate) max_layers: Option<usize>,
    /// Samples of one profile.
    #[arg(long, value_name = "N", hide_short_help = true)]
    pub(crate) max_samples: Option<u64>,
    /// Strings of one profile; its other tables have their part of it.
    #[arg(long, value_name = "N", hide_short_help = true)]
    pub(crate) max_table: Option<u64>,
    /// Frames of one stack.
    #[arg(long, value_name = "N", hide_short_help = true)]
    pub(crate) max_depth: Option<usize>,
    /// Bytes of one string of a profile.
    #[arg(long, value_name = "SIZE", value_parser = limit::<usize>, hide_short_help = true)]
    pub(crate) max_string: Option<usize>,
    /// Bytes of one line of text.
    #[arg(long, value_name = "SIZE", value_parser = limit::<usize>, hide_short_help = true)]
    pub(crate) max_line: Option<usize>,
    /// Goroutines of one traceback.
    #[arg(long, value_name = "N", hide_short_help = true)]
    pub(crate) max_traceback_goroutines: Option<usize>,
    /// Frames of all stacks of one input.
    #[arg(long, value_name = "N", hide_short_help = true)]
    pub(crate) max_frames: Option<usize>,
    /// Bytes of memory for one input; a third of what the system grants the process, if that is less than 1 GiB.
    #[arg(long, value_name = "SIZE", value_parser = limit::<u64>, hide_short_help = true)]
    pub(crate) max_memory: Option<u64>,
}

#[derive(Debug, Args)]
pub(crate) struct TopArgs {
    /// Files, `-`, or one capture folder: one moment in several forms.
    #[arg(required = true, value_name = "INPUT")]
    pub(crate) inputs: Vec<PathBuf>,
    /// A heap profile of the same moment.
    #[arg(long, value_name = "FILE")]
    pub(crate) heap: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) report: ReportArgs,
}

#[derive(Debug, Args)]
pub(crate) struct DiffArgs {
    /// Files or capture folders, oldest first.
    #[arg(required = true, value_name = "INPUT")]
    pub(crate) inputs: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) outlook: OutlookArgs,
    #[command(flatten)]
    pub(crate) report: ReportArgs,
}

#[derive(Debug, Args)]
pub(crate) struct GateArgs {
    /// Files or capture folders, oldest first.
    #[arg(value_name = "INPUT", conflicts_with = "target")]
    pub(crate) inputs: Vec<PathBuf>,
    /// The command that drives the target.
    #[arg(last = true, value_name = "COMMAND", requires = "target")]
    pub(crate) command: Vec<String>,
    /// What is accepted: a file of `leakscope baseline write`.
    #[arg(long, value_name = "FILE")]
    pub(crate) baseline: Option<PathBuf>,
    /// The process to watch, or to look at while the command drives it.
    #[arg(long, value_name = "TARGET")]
    pub(crate) target: Option<String>,
    /// Start this program first, and end it at last; split into words as a shell does, without one.
    #[arg(long, value_name = "COMMAND", requires = "target")]
    pub(crate) server: Option<String>,
    /// How long it may take until it answers.
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = duration)]
    pub(crate) server_wait: std::time::Duration,
    /// Between two snapshots of a process that is watched [default: 10s].
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub(crate) every: Option<std::time::Duration>,
    /// How long a process is watched.
    #[arg(long = "for", id = "gate_for", value_name = "DURATION", value_parser = duration)]
    pub(crate) lasts: Option<std::time::Duration>,
    /// Cycles of load and rest after the warm-up.
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) cycles: u32,
    /// How long goroutines may take to end after each cycle.
    #[arg(long, value_name = "DURATION", default_value = "10s", value_parser = duration)]
    pub(crate) settle: std::time::Duration,
    /// What to do when growth cannot be told.
    #[arg(long, value_name = "WHAT", default_value = "exit4")]
    pub(crate) inconclusive: OnInconclusive,
    /// The policy [default: the nearest leakscope.toml upwards].
    #[arg(long, value_name = "FILE", help_heading = "Policy")]
    pub(crate) policy: Option<PathBuf>,
    /// Use no policy file.
    #[arg(long, help_heading = "Policy")]
    pub(crate) isolated: bool,
    /// Goroutines that one stack may gain.
    #[arg(long, value_name = "N", help_heading = "Policy")]
    pub(crate) max_growth: Option<u64>,
    /// Goroutines in all.
    #[arg(long, value_name = "N", help_heading = "Policy")]
    pub(crate) max_goroutines: Option<u64>,
    /// One more rendering of the same report; may be given several times.
    #[arg(long, value_name = "FORMAT=FILE", value_parser = output, help_heading = "Report")]
    pub(crate) output: Vec<(FormatName, PathBuf)>,
    #[command(flatten)]
    pub(crate) outlook: OutlookArgs,
    #[command(flatten)]
    pub(crate) what: WhatArgs,
    #[command(flatten)]
    pub(crate) http: HttpArgs,
    #[command(flatten)]
    pub(crate) report: ReportArgs,
}

/// What to do when growth cannot be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum OnInconclusive {
    /// End with exit code 4.
    Exit4,
    /// Let it pass.
    Pass,
    /// Deny it.
    Fail,
}

#[derive(Debug, Args)]
pub(crate) struct BaselineArgs {
    #[command(subcommand)]
    pub(crate) command: BaselineCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum BaselineCommand {
    /// Write what the inputs hold.
    Write(Deferred<BaselineWriteArgs>),
    /// Take over what is new, and greater counts.
    Update(Deferred<BaselineWriteArgs>),
    /// Read one and print it in its canonical form.
    Show {
        /// The baseline.
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
}

#[derive(Debug, Args)]
pub(crate) struct BaselineWriteArgs {
    /// The baseline.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Files or capture folders; the last moment counts.
    #[arg(required = true, value_name = "INPUT")]
    pub(crate) inputs: Vec<PathBuf>,
    /// Why it is fine.
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub(crate) reason: String,
    #[command(flatten)]
    pub(crate) report: ReportArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// The rule.
    #[arg(value_name = "RULE")]
    pub(crate) rule: Option<String>,
    /// Rules of your own: `[[rule]]` tables, as in docs/rules.md.
    #[arg(long, value_name = "FILE")]
    pub(crate) rules: Vec<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct AlertsArgs {
    /// Only jobs that match the whole expression.
    #[arg(long, value_name = "REGEX")]
    pub(crate) job: Option<String>,
    /// Goroutines that an instance may gain in an hour, and its floor in six.
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub(crate) growth: u64,
    /// How long it must last.
    #[arg(long = "for", id = "alerts_for", value_name = "DURATION", default_value = "30m", value_parser = duration)]
    pub(crate) lasts: std::time::Duration,
}

#[derive(Debug, Args)]
pub(crate) struct GoleakTestArgs {
    /// The stack whose fingerprint begins so [default: the first finding's].
    #[arg(value_name = "FINGERPRINT")]
    pub(crate) fingerprint: Option<String>,
    /// A report of --format json, a profile, `-`, or a capture folder; several are one moment in several forms.
    #[arg(long, required = true, value_name = "INPUT")]
    pub(crate) from: Vec<PathBuf>,
    /// Write it to this file, whose name ends in _test.go, and not to standard output.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) limits: LimitArgs,
}

#[derive(Debug, Args)]
pub(crate) struct RawArgs {
    /// A file, or `-`.
    #[arg(value_name = "INPUT")]
    pub(crate) input: PathBuf,
    #[command(flatten)]
    pub(crate) labels: LabelArgs,
    #[command(flatten)]
    pub(crate) limits: LimitArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum FormatName {
    /// For people.
    Text,
    /// For programs.
    Json,
    /// A summary for a job or a comment.
    Markdown,
    /// Annotations of GitHub Actions.
    Github,
    /// JUnit XML.
    Junit,
    /// SARIF 2.1.0.
    Sarif,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum GranularityName {
    /// The function: survives edits that move lines.
    Functions,
    /// The function and its line.
    Lines,
    /// The file alone.
    Files,
}

/// Whether to pull a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum When {
    /// Where it is there and cheap.
    Auto,
    /// In any case; if it cannot be had, that is an error.
    Always,
    /// Not at all.
    Never,
}

fn duration(text: &str) -> Result<std::time::Duration, String> {
    let signed: jiff::SignedDuration =
        text.parse().map_err(|_| "write it like 30s, 5m or 1h30m".to_owned())?;
    match std::time::Duration::try_from(signed) {
        Ok(duration) if !duration.is_zero() => Ok(duration),
        Ok(_) | Err(_) => Err("it must be longer than nothing".to_owned()),
    }
}

fn output(text: &str) -> Result<(FormatName, PathBuf), String> {
    let (name, file) = text.split_once('=').ok_or("write it like junit=leaks.xml")?;
    let format = FormatName::from_str(name, false).map_err(|_| {
        format!("{name} is no format: it must be text, json, markdown, github, junit or sarif")
    })?;
    Ok((format, PathBuf::from(file)))
}
