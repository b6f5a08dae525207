//! A series to a report: the rows that are shown, in words.

use crate::diagnose::Course;
use crate::diagnose::Diagnosis;
use crate::diagnose::Finding;
use crate::diagnose::Outlook;
use crate::diagnose::OutlookLimits;
use crate::diagnose::explain;
use crate::diagnose::forecast;
use crate::diagnose::heap_held;
use crate::golang::Owner;
use crate::golang::blocked_on_stated;
use crate::golang::package;
use crate::golang::wait_detail;
use crate::group::Dimension;
use crate::group::Facts;
use crate::group::LabelKey;
use crate::model::FileId;
use crate::model::Form;
use crate::model::Frame;
use crate::model::FunctionId;
use crate::rules::Level;
use crate::rules::RuleSet;
use crate::series::Column;
use crate::series::Row;
use crate::series::Series;
use crate::series::growth::Growth;
use crate::series::growth::Shape;
use crate::series::growth::Thresholds;
use crate::series::growth::Verdict;
use crate::text::ShownLabels;
use crate::text::pluralize;
use crate::text::with_thousands;

use super::go_test::go_test;
use super::lines::AvailableForms;
use super::lines::FindingLine;
use super::lines::FrameLine;
use super::lines::GroupLine;
use super::lines::GrowthLine;
use super::lines::HeapLine;
use super::lines::Omitted;
use super::lines::Report;
use super::lines::SnapshotLine;
use super::lines::Waited;
use super::main_module::MainModule;
use super::regression::CommandArguments;
use super::regression::regression_commands;

/// What a report shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// The maximum number of groups; 0 means all.
    pub limit: usize,
    /// How to see growth if there is a single snapshot: a sentence that ends with a command. It is passed on to the report.
    pub next_step: Option<String>,
    /// How to get a traceback if there is none. It is passed on to the report.
    pub traceback: Option<String>,
    /// The first digits of a fingerprint: reports that group alone, with an explanation.
    pub explain: Option<String>,
    /// Limits of the process for which the report makes a forecast.
    pub outlook: OutlookLimits,
    /// Arguments of the commands that detect a leak when it comes back.
    pub arguments: CommandArguments,
    /// How labels are shown.
    pub labels: ShownLabels,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            limit: 20,
            next_step: None,
            traceback: None,
            explain: None,
            outlook: OutlookLimits::default(),
            arguments: CommandArguments::default(),
            labels: ShownLabels::default(),
        }
    }
}

/// Puts a series into words.
pub fn report(series: &Series, diagnosis: &Diagnosis, rules: &RuleSet, options: &Options) -> Report {
    let shown = if options.limit == 0 { series.rows.len() } else { options.limit.min(series.rows.len()) };
    let (rows, rest) = series.rows.split_at(shown);
    let Diagnosis { findings, background } = diagnosis;
    if let Some(wanted) = &options.explain {
        return explanation(series, diagnosis, rules, options, wanted);
    }
    let omitted = Omitted { groups: rest.len(), goroutines: rest.iter().map(Row::count).sum() };
    Report {
        program: series.columns.iter().rev().find_map(|column| column.program.as_deref()).map(program_name),
        snapshots: series.columns.iter().map(snapshot).collect(),
        hours: series.hours(),
        by: series.by.dimensions.iter().map(Dimension::name).collect(),
        groups: rows
            .iter()
            .zip(background)
            .map(|(row, background)| GroupLine {
                background: background.clone(),
                ..group(series, row, options.labels)
            })
            .collect(),
        #[cfg(feature = "files")]
        verdict: None,
        explanation: None,
        findings: findings.iter().map(|it| finding(series, it, options)).collect(),
        outlook: in_all(series, findings, options),
        main_module: main_module(series),
        no_growth_reason: no_growth_reason(series, diagnosis),
        omitted,
        next_step: options
            .next_step
            .clone()
            .filter(|_| series.columns.len() == 1 && !is_printed_dump(series)),
        traceback: options.traceback.clone(),
        warnings: series.warnings.clone(),
    }
}

/// The report on one group: its row alone, its findings, and what is known beside.
fn explanation(
    series: &Series,
    diagnosis: &Diagnosis,
    rules: &RuleSet,
    options: &Options,
    wanted: &str,
) -> Report {
    let here = |row: &Row| row.fingerprint.to_string().starts_with(wanted);
    let rows: Vec<usize> =
        series.rows.iter().enumerate().filter(|(_, row)| here(row)).map(|(row, _)| row).collect();
    let mut found = diagnosis.clone();
    found.findings.retain(|it| it.rows.iter().any(|row| rows.contains(row)));
    let all = Options { limit: 1, explain: None, ..options.clone() };
    let mut report = report(series, &found, rules, &all);
    report.groups = rows
        .iter()
        .filter_map(|row| series.rows.get(*row))
        .map(|row| group(series, row, options.labels))
        .collect();
    report.omitted = Omitted::default();
    report.no_growth_reason = None;
    report.outlook = Vec::new();
    report.explanation = match rows.as_slice() {
        [row] => Some(explain(series, rules, *row)),
        _ => None,
    };
    if report.explanation.is_none() {
        let how = if rows.is_empty() { "no group has" } else { "several groups have" };
        report.warnings.push(format!("{how} a fingerprint that begins with {wanted}"));
    }
    report
}

