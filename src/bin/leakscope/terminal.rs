//! Standard output for the report, standard error for everything else.

use std::fmt::Display;
use std::io;
use std::io::IsTerminal;
use std::io::Write;

use anstream::AutoStream;
use anstream::ColorChoice;
use leakscope::text::escape;

use super::exit_code::Failure;
use super::exit_code::Outcome;

/// Columns of a page that goes into a pipe or a file.
const PIPED_WIDTH: usize = 100;

/// When to use colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, unless NO_COLOR is set.
    #[default]
    Auto,
    /// Also into a pipe or a file.
    Always,
    /// Not at all.
    Never,
}

/// The two output streams and whether they use colours.
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

    /// Writes a text to standard output: all that a command has to do.
    pub(crate) fn print(&self, text: &str) -> Result<Outcome, Failure> {
        self.output().write_all(text.as_bytes())?;
        Ok(Outcome::Done)
    }

    /// Standard output. It strips colours if they are off.
    pub(crate) fn output(&self) -> impl Write {
        AutoStream::new(io::stdout(), self.choice)
    }

    /// Whether standard output is a terminal.
    pub(crate) fn is_terminal(&self) -> bool {
        io::stdout().is_terminal()
    }

    /// The terminal's width in columns, at least 60; 100 for a pipe.
    pub(crate) fn width(&self) -> usize {
        if !io::stdout().is_terminal() {
            return PIPED_WIDTH;
        }
        terminal_size::terminal_size().map_or(PIPED_WIDTH, |(width, _)| usize::from(width.0).max(60))
    }

    /// Whether standard output has colours.
    #[cfg(feature = "watch")]
    pub(crate) fn has_colors(&self) -> bool {
        AutoStream::new(io::stdout(), self.choice).current_choice() != ColorChoice::Never
    }

    /// Prints progress: what was fetched, what was left out.
    pub(crate) fn note(&self, text: &str) {
        self.say(&escape(text));
    }

    /// Prints something that the reader of the report should know.
    pub(crate) fn warning(&self, text: &str) {
        self.say(&format!("{YELLOW}warning:{YELLOW:#} {}", escape(text)));
    }

    /// Prints an error, and its hint on a line of its own.
    pub(crate) fn error(&self, failure: &Failure) {
        self.say(&format!("{RED}error:{RED:#} {}", escape(&failure.to_string())));
        if let Some(hint) = &failure.hint {
            self.say(&format!("{BOLD}hint:{BOLD:#} {}", escape(hint)));
        }
    }

    fn say(&self, line: &dyn Display) {
        let mut stderr = AutoStream::new(io::stderr(), self.choice);
        // If standard error is closed, there is nobody to report that to.
        let _ = writeln!(stderr, "{line}");
    }
}

const RED: anstyle::Style = anstyle::AnsiColor::Red.on_default().bold();
const YELLOW: anstyle::Style = anstyle::AnsiColor::Yellow.on_default().bold();
const BOLD: anstyle::Style = anstyle::Style::new().bold();
