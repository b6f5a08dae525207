//! The gate's policy: levels, limits, and exceptions with their reasons.

use std::collections::BTreeMap;
use std::num::NonZeroU64;

use jiff::civil::Date;
use serde::Deserialize;
use serde::Deserializer;
use serde::de::Error;

use crate::diagnose::Finding;
use crate::model::Frame;
use crate::rules::FramePattern;
use crate::rules::Level;
use crate::rules::RuleSet;
use crate::series::Row;
use crate::series::Series;
use crate::text::parse_bytes;
use crate::text::similar;

use super::own_rules::OWN_RULES;
use super::policy_fleet::PolicyFleet;
use super::verdict::GateVerdict;

/// A policy file.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Policy {
    /// Levels by rule. They replace the rule's own level.
    pub levels: BTreeMap<String, Level>,
    /// Limits whose excess is denied.
    pub limits: GateLimits,
    /// Limits of the process for which the report makes a forecast. They deny nothing.
    pub outlook: PolicyOutlook,
    /// What agents may do. The gate does not use it.
    pub agents: PolicyAgents,
    /// Owners, and what is worth a message. The gate does not use it.
    pub fleet: PolicyFleet,
    /// Exceptions: accepted findings.
    pub allow: Vec<AllowEntry>,
}

/// Limits whose excess is denied. `None` means no limit.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct GateLimits {
    /// Maximum goroutines that one stack may gain.
    pub max_growth: Option<u64>,
    /// Maximum goroutines that all stacks may gain together.
    pub max_total_growth: Option<u64>,
    /// Maximum gain of one stack as a share of its first count: 0.2 is a fifth.
    pub max_growth_share: Option<f64>,
    /// Maximum goroutines in total.
    pub max_goroutines: Option<u64>,
    /// Maximum minutes that a goroutine may wait, as recorded by tracebacks.
    pub max_age_minutes: Option<u32>,
}

/// Limits of the process for which the report makes a forecast. `None` makes none.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PolicyOutlook {
    /// Goroutines.
    pub limit_goroutines: Option<NonZeroU64>,
    /// Live heap and stacks in bytes, written like `4GiB`.
    #[serde(deserialize_with = "size")]
    pub limit_memory: Option<u64>,
}

fn size<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    let text = String::deserialize(deserializer)?;
    parse_bytes(&text).map(Some).ok_or_else(|| D::Error::custom("write it like \"4GiB\" or \"512MiB\""))
}

/// What agents may do (`leakscope mcp`).
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PolicyAgents {
    /// The processes that they may capture, by the names that they know them by.
    pub targets: BTreeMap<String, String>,
}

/// An accepted finding. All conditions that are given must match.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AllowEntry {
    /// A service of a fleet. `*` matches any text. The gate, which knows no service, passes over an entry with one.
    pub service: Option<String>,
    /// A function anywhere on the stack. `*` matches any text.
    pub function: Option<String>,
    /// The outermost function.
    pub entry: Option<String>,
    /// The function that ran the `go` statement.
    pub spawn: Option<String>,
    /// The rule of the finding.
    pub rule: Option<String>,
    /// A label that all goroutines have: `key=value`.
    pub label: Option<String>,
    /// A fingerprint or a prefix of one.
    pub fingerprint: Option<String>,
    /// Why it is accepted.
    pub reason: String,
    /// The last day on which the entry is valid; `None` means forever.
    pub until: Option<Date>,
    /// The accepted number of goroutines; `None` accepts any number.
    pub count: Option<u64>,
}

/// A policy that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{file}: {message}")]
#[non_exhaustive]
pub struct PolicyError {
    /// The file.
    pub file: String,
    /// What is wrong, and where in the file.
    pub message: String,
    /// What was probably meant; `None` if nothing is similar.
    pub hint: Option<String>,
}

