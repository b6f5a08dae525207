//! One finding as a block that can be pasted into a ticket: what is wrong, the reader's own line, what to do, how we know.
//! A field of which nothing is known is left out.

use crate::diagnose::Confidence;
use crate::diagnose::STACK_MIN;
use crate::gate::is_limit;
use crate::model::Basis;
use crate::report::FindingLine;
use crate::report::FrameLine;
use crate::report::GroupLine;
use crate::report::Report;
use crate::rules::Level;
use crate::series::growth::Verdict;
use crate::text::pluralize;
use crate::text::with_thousands;

use super::names::ShortNames;
use super::names::cells_of;
use super::palette;
use super::palette::paint;
use super::table::Align;
use super::table::Column;
use super::table::Shrink;
use super::table::lay_out;
use super::table::sparkline;
use super::wrap::wrap;
use super::wrap::wrap_after;
use super::wrap::wrap_command;
use crate::render::forecast::outlook;
use crate::text::escape;
use crate::text::units;

const GO_STATEMENT: &str = "go statement";

/// Blanks before the fields of a block.
const INDENT: &str = "   ";

/// The lines of a block; `number` is its place on the page.
pub(super) fn block(
    report: &Report,
    finding: &FindingLine,
    number: usize,
    names: &ShortNames<'_>,
    width: usize,
) -> Vec<String> {
    let lead = &finding.lead;
    let field = |name: &str, text: &str| wrap_after(&head(name), text, width);
    let mut lines = heading(report, finding, number, width);
    lines.extend(places(finding, names, width));
    let sure = finding.confidence >= Confidence::Likely;
    if !sure && !finding.title.is_empty() {
        lines.extend(field("could be", &escape(&finding.title)));
    }
    if !finding.advice.is_empty() {
        lines.extend(field(if sure { "fix" } else { "if so" }, &escape(&finding.advice)));
    }
    if report.snapshots.len() > 1 {
        lines.extend(field("count", &count(finding)));
    }
    if let Some(waited) = lead.waited {
        let (least, most) = (units::duration(waited.min_s as f64), units::duration(waited.max_s as f64));
        lines.extend(field("waited", &if least == most { most } else { format!("{least} to {most}") }));
    }
    lines.extend(labels(lead).iter().flat_map(|text| field("labels", text)));
    // That there is nothing is worth a line only where everything is asked for.
    let had_heap =
        report.explanation.is_some() && report.snapshots.last().is_some_and(|it| it.heap.is_some());
    lines.extend(holds(lead, names, had_heap).iter().flat_map(|text| field("holds", text)));
    for (index, it) in finding.outlook.iter().enumerate() {
        lines.extend(field(if index == 0 { "outlook" } else { "" }, &outlook(it)));
    }
    // Where all evidence follows, a part of it would be read twice.
    let evidence = finding.main_evidence.iter().filter(|_| report.explanation.is_none());
    for (index, text) in evidence.enumerate() {
        lines.extend(field(if index == 0 { "because" } else { "" }, &escape(&names.shorten(text))));
    }
    if let Some(keep) = &finding.keep {
        for (index, command) in keep.test.iter().chain([&keep.gate]).enumerate() {
            let name = if index == 0 { "prevent" } else { "" };
            lines.extend(wrap_command(&head(name), &escape(command), width));
        }
    }
    if let Some(fingerprint) = lead.fingerprint.get(..8)
        && report.explanation.is_none()
        && !is_limit(&finding.rule)
    {
        // The gate explains nothing, but its inputs can be compared again.
        let command = if report.verdict.is_some() { "leakscope diff --explain" } else { "--explain" };
        lines.extend(field(
            "more",
            &format!("{command} {fingerprint} shows the whole stack and all evidence"),
        ));
    }
    lines
}

/// A finding on one line, where the page has no space for more.
pub(super) fn one_line(
    report: &Report,
    finding: &FindingLine,
    number: usize,
    names: &ShortNames<'_>,
    width: usize,
) -> Vec<String> {
    let position = finding.lead.name.as_ref().map(|it| match names.position(it) {
        position if position.is_empty() => names.function(&it.function),
        position => position,
    });
    let place = position.map_or(String::new(), |it| format!(" at {it}"));
    let text = format!("{}{place} ({})", sentence(report, finding), verdict(finding));
    wrap_after(&format!("{number}  "), &text, width)
}

