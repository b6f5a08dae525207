//! How often the diagnosis is right, mechanism by mechanism, over captures whose truth is known. No time is measured.
//!
//! `cargo bench --bench accuracy [-- --misses]` prints two Markdown tables. With LEAKSCOPE_SHARED set, the series and the
//! dumps of public threads in that folder are measured too.
//!
//! In the first table, a case is one program under one Go version; each is read in four forms: each form of counts or
//! traceback alone, and all that a capture folder holds. What a program leaks at several places is asked place by place,
//! the top finding once. A leak that no finding covers counts as missed. What no form can tell is not asked: spawn sites
//! and the first cause without a traceback, and in a series without one, anything of findings below 10 goroutines.
//!
//! It is longer than a file should be: nothing else uses its parts, and a bench in one file needs no folder of its own.
#![expect(
    clippy::disallowed_methods,
    reason = "a measurement reads its inputs, at a place that a variable names"
)]
#![expect(clippy::print_stdout, reason = "the tables are what it is for")]

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::Path;
use std::path::PathBuf;

use leakscope::decode::Limits;
use leakscope::golang::canonical;
use leakscope::group::By;
use leakscope::input::Input;
use leakscope::input::Selection;
use leakscope::input::SnapshotInput;
use leakscope::input::read_snapshot;
use leakscope::model::Snapshot;
use leakscope::pipeline::run;
use leakscope::report::FindingLine;
use leakscope::report::GroupLine;
use leakscope::report::Options;
use leakscope::report::Report;
use leakscope::rules::Level;
use leakscope::rules::RuleSet;
use leakscope::source::read_input;
use leakscope::stacks::Filter;
use serde::Deserialize;
use serde::de::DeserializeOwned;

