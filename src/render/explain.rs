//! The list of rules, and one rule in full.

use std::fmt::Write;

use crate::rules::Rule;
use crate::rules::RuleSet;

use crate::text::escape;

/// The rules, one line each.
pub fn rule_list(rules: &RuleSet) -> String {
    let mut sorted: Vec<&Rule> = rules.rules.iter().collect();
    sorted.sort_by(|a, b| a.id.cmp(&b.id));
    let width = sorted.iter().map(|rule| rule.id.len()).max().unwrap_or(0);
    let mut out = String::new();
    for rule in sorted {
        // Writing to a String cannot fail.
        let _ = writeln!(out, "{:<width$}  {}", escape(&rule.id), escape(&rule.title));
    }
    out
}

/// Everything that a rule says.
pub fn rule_prose(rule: &Rule) -> String {
    let mut out = String::new();
    let mut say = |name: &str, text: &str| {
        if !text.is_empty() {
            let _ = writeln!(out, "{name:<10} {}", escape(text));
        }
    };
    say(&rule.id, &rule.title);
    say("", &rule.description);
    say("causes", &rule.causes.join(", "));
    say("level", rule.level.as_str());
    say("blocked on", &rule.when.blocked_on.join(", "));
    for frames in rule.when.frames.iter() {
        say("frames", frames);
    }
    for frames in rule.when.without.iter() {
        say("without", frames);
    }
    say("named", &rule.when.named.join(", "));
    for beside in rule.when.beside.iter() {
        say("beside", &beside.frames);
    }
    say("fix", &rule.say.advice);
    for line in rule.say.sketch.trim().lines() {
        say("", &line.replace('\t', "    "));
    }
    for proof in rule.fires.iter() {
        say("fires on", &proof.why);
    }
    for proof in rule.stays_quiet.iter() {
        say("not on", &proof.why);
    }
    for link in rule.links.iter() {
        say("see", link);
    }
    out
}
