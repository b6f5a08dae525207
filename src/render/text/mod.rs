//! The page for people: what it is, how big, what grew; then the table; then what to do.

mod block;
mod heap;
mod names;
mod palette;
mod rows;
mod table;

use std::fmt::Write;
use std::io;

use crate::diagnose::Confidence;
use crate::diagnose::Explanation;
use crate::gate::GateOutcome;
use crate::gate::GateVerdict;
use crate::model::Kind;
use crate::report::FindingLine;
use crate::report::FrameLine;
use crate::report::GroupLine;
use crate::report::Report;
use crate::rules::Level;
use crate::series::growth::Verdict;
use crate::text::pluralize;
use crate::text::with_thousands;
pub use heap::heap_alone;
use names::ShortNames;
use names::long_position;
use palette::paint;

use super::forecast::in_all;
use super::goleak::goleak_sketch;
use crate::text::escape;
use crate::text::units;

/// How the page looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextOptions {
    /// Cells in a line.
    pub width: usize,
    /// Whether whole stacks and whole names are shown.
    pub full: bool,
    /// Whether background goroutines have rows of their own.
    pub all: bool,
}

/// Writes the page.
pub(super) fn render(report: &Report, options: TextOptions, out: &mut dyn io::Write) -> io::Result<()> {
    let leads = report.findings.iter().map(|finding| &finding.lead);
    let allocators = leads.clone().filter_map(|it| it.heap_held.as_ref()?.allocated_at.as_deref());
    let functions = report.groups.iter().chain(leads).flat_map(functions_of).chain(allocators);
    let names = ShortNames::new(functions);
    let mut page = String::new();
    line(&mut page, &paint(palette::TITLE, &title(report)));
    line(&mut page, "");
    blocks(&mut page, report, &names, options);
    for row in rows::table(report, &names, options) {
        line(&mut page, &row);
    }
    if report.omitted.groups > 0 {
        let (groups, goroutines) = (report.omitted.groups as i128, report.omitted.goroutines);
        let verb = if groups == 1 { "holds" } else { "hold" };
        let text = format!(
            "    {} {verb} {} (--limit 0 shows all)",
            pluralize(groups, "more row"),
            pluralize(goroutines, "goroutine")
        );
        line(&mut page, &paint(palette::ASIDE, &text));
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
        explanation(&mut page, explained, report);
    }
    line(&mut page, "");
    for text in not_seen(report) {
        line(&mut page, &paint(palette::ASIDE, &text));
    }
    for text in in_all(report, report.findings.iter().take(1)) {
        line(&mut page, &text);
    }
    match &report.verdict {
        Some(verdict) => gate(&mut page, report, verdict, &names),
        None => line(&mut page, &paint(palette::NEXT, &last_line(report, &names))),
    }
    out.write_all(page.as_bytes())
}

/// What the gate says, and by what.
fn gate(page: &mut String, report: &Report, verdict: &GateVerdict, names: &ShortNames<'_>) {
    for finding in report.findings.iter().filter(|it| it.level == Level::Deny) {
        let frame = finding.lead.spawn_site.as_ref().map(|(frame, _)| frame).or(finding.lead.name.as_ref());
        let place = frame.map_or(String::new(), |frame| place(frame, names));
        line(page, &format!("deny   {}  {place}  {}", finding.rule, escape(&finding.heading)));
    }
    for text in &verdict.allowed {
        line(page, &format!("allow  {}", escape(text)));
    }
    for text in &verdict.unused_allows {
        line(page, &format!("note   the allow entry {} matches nothing: drop it", escape(text)));
    }
    for text in &verdict.remarks {
        line(page, &format!("note   {}", escape(text)));
    }
    let said = match &verdict.outcome {
        GateOutcome::Pass => match &report.no_growth_reason {
            Some(calm) => format!("PASS  {calm}"),
            None => "PASS".to_owned(),
        },
        GateOutcome::Denied => format!("FAIL  {} denied", pluralize(verdict.denied as i128, "finding")),
        GateOutcome::Inconclusive(why) => format!("INCONCLUSIVE  {}", escape(why)),
        GateOutcome::Unusable(why) => format!("CANNOT JUDGE  {}", escape(why)),
    };
    line(page, &paint(palette::NEXT, &said));
}

