//! A series and rules to findings: what is wrong, how we know, what to change.
//!
//! **Invariant:** nothing here counts or decides on growth; it reads verdicts and facts. A finding says what is stated,
//! what is inferred, and leaves out what is neither.

mod candidate;
mod condition;
mod context;
mod evidence;
mod finding;
mod forecast;
mod heap_held;
mod merge;
mod message;

use crate::rules::RuleSet;
use crate::series::Series;
use condition::CompiledRule;
use context::World;

pub use finding::Confidence;
pub use finding::Finding;
pub use forecast::Course;
pub use forecast::Outlook;
pub use forecast::OutlookLimits;
pub use forecast::Resource;
pub use forecast::outlook as forecast;
pub use heap_held::HeapHeld;
pub use heap_held::STACK_MIN;
pub use heap_held::heap_held;

/// What is wrong with a series, and what is known to be fine.
#[derive(Clone, Debug, Default)]
pub struct Diagnosis {
    /// Findings, what to act on first.
    pub findings: Vec<Finding>,
    /// What the rows are that are fine in their number, row by row: `None` for all others.
    pub background: Vec<Option<String>>,
}

/// Diagnoses a series. A finding is about a stack: groups of other kinds mix what has nothing in common, and have none.
pub fn diagnose(series: &Series, rules: &RuleSet) -> Diagnosis {
    let world = World::new(series, rules);
    let background = world.subjects.iter().map(|it| it.benign.map(str::to_owned)).collect();
    if !series.by.is_by_stack() {
        return Diagnosis { findings: Vec::new(), background };
    }
    let compiled: Vec<CompiledRule<'_>> = rules.rules.iter().map(CompiledRule::new).collect();
    let candidates = candidate::candidates(&world, &compiled);
    let mut findings = merge::findings(&world, candidates);
    findings.sort_by(|a, b| {
        let order = |it: &Finding| (it.confidence, it.level, it.gain.max(0), it.count);
        order(b).cmp(&order(a)).then_with(|| a.fingerprints.cmp(&b.fingerprints))
    });
    Diagnosis { findings, background }
}

/// All that is known of one row beside its facts.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// How we know what we say of it.
    pub evidence: Vec<String>,
    /// Rules that hold, the most particular first: name and title.
    pub matched: Vec<(String, String)>,
    /// Rules of which one condition alone does not hold: name, title, and what that condition is about.
    pub nearly: Vec<(String, String, String)>,
    /// What it is, if it is a background goroutine that is fine in this number.
    pub background: Option<String>,
}

/// Explains one row.
pub fn explain(series: &Series, rules: &RuleSet, row: usize) -> Explanation {
    let world = World::new(series, rules);
    let (mut matched, mut nearly) = (Vec::new(), Vec::new());
    for rule in rules.rules.iter() {
        let name = || (rule.id.to_string(), rule.title.to_string());
        match CompiledRule::new(rule).unmet(&world, row).as_slice() {
            [] => matched.push(name()),
            // A rule on frames that are not there is no near miss, nor is one that only asks for another class.
            [one] if *one != "its frames" && rule.when.is_particular() => {
                nearly.push((rule.id.to_string(), rule.title.to_string(), (*one).to_owned()))
            }
            _ => {}
        }
    }
    let background = world.subjects.get(row).and_then(|it| it.benign).map(str::to_owned);
    Explanation { evidence: evidence::evidence(&world, &[row]).all, matched, nearly, background }
}

/// The rules that hold for each row, the most particular first: what `explain` and the proofs of the rules look at.
pub fn matching<'r>(series: &Series, rules: &'r RuleSet) -> Vec<Vec<&'r str>> {
    let world = World::new(series, rules);
    let compiled: Vec<CompiledRule<'r>> = rules.rules.iter().map(CompiledRule::new).collect();
    (0..series.rows.len())
        .map(|row| {
            compiled.iter().filter(|rule| rule.holds(&world, row)).map(|rule| rule.rule.id.as_ref()).collect()
        })
        .collect()
}
