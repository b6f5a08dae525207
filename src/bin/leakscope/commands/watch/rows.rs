//! The rows of the list: the stacks of a report, grouped, filtered and sorted as the view asks.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::collections::HashMap;

use leakscope::model::Basis;
use leakscope::report::GroupLine;
use leakscope::report::Report;

use super::texts::one_word;
use super::texts::outside;
use super::texts::position;
use super::texts::short;

/// What the rows are grouped by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Grouping {
    #[default]
    Stack,
    Site,
    Spawn,
    State,
    Package,
    Label,
}

impl Grouping {
    pub(super) fn word(self) -> &'static str {
        match self {
            Grouping::Stack => "stack",
            Grouping::Site => "site",
            Grouping::Spawn => "spawn",
            Grouping::State => "state",
            Grouping::Package => "package",
            Grouping::Label => "label",
        }
    }

    pub(super) fn next(self) -> Self {
        match self {
            Grouping::Stack => Grouping::Site,
            Grouping::Site => Grouping::Spawn,
            Grouping::Spawn => Grouping::State,
            Grouping::State => Grouping::Package,
            Grouping::Package => Grouping::Label,
            Grouping::Label => Grouping::Stack,
        }
    }
}

/// The order of the rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Order {
    #[default]
    Gain,
    Count,
    Name,
    Waits,
}

impl Order {
    pub(super) fn word(self) -> &'static str {
        match self {
            Order::Gain => "gain",
            Order::Count => "count",
            Order::Name => "where",
            Order::Waits => "waits for",
        }
    }

    pub(super) fn next(self) -> Self {
        match self {
            Order::Gain => Order::Count,
            Order::Count => Order::Name,
            Order::Name => Order::Waits,
            Order::Waits => Order::Gain,
        }
    }
}

/// What is worth a mark at the left of a row, the most important last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Mark {
    None,
    Grows,
    Proven,
}

/// What the rows are made by.
#[derive(Clone, Debug, Default)]
pub(super) struct Choice {
    pub(super) grouping: Grouping,
    pub(super) order: Order,
    pub(super) is_reversed: bool,
    /// Words that all must match; `!word` must not.
    pub(super) filter: String,
    pub(super) with_background: bool,
}

/// What a report does not say by itself.
#[derive(Clone, Debug, Default)]
pub(super) struct Known {
    /// The counts from which gain is measured, by fingerprint; `None` for the first snapshot.
    pub(super) since: Option<HashMap<String, i128>>,
    /// Stacks that a goroutineleak profile showed to have leaked, by fingerprint.
    pub(super) proven: HashMap<String, i128>,
}

/// One row. All texts are escaped.
#[derive(Clone, Debug)]
pub(super) struct Row {
    /// What stays the same when the list is made anew.
    pub(super) key: String,
    /// The stacks, as indexes of the report's groups, the most important first.
    pub(super) members: Vec<usize>,
    pub(super) counts: Vec<i128>,
    pub(super) gain: i128,
    pub(super) per_hour: Option<f64>,
    pub(super) mark: Mark,
    pub(super) is_background: bool,
    /// What its goroutines wait for, with `~` if that is inferred.
    pub(super) waits: String,
    pub(super) name: String,
    pub(super) position: String,
    pub(super) started: String,
}

impl Row {
    pub(super) fn count(&self) -> i128 {
        self.counts.last().copied().unwrap_or(0)
    }
}

/// The rows in their order.
pub(super) fn rows(report: &Report, choice: &Choice, known: &Known) -> Vec<Row> {
    let filter = Filter::new(&choice.filter);
    let label = most_common_label(report);
    let mut grouped: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (index, group) in report.groups.iter().enumerate().filter(|(_, group)| filter.holds(group)) {
        let key = key(group, choice.grouping, label.as_deref());
        grouped.entry(key).or_default().push(index);
    }
    let mut rows: Vec<Row> = grouped
        .into_iter()
        .map(|(key, members)| row(report, choice.grouping, key, members, known))
        .filter(|row| choice.with_background || !row.is_background)
        .filter(|row| row.count() > 0 || row.gain != 0)
        .collect();
    // Equal rows are in the order of the report.
    rows.sort_by_key(|row| row.members.first().copied());
    match choice.order {
        Order::Gain => rows.sort_by_key(|row| (Reverse(row.gain), Reverse(row.count()))),
        Order::Count => rows.sort_by_key(|row| Reverse(row.count())),
        Order::Name => rows.sort_by(|a, b| a.name.cmp(&b.name)),
        Order::Waits => rows.sort_by(|a, b| a.waits.cmp(&b.waits)),
    }
    if choice.is_reversed {
        rows.reverse();
    }
    rows
}

