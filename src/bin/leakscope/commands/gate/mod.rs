//! `leakscope gate`: reports, judges by a policy, and exits with a code for CI.

mod args;
mod drive;
mod server;

use std::num::NonZeroU64;
use std::path::Path;
use std::path::PathBuf;

use anyhow::anyhow;
use leakscope::diagnose::ForecastLimits;
use leakscope::gate::Policy;
use leakscope::model::Snapshot;
use leakscope::pipeline;
use leakscope::pipeline::GateOptions;
use leakscope::report::CommandArguments;
use leakscope::report::GateOutcome;
use leakscope::report::Options;
use leakscope::report::Report;
use leakscope::rules::RuleSet;

use crate::command_line;
use crate::exit_code::Failure;
use crate::exit_code::Outcome;
use crate::inputs;
use crate::inputs::Plan;
use crate::show;
use crate::terminal::Terminal;
use crate::waits;
use args::OnInconclusive;

use super::fetch::parse_target;
pub(super) use args::GateArgs;

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

const POLICY: &str = "leakscope.toml";

pub(super) fn run(args: &GateArgs, terminal: &Terminal) -> Result<Outcome, Failure> {
    let plan = Plan::new(&args.report)?;
    let policy = policy(args, &plan.rules)?;
    let baseline = args.baseline.as_deref().map(inputs::baseline).transpose()?;
    let snapshots = snapshots(args, &plan, terminal)?;
    if snapshots.len() < 2 && baseline.is_none() {
        let hint = "give two or more inputs, a folder of captures, --baseline FILE, or --target HOST:6060 --for 2m --every 10s";
        return Err(Failure::usage(anyhow!("a single snapshot cannot show growth")).with_hint(hint));
    }
    let forecast = ForecastLimits {
        goroutines: policy.outlook.limit_goroutines.map(NonZeroU64::get),
        memory: policy.outlook.limit_memory,
    };
    let last = snapshots.last().map(|snapshot| snapshot.origin.clone());
    let arguments = match &args.target {
        Some(target) => CommandArguments { inputs: Vec::new(), target: Some(parse_target(target)?.to_arg()) },
        None => {
            CommandArguments { inputs: show::reread(&args.report, last.into_iter().collect()), target: None }
        }
    };
    for snapshot in &snapshots {
        waits::check(&args.report.waits, snapshot)?;
    }
    snapshots.iter().take(1).for_each(|it| waits::warn(&args.report.waits, it, terminal));
    let sort = args.report.sort;
    let options = Options {
        limit: show::rows(&args.report, &args.output),
        sort,
        outlook: forecast,
        arguments,
        command: Some(command_line::shown()),
        label_values: show::label_values(&args.report, &args.output),
        patches: show::patches(&args.report, &args.output),
        source_link: args.output.source_link.clone(),
        ..Options::default()
    };
    let today = jiff::Zoned::now().date();
    let gate = GateOptions { policy: &policy, baseline: baseline.as_ref(), today, source: plan.source() };
    let report = pipeline::gate(snapshots.into_iter(), &plan.by, &plan.filter, &plan.rules, &options, &gate);
    let report = show::show(plan.with_excerpts(report), &args.report, &args.output, terminal)?;
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

/// The snapshots to judge: from files, or from a live process.
fn snapshots(args: &GateArgs, plan: &Plan, terminal: &Terminal) -> Result<Vec<Snapshot>, Failure> {
    if let Some(target) = &args.target {
        return drive::snapshots(target, args, plan, terminal);
    }
    if args.inputs.is_empty() {
        let hint = "leakscope gate BEFORE AFTER, or leakscope gate --target HOST:6060 -- ./load.sh";
        return Err(Failure::usage(anyhow!("no input is given")).with_hint(hint));
    }
    inputs::decode_paths(&args.inputs, &args.report.reading(), &plan.limits)
}

/// The file of the policy: the given one, or the nearest from the current folder upwards; `None` if there is none.
pub(super) fn policy_path(given: Option<&Path>) -> Option<PathBuf> {
    given.map(Path::to_owned).or_else(|| {
        let here = std::env::current_dir().ok()?;
        here.ancestors().map(|folder| folder.join(POLICY)).find(|path| path.is_file())
    })
}

/// The policy in a file.
pub(super) fn read_policy(path: &Path, rules: &RuleSet) -> Result<Policy, Failure> {
    let text = inputs::text(path).map_err(Failure::in_usage)?;
    Policy::parse(&inputs::name(path), &text, rules).map_err(|error| {
        let hint = error.hint.clone();
        let failure = Failure::usage(error);
        match hint {
            Some(hint) => failure.with_hint(hint),
            None => failure,
        }
    })
}

/// The policy given by --policy or the nearest one, with the flags that replace its values.
fn policy(args: &GateArgs, rules: &RuleSet) -> Result<Policy, Failure> {
    let path = policy_path(args.policy.as_deref());
    let mut policy = match path.filter(|_| !args.isolated) {
        Some(path) => read_policy(&path, rules)?,
        None => Policy::default(),
    };
    let limits = &mut policy.limits;
    limits.max_growth = args.max_growth.or(limits.max_growth);
    limits.max_goroutines = args.max_goroutines.or(limits.max_goroutines);
    let forecast = &mut policy.outlook;
    forecast.limit_goroutines = args.forecast.limit_goroutines.or(forecast.limit_goroutines);
    forecast.limit_memory = args.forecast.limit_memory.or(forecast.limit_memory);
    Ok(policy)
}
