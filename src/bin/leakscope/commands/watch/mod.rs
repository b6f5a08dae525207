//! `leakscope watch`: a view of live processes in the terminal.
//!
//! `app` is the state and what keys do to it; `view` draws it; `tab` is one target, `rows` the list, `texts` names and bars. None of them
//! knows a terminal or a clock. `worker` has a thread for each target, which keeps the pace of `pace`; `screen` is the terminal.

mod app;
mod message;
mod pace;
mod page;
mod rows;
mod screen;
mod tab;
mod texts;
mod view;
mod worker;

#[cfg(test)]
mod tests;

use std::io::IsTerminal;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use anyhow::anyhow;
use clap::Args;
use leakscope::group::By;
use leakscope::report::CommandArguments;
use leakscope::report::Options;
use leakscope::rules::RuleSet;
use leakscope::source;

use super::fetch::http_options;
use super::fetch::parse_target;
use crate::exit_code::Failure;
use crate::exit_code::Outcome;
use crate::go_source::SourceChoice;
use crate::inputs;
use crate::options::ForecastArgs;
use crate::options::HttpArgs;
use crate::options::LabelArgs;
use crate::options::LimitArgs;
use crate::options::duration;
use crate::terminal::Terminal;
use app::App;
use app::Colors;
use worker::Plan;
use worker::Worker;

pub(super) const HELP: &str = "\
What it costs the service: only the goroutine profile is fetched by itself, and the next request waits at least 100 times as long \
as the last one took, and at least 1 s. So it takes at most 1 % of the service's time, and the second line says how much. A \
traceback (t) and a goroutineleak profile (l) ask first and name their price.

Keys: ? in the view lists them.

Examples:
  leakscope watch localhost:6060
  leakscope watch api-0:6060 api-1:6060 --every 10s";

#[derive(Debug, Args)]
pub(crate) struct WatchArgs {
    /// host:6060, http(s)://host[:port][/base][/debug/pprof] or unix:/path.sock
    #[arg(required = true, value_name = "TARGET")]
    targets: Vec<String>,
    /// Interval between two snapshots of a target, at least 1s.
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "2s")]
    every: Duration,
    /// Folder for what is written: captures (w) and pages (h).
    #[arg(long, value_name = "DIR", default_value = ".")]
    output: PathBuf,
    /// Module path of the program, as in its go.mod; code outside it counts as a library [default: inferred].
    #[arg(long, value_name = "PATH")]
    module: Option<String>,
    /// File with rules of your own, used besides the built-in ones. May be given several times.
    #[arg(long, value_name = "FILE")]
    rules: Vec<PathBuf>,
    /// Read the program's Go source in DIR. May be given several times [default: the module of the nearest go.mod, if it is the
    /// program's].
    #[arg(long, value_name = "DIR")]
    source: Vec<PathBuf>,
    /// Read no Go source.
    #[arg(long, conflicts_with = "source")]
    no_source: bool,
    #[command(flatten)]
    labels: LabelArgs,
    #[command(flatten)]
    http: HttpArgs,
    #[command(flatten)]
    forecast: ForecastArgs,
    #[command(flatten)]
    limits: LimitArgs,
}

pub(super) fn run(args: &WatchArgs, terminal: &Terminal) -> Result<Outcome, Failure> {
    let rules = inputs::with_rules(RuleSet::built_in(), &args.rules)?;
    let chosen = if args.no_source { SourceChoice::none() } else { SourceChoice::below(&args.source)? };
    // A failure is shown at once; the pace decides when to try again.
    let options = source::HttpOptions { retries: 0, ..http_options(&args.http, args.limits.max_input)? };
    let mut targets = Vec::new();
    for text in &args.targets {
        let target = parse_target(text)?;
        // Two views of one process would cost it twice as much.
        if targets.iter().any(|(_, known): &(_, source::Target)| known.to_arg() == target.to_arg()) {
            return Err(Failure::usage(anyhow!("{}: given twice", target.to_arg())));
        }
        if options.insecure {
            terminal.warning(&format!("{}: certificates are not checked (--insecure)", target.origin()));
        }
        targets.push((source::Client::new(&options, &target)?, target));
    }
    if !std::io::stdout().is_terminal() || !std::io::stdin().is_terminal() {
        let hint = format!("for a report: leakscope fetch {} --every 30s", args.targets.join(" "));
        return Err(Failure::usage(anyhow!("watch needs a terminal")).with_hint(hint));
    }
    let plan = Arc::new(Plan {
        every: args.every,
        by: By { module: args.module.clone(), ..By::default() },
        rules,
        source: chosen,
        limits: inputs::limits(&args.limits),
        report: Options {
            limit: 0,
            labels: args.labels.show_labels,
            outlook: args.forecast.limits(),
            arguments: CommandArguments::default(),
            ..Options::default()
        },
        folder: args.output.clone(),
        started: worker::now(),
        cancelled: AtomicBool::new(false),
    });
    let name = |target: &source::Target| target.to_arg().trim_start_matches("http://").to_owned();
    let names: Vec<String> = targets.iter().map(|(_, target)| name(target)).collect();
    let workers = targets.into_iter().map(|(client, target)| Worker::new(&plan, client, target)).collect();
    let colors = if terminal.has_colors() { Colors::On } else { Colors::Off };
    screen::watch(&plan, workers, App::new(names.iter().map(String::as_str), colors))
}
