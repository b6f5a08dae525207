//! Totals and cumulative counts equal those of `go tool pprof -top`, for every profile at hand.

use std::collections::BTreeMap;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;
use std::thread;

use leakscope::decode::Decoded;
use leakscope::decode::Limits;
use leakscope::decode::decode;
use leakscope::golang::canonical;
use leakscope::group::Dimension;
use leakscope::model::Profile;
use leakscope::model::Sample;

use crate::support;

/// Goroutines in all, and at each function.
#[derive(Debug, Default, PartialEq, Eq)]
struct Counts {
    total: i128,
    functions: BTreeMap<String, i128>,
}

/// `go tool pprof`, built once: the go command would look for it anew each time.
fn pprof() -> Option<&'static Path> {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    let go = support::go()?;
    let built = BUILT.get_or_init(|| {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pprof");
        let status = Command::new(go).args(["build", "-o"]).arg(&path).arg("cmd/pprof").status();
        assert!(status.expect("go was found just before").success(), "go build cmd/pprof failed");
        path
    });
    Some(built)
}

/// What pprof counts.
fn theirs(pprof: &Path, profile: &Path) -> Counts {
    let options = ["-top", "-nodecount=1000000", "-nodefraction=0", "-edgefraction=0", "-symbolize=none"];
    let output = Command::new(pprof)
        .args(options)
        .arg(profile)
        .env("PPROF_TMPDIR", env!("CARGO_TARGET_TMPDIR"))
        .output();
    let output = output.expect("pprof was built");
    assert!(output.status.success(), "{}: {}", profile.display(), String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("pprof writes text");
    let (head, rows) = text.split_once("flat%   sum%        cum   cum%\n").expect("pprof writes a table");
    let total = head.split_once("% of ").and_then(|(_, rest)| rest.split_once(" total"));
    let total = total.and_then(|(total, _)| total.parse().ok());
    let mut counts = Counts { total: total.expect("pprof writes a total"), ..Counts::default() };
    for row in rows.lines() {
        // flat, flat%, sum%, cum, cum%, and the name, which may hold spaces.
        let mut rest = row.trim_start();
        let mut cells = [""; 5];
        for cell in &mut cells {
            (*cell, rest) = rest.split_once(' ').unwrap_or_else(|| panic!("{}: {row}", profile.display()));
            rest = rest.trim_start();
        }
        let name = rest.trim_end_matches(" (inline)").trim_end_matches(" (partial-inline)");
        let cumulative: i128 = cells[3].parse().unwrap_or_else(|_| panic!("{}: {row}", profile.display()));
        *counts.functions.entry(canonical(name).into_owned()).or_default() += cumulative;
    }
    counts
}

/// What we count.
fn ours(profile: &Path) -> Counts {
    let report = support::report(&[profile.to_path_buf()], Dimension::Function);
    let total = match report.snapshots[0].is_delta {
        false => report.snapshots[0].goroutines,
        // The total of a delta is, to pprof, all that changed: what is gone does not make up for what is new.
        true => support::profile(profile).samples.iter().map(|sample| i128::from(sample.count).abs()).sum(),
    };
    let mut counts = Counts { total, ..Counts::default() };
    for group in &report.groups {
        let function = group.stack.first().expect("a group by function has its frame").function.clone();
        *counts.functions.entry(function).or_default() += group.count();
    }
    // pprof does not list a function at which as many are new as are gone.
    counts.functions.retain(|_, count| *count != 0);
    counts
}

/// Where the two differ, in words; `None` if nowhere.
fn difference(pprof: &Path, profile: &Path) -> Option<String> {
    let (theirs, ours) = (theirs(pprof, profile), ours(profile));
    if theirs == ours {
        return None;
    }
    let mut words = format!("{}: total {}, theirs {}", profile.display(), ours.total, theirs.total);
    let names = ours.functions.keys().chain(theirs.functions.keys());
    let differ = names.filter(|name| ours.functions.get(*name) != theirs.functions.get(*name));
    for name in differ.take(3) {
        let (our, their) = (ours.functions.get(name), theirs.functions.get(name));
        words.push_str(&format!("\n  {name}: {our:?}, theirs {their:?}"));
    }
    Some(words)
}

fn check(profiles: &[PathBuf]) {
    let Some(pprof) = pprof() else { return };
    let halves = profiles.chunks(profiles.len().div_ceil(2));
    let differ: Vec<String> = thread::scope(|scope| {
        let find = |half: &[PathBuf]| {
            half.iter().filter_map(|profile| difference(pprof, profile)).collect::<Vec<_>>()
        };
        let running: Vec<_> = halves.map(|half| scope.spawn(move || find(half))).collect();
        running
            .into_iter()
            .flat_map(|it| it.join().expect("a fault would be reported by its own thread"))
            .collect()
    });
    assert!(differ.is_empty(), "{} of {} differ:\n{}", differ.len(), profiles.len(), differ.join("\n"));
}

/// The goroutine and goroutineleak profiles below a folder.
fn profiles(folder: &Path) -> Vec<PathBuf> {
    let (folders, files): (Vec<_>, Vec<_>) = support::entries(folder).into_iter().partition(|it| it.is_dir());
    let is_profile = |path: &PathBuf| {
        let name = support::name(path);
        name.starts_with("goroutine") && name.ends_with(".pb.gz")
    };
    let below = folders.iter().flat_map(|folder| profiles(folder));
    files.into_iter().filter(is_profile).chain(below).collect()
}

#[test]
fn testdata_agrees() {
    let profiles = profiles(&support::root("testdata"));
    assert!(profiles.len() > 30, "only {} profiles", profiles.len());
    check(&profiles);
}

#[test]
fn shared_agrees() {
    let Some(shared) = support::shared() else { return };
    let folders = ["corpus", "versions", "goker"];
    let profiles: Vec<PathBuf> = folders.iter().flat_map(|it| profiles(&shared.join(it))).collect();
    assert!(profiles.len() > 500, "only {} profiles", profiles.len());
    check(&profiles);
}

/// What pprof prints of a profile in one of its reports, read as an input.
fn reread(pprof: &Path, profile: &Path, report: &str) -> Profile {
    let output = Command::new(pprof)
        .args([report, "-symbolize=none"])
        .arg(profile)
        .env("PPROF_TMPDIR", env!("CARGO_TARGET_TMPDIR"))
        .output()
        .expect("pprof was built");
    match decode(&output.stdout, &Limits::default()) {
        Ok(Decoded::Goroutines(profile)) => profile,
        read => panic!("{} {report}: {read:?}", profile.display()),
    }
}

/// A row of a profile: count, functions and labels.
type Row<'p> = (i64, Vec<&'p str>, Vec<(&'p str, &'p str)>);

fn rows(profile: &Profile) -> Vec<Row<'_>> {
    let row = |sample: &Sample| {
        let functions = profile.stacks.frames(sample.stack).map(|it| profile.symbols.function(it.function));
        (sample.count, functions.collect(), profile.labels.pairs(sample.labels).collect())
    };
    let mut rows: Vec<_> = profile.samples.iter().map(row).collect();
    rows.sort();
    rows
}

#[test]
fn reports_of_pprof_are_read_as_their_profile() {
    let Some(pprof) = pprof() else { return };
    for profile in profiles(&support::root("testdata/programs/labelled")) {
        let original = support::profile(&profile);
        for report in ["-raw", "-traces"] {
            let read = reread(pprof, &profile, report);
            assert_eq!(rows(&read), rows(&original), "{} {report}", profile.display());
            assert_eq!(read.kind, original.kind, "{} {report}", profile.display());
        }
        for report in ["-top", "-tree", "-peek=.", "-list=main"] {
            let read = reread(pprof, &profile, report);
            assert_eq!(read.total(), original.total(), "{} {report}", profile.display());
        }
    }
}
