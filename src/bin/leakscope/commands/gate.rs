//! `leakscope gate`: reports, judges by a policy, and exits with a code for CI.

use std::num::NonZeroU64;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::anyhow;
use clap::Args;
use clap::ValueEnum;
use leakscope::diagnose::OutlookLimits;
use leakscope::gate::Baseline;
use leakscope::gate::Policy;
use leakscope::model::Snapshot;
use leakscope::pipeline;
use leakscope::pipeline::GateOptions;
use leakscope::render::FORMATS;
use leakscope::render::Format;
use leakscope::render::render;
use leakscope::report::CommandArguments;
use leakscope::report::GateOutcome;
use leakscope::report::Options;
use leakscope::report::Report;
use leakscope::source::read_input;
use leakscope::source::write_whole;

use super::super::exit_code::Failure;
use super::super::exit_code::Outcome;
use super::super::inputs;
use super::super::inputs::Plan;
use super::super::options::ForecastArgs;
use super::super::options::HttpArgs;
use super::super::options::ReportArgs;
use super::super::options::WhatArgs;
use super::super::options::duration;
use super::super::signals;
use super::super::terminal::Terminal;
use super::drive;
use super::fetch::parse_target;

pub(super) const HELP: &str = "\
What to judge, one of:
  INPUT...                       two or more files, or a folder of captures
  --baseline FILE INPUT          one snapshot, compared with a baseline
  --target HOST:6060 --for 2m    a live process, watched for two minutes
  --target HOST:6060 -- COMMAND  a live process, with COMMAND as its load

COMMAND runs once to warm up, then --cycles times. After each run goroutines get time to exit (--settle), and a snapshot is \
taken.

Exit codes: 0 nothing is denied, 1 something is denied, 2 usage error or broken policy, 3 an input cannot be judged, \
4 inconclusive.

Examples:
  leakscope gate captures/ --output junit=leaks.xml --output sarif=leaks.sarif
  leakscope gate --target localhost:6060 --cycles 5 -- ./load.sh
  leakscope gate --server './app -http :6060' --target :6060 -- ./load.sh
  leakscope gate --baseline goroutines.baseline now.pb.gz";

