//! The rows of the table: one line each.

use crate::model::Basis;
use crate::model::Kind;
use crate::report::GroupLine;
use crate::report::Report;
use crate::report::Waited;
use crate::series::Change;
use crate::text::pluralize;
use crate::text::with_thousands;

use super::TextOptions;
use super::names::ShortNames;
use super::names::position;
use super::names::short_position;
use super::palette;
use super::palette::paint;
use super::table::Column;
use super::table::Fit;
use super::table::lay_out;
use super::table::sparkline;
use crate::text::escape;
use crate::text::units;

/// Wider than any page, and far from the end of a usize.
pub(super) const UNBOUNDED: usize = 1 << 32;

/// Marks a cell that is inferred and not stated.
const INFERRED: &str = "~";

/// The table, its heading first; below it what its marks mean.
pub(super) fn table(report: &Report, names: &ShortNames<'_>, options: TextOptions) -> Vec<String> {
    let several = report.snapshots.len() > 1;
    // What came and went in between is in the JSON; on a page it is noise.
    let groups: Vec<&GroupLine> =
        report.groups.iter().filter(|it| !is_passing(it) && !is_folded(it, options)).collect();
    if groups.is_empty() {
        return Vec::new();
    }
    let total = report.snapshots.last().map_or(0, |it| it.goroutines);
    let column = |heading: &str, fit: Fit, cell: &dyn Fn(&GroupLine) -> String| {
        let cells = groups.iter().map(|it| cell(it)).collect();
        Column { heading: heading.to_owned(), cells, fit }
    };
    let mut columns = vec![Column {
        heading: "#".to_owned(),
        cells: (1..=groups.len()).map(|number| number.to_string()).collect(),
        fit: Fit::Number,
    }];
    columns.push(column("count", Fit::Number, &|it| with_thousands(it.count())));
    columns.push(column("share", Fit::DroppableNumber(1), &|it| units::share(it.count(), total)));
    if report.snapshots.len() > 2 {
        columns.push(column("trend", Fit::Droppable(2), &|it| sparkline(&it.counts)));
    }
    if several {
        columns.push(column("gain", Fit::Number, &|it| match it.change {
            Change::New | Change::Gone => format!("{} {}", it.change.as_str(), units::signed(it.gain)),
            Change::Grew | Change::Shrank | Change::Same => units::signed(it.gain),
        }));
        columns.push(column("rate", Fit::DroppableNumber(0), &|it| match it.per_hour {
            Some(rate) if it.gain != 0 => units::rate(rate),
            Some(_) | None => String::new(),
        }));
    }
    if groups.iter().any(|it| it.proven_leaked.is_some_and(|n| n > 0)) && !all_proven(report) {
        columns.push(column("proven", Fit::Number, &|it| {
            it.proven_leaked.map_or(String::new(), with_thousands)
        }));
    }
    columns.push(column("blocked on", Fit::Word, &|it| match it.blocked_on {
        Some((class, basis)) => format!("{}{}", class.as_str(), mark(basis)),
        None => "–".to_owned(),
    }));
    if groups.iter().any(|it| it.waited.is_some()) {
        columns.push(column("waited", Fit::Word, &|it| it.waited.map_or("–".to_owned(), waited)));
    }
    for key in
        report.by.iter().filter(|by| by.starts_with("label:") || matches!(by.as_str(), "package" | "state"))
    {
        let heading = key.strip_prefix("label:").unwrap_or(key);
        columns.push(column(&escape(heading), Fit::Name(10), &|it| {
            let value = it.key.iter().find(|(name, _)| name == key).and_then(|(_, value)| value.as_deref());
            escape(value.unwrap_or("–")).into_owned()
        }));
    }
    let function = |name: &str| {
        if options.full { escape(name).into_owned() } else { names.function(name) }
    };
    if groups.iter().any(|it| it.name.is_some()) {
        columns.push(column("where", Fit::Name(16), &|it| {
            it.name.as_ref().map_or("(no frames)".to_owned(), |frame| function(&frame.function))
        }));
        columns.push(column("", Fit::Droppable(3), &|it| match &it.name {
            Some(frame) if frame.file.is_empty() => String::new(),
            Some(frame) if options.full => position(&frame.file, frame.line),
            Some(frame) => short_position(&frame.file, frame.line),
            None => String::new(),
        }));
    }
    columns.push(column("started in", Fit::Name(12), &|it| started_in(it, &function)));
    let width = if options.full { UNBOUNDED } else { options.width };
    let mut lines = lay_out(columns, width);
    for (line, group) in lines.iter_mut().skip(1).zip(&groups) {
        let style = match group.change {
            Change::New | Change::Grew if several => palette::GREW,
            Change::Gone | Change::Shrank if several => palette::SHRANK,
            Change::New | Change::Grew | Change::Gone | Change::Shrank | Change::Same => continue,
        };
        *line = paint(style, line);
    }
    if let Some(heading) = lines.first_mut() {
        *heading = paint(palette::HEADING, heading);
    }
    let folded: Vec<&str> = report
        .groups
        .iter()
        .filter(|it| is_folded(it, options))
        .filter_map(|it| it.background.as_deref())
        .collect();
    if !folded.is_empty() {
        let mut what = folded.clone();
        what.sort_unstable();
        what.dedup();
        let verb = if folded.len() == 1 { "is" } else { "are" };
        let text = format!(
            "    {} {verb} background: {} (--all shows them)",
            pluralize(folded.len() as i128, "more row"),
            what.join(", ")
        );
        lines.push(paint(palette::ASIDE, &text));
    }
    let passing = report.groups.len() - groups.len() - folded.len();
    if passing > 0 {
        let verb = if passing == 1 { "was" } else { "were" };
        let text = format!("    {} {verb} there only in between", pluralize(passing as i128, "more row"));
        lines.push(paint(palette::ASIDE, &text));
    }
    if groups.iter().any(|it| has_inferred(it)) {
        lines.push(paint(palette::ASIDE, " ~ inferred from the frames, not stated by the profile"));
    }
    lines
}

/// Whether a group is left to the line below the table: a background goroutine in a number that is fine.
fn is_folded(group: &GroupLine, options: TextOptions) -> bool {
    !options.all && !options.full && group.background.is_some() && !is_passing(group)
}

/// Whether a group was there in the middle of a series only.
fn is_passing(group: &GroupLine) -> bool {
    group.count() == 0 && group.gain == 0
}

fn mark(basis: Basis) -> &'static str {
    match basis {
        Basis::Stated => "",
        Basis::Inferred => INFERRED,
    }
}

fn has_inferred(group: &GroupLine) -> bool {
    let blocked_on = group.blocked_on.map(|(_, basis)| basis);
    let spawn = group.spawn_site.as_ref().map(|(_, basis)| *basis);
    blocked_on == Some(Basis::Inferred) || spawn == Some(Basis::Inferred)
}

fn all_proven(report: &Report) -> bool {
    report.snapshots.iter().all(|it| it.kind == Kind::GoroutineLeak)
        && report.groups.iter().all(|it| it.proven_leaked == Some(it.count()))
}

/// Who started them; where that is not known the entry, if the row does not name it already.
fn started_in(group: &GroupLine, function: &dyn Fn(&str) -> String) -> String {
    match (&group.spawn_site, &group.entry, &group.name) {
        (Some((frame, basis)), _, _) => format!("{}{}", function(&frame.function), mark(*basis)),
        (None, Some(entry), Some(name)) if entry.function != name.function && !group.cut => {
            format!("– (entry {})", function(&entry.function))
        }
        (None, _, _) => "–".to_owned(),
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