fn main() -> Result<(), String> {
    let mut misses_wanted = false;
    for argument in env::args().skip(1) {
        match argument.as_str() {
            "--misses" => misses_wanted = true,
            // Cargo says this to every bench.
            "--bench" => {}
            _ => return Err(format!("{argument}: the only argument is --misses")),
        }
    }
    let shared = env::var_os("LEAKSCOPE_SHARED").map(PathBuf::from);
    let vocabulary = shared.as_ref().map(|it| Vocabulary::read(&it.join("design/causes.toml")));
    let mut bench = Bench {
        rules: RuleSet::built_in(),
        vocabulary: vocabulary.unwrap_or_default(),
        lines: BTreeMap::new(),
        asides: BTreeMap::new(),
        misses: Vec::new(),
    };
    measure_programs(&mut bench, &Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/programs"));
    if let Some(shared) = &shared {
        measure_series(&mut bench, &shared.join("corpus"));
        measure_dumps(&mut bench, &shared.join("cases"));
    }
    if misses_wanted {
        bench.misses.iter().for_each(|miss| println!("MISS {miss}"));
        println!();
    }
    bench.print();
    Ok(())
}

/// The mechanism of each program in `testdata/programs`; `None` if it is healthy.
const MECHANISMS: [(&str, Option<&str>); 14] = [
    ("churn", None),
    ("healthy", None),
    ("heaphold", Some("receive-never-closed")),
    ("labelled", Some("receive-never-closed")),
    ("lockstuck", Some("deadlock-mutex")),
    ("names", Some("receive-never-closed")),
    ("pool", None),
    ("quiet", None),
    ("selectloop", Some("select-without-done")),
    ("sendtimeout", Some("abandoned-sender")),
    ("tickerloop", Some("unstopped-ticker")),
    ("timersleep", Some("sleep-loop")),
    ("unclosedbody", Some("unclosed-body")),
    ("wgmissing", Some("missing-waitgroup-done")),
];

/// Single snapshots of programs that leaked a handful of goroutines.
fn measure_programs(bench: &mut Bench, folder: &Path) {
    let programs = entries(folder).into_iter().filter(|it| it.is_dir());
    let captures = programs.flat_map(|program| entries(&program));
    for capture in captures.filter(|it| it.join("truth.json").exists()) {
        let truth: ProgramTruth = json(&capture.join("truth.json"));
        let known = MECHANISMS.iter().find(|(case, _)| *case == truth.case);
        let (_, mechanism) = known.unwrap_or_else(|| panic!("{}: no mechanism is named here", truth.case));
        let sites: Vec<Site> = truth.sites.unwrap_or(vec![truth.whole]);
        let sites: Vec<Site> = sites
            .into_iter()
            .map(|site| Site { leaking: mechanism.is_some(), cause: mechanism.map(str::to_owned), ..site })
            .collect();
        let forms = [
            (Form::Pprof, vec!["goroutine.pb.gz"]),
            (Form::Debug1, vec!["goroutine.debug1.txt"]),
            (Form::Debug2, vec!["goroutine.debug2.txt"]),
            (
                Form::Snapshot,
                vec!["goroutine.debug2.txt", "goroutine.pb.gz", "goroutineleak.pb.gz", "heap.pb.gz"],
            ),
        ];
        for (form, names) in forms {
            let report = bench.report(vec![snapshot(&capture, &names, form)]);
            let case = Case {
                name: format!("{} {}", truth.case, truth.go),
                span: Span::One,
                form,
                sites: &sites,
                leaked: &[],
            };
            match mechanism {
                Some(_) => bench.leaking(&case, &report),
                None => bench.healthy(&case, &report),
            }
        }
    }
}

/// Servers captured several times while they leaked or were healthy.
fn measure_series(bench: &mut Bench, folder: &Path) {
    for scenario in entries(folder).into_iter().filter(|it| it.join("truth.json").exists()) {
        let truth: SeriesTruth = json(&scenario.join("truth.json"));
        let is_leaking = truth.whole.leaking;
        let sites = truth.sites.unwrap_or(vec![truth.whole]);
        let steps = steps(&scenario);
        let forms = [
            (Form::Pprof, vec!["goroutine.pb.gz"]),
            (Form::Debug1, vec!["goroutine.1.txt"]),
            (Form::Debug2, vec!["goroutine.2.txt"]),
            (Form::Snapshot, vec!["goroutine.2.txt", "goroutine.pb.gz", "goroutineleak.pb.gz", "heap.pb.gz"]),
        ];
        for (form, names) in forms {
            let has_one = |step: &&PathBuf| names.iter().any(|name| step.join(name).exists());
            let snapshots: Vec<SnapshotInput> =
                steps.iter().filter(has_one).map(|step| snapshot(step, &names, form)).collect();
            if snapshots.len() < 2 {
                continue;
            }
            let report = bench.report(snapshots);
            let case = Case {
                name: truth.scenario.clone(),
                span: Span::Series,
                form,
                sites: &sites,
                leaked: &truth.leaked_per_snapshot,
            };
            if is_leaking { bench.leaking(&case, &report) } else { bench.healthy(&case, &report) }
        }
    }
}

/// Dumps from public threads: the newest one of each whose cause the thread names.
fn measure_dumps(bench: &mut Bench, folder: &Path) {
    for case in entries(folder).into_iter().filter(|it| it.join("truth.json").exists()) {
        let truth: DumpTruth = json(&case.join("truth.json"));
        let Some(function) = &truth.leaking_function else { continue };
        if !matches!(truth.verdict.as_deref(), Some("confirmed" | "claimed")) {
            continue;
        }
        let is_dump = |it: &String| it.starts_with("dump") || it.starts_with("profile");
        let newest = entries(&case).iter().map(|it| name(it)).filter(is_dump).max();
        let newest = newest.unwrap_or_else(|| panic!("{}: holds no dump", case.display()));
        let report = bench.report(vec![snapshot(&case, &[&newest], Form::Debug2)]);
        bench.dump(&name(&case), function, &truth, &report);
    }
}

/// The figures, and what they are made with.
struct Bench {
    rules: RuleSet,
    vocabulary: Vocabulary,
    lines: BTreeMap<(String, Span), Line>,
    asides: BTreeMap<&'static str, Score>,
    misses: Vec<String>,
}

impl Bench {
    fn report(&self, snapshots: Vec<SnapshotInput>) -> Report {
        let decoded = |input: SnapshotInput| -> Snapshot {
            let origin = input.origin.clone();
            let read = read_snapshot(input, &Limits::default());
            read.unwrap_or_else(|error| panic!("{origin} cannot be measured: {error}: {error:?}"))
        };
        let snapshots: Vec<Snapshot> = snapshots.into_iter().map(decoded).collect();
        let options = Options { limit: 0, ..Options::default() };
        run(snapshots.into_iter(), &By::default(), &Filter::default(), &self.rules, &options)
    }

    fn leaking(&mut self, case: &Case<'_>, report: &Report) {
        for site in case.sites.iter().filter(|site| site.leaking) {
            self.site(case, site, report);
        }
        if !case.asks_for_findings(case.leaked.last().copied()) {
            return;
        }
        let of_a_leak = |group: &&GroupLine| case.sites.iter().any(|it| it.leaking && it.is_in(group));
        let guilty: Vec<&GroupLine> = report.groups.iter().filter(of_a_leak).collect();
        let top = report.findings.first();
        let leading = case.sites.iter().find(|site| site.leaking).expect("a leaking case leaks somewhere");
        let is_right = top.is_some_and(|finding| covers(finding, &guilty));
        let got = top.map_or("no finding", |finding| &finding.message);
        self.check(case, leading, Check::TopFinding, is_right, got);
    }

    /// One place at which a program leaks.
    fn site(&mut self, case: &Case<'_>, site: &Site, report: &Report) {
        let groups: Vec<&GroupLine> = report.groups.iter().filter(|group| site.is_in(group)).collect();
        // Of equal gain, the first: groups come in the order of importance.
        let most = groups.iter().copied().reduce(|best, it| if it.gain > best.gain { it } else { best });

        let blocked_on = most.and_then(|group| group.blocked_on).map(|(value, _)| value.as_str());
        let is_silent = case.form == Form::Debug1 && most.is_some() && blocked_on.is_none();
        let is_right =
            is_silent || site.blocked_on.as_deref().is_some_and(|it| is_same_block(it, blocked_on));
        let got = format!("{blocked_on:?}, truth {:?}", site.blocked_on);
        self.check(case, site, Check::BlockedOn, is_right, &got);

        if case.form.has_traceback() {
            let spawn = most.and_then(|group| group.spawn_site.as_ref()).map(|(frame, _)| &*frame.function);
            let wanted = site.spawned_by_function.as_deref().map(canonical);
            let is_right = spawn.is_some() && spawn == wanted.as_deref();
            let got = format!("{spawn:?}, truth {wanted:?}");
            self.check(case, site, Check::SpawnSite, is_right, &got);
        }

        let gain = case.leaked_at(site).last().zip(case.leaked_at(site).first()).map(|(b, a)| b - a);
        // A series made to test names says no mechanism.
        let said = site.cause.as_deref().filter(|it| *it != "awkward-names");
        let Some(cause) = said.filter(|_| case.asks_for_findings(gain)) else { return };
        let found = causes(&report.findings, &groups);
        let three = found.get(..3).unwrap_or(&found);
        let got = if three.is_empty() { "no finding".to_owned() } else { three.join(", ") };
        let exact = self.vocabulary.family(cause);
        if case.form.has_traceback() {
            let is_right = found.first().is_some_and(|it| self.vocabulary.is_named(&exact, &[it]));
            self.check(case, site, Check::CauseFirst, is_right, &got);
        }
        let wanted = match case.form {
            // All that a folder holds is enough to tell neighbours apart.
            Form::Snapshot => exact,
            Form::Pprof | Form::Debug1 | Form::Debug2 => self.vocabulary.neighbours(cause),
        };
        let is_right = self.vocabulary.is_named(&wanted, three);
        self.check(case, site, Check::CauseInThree, is_right, &got);
    }

    fn healthy(&mut self, case: &Case<'_>, report: &Report) {
        let what = match case.span {
            Span::Series => "false alarms: healthy series with a deny finding",
            Span::One => "false alarms: healthy snapshots with a deny finding",
            Span::Dump => "false alarms: real dumps without a leak with a deny finding",
        };
        let denied = report.findings.iter().find(|finding| finding.level == Level::Deny);
        self.asides.entry(what).or_default().add(denied.is_some());
        if let Some(finding) = denied {
            let (name, form) = (&case.name, case.form.as_str());
            self.misses.push(format!("false alarm: {name} {form}: {}", finding.message));
        }
    }

    /// One dump of a public thread. Its function may be a part of a frame's name or hold it: threads cut names.
    fn dump(&mut self, name: &str, function: &str, truth: &DumpTruth, report: &Report) {
        let cause = truth.cause_slug.clone().expect("a thread that is scored says the cause");
        let site = Site {
            leaking: true,
            cause: Some(cause.clone()),
            blocked_function: Some(function.to_owned()),
            ..Site::default()
        };
        let case =
            Case { name: name.to_owned(), span: Span::Dump, form: Form::Debug2, sites: &[], leaked: &[] };
        // A pasted name may bring its arguments along.
        let bare = function.split("(0x").next().unwrap_or(function);
        let function = canonical(bare);
        let is_it = |it: &str| it.contains(&*function) || function.contains(it);
        let holds = |group: &&GroupLine| group.stack.iter().any(|frame| is_it(&frame.function));
        let groups: Vec<&GroupLine> = report.groups.iter().filter(holds).collect();

        if let Some(truth) = truth.blocked_on.as_deref().filter(|_| !groups.is_empty()) {
            let said = || groups.iter().map(|group| group.blocked_on.map(|(value, _)| value.as_str()));
            let is_right = said().any(|it| is_same_block(truth, it));
            let got = format!("{:?}, truth {truth}", said().flatten().collect::<BTreeSet<&str>>());
            self.check(&case, &site, Check::BlockedOn, is_right, &got);
        }
        if cause == "not-a-leak" {
            return self.healthy(&case, report);
        }
        let top = report.findings.first();
        let is_top = top.is_some_and(|finding| covers(finding, &groups));
        let got = top.map_or("no finding", |finding| &finding.message);
        self.check(&case, &site, Check::TopFinding, is_top, got);
        let in_three = report.findings.iter().take(3).any(|finding| covers(finding, &groups));
        self.asides.entry("real dumps: the stack is in the first three findings").or_default().add(in_three);
        if !in_three {
            self.misses.push(format!("stack in three findings: {name}: {function}"));
        }
        let found = causes(&report.findings, &groups);
        let three = found.get(..3).unwrap_or(&found);
        let exact = self.vocabulary.family(&cause);
        let is_first = found.first().is_some_and(|it| self.vocabulary.is_named(&exact, &[it]));
        let got = if three.is_empty() { "no finding".to_owned() } else { three.join(", ") };
        self.check(&case, &site, Check::CauseFirst, is_first, &got);
        let is_named = self.vocabulary.is_named(&self.vocabulary.neighbours(&cause), three);
        self.check(&case, &site, Check::CauseInThree, is_named, &got);
    }

    fn check(&mut self, case: &Case<'_>, site: &Site, check: Check, is_right: bool, got: &str) {
        let mechanism = self.vocabulary.mechanism(site.cause.as_deref().unwrap_or("unknown"));
        if !is_right {
            let (name, form, what) = (&case.name, case.form.as_str(), check.as_str());
            self.misses.push(format!("{what}: {name} {form}: {} ({mechanism}): {got}", site.place()));
        }
        let line = self.lines.entry((mechanism, case.span)).or_default();
        line.cases.insert(case.name.clone());
        line.scores.entry(check).or_default().add(is_right);
    }

    fn print(&self) {
        let titles: Vec<&str> = Check::ALL.iter().map(|check| check.as_str()).collect();
        println!("| mechanism | seen in | cases | {} |", titles.join(" | "));
        println!("|---|---|--:|{}", "--:|".repeat(titles.len()));
        let mut totals: BTreeMap<Span, Line> = BTreeMap::new();
        for ((mechanism, span), line) in &self.lines {
            // Dumps have too few of one mechanism for a figure; they count in the total.
            if *span != Span::Dump {
                println!("| {mechanism} | {} | {} |", span.as_str(), line.cells());
            }
            totals.entry(*span).or_default().add(line);
        }
        for (span, line) in &totals {
            println!("| **all** | {} | {} |", span.as_str(), line.cells());
        }
        println!("\n| beside | cases |\n|---|--:|");
        for (what, score) in &self.asides {
            println!("| {what} | {} |", score.text());
        }
    }
}

/// What is asked, in the order of the columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Check {
    TopFinding,
    BlockedOn,
    SpawnSite,
    CauseFirst,
    CauseInThree,
}