fn row(report: &Report, grouping: Grouping, key: String, members: Vec<usize>, known: &Known) -> Row {
    let groups = || members.iter().filter_map(|index| report.groups.get(*index));
    let first = |group: &GroupLine| match &known.since {
        Some(since) => since.get(&group.fingerprint).copied().unwrap_or(0),
        None => group.counts.first().copied().unwrap_or(0),
    };
    let counts = (0..report.snapshots.len())
        .map(|column| groups().filter_map(|group| group.counts.get(column)).sum())
        .collect();
    let is_proven = |group: &GroupLine| {
        group.proven_leaked.is_some_and(|it| it > 0) || known.proven.contains_key(&group.fingerprint)
    };
    let mark = |group: &GroupLine| match group.grows {
        _ if is_proven(group) => Mark::Proven,
        true => Mark::Grows,
        false => Mark::None,
    };
    let first_name = groups().next().map_or_else(String::new, name);
    let name = match grouping {
        Grouping::Stack | Grouping::Site => first_name,
        // Another column has the key.
        Grouping::Spawn | Grouping::State if members.len() == 1 => first_name,
        Grouping::Spawn | Grouping::State => format!("{first_name} and {} more", members.len() - 1),
        Grouping::Package | Grouping::Label => key.clone(),
    };
    let place = groups().next().and_then(|group| group.name.as_ref()).map(|frame| position(frame, 0));
    Row {
        counts,
        gain: groups().map(|group| group.counts.last().copied().unwrap_or(0) - first(group)).sum(),
        per_hour: groups().map(|group| group.per_hour).sum(),
        mark: groups().map(mark).max().unwrap_or(Mark::None),
        is_background: groups().all(|group| group.background.is_some()),
        waits: common(groups().map(waits)),
        name,
        position: match grouping {
            Grouping::Stack | Grouping::Site => place.unwrap_or_default(),
            Grouping::Spawn | Grouping::State | Grouping::Package | Grouping::Label => String::new(),
        },
        started: common(groups().map(started)),
        key,
        members,
    }
}

/// The text that all have, or how many there are.
fn common(texts: impl Iterator<Item = String>) -> String {
    let mut all: Vec<String> = texts.collect();
    all.sort_unstable();
    all.dedup();
    match all.as_slice() {
        [one] => one.clone(),
        several => format!("{} different", several.len()),
    }
}

/// What the goroutines with the same key have in common. A stack's key is its fingerprint.
fn key(group: &GroupLine, grouping: Grouping, label: Option<&str>) -> String {
    match grouping {
        Grouping::Stack => group.fingerprint.clone(),
        Grouping::Site => group.name.as_ref().map_or_else(|| "–".to_owned(), |it| one_word(&it.function)),
        Grouping::Spawn => started(group),
        Grouping::State => waits(group),
        Grouping::Package => group.name.as_ref().map_or_else(
            || "–".to_owned(),
            |it| one_word(leakscope::golang::package_and_rest(&it.function).0),
        ),
        Grouping::Label => value_of(group, label),
    }
}

/// The label key that most goroutines have; `None` without labels.
fn most_common_label(report: &Report) -> Option<String> {
    let mut counts: BTreeMap<&str, i128> = BTreeMap::new();
    for label in report.groups.iter().flat_map(|group| &group.label_keys) {
        *counts.entry(&label.key).or_default() += label.goroutines;
    }
    counts.into_iter().max_by_key(|(key, count)| (*count, Reverse(*key))).map(|(key, _)| key.to_owned())
}

/// The value of a label, or how many values there are.
fn value_of(group: &GroupLine, label: Option<&str>) -> String {
    let found = label.and_then(|key| group.label_keys.iter().find(|it| it.key == key));
    match (label, found) {
        (None, _) => "no labels".to_owned(),
        (Some(key), None) => format!("without {}", one_word(key)),
        (Some(key), Some(it)) if it.values == 1 && it.goroutines == group.count() => {
            format!("{}={}", one_word(key), one_word(&it.most.0))
        }
        (Some(key), Some(it)) => format!("{}: {} values", one_word(key), it.values),
    }
}

/// The frame that names a stack.
pub(super) fn name(group: &GroupLine) -> String {
    group.name.as_ref().map_or_else(|| "(no frames)".to_owned(), |it| short(&it.function))
}

fn waits(group: &GroupLine) -> String {
    let words = group.blocked_on_words();
    let mark = match group.blocked_on {
        Some((_, Basis::Inferred)) => "~",
        Some((_, Basis::Stated)) | None => "",
    };
    words.map_or_else(|| "–".to_owned(), |words| format!("{}{mark}", outside(&words)))
}

fn started(group: &GroupLine) -> String {
    group.spawn_site.as_ref().map_or_else(|| "–".to_owned(), |(frame, _)| short(&frame.function))
}

/// The words of a filter, in lower case.
struct Filter {
    words: Vec<(bool, String)>,
}

impl Filter {
    fn new(text: &str) -> Self {
        let word = |word: &str| match word.strip_prefix('!') {
            Some(rest) => (false, rest.to_lowercase()),
            None => (true, word.to_lowercase()),
        };
        Filter { words: text.split_whitespace().map(word).filter(|(_, word)| !word.is_empty()).collect() }
    }

    fn holds(&self, group: &GroupLine) -> bool {
        if self.words.is_empty() {
            return true;
        }
        let spawn = group.spawn_site.iter().map(|(frame, _)| frame);
        let frames = group.stack.iter().chain(spawn).flat_map(|it| [it.function.clone(), it.file.clone()]);
        let labels = group.labels.iter().map(|(key, value)| format!("{key}={value}"));
        let others = [group.fingerprint.clone(), group.blocked_on_words().unwrap_or_default()];
        let texts: Vec<String> = frames.chain(labels).chain(others).map(|text| text.to_lowercase()).collect();
        let found = |word: &str| texts.iter().any(|text| text.contains(word));
        self.words.iter().all(|(wanted, word)| found(word) == *wanted)
    }
}