/// `   blocked  `
fn head(name: &str) -> String {
    format!("{INDENT}{name:<8} ")
}

/// What is wrong, at the right how sure we are.
fn heading(report: &Report, finding: &FindingLine, number: usize, width: usize) -> Vec<String> {
    let left = format!("{number}  {}", sentence(report, finding));
    let right = verdict(finding);
    let style = match finding.level {
        Level::Deny => palette::GREW,
        Level::Warn | Level::Allow => palette::TITLE,
    };
    if cells_of(&left) + 2 + cells_of(&right) <= width {
        let blanks = width - cells_of(&left) - cells_of(&right);
        return vec![format!(
            "{}{}{}",
            paint(style, &left),
            " ".repeat(blanks),
            paint(palette::ASIDE, &right)
        )];
    }
    let mut lines: Vec<String> = wrap_after(&format!("{number}  "), &sentence(report, finding), width)
        .iter()
        .map(|line| paint(style, line))
        .collect();
    lines.push(format!("{INDENT}{}", paint(palette::ASIDE, &right)));
    lines
}

/// What grows and how fast: `314 goroutines send on a channel that nobody reads, +300 (+6/s)`.
fn sentence(report: &Report, finding: &FindingLine) -> String {
    let heading = escape(&finding.heading).into_owned();
    let gain = gain(finding);
    if report.snapshots.len() < 2 || gain == 0 || is_limit(&finding.rule) {
        return heading;
    }
    let rate = rate(report, finding).map_or(String::new(), |rate| format!(" ({})", units::rate(rate)));
    format!("{heading}, {}{rate}", units::signed(gain))
}

/// The last count less the first.
fn gain(finding: &FindingLine) -> i128 {
    let (first, last) = (finding.counts.first(), finding.counts.last());
    last.copied().unwrap_or(0) - first.copied().unwrap_or(0)
}

/// Goroutines that a finding gains in an hour; `None` without times, and across a restart.
pub(super) fn rate(report: &Report, finding: &FindingLine) -> Option<f64> {
    let hours = report.hours.filter(|_| finding.lead.per_hour.is_some())?;
    Some(gain(finding) as f64 / hours)
}

/// `growing · proven leaked`
fn verdict(finding: &FindingLine) -> String {
    let growth = finding.lead.growth.as_ref().map(|it| match it.shape {
        Some(shape) if it.verdict != Verdict::Growing => shape.as_str(),
        Some(_) | None => it.verdict.as_str(),
    });
    let mut words: Vec<&str> = growth.into_iter().collect();
    words.push(match finding.confidence {
        Confidence::Proven => "proven leaked",
        sure @ (Confidence::Watch | Confidence::Suspect | Confidence::Likely) => sure.as_str(),
    });
    words.join(" · ")
}

/// Where it is blocked, the reader's own line first, and who started it: functions and positions in columns of their own,
/// below each its lines of source.
fn places(finding: &FindingLine, names: &ShortNames<'_>, width: usize) -> Vec<String> {
    let lead = &finding.lead;
    let mut places: Vec<(&str, &FrameLine, String)> = Vec::new();
    let on = lead.blocked_on.map_or(String::new(), |(class, basis)| {
        let detail = lead.blocked_detail.as_ref().map_or(String::new(), |it| format!(", {}", escape(it)));
        format!("{}{detail}{}", class.as_str(), inferred(basis))
    });
    match (&lead.name, &lead.waits_in) {
        (Some(name), Some(inner)) => {
            places.push(("blocked", name, String::new()));
            places.push(("waits in", inner, on));
        }
        (Some(name), None) => places.push(("blocked", name, on)),
        (None, _) => {}
    }
    if let Some((spawn, basis)) = &lead.spawn_site {
        let how = match basis {
            Basis::Stated => GO_STATEMENT,
            Basis::Inferred => "(inferred)",
        };
        places.push(("started", spawn, how.to_owned()));
    }
    let column = |id, cells| Column { id, heading: String::new(), cells, align: Align::Left };
    let columns = vec![
        column("function", places.iter().map(|(_, it, _)| names.function_variants(&it.function)).collect()),
        column("position", places.iter().map(|(_, it, _)| names.position_variants(it)).collect()),
        column("what", places.iter().map(|(.., what)| vec![what.clone()]).collect()),
    ];
    let steps = [
        Shrink::Drop("what"),
        Shrink::Shorten("function"),
        Shrink::Shorten("position"),
        Shrink::Cut("function", 12),
    ];
    let laid = lay_out(columns, &steps, width.saturating_sub(cells_of(&head(""))));
    let mut lines = Vec::new();
    for ((name, _, what), line) in places.iter().zip(laid.iter().skip(1)) {
        lines.push(format!("{}{line}", head(name)));
        // What has no space beside its place is below it; that a go statement started it needs no words there.
        if !what.is_empty() && what != GO_STATEMENT && !line.ends_with(what.as_str()) {
            lines.extend(wrap(what, width).iter().map(|text| format!("{}{text}", head(""))));
        }
        lines.extend(source(finding, name));
    }
    lines
}

