//! `leakscope baseline`: writes and updates baselines of accepted goroutine counts.

use std::path::PathBuf;

use anyhow::anyhow;
use clap::Args;
use clap::Subcommand;
use leakscope::gate::Baseline;
use leakscope::gate::BaselineChange;
use leakscope::pipeline;
use leakscope::text::escape;

use crate::exit_code::Failure;
use crate::exit_code::Outcome;
use crate::inputs;
use crate::inputs::Plan;
use crate::options::LazyArgs;
use crate::options::ReportArgs;
use crate::show;
use crate::terminal::Terminal;
use crate::waits;

pub(super) const HELP: &str = "\
A baseline is a text file with one line per stack. Review it and commit it; `leakscope gate --baseline FILE` then denies \
stacks that exceed it.

Examples:
  leakscope baseline write goroutines.baseline captures/ --reason 'worker pool'
  leakscope baseline update goroutines.baseline now.pb.gz --reason 'new mail worker'";

#[derive(Debug, Args)]
pub(crate) struct BaselineArgs {
    #[command(subcommand)]
    command: BaselineCommand,
}

#[derive(Debug, Subcommand)]
enum BaselineCommand {
    /// Write a new baseline with the stacks and counts of the inputs.
    Write(LazyArgs<BaselineWriteArgs>),
    /// Add new stacks, raise counts that have grown, and print what changed; needs --reason.
    Update(LazyArgs<BaselineWriteArgs>),
    /// Check a baseline and print it in canonical form.
    Show {
        /// Baseline file.
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
}

#[derive(Debug, Args)]
struct BaselineWriteArgs {
    /// Baseline file.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Files or capture folders, oldest first; counts are those of the last snapshot.
    #[arg(required = true, value_name = "INPUT")]
    inputs: Vec<PathBuf>,
    /// Why these goroutines are accepted; recorded with each stack that is new or has more goroutines.
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    reason: String,
    #[command(flatten)]
    report: ReportArgs,
}

pub(super) fn run(args: &BaselineArgs, terminal: &Terminal) -> Result<Outcome, Failure> {
    match &args.command {
        BaselineCommand::Write(LazyArgs(args)) => save(args, &current(args, terminal)?, terminal),
        BaselineCommand::Update(LazyArgs(args)) => {
            let mut baseline = inputs::baseline(&args.file)?;
            let changes = baseline.update(current(args, terminal)?);
            if changes.is_empty() {
                return terminal.print("nothing changed: no stack is new or has more goroutines\n");
            }
            let lines: String = changes.iter().map(line).collect();
            if args.reason.trim().is_empty() {
                let n = leakscope::text::pluralize(changes.len() as i128, "stack");
                let error =
                    anyhow!("--reason is missing: {n} would be accepted that the baseline does not accept");
                let hint =
                    "look at the stacks on standard output, and say why they are accepted: --reason TEXT";
                terminal.print(&lines)?;
                return Err(Failure::usage(error).with_hint(hint));
            }
            save(args, &baseline, terminal)?;
            terminal.print(&lines)
        }
        BaselineCommand::Show { file } => terminal.print(&inputs::baseline(file)?.write()),
    }
}

/// `raised  8 -> 12  main.work  00112233445566ff`
fn line(change: &BaselineChange) -> String {
    let BaselineChange { fingerprint, function, before, count } = change;
    let function = escape(function);
    match before {
        None => format!("new     {count}  {function}  {fingerprint}\n"),
        Some(before) => format!("raised  {before} -> {count}  {function}  {fingerprint}\n"),
    }
}

/// A baseline of the last snapshot of the inputs.
fn current(args: &BaselineWriteArgs, terminal: &Terminal) -> Result<Baseline, Failure> {
    let plan = Plan::new(&args.report)?;
    let snapshots = inputs::decode_paths(&args.inputs, &args.report.reading(), &plan.limits)?;
    for snapshot in &snapshots {
        waits::check(&args.report.waits, snapshot)?;
    }
    snapshots.iter().take(1).for_each(|it| waits::warn(&args.report.waits, it, terminal));
    Ok(pipeline::baseline(snapshots.into_iter(), &plan.by, &plan.filter, &args.reason))
}

fn save(args: &BaselineWriteArgs, baseline: &Baseline, terminal: &Terminal) -> Result<Outcome, Failure> {
    let stacks = leakscope::text::pluralize(baseline.stacks.len() as i128, "stack");
    show::write_file(&args.file, baseline.write().as_bytes(), &format!(": {stacks}"), terminal)
}