impl Check {
    const ALL: [Check; 5] =
        [Check::TopFinding, Check::BlockedOn, Check::SpawnSite, Check::CauseFirst, Check::CauseInThree];

    const fn as_str(self) -> &'static str {
        match self {
            Check::TopFinding => "top finding right",
            Check::BlockedOn => "blocked on right",
            Check::SpawnSite => "spawn site right",
            Check::CauseFirst => "cause first",
            Check::CauseInThree => "cause in three",
        }
    }
}

/// The number of snapshots of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Span {
    Series,
    One,
    Dump,
}

impl Span {
    const fn as_str(self) -> &'static str {
        match self {
            Span::Series => "a series",
            Span::One => "one snapshot",
            Span::Dump => "real dumps",
        }
    }
}

/// What a case was read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Pprof,
    Debug1,
    Debug2,
    /// All that a capture folder holds.
    Snapshot,
}

impl Form {
    const fn as_str(self) -> &'static str {
        match self {
            Form::Pprof => "pprof",
            Form::Debug1 => "debug1",
            Form::Debug2 => "debug2",
            Form::Snapshot => "all forms",
        }
    }

    const fn has_traceback(self) -> bool {
        match self {
            Form::Debug2 | Form::Snapshot => true,
            Form::Pprof | Form::Debug1 => false,
        }
    }
}

