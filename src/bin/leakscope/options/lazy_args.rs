//! Arguments that are defined only for the subcommand that runs.

use clap::ArgMatches;
use clap::Args;
use clap::Command;
use clap::Error;
use clap::FromArgMatches;

/// The arguments of a subcommand, defined lazily with [`Command::defer`]: to define those of all subcommands took as long
/// as a small report.
#[derive(Debug)]
pub(crate) struct LazyArgs<T>(pub(crate) Box<T>);

impl<T: Args> Args for LazyArgs<T> {
    fn augment_args(command: Command) -> Command {
        command.defer(|command| keep_about(command, T::augment_args))
    }

    fn augment_args_for_update(command: Command) -> Command {
        command.defer(|command| keep_about(command, T::augment_args_for_update))
    }
}

/// Adds arguments and restores the command's `about`, which the doc comment of a flattened struct would replace.
fn keep_about(command: Command, add: fn(Command) -> Command) -> Command {
    let (about, long) = (command.get_about().cloned(), command.get_long_about().cloned());
    let command = add(command).about(about.unwrap_or_default());
    match long {
        Some(long) => command.long_about(long),
        None => command.long_about(None),
    }
}

impl<T: FromArgMatches> FromArgMatches for LazyArgs<T> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        T::from_arg_matches(matches).map(|it| LazyArgs(Box::new(it)))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        self.0.update_from_arg_matches(matches)
    }
}
