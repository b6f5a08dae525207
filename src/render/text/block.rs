//! One finding as a block that can be pasted into a ticket: what is wrong, the reader's own line, what to do, how we know.
//! A field of which nothing is known is left out.

use crate::diagnose::Confidence;
use crate::diagnose::STACK_MIN;
use crate::gate::is_limit;
use crate::model::Basis;
use crate::report::Caller;
use crate::report::CallerSource;
use crate::report::FindingLine;
use crate::report::FrameLine;
use crate::report::GroupLine;
use crate::report::Report;
use crate::rules::Level;
use crate::series::growth::Verdict;
use crate::text::with_thousands;

use super::names::ShortNames;
use super::names::cells_of;
use super::page::Page;
use super::palette;
use super::palette::paint;
use super::palette::paint_all;
use super::source;
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
use crate::text::word;

const GO_STATEMENT: &str = "go statement";

/// Blanks before the fields of a block.
const INDENT: &str = "   ";

/// The lines of a block; `number` is its place on the page.
pub(super) fn block(page: &Page<'_>, finding: &FindingLine, number: usize) -> Vec<String> {
    let Page { report, names, options } = page;
    let lead = &finding.lead;
    let is_explained = report.explanation.is_some();
    let sure = finding.confidence >= Confidence::Likely || finding.finding.source.confirmed().is_some();
    let mut fields: Vec<(&str, String)> = Vec::new();
    if !sure && !finding.title.is_empty() && !finding.from_source.replaces_rule {
        fields.push(("could be", escape(&finding.title).into_owned()));
    }
    fields.extend(if is_explained { source::in_full(finding) } else { source::in_short(finding) });
    if !finding.advice.is_empty() {
        fields.push((if sure { "fix" } else { "if so" }, escape(&finding.advice).into_owned()));
    }
    if let Some(patch) = finding.finding.source.patch() {
        fields.push(("patch", escape(&patch.in_short()).into_owned()));
    }
    if report.snapshots.len() > 1 {
        fields.push(("count", count(finding)));
    }
    if let Some(waited) = lead.waited {
        let (least, most) = (units::duration(waited.min_s as f64), units::duration(waited.max_s as f64));
        fields.push(("waited", if least == most { most } else { format!("{least} to {most}") }));
    }
    fields.extend(labels(report, lead).map(|text| ("labels", text)));
    // That there is nothing is worth a line only where everything is asked for.
    let had_heap = is_explained && report.snapshots.last().is_some_and(|it| it.heap.is_some());
    fields.extend(holds(finding, names, had_heap).map(|text| ("holds", text)));
    fields.extend(under("outlook", finding.outlook.iter().map(outlook)));
    // Where all evidence follows, a part of it would be read twice.
    let evidence = finding.main_evidence.iter().filter(|_| !is_explained);
    fields.extend(under("because", evidence.map(|text| escape(&names.shorten(text)).into_owned())));
    let mut lines = heading(page, finding, number);
    lines.extend(places(page, finding));
    lines.extend(fields.iter().flat_map(|(name, text)| wrap_after(&head(name), text, options.width)));
    if let Some(keep) = &finding.keep {
        for (name, command) in under("prevent", keep.test.iter().chain([&keep.gate])) {
            lines.extend(wrap_command(&head(name), &escape(command), options.width));
        }
    }
    if let Some(fingerprint) = lead.fingerprint.get(..8)
        && !is_explained
        && !is_limit(&finding.rule)
    {
        // The gate explains nothing, but its inputs can be compared again.
        let command = if report.verdict.is_some() { "leakscope diff --explain" } else { "--explain" };
        let text = format!("{command} {fingerprint} shows the whole stack and all evidence");
        lines.extend(wrap_after(&head("more"), &text, options.width));
    }
    lines
}

/// The texts of one field, of which only the first has its name.
pub(super) fn under<T>(name: &str, texts: impl Iterator<Item = T>) -> impl Iterator<Item = (&str, T)> {
    texts.enumerate().map(move |(index, text)| (if index == 0 { name } else { "" }, text))
}

/// A finding on one line, where the page has no space for more.
pub(super) fn one_line(page: &Page<'_>, finding: &FindingLine, number: usize) -> Vec<String> {
    let place =
        finding.lead.name.as_ref().map_or(String::new(), |it| format!(" at {}", page.names.place(it)));
    let caller = finding.callers.first();
    let caller = caller
        .map_or(String::new(), |it| format!(", {} {}", it.verb(), page.names.function(&it.frame.function)));
    let text = format!("{}{place}{caller} ({})", sentence(page.report, finding), verdict(finding));
    wrap_after(&format!("{number}  "), &text, page.options.width)
}

/// `   blocked  `
fn head(name: &str) -> String {
    format!("{INDENT}{name:<8} ")
}

