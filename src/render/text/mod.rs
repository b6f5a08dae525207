//! The page for people: what grows and how bad; the reader's own line; what to do; how we know; then the table.

mod block;
mod conclusion;
mod heap;
mod names;
mod options;
mod palette;
mod rows;
mod table;
mod wrap;

use std::fmt::Write;
use std::io;

use crate::diagnose::Confidence;
use crate::diagnose::Explanation;
use crate::gate::GateVerdict;
use crate::model::Kind;
use crate::report::FindingLine;
use crate::report::GateOutcome;
use crate::report::GroupLine;
use crate::report::Report;
use crate::rules::Level;
use crate::text::pluralize;
use crate::text::with_thousands;
use conclusion::Conclusion;
pub use heap::heap_alone;
use names::ShortNames;
use names::cells_of;
pub use options::TextOptions;
use palette::paint;
use wrap::wrap;
use wrap::wrap_after;
use wrap::wrap_before_command;

use super::forecast::in_all;
use super::goleak::goleak_sketch;
use crate::text::escape;
use crate::text::units;

/// Writes the page.
pub(super) fn render(report: &Report, options: TextOptions, out: &mut dyn io::Write) -> io::Result<()> {
    let leads = report.findings.iter().map(|finding| &finding.lead);
    let allocators = leads.clone().filter_map(|it| it.heap_held.as_ref()?.allocated_at.as_deref());
    let functions = report.groups.iter().chain(leads).flat_map(functions_of).chain(allocators);
    let names = ShortNames::new(functions, &report.main_module);
    let conclusion = Conclusion::new(report);
    let mut page = String::new();
    for text in wrap_title(&title(report, &conclusion), options.width) {
        line(&mut page, &paint(palette::TITLE, &text));
    }
    line(&mut page, "");
    blocks(&mut page, report, &names, options);
    for row in rows::table(report, &names, options) {
        line(&mut page, &row);
    }
    if report.omitted.groups > 0 {
        let (groups, goroutines) = (report.omitted.groups as i128, report.omitted.goroutines);
        let verb = if groups == 1 { "holds" } else { "hold" };
        let text = format!(
            "{} {verb} {} (--limit 0 shows all)",
            pluralize(groups, "more row"),
            pluralize(goroutines, "goroutine")
        );
        lines(&mut page, rows::aside(&text, options));
    }
    if options.full {
        for (index, group) in report.groups.iter().enumerate() {
            line(&mut page, "");
            whole_stack(&mut page, index + 1, group);
        }
    }
    if let Some(explained) = &report.explanation {
        if !options.full {
            report.groups.iter().for_each(|group| {
                line(&mut page, "");
                whole_stack(&mut page, 1, group);
            });
        }
        line(&mut page, "");
        explanation(&mut page, explained, report, options.width);
    }
    line(&mut page, "");
    for text in not_seen(report) {
        for text in wrap_before_command(&text, options.width) {
            line(&mut page, &paint(palette::ASIDE, &text));
        }
    }
    for text in in_all(report, report.findings.iter().take(1)) {
        lines(&mut page, wrap(&text, options.width));
    }
    match &report.verdict {
        Some(verdict) => gate(&mut page, report, verdict, &names, options.width),
        None => {
            for text in conclusion.last_line(report, &names, options.width) {
                line(&mut page, &paint(palette::NEXT, &text));
            }
        }
    }
    out.write_all(page.as_bytes())
}