impl Policy {
    /// Parses a policy for these rules. An unknown key, level or rule is an error that names its place in the file.
    pub fn parse(file: &str, text: &str, rules: &RuleSet) -> Result<Self, PolicyError> {
        let error = |message: String| PolicyError { file: file.to_owned(), message, hint: None };
        let policy: Policy = toml::from_str(text)
            .map_err(|it| PolicyError { hint: meant(it.message()), ..error(it.to_string()) })?;
        let in_entries = policy.allow.iter().filter_map(|entry| entry.rule.as_ref());
        for rule in policy.levels.keys().chain(in_entries) {
            if !is_rule(rule, rules) {
                let known = rules.rules.iter().map(|it| it.id.as_ref()).chain(OWN_RULES);
                let line = line_of(text, rule).map_or(String::new(), |line| format!("line {line}: "));
                return Err(PolicyError {
                    hint: similar(rule, known).map(did_you_mean),
                    ..error(format!("{line}there is no rule {rule}"))
                });
            }
        }
        for entry in &policy.allow {
            if entry.reason.trim().is_empty() {
                return Err(error(format!("the allow entry {} has no reason", entry.name())));
            }
            if entry.name().is_empty() {
                let keys = "service, function, entry, spawn, rule, label or fingerprint";
                return Err(error(format!("an allow entry has no condition: add {keys}")));
            }
            if entry.service.is_some() && (entry.until.is_none() || entry.label.is_some()) {
                let name = entry.name();
                return Err(error(format!(
                    "the allow entry {name} is of a service: it needs until, and takes no label"
                )));
            }
        }
        match policy.fleet.fault() {
            Some(fault) => Err(error(fault)),
            None => Ok(policy),
        }
    }

    /// Sets the level of accepted findings to allow, and reports what was allowed and which entries are stale.
    pub(super) fn apply(
        &self,
        series: &Series,
        findings: &mut [Finding],
        today: Date,
        verdict: &mut GateVerdict,
    ) {
        for entry in self.allow.iter().filter(|it| it.service.is_none()) {
            let name = entry.name();
            if let Some(until) = entry.until.filter(|until| *until < today) {
                verdict.remarks.push(format!("the allow entry {name} expired on {until}"));
                continue;
            }
            let there: i128 =
                series.rows.iter().filter(|row| entry.matches(series, row)).map(Row::count).sum();
            if let Some(pinned) = entry.count
                && there > 0
                && there < i128::from(pinned)
            {
                verdict
                    .remarks
                    .push(format!("the allow entry {name} pins {pinned} goroutines, but there are only {there}: lower the count"));
            }
            let mut used = there > 0;
            for finding in findings.iter_mut() {
                let rows = finding.rows.iter().filter_map(|row| series.rows.get(*row));
                let all = entry.rule.as_ref().is_none_or(|rule| *rule == finding.rule)
                    && rows.clone().all(|row| entry.matches(series, row));
                if !all {
                    continue;
                }
                used = true;
                let too_many = entry.count.is_some_and(|pinned| finding.count > i128::from(pinned));
                if too_many || finding.level == Level::Allow {
                    continue;
                }
                finding.level = Level::Allow;
                let until = entry.until.map_or(String::new(), |until| format!(" until {until}"));
                verdict
                    .allowed
                    .push(format!("{}: {} ({}{until})", finding.rule, finding.message, entry.reason));
            }
            if !used {
                verdict.unused_allows.push(name);
            }
        }
    }
}

fn is_rule(id: &str, rules: &RuleSet) -> bool {
    OWN_RULES.contains(&id) || rules.find(id).is_some()
}

/// The line on which a policy names a rule, from 1.
fn line_of(text: &str, rule: &str) -> Option<usize> {
    let names = |line: &str| line.split('#').next().is_some_and(|line| line.contains(rule));
    text.lines().position(names).map(|line| line + 1)
}

/// What was meant by a word that a TOML error quotes first, before the words that it allows.
fn meant(message: &str) -> Option<String> {
    let mut quoted = message.split('`').skip(1).step_by(2);
    let wrong = quoted.next()?;
    similar(wrong, quoted).map(did_you_mean)
}

fn did_you_mean(word: &str) -> String {
    format!("did you mean {word}?")
}

impl AllowEntry {
    /// Its conditions, for people.
    pub fn name(&self) -> String {
        let parts = [
            ("service", &self.service),
            ("function", &self.function),
            ("entry", &self.entry),
            ("spawn", &self.spawn),
            ("rule", &self.rule),
            ("label", &self.label),
            ("fingerprint", &self.fingerprint),
        ];
        let given = parts.into_iter().filter_map(|(key, value)| Some(format!("{key} {}", value.as_ref()?)));
        given.collect::<Vec<_>>().join(", ")
    }

