//! All about the selected row: what is wrong, how we know, the fix, the stack.

use leakscope::model::Basis;
use leakscope::report::FindingLine;
use leakscope::report::FrameLine;
use leakscope::report::GroupLine;
use leakscope::report::Waited;
use leakscope::text::units;
use leakscope::text::with_thousands;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Line;
use ratatui::text::Span;
use ratatui::widgets::Paragraph;
use unicode_width::UnicodeWidthStr;

use super::list::times;
use super::palette::ASIDE;
use super::palette::GREW;
use super::palette::TITLE;
use crate::commands::watch::app::App;
use crate::commands::watch::rows::name;
use crate::commands::watch::tab::Seen;
use crate::commands::watch::texts::bars;
use crate::commands::watch::texts::one_word;
use crate::commands::watch::texts::outside;
use crate::commands::watch::texts::position;
use crate::commands::watch::texts::short;
use crate::commands::watch::texts::wrapped;

/// The width of the names of the fields.
const FIELD: usize = 9;
/// Counts of the last snapshots that are shown.
const COUNTS: usize = 8;
/// Stacks of a group that are listed.
const MEMBERS: usize = 8;

/// Draws the detail, from the line on to which it is scrolled.
pub(super) fn draw(app: &mut App, frame: &mut Frame<'_>, area: Rect) {
    let lines = lines(app, usize::from(area.width));
    // The last line stays in sight.
    app.scroll = app.scroll.min(lines.len().saturating_sub(usize::from(area.height).max(1)));
    let lines: Vec<Line<'static>> = lines.into_iter().skip(app.scroll).take(area.height.into()).collect();
    frame.render_widget(Paragraph::new(lines), area);
}

fn lines(app: &App, width: usize) -> Vec<Line<'static>> {
    let mut page = Page { lines: vec![Line::styled("─".repeat(width), ASIDE)], width };
    let (Some(tab), Some(group)) = (app.current(), app.selected_group()) else { return page.lines };
    members(app, &mut page);
    let finding = tab.finding(&group.fingerprint);
    match finding {
        Some((it, time)) => page.heading(it, time),
        None => page.text(&name(group), TITLE),
    }
    let bars = app.report().map_or(String::new(), |report| bars(&group.counts, &times(report), 24));
    let last = group.counts.iter().skip(group.counts.len().saturating_sub(COUNTS));
    let last: Vec<String> = last.map(|count| with_thousands(*count)).collect();
    page.field("count", &format!("{}  {bars}", last.join(" ")));
    place(&mut page, group, tab.seen(&group.fingerprint));
    match finding {
        Some((it, _)) => evidence(&mut page, it),
        None => {
            if let Some(growth) = &group.growth {
                let why = outside(&growth.reason.to_string());
                page.field("growth", &format!("{}: {why}", growth.verdict.as_str()));
            }
            if let Some(what) = &group.background {
                page.field("kind", &format!("background: {}", outside(what)));
            }
        }
    }
    let labels = group.labels.iter().map(|(key, value)| format!("{}={}", one_word(key), one_word(value)));
    page.fields("labels", labels);
    page.field("id", &group.fingerprint);
    for (index, frame) in group.stack.iter().enumerate() {
        page.frame(if index == 0 { "stack" } else { "" }, frame, "");
    }
    if group.cut {
        page.field("", "Go left out a part of the stack");
    }
    page.lines
}

/// The stacks of a row that has several; what follows is about the first.
fn members(app: &App, page: &mut Page) {
    let (Some(row), Some(report)) = (app.rows.get(app.selected), app.report()) else { return };
    if row.members.len() < 2 {
        return;
    }
    page.text(&format!("{}: {} stacks", row.name, row.members.len()), TITLE);
    let shown = row.members.iter().take(MEMBERS).filter_map(|index| report.groups.get(*index));
    let text = |group: &GroupLine| {
        format!("{} {} {}", with_thousands(group.count()), units::signed(group.gain), name(group))
    };
    page.fields("stacks", shown.map(text));
    if row.members.len() > MEMBERS {
        page.field("", &format!("and {} more", row.members.len() - MEMBERS));
    }
}