/// What the gate says, and by what.
fn gate(page: &mut String, report: &Report, verdict: &GateVerdict, names: &ShortNames<'_>, width: usize) {
    for finding in report.findings.iter().filter(|it| it.level == Level::Deny) {
        let frame = finding.lead.spawn_site.as_ref().map(|(frame, _)| frame).or(finding.lead.name.as_ref());
        let place = frame.map_or(String::new(), |frame| match names.position(frame) {
            position if position.is_empty() => names.function(&frame.function),
            position => position,
        });
        let text = format!("{}  {place}  {}", finding.rule, escape(&finding.heading));
        lines(page, wrap_after("deny   ", &text, width));
    }
    for text in &verdict.allowed {
        lines(page, wrap_after("allow  ", &escape(text), width));
    }
    for text in &verdict.unused_allows {
        let text = format!("the allow entry {} matches nothing: remove it", escape(text));
        lines(page, wrap_after("note   ", &text, width));
    }
    for text in &verdict.remarks {
        lines(page, wrap_after("note   ", &escape(text), width));
    }
    let (head, text) = match &verdict.outcome {
        GateOutcome::Pass => {
            ("PASS  ", report.no_growth_reason.as_deref().map_or(String::new(), |it| names.shorten(it)))
        }
        GateOutcome::Denied => ("FAIL  ", format!("{} denied", pluralize(verdict.denied as i128, "finding"))),
        GateOutcome::Inconclusive(why) => ("INCONCLUSIVE  ", why.clone()),
        GateOutcome::Unusable(why) => ("CANNOT JUDGE  ", why.clone()),
    };
    for text in wrap_after(head, &escape(&text), width) {
        line(page, &paint(palette::NEXT, &text));
    }
}

/// What is known of one group beside its row and its stack, with every figure.
fn explanation(page: &mut String, it: &Explanation, report: &Report, width: usize) {
    let mut say = |name: &str, text: &str| {
        lines(page, wrap_after(&format!("{name:<9} "), &escape(text), width));
    };
    if let Some(background) = &it.background {
        say("fine", background);
    }
    for growth in report.groups.iter().filter_map(|group| group.growth.as_ref()) {
        let p = growth.p_value.map_or(String::new(), |p| format!(", p = {}", p_value(p)));
        say("growth", &format!("{}, judged by {}{p}", growth.verdict.as_str(), growth.basis.as_str()));
    }
    for held in report.groups.iter().filter_map(|group| group.heap_held.as_ref()?.each) {
        let (bytes, fit) = held;
        say("heap", &format!("{} for each further goroutine, r² {fit:.2}", units::bytes(bytes)));
    }
    for (index, text) in it.evidence.iter().enumerate() {
        say(if index == 0 { "because" } else { "" }, text);
    }
    for (id, title) in &it.matched {
        say("rule", &format!("{id}: {title}"));
    }
    for (id, title, unmet) in it.nearly.iter().take(10) {
        say("nearly", &format!("{id}: {title} (but for {unmet})"));
    }
    // Code is not wrapped: it is copied.
    if let Some(test) = report.findings.first().and_then(|finding| finding.lead.test.as_ref()) {
        for (index, text) in goleak_sketch(test).lines().enumerate() {
            let head = if index == 0 { "prevent" } else { "" };
            line(page, format!("{head:<9} {}", escape(&text.replace('\t', "    "))).trim_end());
        }
    }
}

/// Three digits at most: `0.012`, `4e-9`.
fn p_value(p: f64) -> String {
    if p == 0.0 || p >= 0.001 { format!("{:.3}", p) } else { format!("{p:.0e}") }
}

/// The findings: three in full, the rest a line each.
fn blocks(page: &mut String, report: &Report, names: &ShortNames<'_>, options: TextOptions) {
    let shown: Vec<&FindingLine> =
        report.findings.iter().filter(|it| options.full || it.confidence != Confidence::Watch).collect();
    // Where nothing is sure, what is worth a look is better than nothing.
    let shown = if shown.is_empty() { report.findings.iter().collect() } else { shown };
    for (index, finding) in shown.iter().take(IN_FULL).enumerate() {
        lines(page, block::block(report, finding, index + 1, names, options.width));
        line(page, "");
    }
    let rest: Vec<_> = shown.iter().enumerate().skip(IN_FULL).collect();
    for (index, finding) in rest.iter().take(IN_LINES) {
        lines(page, block::one_line(report, finding, index + 1, names, options.width));
    }
    if rest.len() > IN_LINES {
        let text = format!("{} (--format json has all)", block::more(rest.len() - IN_LINES));
        lines(page, rows::aside(&text, options));
    }
    if !rest.is_empty() {
        line(page, "");
    }
}

/// Findings that are shown in full.
const IN_FULL: usize = 3;
/// Findings that are shown on a line each.
const IN_LINES: usize = 5;

