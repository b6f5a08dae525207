//! One file a command: it fills columns, then all go the same way.

mod alerts;
mod baseline;
mod diff;
mod drive;
mod explain;
mod fetch;
mod gate;
mod goleak_test;
mod pull;
mod raw;
mod server;
mod top;

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
use leakscope::series::line_up;

use super::args::Command;
use super::args::FormatName;
use super::args::GranularityName;
use super::args::ReportArgs;
use super::exit_code::Failure;
use super::exit_code::Outcome;
use super::inputs::Plan;
use super::terminal::Terminal;

/// Runs a command.
pub(crate) fn run(command: Command, terminal: &Terminal) -> Result<Outcome, Failure> {
    match command {
        Command::Fetch(args) => fetch::run(&args, terminal),
        Command::Top(args) => top::run(&args, terminal),
        Command::Diff(args) => diff::run(&args, terminal),
        Command::Gate(args) => gate::run(&args, terminal),
        Command::Baseline(args) => baseline::run(&args, terminal),
        Command::Alerts(args) => alerts::run(&args, terminal),
        Command::GoleakTest(args) => goleak_test::run(&args, terminal),
        Command::Explain(args) => explain::run(&args, terminal),
        Command::Raw(args) => raw::run(&args, terminal),
    }
}

/// What a report on files is told: their process is not known. `inputs` are those of the last moment.
fn for_files(args: &ReportArgs, inputs: Vec<String>) -> Options {
    Options {
        limit: args.limit,
        next_command: Some("leakscope diff BEFORE AFTER   with another profile, a minute later".to_owned()),
        traceback: Some("curl 'HOST:6060/debug/pprof/goroutine?debug=2'".to_owned()),
        explain: args.explain.clone(),
        labels: args.labels.shown(),
        arguments: CommandArguments { inputs: reread(args, inputs), target: None },
        ..Options::default()
    }
}

/// Inputs in which another command finds the same fingerprints: those that can be read again, if nothing but stacks is
/// grouped by and no filter cuts them.
fn reread(args: &ReportArgs, inputs: Vec<String>) -> Vec<String> {
    let stacks = args.by == ["stack"] && args.granularity == GranularityName::Functions;
    let filters = &args.filters;
    let cut = [&filters.hide, &filters.show, &filters.show_from, &filters.prune_from];
    let again = stacks && cut.iter().all(|it| it.is_none());
    let standard_input = super::inputs::name("-".as_ref());
    if again && !inputs.contains(&standard_input) { inputs } else { Vec::new() }
}

/// Leaves rows to the end of the process, which gives them back at once: to take each apart takes longer.
fn leave(rows: Series) {
    std::mem::forget(rows);
}

/// Moments to a report on standard output, and its warnings on standard error; the rows that it was made from.
fn show(
    snapshots: impl Iterator<Item = Snapshot>,
    options: &Options,
    plan: &Plan,
    args: &ReportArgs,
    terminal: &Terminal,
) -> Result<Series, Failure> {
    let series = line_up(snapshots, &plan.by, &plan.filter);
    let mut report = pipeline::report_on(&series, &plan.rules, options);
    super::inputs::add_source(&mut report, args.source.as_deref())?;
    warn(&report, terminal);
    let format = format(args, terminal);
    let mut out = terminal.output();
    match render(&report, format, &mut out) {
        Ok(()) => Ok(series),
        Err(error) => Err(Failure::input(anyhow::Error::new(error).context("standard output"))),
    }
}

fn warn(report: &Report, terminal: &Terminal) {
    // All moments of a target have one name, and most have the same to tell.
    let mut told = HashSet::new();
    for snapshot in &report.snapshots {
        for warning in &snapshot.warnings {
            let text = format!("{}: {warning}", snapshot.origin);
            if !told.contains(&text) {
                terminal.warning(&text);
                told.insert(text);
            }
        }
    }
    for warning in &report.warnings {
        terminal.warning(warning);
    }
}

/// The format that was asked for.
fn format(args: &ReportArgs, terminal: &Terminal) -> Format {
    match args.format {
        FormatName::Text => Format::Text(TextOptions {
            width: terminal.width(),
            full: args.full,
            all: args.all || args.limit == 0,
        }),
        FormatName::Json => Format::Json,
        FormatName::Markdown => Format::Markdown,
        FormatName::Github => Format::Github,
        FormatName::Junit => Format::Junit,
        FormatName::Sarif => Format::Sarif,
    }
}
