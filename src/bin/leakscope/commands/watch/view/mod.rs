//! Draws the state into a frame: the same for a terminal and for a test. It keeps nothing but how far the list is scrolled.

mod detail;
mod header;
mod list;
mod overlay;
mod palette;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Color;
use ratatui::text::Line;
use ratatui::text::Span;
use ratatui::widgets::Paragraph;
use unicode_width::UnicodeWidthStr;

use super::app::App;
use super::app::Colors;
use super::app::Mode;
use super::texts::cut;
use palette::ASIDE;
use palette::TITLE;

/// From this width on, the detail is beside the list.
const WIDE: u16 = 130;

/// The list above a detail has at least this many lines.
const MIN_LIST: u16 = 6;

/// Draws everything.
pub(super) fn draw(app: &mut App, frame: &mut Frame<'_>) {
    let area = frame.area();
    // On a low terminal, the list is worth more than how it was made.
    let head = area.height.min(if area.height < 8 { 1 } else { 3 });
    let foot = u16::from(area.height > head + 1);
    let body = Rect { y: area.y + head, height: area.height - head - foot, ..area };
    frame.render_widget(Paragraph::new(header::lines(app, area.width, head)), Rect { height: head, ..area });
    let (list, detail) = split(app, body);
    list::draw(app, frame, list);
    if let Some(area) = detail {
        detail::draw(app, frame, area);
    }
    let foot = Rect { y: body.bottom(), height: foot, ..area };
    frame.render_widget(Paragraph::new(footer(app, area.width)), foot);
    overlay::draw(app, frame, area);
    if app.colors == Colors::Off {
        frame.buffer_mut().content.iter_mut().for_each(|cell| cell.fg = Color::Reset);
    }
}

/// The places of the list and of the detail, if there is one.
fn split(app: &App, body: Rect) -> (Rect, Option<Rect>) {
    if !app.has_detail {
        return (body, None);
    }
    if body.width >= WIDE {
        let list = Rect { width: body.width * 58 / 100, ..body };
        let detail = Rect { x: list.right() + 1, width: body.width - list.width - 1, ..body };
        return (list, Some(detail));
    }
    // As many lines as there are rows, and no more than a third.
    let rows = u16::try_from(app.rows.len().max(1)).unwrap_or(u16::MAX).saturating_add(1);
    let height = rows.min((body.height / 3).max(MIN_LIST)).min(body.height);
    let list = Rect { height, ..body };
    (list, Some(Rect { y: list.bottom(), height: body.height - height, ..body }))
}

/// The keys, or the answer to the last one.
fn footer(app: &App, width: u16) -> Line<'static> {
    let width = usize::from(width);
    let filter = &super::texts::outside(&app.choice.filter);
    if app.mode == Mode::Filter {
        let typed = cut(filter, width.saturating_sub(3));
        return Line::from(vec![Span::styled("/", TITLE), Span::raw(typed), Span::styled("▏", TITLE)]);
    }
    if !app.message.is_empty() {
        return Line::styled(format!(" {}", cut(&app.message, width.saturating_sub(1))), TITLE);
    }
    let mut spans = Vec::new();
    if !filter.is_empty() {
        let rows = leakscope::text::pluralize(app.rows.len() as i128, "row");
        spans.push(Span::styled(format!(" /{} ({rows}, Esc shows all) ", cut(filter, 30)), TITLE));
    }
    let taken: usize = spans.iter().map(Span::width).sum();
    let keys = keys(width.saturating_sub(taken));
    spans.push(Span::styled(keys, ASIDE));
    Line::from(spans)
}

/// The first of the keys that have space, and how to see all.
fn keys(width: usize) -> String {
    const KEYS: [&str; 11] = [
        "Enter detail",
        "/ filter",
        "s sort",
        "b group",
        "z since now",
        "w save",
        "p pause",
        "o background",
        "h page",
        "r fetch now",
        "t traceback",
    ];
    const LAST: &str = "? keys  q quit";
    let mut text = " ".to_owned();
    for key in KEYS {
        if text.width() + key.width() + 2 + LAST.width() <= width {
            text.push_str(key);
            text.push_str("  ");
        }
    }
    cut(&(text + LAST), width)
}
