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
    let options = super::for_files(&args.report, args.inputs.iter().map(|it| inputs::name(it)).collect());
    super::show(std::iter::once(moment), &options, &plan, &args.report, terminal)?;
    Ok(Outcome::Done)
}
