//! `leakscope man`: prints or writes manual pages, made from the definitions of the commands.

use std::fs;
use std::path::Path;
use std::path::PathBuf;

use clap::Args;
use clap::Command;
use clap_mangen::Man;

use crate::exit_code::Failure;
use crate::exit_code::Outcome;
use crate::terminal::Terminal;
use crate::version;

pub(super) const HELP: &str = "\
Examples:
  leakscope man | man -l -
  leakscope man ~/.local/share/man/man1    then: man leakscope-fetch";

#[derive(Debug, Args)]
pub(crate) struct ManArgs {
    /// Folder to write leakscope.1 and a page for each command to [default: print leakscope.1].
    #[arg(value_name = "DIR")]
    folder: Option<PathBuf>,
}

pub(super) fn run(args: &ManArgs, root: Command, terminal: &Terminal) -> Result<Outcome, Failure> {
    // A page is the same whatever was built.
    let mut root = root.long_version(version::SHORT);
    root.build();
    let Some(folder) = &args.folder else { return terminal.print(&page(&Man::new(root))?) };
    let failed = |path: &Path| {
        let path = path.display().to_string();
        move |error: std::io::Error| Failure::input(error).context(path)
    };
    fs::create_dir_all(folder).map_err(failed(folder))?;
    for command in with_subcommands(root) {
        let man = Man::new(command);
        let path = folder.join(man.get_filename());
        fs::write(&path, page(&man)?).map_err(failed(&path))?;
    }
    Ok(Outcome::Done)
}

/// A command and those below it. Each knows its whole name, such as `leakscope-baseline-write`.
fn with_subcommands(command: Command) -> Vec<Command> {
    let below = command.get_subcommands().filter(|it| it.get_name() != "help").cloned();
    let below: Vec<Command> = below.flat_map(with_subcommands).collect();
    [command].into_iter().chain(below).collect()
}

fn page(man: &Man) -> Result<String, Failure> {
    let mut page = Vec::new();
    man.render(&mut page)?;
    Ok(String::from_utf8_lossy(&page).into_owned())
}
