//! `leakscope explain`: describes a rule.

use std::io::Write;
use std::path::PathBuf;

use anyhow::anyhow;
use clap::Args;
use leakscope::pipeline::faults_of;
use leakscope::render::rule_list;
use leakscope::render::rule_prose;
use leakscope::rules::BUILT_IN;
use leakscope::rules::RuleSet;

use super::super::exit_code::Failure;
use super::super::exit_code::Outcome;
use super::super::inputs;
use super::super::terminal::Terminal;

pub(super) const HELP: &str = "\
With --rules, the examples of the rules in FILE are checked.

Examples:
  leakscope explain
  leakscope explain unclosed-body
  leakscope explain --rules mine.toml my-rule
  leakscope diff captures/ --explain 3f9c1b0e    explain a group, not a rule";

#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// Rule to describe [default: list all rules].
    #[arg(value_name = "RULE")]
    rule: Option<String>,
    /// File with rules of your own: `[[rule]]` tables, as in docs/rules.md.
    #[arg(long, value_name = "FILE")]
    rules: Vec<PathBuf>,
}

pub(super) fn run(args: &ExplainArgs, terminal: &Terminal) -> Result<Outcome, Failure> {
    let rules = inputs::with_rules(RuleSet::built_in_with_examples(), &args.rules)?;
    // The examples of a user's rule are checked as those of the built-in rules are in tests.
    let built_in: Vec<&str> = BUILT_IN.iter().map(|(id, _)| *id).collect();
    for rule in
        rules.rules.iter().filter(|rule| !args.rules.is_empty() && !built_in.contains(&rule.id.as_ref()))
    {
        if let Some(fault) = faults_of(rule, &rules).first() {
            return Err(Failure::usage(anyhow!("{fault}")));
        }
    }
    let text = match &args.rule {
        None => rule_list(&rules),
        Some(id) => match rules.find(id) {
            Some(rule) => rule_prose(rule),
            None => {
                let hint = "leakscope explain lists all rules; to explain a group, give --explain FINGERPRINT to top, diff or fetch";
                return Err(Failure::usage(anyhow!("there is no rule {id}")).with_hint(Some(hint.to_owned())));
            }
        },
    };
    terminal
        .output()
        .write_all(text.as_bytes())
        .map_err(|error| Failure::input(anyhow::Error::new(error)))?;
    Ok(Outcome::Done)
}
