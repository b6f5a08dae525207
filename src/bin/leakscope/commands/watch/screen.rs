//! The terminal: it is taken over, keys are read, the view is drawn, and it is given back, whatever happens.

use std::io;
use std::io::Write;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::sync::mpsc;
use std::thread;
use std::thread::JoinHandle;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ratatui::DefaultTerminal;
use ratatui::crossterm::event;
use ratatui::crossterm::event::Event;
use ratatui::crossterm::event::KeyCode;
use ratatui::crossterm::event::KeyEvent;
use ratatui::crossterm::event::KeyEventKind;
use ratatui::crossterm::event::KeyModifiers;
use ratatui::crossterm::style::force_color_output;

use super::app::App;
use super::app::Effect;
use super::app::Key;
use super::message::Request;
use super::message::Update;
use super::view;
use super::worker::Plan;
use super::worker::Worker;
use crate::exit_code::Failure;
use crate::exit_code::Outcome;
use crate::signals;

/// How long a key or an update may wait for the other.
const POLL: Duration = Duration::from_millis(50);

/// Terminals refuse longer texts for the clipboard (xterm's limit is 100,000 bytes in base64).
const MAX_COPY: usize = 50_000;

/// The exit code if the terminal is gone: that of SIGHUP.
const HANGUP: u8 = 129;

/// A thread that works for one target.
struct Running {
    thread: JoinHandle<()>,
    requests: mpsc::Sender<Request>,
    updates: mpsc::Receiver<Update>,
}

/// Shows the view until it is closed.
pub(super) fn watch(plan: &Arc<Plan>, workers: Vec<Worker>, mut app: App) -> Result<Outcome, Failure> {
    signals::record_all();
    let blocked = signals::block();
    // It disables colours by NO_COLOR, which was considered already.
    force_color_output(true);
    let running: Vec<Running> = workers.into_iter().map(start).collect::<io::Result<_>>()?;
    // It also installs a panic hook that gives the terminal back.
    let mut terminal = ratatui::try_init()?;
    let drawing = Arc::new(Mutex::new(()));
    stop_drawing_at_panic(&drawing);
    let ended = show(plan, &mut app, &running, &mut terminal, &drawing);
    let restored = ratatui::try_restore();
    plan.cancelled.store(true, Ordering::SeqCst);
    for Running { thread, requests, updates } in running {
        drop((requests, updates));
        if let Err(panic) = thread.join() {
            std::panic::resume_unwind(panic);
        }
    }
    if restored.is_err() && matches!(ended, Ok(Outcome::Interrupted(_))) {
        // The terminal is gone, and ratatui's would panic when it is dropped.
        std::process::exit(i32::from(HANGUP));
    }
    let outcome = ended?;
    restored?;
    drop(blocked);
    Ok(outcome)
}

/// Lets nothing be drawn over the message of a panic in another thread: from then on that thread has the screen, until it ends the process.
fn stop_drawing_at_panic(drawing: &Arc<Mutex<()>>) {
    let (drawing, drawer) = (Arc::clone(drawing), thread::current().id());
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        // The thread that draws may have the lock already, and draws no more.
        let is_other = thread::current().id() != drawer;
        let _held = is_other.then(|| drawing.lock().unwrap_or_else(PoisonError::into_inner));
        report(panic);
    }));
}

fn start(worker: Worker) -> io::Result<Running> {
    let (requests, inbox) = mpsc::channel();
    let (outbox, updates) = mpsc::channel();
    let thread =
        thread::Builder::new().name("watch".to_owned()).spawn(move || worker.run(&inbox, &outbox))?;
    Ok(Running { thread, requests, updates })
}

