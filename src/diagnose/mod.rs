//! A series and rules to findings: what is wrong, how we know, what to change.
//!
//! **Invariant:** nothing here counts or decides on growth; it reads verdicts and facts. A finding says what is stated,
//! what is inferred, and leaves out what is neither.

mod candidate;
mod condition;
mod evidence;
mod finding;
mod heap_held;
mod message;
mod merge;
mod world;

use crate::rules::RuleSet;
use crate::series::Series;
use condition::CompiledRule;
use world::World;

pub use finding::Confidence;
pub use finding::Finding;
pub use heap_held::HeapHeld;
pub use heap_held::heap_held;

/// Findings of a series, what to act on first.
pub fn diagnose(series: &Series, rules: &RuleSet) -> Vec<Finding> {
    let world = World::new(series, rules);
    let compiled: Vec<CompiledRule<'_>> = rules.rules.iter().map(CompiledRule::new).collect();
    let candidates = candidate::candidates(&world, &compiled);
    let mut findings = merge::findings(&world, candidates);
    findings.sort_by(|a, b| {
        let order = |it: &Finding| (it.confidence, it.level, it.gain.max(0), it.count);
        order(b).cmp(&order(a)).then_with(|| a.fingerprints.cmp(&b.fingerprints))
    });
    findings
}

/// The rules that hold for each row, the most particular first: what `explain` and the proofs of the rules look at.
pub fn matching<'r>(series: &Series, rules: &'r RuleSet) -> Vec<Vec<&'r str>> {
    let world = World::new(series, rules);
    let compiled: Vec<CompiledRule<'r>> = rules.rules.iter().map(CompiledRule::new).collect();
    (0..series.rows.len())
        .map(|row| compiled.iter().filter(|rule| rule.holds(&world, row)).map(|rule| rule.rule.id.as_str()).collect())
        .collect()
}
