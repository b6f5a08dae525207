//! The page for people: what grows and how bad; the reader's own line; what to do; how we know; then the table.

mod block;
mod conclusion;
mod heap;
mod names;
mod page;
mod palette;
mod rows;
mod source;
mod table;
mod wrap;

use std::io;

use crate::diagnose::Confidence;
use crate::diagnose::Explanation;
use crate::gate::GateVerdict;
use crate::golang::package;
use crate::model::Kind;
use crate::report::FindingLine;
use crate::report::FrameLine;
use crate::report::GateOutcome;
use crate::report::GroupLine;
use crate::report::Report;
use crate::report::TestOffer;
use crate::rules::Level;
use crate::text::pluralize;
use crate::text::with_thousands;
use block::under;
use conclusion::in_title;
use conclusion::last_line;
use conclusion::last_lines;
use conclusion::proven;
pub use heap::heap_alone;
use names::ShortNames;
use names::cells_of;
use page::Page;
pub use page::TextOptions;
use palette::paint_all;
use wrap::wrap;
use wrap::wrap_after;
use wrap::wrap_before_command;

use super::forecast::in_all;
use super::goleak::goleak_sketch;
use crate::text::escape;
use crate::text::units;
use crate::text::word;

/// Writes the page.
pub(super) fn render(report: &Report, options: TextOptions, out: &mut dyn io::Write) -> io::Result<()> {
    let leads = report.findings.iter().map(|finding| &finding.lead);
    let allocators = report.findings.iter().filter_map(|it| it.heap_held.as_ref()?.allocated_at.as_deref());
    let callers = report.findings.iter().flat_map(|it| &it.callers);
    let callers =
        callers.flat_map(|it| [&it.frame.function].into_iter().chain(&it.calls)).map(String::as_str);
    let functions = report.groups.iter().chain(leads).flat_map(functions_of).chain(allocators).chain(callers);
    let site = report.death.iter().filter_map(|it| Some(it.site.as_ref()?.function.as_str()));
    let names = ShortNames::new(functions.chain(site), &report.main_module);
    let page = Page { report, names, options };
    let title = title(report, in_title(report));
    let mut lines: Vec<String> = died(&page);
    lines.extend(paint_all(palette::TITLE, wrap_title(&title, options.width)));
    lines.push(String::new());
    lines.extend(blocks(&page));
    lines.extend(rows::table(&page));
    if report.omitted.groups > 0 {
        let (groups, goroutines) = (report.omitted.groups as i128, report.omitted.goroutines);
        let verb = if groups == 1 { "holds" } else { "hold" };
        let (rows, held) = (pluralize(groups, "more row"), pluralize(goroutines, "goroutine"));
        lines.extend(rows::aside(&format!("{rows} {verb} {held} (--limit 0 shows all)"), options));
    }
    if options.full || report.explanation.is_some() {
        for (index, group) in report.groups.iter().enumerate() {
            lines.push(String::new());
            lines.extend(whole_stack(report, if options.full { index + 1 } else { 1 }, group));
        }
    }
    if let Some(explained) = &report.explanation {
        lines.push(String::new());
        lines.extend(explanation(explained, report, options.width));
    }
    lines.push(String::new());
    // What this report could not see, and how to see it.
    if let Some(how) = &report.traceback
        && !report.groups.is_empty()
        && report.snapshots.iter().all(|it| !it.has_traceback)
    {
        let text = format!("Wait times, goroutine IDs and go statements need a traceback: {}", escape(how));
        lines.extend(paint_all(palette::ASIDE, wrap_before_command(&text, options.width)));
    }
    if let Some(text) = unnamed(report) {
        lines.extend(paint_all(palette::ASIDE, wrap(&text, options.width)));
    }
    if !report.is_source_given && report.findings.iter().any(asks_for_source) {
        lines.extend(paint_all(palette::ASIDE, wrap_before_command(WITH_SOURCE, options.width)));
    }
    for text in in_all(report, report.findings.iter().take(1)) {
        lines.extend(wrap(&text, options.width));
    }
    match &report.verdict {
        Some(verdict) => lines.extend(gate(&page, verdict)),
        None => lines.extend(paint_all(palette::NEXT, last_lines(&page))),
    }
    lines.push(String::new());
    out.write_all(lines.join("\n").as_bytes())
}

/// Why the process died, before all else: `died of panic: boom; goroutine 49, main.main.func5.1 main.go:154`
fn died(page: &Page<'_>) -> Vec<String> {
    let Page { report, names, options } = page;
    let Some(line) = &report.death else { return Vec::new() };
    let mut text = escape(&line.sentence()).into_owned();
    if let Some(id) = line.death.goroutine {
        text.push_str(&format!("; goroutine {id}"));
    }
    if let Some(frame) = &line.site {
        text.push_str(&format!(", {} {}", names.function(&frame.function), names.position(frame)));
    }
    paint_all(palette::GREW, wrap(text.trim_end(), options.width)).collect()
}

