//! What was captured elsewhere: real profiles, dumps from public threads, Go's own leak tests, and series of servers
//! whose leaks are known. All of it is in the folder that LEAKSCOPE_SHARED names.

use std::path::Path;
use std::path::PathBuf;

use leakscope::decode::DecodeError;
use leakscope::decode::Decoded;
use leakscope::decode::Limits;
use leakscope::decode::decode;
use leakscope::group::Dimension;
use leakscope::report::GroupLine;
use leakscope::report::Report;
use leakscope::series::Change;
use regex_lite::Regex;
use serde_json::Value;

use crate::support;

fn decoded(path: &Path) -> Result<Decoded, DecodeError> {
    decode(&support::read(path), &Limits::default())
}

/// Fails with all faults at once, or if hardly anything was looked at.
fn done(looked_at: usize, at_least: usize, faults: &[String]) {
    assert!(looked_at >= at_least, "only {looked_at} were looked at, of {at_least}");
    assert!(faults.is_empty(), "{} of {looked_at}:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn real_profiles_are_read_or_refused_by_their_kind() {
    let Some(shared) = support::shared() else { return };
    let folder = shared.join("real/binary");
    let manifest = support::json(&folder.join("manifest.json"));
    let entries = manifest.as_array().expect("the manifest is a list");
    let mut faults = Vec::new();
    for entry in entries {
        let file = entry["file"].as_str().expect("an entry names its file");
        let kind = entry["kind"].as_str().expect("an entry has a kind");
        let fault = match decoded(&folder.join(file)) {
            Ok(Decoded::Goroutines(profile)) if kind == "goroutine" => {
                match entry["total_first_type"].as_i64() {
                    Some(total) => (profile.total() != i128::from(total))
                        .then(|| format!("{} goroutines, the manifest has {total}", profile.total())),
                    // The manifest counts none: the profile is a delta.
                    None => (!profile.is_delta).then(|| "not seen to be a delta".to_owned()),
                }
            }
            Ok(Decoded::Goroutines(_)) => Some("taken for a goroutine profile".to_owned()),
            Ok(Decoded::Heap(_)) => {
                (!kind.starts_with("heap")).then(|| "taken for a heap profile".to_owned())
            }
            Err(error) if kind == "goroutine" || kind == "heap" => Some(error.to_string()),
            Err(_) => None,
        };
        faults.extend(fault.map(|fault| format!("{file} ({kind}): {fault}")));
    }
    done(entries.len(), 100, &faults);
}

#[test]
fn real_dumps_are_read() {
    let Some(shared) = support::shared() else { return };
    let mut faults = Vec::new();
    let files: Vec<PathBuf> = support::entries(&shared.join("real/files"))
        .into_iter()
        .filter(|it| support::name(it) != "SOURCES.md")
        .collect();
    for file in &files {
        match decoded(file) {
            Ok(Decoded::Goroutines(profile)) if profile.total() > 0 => {}
            Ok(other) => faults.push(format!("{}: {other:?}", file.display())),
            Err(error) => faults.push(format!("{}: {error}", file.display())),
        }
    }
    done(files.len(), 14, &faults);
}

/// The folders with a `truth.json`, with it.
fn cases(folder: &Path) -> Vec<(PathBuf, Value)> {
    let with_truth = |case: PathBuf| {
        let truth = case.join("truth.json");
        truth.exists().then(|| (case, support::json(&truth)))
    };
    support::entries(folder).into_iter().filter_map(with_truth).collect()
}

/// Public dumps that are not read whole yet: other tools' output, log formats that no decoder knows. The list may only shrink.
const NOT_READ_YET: [&str; 3] =
    ["btcd-1228-header-only", "influxdb-8500-blockprofile", "prometheus-1873-panicparse"];

#[test]
fn dumps_of_public_threads_show_the_leaking_function() {
    let Some(shared) = support::shared() else { return };
    let mut cases = cases(&shared.join("cases"));
    cases.retain(|(case, _)| !NOT_READ_YET.contains(&support::name(case)));
    let mut faults = Vec::new();
    for (case, truth) in &cases {
        let files = support::entries(case);
        let is_dump =
            |it: &&PathBuf| ["dump", "profile"].iter().any(|start| support::name(it).starts_with(start));
        let newest = files.iter().rfind(is_dump).expect("a case has its dump");
        let report = match decoded(newest) {
            Ok(_) => support::top(newest),
            Err(error) => {
                faults.push(format!("{}: {error}", newest.display()));
                continue;
            }
        };
        if report.groups.is_empty() {
            faults.push(format!("{}: no group", newest.display()));
        }
        // Some truths add a remark in brackets.
        let Some(function) = truth["leaking_function"].as_str().and_then(|it| it.split(" (").next()) else {
            continue;
        };
        let function = leakscope::golang::canonical(function);
        let shown = |group: &GroupLine| {
            group
                .stack
                .iter()
                .any(|frame| frame.function.contains(&*function) || function.contains(&frame.function))
        };
        if !report.groups.iter().any(shown) {
            faults.push(format!("{}: no group holds {function}", newest.display()));
        }
    }
    done(cases.len(), 40, &faults);
}

#[test]
fn leaks_that_go_proves_are_proven_groups() {
    let Some(shared) = support::shared() else { return };
    let mut faults = Vec::new();
    let mut looked_at = 0;
    for (case, truth) in cases(&shared.join("goker")) {
        let report = support::top(&case.join("goroutineleak.2.txt"));
        // As Go's own test prints them, and its patterns expect them: `F.func2() [chan send]:`.
        let proven: Vec<String> = report
            .groups
            .iter()
            .filter(|group| group.proven_leaked.is_some_and(|count| count > 0))
            .map(|group| {
                let entry = group.entry.as_ref().map_or("", |frame| &frame.function);
                let state = group.state.as_deref().unwrap_or("");
                format!("{}() [{}]:", entry.replace("main.", ""), state.trim_end_matches(" (leaked)"))
            })
            .collect();
        for index in truth["captured_patterns_hit"].as_array().into_iter().flatten() {
            looked_at += 1;
            let index = usize::try_from(index.as_u64().expect("a pattern is named by its index"))
                .expect("it is small");
            let pattern = truth["expected"][index]["regex"].as_str().expect("an expected leak has a pattern");
            let pattern = Regex::new(pattern).expect("Go's patterns are ours too");
            if !proven.iter().any(|shown| pattern.is_match(shown)) {
                faults.push(format!("{}: {pattern} is not among {proven:?}", case.display()));
            }
        }
    }
    done(looked_at, 40, &faults);
}

/// A scenario over all its snapshots, in each of the three forms.
fn series(folder: &Path) -> Vec<(&'static str, Report)> {
    let steps = support::steps(folder);
    let forms = [("pprof", "goroutine.pb.gz"), ("debug1", "goroutine.1.txt"), ("debug2", "goroutine.2.txt")];
    let read = |file: &str| {
        let files: Vec<PathBuf> = steps.iter().map(|step| step.join(file)).collect();
        support::report(&files, Dimension::Stack)
    };
    forms.map(|(form, file)| (form, read(file))).into()
}

/// Whether a leaking site of the truth is in the group.
fn is_guilty(group: &GroupLine, truth: &Value) -> bool {
    let sites = truth["sites"].as_array().expect("a truth lists its sites");
    let leaking = sites.iter().filter(|site| site["leaking"] == true);
    let waits_at = |site: &Value| {
        site["blocked_function"].as_str().or(site["root_function"].as_str()).map(str::to_owned)
    };
    leaking.filter_map(waits_at).any(|function| support::holds(group, &function))
}

#[test]
fn first_group_of_a_leaking_series_is_the_leak() {
    let Some(shared) = support::shared() else { return };
    let mut faults = Vec::new();
    let mut looked_at = 0;
    for (folder, truth) in cases(&shared.join("corpus")) {
        // One leak an hour beneath a service that breathes: it takes the growth verdict, not the order of gains.
        if truth["leaking"] != true || support::name(&folder) == "slow_in_noise" {
            continue;
        }
        for (form, report) in series(&folder) {
            looked_at += 1;
            let first = &report.groups[0];
            let mut level = report.groups.iter().filter(|group| group.gain == first.gain);
            if !level.any(|group| is_guilty(group, &truth)) {
                let shown = first.entry.as_ref().map_or("", |frame| &frame.function);
                faults.push(format!("{} {form}: first is {shown}, {:?}", folder.display(), first.counts));
            }
        }
    }
    done(looked_at, 90, &faults);
}

#[test]
fn pool_that_is_always_there_has_not_changed() {
    let Some(shared) = support::shared() else { return };
    for (form, report) in series(&shared.join("corpus/healthy_const_pool")) {
        let worker = "example.com/shop/leaksrv/healthy.poolWorker";
        let pool: Vec<&GroupLine> =
            report.groups.iter().filter(|group| support::holds(group, worker)).collect();
        let counts: Vec<&[i128]> = pool.iter().map(|group| group.counts.as_slice()).collect();
        assert_eq!(counts, [[300; 6]], "{form}");
        assert_eq!(pool[0].change, Change::Same, "{form}");
    }
}
