//! Every rule's proof against all rules: it fires where it says so, first, and stays quiet on its near miss.

use std::collections::BTreeSet;
use std::path::Path;

use leakscope::decode::Limits;
use leakscope::diagnose::matching;
use leakscope::group::By;
use leakscope::group::Filter;
use leakscope::pipeline::Input;
use leakscope::pipeline::MomentInput;
use leakscope::pipeline::read_moment;
use leakscope::rules::BUILT_IN;
use leakscope::rules::Proof;
use leakscope::rules::RuleSet;
use leakscope::series::line_up;

/// The rules that hold for each group of a proof's last moment.
fn matched(rules: &RuleSet, id: &str, proof: &Proof) -> Vec<Vec<String>> {
    let moments = proof.dumps.iter().zip(0i64..).map(|(dump, minute)| {
        let file =
            Input { name: format!("{id}: {}", proof.why), bytes: dump.trim_start().as_bytes().to_vec() };
        let taken_at = Some((minute + 1) * 60_000_000_000);
        let origin = file.name.clone();
        let input = MomentInput { origin, files: vec![file], found: false, taken_at, go_version: None };
        read_moment(input, &Limits::default()).unwrap_or_else(|error| panic!("{error}: {error:?}"))
    });
    let series = line_up(moments, &By::default(), &Filter::default());
    matching(&series, rules).into_iter().map(|ids| ids.into_iter().map(str::to_owned).collect()).collect()
}

#[test]
fn every_rule_fires_first_on_its_proof() {
    let rules = RuleSet::built_in();
    let mut faults = Vec::new();
    for rule in &rules.rules {
        for proof in &rule.fires {
            let groups = matched(&rules, &rule.id, proof);
            // Remarks of a low priority stand beside what says more.
            let first = groups.iter().any(|ids| ids.first() == Some(&rule.id));
            let beside = rule.priority <= 20 && groups.iter().any(|ids| ids.contains(&rule.id));
            if !first && !beside {
                faults.push(format!("{}: {}: first are {groups:?}", rule.id, proof.why));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_rule_stays_quiet_on_its_near_miss() {
    let rules = RuleSet::built_in();
    let mut faults = Vec::new();
    for rule in &rules.rules {
        for proof in &rule.stays_quiet {
            let groups = matched(&rules, &rule.id, proof);
            if groups.iter().any(|ids| ids.contains(&rule.id)) {
                faults.push(format!("{}: {}: {groups:?}", rule.id, proof.why));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_file_is_registered_under_its_name() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/rules/builtin");
    let files: BTreeSet<String> = std::fs::read_dir(folder)
        .expect("the folder of rules is there")
        .map(|entry| entry.expect("it can be listed").file_name().to_string_lossy().into_owned())
        .collect();
    let registered: BTreeSet<String> = BUILT_IN.iter().map(|(id, _)| format!("{id}.toml")).collect();
    assert_eq!(files, registered);
    for rule in RuleSet::built_in().rules {
        assert!(registered.contains(&format!("{}.toml", rule.id)), "{} is not the name of its file", rule.id);
    }
}

/// The one vocabulary of mechanisms. Rules use no other words, so that reports of two years can be compared.
const CAUSES: [&str; 35] = [
    "abandoned-sender",
    "blocking-syscall",
    "busy-loop",
    "client-per-request",
    "cond-never-signalled",
    "deadlock-mutex",
    "exec-without-wait",
    "handler-outlived",
    "http-client-without-timeout",
    "iter-pull-without-stop",
    "library-bug",
    "lock-contention",
    "lock-held-across-wait",
    "missing-cancel",
    "missing-close",
    "missing-waitgroup-done",
    "nil-channel",
    "no-deadline-io",
    "no-receiver",
    "not-a-leak",
    "reader-writer-starvation",
    "receive-never-closed",
    "select-without-done",
    "semaphore-never-released",
    "signal-notify-without-stop",
    "sleep-loop",
    "timer-callback-blocks",
    "unbounded-spawn",
    "unclosed-body",
    "unclosed-db",
    "unclosed-pipe",
    "unclosed-rows",
    "unclosed-watcher",
    "unstopped-ticker",
    "wait-inside-counted",
];

#[test]
fn causes_are_of_the_vocabulary() {
    for rule in RuleSet::built_in().rules {
        for cause in &rule.causes {
            assert!(CAUSES.contains(&cause.as_str()), "{} names {cause}", rule.id);
        }
        assert!(rule.causes.len() <= 3, "{} names more than three causes", rule.id);
    }
}