/// How often what was asked was right.
#[derive(Clone, Copy, Debug, Default)]
struct Score {
    held: usize,
    asked: usize,
}

impl Score {
    fn add(&mut self, holds: bool) {
        self.asked += 1;
        self.held += usize::from(holds);
    }

    fn text(self) -> String {
        format!("{} of {}", self.held, self.asked)
    }
}

/// One line of the table.
#[derive(Clone, Debug, Default)]
struct Line {
    cases: BTreeSet<String>,
    scores: BTreeMap<Check, Score>,
}

impl Line {
    fn add(&mut self, other: &Line) {
        self.cases.extend(other.cases.iter().cloned());
        for (check, score) in &other.scores {
            let sum = self.scores.entry(*check).or_default();
            sum.held += score.held;
            sum.asked += score.asked;
        }
    }

    fn cells(&self) -> String {
        let score = |check| self.scores.get(check).map_or("–".to_owned(), |score| score.text());
        let scores: Vec<String> = Check::ALL.iter().map(score).collect();
        format!("{} | {}", self.cases.len(), scores.join(" | "))
    }
}

/// One program or scenario in one form, with its truth.
struct Case<'t> {
    name: String,
    span: Span,
    form: Form,
    sites: &'t [Site],
    /// Goroutines leaked in each snapshot of a series.
    leaked: &'t [i64],
}

