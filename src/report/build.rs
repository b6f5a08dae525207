//! Builds a report from a series and its diagnosis.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use crate::diagnose::Diagnosis;
use crate::diagnose::Finding;
use crate::diagnose::ForecastLimits;
use crate::diagnose::ForecastOutcome;
use crate::diagnose::HeapShares;
use crate::diagnose::explain;
use crate::diagnose::forecast;
use crate::diagnose::heap_held;
use crate::golang::Owner;
use crate::golang::package;
use crate::golang::writes_profiles;
use crate::group::Dimension;
use crate::model::Death;
use crate::model::FileId;
use crate::model::Form;
use crate::model::FunctionId;
use crate::rules::RuleSet;
use crate::series::LabelCounting;
use crate::series::Row;
use crate::series::Series;
use crate::sort;
use crate::text::ShownLabels;
use crate::text::similar;
use crate::text::word;

use super::by_source::apply_source;
use super::by_source::drops_conclusions;
use super::callers::callers;
use super::callers::sentence;
use super::conclude::conclude;
use super::death::death;
use super::from_source::FromSource;
use super::group_line::group;
use super::group_line::grows;
use super::group_line::name;
use super::label_values::label_values;
use super::lines::Caller;
use super::lines::FindingLine;
use super::lines::GroupLine;
use super::lines::NotExplained;
use super::lines::Omitted;
use super::lines::Report;
use super::main_module::MainModule;
use super::regression::CommandArguments;
use super::regression::regression_commands;
use super::source_link::SourceLink;

/// The order of groups.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    /// The largest gain first, then the largest count.
    #[default]
    Gain,
    /// The largest count first.
    Count,
    /// The longest stated wait first.
    Wait,
}

/// Whether the source is asked for patches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PatchWriting {
    /// For a report that shows them.
    #[default]
    Written,
    /// [`SourceVerdict::patch`](crate::diagnose::SourceVerdict::patch) stays empty.
    Ignored,
}

/// Options of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// The maximum number of groups; 0 means all.
    pub limit: usize,
    /// The order of groups. Findings keep theirs: the most important first.
    pub sort: Sort,
    /// How to see growth if there is a single snapshot: a sentence that ends with a command. It is passed on to the report.
    pub next_step: Option<String>,
    /// How to get a traceback if there is none. It is passed on to the report.
    pub traceback: Option<String>,
    /// The first digits of a fingerprint: reports that group alone, with an explanation.
    pub explain: Option<String>,
    /// Limits of the process for which the report makes a forecast.
    pub outlook: ForecastLimits,
    /// Arguments of the commands that detect a leak when it comes back.
    pub arguments: CommandArguments,
    /// How labels are shown.
    pub labels: ShownLabels,
    /// Whether the values of labels are counted. Only the HTML page shows them.
    pub label_values: LabelCounting,
    /// Whether patches are written, which reads the source once more for each.
    pub patches: PatchWriting,
    /// The command line, without its secrets. It is passed on to the report.
    pub command: Option<String>,
    /// How positions are linked to a forge. It is passed on to the report.
    pub source_link: Option<SourceLink>,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            limit: 20,
            sort: Sort::default(),
            next_step: None,
            traceback: None,
            explain: None,
            outlook: ForecastLimits::default(),
            arguments: CommandArguments::default(),
            labels: ShownLabels::default(),
            label_values: LabelCounting::default(),
            patches: PatchWriting::default(),
            command: None,
            source_link: None,
        }
    }
}

/// Builds the report on a series.
pub fn report(series: &Series, diagnosis: &Diagnosis, rules: &RuleSet, options: &Options) -> Report {
    let shown = if options.limit == 0 { series.rows.len() } else { options.limit.min(series.rows.len()) };
    let order = sorted(series, options.sort);
    let (rows, rest) = order.split_at(shown);
    let Diagnosis { findings, background } = diagnosis;
    if let Some(wanted) = &options.explain {
        return explanation(series, diagnosis, rules, options, wanted);
    }
    let all: BTreeSet<usize> = findings.iter().flat_map(|it| it.rows.iter().copied()).collect();
    let callers = callers(series, findings);
    let heap = HeapShares::new(series);
    let line = |row: &usize| GroupLine {
        background: background.get(*row).cloned().flatten(),
        ..group(series, &series.rows[*row], &heap, options.labels)
    };
    let death = death(series, options.labels);
    let is_dead = death.is_some() || is_printed_dump(series);
    let has_next = series.columns.len() == 1 && !is_dead;
    Report {
        program: series.columns.iter().rev().find_map(|column| column.program.as_deref()).map(program_name),
        snapshots: series.columns.clone(),
        hours: series.hours(),
        death,
        shown_labels: options.labels,
        by: series.by.dimensions.iter().map(Dimension::name).collect(),
        groups: rows.iter().map(line).collect(),
        #[cfg(feature = "files")]
        verdict: None,
        explanation: None,
        not_explained: None,
        findings: findings
            .iter()
            .zip(callers)
            .map(|(it, callers)| finding(series, it, rules, callers, &heap, options))
            .collect(),
        outlook: forecast(series, &heap, &all, &options.outlook),
        main_module: main_module(series),
        source_folder: None,
        is_source_given: false,
        conclusion: conclude(series, diagnosis, &(0..series.rows.len()).collect::<Vec<usize>>()),
        omitted: Omitted {
            groups: rest.len(),
            goroutines: rest.iter().map(|row| series.rows[*row].count()).sum(),
        },
        next_step: options.next_step.clone().filter(|_| has_next),
        traceback: options.traceback.clone(),
        labels: label_values(&series.labels, options.labels),
        warnings: series.warnings.iter().cloned().chain(unsorted(series, options.sort)).collect(),
        command: options.command.clone(),
        source_link: options.source_link.clone(),
    }
}

