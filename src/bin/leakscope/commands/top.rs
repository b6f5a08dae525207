//! `leakscope top`: one moment.

use super::super::args::TopArgs;
use super::super::exit_code::Failure;
use super::super::exit_code::Outcome;
use super::super::inputs;
use super::super::inputs::Plan;
use super::super::terminal::Terminal;

pub(crate) fn run(args: &TopArgs, terminal: &Terminal) -> Result<Outcome, Failure> {
    let plan = Plan::new(&args.report)?;
    let whole = inputs::one_moment(args.inputs.iter().chain(&args.heap), args.report.limits.max_input)?;
    let moment = inputs::decoded(whole, &plan.limits)?;
    super::show(std::iter::once(moment), &super::for_files(&args.report), &plan, &args.report, terminal)?;
    Ok(Outcome::Done)
}
