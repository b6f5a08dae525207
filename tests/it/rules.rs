//! Every rule's proof against all rules: it fires where it says so, first, and stays quiet on its near miss.

use std::collections::BTreeSet;
use std::path::Path;

use leakscope::pipeline::faults_of;
use leakscope::rules::BUILT_IN;
use leakscope::rules::Rule;
use leakscope::rules::RuleSet;

#[test]
fn every_proof_holds() {
    let rules = RuleSet::built_in_with_examples();
    let faults: Vec<String> = rules.rules.iter().flat_map(|rule| faults_of(rule, &rules)).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn a_proof_that_does_not_hold_is_told() {
    let mut rules = RuleSet::built_in_with_examples();
    let mut rule: Rule = rules.find("chan-send-stuck").expect("it comes with leakscope").clone();
    rule.when.blocked_on = vec!["channel receive".into()].into();
    rules.extend(vec![rule.clone()]);
    assert_eq!(faults_of(&rule, &rules).len(), 2);
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
    for rule in RuleSet::built_in().rules.iter() {
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
    for rule in RuleSet::built_in().rules.iter() {
        for cause in rule.causes.iter() {
            assert!(CAUSES.contains(&cause.as_ref()), "{} names {cause}", rule.id);
        }
        assert!(rule.causes.len() <= 3, "{} names more than three causes", rule.id);
    }
}