/// Where it waits, for how long, and who started it; also what a traceback said before.
fn place(page: &mut Page, group: &GroupLine, seen: Option<&Seen>) {
    if let Some((_, basis)) = group.blocked_on {
        let mark = if basis == Basis::Inferred { " (inferred)" } else { "" };
        let detail = group.blocked_detail.as_ref().map_or(String::new(), |it| format!(", {}", outside(it)));
        let words = group.blocked_on_words().unwrap_or_default();
        page.field("waits", &format!("{}{detail}{mark}", outside(&words)));
    }
    match (group.waited, seen.and_then(|seen| Some((seen.waited?, seen.time.as_str())))) {
        (Some(waited), _) => page.field("waited", &range(waited)),
        (None, Some((waited, time))) => {
            page.field("waited", &format!("{} (traceback of {time})", range(waited)))
        }
        (None, None) => {}
    }
    let stated = seen.and_then(|seen| Some((seen.started.as_ref()?, seen.time.as_str())));
    match (&group.spawn_site, stated) {
        (Some((frame, Basis::Stated)), _) => page.frame("started", frame, ""),
        (_, Some((frame, time))) => page.frame("started", frame, &format!("(traceback of {time})")),
        (Some((frame, Basis::Inferred)), None) => page.frame("started", frame, "(inferred)"),
        (None, None) => {}
    }
    if let Some(held) = &group.heap_held {
        page.field("holds", &format!("about {}", units::bytes(held.bytes as f64)));
    }
}

/// `5 min to 25 min`
fn range(waited: Waited) -> String {
    let (least, most) = (units::duration(waited.min_s as f64), units::duration(waited.max_s as f64));
    if least == most { most } else { format!("{least} to {most}") }
}

fn evidence(page: &mut Page, finding: &FindingLine) {
    page.fields("source", finding.from_source.sentences.iter().map(|text| outside(text)));
    page.fields("woken by", finding.from_source.wake.iter().map(|text| outside(text)));
    page.fields("because", finding.main_evidence.iter().map(|text| outside(text)));
    if !finding.advice.is_empty() {
        page.field("fix", &outside(&finding.advice));
    }
    let callers = finding.callers.iter().map(|it| {
        let (verb, function) = (it.verb(), short(&it.frame.function));
        format!("{verb} {function} {}", position(&it.frame, 1))
    });
    page.fields("code", callers);
    if !finding.from_source.replaces_rule {
        let lines = finding.sketch.lines().map(|line| outside(&line.replace('\t', "    ")));
        lines.enumerate().for_each(|(index, line)| page.code(if index == 0 { "sketch" } else { "" }, &line));
    }
}

/// Lines while they are added.
struct Page {
    lines: Vec<Line<'static>>,
    width: usize,
}

impl Page {
    /// What is wrong, and how sure we are.
    fn heading(&mut self, finding: &FindingLine, time: Option<&str>) {
        let gain = finding.counts.last().unwrap_or(&0) - finding.counts.first().unwrap_or(&0);
        let gain = if gain == 0 { String::new() } else { format!(", {}", units::signed(gain)) };
        self.text(&format!("{}{gain}", outside(&finding.heading)), TITLE);
        let time = time.map_or(String::new(), |time| format!(", of {time}"));
        let rule = one_word(&finding.rule);
        self.text(&format!("{} ({rule}{time})", finding.confidence.as_str()), GREW);
    }

    fn text(&mut self, text: &str, style: Style) {
        self.lines.extend(wrapped(text, self.width).into_iter().map(|line| Line::styled(line, style)));
    }

    /// A field with its name.
    fn field(&mut self, name: &str, text: &str) {
        for (index, part) in wrapped(text, self.width.saturating_sub(FIELD)).into_iter().enumerate() {
            let name = if index == 0 { name } else { "" };
            let head = Span::styled(format!("{name:<FIELD$}"), ASIDE);
            self.lines.push(Line::from(vec![head, Span::raw(part)]));
        }
    }

    /// Several texts, of which only the first has the name.
    fn fields(&mut self, name: &str, texts: impl Iterator<Item = String>) {
        for (index, text) in texts.enumerate() {
            self.field(if index == 0 { name } else { "" }, &text);
        }
    }

    /// A line of code: it keeps its blanks, and ends at the margin.
    fn code(&mut self, name: &str, line: &str) {
        let head = Span::styled(format!("{name:<FIELD$}"), ASIDE);
        self.lines.push(Line::from(vec![head, Span::raw(line.to_owned())]));
    }

    /// A function with its position, which has a line of its own if there is no space beside it.
    fn frame(&mut self, name: &str, frame: &FrameLine, mark: &str) {
        let (function, position) = (short(&frame.function), position(frame, 1));
        let text = format!("{function}  {position} {mark}");
        if FIELD + text.width() > self.width {
            self.field(name, &function);
            return self.field("", format!("  {position} {mark}").trim_end());
        }
        self.lines.push(Line::from(vec![
            Span::styled(format!("{name:<FIELD$}"), ASIDE),
            Span::raw(function),
            Span::styled(format!("  {position} {mark}"), ASIDE),
        ]));
    }
}
