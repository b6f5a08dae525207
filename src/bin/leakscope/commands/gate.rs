//! `leakscope gate`: a report, a verdict, and an exit code for CI.

use std::num::NonZeroU64;
use std::path::Path;
use std::path::PathBuf;

use anyhow::anyhow;
use leakscope::diagnose::OutlookLimits;
use leakscope::gate::Baseline;
use leakscope::gate::GateOutcome;
use leakscope::gate::Policy;
use leakscope::model::Snapshot;
use leakscope::pipeline;
use leakscope::pipeline::GateOptions;
use leakscope::render::Format;
use leakscope::render::TextOptions;
use leakscope::render::render;
use leakscope::report::CommandArguments;
use leakscope::report::Options;
use leakscope::report::Report;
use leakscope::source::read_input;
use leakscope::source::write_whole;

use super::super::args::FormatName;
use super::super::args::GateArgs;
use super::super::args::OnInconclusive;
use super::super::exit_code::Failure;
use super::super::exit_code::Outcome;
use super::super::inputs;
use super::super::inputs::Plan;
use super::super::signals;
use super::super::terminal::Terminal;
use super::drive;
use super::fetch::parse_target;

/// The policy's name, looked for upwards from where the gate runs.
const POLICY: &str = "leakscope.toml";

/// Bytes of a policy or a baseline.
const MAX_TEXT: u64 = 1 << 20;

pub(crate) fn run(args: &GateArgs, terminal: &Terminal) -> Result<Outcome, Failure> {
    let plan = Plan::new(&args.report)?;
    let policy = policy(args)?;
    let baseline = args.baseline.as_deref().map(baseline).transpose()?;
    let snapshots = snapshots(args, &plan, terminal)?;
    if snapshots.len() < 2 && baseline.is_none() {
        let hint = "give two or more, a folder of captures, --baseline FILE, or --target HOST:6060 --for 2m --every 10s";
        return Err(
            Failure::usage(anyhow!("one snapshot cannot show growth")).with_hint(Some(hint.to_owned()))
        );
    }
    let outlook = OutlookLimits {
        goroutines: policy.outlook.limit_goroutines.map(NonZeroU64::get),
        memory: policy.outlook.limit_memory,
    };
    let last = snapshots.last().map(|snapshot| snapshot.origin.clone());
    let arguments = match &args.target {
        Some(target) => CommandArguments { inputs: Vec::new(), target: Some(parse_target(target)?.again()) },
        None => {
            CommandArguments { inputs: super::reread(&args.report, last.into_iter().collect()), target: None }
        }
    };
    let options = Options { limit: args.report.limit, outlook, arguments, ..Options::default() };
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

/// `FORMAT=FILE`: one more rendering of the same report.
fn write(report: &Report, output: &(FormatName, PathBuf), terminal: &Terminal) -> Result<(), Failure> {
    let (name, path) = output;
    let format = match name {
        FormatName::Text => Format::Text(TextOptions { width: 100, full: false, all: false }),
        FormatName::Json => Format::Json,
        FormatName::Markdown => Format::Markdown,
        FormatName::Github => Format::Github,
        FormatName::Junit => Format::Junit,
        FormatName::Sarif => Format::Sarif,
    };
    let mut bytes = Vec::new();
    render(report, format, &mut bytes).map_err(|error| Failure::input(anyhow::Error::new(error)))?;
    if *name == FormatName::Text {
        bytes = anstream::adapter::strip_bytes(&bytes).into_vec();
    }
    signals::whole(|| write_whole(path, &bytes)).map_err(inputs::source)?;
    terminal.note(&format!("wrote {}", inputs::name(path)));
    Ok(())
}

/// The moments to judge: from files, or from a process that is watched or driven.
fn snapshots(args: &GateArgs, plan: &Plan, terminal: &Terminal) -> Result<Vec<Snapshot>, Failure> {
    if let Some(target) = &args.target {
        return drive::snapshots(target, args, plan, terminal);
    }
    if args.inputs.is_empty() {
        return Err(Failure::usage(anyhow!("no input is given")).with_hint(Some(
            "leakscope gate BEFORE AFTER, or leakscope gate --target HOST:6060 -- ./load.sh".to_owned(),
        )));
    }
    inputs::all_moments(&args.inputs, args.report.limits.max_input, &plan.limits)
}

/// The policy that was named, or the nearest one upwards.
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

/// Flags stand above the file.
fn with_flags(mut policy: Policy, args: &GateArgs) -> Policy {
    let limits = &mut policy.limits;
    limits.max_growth = args.max_growth.or(limits.max_growth);
    limits.max_goroutines = args.max_goroutines.or(limits.max_goroutines);
    let outlook = &mut policy.outlook;
    outlook.limit_goroutines = args.outlook.limit_goroutines.or(outlook.limit_goroutines);
    outlook.limit_memory = args.outlook.limit_memory.or(outlook.limit_memory);
    policy
}

/// A baseline from its file.
pub(super) fn baseline(path: &Path) -> Result<Baseline, Failure> {
    Baseline::parse(&inputs::name(path), &text(path)?).map_err(Failure::usage)
}

fn text(path: &Path) -> Result<String, Failure> {
    let bytes = read_input(path, MAX_TEXT).map_err(|error| {
        let hint = error.hint();
        Failure::usage(error).with_hint(hint)
    })?;
    String::from_utf8(bytes).map_err(|_| Failure::usage(anyhow!("{}: no UTF-8", inputs::name(path))))
}
