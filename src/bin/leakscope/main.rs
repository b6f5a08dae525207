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
    keep_freed_memory();
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

/// Lets glibc keep up to 8 MiB that were freed: it gives large blocks back to the system at once, and asks for them again, until
/// it saw one of this size come and go (`mallopt(3)`, on `M_MMAP_THRESHOLD`). Nothing is written to the block, so it costs nothing.
fn keep_freed_memory() {
    drop(std::hint::black_box(Vec::<u8>::with_capacity(4 << 20)));
    drop([(); 2].map(|()| std::hint::black_box(Vec::<u8>::with_capacity(3 << 20))));
}