impl Case<'_> {
    /// Goroutines that leaked there, in each snapshot of a series.
    fn leaked_at<'s>(&'s self, site: &'s Site) -> &'s [i64] {
        site.count_per_snapshot.as_deref().unwrap_or(self.leaked)
    }

    /// Whether this many goroutines must bring a finding: any number in a traceback, in counts from 10 on. A single snapshot is
    /// always asked.
    fn asks_for_findings(&self, goroutines: Option<i64>) -> bool {
        match self.span {
            Span::One | Span::Dump => true,
            Span::Series => self.form.has_traceback() || goroutines.is_some_and(|it| it >= 10),
        }
    }
}

/// One place at which a program starts goroutines that wait, in the words of `truth.json`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Site {
    leaking: bool,
    cause: Option<String>,
    blocked_on: Option<String>,
    blocked_function: Option<String>,
    root_function: Option<String>,
    spawned_by_function: Option<String>,
    count_per_snapshot: Option<Vec<i64>>,
}

impl Site {
    fn is_in(&self, group: &GroupLine) -> bool {
        [&self.blocked_function, &self.root_function].into_iter().flatten().any(|it| holds(group, it))
    }

    fn place(&self) -> &str {
        let place = self.blocked_function.as_deref().or(self.root_function.as_deref());
        place.unwrap_or("no place is known")
    }
}

