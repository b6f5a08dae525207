//! The command line of leakscope: arguments in, a report on standard output, everything else on standard error.

mod commands;
mod exit_code;
mod inputs;
mod options;
mod signals;
mod terminal;

use std::process::ExitCode;

use clap::Parser;

use exit_code::Outcome;
use options::Cli;

fn main() -> ExitCode {
    leakscope::heap::take_over();
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
