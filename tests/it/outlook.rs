//! When growth reaches a limit: from the rate of what grows, and from nothing else.

use std::path::Path;

use serde_json::Value;

use crate::support;

/// The document of a command over inputs, with both limits.
fn document(command: &str, inputs: &[&Path], goroutines: &str, memory: &str) -> Value {
    let mut arguments: Vec<&str> = command.split(' ').collect();
    arguments.extend(["--format=json", "--limit-goroutines", goroutines, "--limit-memory", memory]);
    arguments.extend(inputs.iter().map(|it| it.to_str().expect("folders of tests are text")));
    let output = support::leakscope(&arguments);
    serde_json::from_slice(&output.stdout).expect("the command prints a document")
}

fn number(entry: &Value, key: &str) -> f64 {
    entry[key].as_f64().unwrap_or_else(|| panic!("{key} of {entry}"))
}

#[test]
fn growth_reaches_both_limits() {
    let shop = support::root("testdata/series/shop");
    for command in ["diff", "gate --isolated"] {
        let document = document(command, &[&shop], "100000", "4GiB");
        let finding = &document["findings"][0];
        // One finding is all growth here.
        assert_eq!(finding["outlook"], document["outlook"], "{command}");
        let [goroutines, memory] = finding["outlook"].as_array().expect("a list").as_slice() else {
            panic!("{command}: {finding}");
        };
        assert_eq!(number(goroutines, "now"), 326.0);
        assert_eq!(number(goroutines, "per_hour"), number(&document["groups"][0]["growth"], "per_hour"));
        let held = &document["groups"][0]["heap_held"];
        let each = number(held, "bytes_each") + 2048.0;
        let ratio = number(memory, "per_hour") / number(goroutines, "per_hour");
        assert!((ratio / each - 1.0).abs() < 1e-9, "{command}: {ratio} and {each}");
        for entry in [goroutines, memory] {
            let there = number(entry, "now") + number(entry, "per_hour") * number(entry, "hours");
            assert!((there / number(entry, "limit") - 1.0).abs() < 1e-9, "{command}: {entry}");
            assert_eq!(entry["basis"], "inferred");
        }
    }
}

#[test]
fn no_forecast_where_none_is_possible() {
    let step = |name: &str| support::root("testdata/series/shop").join(name);
    let unknown = |document: &Value, expected: [&str; 2]| {
        for finding in document["findings"].as_array().expect("a list") {
            assert_eq!(finding["outlook"], Value::Array(Vec::new()), "{finding}");
        }
        assert_eq!(document["outlook"].as_array().map(Vec::len), Some(2), "{document}");
        for (entry, why) in document["outlook"].as_array().expect("a list").iter().zip(expected) {
            assert_eq!(entry["unknown"], why, "{entry}");
            assert_eq!(entry["hours"], Value::Null);
        }
    };
    // Two counts show that it grew, and no more.
    let two = [&*step("20261124T064632.058Z"), &*step("20261124T064642.059Z")];
    unknown(&document("diff", &two, "5000", "4GiB"), ["nothing is sure to grow"; 2]);
    // A text of counts has no time.
    let untimed: Vec<_> = support::entries(&support::root("testdata/series/shop"))
        .iter()
        .map(|it| it.join("goroutine.debug2.txt"))
        .collect();
    let untimed: Vec<&Path> = untimed.iter().map(|it| it.as_path()).collect();
    unknown(
        &document("diff", &untimed, "5000", "4GiB"),
        ["the snapshots have no times, or not in order", "there is no heap profile of the last snapshot"],
    );
    // A noisy or constant service has no rate, whatever its count.
    for case in ["pool", "quiet", "churn"] {
        let capture = support::root(&format!("testdata/programs/{case}/go1.27.3"));
        let document = document("diff", &[capture.as_path(); 6], "5000", "4GiB");
        unknown(&document, ["nothing is sure to grow", "there is no heap profile of the last snapshot"]);
    }
}

#[test]
fn a_policy_names_limits_and_a_flag_overrides_it() {
    let folder = tempfile::tempdir().expect("the temporary folder can be written");
    let policy = folder.path().join("policy.toml");
    std::fs::write(&policy, "[outlook]\nlimit_goroutines = 300\nlimit_memory = \"1GiB\"\n")
        .expect("it was made");
    let policy = policy.to_str().expect("folders of tests are text");
    let shop = support::root("testdata/series/shop");
    let shop = shop.to_str().expect("folders of tests are text");
    let limits = |flags: &[&str]| {
        let output =
            support::leakscope(&[&["gate", "--format=json", "--policy", policy, shop], flags].concat());
        // A forecast denies nothing by itself, and lets nothing pass.
        assert_eq!(output.status.code(), Some(1));
        let document: Value = serde_json::from_slice(&output.stdout).expect("the command prints a document");
        let entries = document["outlook"].as_array().expect("a list").clone();
        entries.iter().map(|it| (number(it, "limit"), number(it, "hours") > 0.0)).collect::<Vec<_>>()
    };
    assert_eq!(limits(&[]), [(300.0, false), (1_073_741_824.0, true)]);
    assert_eq!(limits(&["--limit-goroutines", "400"]), [(400.0, true), (1_073_741_824.0, true)]);
}
