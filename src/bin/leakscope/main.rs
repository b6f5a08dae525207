//! The command line of leakscope: arguments in, a report on standard output, everything else on standard error.

mod args;
mod commands;
mod exit_code;
mod inputs;
mod signals;
mod terminal;

use std::process::ExitCode;

use clap::Parser;

use args::Cli;
use exit_code::Outcome;

fn main() -> ExitCode {
    let cli = Cli::parse();
    signals::take_over();
    let terminal = terminal::Terminal::new(cli.color);
    match commands::run(cli.command, &terminal) {
        Ok(outcome) => outcome.into(),
        // Whoever closed our output has seen enough.
        Err(failure) if failure.is_closed_pipe() => Outcome::Done.into(),
        Err(failure) => {
            terminal.error(&failure);
            failure.exit_code()
        }
    }
}