/// What is wrong, at the right how sure we are.
fn heading(page: &Page<'_>, finding: &FindingLine, number: usize) -> Vec<String> {
    let (text, right, width) = (sentence(page.report, finding), verdict(finding), page.options.width);
    let style = match finding.level {
        Level::Deny => palette::GREW,
        Level::Warn | Level::Allow => palette::TITLE,
    };
    let left = format!("{number}  {text}");
    let taken = cells_of(&left) + cells_of(&right);
    let right = paint(palette::ASIDE, &right);
    if taken + 2 <= width {
        return vec![format!("{}{}{right}", paint(style, &left), " ".repeat(width - taken))];
    }
    let lines = wrap_after(&format!("{number}  "), &text, width);
    paint_all(style, lines).chain([format!("{INDENT}{right}")]).collect()
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
        Confidence::Proven if finding.lead.proven_leaked.is_none_or(|proven| proven == 0) => "proven stuck",
        Confidence::Proven => "proven leaked",
        sure @ (Confidence::Watch | Confidence::Suspect | Confidence::Likely) => sure.as_str(),
    });
    words.join(" · ")
}

/// Where it is blocked, the reader's own line first, and who started it: functions and positions in columns of their own,
/// below each its lines of source.
fn places(page: &Page<'_>, finding: &FindingLine) -> Vec<String> {
    let Page { names, options, .. } = page;
    let lead = &finding.lead;
    let mut places: Vec<(&str, &FrameLine, String)> = Vec::new();
    // What the callers call, in the same order.
    let mut calls: Vec<Option<&str>> = Vec::new();
    let on = lead.blocked_on.map_or(String::new(), |(_, basis)| {
        let detail = lead.blocked_detail.as_ref().map_or(String::new(), |it| format!(", {}", escape(it)));
        let mark = if basis == Basis::Inferred { " (inferred)" } else { "" };
        let words = lead.blocked_on_words().unwrap_or_default();
        format!("{}{detail}{mark}", escape(&words))
    });
    // The reader's own code leads, wherever it was seen.
    for (name, caller) in callers(finding) {
        places.push((name, &caller.frame, seen_in(caller).to_owned()));
        calls.push(caller.calls.as_deref());
    }
    let leads = calls.len();
    let started = lead.spawn_site.as_ref().map(|(spawn, basis)| {
        let how = match basis {
            Basis::Stated => GO_STATEMENT,
            Basis::Inferred => "(inferred)",
        };
        // Others have another go statement.
        let all: i128 = lead.spawn_sites.iter().map(|(_, count)| count).sum();
        let here = lead.spawn_sites.iter().filter(|(it, _)| it.function == spawn.function);
        let here: i128 = here.map(|(_, count)| count).sum();
        let how = if here > 0 && here < all { format!("{here} of {all}") } else { how.to_owned() };
        ("started", spawn, how)
    });
    let is_own = |frame: &Option<FrameLine>| frame.as_ref().is_some_and(|it| names.is_own(it));
    let (before, after) = match started {
        Some(it) if names.is_own(it.1) && !is_own(&lead.name) => (Some(it), None),
        started => (None, started),
    };
    places.extend(before);
    match (&lead.name, lead.waits_in.as_ref().filter(|it| lead.calls.as_ref() != Some(it))) {
        (Some(name), Some(inner)) => {
            places.push(("blocked", name, String::new()));
            places.push(("waits in", inner, on));
        }
        (Some(name), None) => places.push(("blocked", name, on)),
        (None, _) => {}
    }
    places.extend(after);
    calls.extend(
        places.iter().skip(leads).map(|(what, ..)| {
            lead.calls.as_ref().filter(|_| *what == "blocked").map(|it| it.function.as_str())
        }),
    );
    let variants = |((_, it, _), called): (&(&str, &FrameLine, String), &Option<&str>)| match called {
        Some(called) => with_call(names, it, called),
        None => names.function_variants(&it.function),
    };
    let functions = places.iter().zip(&calls).map(variants).collect();
    let positions = places.iter().map(|(_, it, _)| names.position_variants(it)).collect();
    let columns = vec![
        Column::of_variants("function", "", functions),
        Column::of_variants("position", "", positions),
        Column::of_variants("what", "", places.iter().map(|(.., what)| vec![what.clone()]).collect()),
    ];
    let steps = [
        Shrink::Drop("what"),
        Shrink::Shorten("function"),
        Shrink::Shorten("position"),
        Shrink::Cut("function", 12),
    ];
    let laid = lay_out(columns, &steps, options.width.saturating_sub(cells_of(&head(""))));
    let mut lines = Vec::new();
    for ((name, _, what), line) in places.iter().zip(laid.iter().skip(1)) {
        let line = format!("{}{line}", head(name));
        let is_there = what.is_empty() || line.ends_with(what.as_str());
        // What has no column is after its place or below it; that a go statement started it needs no words there.
        if is_there || what == GO_STATEMENT {
            lines.push(line);
        } else if cells_of(&line) + 2 + cells_of(what) <= options.width {
            lines.push(format!("{line}  {what}"));
        } else {
            lines.push(line);
            lines.extend(wrap(what, options.width).iter().map(|text| format!("{}{text}", head(""))));
        }
        lines.extend(excerpt(finding, name));
    }
    lines
}

