//! The three forms of one process tell of the same goroutines: the same groups with the same counts.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::path::Path;
use std::path::PathBuf;

use leakscope::report::GroupLine;
use leakscope::report::Report;
use serde_json::Value;

use crate::support;

const TESTDATA: [&str; 3] = ["goroutine.pb.gz", "goroutine.debug1.txt", "goroutine.debug2.txt"];
const SHARED: [&str; 3] = ["goroutine.pb.gz", "goroutine.1.txt", "goroutine.2.txt"];

/// The three forms of one snapshot: protobuf, `debug=1` text, traceback.
struct Forms {
    reports: [(&'static str, Report); 3],
}

impl Forms {
    fn read(folder: &Path, files: [&str; 3]) -> Self {
        let [pprof, counts, traceback] = files.map(|file| support::top(&folder.join(file)));
        Forms { reports: [("pprof", pprof), ("debug1", counts), ("debug2", traceback)] }
    }

    fn groups(&self) -> impl Iterator<Item = &GroupLine> {
        self.reports.iter().flat_map(|(_, report)| &report.groups)
    }
}

/// Whether the goroutine works because the profile was asked for: who writes it, the server that accepts the request,
/// its connections.
fn is_of_the_capture(group: &GroupLine) -> bool {
    let starts = |prefix: &str| group.stack.iter().any(|frame| frame.function.starts_with(prefix));
    if starts("runtime/pprof.") || starts("net/http/pprof.") {
        return true;
    }
    // The loop that accepts was caught between two waits.
    if starts("net/http.(*Server).Serve") {
        return true;
    }
    let Some(entry) = group.stack.last() else {
        return true;
    };
    match entry.function.as_str() {
        // A connection between two requests. A handler that waits is not one.
        "net/http.(*conn).serve" => group.site.is_none(),
        "net/http.(*connReader).backgroundRead" | "net/http.(*connReader).startBackgroundRead.gowrap1" => {
            true
        }
        // Just made: the wrapper of the `go` statement has not called anything yet.
        function => group.stack.len() == 1 && function.contains(".gowrap"),
    }
}

fn is_running(group: &GroupLine) -> bool {
    matches!(group.state.as_deref(), Some("running" | "runnable"))
}

fn leaf(group: &GroupLine) -> &str {
    group.stack.first().map_or("", |frame| &frame.function)
}

/// Where the forms of these snapshots differ, in words.
fn differences(snapshots: &[PathBuf], files: [&str; 3]) -> Vec<String> {
    let mut differ = Vec::new();
    let mut compared = 0;
    for folder in snapshots {
        let forms = Forms::read(folder, files);
        for (group, counts) in counts(&forms) {
            compared += 1;
            if counts.iter().any(|count| *count != counts[0]) {
                differ.push(format!("{}: {group}: {counts:?}", folder.display()));
            }
        }
    }
    assert!(
        compared > snapshots.len(),
        "only {compared} groups of {} snapshots were compared",
        snapshots.len()
    );
    differ
}

/// The goroutines of each group in the three forms.
fn counts(forms: &Forms) -> BTreeMap<String, [i128; 3]> {
    let running: BTreeSet<&str> =
        forms.groups().filter(|it| is_running(it)).map(|it| it.fingerprint.as_str()).collect();
    // Go cuts each form at another depth, so that a cut stack has no equal: such goroutines are counted by their leaf.
    let cut: BTreeSet<&str> = forms.groups().filter(|it| it.cut).map(leaf).collect();
    let mut counts: BTreeMap<String, [i128; 3]> = BTreeMap::new();
    for (form, (_, report)) in forms.reports.iter().enumerate() {
        for group in &report.groups {
            if is_of_the_capture(group) || running.contains(group.fingerprint.as_str()) {
                continue;
            }
            let name = if cut.contains(leaf(group)) { "cut" } else { &group.fingerprint };
            counts.entry(format!("{} {name}", leaf(group))).or_default()[form] += group.count();
        }
    }
    counts
}

/// The goroutines that wait at each of the sites: a goroutine waits at the innermost of them that its stack holds.
fn waiting(report: &Report, sites: &[&Value]) -> Vec<i128> {
    let functions: Vec<String> = sites.iter().map(|site| support::unescaped(function(site))).collect();
    let mut counts = vec![0; sites.len()];
    for group in &report.groups {
        let mut frames = group.stack.iter().map(|frame| support::unescaped(&frame.function));
        if let Some(site) = frames.find_map(|frame| functions.iter().position(|function| *function == frame))
        {
            counts[site] += group.count();
        }
    }
    counts
}

fn function(site: &Value) -> &str {
    site["blocked_function"].as_str().expect("a site of a leak names its function")
}

#[test]
fn testdata_forms_agree() {
    let differ = differences(&support::captures(), TESTDATA);
    assert!(differ.is_empty(), "{} differ:\n{}", differ.len(), differ.join("\n"));
}

/// Where the three forms count other goroutines at a site than the program itself did, in words.
fn wrong_counts(folder: &Path, files: [&str; 3], sites: &[&Value], truth: &[&Value]) -> Vec<String> {
    let mut wrong = Vec::new();
    for (form, report) in Forms::read(folder, files).reports {
        for ((site, truth), got) in sites.iter().zip(truth).zip(waiting(&report, sites)) {
            if truth.as_i64().map(i128::from) != Some(got) {
                wrong.push(format!("{} {form}: {}: {got}, truth {truth}", folder.display(), function(site)));
            }
        }
    }
    wrong
}

#[test]
fn testdata_counts_are_the_truth() {
    let mut wrong = Vec::new();
    let mut leaking = 0;
    for folder in support::captures() {
        let truth = support::json(&folder.join("truth.json"));
        let (sites, counts): (Vec<&Value>, Vec<&Value>) = match truth["sites"].as_array() {
            Some(sites) => sites.iter().map(|site| (site, &site["count"])).unzip(),
            None if truth["leaked"] == 0 => continue,
            None => (vec![&truth], vec![&truth["leaked"]]),
        };
        leaking += 1;
        wrong.extend(wrong_counts(&folder, TESTDATA, &sites, &counts));
    }
    assert!(leaking >= 20, "only {leaking} captures leak");
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// The scenarios of the shared captures: each has one folder for each snapshot.
fn scenarios(shared: &Path) -> Vec<PathBuf> {
    let versions = support::entries(&shared.join("versions"));
    let corpus = support::entries(&shared.join("corpus"));
    let all = corpus.into_iter().chain(versions.iter().flat_map(|version| support::entries(version)));
    let scenarios: Vec<PathBuf> = all.filter(|it| it.join("0/goroutine.1.txt").exists()).collect();
    assert!(scenarios.len() > 60, "only {} scenarios", scenarios.len());
    scenarios
}

#[test]
fn shared_forms_agree() {
    let Some(shared) = support::shared() else { return };
    let snapshots: Vec<PathBuf> =
        scenarios(&shared).iter().flat_map(|scenario| support::steps(scenario)).collect();
    let differ = differences(&snapshots, SHARED);
    assert!(differ.is_empty(), "{} differ:\n{}", differ.len(), differ.join("\n"));
}

#[test]
fn shared_counts_are_the_truth() {
    let Some(shared) = support::shared() else { return };
    let mut wrong = Vec::new();
    for scenario in scenarios(&shared) {
        let truth = support::json(&scenario.join("truth.json"));
        // Also those that do not leak: a goroutine counts at one site alone.
        let sites: Vec<&Value> = truth["sites"].as_array().expect("a truth lists its sites").iter().collect();
        let sites: Vec<&Value> =
            sites.into_iter().filter(|site| site["blocked_function"].is_string()).collect();
        for (index, folder) in support::steps(&scenario).iter().enumerate() {
            let counts: Vec<&Value> = sites.iter().map(|site| &site["count_per_snapshot"][index]).collect();
            wrong.extend(wrong_counts(folder, SHARED, &sites, &counts));
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}
