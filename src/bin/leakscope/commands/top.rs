//! `leakscope top`: one moment.

use anyhow::Context;
use leakscope::input::InputError;
use leakscope::input::read_snapshot;
use leakscope::render::Format;
use leakscope::render::heap_alone;
use leakscope::report::HeapAlone;

use super::super::args::TopArgs;
use super::super::exit_code::Failure;
use super::super::exit_code::Outcome;
use super::super::inputs;
use super::super::inputs::Plan;
use super::super::terminal::Terminal;

pub(crate) fn run(args: &TopArgs, terminal: &Terminal) -> Result<Outcome, Failure> {
    let plan = Plan::new(&args.report)?;
    let whole = inputs::read_one(args.inputs.iter().chain(&args.heap), args.report.limits.max_input)?;
    let snapshot = match (read_snapshot(whole, &plan.limits), super::format(&args.report, terminal)) {
        (Err(InputError::OnlyHeap { name, heap }), Format::Text(options)) => {
            terminal
                .warning(&format!("{name}: a heap profile, not a goroutine profile; it is shown by itself"));
            heap.warnings.iter().for_each(|warning| terminal.warning(&format!("{name}: {warning}")));
            let page = HeapAlone::new(name, &heap);
            let written = heap_alone(&page, args.report.limit, options, &mut terminal.output());
            return written.context("standard output").map_err(Failure::input).map(|()| Outcome::Done);
        }
        (read, _) => read.map_err(inputs::unreadable)?,
    };
    let options = super::for_files(&args.report, args.inputs.iter().map(|it| inputs::name(it)).collect());
    super::leave(super::show(std::iter::once(snapshot), &options, &plan, &args.report, terminal)?);
    Ok(Outcome::Done)
}
