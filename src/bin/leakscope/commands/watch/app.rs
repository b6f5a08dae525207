//! The state of the view, and how keys and updates change it. Nothing here knows a terminal or a clock: keys and the time are handed in.

use std::sync::Arc;
use std::time::Duration;

use leakscope::report::GroupLine;
use leakscope::report::Report;

use super::message::Form;
use super::message::Request;
use super::message::Update;
use super::rows::Choice;
use super::rows::Row;
use super::rows::rows;
use super::tab::Tab;
use super::texts::one_word;
use super::texts::outside;
use super::texts::without_address;

/// A key that was pressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    Char(char),
    /// With the control key.
    Control(char),
    Enter,
    Esc,
    Up,
    Down,
    PageUp,
    PageDown,
    Home,
    End,
    Tab,
    BackTab,
    Backspace,
}

/// What a key asks of the world outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    Quit,
    /// Stop until the shell continues the process.
    Suspend,
    /// Put a text on the clipboard.
    Copy(String),
    /// Ask the worker of a tab.
    Send(usize, Request),
}

/// What is shown over the list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Overlay {
    #[default]
    None,
    Help,
    /// Whether to fetch an expensive form.
    Question(Form),
}

/// Where keys go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Mode {
    #[default]
    Commands,
    /// Into the filter.
    Filter,
}

/// Rows that a page key moves by.
const PAGE: usize = 10;

#[derive(Clone, Debug, Default)]
pub(super) struct App {
    pub(super) tabs: Vec<Tab>,
    /// The index of the tab that is shown.
    pub(super) tab: usize,
    pub(super) choice: Choice,
    /// The rows of the tab that is shown.
    pub(super) rows: Vec<Row>,
    pub(super) selected: usize,
    /// The first row on the screen.
    pub(super) top: usize,
    pub(super) has_detail: bool,
    /// The first line of the detail on the screen.
    pub(super) scroll: usize,
    pub(super) overlay: Overlay,
    pub(super) mode: Mode,
    pub(super) is_paused: bool,
    /// The answer to the last key; escaped.
    pub(super) message: String,
    /// The time since the start of the view.
    pub(super) now: Duration,
    pub(super) colors: Colors,
}

/// Whether the view has colours. They repeat what words and marks say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Colors {
    #[default]
    On,
    Off,
}