/// Draws what changed, at most every [`POLL`], and once in a second for the times that are shown.
fn show(
    plan: &Plan,
    app: &mut App,
    running: &[Running],
    terminal: &mut DefaultTerminal,
    drawing: &Mutex<()>,
) -> io::Result<Outcome> {
    let mut drawn = None;
    loop {
        app.now = plan.started.elapsed();
        let mut is_new = drawn != Some(app.now.as_secs());
        for (tab, worker) in running.iter().enumerate() {
            for update in worker.updates.try_iter() {
                app.update(tab, update);
                is_new = true;
            }
        }
        if is_new {
            let _held = drawing.lock().unwrap_or_else(PoisonError::into_inner);
            terminal.draw(|frame| view::draw(app, frame))?;
            drawn = Some(app.now.as_secs());
        }
        if let Some(signal) = signals::received() {
            return Ok(Outcome::Interrupted(signal));
        }
        // A worker ends before the view only by a panic.
        if running.iter().any(|worker| worker.thread.is_finished()) {
            return Ok(Outcome::Incomplete);
        }
        if is_gone(POLL) {
            return Ok(Outcome::Interrupted(HANGUP));
        }
        if !event::poll(Duration::ZERO)? {
            continue;
        }
        let effects = match event::read()? {
            Event::Key(pressed) if pressed.kind != KeyEventKind::Release => {
                key(pressed).map_or_else(Vec::new, |key| app.press(key))
            }
            Event::Key(_) | Event::Mouse(_) | Event::Paste(_) => continue,
            Event::Resize(..) | Event::FocusGained | Event::FocusLost => Vec::new(),
        };
        drawn = None;
        for effect in effects {
            match effect {
                Effect::Quit => return Ok(Outcome::Done),
                Effect::Suspend => suspend(terminal)?,
                Effect::Copy(text) => copy(&text)?,
                // A worker that has ended is noticed above.
                Effect::Send(tab, request) => drop(running.get(tab).map(|it| it.requests.send(request))),
            }
        }
    }
}

/// Waits for a key, at most this long. Whether the terminal was closed: crossterm would read from it again and again, for ever.
#[cfg(unix)]
fn is_gone(at_most: Duration) -> bool {
    use rustix::event::PollFd;
    use rustix::event::PollFlags;

    let stdin = io::stdin();
    let mut waited = [PollFd::new(&stdin, PollFlags::IN)];
    let timeout = rustix::event::Timespec::try_from(at_most).ok();
    // A signal ends the wait: it may be a new size of the terminal.
    let ready = rustix::event::poll(&mut waited, timeout.as_ref()).unwrap_or(0);
    let gone = PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL;
    ready > 0 && waited.iter().any(|it| it.revents().intersects(gone))
}

#[cfg(not(unix))]
fn is_gone(at_most: Duration) -> bool {
    // What is wrong with the terminal is said by the read that follows.
    let _ = event::poll(at_most);
    false
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "most keys have no meaning here, and terminals get new ones"
)]
fn key(pressed: KeyEvent) -> Option<Key> {
    let KeyEvent { code, modifiers, .. } = pressed;
    Some(match code {
        KeyCode::Char(c) if modifiers.contains(KeyModifiers::CONTROL) => Key::Control(c),
        KeyCode::Char(c) => Key::Char(c),
        KeyCode::Enter => Key::Enter,
        KeyCode::Esc => Key::Esc,
        KeyCode::Up => Key::Up,
        KeyCode::Down => Key::Down,
        KeyCode::PageUp => Key::PageUp,
        KeyCode::PageDown => Key::PageDown,
        KeyCode::Home => Key::Home,
        KeyCode::End => Key::End,
        KeyCode::Tab => Key::Tab,
        KeyCode::BackTab => Key::BackTab,
        KeyCode::Backspace => Key::Backspace,
        _ => return None,
    })
}

/// Puts a text on the clipboard of the terminal, also through SSH: `OSC 52`.
fn copy(text: &str) -> io::Result<()> {
    let end = text.floor_char_boundary(MAX_COPY);
    let encoded = STANDARD.encode(text.get(..end).unwrap_or_default());
    let mut out = io::stdout();
    write!(out, "\x1b]52;c;{encoded}\x07")?;
    out.flush()
}

/// Gives the terminal back and stops, as other programs do on Ctrl-Z. All threads stop with it, so nothing is fetched meanwhile.
#[cfg(unix)]
fn suspend(terminal: &mut DefaultTerminal) -> io::Result<()> {
    ratatui::try_restore()?;
    rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::TSTP)?;
    *terminal = ratatui::try_init()?;
    terminal.clear()
}

#[cfg(not(unix))]
fn suspend(_: &mut DefaultTerminal) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;

    use super::*;

    #[test]
    fn a_panic_of_a_worker_has_the_screen() {
        let (drawing, was_held) = (Arc::new(Mutex::new(())), Arc::new(AtomicBool::new(false)));
        let (asked, seen) = (Arc::clone(&drawing), Arc::clone(&was_held));
        let before = std::panic::take_hook();
        // It takes the place of the hook that writes the message.
        std::panic::set_hook(Box::new(move |panic| match thread::current().name() {
            Some("watch") => seen.store(asked.try_lock().is_err(), Ordering::SeqCst),
            Some(_) | None => before(panic),
        }));
        stop_drawing_at_panic(&drawing);
        let worker = thread::Builder::new().name("watch".to_owned()).spawn(|| panic!("a bug"));
        let ended = worker.expect("a thread starts").join();
        assert!(ended.is_err() && was_held.load(Ordering::SeqCst), "the view may draw over the message");
    }
}
