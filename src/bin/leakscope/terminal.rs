//! The two streams: the report on one, everything else on the other.

use std::fmt::Display;
use std::io;
use std::io::IsTerminal;
use std::io::Write;

use anstream::AutoStream;
use anstream::ColorChoice;
use leakscope::text::escape;

use super::exit_code::Failure;

/// Width of a page that goes into a pipe or a file.
const PIPED_WIDTH: usize = 100;

/// When colours are used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, unless NO_COLOR is set.
    #[default]
    Auto,
    /// Even into a pipe.
    Always,
    /// Not at all.
    Never,
}

/// Where to write, and how.
pub(crate) struct Terminal {
    choice: ColorChoice,
}

impl Terminal {
    pub(crate) fn new(color: Color) -> Self {
        let choice = match color {
            Color::Auto => ColorChoice::Auto,
            Color::Always => ColorChoice::AlwaysAnsi,
            Color::Never => ColorChoice::Never,
        };
        Terminal { choice }
    }

    /// Standard output, which takes colours or leaves them away.
    pub(crate) fn output(&self) -> impl Write {
        AutoStream::new(io::stdout(), self.choice)
    }

    /// Cells in a line: those of the terminal, or 100 in a pipe.
    pub(crate) fn width(&self) -> usize {
        if !io::stdout().is_terminal() {
            return PIPED_WIDTH;
        }
        terminal_size::terminal_size().map_or(PIPED_WIDTH, |(width, _)| usize::from(width.0).max(60))
    }

    /// A line of news: what was fetched, what was left out.
    pub(crate) fn note(&self, text: &str) {
        self.say(&escape(text));
    }

    /// Something that the reader of the report should know.
    pub(crate) fn warning(&self, text: &str) {
        self.say(&format!("{YELLOW}warning:{YELLOW:#} {}", escape(text)));
    }

    /// An error, and the way out on a line of its own.
    pub(crate) fn error(&self, failure: &Failure) {
        self.say(&format!("{RED}error:{RED:#} {}", escape(&failure.to_string())));
        if let Some(hint) = failure.hint() {
            self.say(&format!("{BOLD}hint:{BOLD:#} {}", escape(hint)));
        }
    }

    fn say(&self, line: &dyn Display) {
        let mut stderr = AutoStream::new(io::stderr(), self.choice);
        // Nothing can be done about a standard error that is gone.
        let _ = writeln!(stderr, "{line}");
    }
}

const RED: anstyle::Style = anstyle::AnsiColor::Red.on_default().bold();
const YELLOW: anstyle::Style = anstyle::AnsiColor::Yellow.on_default().bold();
const BOLD: anstyle::Style = anstyle::Style::new().bold();
