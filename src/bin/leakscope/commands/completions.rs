//! `leakscope completions`: prints the script that completes leakscope's commands in a shell.

use anyhow::anyhow;
use clap::Args;
use clap::builder::PossibleValuesParser;
use clap_complete::env::Shells;

use crate::completion;
use crate::exit_code::Failure;
use crate::exit_code::Outcome;
use crate::terminal::Terminal;

pub(super) const HELP: &str = "\
The script runs leakscope to find what may follow, so it knows rules, the words of --by, and the fingerprints of the inputs \
that are already on the command line.

Examples:
  source <(leakscope completions bash)                                     in ~/.bashrc
  source <(leakscope completions zsh)                                      in ~/.zshrc, after compinit
  leakscope completions fish > ~/.config/fish/completions/leakscope.fish   once";

#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// Shell to complete in.
    #[arg(value_name = "SHELL", value_parser = PossibleValuesParser::new(SHELLS))]
    shell: String,
}

/// The shells that clap_complete knows.
const SHELLS: [&str; 5] = ["bash", "elvish", "fish", "powershell", "zsh"];

pub(super) fn run(args: &CompletionsArgs, terminal: &Terminal) -> Result<Outcome, Failure> {
    let shells = Shells::builtins();
    let no_such_shell = || Failure::usage(anyhow!("{}: no such shell", args.shell));
    let shell = shells.completer(&args.shell).ok_or_else(no_such_shell)?;
    let mut script = Vec::new();
    // The program is found on PATH, so that the script outlives an update.
    shell.write_registration(completion::VARIABLE, PROGRAM, PROGRAM, PROGRAM, &mut script)?;
    terminal.print(String::from_utf8_lossy(&script).trim_start_matches('\n'))
}

const PROGRAM: &str = "leakscope";