fn line(page: &mut String, text: &str) {
    page.push_str(text);
    page.push('\n');
}

fn lines(page: &mut String, texts: Vec<String>) {
    texts.iter().for_each(|text| line(page, text));
}

fn functions_of(group: &GroupLine) -> impl Iterator<Item = &str> {
    let frames = [&group.name, &group.site, &group.entry, &group.waits_in].into_iter().flatten();
    let spawn = group.spawn_site.iter().map(|(frame, _)| frame);
    frames.chain(spawn).map(|frame| frame.function.as_str())
}

/// `leaksrv · go1.27.3 · 6 snapshots over 6.3 s · 16 → 56 goroutines (+40) · 1 cause of growth`
fn title(report: &Report, conclusion: &Conclusion<'_>) -> String {
    let mut parts: Vec<String> = report.program.iter().map(|program| escape(program).into_owned()).collect();
    let (Some(first), Some(last)) = (report.snapshots.first(), report.snapshots.last()) else {
        return "no snapshot".to_owned();
    };
    parts.extend(last.go_version.iter().map(|version| escape(version).into_owned()));
    if last.kind == Kind::GoroutineLeak {
        parts.push("proven leaked by Go's collector".to_owned());
    }
    if report.snapshots.len() == 1 {
        let unit = if last.is_delta { "change" } else { "goroutine" };
        parts.push(pluralize(last.goroutines, unit));
        parts.push(pluralize(last.stacks_unique as i128, "stack"));
        let time = last.taken_at.and_then(|nanos| jiff::Timestamp::from_nanosecond(i128::from(nanos)).ok());
        parts.extend(time.map(|time| time.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()));
    } else {
        let mut part = pluralize(report.snapshots.len() as i128, "snapshot");
        if let Some(hours) = report.hours {
            // Writing to a String cannot fail.
            let _ = write!(part, " over {}", units::duration(hours * 3600.0));
        }
        parts.push(part);
        let (before, after) = (first.goroutines, last.goroutines);
        let gain = units::signed(after - before);
        parts.push(format!("{} → {} ({gain})", with_thousands(before), pluralize(after, "goroutine")));
    }
    parts.extend(conclusion.in_title());
    parts.join(" · ")
}

/// The first line, broken before a part where it must be.
fn wrap_title(title: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for part in title.split(" · ") {
        match lines.last_mut() {
            Some(line) if cells_of(line) + 3 + cells_of(part) <= width => {
                line.push_str(" · ");
                line.push_str(part);
            }
            Some(_) | None => lines.push(part.to_owned()),
        }
    }
    lines
}

/// What this report could not see, and how to see it.
fn not_seen(report: &Report) -> Vec<String> {
    let mut notes = Vec::new();
    if report.snapshots.iter().all(|it| !it.has_traceback)
        && !report.groups.is_empty()
        && let Some(how) = &report.traceback
    {
        notes.push(format!("Wait times, goroutine IDs and go statements need a traceback: {}", escape(how)));
    }
    notes
}

/// A whole stack, in the form that editors and people know from Go.
fn whole_stack(page: &mut String, number: usize, group: &GroupLine) {
    let mut head = format!("#{number}  {}  {}", group.fingerprint, pluralize(group.count(), "goroutine"));
    if let Some((class, basis)) = group.blocked_on {
        let _ = write!(head, ", blocked on {} ({})", class.as_str(), basis.as_str());
    }
    line(page, &head);
    for (key, value) in &group.labels {
        line(page, &format!("      label {}={}", escape(key), escape(value)));
    }
    for frame in &group.stack {
        line(page, &format!("      {}", escape(&frame.function)));
        if !frame.file.is_empty() {
            line(page, &format!("          {}", names::position(&frame.file, frame.line)));
        }
    }
    if group.cut {
        line(page, "      … Go left frames out");
    }
    if let Some((frame, basis)) = &group.spawn_site {
        let function = escape(&frame.function);
        line(page, &format!("      started in {function} ({})", basis.as_str()));
        if !frame.file.is_empty() {
            line(page, &format!("          {}", names::position(&frame.file, frame.line)));
        }
    }
}
