//! `leakscope explain`: what a rule knows.

use std::io::Write;

use anyhow::anyhow;
use leakscope::render::rule_list;
use leakscope::render::rule_prose;
use leakscope::rule_check::verify_rule;
use leakscope::rules::BUILT_IN;
use leakscope::rules::RuleSet;

use super::super::args::ExplainArgs;
use super::super::exit_code::Failure;
use super::super::exit_code::Outcome;
use super::super::inputs;
use super::super::terminal::Terminal;

pub(crate) fn run(args: &ExplainArgs, terminal: &Terminal) -> Result<Outcome, Failure> {
    let rules = inputs::with_rules(RuleSet::built_in_with_examples(), &args.rules)?;
    // Rules of the user are checked against their examples as the built-in ones are.
    let own: Vec<&str> = built_in_ids();
    for rule in rules.rules.iter().filter(|rule| !args.rules.is_empty() && !own.contains(&rule.id.as_ref())) {
        if let Some(fault) = verify_rule(rule, &rules).first() {
            return Err(Failure::usage(anyhow!("{fault}")));
        }
    }
    let text = match &args.rule {
        None => rule_list(&rules),
        Some(id) => match rules.find(id) {
            Some(rule) => rule_prose(rule),
            None => {
                let hint = "leakscope explain lists them; a group is explained by --explain FINGERPRINT of top, diff, fetch";
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

fn built_in_ids() -> Vec<&'static str> {
    BUILT_IN.iter().map(|(id, _)| *id).collect()
}