/// What all growth together makes of each limit.
fn in_all(series: &Series, findings: &[Finding], options: &Options) -> Vec<Outlook> {
    let rows = findings.iter().flat_map(|it| it.rows.iter().copied()).collect();
    forecast(series, &rows, &options.outlook)
}

fn finding(series: &Series, it: &Finding, options: &Options) -> FindingLine {
    let rows = || it.rows.iter().filter_map(|row| series.rows.get(*row));
    let counts = (0..series.columns.len())
        .map(|column| rows().filter_map(|row| row.counts.get(column)).sum())
        .collect();
    let lead = group(series, rows().next().expect("a finding has a row"), options.labels);
    let mut outlook = forecast(series, &it.rows.iter().copied().collect(), &options.outlook);
    // Limits that are reached already, or that have no estimate, are reported once for the whole process.
    outlook.retain(|it| matches!(it.course, Course::Reaches { .. }));
    FindingLine {
        rule: it.rule.clone(),
        level: it.level,
        confidence: it.confidence,
        fingerprints: it.fingerprints.iter().map(ToString::to_string).collect(),
        causes: it.causes.clone(),
        title: it.title.clone(),
        heading: it.heading.clone(),
        message: it.message.clone(),
        evidence: it.evidence.clone(),
        main_evidence: it.main_evidence.clone(),
        advice: it.advice.clone(),
        sketch: it.sketch.clone(),
        excerpts: Vec::new(),
        links: it.links.clone(),
        keep: regression_commands(it, &lead, &options.arguments),
        lead,
        counts,
        grows: rows().any(grows),
        outlook,
    }
}

fn growth(it: &Growth) -> GrowthLine {
    GrowthLine {
        verdict: it.verdict,
        shape: it.shape,
        basis: it.basis,
        per_hour: it.per_hour,
        p_value: it.p_value,
        reason: it.reason.to_string(),
    }
}

/// Whether a row grows, grew by more than chance and load explain, or gained goroutines that are proven leaked. Everything
/// that a report says of growth rests on it.
fn grows(row: &Row) -> bool {
    let leaked_more = row.gain() > 0 && row.facts.proven().is_some_and(|proven| proven > 0);
    row.is_growing() || row.has_grown() || leaked_more
}

/// Why nothing grows, as half a sentence; `None` if there is a finding, or with a single snapshot.
fn no_growth_reason(series: &Series, diagnosis: &Diagnosis) -> Option<String> {
    if series.columns.len() < 2 || diagnosis.findings.iter().any(|it| it.level > Level::Allow) {
        return None;
    }
    let mut background: Vec<(&str, i128)> = Vec::new();
    for (row, what) in series.rows.iter().zip(&diagnosis.background).filter(|(row, _)| grows(row)) {
        match what {
            Some(what) => background.push((what, row.gain())),
            // What has no frames cannot be found, but it grows all the same.
            None if series.by.is_by_stack() && row.stack.is_empty() => {
                background.push(("goroutines without a stack", row.gain()))
            }
            None => return None,
        }
    }
    if let Some((what, gain)) = background.first() {
        return Some(format!("only background does, {what} by {}", with_thousands(*gain)));
    }
    let largest = series.rows.iter().zip(&diagnosis.background).find(|(_, what)| what.is_none());
    if let Some((row, _)) = largest.filter(|(row, _)| row.gain() >= Thresholds::default().min_gain) {
        let name = name(series, row, &row.stack.frames(&series.names).collect::<Vec<_>>());
        let place =
            name.map_or(String::new(), |it| format!(" in {}", series.names.function_name(it.function)));
        let why = row.growth.as_ref().map_or("", |it| no_growth(it));
        return Some(format!("the largest gain, {}{place}, {why}", with_thousands(row.gain())));
    }
    let stacks = pluralize(series.rows.len() as i128, "stack");
    Some(format!("none of {stacks} gained at least 10 goroutines and 20 % more than load explains"))
}