/// `8  16  24  32   ▁▃▅█   +8 each time`
fn count(finding: &FindingLine) -> String {
    let counts = &finding.counts;
    let shown: Vec<String> = match counts.as_slice() {
        [first, .., last] if counts.len() > 8 => {
            vec![with_thousands(*first), "…".to_owned(), with_thousands(*last)]
        }
        all => all.iter().map(|it| with_thousands(*it)).collect(),
    };
    if let [before, after] = shown.as_slice() {
        return format!("{before} → {after}");
    }
    let mut text = shown.join("  ");
    if counts.len() > 2 {
        text.push_str(&format!("   {}", sparkline(counts)));
    }
    let steps: Vec<i128> = counts.windows(2).map(|pair| pair[1] - pair[0]).collect();
    if let [step, rest @ ..] = steps.as_slice()
        && !rest.is_empty()
        && *step != 0
        && rest.iter().all(|it| it == step)
    {
        text.push_str(&format!("   {} each time", units::signed(*step)));
    }
    text
}

fn inferred(basis: Basis) -> &'static str {
    match basis {
        Basis::Stated => "",
        Basis::Inferred => " (inferred)",
    }
}

/// Lines of source, the one that the profile names marked.
fn source(finding: &FindingLine, what: &str) -> Vec<String> {
    let mut lines = Vec::new();
    for excerpt in finding.excerpts.iter().filter(|it| it.what == what) {
        for (number, text) in &excerpt.lines {
            let mark = if *number == excerpt.line { '>' } else { ' ' };
            let text = text.replace('\t', "    ");
            lines.push(format!("{}{mark} {number:>4}  {}", head(""), escape(text.trim_end())));
        }
        lines.extend(excerpt.doubt.iter().map(|doubt| format!("{}{}", head(""), escape(doubt))));
    }
    lines
}

/// `task=fetch on all · tenant on 93 %, spread over 212 values`
fn labels(lead: &GroupLine) -> Option<String> {
    let keys = lead.label_keys.iter().take(4).map(|it| {
        let share = units::share(it.goroutines, lead.count().max(it.goroutines));
        let (value, n) = &it.most;
        let key = escape(&it.key);
        if it.values == 1 {
            return format!("{key}={} on {share}", escape(value));
        }
        let often = units::share(*n, it.goroutines);
        format!(
            "{key} on {share}, {} values, {} on {often} of those",
            with_thousands(it.values as i128),
            escape(value)
        )
    });
    let keys: Vec<String> = keys.collect();
    (!keys.is_empty()).then(|| keys.join(" · "))
}

/// `48 MiB of heap, 1 MiB each (inferred: allocated in heapleak.newBuffer), and at least 96 KiB of stacks`
fn holds(lead: &GroupLine, names: &ShortNames<'_>, had_heap: bool) -> Option<String> {
    let Some(held) = lead.heap_held.as_ref() else {
        return had_heap.then(|| "nothing that the heap profile attributes to them".to_owned());
    };
    let each = match held.each {
        Some((each, _)) => each,
        None => held.bytes as f64 / lead.count().max(1) as f64,
    };
    let at = held
        .allocated_at
        .as_ref()
        .map_or(String::new(), |it| format!(": allocated in {}", names.function(it)));
    let stacks = units::bytes((lead.count() * STACK_MIN) as f64);
    Some(format!(
        "{} of heap, {} each (inferred{at}), and at least {stacks} of {}",
        units::bytes(held.bytes as f64),
        units::bytes(each),
        if lead.count() == 1 { "stack" } else { "stacks" }
    ))
}

/// How many findings there are beside those that are shown.
pub(super) fn more(n: usize) -> String {
    pluralize(n as i128, "more finding")
}
