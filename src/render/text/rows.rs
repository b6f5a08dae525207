//! The rows of the table: one line each.

use crate::model::Basis;
use crate::model::Kind;
use crate::report::GroupLine;
use crate::report::Report;
use crate::report::Waited;
use crate::series::Change;
use crate::sort;
use crate::text::pluralize;
use crate::text::with_thousands;

use super::names::position;
use super::page::Page;
use super::page::TextOptions;
use super::palette;
use super::palette::paint;
use super::palette::paint_all;
use super::table::Align;
use super::table::Column;
use super::table::Shrink;
use super::table::lay_out;
use super::table::sparkline;
use super::wrap::wrap_after;
use crate::render::key::value_word;
use crate::text::escape;
use crate::text::units;
use crate::text::word;

/// Wider than any page, and far from the end of a usize.
pub(super) const UNBOUNDED: usize = 1 << 32;

/// How the table is made to fit: what a finding says as well goes first, names are cut last.
const STEPS: [Shrink; 15] = [
    Shrink::Drop("rate"),
    Shrink::Drop("share"),
    Shrink::Drop("proven"),
    Shrink::Drop("trend"),
    Shrink::Shorten("blocked on"),
    Shrink::Shorten("position"),
    Shrink::Shorten("started in"),
    Shrink::Shorten("where"),
    Shrink::Drop("waited"),
    Shrink::Cut("started in", 12),
    Shrink::Cut("key", 24),
    Shrink::Drop("position"),
    Shrink::Cut("where", 16),
    Shrink::Drop("started in"),
    Shrink::Cut("where", 8),
];

