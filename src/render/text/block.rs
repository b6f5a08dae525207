//! One finding as a block that can be pasted into a ticket. A field that nothing is known of is left out.

use crate::diagnose::Confidence;
use crate::diagnose::STACK_MIN;
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
use super::names::long_position;
use super::palette;
use super::palette::paint;
use super::table::sparkline;
use crate::render::forecast::outlook;
use crate::text::escape;
use crate::text::units;

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
    let mut lines = vec![heading(finding, number, width)];
    let several = report.snapshots.len() > 1;
    if several {
        lines.push(field("count", &count(finding, report.hours)));
    }
    if let Some(name) = &lead.name {
        let detail = lead.blocked_detail.as_ref().map_or(String::new(), |it| format!(", {}", escape(it)));
        let class = lead
            .blocked_on
            .map_or(String::new(), |(class, basis)| format!("{}{detail}{} at ", class.as_str(), mark(basis)));
        lines.push(field(
            "blocked",
            &beside(&format!("{class}{}", names.function(&name.function)), name, width),
        ));
        lines.extend(source(finding, "blocked"));
    }
    if let Some((spawn, basis)) = &lead.spawn_site {
        let how = match basis {
            Basis::Stated => "go statement in ",
            Basis::Inferred => "in ",
        };
        let text = format!("{how}{}{}", names.function(&spawn.function), mark(*basis));
        lines.push(field("started", &beside(&text, spawn, width)));
        lines.extend(source(finding, "started"));
    }
    if let Some(waited) = lead.waited {
        let (least, most) = (units::duration(waited.min_s as f64), units::duration(waited.max_s as f64));
        let text = if least == most { most } else { format!("{least} to {most}") };
        lines.push(field("waited", &text));
    }
    lines.extend(labels(lead).map(|text| field("labels", &text)));
    let had_heap = report.snapshots.last().is_some_and(|it| it.has.heap);
    lines.extend(holds(lead, names, had_heap).map(|text| field("holds", &text)));
    for (index, it) in finding.outlook.iter().enumerate() {
        lines.extend(wrapped(if index == 0 { "outlook" } else { "" }, &outlook(it), width));
    }
    for (index, text) in finding.evidence.iter().enumerate() {
        let name = if index == 0 { "because" } else { "" };
        lines.extend(wrapped(name, &escape(text), width));
    }
    let sure = finding.confidence >= Confidence::Likely;
    if !sure && !finding.title.is_empty() {
        lines.extend(wrapped("perhaps", &escape(&finding.title), width));
    }
    if !finding.advice.is_empty() {
        lines.extend(wrapped(if sure { "fix" } else { "if so" }, &escape(&finding.advice), width));
    }
    if let Some(keep) = &finding.keep {
        // A command stands on one line, to be copied.
        for (index, command) in keep.test.iter().chain([&keep.gate]).enumerate() {
            lines.push(field(if index == 0 { "keep" } else { "" }, &escape(command)));
        }
    }
    lines
}

/// A finding on one line, where the page has no room for more.
pub(super) fn one_line(finding: &FindingLine, number: usize, names: &ShortNames<'_>) -> String {
    let place = finding.lead.name.as_ref().map_or(String::new(), |it| {
        format!(" at {} {}", names.function(&it.function), long_position(&it.file, it.line))
    });
    format!("{number}  {}{place}  ({})", escape(&finding.heading), verdict(finding))
}

fn heading(finding: &FindingLine, number: usize, width: usize) -> String {
    use unicode_width::UnicodeWidthStr;
    let left = format!("{number}  {}", escape(&finding.heading));
    let right = verdict(finding);
    let blanks = width.saturating_sub(left.width() + right.width()).max(2);
    let style = match finding.level {
        Level::Deny => palette::GREW,
        Level::Warn | Level::Allow => palette::TITLE,
    };
    format!("{}{}{}", paint(style, &left), " ".repeat(blanks), paint(palette::ASIDE, &right))
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
        other => other.as_str(),
    });
    words.join(" · ")
}

fn field(name: &str, text: &str) -> String {
    format!("{INDENT}{name:<8} {text}")
}

