//! `leakscope explain`: describes a rule.

use std::path::PathBuf;

use anyhow::anyhow;
use clap::Args;
use clap_complete::engine::ArgValueCompleter;
use leakscope::render::rule_list;
use leakscope::render::rule_prose;
use leakscope::rule_check::verify_rule;
use leakscope::rules::BUILT_IN;
use leakscope::rules::RuleSet;
use leakscope::text::similar;

use crate::completion;
use crate::exit_code::Failure;
use crate::exit_code::Outcome;
use crate::inputs;
use crate::terminal::Terminal;

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
    #[arg(value_name = "RULE", add = ArgValueCompleter::new(completion::rules))]
    rule: Option<String>,
    /// File with rules of your own: `[[rule]]` tables, as in docs/rules.md.
    #[arg(long, value_name = "FILE")]
    rules: Vec<PathBuf>,
}

pub(super) fn run(args: &ExplainArgs, terminal: &Terminal) -> Result<Outcome, Failure> {
    let rules = inputs::with_rules(RuleSet::built_in_with_examples(), &args.rules)?;
    // The examples of a user's rule are checked as those of the built-in rules are in tests.
    let built_in: Vec<&str> = BUILT_IN.iter().map(|(id, _)| *id).collect();
    let own = rules.rules.iter().filter(|rule| !built_in.contains(&rule.id.as_ref()));
    for rule in own.filter(|_| !args.rules.is_empty()) {
        if let Some(fault) = verify_rule(rule, &rules).first() {
            return Err(Failure::usage(anyhow!("{fault}")));
        }
    }
    let text = match &args.rule {
        None => rule_list(&rules),
        Some(id) => match rules.find(id) {
            Some(rule) => rule_prose(rule),
            None => {
                return Err(Failure::usage(anyhow!("there is no rule {id}")).with_hint(hint(id, &rules)));
            }
        },
    };
    terminal.print(&text)
}

/// What was probably meant by the id of a rule that does not exist.
fn hint(id: &str, rules: &RuleSet) -> String {
    if let Some(near) = similar(id, rules.rules.iter().map(|rule| rule.id.as_ref())) {
        return format!("did you mean {near}? leakscope explain lists all rules");
    }
    if id.len() >= MIN_FINGERPRINT && id.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return format!("it looks like the fingerprint of a group: leakscope diff INPUT... --explain {id}");
    }
    let group = "to explain a group, give --explain FINGERPRINT to top, diff or fetch";
    format!("leakscope explain lists all rules; {group}")
}

/// The fewest hex digits that look like a fingerprint, and not like a word.
const MIN_FINGERPRINT: usize = 6;
