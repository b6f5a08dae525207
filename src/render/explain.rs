//! The list of rules, and one rule in full.

use std::fmt::Write;

use crate::rules::Rule;
use crate::rules::RuleSet;

use crate::sort;
use crate::text::escape;

/// The rules, one line each.
pub fn rule_list(rules: &RuleSet) -> String {
    let mut sorted: Vec<&Rule> = rules.rules.iter().collect();
    sort::by(&mut sorted, |a, b| a.id.cmp(&b.id));
    let width = sorted.iter().map(|rule| rule.id.len()).max().unwrap_or(0);
    let line = |rule: &&Rule| format!("{:<width$}  {}\n", escape(&rule.id), escape(&rule.title));
    sorted.iter().map(line).collect()
}

/// Everything that a rule says.
pub fn rule_prose(rule: &Rule) -> String {
    let mut out = String::new();
    let mut say = |name: &str, text: &str| {
        if !text.is_empty() {
            // Writing to a String cannot fail.
            let _ = writeln!(out, "{name:<10} {}", escape(text));
        }
    };
    say(&rule.id, &rule.title);
    say("", &rule.description);
    say("causes", &rule.causes.join(", "));
    say("level", rule.level.as_str());
    say("blocked on", &rule.when.blocked_on.join(", "));
    rule.when.frames.iter().for_each(|frames| say("frames", frames));
    rule.when.without.iter().for_each(|frames| say("without", frames));
    say("named", &rule.when.named.join(", "));
    rule.when.beside.iter().for_each(|beside| say("beside", &beside.frames));
    say("fix", &rule.say.advice);
    rule.say.sketch.trim().lines().for_each(|line| say("", &line.replace('\t', "    ")));
    rule.fires.iter().for_each(|proof| say("fires on", &proof.why));
    rule.stays_quiet.iter().for_each(|proof| say("not on", &proof.why));
    rule.links.iter().for_each(|link| say("see", link));
    out
}