/// The truth beside a capture in `testdata/programs`.
#[derive(Deserialize)]
struct ProgramTruth {
    case: String,
    go: String,
    sites: Option<Vec<Site>>,
    #[serde(flatten)]
    whole: Site,
}

/// The truth beside a series.
#[derive(Deserialize)]
struct SeriesTruth {
    scenario: String,
    leaked_per_snapshot: Vec<i64>,
    sites: Option<Vec<Site>>,
    #[serde(flatten)]
    whole: Site,
}

/// The truth beside a dump of a public thread.
#[derive(Deserialize)]
struct DumpTruth {
    verdict: Option<String>,
    cause_slug: Option<String>,
    leaking_function: Option<String>,
    blocked_on: Option<String>,
}

/// The mechanisms that have a name, by slug.
#[derive(Default, Deserialize)]
#[serde(transparent)]
struct Vocabulary {
    mechanisms: BTreeMap<String, Mechanism>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Mechanism {
    /// Other words for it.
    also: Vec<String>,
    /// Mechanisms that a profile often cannot tell from it.
    near: Vec<String>,
}

impl Vocabulary {
    fn read(path: &Path) -> Self {
        toml::from_str(&text(path)).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// The slugs of a word in truth.json; an unknown word is its own slug.
    fn family(&self, word: &str) -> BTreeSet<String> {
        let means = |(slug, it): &(&String, &Mechanism)| *slug == word || it.also.iter().any(|it| it == word);
        let slugs: BTreeSet<String> =
            self.mechanisms.iter().filter(means).map(|(slug, _)| slug.clone()).collect();
        if slugs.is_empty() { BTreeSet::from([word.to_owned()]) } else { slugs }
    }

    /// The family of a word and the neighbours of that.
    fn neighbours(&self, word: &str) -> BTreeSet<String> {
        let family = self.family(word);
        let near = family.iter().filter_map(|slug| self.mechanisms.get(slug)).flat_map(|it| &it.near);
        near.chain(&family).cloned().collect()
    }

    fn is_named(&self, wanted: &BTreeSet<String>, causes: &[&str]) -> bool {
        causes.iter().any(|cause| !self.family(cause).is_disjoint(wanted))
    }

    /// The name of a family: its slug, or its slugs.
    fn mechanism(&self, word: &str) -> String {
        let family: Vec<String> = self.family(word).into_iter().collect();
        family.join(", ")
    }
}

/// Causes of the findings on some groups, in the order in which a reader meets them, each once.
fn causes<'r>(findings: &'r [FindingLine], groups: &[&GroupLine]) -> Vec<&'r str> {
    let mut seen: Vec<&str> = Vec::new();
    for finding in findings.iter().filter(|finding| covers(finding, groups)) {
        let named: Vec<&str> = match finding.causes.as_slice() {
            [] => vec![&finding.rule],
            causes => causes.iter().map(String::as_str).collect(),
        };
        for cause in named {
            if !seen.contains(&cause) {
                seen.push(cause);
            }
        }
    }
    seen
}