/// What is known of one group beside its row and its stack.
fn explanation(page: &mut String, it: &Explanation, report: &Report) {
    let mut say = |name: &str, text: &str| line(page, &format!("{name:<9} {}", escape(text)));
    if let Some(background) = &it.background {
        say("fine", background);
    }
    for growth in report.groups.iter().filter_map(|group| group.growth.as_ref()) {
        say(
            "growth",
            &format!("{} by {}: {}", growth.verdict.as_str(), growth.basis.as_str(), growth.reason),
        );
    }
    if let Some(test) = report.findings.first().and_then(|finding| finding.lead.test.as_ref()) {
        for (index, text) in goleak_sketch(test).lines().enumerate() {
            say(if index == 0 { "keep" } else { "" }, &text.replace('\t', "    "));
        }
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
}

/// The findings: three in full, the rest a line each.
fn blocks(page: &mut String, report: &Report, names: &ShortNames<'_>, options: TextOptions) {
    let told: Vec<&FindingLine> =
        report.findings.iter().filter(|it| options.full || it.confidence != Confidence::Watch).collect();
    // Where nothing is sure, what is worth a look is better than nothing.
    let told = if told.is_empty() { report.findings.iter().collect() } else { told };
    for (index, finding) in told.iter().take(IN_FULL).enumerate() {
        for text in block::block(report, finding, index + 1, names, options.width) {
            line(page, &text);
        }
        line(page, "");
    }
    let rest: Vec<_> = told.iter().enumerate().skip(IN_FULL).collect();
    for (index, finding) in rest.iter().take(IN_LINES) {
        line(page, &block::one_line(finding, index + 1, names));
    }
    if rest.len() > IN_LINES {
        line(
            page,
            &paint(
                palette::ASIDE,
                &format!("   {} (--format json has all)", block::more(rest.len() - IN_LINES)),
            ),
        );
    }
    if !rest.is_empty() {
        line(page, "");
    }
}

/// Findings that are told in full.
const IN_FULL: usize = 3;
/// Findings that are told on a line each.
const IN_LINES: usize = 5;

fn line(page: &mut String, text: &str) {
    page.push_str(text);
    page.push('\n');
}

fn functions_of(group: &GroupLine) -> impl Iterator<Item = &str> {
    let frames = [&group.name, &group.site, &group.entry].into_iter().flatten();
    let spawn = group.spawn_site.iter().map(|(frame, _)| frame);
    frames.chain(spawn).map(|frame| frame.function.as_str())
}

/// `leaksrv · go1.27.3 · 6 snapshots over 6.3 s · 16 → 56 goroutines (+40)`
fn title(report: &Report) -> String {
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
    parts.join(" · ")
}

/// What this report could not see, and how to see it.
fn not_seen(report: &Report) -> Vec<String> {
    let mut notes = Vec::new();
    if report.snapshots.iter().all(|it| !it.has.traceback)
        && !report.groups.is_empty()
        && let Some(how) = &report.traceback
    {
        notes.push(format!("ages, ids and who started them need a traceback: {}", escape(how)));
    }
    notes
}

/// What to act on.
fn last_line(report: &Report, names: &ShortNames<'_>) -> String {
    if report.groups.is_empty() {
        return "no goroutine passes the filters".to_owned();
    }
    if report.snapshots.len() < 2 {
        let next =
            report.next_command.as_deref().map_or(String::new(), |next| format!("; next:  {}", escape(next)));
        return format!("one moment cannot show growth{next}");
    }
    if let Some(calm) = &report.no_growth_reason {
        return format!("nothing grows: {calm}");
    }
    let leads = report.findings.iter().map(|finding| &finding.lead);
    let Some(group) = leads.chain(&report.groups).find(|it| it.gain > 0 && !it.observer) else {
        return format!("nothing grew in {}", pluralize(report.snapshots.len() as i128, "snapshot"));
    };
    let growing = group.growth.as_ref().is_some_and(|it| it.verdict == Verdict::Growing);
    let verb = if growing { "growing" } else { "grew" };
    let mut text = format!("{verb}: {}", pluralize(group.count(), "goroutine"));
    // Writing to a String cannot fail.
    let _ = write!(text, " ({})", units::signed(group.gain));
    if let Some(rate) = group.per_hour {
        let _ = write!(text, ", {}", units::rate(rate));
    }
    match &group.name {
        Some(frame) => {
            let _ = write!(text, ", at {}", place(frame, names));
        }
        None => {
            let values = group
                .key
                .iter()
                .map(|(key, value)| format!("{}={}", escape(key), escape(value.as_deref().unwrap_or("–"))));
            let _ = write!(text, ", {}", values.collect::<Vec<_>>().join(", "));
        }
    }
    if let Some((frame, basis)) = &group.spawn_site {
        let how = match basis {
            crate::model::Basis::Stated => "started at",
            crate::model::Basis::Inferred => "probably started in",
        };
        let _ = write!(text, ", {how} {}", place(frame, names));
    }
    text
}

fn place(frame: &FrameLine, names: &ShortNames<'_>) -> String {
    let function = names.function(&frame.function);
    if frame.file.is_empty() {
        function
    } else {
        format!("{function} {}", long_position(&frame.file, frame.line))
    }
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
