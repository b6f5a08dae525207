//! The commands, one file each: it defines the command's arguments, reads or fetches snapshots, and reports on them.
//!
//! To add a command, write its file, and add it to [`Command`] and [`run`].

mod agents;
mod alerts;
mod baseline;
mod completions;
mod diff;
mod explain;
mod fetch;
mod fix;
#[cfg(feature = "fleet")]
mod fleet;
mod gate;
mod goleak_test;
mod man;
mod mcp;
pub(crate) mod pull;
mod raw;
#[cfg(feature = "fleet")]
mod sweep;
mod top;
#[cfg(feature = "watch")]
mod watch;

use clap::Subcommand;

use super::exit_code::Failure;
use super::exit_code::Outcome;
use super::options::LazyArgs;
use super::terminal::Terminal;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Fetch profiles from a live process and report on them.
    #[command(after_help = fetch::HELP)]
    Fetch(LazyArgs<fetch::FetchArgs>),
    /// Watch live processes: a list by growth, with details, in the terminal.
    #[cfg(feature = "watch")]
    #[command(after_help = watch::HELP)]
    Watch(LazyArgs<watch::WatchArgs>),
    /// Report on a single snapshot.
    #[command(after_help = top::HELP)]
    Top(LazyArgs<top::TopArgs>),
    /// Report on two or more snapshots: which stacks grew.
    #[command(after_help = diff::HELP)]
    Diff(LazyArgs<diff::DiffArgs>),
    /// Report, judge by a policy, and exit with a code for CI.
    #[command(after_help = gate::HELP)]
    Gate(LazyArgs<gate::GateArgs>),
    /// Look at a few instances of many services, and keep what was seen in a store.
    #[cfg(feature = "fleet")]
    #[command(after_help = sweep::HELP)]
    Sweep(LazyArgs<sweep::SweepArgs>),
    /// Ask a store of sweeps: which stacks of which services are the worst, since when, in which version.
    #[cfg(feature = "fleet")]
    #[command(after_help = fleet::HELP, args_conflicts_with_subcommands = true)]
    Fleet(LazyArgs<fleet::FleetArgs>),
    /// Write or update a baseline of accepted goroutine counts.
    #[command(after_help = baseline::HELP)]
    Baseline(LazyArgs<baseline::BaselineArgs>),
    /// Print Prometheus alert rules for growing goroutine counts.
    #[command(after_help = alerts::HELP)]
    Alerts(LazyArgs<alerts::AlertsArgs>),
    /// Write the change of the Go source that ends a leak, as a diff.
    #[command(after_help = fix::HELP)]
    Fix(LazyArgs<fix::FixArgs>),
    /// Write a Go test that fails while a given stack leaks.
    #[command(after_help = goleak_test::HELP)]
    GoleakTest(LazyArgs<goleak_test::GoleakTestArgs>),
    /// Describe a rule, or list all rules.
    #[command(after_help = explain::HELP)]
    Explain(LazyArgs<explain::ExplainArgs>),
    /// Print a decoded profile in canonical text form.
    #[command(after_help = raw::HELP)]
    Raw(LazyArgs<raw::RawArgs>),
    /// Print the script that completes leakscope's commands in a shell.
    #[command(after_help = completions::HELP)]
    Completions(LazyArgs<completions::CompletionsArgs>),
    /// Print the manual page, or write those of all commands.
    #[command(after_help = man::HELP)]
    Man(LazyArgs<man::ManArgs>),
    /// Print a guide for agents that have a shell.
    Agents,
    /// Serve agents that have no shell, over standard input and output (Model Context Protocol).
    #[command(after_help = mcp::HELP)]
    Mcp(LazyArgs<mcp::McpArgs>),
}

/// Runs a command. `definition` defines all of them, for the manual.
pub(crate) fn run(
    command: Command,
    definition: fn() -> clap::Command,
    terminal: &Terminal,
) -> Result<Outcome, Failure> {
    match command {
        Command::Fetch(LazyArgs(args)) => fetch::run(&args, terminal),
        #[cfg(feature = "watch")]
        Command::Watch(LazyArgs(args)) => watch::run(&args, terminal),
        Command::Top(LazyArgs(args)) => top::run(&args, terminal),
        Command::Diff(LazyArgs(args)) => diff::run(&args, terminal),
        Command::Gate(LazyArgs(args)) => gate::run(&args, terminal),
        #[cfg(feature = "fleet")]
        Command::Sweep(LazyArgs(args)) => sweep::run(&args, terminal),
        #[cfg(feature = "fleet")]
        Command::Fleet(LazyArgs(args)) => fleet::run(&args, terminal),
        Command::Baseline(LazyArgs(args)) => baseline::run(&args, terminal),
        Command::Alerts(LazyArgs(args)) => alerts::run(&args, terminal),
        Command::Fix(LazyArgs(args)) => fix::run(&args, terminal),
        Command::GoleakTest(LazyArgs(args)) => goleak_test::run(&args, terminal),
        Command::Explain(LazyArgs(args)) => explain::run(&args, terminal),
        Command::Raw(LazyArgs(args)) => raw::run(&args, terminal),
        Command::Completions(LazyArgs(args)) => completions::run(&args, terminal),
        Command::Man(LazyArgs(args)) => man::run(&args, definition(), terminal),
        Command::Agents => agents::run(terminal),
        Command::Mcp(LazyArgs(args)) => mcp::run(&args, terminal),
    }
}