/// How to learn whose code a finding is from, if no form names the reader's; `None` if all findings that may be leaks name it.
fn unnamed(report: &Report) -> Option<String> {
    let unsure = |it: &&FindingLine| it.confidence > Confidence::Watch && !it.names_users_code();
    let finding = report.findings.iter().find(unsure)?;
    // The package that starts them is the one that the reader knows.
    let spawn = finding.lead.spawn_site.as_ref().map(|(frame, _)| frame);
    let frame = spawn.or(finding.lead.name.as_ref())?;
    let library = Some(package(&frame.function)).filter(|it| !it.is_empty())?;
    let heap = report.snapshots.iter().all(|it| it.heap.is_none());
    let heap = if heap { "add a heap profile, or " } else { "" };
    Some(format!(
        "No profile names your code that uses {}. To see it, {heap}start the program with \
         GODEBUG=tracebackancestors=10 and take a traceback (debug=2).",
        word(library)
    ))
}

/// How to learn more than the kind of wait.
const WITH_SOURCE: &str = "The profile does not show why they wait. To look in the code: --source DIR";

/// Whether a finding that may be a leak says no more than the kind of wait, and no source was found.
fn asks_for_source(finding: &FindingLine) -> bool {
    let has_source = !finding.excerpts.is_empty();
    finding.confidence > Confidence::Watch && finding.from_source.is_wanted && !has_source
}

/// What the gate says, and by what.
fn gate(page: &Page<'_>, verdict: &GateVerdict) -> Vec<String> {
    let Page { report, names, options } = page;
    let mut notes: Vec<(&str, String)> = Vec::new();
    for finding in report.findings.iter().filter(|it| it.level == Level::Deny) {
        let frame = finding.lead.spawn_site.as_ref().map(|(frame, _)| frame).or(finding.lead.name.as_ref());
        let place = frame.map_or(String::new(), |frame| names.place(frame));
        notes.push(("deny   ", format!("{}  {place}  {}", finding.rule, escape(&finding.heading))));
    }
    notes.extend(verdict.allowed.iter().map(|text| ("allow  ", escape(text).into_owned())));
    let unused = |text| format!("the allow entry {} matches nothing: remove it", escape(text));
    notes.extend(verdict.unused_allows.iter().map(|text| ("note   ", unused(text))));
    notes.extend(verdict.remarks.iter().map(|text| ("note   ", escape(text).into_owned())));
    let scattered = report.conclusion.scattered.filter(|_| verdict.outcome != GateOutcome::Pass);
    notes.extend(scattered.map(|it| ("note   ", it.text())));
    let proven = proven(page);
    let (head, text) = match &verdict.outcome {
        GateOutcome::Pass => ("PASS  ", last_line(page)),
        GateOutcome::Denied => {
            ("FAIL  ", format!("{} denied{proven}", pluralize(verdict.denied as i128, "finding")))
        }
        GateOutcome::Inconclusive(why) => {
            ("INCONCLUSIVE  ", format!("{}{proven}", escape(&names.shorten(why))))
        }
        GateOutcome::Unusable(why) => ("CANNOT JUDGE  ", format!("{}{proven}", escape(why))),
    };
    let conclusion = wrap_after(head, &text, options.width);
    let notes = notes.iter().flat_map(|(head, text)| wrap_after(head, text, options.width));
    notes.chain(paint_all(palette::NEXT, conclusion)).collect()
}

/// What is known of one group beside its row and its stack, with every figure.
fn explanation(it: &Explanation, report: &Report, width: usize) -> Vec<String> {
    let mut facts: Vec<(&str, String)> = Vec::new();
    facts.extend(it.background.iter().map(|text| ("fine", text.clone())));
    for growth in report.groups.iter().filter_map(|group| group.growth.as_ref()) {
        // Three digits at most: `0.012`, `4e-9`.
        let p = growth.p_value.map_or(String::new(), |p| match p {
            0.0 | 0.001.. => format!(", p = {p:.3}"),
            _ => format!(", p = {p:.0e}"),
        });
        let (verdict, basis) = (growth.verdict.as_str(), growth.basis.as_str());
        facts.push(("growth", format!("{verdict}, judged by {basis}{p}")));
    }
    for (bytes, fit) in report.groups.iter().filter_map(|group| group.heap_held.as_ref()?.each) {
        facts.push(("heap", format!("{} for each further goroutine, r² {fit:.2}", units::bytes(bytes))));
    }
    facts.extend(under("because", it.evidence.iter().cloned()));
    facts.extend(it.matched.iter().map(|(id, title)| ("rule", format!("{id}: {title}"))));
    let nearly = it.nearly.iter().take(10);
    facts.extend(nearly.map(|(id, title, unmet)| ("nearly", format!("{id}: {title} (but for {unmet})"))));
    let mut lines: Vec<String> = Vec::new();
    lines.extend(facts.iter().flat_map(|(name, text)| wrap_after(&head(name), &escape(text), width)));
    // Code is not wrapped: it is copied.
    let test = report.findings.first().and_then(|finding| finding.lead.test.as_ref());
    if let Some(test) = test.filter(|test| test.offer == TestOffer::Useful) {
        for (name, text) in under("prevent", goleak_sketch(test).lines()) {
            let code = text.replace('\t', "    ");
            lines.push(format!("{}{}", head(name), escape(&code)).trim_end().to_owned());
        }
    }
    lines
}