/// The rows in the order in which they are shown. Of equal ones, those with the largest gain and count come first.
fn sorted(series: &Series, sort: Sort) -> Vec<usize> {
    let mut order: Vec<usize> = (0..series.rows.len()).collect();
    match sort {
        Sort::Gain => {}
        Sort::Count => sort::by_key(&mut order, |row| Reverse(series.rows[*row].count())),
        Sort::Wait => order.sort_by_cached_key(|row| Reverse(longest_wait(&series.rows[*row]))),
    }
    order
}

fn longest_wait(row: &Row) -> Option<u32> {
    let minutes = row.facts.goroutines().iter().filter_map(|goroutine| goroutine.minutes);
    minutes.max().filter(|_| row.count() > 0)
}

/// Why rows are not sorted by their waits; `None` if they are.
fn unsorted(series: &Series, sort: Sort) -> Option<String> {
    let last = series.columns.last().filter(|_| sort == Sort::Wait)?;
    if series.rows.iter().any(|row| longest_wait(row).is_some()) {
        return None;
    }
    let (origin, form) = (last.origin_word(), last.form.as_str());
    let why = match last.has_traceback {
        true => format!("no goroutine of {origin} states that it has waited for a minute or more"),
        false => {
            format!("{origin} is of the form {form}, which does not state how long goroutines have waited")
        }
    };
    Some(format!("--sort wait: {why}; the rows are sorted by gain and count"))
}

/// The report on one group: its row, its findings, and an explanation.
fn explanation(
    series: &Series,
    diagnosis: &Diagnosis,
    rules: &RuleSet,
    options: &Options,
    wanted: &str,
) -> Report {
    let here = |row: &usize| series.rows[*row].fingerprint.to_string().starts_with(wanted);
    let rows: Vec<usize> = (0..series.rows.len()).filter(here).collect();
    let mut found = diagnosis.clone();
    found.findings.retain(|it| it.rows.iter().any(|row| rows.contains(row)));
    let all = Options { limit: 1, explain: None, ..options.clone() };
    let mut report = report(series, &found, rules, &all);
    let heap = HeapShares::new(series);
    report.groups = rows.iter().map(|row| group(series, &series.rows[*row], &heap, options.labels)).collect();
    report.omitted = Omitted::default();
    report.conclusion = conclude(series, &found, &rows);
    report.outlook = Vec::new();
    if let [row] = *rows {
        let mut explanation = explain(series, rules, row);
        let known = found.findings.iter().filter(|it| drops_conclusions(it, rules.find(&it.rule)));
        let less: Vec<&String> = known.flat_map(|it| &it.conclusions).collect();
        explanation.evidence.retain(|it| !less.contains(&it));
        report.explanation = Some(explanation);
    } else {
        report.not_explained = Some(not_explained(series, rules, &rows, wanted));
    }
    report
}

