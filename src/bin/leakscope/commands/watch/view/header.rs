//! The first lines: the targets; how many goroutines; what it costs.

use leakscope::text::pluralize;
use leakscope::text::units;
use ratatui::style::Modifier;
use ratatui::style::Style;
use ratatui::text::Line;
use ratatui::text::Span;
use unicode_width::UnicodeWidthStr;

use super::list::times;
use super::palette::ASIDE;
use super::palette::GREW;
use super::palette::SELECTED;
use super::palette::TITLE;
use crate::commands::watch::app::App;
use crate::commands::watch::tab::Fault;
use crate::commands::watch::tab::Tab;
use crate::commands::watch::tab::time;
use crate::commands::watch::texts::bars;
use crate::commands::watch::texts::cut;
use crate::commands::watch::texts::one_word;

const MAX_TAB: usize = 28;
const MIN_TAB: usize = 6;
const BARS: usize = 24;

/// Three lines; where there is space for one, the one that says most.
pub(super) fn lines(app: &App, width: u16, height: u16) -> Vec<Line<'static>> {
    match app.current() {
        None => Vec::new(),
        Some(tab) if height == 1 => vec![counts(app, tab)],
        Some(tab) => {
            vec![tabs(app, usize::from(width)), counts(app, tab), cost(app, tab, usize::from(width))]
        }
    }
}

/// The program, and the targets by number. Their names are cut so that all have space.
fn tabs(app: &App, width: usize) -> Line<'static> {
    let program = app.report().and_then(|it| it.program.as_deref()).unwrap_or("leakscope");
    let program = format!(" {} ", cut(&one_word(program), MAX_TAB));
    let faults: Vec<String> = app
        .tabs
        .iter()
        .map(|tab| tab.fault.as_ref().map_or(String::new(), |fault| format!(" {}", short(fault, app))))
        .collect();
    // A blank, the mark and a blank are before each name.
    let taken = program.width() + faults.iter().map(|fault| fault.width() + 3).sum::<usize>();
    let space = width.saturating_sub(taken) / app.tabs.len().max(1);
    let mut spans = vec![Span::styled(program, TITLE)];
    for (index, (tab, fault)) in app.tabs.iter().zip(faults).enumerate() {
        let mark = if tab.is_growing() { "▲" } else { "·" };
        let style = if index == app.tab { SELECTED } else { Style::new() };
        let name = cut(&tab.name, space.clamp(MIN_TAB, MAX_TAB));
        spans.push(Span::raw(" "));
        spans.push(Span::styled(format!("{mark} {name}{fault}"), style));
    }
    Line::from(spans)
}

/// `refused 12 s ago`
fn short(fault: &Fault, app: &App) -> String {
    let ago = app.now.saturating_sub(fault.began).as_secs();
    format!("{} {} ago", fault.word, units::duration(ago.max(1) as f64))
}

/// `326 goroutines +300 since 06:46:32 UTC ▁▂▃▅▆█`
fn counts(app: &App, tab: &Tab) -> Line<'static> {
    let Some(report) = tab.report.as_deref() else {
        return Line::styled(if tab.fault.is_some() { " no snapshot yet" } else { " fetching" }, ASIDE);
    };
    let counts: Vec<i128> = report.snapshots.iter().map(|it| it.goroutines).collect();
    let now = counts.last().copied().unwrap_or(0);
    let first = match &tab.known.since {
        Some(since) => since.values().sum(),
        None => counts.first().copied().unwrap_or(0),
    };
    let first_time = || report.snapshots.first().map_or_else(String::new, |it| time(it.taken_at));
    let since = match tab.since.clone().unwrap_or_else(first_time) {
        unknown if unknown.is_empty() => "the first snapshot".to_owned(),
        time => format!("{time} UTC"),
    };
    let gain = now - first;
    let style = if gain > 0 { GREW } else { ASIDE };
    let causes = report.findings.iter().filter(|it| it.grows).count();
    let mut spans = vec![
        Span::raw(format!(" {} ", pluralize(now, "goroutine"))),
        Span::styled(format!("{} since {since} ", units::signed(gain)), style),
        Span::styled(bars(&counts, &times(report), BARS), style),
    ];
    if app.is_paused {
        spans.push(Span::raw(" "));
        spans.push(Span::styled(" PAUSED ", Style::new().add_modifier(Modifier::REVERSED)));
    }
    if causes > 0 {
        spans.push(Span::styled(format!(" {} of growth", pluralize(causes as i128, "cause")), TITLE));
    }
    Line::from(spans)
}

/// What the target pays: always the share, the rest where there is space. After a failure, why, and when the next attempt is made.
fn cost(app: &App, tab: &Tab, width: usize) -> Line<'static> {
    if let Some(fault) = &tab.fault {
        let left = fault.next.saturating_sub(app.now).as_secs();
        let next = if app.is_paused { "r fetches".to_owned() } else { format!("next attempt in {left} s") };
        let space = width.saturating_sub(next.width() + 4);
        let whole = format!("{} ({})", fault.why, fault.hint);
        let why = if fault.hint.is_empty() || whole.width() > space { cut(&fault.why, space) } else { whole };
        return Line::styled(format!(" {why} · {next}"), GREW);
    }
    let cost = &tab.cost;
    if cost.fetched == 0 {
        return Line::styled(" cost: at most 1 % of its time", ASIDE);
    }
    let mut text = format!(" cost {:.2} % of its time (at most 1 %)", cost.share * 100.0);
    let took = units::duration(cost.took.as_secs_f64());
    let choice = &app.choice;
    let reversed = if choice.is_reversed { ", reversed" } else { "" };
    let asked = tab.asked.map(|form| format!("{} as soon as 1 % allows", form.word()));
    let parts = [
        format!("last {took}, {}", units::bytes(cost.bytes as f64)),
        format!("every {}", units::duration(cost.interval.as_secs_f64().max(1.0))),
        format!("by {}, sorted by {}{reversed}", choice.grouping.word(), choice.order.word()),
        pluralize(i128::from(cost.fetched), "snapshot"),
    ];
    for part in asked.into_iter().chain(parts) {
        if text.width() + 3 + part.width() <= width {
            text.push_str(&format!(" · {part}"));
        }
    }
    Line::styled(cut(&text, width), ASIDE)
}