fn covers(finding: &FindingLine, groups: &[&GroupLine]) -> bool {
    groups.iter().any(|group| finding.fingerprints.iter().any(|it| it.to_string() == group.fingerprint))
}

/// Whether a function of a truth, or one whose name ends so, is in the stack.
fn holds(group: &GroupLine, function: &str) -> bool {
    let function = canonical(function);
    group.stack.iter().any(|frame| frame.function.ends_with(&*function))
}

/// What we call Go's wait reasons.
const BLOCKED_ON: [(&str, &str); 15] = [
    ("IO wait", "network"),
    ("chan receive", "channel receive"),
    ("chan send", "channel send"),
    ("coroutine", "coroutine"),
    ("running/runnable", "nothing"),
    ("select", "select"),
    ("select (no cases)", "select"),
    ("semacquire", "semaphore"),
    ("sleep", "sleep"),
    ("sync.Cond.Wait", "condition"),
    ("sync.Mutex.Lock", "lock"),
    ("sync.RWMutex.Lock", "rwlock"),
    ("sync.RWMutex.RLock", "rwlock"),
    ("sync.WaitGroup.Wait", "wait group"),
    ("syscall", "syscall"),
];

/// Whether we said what the truth says in Go's words, which may have a remark in brackets behind them.
fn is_same_block(truth: &str, said: Option<&str>) -> bool {
    let Some(said) = said else { return false };
    let ours = |word: &str| BLOCKED_ON.iter().find(|(go, _)| *go == word).map(|(_, ours)| *ours);
    let bare = truth.split(" (").next().unwrap_or(truth);
    let wanted = ours(truth).or(ours(bare)).unwrap_or(bare);
    said == truth || said.starts_with(wanted) || wanted.starts_with(said)
}

/// The files of one snapshot in a folder; those that were not captured are left out.
fn snapshot(folder: &Path, names: &[&str], form: Form) -> SnapshotInput {
    let there = names.iter().map(|name| folder.join(name)).filter(|file| file.exists());
    let files = there.map(|file| Input::from_bytes(file.display().to_string(), bytes(&file))).collect();
    let origin = folder.display().to_string();
    let selection = if form == Form::Snapshot { Selection::Found } else { Selection::Named };
    SnapshotInput { origin, files, selection, taken_at: None, go_version: None }
}

/// The snapshots of a series, oldest first: folders whose names are numbers.
fn steps(scenario: &Path) -> Vec<PathBuf> {
    let number = |path: PathBuf| Some((name(&path).parse::<u32>().ok()?, path));
    let mut steps: Vec<(u32, PathBuf)> = entries(scenario).into_iter().filter_map(number).collect();
    steps.sort();
    steps.into_iter().map(|(_, path)| path).collect()
}

/// The entries of a folder, sorted by name.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let listed = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<PathBuf> =
        listed.map(|entry| entry.expect("a folder that opens can be listed").path()).collect();
    paths.sort();
    paths
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// Maximum size of one file, in bytes.
const MAX_INPUT: u64 = 1 << 30;

fn bytes(path: &Path) -> Vec<u8> {
    read_input(path, MAX_INPUT).unwrap_or_else(|error| panic!("{error}"))
}

fn text(path: &Path) -> String {
    String::from_utf8(bytes(path)).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn json<T: DeserializeOwned>(path: &Path) -> T {
    serde_json::from_str(&text(path)).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