/// A function and what it calls outside the reader's code, and what they are cut to: `main.(*store).lastOrder in pgxpool.(*Pool).Acquire`.
fn with_call(names: &ShortNames<'_>, frame: &FrameLine, called: &str) -> Vec<String> {
    let own = names.function_variants(&frame.function);
    let called = names.function_variants(called);
    let whole = own.first().into_iter().flat_map(|own| called.iter().map(move |it| format!("{own} in {it}")));
    whole.chain(own.iter().cloned()).collect()
}

/// The reader's code behind a finding, each with the name of its line.
fn callers(finding: &FindingLine) -> impl Iterator<Item = (&'static str, &Caller)> {
    let named = |caller: &Caller| if caller.fit.is_maker() { "made by" } else { "used by" };
    finding.callers.iter().map(move |it| (named(it), it))
}

/// Where a caller was seen; all but what the profile states is inferred.
fn seen_in(caller: &Caller) -> &'static str {
    match (caller.basis, caller.source) {
        (_, CallerSource::Ancestor) => "(stated: ancestors)",
        (Basis::Stated, CallerSource::Parent) => "(stated: parents)",
        (Basis::Inferred, CallerSource::Parent) => "(inferred: parents)",
        (_, CallerSource::Stacks) => "(inferred: other stacks)",
        (_, CallerSource::Heap) => "(inferred: heap profile)",
    }
}

/// `8  16  24  32   ▁▃▅█   +8 each time`
fn count(finding: &FindingLine) -> String {
    let counts = &finding.counts;
    let mut shown: Vec<String> = counts.iter().map(|it| with_thousands(*it)).collect();
    if shown.len() > 8 {
        shown.splice(1..shown.len() - 1, ["…".to_owned()]);
    }
    if let [before, after] = shown.as_slice() {
        return format!("{before} → {after}");
    }
    let mut text = shown.join("  ");
    if counts.len() > 2 {
        text.push_str(&format!("   {}", sparkline(counts)));
    }
    let steps: Vec<i128> = counts.windows(2).map(|pair| pair[1] - pair[0]).collect();
    if let [step, _, ..] = steps.as_slice()
        && *step != 0
        && steps.iter().all(|it| it == step)
    {
        text.push_str(&format!("   {} each time", units::signed(*step)));
    }
    text
}

/// Lines of source, the one that the profile names marked.
fn excerpt(finding: &FindingLine, what: &str) -> Vec<String> {
    let mut lines = Vec::new();
    for found in finding.excerpts.iter().filter(|it| it.what == what) {
        for (number, text) in &found.lines {
            let mark = if *number == found.line { '>' } else { ' ' };
            let text = text.replace('\t', "    ");
            lines.push(format!("{}{mark} {number:>4}  {}", head(""), escape(text.trim_end())));
        }
        lines.extend(found.doubt.iter().map(|doubt| format!("{}{}", head(""), escape(doubt))));
    }
    lines
}

/// `task=fetch on all · tenant on 93 %, spread over 212 values`
fn labels(report: &Report, lead: &GroupLine) -> Option<String> {
    let keys = lead.label_keys.iter().take(4).map(|it| {
        let share = units::share(it.goroutines, lead.count().max(it.goroutines));
        let (value, n) = &it.most;
        let (key, value) = (word(&it.key), report.shown_labels.value_word(value));
        if it.values == 1 {
            return format!("{key}={value} on {share}");
        }
        let often = units::share(*n, it.goroutines);
        format!("{key} on {share}, {} values, {value} on {often} of those", with_thousands(it.values as i128))
    });
    let keys: Vec<String> = keys.collect();
    (!keys.is_empty()).then(|| keys.join(" · "))
}

/// `48 MiB of heap, 1 MiB each (inferred: allocated in heapleak.newBuffer), and at least 96 KiB of stacks`
fn holds(finding: &FindingLine, names: &ShortNames<'_>, had_heap: bool) -> Option<String> {
    let Some(held) = finding.heap_held.as_ref() else {
        return had_heap.then(|| "nothing that the heap profile attributes to them".to_owned());
    };
    let (bytes, n) = (held.bytes as f64, finding.counts.last().copied().unwrap_or(0));
    let each = units::bytes(held.each.map_or(bytes / n.max(1) as f64, |(each, _)| each));
    let at = held.allocated_at.as_ref().map(|it| format!(": allocated in {}", names.function(it)));
    let (at, bytes, least) =
        (at.unwrap_or_default(), units::bytes(bytes), units::bytes((n * STACK_MIN) as f64));
    let stacks = if n == 1 { "stack" } else { "stacks" };
    Some(format!("{bytes} of heap, {each} each (inferred{at}), and at least {least} of {stacks}"))
}
