//! Changes a finding by what the source says of it: the order of its causes, its heading, and what to change.
//!
//! **Invariant:** neither its rule nor its level changes, so that a gate judges the same with and without source at hand.

use crate::diagnose::Finding;
use crate::diagnose::SourceCertainty;
use crate::rules::Rule;
use crate::rules::RuleKind;
use crate::rules::Text;
use crate::rules::advice_for;

use super::frame_line::FrameLine;
use super::from_source::advice_of;
use super::from_source::ending;
use super::from_source::replaces_rule;

/// Changes a finding by its [`source`](Finding::source), which may be empty. `rule` is the one that leads it, and `blocked` the
/// frame that the report names as blocked.
pub(super) fn apply_source(finding: &mut Finding, rule: Option<&Rule>, blocked: Option<&FrameLine>) {
    if finding.source.is_empty() {
        return;
    }
    if !is_heading_right(finding, rule) {
        let (heading, message) = finding.facts.clone();
        (finding.heading, finding.message) = (heading, message);
    }
    if let Some(advice) = advice(finding, rule, blocked) {
        finding.advice = advice;
        finding.sketch = String::new();
    }
    if drops_conclusions(finding, rule) {
        let Finding { evidence, main_evidence, conclusions, .. } = finding;
        [evidence, main_evidence].into_iter().for_each(|it| it.retain(|text| !conclusions.contains(text)));
    }
    reorder(finding);
}

/// Whether the source knows better what these goroutines wait for than what other stacks suggest.
pub(super) fn drops_conclusions(finding: &Finding, rule: Option<&Rule>) -> bool {
    finding.source.confirmed().is_some() || replaces_rule(finding, rule)
}

/// Whether the heading agrees with the source. What a rule concludes from other goroutines is less than what the source proves, and may
/// differ from it even if the cause has the same name.
fn is_heading_right(finding: &Finding, rule: Option<&Rule>) -> bool {
    let concludes = rule.is_some_and(|rule| rule.when.concludes_from_other_goroutines());
    !(replaces_rule(finding, rule) || concludes && finding.source.confirmed().is_some())
}

/// Moves causes that the source proves to the front, adds those that it suggests, and drops those that it refutes.
fn reorder(finding: &mut Finding) {
    let of = |certainty| finding.source.with(certainty).map(|it| &it.cause);
    let proven = of(SourceCertainty::Confirmed);
    let possible = finding.causes.iter().filter(|it| finding.source.contradicting(it).is_none());
    let ordered = proven.chain(possible).chain(of(SourceCertainty::Candidate));
    let mut causes: Vec<String> = Vec::new();
    for cause in ordered {
        if !cause.is_empty() && !causes.contains(cause) {
            causes.push(cause.clone());
        }
    }
    finding.causes = causes;
}

/// What to change instead of what the rule says, empty if nothing is known; `None` if the rule is right.
fn advice(finding: &Finding, rule: Option<&Rule>, blocked: Option<&FrameLine>) -> Option<String> {
    let leading = rule.and_then(leading_cause).unwrap_or_default();
    let is_signature = rule.is_some_and(|rule| rule.kind == RuleKind::Signature);
    if let Some(proven) = finding.source.confirmed() {
        if !proven.advice.is_empty() {
            return Some(advice_of(proven, blocked));
        }
        // A signature knows more than the cause: which object, and how it is closed.
        if proven.cause.is_empty() || (is_signature && proven.cause == leading) {
            return None;
        }
        let known = advice_for(&proven.cause).map(str::to_owned);
        return known.or_else(|| (proven.cause != leading).then(String::new));
    }
    let ending = ending(&finding.source.wakes);
    if let Some(refuting) = finding.source.contradicting(leading).filter(|_| !leading.is_empty()) {
        let candidates = finding.source.with(SourceCertainty::Candidate);
        let mut said = [refuting].into_iter().chain(candidates).filter(|it| !it.advice.is_empty());
        return said.next().map(|it| advice_of(it, blocked)).or(ending).or(Some(String::new()));
    }
    if ending.is_some() && !is_signature {
        return ending;
    }
    // A rule that knows the kind of wait alone knows less than a defect that is there.
    let is_kind_alone = rule.is_none_or(|rule| rule.when.is_kind_of_wait_alone()) && !is_signature;
    let candidate = finding.source.with(SourceCertainty::Candidate).next().filter(|_| is_kind_alone)?;
    match candidate.advice.as_str() {
        "" if candidate.cause == leading => None,
        "" => advice_for(&candidate.cause).map(str::to_owned),
        _ => Some(advice_of(candidate, blocked)),
    }
}

fn leading_cause(rule: &Rule) -> Option<&str> {
    rule.causes.first().map(Text::as_ref)
}