/// `because   `
fn head(name: &str) -> String {
    format!("{name:<9} ")
}

/// The findings: three in full, the rest a line each.
fn blocks(page: &Page<'_>) -> Vec<String> {
    let findings = &page.report.findings;
    // Where nothing is sure, what is worth a look is better than nothing.
    let all = page.options.full || findings.iter().all(|it| it.confidence == Confidence::Watch);
    let shown = findings.iter().filter(|it| all || it.confidence != Confidence::Watch);
    let shown: Vec<(usize, &FindingLine)> = (1..).zip(shown).collect();
    let (in_full, rest) = shown.split_at(shown.len().min(IN_FULL));
    let mut lines = Vec::new();
    for (number, finding) in in_full {
        lines.extend(block::block(page, finding, *number));
        lines.push(String::new());
    }
    for (number, finding) in rest.iter().take(IN_LINES) {
        lines.extend(block::one_line(page, finding, *number));
    }
    if rest.len() > IN_LINES {
        let more = pluralize((rest.len() - IN_LINES) as i128, "more finding");
        lines.extend(rows::aside(&format!("{more} (--format json has all)"), page.options));
    }
    if !rest.is_empty() {
        lines.push(String::new());
    }
    lines
}

/// Findings that are shown in full.
const IN_FULL: usize = 3;
/// Findings that are shown on a line each.
const IN_LINES: usize = 5;

fn functions_of(group: &GroupLine) -> impl Iterator<Item = &str> {
    let frames =
        [&group.name, &group.site, &group.entry, &group.waits_in, &group.calls].into_iter().flatten();
    let spawn = group.spawn_site.iter().map(|(frame, _)| frame);
    frames.chain(spawn).map(|frame| frame.function.as_str())
}

/// `leaksrv · go1.27.3 · 6 snapshots over 6.3 s · 16 → 56 goroutines (+40) · 1 cause of growth`
fn title(report: &Report, growth: Option<String>) -> String {
    let program = report.program_or_module();
    let mut parts: Vec<String> = program.map(|it| word(it).into_owned()).into_iter().collect();
    let (Some(first), Some(last)) = (report.snapshots.first(), report.snapshots.last()) else {
        return "no snapshot".to_owned();
    };
    parts.extend(last.go_version.iter().map(|version| word(version).into_owned()));
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
        let time = report.hours.map(|hours| format!(" over {}", units::duration(hours * 3600.0)));
        let snapshots = pluralize(report.snapshots.len() as i128, "snapshot");
        parts.push(format!("{snapshots}{}", time.unwrap_or_default()));
        let (before, after) = (first.goroutines, last.goroutines);
        let gain = units::signed(after - before);
        parts.push(format!("{} → {} ({gain})", with_thousands(before), pluralize(after, "goroutine")));
    }
    parts.extend(growth);
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

/// A whole stack, in the form that editors and people know from Go.
fn whole_stack(report: &Report, number: usize, group: &GroupLine) -> Vec<String> {
    let mut head = format!("#{number}  {}  {}", group.fingerprint, pluralize(group.count(), "goroutine"));
    if let (Some((_, basis)), Some(words)) = (group.blocked_on, group.blocked_on_words()) {
        head.push_str(&format!(", blocked on {} ({})", escape(&words), basis.as_str()));
    }
    let position = |frame: &FrameLine| {
        let position = names::position(&frame.file, frame.line);
        (!frame.file.is_empty()).then(|| format!("          {position}"))
    };
    let mut lines = vec![head];
    let label = |(key, value): &(String, String)| {
        format!("      label {}={}", word(key), report.shown_labels.value_word(value))
    };
    lines.extend(group.labels.iter().map(label));
    for frame in &group.stack {
        lines.push(format!("      {}", word(&frame.function)));
        lines.extend(position(frame));
    }
    lines.extend(group.cut.then(|| "      … Go left frames out".to_owned()));
    if let Some((frame, basis)) = &group.spawn_site {
        lines.push(format!("      started in {} ({})", word(&frame.function), basis.as_str()));
        lines.extend(position(frame));
    }
    lines
}
