//! `leakscope mcp`: a server for agents over standard input and output, by the Model Context Protocol.
//!
//! `protocol` answers messages, `tools` does the work, and `folder` keeps it inside the folder where the server was started.

mod capture;
mod folder;
mod protocol;
mod tools;

use std::collections::BTreeMap;
use std::io::BufRead;
use std::io::Write;
use std::io::stdin;
use std::io::stdout;
use std::path::PathBuf;

use clap::Args;
use leakscope::rules::RuleSet;

use crate::exit_code::Failure;
use crate::exit_code::Outcome;
use crate::inputs;
use crate::terminal::Terminal;

use super::gate;
use folder::Folder;
use tools::Tools;

pub(super) const HELP: &str = "\
The tools are analyze, stack and rule. They read files below the folder where the server is started, write nothing and connect to \
nothing; an answer has at most 6 KB. A policy may name processes that the tool capture pulls profiles from:

  [agents]
  targets = { shop = \"localhost:6060\" }

An agent that has a shell needs no server: leakscope agents prints a guide for it.";

#[derive(Debug, Args)]
pub(crate) struct McpArgs {
    /// Policy file that names targets in [agents] [default: none, so that nothing can be captured].
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// File with rules of your own, used besides the built-in ones. May be given several times.
    #[arg(long, value_name = "FILE")]
    rules: Vec<PathBuf>,
}

pub(super) fn run(args: &McpArgs, _: &Terminal) -> Result<Outcome, Failure> {
    let rules = inputs::with_rules(RuleSet::built_in(), &args.rules)?;
    let targets = match &args.policy {
        Some(path) => gate::read_policy(path, &rules)?.agents.targets,
        None => BTreeMap::new(),
    };
    let tools = Tools { folder: Folder::here()?, rules: args.rules.clone(), targets };
    let mut lines = stdin().lock();
    loop {
        let mut line = Vec::new();
        let limited = &mut std::io::Read::take(&mut lines, MAX_MESSAGE);
        let len = limited
            .read_until(b'\n', &mut line)
            .map_err(|error| Failure::from(error).context("standard input"))?;
        if len == 0 {
            return Ok(Outcome::Done);
        }
        let is_cut = len as u64 == MAX_MESSAGE && !line.ends_with(b"\n");
        let answer = if is_cut {
            // The rest of the line is no message, either.
            lines.skip_until(b'\n').map_err(|error| Failure::from(error).context("standard input"))?;
            Some(protocol::too_long())
        } else {
            protocol::answer(&line, &tools)
        };
        if let Some(answer) = answer {
            let mut out = stdout().lock();
            writeln!(out, "{answer}")?;
            out.flush()?;
        }
    }
}

/// The maximum size of a message in bytes, with its end of line.
const MAX_MESSAGE: u64 = 1 << 20;