/// A text, and a position at the right of the page.
fn beside(text: &str, frame: &FrameLine, width: usize) -> String {
    use unicode_width::UnicodeWidthStr;
    if frame.file.is_empty() {
        return text.to_owned();
    }
    let position = long_position(&frame.file, frame.line);
    let room = width.saturating_sub(INDENT.len() + 9 + text.width() + position.width());
    format!("{text}{}{position}", " ".repeat(room.clamp(2, 24)))
}

/// `8  16  24  32   ▁▃▅█   +8 each time, 6.4/s, one every 0.16 s`
fn count(finding: &FindingLine, hours: Option<f64>) -> String {
    let counts = &finding.counts;
    let shown: Vec<String> = match counts.as_slice() {
        [first, .., last] if counts.len() > 8 => {
            vec![with_thousands(*first), "…".to_owned(), with_thousands(*last)]
        }
        all => all.iter().map(|it| with_thousands(*it)).collect(),
    };
    let mut text = shown.join("  ");
    if counts.len() > 2 {
        text.push_str(&format!("   {}", sparkline(counts)));
    }
    let (first, last) = (counts.first().copied().unwrap_or(0), counts.last().copied().unwrap_or(0));
    let steps: Vec<i128> = counts.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let mut how = vec![match steps.as_slice() {
        [step, rest @ ..] if !rest.is_empty() && rest.iter().all(|it| it == step) => {
            format!("{} each time", units::signed(*step))
        }
        _ => units::signed(last - first),
    }];
    if let Some(hours) = hours
        && last > first
    {
        let per_hour = (last - first) as f64 / hours;
        how.push(units::rate(per_hour));
        how.push(format!("one every {}", units::duration(3600.0 / per_hour)));
    }
    format!("{text}   {}", how.join(", "))
}

fn mark(basis: Basis) -> &'static str {
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
            lines.push(field("", &format!("{mark} {number:>4}  {}", escape(text.trim_end()))));
        }
        lines.extend(excerpt.doubt.iter().map(|doubt| field("", &escape(doubt))));
    }
    lines
}

/// `task=fetch on all · tenant on 93 %, spread over 212 values`
fn labels(lead: &GroupLine) -> Option<String> {
    let told = lead.label_keys.iter().take(4).map(|it| {
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
    let told: Vec<String> = told.collect();
    (!told.is_empty()).then(|| told.join(" · "))
}

/// `48 MiB heap, 1.0 MiB each (inferred: allocated at heapleak.newBuffer) · at least 96 KiB of stacks`
fn holds(lead: &GroupLine, names: &ShortNames<'_>, had_heap: bool) -> Option<String> {
    let Some(held) = lead.heap_held.as_ref() else {
        return had_heap.then(|| {
            "nothing that the heap profile shows (it samples, and knows who allocated, not who holds)"
                .to_owned()
        });
    };
    let each = match held.each {
        Some((each, fit)) => format!(", {} each, r² {fit:.2}", units::bytes(each)),
        None => format!(", {} each", units::bytes(held.bytes as f64 / lead.count().max(1) as f64)),
    };
    let at = held
        .allocated_at
        .as_ref()
        .map_or(String::new(), |it| format!(": allocated at {}", names.function(it)));
    let stacks = units::bytes((lead.count() * STACK_MIN) as f64);
    Some(format!(
        "{} of heap{each} (inferred{at}) · at least {stacks} of {}",
        units::bytes(held.bytes as f64),
        if lead.count() == 1 { "stack" } else { "stacks" }
    ))
}

/// A field whose text goes on below itself.
fn wrapped(name: &str, text: &str, width: usize) -> Vec<String> {
    use unicode_width::UnicodeWidthStr;
    let room = width.saturating_sub(INDENT.len() + 9).max(20);
    let mut lines = Vec::new();
    let mut current = String::new();
    for word in text.split(' ') {
        if !current.is_empty() && current.width() + 1 + word.width() > room {
            lines.push(std::mem::take(&mut current));
        }
        if !current.is_empty() {
            current.push(' ');
        }
        current.push_str(word);
    }
    lines.push(current);
    lines.iter().enumerate().map(|(index, line)| field(if index == 0 { name } else { "" }, line)).collect()
}

/// How many findings there are beside those that are shown.
pub(super) fn more(n: usize) -> String {
    pluralize(n as i128, "more finding")
}
