//! The three forms of one process tell of the same goroutines: the same groups with the same counts.

#[expect(dead_code, reason = "this test needs a part of it")]
mod support;

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::path::Path;
use std::path::PathBuf;

use leakscope::report::GroupLine;
use leakscope::report::Report;
use serde_json::Value;

/// Programs whose goroutines come and go, so that two requests one after the other do not see the same: why.
const RESTLESS: [(&str, &str); 0] = [];

/// The three forms of one moment: protobuf, text of counts, traceback.
struct Forms {
    name: String,
    reports: [(&'static str, Report); 3],
}

impl Forms {
    fn read(folder: &Path, files: [&str; 3]) -> Self {
        let [pprof, counts, traceback] = files.map(|file| support::top(&folder.join(file)));
        let reports = [("pprof", pprof), ("debug1", counts), ("debug2", traceback)];
        Forms { name: folder.display().to_string(), reports }
    }

    fn groups(&self) -> impl Iterator<Item = &GroupLine> {
        self.reports.iter().flat_map(|(_, report)| &report.groups)
    }
}

/// Whether the goroutine is there because the profile was asked for: who writes it, and the connections of the server.
fn is_of_the_capture(group: &GroupLine) -> bool {
    let starts = |prefix: &str| group.stack.iter().any(|frame| frame.function.starts_with(prefix));
    if starts("runtime/pprof.") || starts("net/http/pprof.") {
        return true;
    }
    let Some(entry) = group.stack.last() else { return true };
    match entry.function.as_str() {
        // A connection between two requests. A handler that waits is not one.
        "net/http.(*conn).serve" => group.site.is_none(),
        "net/http.(*connReader).backgroundRead" | "net/http.(*connReader).startBackgroundRead.gowrap1" => true,
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

/// Where the forms differ, in words.
fn differences(forms: &Forms) -> Vec<String> {
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
    assert!(!counts.is_empty(), "{}: nothing is left to compare", forms.name);
    let differ = counts.into_iter().filter(|(_, [a, b, c])| a != b || b != c);
    differ.map(|(group, counts)| format!("{}: {group}: {counts:?}", forms.name)).collect()
}

/// The goroutines that wait at a site: those whose stack holds its function.
fn waiting(report: &Report, site: &Value) -> i128 {
    let function = site["blocked_function"].as_str().expect("a site of a leak names its function");
    report.groups.iter().filter(|group| support::holds(group, function)).map(GroupLine::count).sum()
}

#[test]
fn testdata_forms_agree() {
    let files = ["goroutine.pb.gz", "goroutine.debug1.txt", "goroutine.debug2.txt"];
    let differ: Vec<String> =
        support::captures().iter().flat_map(|folder| differences(&Forms::read(folder, files))).collect();
    assert!(differ.is_empty(), "{} differ:\n{}", differ.len(), differ.join("\n"));
}

#[test]
fn testdata_counts_are_the_truth() {
    let files = ["goroutine.pb.gz", "goroutine.debug1.txt", "goroutine.debug2.txt"];
    let mut wrong = Vec::new();
    let mut sites_seen = 0;
    for folder in support::captures() {
        let truth = support::json(&folder.join("truth.json"));
        let sites: Vec<(&Value, &Value)> = match truth["sites"].as_array() {
            Some(sites) => sites.iter().map(|site| (site, &site["count"])).collect(),
            None if truth["leaked"] == 0 => continue,
            None => vec![(&truth, &truth["leaked"])],
        };
        for (form, report) in Forms::read(&folder, files).reports {
            for (site, count) in &sites {
                sites_seen += 1;
                let got = waiting(&report, site);
                if Some(got) != count.as_i64().map(i128::from) {
                    wrong.push(format!("{} {form}: {}: {got}, truth {count}", folder.display(), site["blocked_function"]));
                }
            }
        }
    }
    assert!(sites_seen > 50, "only {sites_seen} sites were looked at");
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// The moments of the shared captures with the scenario of each.
fn shared_moments(shared: &Path) -> Vec<(String, PathBuf)> {
    let versions = support::entries(&shared.join("versions"));
    let scenarios = support::entries(&shared.join("corpus"));
    let scenarios = scenarios.into_iter().chain(versions.iter().flat_map(|version| support::entries(version)));
    let mut moments = Vec::new();
    for scenario in scenarios.filter(|it| it.is_dir()) {
        let steps = support::steps(&scenario).into_iter().filter(|step| step.join("goroutine.1.txt").exists());
        moments.extend(steps.map(|step| (support::name(&scenario).to_owned(), step)));
    }
    moments
}

#[test]
fn shared_forms_agree() {
    let Some(shared) = support::shared() else { return };
    let moments = shared_moments(&shared);
    assert!(moments.len() > 300, "only {} moments", moments.len());
    let mut differ = Vec::new();
    for (scenario, folder) in moments {
        if RESTLESS.iter().all(|(name, _)| *name != scenario) {
            let files = ["goroutine.pb.gz", "goroutine.1.txt", "goroutine.2.txt"];
            differ.extend(differences(&Forms::read(&folder, files)));
        }
    }
    assert!(differ.is_empty(), "{} differ:\n{}", differ.len(), differ.join("\n"));
}