/// The table, its heading first; below it what its marks mean.
pub(super) fn table(page: &Page<'_>) -> Vec<String> {
    let Page { report, names, options } = page;
    let options = *options;
    let several = report.snapshots.len() > 1;
    // What came and went in between is in the JSON; on a page it is noise.
    let groups: Vec<&GroupLine> =
        report.groups.iter().filter(|it| !is_passing(it) && !is_folded(it, options)).collect();
    if groups.is_empty() {
        return folded(page);
    }
    let total = report.snapshots.last().map_or(0, |it| it.goroutines);
    let texts = |cell: &dyn Fn(&GroupLine) -> String| groups.iter().map(|it| cell(it)).collect::<Vec<_>>();
    let number = |id, cell: &dyn Fn(&GroupLine) -> String| Column::new(id, Align::Right, texts(cell));
    let left = |id, cell: &dyn Fn(&GroupLine) -> String| Column::new(id, Align::Left, texts(cell));
    let numbers = (1..=groups.len()).map(|number| number.to_string()).collect();
    let mut columns = vec![Column::new("#", Align::Right, numbers)];
    columns.push(number("count", &|it| with_thousands(it.count())));
    columns.push(number("share", &|it| units::share(it.count(), total)));
    if report.snapshots.len() > 2 {
        columns.push(left("trend", &|it| sparkline(&it.counts)));
    }
    if several {
        columns.push(number("gain", &|it| match it.change {
            Change::New | Change::Gone => format!("{} {}", it.change.as_str(), units::signed(it.gain)),
            Change::Grew | Change::Shrank | Change::Same => units::signed(it.gain),
        }));
        columns.push(number("rate", &|it| match it.per_hour {
            Some(rate) if it.gain != 0 => units::rate(rate),
            Some(_) | None => String::new(),
        }));
    }
    if groups.iter().any(|it| it.proven_leaked.is_some_and(|n| n > 0)) && !all_proven(report) {
        columns.push(number("proven", &|it| it.proven_leaked.map_or(String::new(), with_thousands)));
    }
    let blocked_on = groups.iter().map(|it| blocked_on(it)).collect();
    columns.push(Column::of_variants("blocked on", "blocked on", blocked_on));
    if groups.iter().any(|it| it.waited.is_some()) {
        columns.push(left("waited", &|it| it.waited.map_or("–".to_owned(), waited)));
    }
    for key in
        report.by.iter().filter(|by| by.starts_with("label:") || matches!(by.as_str(), "package" | "state"))
    {
        let mut column = left("key", &|it| {
            let value = it.key.iter().find(|(name, _)| name == key).and_then(|(_, value)| value.as_deref());
            value.map_or_else(|| "–".to_owned(), |value| value_word(report, key, value))
        });
        column.heading = word(key.strip_prefix("label:").unwrap_or(key)).into_owned();
        columns.push(column);
    }
    let function = |name: &str| match options.full {
        true => vec![word(name).into_owned()],
        false => names.function_variants(name),
    };
    let named = |id, heading, cell: &dyn Fn(&GroupLine) -> Vec<String>| {
        Column::of_variants(id, heading, groups.iter().map(|it| cell(it)).collect())
    };
    if groups.iter().any(|it| it.name.is_some()) {
        columns.push(named("where", "where", &|it| {
            it.name.as_ref().map_or(vec!["(no frames)".to_owned()], |frame| function(&frame.function))
        }));
        columns.push(named("position", "", &|it| match &it.name {
            Some(frame) if frame.file.is_empty() => vec![String::new()],
            Some(frame) if options.full => vec![position(&frame.file, frame.line)],
            Some(frame) => names.position_variants(frame),
            None => vec![String::new()],
        }));
    }
    if groups.iter().any(|it| started_in(it, &function).first().is_some_and(|text| text != "–")) {
        columns.push(named("started in", "started in", &|it| started_in(it, &function)));
    }
    let width = if options.full { UNBOUNDED } else { options.width };
    let mut lines = lay_out(columns, &STEPS, width);
    for (line, group) in lines.iter_mut().skip(1).zip(&groups) {
        let style = match group.change {
            // A gain that is no growth is not marked: the table says the same as the findings.
            _ if group.grows => palette::GREW,
            Change::Gone | Change::Shrank if several => palette::SHRANK,
            Change::New | Change::Grew | Change::Gone | Change::Shrank | Change::Same => continue,
        };
        *line = paint(style, line);
    }
    if let Some(heading) = lines.first_mut() {
        *heading = paint(palette::HEADING, heading);
    }
    lines.extend(folded(page));
    let passing = report.groups.iter().filter(|it| is_passing(it)).count();
    if passing > 0 {
        let verb = "appeared and disappeared during the series (not shown)";
        lines.extend(aside(&format!("{} {verb}", pluralize(passing as i128, "stack")), options));
    }
    if groups.iter().any(|it| has_inferred(it)) {
        lines.extend(aside("~ inferred from the frames, not stated by the profile", options));
    }
    lines
}

/// One line about the rows that are background: how many, and what they are.
fn folded(page: &Page<'_>) -> Vec<String> {
    let Page { report, options, .. } = page;
    let folded = report.groups.iter().filter(|it| is_folded(it, *options));
    let mut what: Vec<&str> = folded.filter_map(|it| it.background.as_deref()).collect();
    let n = what.len();
    if n == 0 {
        return Vec::new();
    }
    what.sort_unstable();
    what.dedup();
    let (verb, them) = if n == 1 { ("is", "it") } else { ("are", "them") };
    let (rows, what) = (pluralize(n as i128, "more row"), what.join(", "));
    let is_all = n == report.groups.len() && report.omitted.groups == 0;
    let text = match is_all {
        true => format!("only background goroutines are here: {what} (--all shows {them})"),
        false => format!("{rows} {verb} background: {what} (--all shows {them})"),
    };
    aside(&text, *options)
}

/// A remark below the table, wrapped to the page.
pub(super) fn aside(text: &str, options: TextOptions) -> Vec<String> {
    paint_all(palette::ASIDE, wrap_after("   ", text, options.width)).collect()
}

