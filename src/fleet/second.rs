//! A second look at one instance: what a traceback and a goroutineleak profile add to the counts of its stacks.

use std::collections::BTreeMap;

use super::ObservedStack;
use super::observe::each_stack;
use crate::model::Snapshot;
use crate::rules::RuleSet;
use crate::stacks::Fingerprint;

/// What a second look saw of one stack of an instance.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StackLook {
    /// The goroutines that have it.
    pub count: u64,
    /// The rule of the finding that covers it; `None` if there is none.
    pub rule: Option<String>,
    /// How long they have waited; `None` without a traceback, or if it lists none of them.
    pub waits: Option<Waits>,
    /// How many Go's collector proved leaked; `None` without its profile.
    pub proven: Option<u64>,
}

/// How long goroutines have waited, as a traceback states it: in whole minutes, only from one minute on, and not of those that Go marks as
/// leaked since an earlier goroutineleak profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waits {
    /// The goroutines that the traceback lists.
    pub listed: u64,
    /// Those of which it states a wait.
    pub stated: u64,
    /// The shortest stated wait, in minutes; 0 if none is stated.
    pub least: u32,
    /// The stated wait in the middle, in minutes; 0 if none is stated.
    pub median: u32,
    /// The longest stated wait, in minutes; 0 if none is stated.
    pub most: u32,
}

/// Groups the snapshot of a second look by stack. The answer has the stacks of which it says more than a count.
pub fn observe_again(snapshot: Snapshot, rules: &RuleSet) -> Vec<(ObservedStack, StackLook)> {
    let mut looks: BTreeMap<Fingerprint, (ObservedStack, StackLook, Vec<u32>, u64)> = BTreeMap::new();
    each_stack(snapshot, rules, |row, count, stack| {
        let make = || (stack(), StackLook::default(), Vec::new(), 0);
        let (_, look, minutes, listed) = looks.entry(row.fingerprint).or_insert_with(make);
        look.count = look.count.saturating_add(count);
        *listed += row.facts.goroutines().len() as u64;
        minutes.extend(row.facts.minutes());
        if let Some(proven) = row.facts.proven() {
            let proven = u64::try_from(proven).unwrap_or(0);
            look.proven = Some(look.proven.unwrap_or(0).saturating_add(proven));
        }
    });
    let looks = looks.into_values().map(|(stack, look, minutes, listed)| {
        let look = StackLook { rule: stack.rule.clone(), waits: waits(listed, minutes), ..look };
        (stack, look)
    });
    looks
        .filter(|(_, it)| it.rule.is_some() || it.waits.is_some() || it.proven.is_some_and(|n| n > 0))
        .collect()
}

fn waits(listed: u64, mut minutes: Vec<u32>) -> Option<Waits> {
    minutes.sort_unstable();
    let at = |position: usize| minutes.get(position).copied().unwrap_or(0);
    let (stated, last) = (minutes.len(), minutes.len().saturating_sub(1));
    let waits = Waits { listed, stated: stated as u64, least: at(0), median: at(last / 2), most: at(last) };
    (listed > 0).then_some(waits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_of_a_traceback_join_the_counts() {
        let counts = "goroutine profile: total 4\n\
            3 @ 0x1 0x2 0x3\n#\t0x1\truntime.gopark+0x1\t/go/src/runtime/proc.go:1\n\
            #\t0x2\truntime.chansend1+0x1\t/go/src/runtime/chan.go:9\n\
            #\t0x3\tmain.send+0x1\t/srv/a.go:12\n\n\
            1 @ 0x4\n#\t0x4\tmain.main+0x1\t/srv/a.go:2\n\n";
        let mut traceback = String::from("goroutine 1 [running]:\nmain.main()\n\t/srv/a.go:2 +0x1\n\n");
        for (id, wait) in [(5, ", 7 minutes"), (6, ", 90 minutes"), (7, "")] {
            traceback.push_str(&format!(
                "goroutine {id} [chan send{wait}]:\nmain.send()\n\t/srv/a.go:12 +0x1\ncreated by main.main in goroutine 1\n\t/srv/a.go:3 +0x1\n\n"
            ));
        }
        let read = |text: &str| Snapshot::from_bytes("a", text.as_bytes().to_vec()).expect("it is a profile");
        let snapshot = Snapshot { traceback: Some(read(&traceback).counts), ..read(counts) };
        let looks = observe_again(snapshot, &RuleSet::built_in());
        let found = looks.iter().find(|(stack, _)| stack.site.as_deref() == Some("main.send"));
        let (stack, look) = found.expect("the traceback lists them");
        assert_eq!(stack.spawn.as_deref(), Some("main.main\t/srv/a.go:3"));
        let waits = Waits { listed: 3, stated: 2, least: 7, median: 7, most: 90 };
        assert_eq!((look.count, look.waits, look.proven), (3, Some(waits), None));
    }
}
