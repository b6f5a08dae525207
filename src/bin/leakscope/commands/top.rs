//! `leakscope top`: reports on a single snapshot.

use std::path::PathBuf;

use clap::Args;
use leakscope::input::InputError;
use leakscope::input::read_snapshot;
use leakscope::render::Format;
use leakscope::render::heap_alone;
use leakscope::report::HeapAlone;

use crate::exit_code::Failure;
use crate::exit_code::Outcome;
use crate::inputs;
use crate::inputs::Plan;
use crate::options::OutputArgs;
use crate::options::ReportArgs;
use crate::show;
use crate::terminal::Terminal;
use crate::waits;

pub(super) const HELP: &str = "\
An INPUT is a pprof file, a text of counts (debug=1), a traceback (debug=2, a panic, a log), the output of goleak, a \
capture folder, or - for standard input. Several inputs are different profiles of the same snapshot, and each adds what it \
records. Of several dumps in a log the last one is shown.

Examples:
  leakscope top goroutine.pb.gz
  leakscope top goroutine.pb.gz goroutine.debug2.txt --heap heap.pb.gz
  kubectl logs crashed-pod | leakscope top -";

#[derive(Debug, Args)]
pub(crate) struct TopArgs {
    /// Profiles of one snapshot: files, `-`, or one capture folder.
    #[arg(required = true, value_name = "INPUT")]
    inputs: Vec<PathBuf>,
    /// Heap profile of the same snapshot.
    #[arg(long, value_name = "FILE")]
    heap: Option<PathBuf>,
    #[command(flatten)]
    report: ReportArgs,
    #[command(flatten)]
    output: OutputArgs,
}

pub(super) fn run(args: &TopArgs, terminal: &Terminal) -> Result<Outcome, Failure> {
    let plan = Plan::new(&args.report)?;
    let whole = inputs::read_one(args.inputs.iter().chain(&args.heap), &args.report.reading())?;
    let format = show::format(&args.report, terminal);
    let snapshot = match read_snapshot(whole, &plan.limits) {
        Err(InputError::OnlyHeap { name, heap })
            if format.name == Format::TEXT.name && args.output.is_empty() =>
        {
            terminal
                .warning(&format!("{name}: a heap profile, not a goroutine profile; it is shown on its own"));
            heap.warnings.iter().for_each(|warning| terminal.warning(&format!("{name}: {warning}")));
            let page = HeapAlone::new(name, &heap);
            heap_alone(&page, args.report.rows(), format.text, &mut terminal.output())
                .map_err(|error| Failure::from(error).context("standard output"))?;
            return Ok(Outcome::Done);
        }
        read => read?,
    };
    waits::check(&args.report.waits, &snapshot)?;
    waits::warn(&args.report.waits, &snapshot, terminal);
    let options =
        show::for_files(&args.report, &args.output, args.inputs.iter().map(|it| inputs::name(it)).collect());
    let report =
        show::show(plan.run(std::iter::once(snapshot), &options), &args.report, &args.output, terminal)?;
    Ok(show::outcome(&report))
}
