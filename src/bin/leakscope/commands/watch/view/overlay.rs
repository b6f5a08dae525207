//! What is shown over the list: the keys, or a question.

use leakscope::text::pluralize;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::Clear;
use ratatui::widgets::Paragraph;
use unicode_width::UnicodeWidthStr;

use super::palette::SELECTED;
use crate::commands::pull::proof_price;
use crate::commands::pull::traceback_price;
use crate::commands::watch::app::App;
use crate::commands::watch::app::Overlay;
use crate::commands::watch::message::Form;
use crate::commands::watch::texts::padded;
use crate::commands::watch::texts::wrapped;

const KEYS: &str = "\
↑ ↓ j k g G  move                Tab 1…9  target
Enter        detail, and back    p Space  pause, go on
J K          scroll the detail   r        fetch now
/            filter by words,    t        traceback: who started
             !word is without             them, for how long
Esc          back, all rows      l        proof by Go's collector
s S          sort by, reverse    w        save captures
b            group by stack,     h        write the page
             site, spawn, state  y        copy the stack
             package, label      z        gain counts from now
o            background rows     Z        gain from the start
?            these keys          q        quit

‼ proven leaked by Go's collector   ! grows   ~ inferred
t and l ask first and name their price.";

/// The widest that a text gets.
const MAX_WIDTH: usize = 70;

pub(super) fn draw(app: &App, frame: &mut Frame<'_>, area: Rect) {
    let lines: Vec<String> = match app.overlay {
        Overlay::None => return,
        Overlay::Help => KEYS.lines().map(str::to_owned).collect(),
        Overlay::Question(form) => wrapped(&question(app, form), MAX_WIDTH.min(usize::from(area.width))),
    };
    let longest = lines.iter().map(|line| line.width()).max().unwrap_or(0) as u16;
    let width = longest.saturating_add(4).min(area.width);
    let height = (lines.len() as u16).saturating_add(2).min(area.height);
    let place =
        Rect { x: area.x + (area.width - width) / 2, y: area.y + (area.height - height) / 2, width, height };
    let space = usize::from(width);
    let blank = Line::raw(" ".repeat(space));
    let text = lines.iter().map(|line| Line::raw(padded(&format!("  {line}"), space)));
    let all: Vec<Line<'static>> = std::iter::once(blank.clone())
        .chain(text)
        .chain([blank])
        .map(|it| it.patch_style(SELECTED))
        .collect();
    frame.render_widget(Clear, place);
    frame.render_widget(Paragraph::new(all), place);
}

/// Whether to pay the price of an expensive form.
fn question(app: &App, form: Form) -> String {
    let goroutines = app.report().and_then(|it| it.snapshots.last()).map_or(0, |it| it.in_all);
    let count = pluralize(goroutines, "goroutine");
    let what = match form {
        Form::Counts => "Fetch the goroutine profile?".to_owned(),
        Form::Traceback => format!("A traceback of {count} takes {}.", traceback_price(goroutines)),
        Form::Proof => format!(
            "A goroutineleak profile (Go 1.27) runs a garbage collection: for {count} and a small heap {}; longer \
             with a large heap. Later tracebacks say (leaked) instead of how long these goroutines have waited.",
            proof_price(goroutines)
        ),
    };
    format!(
        "{what} The next request then waits 100 times as long. y or Enter fetches it; any other key does not."
    )
}