/// Why a gain is no growth.
fn no_growth(it: &Growth) -> &'static str {
    match (it.shape, it.verdict) {
        (Some(Shape::GrowsWithLoad), _) => "is no more than that of the load",
        (Some(Shape::Plateau), _) => "has come to a stop",
        (Some(Shape::Burst), _) => "came at once",
        (Some(Shape::Sawtooth), _) => "falls back again and again",
        (_, Verdict::Steady) => "is small beside its count",
        (_, Verdict::Shrinking) => "does not last",
        (_, Verdict::Fluctuating) => "is within its ups and downs",
        (_, Verdict::Growing | Verdict::Unclear) => "shows no clear trend",
    }
}

/// Rows from which the main module is inferred: their frames have its packages many times over.
const MODULE_ROWS: usize = 256;

fn main_module(series: &Series) -> MainModule {
    let names = &series.names;
    let rows = series.rows.iter().take(MODULE_ROWS);
    let spawn_sites = rows.clone().filter_map(|row| row.facts.spawn_site(series.by.is_by_stack()));
    let frames = rows.flat_map(|row| row.stack.frames(names)).chain(spawn_sites.map(|fact| fact.value));
    let mut own: Vec<(FunctionId, FileId)> = frames
        .filter(|it| names.owner(it.function) == Owner::User)
        .map(|it| (it.function, it.file))
        .collect();
    // Most frames are on many stacks; names are looked at once.
    own.sort_unstable();
    own.dedup();
    let named =
        own.iter().map(|(function, file)| (names.function_name(*function), names.symbols.file(*file)));
    MainModule::infer(series.by.module.as_deref(), named)
}

/// Whether a traceback was printed (by a crash, a signal, a test, or a person's paste) and not pulled from a live process,
/// whose dump has a goroutine that writes it.
fn is_printed_dump(series: &Series) -> bool {
    let mut functions = (0..series.names.symbols.functions_len() as u32).map(FunctionId);
    series.columns.iter().all(|column| column.form == Form::Traceback)
        && !functions.any(|it| is_observer(package(series.names.function_name(it))))
}

/// The last element of a path, of Unix or of Windows.
fn program_name(path: &str) -> String {
    path.rsplit(['/', '\\']).next().unwrap_or(path).to_owned()
}

fn snapshot(column: &Column) -> SnapshotLine {
    SnapshotLine {
        origin: column.origin.clone(),
        form: column.form,
        kind: column.kind,
        is_delta: column.is_delta,
        taken_at: column.taken_at,
        goroutines: column.goroutines,
        declared_total: column.declared_total,
        go_version: column.go_version.clone(),
        stacks_unique: column.stacks_unique,
        has: AvailableForms {
            traceback: column.has_traceback,
            proof: column.has_proof,
            heap: column.heap.is_some(),
        },
        incomplete: column.incomplete,
        warnings: column.warnings.clone(),
    }
}

fn label_key(it: &LabelKey, labels: ShownLabels) -> LabelKey {
    let (value, count) = &it.most;
    let most = (labels.value(&it.key, value).into_owned(), *count);
    LabelKey { key: labels.key(&it.key).into_owned(), most, ..it.clone() }
}

fn group(series: &Series, row: &Row, labels: ShownLabels) -> GroupLine {
    let frame = |frame: Frame| FrameLine {
        function: series.names.function_name(frame.function).to_owned(),
        file: series.names.symbols.file(frame.file).to_owned(),
        line: frame.line,
    };
    let frames: Vec<Frame> = row.stack.frames(&series.names).collect();
    let facts = &row.facts;
    let site = facts.sites.most().copied();
    let user = row.stack.first_of(Owner::User, &series.names);
    let whole = series.by.is_by_stack();
    let name = name(series, row, &frames);
    let mut key: Vec<(String, Option<String>)> = Vec::new();
    for (dimension, value) in row.key.values(&series.by, &series.names) {
        let value = value.map(|value| match dimension {
            Dimension::Label(label) => labels.value(label, value).into_owned(),
            Dimension::Stack
            | Dimension::Function
            | Dimension::Package
            | Dimension::Site
            | Dimension::Entry
            | Dimension::Spawn
            | Dimension::State => value.to_owned(),
        });
        key.push((dimension.name(), value));
    }
    GroupLine {
        fingerprint: row.fingerprint.to_string(),
        counts: row.counts.clone(),
        gain: row.gain(),
        change: row.change(),
        per_hour: series.per_hour(row).filter(|_| series.columns.len() > 1),
        stack: frames.iter().map(|it| frame(*it)).collect(),
        cut: row.stack.cut,
        labels: facts
            .common_labels()
            .map(|(key, value)| (labels.key(key).into_owned(), labels.value(key, value).into_owned()))
            .collect(),
        label_keys: facts.labels.iter().flat_map(|it| &it.keys).map(|it| label_key(it, labels)).collect(),
        key,
        blocked_on: facts.blocked_on(whole).map(|fact| (fact.value, fact.basis)),
        blocked_detail: facts.blocked_on(whole).and_then(|fact| {
            wait_detail(fact.value, frames.iter().map(|it| series.names.function_name(it.function)))
        }),
        state: state(facts, whole),
        waited: waited(&facts.minutes()),
        site: site.map(frame),
        site_in_user_code: user.map(frame),
        site_in_library: site.filter(|it| series.names.owner(it.function) == Owner::Dependency).map(frame),
        name: name.map(frame),
        waits_in: name.filter(|_| whole).and_then(|it| waits_in(series, &frames, it)).map(frame),
        spawn_site: facts.spawn_site(whole).map(|fact| (frame(fact.value), fact.basis)),
        entry: entry(series, row).map(frame),
        observer: whole
            && frames.iter().any(|it| is_observer(package(series.names.function_name(it.function)))),
        proven_leaked: facts.proven(),
        growth: row.growth.as_deref().map(growth),
        grows: grows(row),
        heap_held: heap_held(series, row).map(|held| HeapLine {
            bytes: held.bytes,
            allocated_at: held.allocated_at.map(|id| series.names.function_name(id).to_owned()),
            each: held.each,
        }),
        background: None,
        test: go_test(series, row),
    }
}

