//! The command line of leakscope: arguments in, the report on standard output, everything else on standard error.

mod api;
mod command_line;
mod commands;
mod completion;
mod exit_code;
mod go_source;
mod inputs;
mod kubernetes;
mod malloc;
mod open;
mod options;
mod panics;
mod show;
mod signals;
#[cfg(feature = "fleet")]
mod stores;
#[cfg(feature = "fleet")]
mod sweep;
mod terminal;
mod version;
mod waits;

use std::process::ExitCode;

use clap::CommandFactory;
use clap::Parser;

use commands::Command;
use exit_code::Outcome;
use terminal::Color;
use terminal::Terminal;

/// Finds leaking goroutines: fetches Go's goroutine profiles, ranks the stacks, and reports which ones grow.
#[derive(Debug, Parser)]
#[command(version = version::SHORT, long_version = version::LONG, max_term_width = 100, after_help = AFTER_HELP)]
struct Cli {
    #[command(subcommand)]
    command: Command,

    /// When to use colours. NO_COLOR, CLICOLOR and CLICOLOR_FORCE are respected.
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    color: Color,
}

const AFTER_HELP: &str = "\
Exit codes:
  0    success; for gate: nothing is denied
  1    gate: something is denied
  2    usage error
  3    an input cannot be read or judged, or is incomplete
  4    gate: inconclusive
  101  a bug in leakscope
  130  interrupted by SIGINT (143: by SIGTERM)

Examples:
  leakscope fetch localhost:6060                        look at a live process
  leakscope fetch localhost:6060 --every 30s --count 6  find stacks that grow
  leakscope diff before.pb.gz after.pb.gz               the same, from files";

fn main() -> ExitCode {
    panics::install_hook();
    malloc::tune();
    completion::answer(Cli::command);
    let cli = Cli::parse();
    signals::install_handlers();
    let terminal = Terminal::new(cli.color);
    match commands::run(cli.command, Cli::command, &terminal) {
        Ok(outcome) => outcome.into(),
        // The reader of our output, such as `head`, has seen enough.
        Err(failure) if failure.is_closed_pipe() => Outcome::Done.into(),
        Err(failure) => {
            terminal.error(&failure);
            failure.code.into()
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::Cli;

    #[test]
    fn lazy_arguments_are_defined_and_keep_their_about() {
        let mut all = Cli::command();
        all.build();
        all.clone().debug_assert();
        let about = |path: &[&str]| {
            let found = path.iter().try_fold(&all, |command, name| command.find_subcommand(name));
            let found = found.unwrap_or_else(|| panic!("no {path:?}"));
            assert!(found.get_arguments().count() > 1, "{path:?} has no arguments");
            found.get_about().map(ToString::to_string).unwrap_or_default()
        };
        const UPDATE: &str =
            "Add new stacks, raise counts that have grown, and print what changed; needs --reason";
        assert_eq!(about(&["explain"]), "Describe a rule, or list all rules");
        assert_eq!(about(&["baseline"]), "Write or update a baseline of accepted goroutine counts");
        assert_eq!(about(&["baseline", "update"]), UPDATE);
    }
}
