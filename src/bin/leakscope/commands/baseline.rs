//! `leakscope baseline`: what is accepted, as a small text under review.

use std::io::Write;

use leakscope::gate::Baseline;
use leakscope::pipeline;
use leakscope::source::write_whole;

use super::super::args::BaselineArgs;
use super::super::args::BaselineCommand;
use super::super::args::BaselineWriteArgs;
use super::super::exit_code::Failure;
use super::super::exit_code::Outcome;
use super::super::inputs;
use super::super::inputs::Plan;
use super::super::signals;
use super::super::terminal::Terminal;
use super::gate;

pub(crate) fn run(args: &BaselineArgs, terminal: &Terminal) -> Result<Outcome, Failure> {
    match &args.command {
        BaselineCommand::Write(args) => save(args, &now(args)?, terminal),
        BaselineCommand::Update(args) => {
            let mut baseline = gate::baseline(&args.file)?;
            baseline.update(now(args)?);
            save(args, &baseline, terminal)
        }
        BaselineCommand::Show { file } => {
            let text = gate::baseline(file)?.write();
            terminal
                .output()
                .write_all(text.as_bytes())
                .map_err(|error| Failure::input(anyhow::Error::new(error)))?;
            Ok(Outcome::Done)
        }
    }
}

/// What the last of the inputs holds.
fn now(args: &BaselineWriteArgs) -> Result<Baseline, Failure> {
    let plan = Plan::new(&args.report)?;
    let snapshots = inputs::all_moments(&args.inputs, args.report.limits.max_input, &plan.limits)?;
    Ok(pipeline::baseline(snapshots.into_iter(), &plan.by, &plan.filter, &args.reason))
}

fn save(args: &BaselineWriteArgs, baseline: &Baseline, terminal: &Terminal) -> Result<Outcome, Failure> {
    signals::whole(|| write_whole(&args.file, baseline.write().as_bytes())).map_err(inputs::source)?;
    let stacks = leakscope::text::pluralize(baseline.stacks.len() as i128, "stack");
    terminal.note(&format!("wrote {}: {stacks}", inputs::name(&args.file)));
    Ok(Outcome::Done)
}
