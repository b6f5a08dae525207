//! A series and rules to findings: what is wrong, how we know, what to change.
//!
//! **Invariant:** nothing here counts or decides on growth; it reads verdicts and facts. A finding keeps apart what is stated and what
//! is inferred, and contains nothing else.

mod candidate;
mod child_index;
mod children;
mod condition;
mod context;
mod deadlock;
mod evidence;
mod finding;
mod forecast;
mod heap_held;
mod heap_shares;
mod held_by;
mod lock_evidence;
mod locks;
mod merge;
mod message;
mod methods;
mod missing_partner;
mod mixture;
mod partner;
mod sentence;
mod source_patch;
mod source_verdict;

use crate::rules::RuleSet;
use crate::series::Series;
use crate::sort;
use condition::CompiledRule;
use context::DiagnosisContext;

pub use finding::Confidence;
pub use finding::Finding;
pub use forecast::Forecast;
pub use forecast::ForecastLimits;
pub use forecast::ForecastOutcome;
pub use forecast::Resource;
pub use forecast::Unknown;
pub use forecast::forecast;
pub use heap_held::HeapHeld;
pub use heap_held::STACK_MIN;
pub use heap_held::heap_held;
pub use heap_shares::HeapShares;
pub use mixture::mixture;
pub use source_patch::ChangedLines;
pub use source_patch::PatchTier;
pub use source_patch::SourceEdit;
pub use source_patch::SourcePatch;
pub use source_verdict::Construction;
pub use source_verdict::SourceCertainty;
pub use source_verdict::SourceEvidence;
pub use source_verdict::SourcePlace;
pub use source_verdict::SourceVerdict;
pub use source_verdict::SourceView;
pub use source_verdict::Wake;

/// What is wrong with a series, and what is known to be normal.
#[derive(Clone, Debug, Default)]
pub struct Diagnosis {
    /// The findings, most important first.
    pub findings: Vec<Finding>,
    /// For each row, what it is if it is a background goroutine in a normal number; `None` otherwise.
    pub background: Vec<Option<String>>,
}

/// Diagnoses a series. Findings are about stacks, because groups of other kinds mix unrelated goroutines: they have none.
pub fn diagnose(series: &Series, rules: &RuleSet) -> Diagnosis {
    let context = DiagnosisContext::new(series, rules);
    let background = context.rows.iter().map(|it| it.benign.map(str::to_owned)).collect();
    if !series.by.is_by_stack() {
        return Diagnosis { findings: Vec::new(), background };
    }
    let compiled: Vec<CompiledRule<'_>> = rules.rules.iter().map(CompiledRule::new).collect();
    let candidates = candidate::candidates(&context, &compiled);
    let mut findings = merge::findings(&context, &compiled, candidates);
    sort::by(&mut findings, |a, b| {
        let order = |it: &Finding| (it.confidence, it.level, it.gain.max(0), it.count);
        order(b).cmp(&order(a)).then_with(|| a.fingerprints.cmp(&b.fingerprints))
    });
    mixture::correct(&context, &mut findings);
    missing_partner::explain(&context, &mut findings);
    Diagnosis { findings, background }
}

/// All that is known about one row besides its facts.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// The evidence, as sentences.
    pub evidence: Vec<String>,
    /// The rules that hold, the most specific first: id and title.
    pub matched: Vec<(String, String)>,
    /// The rules of which exactly one condition does not hold: id, title, and the name of that condition.
    pub nearly: Vec<(String, String, String)>,
    /// What it is, if it is a background goroutine in a normal number; `None` otherwise.
    pub background: Option<String>,
}

/// Explains one row.
pub fn explain(series: &Series, rules: &RuleSet, row: usize) -> Explanation {
    let context = DiagnosisContext::new(series, rules);
    let (mut matched, mut nearly) = (Vec::new(), Vec::new());
    let mut leading = None;
    let compiled: Vec<CompiledRule<'_>> = rules.rules.iter().map(CompiledRule::new).collect();
    for compiled in &compiled {
        let rule = compiled.rule;
        let name = || (rule.id.to_string(), rule.title.to_string());
        match compiled.unmet(&context, row).as_slice() {
            [] => {
                leading = leading.or(Some(compiled));
                matched.push(name());
            }
            // A rule about missing frames or stacks is no near miss, nor is one that is about another kind of wait alone.
            [one] if *one != "its frames" && rule.when.is_particular_without(one) => {
                nearly.push((rule.id.to_string(), rule.title.to_string(), (*one).to_owned()))
            }
            _ => {}
        }
    }
    let background = context.rows.get(row).and_then(|it| it.benign).map(str::to_owned);
    Explanation { evidence: evidence::evidence(&context, &[row], leading).all, matched, nearly, background }
}

/// The ids of the rules that hold for each row, the most specific first.
pub fn matching<'r>(series: &Series, rules: &'r RuleSet) -> Vec<Vec<&'r str>> {
    let context = &DiagnosisContext::new(series, rules);
    let compiled: Vec<CompiledRule<'r>> = rules.rules.iter().map(CompiledRule::new).collect();
    let holding =
        |row| compiled.iter().filter(move |rule| rule.holds(context, row)).map(|it| it.rule.id.as_ref());
    context.rows.iter().map(|row| holding(row).collect()).collect()
}