    /// Whether its conditions match a row, except for `rule`, which belongs to the finding.
    fn matches(&self, series: &Series, row: &Row) -> bool {
        let name = |frame: Frame| series.names.function_name(frame.function);
        let holds = |pattern: &Option<String>, frame: Option<Frame>| {
            pattern.as_ref().is_none_or(|it| FramePattern::new(it).matches(frame.map(name).into_iter()))
        };
        let mut labels = row.facts.common_labels();
        let mut has_label =
            |label: &String| labels.any(|(key, value)| label.split_once('=') == Some((key, value)));
        let frames = || row.stack.frames(&series.names).map(name);
        self.function.as_ref().is_none_or(|it| FramePattern::new(it).matches(frames()))
            && holds(&self.entry, row.stack.last(&series.names))
            && holds(&self.spawn, row.facts.spawn_site(true).map(|fact| fact.value))
            && self.label.as_ref().is_none_or(&mut has_label)
            && self.fingerprint.as_ref().is_none_or(|it| row.fingerprint.to_string().starts_with(it.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policies() {
        let check = |text: &str, expected: &str| {
            let outcome =
                Policy::parse("leakscope.toml", text, &RuleSet::built_in()).map(|_| "ok".to_owned());
            let said = |error: PolicyError| format!("{error} {}", error.hint.clone().unwrap_or_default());
            let said = outcome.unwrap_or_else(said);
            assert!(said.contains(expected), "{text}: {said}");
        };
        check("", "ok");
        check("[limits]\nmax_growth = 3\n[levels]\ngrew = \"warn\"\n", "ok");
        check("max_growht = 3\n", "line 1, column 1");
        check("[limits]\nmax_grow = 5\n", "line 2, column 1");
        check("[limits]\nmax_grow = 5\n", "did you mean max_growth?");
        check("[limit]\nmax_growth = 5\n", "did you mean limits?");
        check("[levels]\nselect-stuck = \"wran\"\n", "line 2, column 16");
        check("[levels]\nselect-stuck = \"warning\"\n", "unknown variant `warning`");
        check("[levels]\ngrew = \"deny\"\nmax-growth = \"warn\"\n", "ok");
        // Unit tests have no built-in rules: see tests/cli/mistakes.trycmd.
        check("# max-grow\n[levels]\nmax-grow = \"deny\"\n", "line 3: there is no rule max-grow");
        check("[levels]\nmax-grow = \"deny\"\n", "did you mean max-growth?");
        check("[levels]\nnothing-like-it-at-all = \"deny\"\n", "there is no rule nothing-like-it-at-all ");
        check("[[allow]]\nrule = \"over-basline\"\nreason = \"x\"\n", "did you mean over-baseline?");
        check("[outlook]\nlimit_goroutines = 100000\nlimit_memory = \"4GiB\"\n", "ok");
        check("[outlook]\nlimit_memory = \"4 parsec\"\n", "line 2, column 16");
        check("[outlook]\nlimit_memory = \"4 parsec\"\n", "write it like \"4GiB\"");
        check("[outlook]\nlimit_goroutines = 0\n", "line 2, column 20");
        check("[[allow]]\nfunction = \"main.f\"\nreason = \" \"\n", "has no reason");
        check("[[allow]]\nreason = \"x\"\n", "has no condition");
        check("[[allow]]\nservice = \"batch-*\"\nuntil = \"2027-01-31\"\nreason = \"x\"\n", "ok");
        check(
            "[[allow]]\nservice = \"batch-*\"\nreason = \"x\"\n",
            "service batch-* is of a service: it needs until",
        );
        check("[fleet]\nshared = [\"@platform\"]\n[[fleet.owner]]\nservice = \"a\"\nowner = \"@a\"\n", "ok");
        check("[[fleet.owner]]\nowner = \"@a\"\n", "the owner @a has no condition");
        check("[fleet]\ntell_rms = -1\n", "fleet.tell_rms is no number of goroutines");
        check("[fleet]\nowners = 3\n", "did you mean owner?");
        check("[[allow]]\nfunction = \"main.f\"\nreason = \"x\"\nuntil = \"2027-01-31\"\ncount = 4\n", "ok");
    }
}
