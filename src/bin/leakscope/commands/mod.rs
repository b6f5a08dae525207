//! The commands, one file each: it defines the command's arguments, reads or fetches snapshots, and reports on them.
//!
//! To add a command, write its file, and add it to [`Command`] and [`run`].

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

use clap::Subcommand;
use leakscope::model::Snapshot;
use leakscope::pipeline;
use leakscope::render::Format;
use leakscope::render::TextOptions;
use leakscope::render::render;
use leakscope::report::CommandArguments;
use leakscope::report::Options;
use leakscope::report::Report;
use leakscope::series::line_up;

use super::exit_code::Failure;
use super::exit_code::Outcome;
use super::inputs::Plan;
use super::options::GranularityName;
use super::options::LazyArgs;
use super::options::ReportArgs;
use super::terminal::Terminal;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Fetch profiles from a live process and report on them.
    #[command(after_help = fetch::HELP)]
    Fetch(LazyArgs<fetch::FetchArgs>),
    /// Report on a single snapshot.
    #[command(after_help = top::HELP)]
    Top(LazyArgs<top::TopArgs>),
    /// Report on two or more snapshots: which stacks grew.
    #[command(after_help = diff::HELP)]
    Diff(LazyArgs<diff::DiffArgs>),
    /// Report, judge by a policy, and exit with a code for CI.
    #[command(after_help = gate::HELP)]
    Gate(LazyArgs<gate::GateArgs>),
    /// Write or update a baseline of accepted goroutine counts.
    #[command(after_help = baseline::HELP)]
    Baseline(LazyArgs<baseline::BaselineArgs>),
    /// Print Prometheus alert rules for growing goroutine counts.
    #[command(after_help = alerts::HELP)]
    Alerts(LazyArgs<alerts::AlertsArgs>),
    /// Write a Go test that fails while a given stack leaks.
    #[command(after_help = goleak_test::HELP)]
    GoleakTest(LazyArgs<goleak_test::GoleakTestArgs>),
    /// Describe a rule, or list all rules.
    #[command(after_help = explain::HELP)]
    Explain(LazyArgs<explain::ExplainArgs>),
    /// Print a decoded profile in canonical text form.
    #[command(after_help = raw::HELP)]
    Raw(LazyArgs<raw::RawArgs>),
}

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

/// The options of a report on files, whose process is unknown. `inputs` are the files of the last snapshot.
fn for_files(args: &ReportArgs, inputs: Vec<String>) -> Options {
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
fn reread(args: &ReportArgs, inputs: Vec<String>) -> Vec<String> {
    let by_stack = args.by == ["stack"] && args.granularity == GranularityName::Functions;
    let filters = &args.filters;
    let changing = [&filters.hide, &filters.show, &filters.show_from, &filters.prune_from];
    let same = by_stack && changing.iter().all(|it| it.is_none());
    let standard_input = super::inputs::name("-".as_ref());
    if same && !inputs.contains(&standard_input) { inputs } else { Vec::new() }
}

/// Writes the report on snapshots to standard output, and its warnings to standard error.
fn show(
    snapshots: impl Iterator<Item = Snapshot>,
    options: &Options,
    plan: &Plan,
    args: &ReportArgs,
    terminal: &Terminal,
) -> Result<(), Failure> {
    let series = line_up(snapshots, &plan.by, &plan.filter);
    let mut report = pipeline::report_on(&series, &plan.rules, options);
    super::inputs::add_source(&mut report, args.source.as_deref())?;
    warn(&report, terminal);
    let format = format(args, terminal);
    let mut out = terminal.output();
    render(&report, format, &mut out)
        .map_err(|error| Failure::input(anyhow::Error::new(error).context("standard output")))
}

fn warn(report: &Report, terminal: &Terminal) {
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
fn format(args: &ReportArgs, terminal: &Terminal) -> Format {
    let all = args.all || args.limit == 0;
    args.format.with_text(TextOptions { width: terminal.width(), full: args.full, all })
}