/// Why no single group has the fingerprint that was asked for, and what was probably meant.
fn not_explained(series: &Series, rules: &RuleSet, rows: &[usize], wanted: &str) -> NotExplained {
    let shown = |row: &Row| {
        let frames: Vec<_> = row.stack.frames(&series.names).collect();
        let function = name(series, row, &frames).map_or("-", |it| series.names.function_name(it.function));
        format!("{} {}", row.fingerprint, word(function))
    };
    let list = |rows: &mut dyn Iterator<Item = &Row>| rows.take(3).map(shown).collect::<Vec<_>>().join(", ");
    if !rows.is_empty() {
        let message = format!("several groups have a fingerprint that begins with {wanted}");
        let mut rows = rows.iter().map(|row| &series.rows[*row]);
        return NotExplained { message, hint: format!("give more digits: {}", list(&mut rows)) };
    }
    let message = format!("no group has a fingerprint that begins with {wanted}");
    if rules.find(wanted).is_some() {
        return NotExplained { message, hint: format!("to describe the rule: leakscope explain {wanted}") };
    }
    let prefixes: Vec<(String, &Row)> = series
        .rows
        .iter()
        .map(|row| (row.fingerprint.to_string().chars().take(wanted.chars().count()).collect(), row))
        .collect();
    let near = similar(wanted, prefixes.iter().map(|(prefix, _)| prefix.as_str()));
    let near = prefixes.iter().find(|(prefix, _)| Some(prefix.as_str()) == near).map(|(_, row)| *row);
    let hint = match near {
        Some(row) => format!("did you mean {}?", shown(row)),
        None => format!("the first groups are {}", list(&mut series.rows.iter())),
    };
    NotExplained { message, hint }
}

fn finding(
    series: &Series,
    it: &Finding,
    rules: &RuleSet,
    callers: Vec<Caller>,
    heap: &HeapShares,
    options: &Options,
) -> FindingLine {
    let rows = || it.rows.iter().filter_map(|row| series.rows.get(*row));
    let counts = (0..series.columns.len())
        .map(|column| rows().filter_map(|row| row.counts.get(column)).sum())
        .collect();
    let lead = group(series, rows().next().expect("a finding has a row"), heap, options.labels);
    // A program that deadlocked never runs long enough for a gate to watch it.
    let is_deadlock =
        series.columns.last().and_then(|it| it.death.as_deref()).is_some_and(Death::is_deadlock);
    let mut outlook = forecast(series, heap, &it.rows.iter().copied().collect(), &options.outlook);
    // Limits that are reached already, or that have no estimate, are reported once for the whole process.
    outlook.retain(|it| matches!(it.outcome, ForecastOutcome::Reaches { .. }));
    let mut finding = it.clone();
    let rule = rules.find(&it.rule);
    let from_source = FromSource::new(it, rule, lead.name.as_ref());
    apply_source(&mut finding, rule, lead.name.as_ref());
    if let Some(first) = callers.first() {
        let Finding { message, facts: (_, plain), .. } = &mut finding;
        [message, plain].into_iter().for_each(|text| text.push_str(&format!(", {}", first.in_short())));
    }
    finding.evidence.extend(sentence(&callers));
    FindingLine {
        heap_held: heap_held(series, heap, &rows().collect::<Vec<_>>()),
        callers,
        finding,
        from_source,
        excerpts: Vec::new(),
        keep: regression_commands(it, &lead, &options.arguments).filter(|_| !is_deadlock),
        lead,
        counts,
        grows: rows().any(grows),
        outlook,
    }
}

/// The number of rows from which the main module is inferred. Their frames have its packages many times.
const MODULE_ROWS: usize = 256;

fn main_module(series: &Series) -> MainModule {
    let names = &series.names;
    let rows = series.rows.iter().take(MODULE_ROWS);
    let spawn_sites = rows.clone().filter_map(|row| row.facts.spawn_site(series.by.is_by_stack()));
    let ancestors =
        rows.clone().flat_map(|row| row.facts.stated.iter().flat_map(|it| it.ancestor_calls.sorted()));
    let callers = series.heap_calls.calls.iter().take(MODULE_ROWS).filter_map(|call| call.last().copied());
    let callers = callers.chain(ancestors.map(|(call, _)| call.frame));
    let frames = rows.flat_map(|row| row.stack.frames(names)).chain(spawn_sites.map(|fact| fact.value));
    let frames = frames.chain(callers);
    let own = frames.filter(|it| names.owner(it.function) == Owner::User);
    // Most frames are on many stacks; each name is needed once.
    let own: BTreeSet<(FunctionId, FileId)> = own.map(|it| (it.function, it.file)).collect();
    let named =
        own.iter().map(|(function, file)| (names.function_name(*function), names.symbols.file(*file)));
    MainModule::infer(series.by.module.as_deref(), named)
}

/// Whether all snapshots are tracebacks that were printed (by a crash, a signal or a test) and not fetched from a live process: such a
/// dump has a goroutine that writes it.
fn is_printed_dump(series: &Series) -> bool {
    let mut functions = (0..series.names.symbols.functions_len() as u32).map(FunctionId);
    series.columns.iter().all(|column| column.form == Form::TRACEBACK)
        && !functions.any(|it| writes_profiles(package(series.names.function_name(it))))
}

/// The last element of a path, of Unix or of Windows.
fn program_name(path: &str) -> String {
    path.rsplit(['/', '\\']).next().unwrap_or(path).to_owned()
}
