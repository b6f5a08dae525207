//! Arguments that are laid out only where they are needed.

use std::ops::Deref;

use clap::ArgMatches;
use clap::Args;
use clap::Command;
use clap::Error;
use clap::FromArgMatches;

/// The arguments of a subcommand. They are told to clap when that subcommand is the one that was typed, or asked about: laying
/// out those of all others took as long as a small report.
#[derive(Debug)]
pub(crate) struct LazyArgs<T>(Box<T>);

impl<T> Deref for LazyArgs<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: Args> Args for LazyArgs<T> {
    fn augment_args(command: Command) -> Command {
        command.defer(|command| keep_words(command, T::augment_args))
    }

    fn augment_args_for_update(command: Command) -> Command {
        command.defer(|command| keep_words(command, T::augment_args_for_update))
    }
}

/// Lays out arguments. What the command is about stays: the comments of sets of arguments within would take its place.
fn keep_words(command: Command, lay_out: fn(Command) -> Command) -> Command {
    let (about, long) = (command.get_about().cloned(), command.get_long_about().cloned());
    let command = lay_out(command).about(about.unwrap_or_default());
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

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::super::Cli;

    #[test]
    fn all_are_laid_out_and_keep_their_words() {
        let mut all = Cli::command();
        all.build();
        all.clone().debug_assert();
        let about = |path: &[&str]| {
            let found = path.iter().try_fold(&all, |command, name| command.find_subcommand(name));
            let found = found.unwrap_or_else(|| panic!("no {path:?}"));
            assert!(found.get_arguments().count() > 1, "{path:?} has no arguments");
            found.get_about().map(ToString::to_string).unwrap_or_default()
        };
        assert_eq!(about(&["explain"]), "What a rule knows; without a name, the list of rules");
        assert_eq!(about(&["baseline"]), "Keep what is accepted as a small text under review");
        assert_eq!(about(&["baseline", "update"]), "Take over what is new, and greater counts");
    }
}