/// Whether a group is left to the line below the table: a background goroutine in a number that is fine.
fn is_folded(group: &GroupLine, options: TextOptions) -> bool {
    !options.all && !options.full && group.background.is_some() && !is_passing(group)
}

/// Whether a group was there in the middle of a series only.
fn is_passing(group: &GroupLine) -> bool {
    group.count() == 0 && group.gain == 0
}

/// Marks a cell that is inferred and not stated.
fn mark(basis: Basis) -> &'static str {
    match basis {
        Basis::Stated => "",
        Basis::Inferred => "~",
    }
}

fn has_inferred(group: &GroupLine) -> bool {
    let blocked_on = group.blocked_on.is_some_and(|(_, basis)| basis == Basis::Inferred);
    blocked_on || group.spawn_site.as_ref().is_some_and(|(_, basis)| *basis == Basis::Inferred)
}

fn all_proven(report: &Report) -> bool {
    report.snapshots.iter().all(|it| it.kind == Kind::GoroutineLeak)
        && report.groups.iter().all(|it| it.proven_leaked == Some(it.count()))
}

/// What they are blocked on; where they differ, how many on what, in full and in short.
fn blocked_on(group: &GroupLine) -> Vec<String> {
    let (Some((_, basis)), Some(words)) = (group.blocked_on, group.blocked_on_words()) else {
        return vec!["–".to_owned()];
    };
    let mark = mark(basis);
    let all: i128 = group.waits.iter().map(|(_, count)| count).sum();
    let short = group.waits.first().map(|(wait, count)| format!("{count} of {all} {}{mark}", escape(wait)));
    [format!("{}{mark}", escape(&words))].into_iter().chain(short).collect()
}

/// Who started them; where that is not known the entry, if the row does not name it already.
fn started_in(group: &GroupLine, function: &dyn Fn(&str) -> Vec<String>) -> Vec<String> {
    let each = |name: &str, text: &dyn Fn(String) -> String| {
        function(name).into_iter().map(text).collect::<Vec<_>>()
    };
    let mut functions: Vec<(&str, i128)> = Vec::new();
    for (frame, count) in &group.spawn_sites {
        match functions.iter_mut().find(|(it, _)| *it == frame.function) {
            Some((_, sum)) => *sum += count,
            None => functions.push((&frame.function, *count)),
        }
    }
    sort::by_key(&mut functions, |(_, count)| std::cmp::Reverse(*count));
    if let [(most, count), (second, other), rest @ ..] = functions.as_slice() {
        let all: i128 = functions.iter().map(|(_, count)| count).sum();
        let more = if rest.is_empty() { "" } else { ", …" };
        let mut texts: Vec<String> = function(most)
            .iter()
            .zip(function(second))
            .map(|(a, b)| format!("{count} {a}, {other} {b}{more}"))
            .collect();
        texts.extend(each(most, &|name| format!("{count} of {all} {name}")));
        return texts;
    }
    match (&group.spawn_site, &group.entry, &group.name) {
        (Some((frame, basis)), _, _) => each(&frame.function, &|name| format!("{name}{}", mark(*basis))),
        (None, Some(entry), Some(name)) if entry.function != name.function && !group.cut => {
            let mut texts: Vec<String> = each(&entry.function, &|name| format!("– (entry {name})"));
            texts.push("–".to_owned());
            texts
        }
        (None, _, _) => vec!["–".to_owned()],
    }
}

/// `12 min`, `3–12 min`
fn waited(it: Waited) -> String {
    let longest = units::duration(it.max_s as f64);
    if it.min_s == it.max_s {
        return longest;
    }
    let shortest = units::duration(it.min_s as f64);
    match (shortest.split_once(' '), longest.split_once(' ')) {
        (Some((low, unit)), Some((_, same))) if unit == same => format!("{low}–{longest}"),
        _ => format!("{shortest}–{longest}"),
    }
}