#[derive(Debug, Args)]
pub(crate) struct GateArgs {
    /// Files or capture folders, oldest first.
    #[arg(value_name = "INPUT", conflicts_with = "target")]
    inputs: Vec<PathBuf>,
    /// Command that puts load on the target.
    #[arg(last = true, value_name = "COMMAND", requires = "target")]
    pub(super) command: Vec<String>,
    /// Baseline file written by `leakscope baseline write`.
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Process to watch, or to snapshot while COMMAND puts load on it.
    #[arg(long, value_name = "TARGET")]
    target: Option<String>,
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
    inconclusive: OnInconclusive,
    /// Policy file [default: the nearest leakscope.toml in this folder or its parents].
    #[arg(long, value_name = "FILE", help_heading = "Policy")]
    policy: Option<PathBuf>,
    /// Do not use a policy file.
    #[arg(long, help_heading = "Policy")]
    isolated: bool,
    /// Maximum goroutines that a stack may gain.
    #[arg(long, value_name = "N", help_heading = "Policy")]
    max_growth: Option<u64>,
    /// Maximum goroutines in total.
    #[arg(long, value_name = "N", help_heading = "Policy")]
    max_goroutines: Option<u64>,
    /// Also write the report to FILE in this format. May be given several times.
    #[arg(long, value_name = "FORMAT=FILE", value_parser = output, help_heading = "Report")]
    output: Vec<(Format, PathBuf)>,
    #[command(flatten)]
    forecast: ForecastArgs,
    #[command(flatten)]
    pub(super) what: WhatArgs,
    #[command(flatten)]
    pub(super) http: HttpArgs,
    #[command(flatten)]
    pub(super) report: ReportArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum OnInconclusive {
    /// Exit with code 4.
    Exit4,
    /// Exit with code 0.
    Pass,
    /// Exit with code 1.
    Fail,
}

fn output(text: &str) -> Result<(Format, PathBuf), String> {
    let (name, file) = text.split_once('=').ok_or("write it like junit=leaks.xml")?;
    let unknown =
        || format!("there is no format {name}: use one of {}", FORMATS.map(|it| it.name).join(", "));
    let format = Format::named(name).ok_or_else(unknown)?;
    Ok((format, PathBuf::from(file)))
}

/// The name of a policy file.
const POLICY: &str = "leakscope.toml";

/// Maximum size of a policy or a baseline.
const MAX_TEXT: u64 = 1 << 20;

pub(super) fn run(args: &GateArgs, terminal: &Terminal) -> Result<Outcome, Failure> {
    let plan = Plan::new(&args.report)?;
    let policy = policy(args)?;
    let baseline = args.baseline.as_deref().map(baseline).transpose()?;
    let snapshots = snapshots(args, &plan, terminal)?;
    if snapshots.len() < 2 && baseline.is_none() {
        let hint = "give two or more inputs, a folder of captures, --baseline FILE, or --target HOST:6060 --for 2m --every 10s";
        return Err(
            Failure::usage(anyhow!("a single snapshot cannot show growth")).with_hint(Some(hint.to_owned()))
        );
    }
    let forecast = OutlookLimits {
        goroutines: policy.outlook.limit_goroutines.map(NonZeroU64::get),
        memory: policy.outlook.limit_memory,
    };
    let last = snapshots.last().map(|snapshot| snapshot.origin.clone());
    let arguments = match &args.target {
        Some(target) => CommandArguments { inputs: Vec::new(), target: Some(parse_target(target)?.to_arg()) },
        None => {
            CommandArguments { inputs: super::reread(&args.report, last.into_iter().collect()), target: None }
        }
    };
    let options = Options { limit: args.report.limit, outlook: forecast, arguments, ..Options::default() };
    let today = jiff::Zoned::now().date();
    let gate = GateOptions { policy: &policy, baseline: baseline.as_ref(), today };
    let mut report =
        pipeline::gate(snapshots.into_iter(), &plan.by, &plan.filter, &plan.rules, &options, &gate);
    inputs::add_source(&mut report, args.report.source.as_deref())?;
    super::warn(&report, terminal);
    let format = super::format(&args.report, terminal);
    let mut out = terminal.output();
    render(&report, format, &mut out)
        .map_err(|error| Failure::input(anyhow::Error::new(error).context("standard output")))?;
    for output in &args.output {
        write(&report, output, terminal)?;
    }
    Ok(outcome(&report, args.inconclusive))
}

fn outcome(report: &Report, inconclusive: OnInconclusive) -> Outcome {
    match report.verdict.as_ref().map(|it| &it.outcome) {
        Some(GateOutcome::Pass) | None => Outcome::Done,
        Some(GateOutcome::Denied) => Outcome::Denied,
        Some(GateOutcome::Unusable(_)) => Outcome::Incomplete,
        Some(GateOutcome::Inconclusive(_)) => match inconclusive {
            OnInconclusive::Exit4 => Outcome::Inconclusive,
            OnInconclusive::Pass => Outcome::Done,
            OnInconclusive::Fail => Outcome::Denied,
        },
    }
}

/// Writes the same report to a file: `FORMAT=FILE`.
fn write(report: &Report, output: &(Format, PathBuf), terminal: &Terminal) -> Result<(), Failure> {
    let (format, path) = output;
    let mut bytes = Vec::new();
    render(report, *format, &mut bytes).map_err(|error| Failure::input(anyhow::Error::new(error)))?;
    if format.name == Format::TEXT.name {
        bytes = anstream::adapter::strip_bytes(&bytes).into_vec();
    }
    signals::with_signals_blocked(|| write_whole(path, &bytes)).map_err(inputs::source)?;
    terminal.note(&format!("wrote {}", inputs::name(path)));
    Ok(())
}

/// The snapshots to judge: from files, or from a live process.
fn snapshots(args: &GateArgs, plan: &Plan, terminal: &Terminal) -> Result<Vec<Snapshot>, Failure> {
    if let Some(target) = &args.target {
        return drive::snapshots(target, args, plan, terminal);
    }
    if args.inputs.is_empty() {
        return Err(Failure::usage(anyhow!("no input is given")).with_hint(Some(
            "leakscope gate BEFORE AFTER, or leakscope gate --target HOST:6060 -- ./load.sh".to_owned(),
        )));
    }
    inputs::decode_paths(&args.inputs, args.report.limits.max_input, &plan.limits)
}

/// The policy given by --policy or the nearest one, with the flags that replace its values.
fn policy(args: &GateArgs) -> Result<Policy, Failure> {
    let path = match &args.policy {
        Some(path) => Some(path.clone()),
        None => std::env::current_dir()
            .ok()
            .and_then(|here| here.ancestors().map(|folder| folder.join(POLICY)).find(|path| path.is_file())),
    };
    let Some(path) = path.filter(|_| !args.isolated) else { return Ok(with_flags(Policy::default(), args)) };
    let text = text(&path)?;
    let policy = Policy::parse(&inputs::name(&path), &text).map_err(Failure::usage)?;
    Ok(with_flags(policy, args))
}

fn with_flags(mut policy: Policy, args: &GateArgs) -> Policy {
    let limits = &mut policy.limits;
    limits.max_growth = args.max_growth.or(limits.max_growth);
    limits.max_goroutines = args.max_goroutines.or(limits.max_goroutines);
    let forecast = &mut policy.outlook;
    forecast.limit_goroutines = args.forecast.limit_goroutines.or(forecast.limit_goroutines);
    forecast.limit_memory = args.forecast.limit_memory.or(forecast.limit_memory);
    policy
}

/// Reads a baseline.
pub(super) fn baseline(path: &Path) -> Result<Baseline, Failure> {
    Baseline::parse(&inputs::name(path), &text(path)?).map_err(Failure::usage)
}

fn text(path: &Path) -> Result<String, Failure> {
    let bytes = read_input(path, MAX_TEXT).map_err(|error| {
        let hint = error.hint();
        Failure::usage(error).with_hint(hint)
    })?;
    String::from_utf8(bytes).map_err(|_| Failure::usage(anyhow!("{}: not UTF-8", inputs::name(path))))
}