/// Whether a package writes profiles: a goroutine in it is the request for this very one.
fn is_observer(package: &str) -> bool {
    matches!(package, "runtime/pprof" | "net/http/pprof")
}

/// The frame that names a row: of a stack the user's own, else a library's, else the most telling one.
fn name(series: &Series, row: &Row, frames: &[Frame]) -> Option<Frame> {
    if !series.by.is_by_stack() {
        return frames.first().copied();
    }
    let user = row.stack.first_of(Owner::User, &series.names);
    user.or(row.facts.sites.most().copied()).or_else(|| telling(series, frames))
}

/// Packages of the standard library that wait, read and write for everybody: their frames say no more than what a
/// goroutine is blocked on.
const GENERAL: [&str; 9] = ["bufio", "context", "crypto/tls", "io", "net", "os", "sync", "syscall", "time"];

fn is_general(series: &Series, frame: &Frame) -> bool {
    let package = package(series.names.function_name(frame.function));
    GENERAL.binary_search(&package).is_ok() || package.starts_with("internal/")
}

/// The frame that says most of a stack that is all the standard library's: the first that is not of a general package.
fn telling(series: &Series, frames: &[Frame]) -> Option<Frame> {
    frames.iter().find(|frame| !is_general(series, frame)).or(frames.last()).copied()
}

/// Where a stack waits below the frame that names it: the innermost frame of a library, or of the standard library outside
/// of its general packages.
fn waits_in(series: &Series, frames: &[Frame], name: Frame) -> Option<Frame> {
    let inner = frames.iter().take_while(|frame| **frame != name);
    let is_telling = |frame: &&Frame| match series.names.owner(frame.function) {
        Owner::Runtime => false,
        // `reflect.Select` is a select, whatever calls it.
        Owner::Standard => {
            !is_general(series, frame) && package(series.names.function_name(frame.function)) != "reflect"
        }
        Owner::Dependency | Owner::User => true,
    };
    inner.clone().find(is_telling).copied()
}

/// Go's words for what blocks them: the most frequent of those that mean the class that is shown.
fn state(facts: &Facts, whole: bool) -> Option<String> {
    let class = facts.blocked_on(whole).map(|fact| fact.value);
    let said = &facts.stated.as_ref()?.states;
    let states = said.sorted();
    let means = |state: &str| blocked_on_stated(state, std::iter::empty()).map(|fact| fact.value);
    let fitting = states.iter().find(|(state, _)| means(state) == class).map(|(state, _)| state.clone());
    said.one(whole).and(fitting).or_else(|| said.one(whole).cloned())
}

/// The outermost frame: of the stack, or where it is not grouped by stack the one that all have in common.
fn entry(series: &Series, row: &Row) -> Option<Frame> {
    if series.by.is_by_stack() {
        return row.stack.last(&series.names);
    }
    let entries = row.facts.entries.sorted();
    let (first, _) = entries.first()?;
    entries.iter().all(|(frame, _)| frame.function == first.function).then_some(*first)
}

fn waited(minutes: &[u32]) -> Option<Waited> {
    let seconds = |minutes: u32| u64::from(minutes) * 60;
    Some(Waited {
        min_s: seconds(*minutes.first()?),
        median_s: seconds(*minutes.get(minutes.len() / 2)?),
        max_s: seconds(*minutes.last()?),
    })
}
