//! Checks a rule against its own examples.

use crate::decode::Decoded;
use crate::decode::Limits;
use crate::decode::decode;
use crate::diagnose::matching;
use crate::group::By;
use crate::model::Snapshot;
use crate::rules::Example;
use crate::rules::Rule;
use crate::rules::RuleSet;
use crate::series::Series;
use crate::stacks::Filter;

/// Rules up to this priority are remarks: they may hold for a group together with a rule that says more.
const MAX_REMARK_PRIORITY: u8 = 20;

/// Checks a rule against its own examples, with all rules in force. Returns one sentence per fault; empty if the rule is the first
/// that holds in each of `fires`, and does not hold in any of `stays_quiet`.
pub fn verify_rule(rule: &Rule, rules: &RuleSet) -> Vec<String> {
    let mut faults = Vec::new();
    let mut check = |example: &Example, fault: &dyn Fn(&[Vec<&str>]) -> Option<String>| {
        let fault = match matching_rules(example, rules) {
            Ok(groups) => fault(&groups),
            Err(error) => Some(error),
        };
        faults.extend(fault.map(|fault| format!("{}: {}: {fault}", rule.id, example.why)));
    };
    let id = rule.id.as_ref();
    for example in rule.fires.iter() {
        check(example, &|groups| {
            let is_first = groups.iter().any(|ids| ids.first() == Some(&id));
            let is_remark =
                rule.priority <= MAX_REMARK_PRIORITY && groups.iter().any(|ids| ids.contains(&id));
            (!is_first && !is_remark).then(|| format!("it should be first of {groups:?}"))
        });
    }
    for example in rule.stays_quiet.iter() {
        check(example, &|groups| {
            groups.iter().any(|ids| ids.contains(&id)).then(|| "it should stay quiet".to_owned())
        });
    }
    faults
}

/// The ids of the rules that hold for each group in the last dump of an example. Its dumps are a minute apart.
fn matching_rules<'r>(example: &Example, rules: &'r RuleSet) -> Result<Vec<Vec<&'r str>>, String> {
    let mut snapshots = Vec::new();
    for (dump, minute) in example.dumps.iter().zip(1i64..) {
        let decoded = decode(dump.trim_start().as_bytes(), &Limits::default());
        let profile = match decoded.map_err(|error| format!("dump {minute}: {error}"))? {
            Decoded::Goroutines(profile) => profile,
            Decoded::Heap(_) => return Err(format!("dump {minute}: a heap profile has no goroutines")),
        };
        let mut snapshot = Snapshot::from_profile(format!("dump {minute}"), profile);
        snapshot.taken_at = Some(minute * 60_000_000_000);
        snapshots.push(snapshot);
    }
    let series = Series::build(snapshots.into_iter(), &By::default(), &Filter::default());
    Ok(matching(&series, rules))
}