impl App {
    /// A view of these targets, by their names.
    pub(super) fn new<'a>(targets: impl Iterator<Item = &'a str>, colors: Colors) -> Self {
        App { tabs: targets.map(Tab::new).collect(), colors, ..App::default() }
    }

    pub(super) fn current(&self) -> Option<&Tab> {
        self.tabs.get(self.tab)
    }

    /// The report of the tab that is shown; `None` before its first snapshot.
    pub(super) fn report(&self) -> Option<&Report> {
        self.current()?.report.as_deref()
    }

    /// The most important stack of the selected row.
    pub(super) fn selected_group(&self) -> Option<&GroupLine> {
        let row = self.rows.get(self.selected)?;
        self.report()?.groups.get(*row.members.first()?)
    }

    /// Takes what a worker reports.
    pub(super) fn update(&mut self, tab: usize, update: Update) {
        let now = self.now;
        let Some(target) = self.tabs.get_mut(tab) else { return };
        match update {
            Update::Fetched { report, form, cost } => {
                let before = target.report.replace(Arc::clone(&report));
                // A restart, or another program.
                let known = before.map_or(0, |before| before.warnings.len());
                if let Some(new) = report.warnings.get(known..).and_then(|it| it.last()) {
                    self.message = outside(new);
                }
                target.take(report, form, cost);
            }
            Update::Failed { form: Form::Counts, word, why, hint, next } => {
                target.fail(&word, (&why, hint.as_deref()), now, next);
            }
            // The target may lack this form, or refuse it; that says nothing of the others.
            Update::Failed { form, why, hint, .. } => {
                target.asked = None;
                let hint = hint.map_or(String::new(), |it| format!(" ({it})"));
                self.message = outside(&format!("no {}: {}{hint}", form.word(), without_address(&why)));
            }
            Update::Said(text) => self.message = outside(&text),
        }
        if tab == self.tab {
            self.refresh();
        }
    }

    /// Makes the rows anew. The same row stays selected, wherever it moves.
    fn refresh(&mut self) {
        let key = self.rows.get(self.selected).map(|row| row.key.clone());
        let Some(tab) = self.tabs.get(self.tab) else { return };
        self.rows =
            tab.report.as_deref().map_or_else(Vec::new, |report| rows(report, &self.choice, &tab.known));
        let moved = key.and_then(|key| self.rows.iter().position(|row| row.key == key));
        // At the top of the list, whatever comes first stays selected.
        self.selected = match moved {
            Some(moved) if self.selected > 0 || self.has_detail => moved,
            Some(_) | None => self.selected.min(self.rows.len().saturating_sub(1)),
        };
    }

    /// Changes the state as a key says.
    pub(super) fn press(&mut self, key: Key) -> Vec<Effect> {
        self.message.clear();
        if key == Key::Control('c') {
            return vec![Effect::Quit];
        }
        if key == Key::Control('z') {
            return vec![Effect::Suspend];
        }
        match (self.overlay, self.mode) {
            (Overlay::Help, _) => {
                self.overlay = Overlay::None;
                Vec::new()
            }
            (Overlay::Question(form), _) => {
                self.overlay = Overlay::None;
                if matches!(key, Key::Char('y') | Key::Enter) { self.ask(form) } else { Vec::new() }
            }
            (Overlay::None, Mode::Filter) => {
                self.type_filter(key);
                Vec::new()
            }
            (Overlay::None, Mode::Commands) => self.command(key),
        }
    }

    fn type_filter(&mut self, key: Key) {
        let filter = &mut self.choice.filter;
        match key {
            Key::Enter => self.mode = Mode::Commands,
            Key::Esc => {
                filter.clear();
                self.mode = Mode::Commands;
            }
            Key::Backspace => {
                filter.pop();
            }
            Key::Char(c) => filter.push(c),
            Key::Control(_) | Key::Up | Key::Down | Key::PageUp | Key::PageDown => {}
            Key::Home | Key::End | Key::Tab | Key::BackTab => {}
        }
        self.select(0);
        self.refresh();
    }

    fn command(&mut self, key: Key) -> Vec<Effect> {
        let last = self.rows.len().saturating_sub(1);
        match key {
            Key::Char('q') => return vec![Effect::Quit],
            Key::Char('?') => self.overlay = Overlay::Help,
            Key::Down | Key::Char('j') => self.select((self.selected + 1).min(last)),
            Key::Up | Key::Char('k') => self.select(self.selected.saturating_sub(1)),
            Key::PageDown => self.select((self.selected + PAGE).min(last)),
            Key::PageUp => self.select(self.selected.saturating_sub(PAGE)),
            Key::Home | Key::Char('g') => self.select(0),
            Key::End | Key::Char('G') => self.select(last),
            Key::Enter => {
                self.has_detail = !self.has_detail;
                self.scroll = 0;
            }
            Key::Esc if self.has_detail => self.has_detail = false,
            Key::Esc => self.choice.filter.clear(),
            Key::Char('J') => self.scroll = self.scroll.saturating_add(1),
            Key::Char('K') => self.scroll = self.scroll.saturating_sub(1),
            Key::Tab => self.show_tab((self.tab + 1) % self.tabs.len().max(1)),
            Key::BackTab => self.show_tab(self.tab.checked_sub(1).unwrap_or(self.tabs.len().max(1) - 1)),
            Key::Char(digit @ '1'..='9') => self.show_tab(digit as usize - '1' as usize),
            Key::Char(c) => return self.letter(c),
            Key::Control(_) | Key::Backspace => {}
        }
        self.refresh();
        Vec::new()
    }

    /// Keys that change what the list shows, or that ask for something.
    fn letter(&mut self, letter: char) -> Vec<Effect> {
        let mut effects = Vec::new();
        match letter {
            '/' => {
                self.choice.filter.clear();
                self.mode = Mode::Filter;
            }
            's' => self.choice.order = self.choice.order.next(),
            'S' => self.choice.is_reversed = !self.choice.is_reversed,
            'b' => self.choice.grouping = self.choice.grouping.next(),
            'o' => self.choice.with_background = !self.choice.with_background,
            'z' => self.with_tab(
                "gain is counted from now on; Z counts from the first snapshot",
                Tab::count_from_now,
            ),
            'Z' => self.with_tab("gain is counted from the first snapshot", Tab::count_from_start),
            'p' | ' ' => effects = self.pause(),
            'r' => effects = self.ask(Form::Counts),
            't' => self.overlay = Overlay::Question(Form::Traceback),
            'l' => self.overlay = Overlay::Question(Form::Proof),
            'w' => effects.push(Effect::Send(self.tab, Request::Save)),
            'h' => effects.push(Effect::Send(self.tab, Request::Page)),
            'y' => effects.extend(self.copy()),
            _ => {}
        }
        if matches!(letter, 's' | 'S' | 'b' | '/') {
            self.select(0);
        }
        self.refresh();
        effects
    }

    fn select(&mut self, row: usize) {
        if row != self.selected {
            self.scroll = 0;
        }
        self.selected = row;
    }

    fn show_tab(&mut self, tab: usize) {
        if tab < self.tabs.len() && tab != self.tab {
            self.tab = tab;
            self.rows.clear();
            self.select(0);
        }
    }

    fn with_tab(&mut self, message: &str, change: impl FnOnce(&mut Tab)) {
        if let Some(tab) = self.tabs.get_mut(self.tab) {
            change(tab);
            self.message = message.to_owned();
        }
    }

    fn pause(&mut self) -> Vec<Effect> {
        self.is_paused = !self.is_paused;
        let request = if self.is_paused { Request::Pause } else { Request::Resume };
        (0..self.tabs.len()).map(|tab| Effect::Send(tab, request)).collect()
    }

    /// Asks for a snapshot of the target that is shown.
    fn ask(&mut self, form: Form) -> Vec<Effect> {
        let Some(tab) = self.tabs.get_mut(self.tab) else { return Vec::new() };
        tab.asked = Some(form);
        vec![Effect::Send(self.tab, Request::Fetch(form))]
    }

    fn copy(&mut self) -> Option<Effect> {
        let group = self.selected_group()?;
        let frame = |frame: &leakscope::report::FrameLine| {
            format!("{}\n\t{}:{}\n", one_word(&frame.function), one_word(&frame.file), frame.line)
        };
        let text =
            format!("{} {}\n", group.fingerprint, outside(&group.blocked_on_words().unwrap_or_default()))
                + &group.stack.iter().map(frame).collect::<String>();
        self.message = "the stack is on the clipboard, if the terminal allows it (OSC 52)".to_owned();
        Some(Effect::Copy(text))
    }
}
