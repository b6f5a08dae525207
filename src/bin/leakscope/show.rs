//! Writes reports: the format, the warnings, and the options that all commands on files share.

use std::collections::HashSet;

use leakscope::model::Snapshot;
use leakscope::pipeline;
use leakscope::render::Format;
use leakscope::render::TextOptions;
use leakscope::render::render;
use leakscope::report::CommandArguments;
use leakscope::report::Options;
use leakscope::report::Report;
use leakscope::series::Series;

use super::exit_code::Failure;
use super::inputs::Plan;
use super::options::GranularityName;
use super::options::ReportArgs;
use super::terminal::Terminal;

/// The options of a report on files, whose process is unknown. `inputs` are the files of the last snapshot.
pub(crate) fn for_files(args: &ReportArgs, inputs: Vec<String>) -> Options {
    Options {
        limit: args.limit,
        next_step: Some("Take a second one a minute later: leakscope diff BEFORE AFTER".to_owned()),
        traceback: Some("curl 'HOST:6060/debug/pprof/goroutine?debug=2'".to_owned()),
        explain: args.explain.clone(),
        labels: args.labels.shown(),
        arguments: CommandArguments { inputs: reread(args, inputs), target: None },
        ..Options::default()
    }
}

/// The inputs, if another command finds the same fingerprints in them; empty otherwise. That needs inputs that can be read
/// again, groups by stack and function, and no filter that changes stacks.
pub(crate) fn reread(args: &ReportArgs, inputs: Vec<String>) -> Vec<String> {
    let by_stack = args.by == ["stack"] && args.granularity == GranularityName::Functions;
    let filters = &args.filters;
    let changing = [&filters.hide, &filters.show, &filters.show_from, &filters.prune_from];
    let same = by_stack && changing.iter().all(|it| it.is_none());
    let standard_input = super::inputs::name("-".as_ref());
    if same && !inputs.contains(&standard_input) { inputs } else { Vec::new() }
}

/// Writes the report on snapshots to standard output, and its warnings to standard error.
pub(crate) fn show(
    snapshots: impl Iterator<Item = Snapshot>,
    options: &Options,
    plan: &Plan,
    args: &ReportArgs,
    terminal: &Terminal,
) -> Result<(), Failure> {
    let series = Series::build(snapshots, &plan.by, &plan.filter);
    let mut report = pipeline::report_on(&series, &plan.rules, options);
    super::inputs::add_source(&mut report, args.source.as_deref())?;
    warn(&report, terminal);
    let format = format(args, terminal);
    let mut out = terminal.output();
    render(&report, format, &mut out)
        .map_err(|error| Failure::input(anyhow::Error::new(error).context("standard output")))
}

pub(crate) fn warn(report: &Report, terminal: &Terminal) {
    // All snapshots of a target have the same name, and most have the same warnings: print each once.
    let mut printed = HashSet::new();
    for snapshot in &report.snapshots {
        for warning in &snapshot.warnings {
            let text = format!("{}: {warning}", snapshot.origin);
            if !printed.contains(&text) {
                terminal.warning(&text);
                printed.insert(text);
            }
        }
    }
    for warning in &report.warnings {
        terminal.warning(warning);
    }
}

/// The format for standard output.
pub(crate) fn format(args: &ReportArgs, terminal: &Terminal) -> Format {
    let all = args.all || args.limit == 0;
    args.format.with_text(TextOptions { width: terminal.width(), full: args.full, all })
}
