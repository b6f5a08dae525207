//! The list. As the terminal becomes narrower, these go in this order: the rate, who started them, the position, the trend, the wait.

use leakscope::report::Report;
use leakscope::text::units;
use leakscope::text::with_thousands;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Line;
use ratatui::text::Span;
use ratatui::widgets::Paragraph;
use unicode_width::UnicodeWidthStr;

use super::palette::ASIDE;
use super::palette::GREW;
use super::palette::SELECTED;
use crate::commands::watch::app::App;
use crate::commands::watch::rows::Mark;
use crate::commands::watch::rows::Row;
use crate::commands::watch::texts::bars;
use crate::commands::watch::texts::name_and_position;
use crate::commands::watch::texts::padded;

/// The widest that the waits, and those who started them, get.
const MAX_WAITS: usize = 18;
const MAX_STARTED: usize = 40;

/// The widths of the columns, as wide as their texts; 0 for one that is not shown.
struct Columns {
    count: usize,
    gain: usize,
    rate: usize,
    trend: usize,
    waits: usize,
    place: usize,
    started: usize,
}

impl Columns {
    fn of(rows: &[Row], width: usize) -> Self {
        let longest = |head: &str, text: &dyn Fn(&Row) -> usize| {
            rows.iter().map(text).max().unwrap_or(0).max(head.width())
        };
        let count = longest("count", &|row| with_thousands(row.count()).width());
        let gain = longest("gain", &|row| units::signed(row.gain).width());
        let rate = if width >= 92 { longest("rate", &|row| rate(row).width()) } else { 0 };
        let trend = match width {
            ..56 => 0,
            56..100 => 8,
            _ => 16,
        };
        let waits = longest("waits for", &|row| row.waits.width()).min(MAX_WAITS);
        let waits = if width >= 46 { waits } else { 0 };
        // The mark; then each column with a blank after it.
        let shown = [count, gain, rate, trend, waits];
        let taken = 1 + shown.iter().filter(|it| **it > 0).map(|it| it + 1).sum::<usize>();
        let rest = width.saturating_sub(taken);
        let started = longest("started by", &|row| row.started.width()).min(MAX_STARTED).min(rest * 42 / 100);
        let started = if width >= 76 { started } else { 0 };
        let place = rest.saturating_sub(started + usize::from(started > 0));
        Columns { count, gain, rate, trend, waits, place, started }
    }
}

fn rate(row: &Row) -> String {
    row.per_hour.filter(|it| *it != 0.0).map_or(String::new(), units::rate)
}

/// Draws the list, with the selected row in sight.
pub(super) fn draw(app: &mut App, frame: &mut Frame<'_>, area: Rect) {
    let columns = Columns::of(&app.rows, usize::from(area.width));
    let shown = usize::from(area.height).saturating_sub(1);
    let last_top = app.rows.len().saturating_sub(shown.max(1));
    app.top = app.top.min(app.selected).max((app.selected + 1).saturating_sub(shown.max(1))).min(last_top);
    let mut lines = vec![Line::styled(head(&columns), ASIDE)];
    let times = app.report().map_or_else(Vec::new, times);
    for (index, row) in app.rows.iter().enumerate().skip(app.top).take(shown) {
        let line = line(row, &columns, &times);
        lines.push(if index == app.selected { line.patch_style(SELECTED) } else { line });
    }
    if app.rows.is_empty() {
        lines.push(Line::styled(empty(app), ASIDE));
    }
    frame.render_widget(Paragraph::new(lines), area);
}

/// When the snapshots were taken; empty if that is not known of all.
pub(super) fn times(report: &Report) -> Vec<i64> {
    report.snapshots.iter().map(|it| it.taken_at).collect::<Option<_>>().unwrap_or_default()
}

/// Why no row is shown.
fn empty(app: &App) -> &'static str {
    match app.report() {
        None => " waiting for the first snapshot",
        Some(_) if !app.choice.filter.is_empty() => " nothing matches; Esc shows all",
        Some(_) => " only background goroutines; o shows them",
    }
}

fn head(columns: &Columns) -> String {
    let Columns { count, gain, rate, trend, waits, place, started } = columns;
    let mut text = format!(" {:>count$} {:>gain$} ", "count", "gain");
    if *rate > 0 {
        text.push_str(&format!("{:>rate$} ", "rate"));
    }
    let columns = [("trend", trend), ("waits for", waits), ("where", place), ("started by", started)];
    for (name, width) in columns.into_iter().filter(|(_, width)| **width > 0) {
        text.push_str(&padded(name, *width));
        text.push(' ');
    }
    text
}

fn line(row: &Row, columns: &Columns, times: &[i64]) -> Line<'static> {
    let Columns { count, gain, rate: rate_width, trend, waits, place, started } = columns;
    let mark = match row.mark {
        Mark::Proven => "‼",
        Mark::Grows => "!",
        Mark::None => " ",
    };
    let mut text =
        format!("{mark}{:>count$} {:>gain$} ", with_thousands(row.count()), units::signed(row.gain));
    if *rate_width > 0 {
        text.push_str(&format!("{:>rate_width$} ", rate(row)));
    }
    let columns = [
        (padded(&bars(&row.counts, times, *trend), *trend), trend),
        (padded(&row.waits, *waits), waits),
        (name_and_position(&row.name, &row.position, *place), place),
        (name_and_position(&row.started, "", *started), started),
    ];
    for (cell, _) in columns.into_iter().filter(|(_, width)| **width > 0) {
        text.push_str(&cell);
        text.push(' ');
    }
    let style = match row.mark {
        Mark::Proven | Mark::Grows => GREW,
        Mark::None if row.is_background => ASIDE,
        Mark::None => Style::new(),
    };
    Line::from(Span::styled(text, style))
}
